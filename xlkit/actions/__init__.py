"""One function per user action, usable from Python: each returns a frozen result and prints nothing.

The command line and the Excel buttons call these functions and only render what comes back.
"""
