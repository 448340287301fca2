"""Findings in the open workbook: the sheet «Замечания», which the template's colours look into, and notes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import xlwings as xw

from xlkit.address import cell_position
from xlkit.errors import XlkitError
from xlkit.finding import Finding
from xlkit.report.remarks import CellLink, cell_notes, remark_rows
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.remarksheet import (
    FINDING_CAPTIONS,
    FINDINGS_BESIDE,
    FINDINGS_HEADER,
    OUR_NOTE,
    is_findings_list,
)
from xlkit.texts import Text
from xlkit.values import Kind, folded, parse_value

Place = tuple[str, int, int]
"""A sheet's name, a row and a column."""


def show_findings(book: xw.Book, findings: Sequence[Finding]) -> xw.Sheet:
    """Put findings into «Замечания» and notes to their cells, in place of what the last check left.

    Returns the sheet. Raises XlkitError where there is no room for it.
    """
    others = clear_findings(book)
    sheet = _findings_list(book) or _new_list(book)
    if not sheet.visible:
        sheet.visible = True  # somebody has hidden it; what it says must be seen
    rows = [[_typed(content) for content in row] for row in remark_rows(findings)]
    if rows:
        first = FINDINGS_HEADER + 1
        sheet.range((first, 1), (FINDINGS_HEADER + len(rows), len(FINDING_CAPTIONS))).value = rows
    _add_notes(book, findings, others)
    return sheet


def clear_findings(book: xw.Book) -> set[Place]:
    """Take away what a check has put into the workbook; returns where notes of other people stand, which stay."""
    sheet = _findings_list(book)
    if sheet is not None:
        last = max(sheet.used_range.last_cell.row, FINDINGS_HEADER + 1)
        sheet.range((FINDINGS_HEADER + 1, 1), (last, len(FINDING_CAPTIONS))).clear_contents()
    others: set[Place] = set()
    for one in book.sheets:
        for note in [note for note in one.notes]:  # list() would count them first  # noqa: C416
            if note.text.startswith(OUR_NOTE):
                note.delete()
            else:
                others.add((one.name, note.location.row, note.location.column))
    return others


def _findings_list(book: xw.Book) -> xw.Sheet | None:
    """Our list, by its name and captions: «Замечания» may as well be somebody's own sheet, which is left alone."""
    for sheet in book.sheets:
        if folded(sheet.name) in (folded(FINDINGS), folded(FINDINGS_BESIDE)) and is_findings_list(_header(sheet).value):
            return sheet
    return None


def _header(sheet: xw.Sheet) -> xw.Range:
    return sheet.range((FINDINGS_HEADER, 1), (FINDINGS_HEADER, len(FINDING_CAPTIONS)))


def _new_list(book: xw.Book) -> xw.Sheet:
    """The list in a workbook that has lost it."""
    names = {folded(sheet.name) for sheet in book.sheets}
    free = next((name for name in (FINDINGS, FINDINGS_BESIDE) if folded(name) not in names), None)
    if free is None:
        said = f"Листы «{FINDINGS}» и «{FINDINGS_BESIDE}» заняты другим: переименуйте один из них"
        raise XlkitError(Text(said, f"The sheets «{FINDINGS}» and «{FINDINGS_BESIDE}» hold something else: rename one"))
    sheet = book.sheets.add(free, after=book.sheets[-1])
    _header(sheet).value = [caption for caption, _ in FINDING_CAPTIONS]
    return sheet


def _add_notes(book: xw.Book, findings: Sequence[Finding], others: set[Place]) -> None:
    """One note per cell, with all that is to be mended there; cells that have a note of their own keep it.

    A sheet that somebody has protected may refuse notes (LibreOffice does so without a word): the finding stands in
    the list and in the cell's colour all the same, so that is no reason to stop.
    """
    sheets = {sheet.name: sheet for sheet in book.sheets}
    for (name, cell), text in cell_notes(findings).items():
        if (name, *cell_position(cell)) not in others:
            with suppress(Exception):
                sheets[name].range(cell_position(cell)).add_note(text)


def _typed(content: int | str | CellLink | None) -> int | str | None:
    """A content as a person would type it: what Excel would take for a formula or a number gets its apostrophe."""
    if isinstance(content, CellLink):
        return f"={content.formula}"
    if not isinstance(content, str):
        return content
    changes = content[0] in "=+-@'" or parse_value(content).kind is not Kind.TEXT
    return f"'{content}" if changes else content
