"""Changed copies of workbooks: of the file itself or, where it is no .xlsx, of its values written as one.

What comes from outside is opened in processes of its own, for reading and for copying alike.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple

from xlkit.actions.intake import WholeEntry
from xlkit.books.raw import RawWorkbook
from xlkit.books.refused import refused
from xlkit.books.sniff import XLSX
from xlkit.errors import FileRefused, Unreadable, XlkitError
from xlkit.isolation.messages import PatchRequest
from xlkit.patch.newsheet import NewSheet
from xlkit.patch.workbook import SheetEdits, patch_workbook
from xlkit.settings import read_settings
from xlkit.templates.valuecopy import copy_values
from xlkit.texts import Text


@dataclass(frozen=True)
class Original:
    """What a copy begins as: the names of its sheets, and of its tabs without cells.

    Of a file that is no .xlsx also ``renamed``, its sheets whose names Excel does not have.
    """

    sheet_names: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    other_tabs: tuple[str, ...] = ()

    def name_of(self, sheet: str) -> str:
        """What a sheet of the file is called here."""
        return self.renamed.get(sheet, sheet)


class Changes(NamedTuple):
    """What is to change in a copy, as :func:`xlkit.patch.workbook.patch_workbook` takes it; nothing by default."""

    edits: Mapping[str, SheetEdits] = {}
    ours: str = ""
    added: NewSheet | None = None


Changing = Callable[[WholeEntry, Original], Changes]
"""Says what is to change in an entry's copy; may raise XlkitError for it."""


class Copy(NamedTuple):
    """An entry's copy: its content, or why there is none; and what a person is to know of it."""

    entry: WholeEntry
    content: bytes | XlkitError
    note: Text | None = None


def make_copies(entries: Sequence[WholeEntry], changes: Changing) -> Generator[Copy, None, None]:
    """The changed copy of every entry that has a submission, in order; nothing is written.

    ``changes`` may raise XlkitError for one entry. Close the iterator, or use it up. Raises XlkitError where no
    process can be started.
    """
    from xlkit.isolation.pool import patch_each, read_each  # the buttons copy no files

    taken = [entry for entry in entries if entry.submission is not None]
    planned = {id(one): _planned(one, _as_it_is(one), changes) for one in taken if _is_xlsx(one)}
    asked = [one for one in planned.values() if isinstance(one, PatchRequest)]
    others = [one.file for one in taken if not _is_xlsx(one)]
    limits = read_settings().limits
    with closing(patch_each(asked, limits)) as copies, closing(read_each(others, limits=limits)) as wholes:
        for entry in taken:
            if not _is_xlsx(entry):
                yield _value_copy(entry, next(wholes), changes)
                continue
            plan = planned[id(entry)]
            yield Copy(entry, next(copies) if isinstance(plan, PatchRequest) else plan)


def _is_xlsx(entry: WholeEntry) -> bool:
    return entry.submission is not None and entry.submission.raw.kind == XLSX


def _as_it_is(entry: WholeEntry) -> Original:
    assert entry.submission is not None
    raw = entry.submission.raw
    return Original(raw.sheet_names, other_tabs=raw.other_tabs)


def _planned(entry: WholeEntry, original: Original, changes: Changing) -> PatchRequest | XlkitError:
    assert entry.submission is not None
    try:
        return PatchRequest(entry.file, entry.submission.raw.sha256, *changes(entry, original))
    except XlkitError as error:
        return error


def _value_copy(entry: WholeEntry, whole: RawWorkbook | FileRefused, changes: Changing) -> Copy:
    """A copy that is made here: nothing of the sender's is in it but values."""
    assert entry.submission is not None
    try:
        if isinstance(whole, FileRefused):
            raise whole
        if whole.sha256 != entry.submission.raw.sha256:
            raise Unreadable("F-014")
        headers = {found.sheet: found.header for found in entry.submission.tables.values()}
        values = copy_values(whole, headers)
        original = Original(values.sheet_names, values.renamed)
        return Copy(entry, patch_workbook(values.content, *changes(entry, original)), values.note)
    except Unreadable as error:
        return Copy(entry, refused(error))
    except XlkitError as error:
        return Copy(entry, error)
