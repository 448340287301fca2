"""An open workbook as the reader of files gives it: the same grids, formulas and properties."""

from __future__ import annotations

import decimal
from typing import Any

import xlwings as xw

from xlkit.books.merged import merged_cells
from xlkit.books.passport import listed_passport
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.submission import Submission, declared_sheets, submission_of
from xlkit.books.tables import FoundTable
from xlkit.excel.members import ERRORS
from xlkit.excel.merged import merged_areas
from xlkit.finding import Finding
from xlkit.rules.sheetnames import LISTS
from xlkit.values import ExcelError, Uncached, folded


def read_book(book: xw.Book) -> Submission:
    """Understand an open workbook; raises FileRefused where it is not a form of ours."""
    wanted = {folded(name) for name in declared_sheets()}
    sheets = list(book.sheets)
    raw = RawWorkbook(
        path=book.fullname,
        sheets=tuple(_read_sheet(sheet) for sheet in sheets if folded(sheet.name) in wanted),
        properties=_passport(sheets),
        sheet_names=tuple(sheet.name for sheet in sheets),
    )
    submission = submission_of(raw, book.name)
    for found in submission.tables.values():
        submission.findings += _merged_cells(book, submission, found)
    return submission


def _merged_cells(book: xw.Book, submission: Submission, found: FoundTable) -> list[Finding]:
    """What the reader of files tells of merged cells; it is asked for where the table has been found, not before."""
    if not found.rows:
        return []
    box = found.rows[0].row, min(found.columns.values()), found.rows[-1].row, max(found.columns.values())
    areas = merged_areas(book.sheets[found.sheet], box)
    return merged_cells(submission.file, submission.edition, found, areas)


def _read_sheet(sheet: xw.Sheet) -> RawSheet:
    area = _from_a1(sheet)
    values = area.options(ndim=2, err_to_str=True).value
    formulas = _rows(area.formula)
    grid: list[list[object]] = []
    found: set[tuple[int, int]] = set()
    for row, (contents, texts) in enumerate(zip(values, formulas, strict=True), start=1):
        line: list[object] = []
        for column, (content, text) in enumerate(zip(contents, texts, strict=True), start=1):
            is_formula = isinstance(text, str) and text.startswith("=") and content != text
            if is_formula:
                found.add((row, column))
            line.append(_content(content, text if is_formula else None))
        grid.append(line)
    return RawSheet(sheet.name, grid, frozenset(found))


def _from_a1(sheet: xw.Sheet) -> xw.Range:
    """The used range, widened to begin at A1: rows and columns count from there."""
    last = sheet.used_range.last_cell
    return sheet.range((1, 1), (last.row, last.column))


def _rows(given: Any) -> list[list[Any]]:
    """What Excel gives for one cell, one row or many, as rows."""
    if not isinstance(given, (list, tuple)):
        return [[given]]
    return [list(row) if isinstance(row, (list, tuple)) else [row] for row in given]


def _content(content: object, formula: str | None) -> object:
    """A cell's value as the reader of files gives it."""
    if content is None:
        return Uncached(formula.removeprefix("=")) if formula else None
    if content == "":
        return None
    if isinstance(content, decimal.Decimal):
        return float(content)  # a cell in a currency format
    if isinstance(content, str) and content in ERRORS:
        return ExcelError(content)
    return content


def _passport(sheets: list[xw.Sheet]) -> dict[str, str]:
    """Form, edition, rules and cluster: from the hidden lists, since Excel's properties are beyond xlwings."""
    lists = next((sheet for sheet in sheets if folded(sheet.name) == folded(LISTS)), None)
    if lists is None:
        return {}
    return listed_passport(_from_a1(lists).options(ndim=2).value[:2])
