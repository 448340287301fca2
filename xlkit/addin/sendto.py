"""The Explorer's entry «Отправить» → «Проверить (xlkit)», which needs neither Excel nor cmd.exe."""

from __future__ import annotations

import sys
from pathlib import Path

from xlkit.resources import macros_folder

_UNSET = 'PYTHON = ""'


def send_to_entry(interpreter: str = sys.executable) -> bytes:
    """The script for the folder SendTo; it starts the Python of this installation, whichever one runs it."""
    source = (macros_folder() / "windows" / "send_to.py").read_text(encoding="utf-8")
    return source.replace(_UNSET, f"PYTHON = {_windowless(interpreter)!r}").encode()


def _windowless(interpreter: str) -> str:
    """The twin of Windows' Python that opens no black window."""
    twin = Path(interpreter).with_name("pythonw.exe")
    return str(twin) if twin.is_file() else interpreter
