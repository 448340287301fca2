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
from xlkit.templates.remarksheet import FINDING_CAPTIONS, FINDINGS_HEADER, OUR_NOTE
from xlkit.texts import Text
from xlkit.values import Kind, folded, parse_value

Place = tuple[str, int, int]
"""A sheet's name, a row and a column."""


def show_findings(book: xw.Book, findings: Sequence[Finding]) -> None:
    """Put findings into «Замечания» and notes to their cells, in place of what the last check left."""
    others = clear_findings(book)
    sheet = _remarks_sheet(book)
    rows = [[_typed(content) for content in row] for row in remark_rows(findings)]
    if rows:
        first = FINDINGS_HEADER + 1
        sheet.range((first, 1), (FINDINGS_HEADER + len(rows), len(FINDING_CAPTIONS))).value = rows
    _add_notes(book, findings, others)


def clear_findings(book: xw.Book) -> set[Place]:
    """Take away what a check has put into the workbook; returns where notes of other people stand, which stay."""
    sheet = _remarks_sheet(book)
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


def _remarks_sheet(book: xw.Book) -> xw.Sheet:
    for sheet in book.sheets:
        if folded(sheet.name) == folded(FINDINGS):
            return sheet
    raise XlkitError(
        Text(f"В книге нет листа «{FINDINGS}»: верните его из шаблона", f"The workbook has no sheet «{FINDINGS}»")
    )


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
