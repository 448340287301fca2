"""What the process that asks and the one that opens files say to each other: pickles after their length."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from xlkit.books.raw import RawWorkbook

if TYPE_CHECKING:
    from xlkit.patch.newsheet import NewSheet
    from xlkit.patch.workbook import SheetEdits

LENGTH = struct.Struct("<Q")
MAX_ANSWER = 2**29
"""The largest answer in bytes: the asking process has to hold it too."""


class ReadRequest(NamedTuple):
    """A file, the names of the sheets to read (all without them), whether what its formulas say is asked too."""

    file: str
    sheets: tuple[str, ...] | None = None
    with_formulas: bool = False


class ExtractRequest(NamedTuple):
    """A file to read and understand, and the names of the sheets to read: its extract is asked for."""

    file: str
    sheets: tuple[str, ...]


class PatchRequest(NamedTuple):
    """A file to make a changed copy of, the SHA-256 that it is to have still, and the changes.

    ``edits`` by the names of sheets, ``ours`` and ``added`` as in :func:`xlkit.patch.workbook.patch_workbook`.
    """

    file: str
    sha256: str
    edits: Mapping[str, SheetEdits]
    ours: str = ""
    added: NewSheet | None = None


Request = ReadRequest | ExtractRequest | PatchRequest
Answer = tuple[RawWorkbook | bytes | None, str, dict[str, str], tuple[str, str] | None]
"""The workbook that was read, its extract or the copy's content; or the rule that refuses the file, and what fills its
sentences, or (where the process knows them) the sentences themselves, Russian and English."""


def refusing(rule: str, **params: str) -> Answer:
    """The answer that refuses a file."""
    return None, rule, params, None
