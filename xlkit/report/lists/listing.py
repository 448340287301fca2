"""Lists as sheets of a report: heading, captions that stay in sight, filters, widths, print setup."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlkit.books.package import Package
from xlkit.errors import Unreadable
from xlkit.report.lists.bulk import Cells, pack
from xlkit.report.lists.links import limited, links_xml
from xlkit.report.lists.paging import HEAD, first_row, sheet_rows
from xlkit.report.lists.rows import Column, rows_of
from xlkit.templates.styles import Styles, row_height, text_lines
from xlkit.templates.textsheet import LINKS_HERE, ROWS_HERE, list_worksheet

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATED = dt.datetime(2026, 1, 1)
"""A fixed time of creation, so that the same result gives the same bytes."""

_PROPERTY = "xlkit_report"
_CAPTION_POINTS = 9


@dataclass(frozen=True)
class Listing:
    """A sheet's content, by columns.

    ``frozen`` columns stay in sight; a list that prints on more than one page across repeats them on each.
    """

    title: str
    note: str
    columns: tuple[Column, ...]
    cells: Sequence[Cells]
    frozen: int = 0
    empty: str = "Нет строк"
    across: int = 1

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.cells[0])


class ReportBook:
    """A report's workbook with its formats."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.styles = Styles(workbook)
        self.pieces: dict[str, list[tuple[str, Callable[[], Iterable[bytes]]]]] = {}

    def add(self, name: str) -> Any:
        return self.workbook.add_worksheet(name, worksheet_class=list_worksheet())

    def put_rows(self, sheet: Any, last_row: int, last_column: int, rows: Callable[[], Iterable[bytes]]) -> None:
        """Rows as XML below all that is written cell by cell, made when the file is packed."""
        sheet.keep_place(last_row, last_column)
        self._put(sheet, ROWS_HERE, rows)

    def put_links(self, sheet: Any, links: Callable[[], Iterable[bytes]]) -> None:
        """Links as XML, made when the file is packed: all that the sheet has, and at least one."""
        sheet.keep_place_of_links()
        self._put(sheet, LINKS_HERE, links)

    def _put(self, sheet: Any, mark: str, pieces: Callable[[], Iterable[bytes]]) -> None:
        self.pieces.setdefault(f"xl/worksheets/sheet{sheet.index + 1}.xml", []).append((mark, pieces))


@contextmanager
def report_book(stream: io.BytesIO, title: str) -> Iterator[ReportBook]:
    """A workbook that is written to ``stream`` when the block ends; the same content gives the same bytes."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    made = io.BytesIO()
    workbook = xlsxwriter.Workbook(made, options)
    workbook.set_properties({"title": title, "subject": "Федеральный проект «Профессионалитет»", "created": CREATED})
    workbook.set_custom_property(_PROPERTY, title, "text")
    workbook.set_size(2400, 1400)
    book = ReportBook(workbook)
    try:
        yield book
    finally:
        workbook.close()
    pack(made, book.pieces, stream)


def is_report(path: Path) -> bool:
    """Whether a file is one of our reports, so that a new one may replace it."""
    if not path.is_file():  # a pipe among the files of a folder would wait for ever
        return False
    try:
        with Package(path) as package:
            return _PROPERTY in package.custom_properties()
    except (zipfile.BadZipFile, OSError, Unreadable):
        return False


def write_listing(book: ReportBook, sheets: Sequence[Any], listing: Listing) -> None:
    """Fill as many sheets as :func:`~xlkit.report.lists.paging.sheet_names` gives."""
    spans = sheet_rows(listing.count)
    cells = _with_links(listing.cells, spans)
    rows = rows_of(book.styles, sheets, listing.columns, cells)
    names = [sheet.get_name() for sheet in sheets]
    for page, (first, last) in enumerate(spans):
        sheet = sheets[page]
        _write_head(book, sheet, listing, " ".join([listing.note, *_pages_said(names, page)]))
        if first < last:
            made = partial(rows.row_xml, first, last, first_row())
            book.put_rows(sheet, HEAD + last - first - 1, len(listing.columns) - 1, made)
            if any(one.leads is not None and (one.leads.pages[first:last] >= 0).any() for one in cells):
                book.put_links(sheet, partial(_links, cells, first, last))
        else:
            sheet.write_string(HEAD, 0, listing.empty, book.styles.note())
        _finish(sheet, listing, HEAD - 1 + max(last - first, 1))


def _with_links(cells: Sequence[Cells], spans: Sequence[tuple[int, int]]) -> Sequence[Cells]:
    """Columns with as many links as their sheets can have."""
    kept = limited((one.leads for one in cells if one.leads is not None), spans)
    return [one if one.leads is None else replace(one, leads=next(kept)) for one in cells]


def _links(cells: Sequence[Cells], first: int, last: int) -> Iterator[bytes]:
    for number, one in enumerate(cells, start=1):
        if one.leads is not None:
            yield from links_xml(number, one.leads, first, last, first_row())


def _pages_said(names: Sequence[str], page: int) -> Iterator[str]:
    """Where a list goes on that one sheet does not hold."""
    if page:
        yield f"Начало — на листе «{names[0]}»."
    if page + 1 < len(names):
        yield f"Продолжение — на листе «{names[page + 1]}»."


def _finish(sheet: Any, listing: Listing, last: int) -> None:
    """The filter, what stays in sight, and print, to the last row (from 0)."""
    sheet.autofilter(HEAD - 1, 0, last, len(listing.columns) - 1)
    sheet.freeze_panes(HEAD, listing.frozen)
    set_page(sheet, last, len(listing.columns) - 1, repeat=HEAD - 1, across=listing.across)
    if listing.across > 1 and listing.frozen:
        sheet.repeat_columns(0, listing.frozen - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})


def _write_head(book: ReportBook, sheet: Any, listing: Listing, note: str) -> None:
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, listing.title, book.styles.heading())
    sheet.set_row(1, 18)
    sheet.write_string(1, 0, note, book.styles.note())
    lines = 1
    for number, column in enumerate(listing.columns):
        sheet.set_column(number, number, column.width)
        # the filter's arrow covers the right end of a caption
        lines = max(lines, text_lines(column.caption, column.width - 2, _CAPTION_POINTS, bold=True))
        sheet.write_string(HEAD - 1, number, column.caption, book.styles.caption(_CAPTION_POINTS))
    sheet.set_row(HEAD - 1, row_height(lines, _CAPTION_POINTS) + 4)


def set_page(sheet: Any, last_row: int, last_column: int, repeat: int | None = None, across: int = 1) -> None:
    """Print setup: A4 landscape, so many pages across, captions on every page, page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(across, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_footer("&L&8&A&C&8xlkit&R&8Стр. &P из &N")
    if repeat is not None:
        sheet.repeat_rows(repeat)
    sheet.hide_gridlines(2)
