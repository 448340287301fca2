"""What the process that asks for files and the one that reads them say: pickles after their length."""

from __future__ import annotations

import struct

from xlkit.books.raw import RawWorkbook

LENGTH = struct.Struct("<Q")
MAX_ANSWER = 2**29
"""The largest answer in bytes: the asking process has to hold it too."""

Request = tuple[str, tuple[str, ...] | None]
"""A file, and the names of the sheets to read (all without them)."""

Answer = tuple[RawWorkbook | None, str, dict[str, str]]
"""The workbook, or the rule that refuses the file and what fills its sentences."""
