"""Workbooks that xlkit builds: content, layout, live formulas and their mirror in Python, looks."""
