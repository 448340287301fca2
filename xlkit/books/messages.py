"""What the process that asks for files and the one that reads them say: pickles after their length."""

from __future__ import annotations

import struct
from typing import NamedTuple

from xlkit.books.raw import RawWorkbook

LENGTH = struct.Struct("<Q")
MAX_ANSWER = 2**29
"""The largest answer in bytes: the asking process has to hold it too."""


class Request(NamedTuple):
    """A file, the names of the sheets to read (all without them), whether what its formulas say is asked too."""

    file: str
    sheets: tuple[str, ...] | None = None
    with_formulas: bool = False


Answer = tuple[RawWorkbook | None, str, dict[str, str]]
"""The workbook, or the rule that refuses the file and what fills its sentences."""
