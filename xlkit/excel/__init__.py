"""The buttons inside Excel: ``run(action)`` on the workbook whose button was pressed.

Only this room knows xlwings. One press is one read of the open workbook, one action (the same function as behind
the command line), one write.
"""

from __future__ import annotations


def run(action: str) -> None:
    """Press a button: the entry of every macro (``RunPython "import xlkit.excel; xlkit.excel.run('check')"``).

    Never raises: whatever happens, the person sees a message.
    """
    from xlkit.excel.press import press

    press(action)
