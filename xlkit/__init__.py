"""xlkit: Excel workbooks of the «Профессионалитет» clusters that check themselves.

Every user action is one function of :mod:`xlkit.actions`; the command line and the Excel buttons call
the same ones. Nothing heavy is imported here, so that ``xlkit --help`` stays instant.
"""

__version__ = "0.1.0"
