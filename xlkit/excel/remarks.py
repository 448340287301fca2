"""Findings in the open workbook: the sheet «Замечания», which the template's colours look into, and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import xlwings as xw

from xlkit.address import cell_position
from xlkit.excel.merged import merged_areas
from xlkit.finding import Finding
from xlkit.log import log_failure
from xlkit.patch.covered import at_seen_cells
from xlkit.report.remarks import CellLink, cell_notes, remark_rows
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.remarksheet import (
    FINDING_CAPTIONS,
    FINDINGS_BESIDE,
    FINDINGS_HEADER,
    OUR_NOTE,
    free_list_name,
    is_findings_list,
)
from xlkit.values import Kind, folded, parse_value

Position = tuple[int, int]
Place = tuple[str, int, int]
"""A sheet's name, a row and a column."""


def show_findings(book: xw.Book, findings: Sequence[Finding]) -> xw.Sheet:
    """Put findings into «Замечания» and notes to their cells, in place of what the last check left.

    Returns the sheet. Raises XlkitError where there is no room for it.
    """
    listed = _findings_list(book)
    others = _cleared(book, listed)
    sheet = listed or _new_list(book)
    rows = [[_typed(content) for content in row] for row in remark_rows(findings)]
    _show(sheet, len(rows))
    if rows:
        first = FINDINGS_HEADER + 1
        sheet.range((first, 1), (FINDINGS_HEADER + len(rows), len(FINDING_CAPTIONS))).value = rows
    _add_notes(book, findings, others)
    return sheet


def _show(sheet: xw.Sheet, count: int) -> None:
    """Let the list and ``count`` rows of it be seen, whatever somebody has hidden."""
    if not sheet.visible:
        sheet.visible = True
    last = max(sheet.used_range.last_cell.row, FINDINGS_HEADER + max(count, 1))
    sheet.range((FINDINGS_HEADER, 1), (last, 1)).rows.hidden = False


def _unfilter(sheet: xw.Sheet) -> None:
    """Let a filter of the list choose nothing, its arrows stay: Excel does not do to filtered rows all it is told."""
    api = sheet.api
    try:
        if hasattr(api, "FilterMode"):
            if api.FilterMode:
                api.ShowAllData()
        elif api.filter_mode.get():  # a Mac's words for the same
            api.show_all_data()
    except Exception as error:  # noqa: BLE001 - every program refuses with an exception of its own
        log_failure("filter", error)


def clear_findings(book: xw.Book) -> None:
    """Take away what a check has put into the workbook."""
    _cleared(book, _findings_list(book))


def _cleared(book: xw.Book, sheet: xw.Sheet | None) -> set[Place]:
    """Empty the list and take our notes away; returns where notes of other people stand, which stay."""
    if sheet is not None:
        _unfilter(sheet)
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
    sheet = book.sheets.add(free_list_name(sheet.name for sheet in book.sheets), after=book.sheets[-1])
    _header(sheet).value = [caption for caption, _ in FINDING_CAPTIONS]
    return sheet


def _add_notes(book: xw.Book, findings: Sequence[Finding], others: set[Place]) -> None:
    """One note per cell, with all that is to be mended there; cells that have a note of their own keep it.

    A sheet that somebody has protected may refuse notes (LibreOffice does so without a word): the finding stands in
    the list and in the cell's colour all the same, so that is no reason to stop; the log says why.
    """
    failed: Exception | None = None
    notes: dict[str, dict[Position, str]] = {}
    for (name, cell), text in cell_notes(findings).items():
        notes.setdefault(name, {})[cell_position(cell)] = text
    sheets = {sheet.name: sheet for sheet in book.sheets}
    for name, texts in notes.items():
        for at, text in _at_seen_cells(sheets[name], texts).items():
            if (name, *at) not in others:
                try:
                    sheets[name].range(at).add_note(text)
                except Exception as error:  # noqa: BLE001 - every program refuses with an exception of its own
                    failed = failed or error
    if failed is not None:
        log_failure("notes", failed)


def _at_seen_cells(sheet: xw.Sheet, notes: Mapping[Position, str]) -> dict[Position, str]:
    rows, columns = [row for row, _ in notes], [column for _, column in notes]
    areas = merged_areas(sheet, (min(rows), min(columns), max(rows), max(columns)))
    return at_seen_cells(notes, areas, OUR_NOTE)


def _typed(content: int | str | CellLink | None) -> int | str | None:
    """A content as a person would type it: what Excel would take for a formula or a number gets its apostrophe."""
    if isinstance(content, CellLink):
        return f"={content.formula}"
    if not isinstance(content, str):
        return content
    changes = content[0] in "=+-@'" or parse_value(content).kind is not Kind.TEXT
    return f"'{content}" if changes else content
