"""What a copy of a workbook begins as: the file itself or, where it is no .xlsx, its values written as one."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from xlkit.actions.intake import Entry
from xlkit.books.guard import guard_file
from xlkit.books.raw import RawWorkbook
from xlkit.books.refused import refused
from xlkit.books.sniff import XLSX
from xlkit.books.submission import Submission
from xlkit.errors import FileRefused, Unreadable, XlkitError
from xlkit.settings import read_settings
from xlkit.templates.valuecopy import copy_values
from xlkit.texts import Text


@dataclass(frozen=True)
class Original:
    """The content of an .xlsx or .xlsm workbook, and the names of its sheets.

    Of a file of another kind also ``renamed``, its sheets whose names Excel does not have, and ``note``, what a
    person is to know of the copy.
    """

    content: bytes
    sheet_names: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    note: Text | None = None

    def name_of(self, sheet: str) -> str:
        """What a sheet of the file is called here."""
        return self.renamed.get(sheet, sheet)


def read_originals(entries: Sequence[Entry]) -> Generator[tuple[Entry, Original | XlkitError], None, None]:
    """Every entry that has a submission with its original, or why there is none.

    Workbooks of other kinds are read once more, whole, in processes of their own. Close the iterator, or use it up.
    """
    from xlkit.books.isolated import read_each  # the buttons copy no files

    taken = [(entry, entry.submission) for entry in entries if entry.submission is not None]
    others = [entry.file for entry, submission in taken if submission.raw.kind != XLSX]
    with closing(read_each(others, limits=read_settings().limits)) as wholes:
        for entry, submission in taken:
            whole = next(wholes) if submission.raw.kind != XLSX else None
            yield entry, _original(submission, whole)


def _original(submission: Submission, whole: RawWorkbook | FileRefused | None) -> Original | XlkitError:
    if isinstance(whole, FileRefused):
        return whole  # the file has changed since it was checked
    try:
        if whole is None:
            return Original(guard_file(Path(submission.file)), submission.raw.sheet_names)
        headers = {found.sheet: found.header for found in submission.tables.values()}
        copy = copy_values(whole, headers)
        return Original(copy.content, copy.sheet_names, copy.renamed, copy.note)
    except Unreadable as error:
        return refused(error)
    except XlkitError as error:
        return error
