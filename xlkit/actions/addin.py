"""The add-in for Excel: built from our sources and the installed xlwings."""

from __future__ import annotations

from pathlib import Path

from xlkit.safefile import write_file
from xlkit.templates.macros import build_addin

ADDIN = "xlkit.xlam"


def build(folder: str | Path) -> Path:
    """Write ``xlkit.xlam`` into a folder and return its path; XlkitError where xlwings or pyOpenVBA is missing."""
    path = Path(folder) / ADDIN
    write_file(path, build_addin())
    return path
