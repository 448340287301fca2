"""The buttons inside Excel: ``run(action)`` on the workbook whose button was pressed.

Only this room knows xlwings. One press is one read of the open workbook, one action (the same function as behind
the command line), one write.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


def run(action: str) -> None:
    """Press a button: the entry of every macro (``RunPython "import xlkit.excel; xlkit.excel.run('check')"``).

    Never raises: whatever happens, the person sees a message.
    """
    atexit.register(gc.freeze)  # a macro waits for the end of its process, which would search all for garbage
    with _collecting_nothing():
        from xlkit.excel.press import press

        press(action)


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Without the garbage collector: most of a press is importing, which makes no garbage but much to search."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
