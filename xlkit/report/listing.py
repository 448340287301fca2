"""Lists as sheets of a report: heading, captions that stay in sight, filters, widths, print setup."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlkit.books.package import Package
from xlkit.errors import Unreadable
from xlkit.templates.styles import INDENT, Styles, row_height, text_lines
from xlkit.templates.textsheet import text_worksheet

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATED = dt.datetime(2026, 1, 1)
"""A fixed time of creation, so that the same result gives the same bytes."""

MAX_TEXT = 32_767
MAX_ROWS = 1_048_000
MAX_LINKS = 60_000
"""Excel drops a sheet's links when there are more than 65,530 of them."""

WHOLE, BROKEN = "#,##0", "#,##0.0##"
_PROPERTY = "xlkit_report"
_HEAD = 3
_LINE = 16.5
_POINTS, _CAPTION_POINTS = 10, 9
_PIXEL = 0.75
"""Rows are as high as so many whole pixels, in points."""
_PADDING = "_0"
"""Keeps a number a digit's width away from the border; LibreOffice forgets the indent of some numbers."""

_SHORT = 24
"""Texts up to this length stand in the middle of a column of values."""
_LONG, _CLIPPED, _LINKED = "long", "clipped", "linked"

_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Link:
    """Text or a number that leads somewhere: ``internal:'Sheet'!A1`` or ``external:file.xlsx#'Sheet'!A1``.

    ``tip`` is shown when the mouse rests on it.
    """

    text: str | int | float
    url: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: ``text`` (one line), ``wrap``, ``centre`` (both wrapped), ``number``, ``signed`` (with a sign).

    ``value`` holds numbers and texts: short ones in the middle, long ones to the left; both wrapped.
    """

    caption: str
    width: float
    kind: str = "text"


@dataclass(frozen=True)
class Listing:
    """A sheet's content. ``fills`` colours cells by row and column from 0.

    ``frozen`` columns stay in sight; a list that prints on more than one page across repeats them on each.
    """

    title: str
    note: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[object]]
    frozen: int = 0
    fills: Mapping[tuple[int, int], str] = field(default_factory=dict)
    empty: str = "Нет строк"
    across: int = 1


class ReportBook:
    """A report's workbook with its formats."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self.styles = Styles(workbook)

    def add(self, name: str) -> Any:
        return self.workbook.add_worksheet(name, worksheet_class=text_worksheet())


@contextmanager
def report_book(stream: io.BytesIO, title: str) -> Iterator[ReportBook]:
    """A workbook that is written to ``stream`` when the block ends; the same content gives the same bytes."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    workbook = xlsxwriter.Workbook(stream, options)
    workbook.set_properties({"title": title, "subject": "Федеральный проект «Профессионалитет»", "created": CREATED})
    workbook.set_custom_property(_PROPERTY, title, "text")
    workbook.set_size(2400, 1400)
    try:
        yield ReportBook(workbook)
    finally:
        workbook.close()


def is_report(path: Path) -> bool:
    """Whether a file is one of our reports, so that a new one may replace it."""
    if not path.is_file():  # a pipe among the files of a folder would wait for ever
        return False
    try:
        with Package(path) as package:
            return _PROPERTY in package.custom_properties()
    except (zipfile.BadZipFile, OSError, Unreadable):
        return False


def clean(text: str) -> str:
    """Text as a cell can hold it: what XML forbids replaced, what is too long cut visibly."""
    text = _UNWRITABLE.sub("\ufffd", text)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def write_listing(book: ReportBook, sheet: Any, listing: Listing, links: int = MAX_LINKS) -> None:
    """Fill a sheet; of more rows than a sheet holds the rest is told, of more than ``links`` links the text stays."""
    rows, note = listing.rows, listing.note
    if len(rows) > MAX_ROWS:
        note = f"{note} Показаны первые {MAX_ROWS} строк из {len(rows)}."
        rows = rows[:MAX_ROWS]
    _write_head(book, sheet, listing, note)
    _write_rows(book, sheet, listing, rows, links)
    last = _HEAD - 1 + max(len(rows), 1)
    if not rows:
        sheet.write_string(_HEAD, 0, listing.empty, book.styles.note())
    sheet.autofilter(_HEAD - 1, 0, last, len(listing.columns) - 1)
    sheet.freeze_panes(_HEAD, listing.frozen)
    set_page(sheet, last, len(listing.columns) - 1, repeat=_HEAD - 1, across=listing.across)
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
        sheet.write_string(_HEAD - 1, number, column.caption, book.styles.caption(_CAPTION_POINTS))
    sheet.set_row(_HEAD - 1, row_height(lines, _CAPTION_POINTS) + 4)


def _write_rows(book: ReportBook, sheet: Any, listing: Listing, rows: Sequence[Sequence[object]], links: int) -> None:
    if rows:
        written = _Rows(book, sheet, listing, links)
        sheet.add_rows((written.xml(number, row) for number, row in enumerate(rows)), _HEAD + len(rows) - 1,
                       len(listing.columns) - 1)  # fmt: skip
        sheet.shared_again(written.again)


class _Rows:
    """The rows of a listing as XML, one after the other."""

    def __init__(self, book: ReportBook, sheet: Any, listing: Listing, links: int) -> None:
        from xlsxwriter.utility import xl_col_to_name

        self.again = 0
        self._sheet, self._links = sheet, links
        self._formats = _Formats(book.styles, listing.columns)
        self._fills, self._filled = listing.fills, {row for row, _ in listing.fills}
        self._letters = [xl_col_to_name(i) for i in range(len(listing.columns))]
        self._wrapped = [
            (i, c.width - (0 if c.kind == "centre" else INDENT))
            for i, c in enumerate(listing.columns)
            if c.kind in ("wrap", "centre", "value")
        ]
        self._texts: dict[str, tuple[str, int]] = {}

    def xml(self, number: int, row: Sequence[object]) -> str:
        """A row by its number from 0."""
        at = _HEAD + number
        lines = max((text_lines(shown(row[i]), width, _POINTS) for i, width in self._wrapped), default=1)
        height = _PIXEL * int((row_height(lines, _POINTS) if lines > 1 else _LINE) / _PIXEL + 0.5)
        coloured = number in self._filled
        cells = []
        for column, content in enumerate(row):
            fill = self._fills.get((number, column), "") if coloured else ""
            place = f'<c r="{self._letters[column]}{at + 1}"'
            if content is None or content == "":
                cells.append(f"{place}{self._formats.style(column, fill)}/>")
            elif isinstance(content, (int, float)) and not isinstance(content, bool) and math.isfinite(content):
                look = self._formats.style(column, fill, number_format(content))
                cells.append(f"{place}{look}><v>{content:.16G}</v></c>")
            elif isinstance(content, Link):
                cells.append(place + self._link(at, column, content, fill))
            else:
                text, index = self._text(str(content))
                look = self._formats.style(column, fill, self._formats.shape(column, text, row))
                cells.append(f'{place}{look} t="s"><v>{index}</v></c>')
        return f'<row r="{at + 1}" ht="{height:g}" customHeight="1">{"".join(cells)}</row>'

    def _text(self, text: str) -> tuple[str, int]:
        """A text as it can be written, and its number among the shared strings."""
        known = self._texts.get(text)
        if known is None:
            said = clean(text)
            known = self._texts[text] = said, self._sheet.shared_index(said)
        else:
            self.again += 1
        return known

    def _link(self, row: int, column: int, link: Link, fill: str) -> str:
        """XlsxWriter keeps the link and would write its cell."""
        self._links -= 1
        looks = self._formats.get(column, fill, _LINKED), self._formats.get(column, fill)
        write_link(self._sheet, (row, column), link, looks, self._links)
        cell = self._sheet.table[row].pop(column)
        look = f' s="{cell.format._get_xf_index()}"'
        if isinstance(link.text, int):
            return f"{look}><v>{link.text}</v></c>"
        return f'{look} t="s"><v>{cell.string}</v></c>'


def number_format(number: float) -> str:
    """Whole numbers without a decimal mark, others with their decimals."""
    return WHOLE if number == int(number) else BROKEN


def first_row() -> int:
    """The number of a listing's first line as Excel counts."""
    return _HEAD + 1


def shown(content: object) -> str:
    """What a cell shows of a content."""
    return str(content.text if isinstance(content, Link) else ("" if content is None else content))


def write_link(sheet: Any, at: tuple[int, int], link: Link, looks: tuple[Any, Any], left: int = 1) -> None:
    """A link, or its text where there are too many or Excel would not take it; ``looks`` of the one and the other."""
    text = clean(str(link.text))
    tip = link.tip or None
    linked = left >= 0 and writable_link(link.url) and sheet.write_url(*at, link.url, looks[0], text, tip) == 0
    if isinstance(link.text, (int, float)):
        sheet.write_number(*at, link.text, looks[0] if linked else looks[1])
    elif not linked:
        sheet.write_string(*at, text, looks[1])


def writable_link(url: str) -> bool:
    """Whether a link leads where it says: one ``#``, nothing that looks escaped already, not too long."""
    return (
        url.count("#") <= 1
        and len(url) < 1000
        and not re.search("%[0-9a-fA-F]{2}", url)
        and not _UNWRITABLE.search(url)
        and not re.search(r"[\x00-\x1f]", url)
    )


class _Formats:
    """The cell formats of a listing's columns, each looked up once."""

    def __init__(self, styles: Styles, columns: Sequence[Column]) -> None:
        self._styles = styles
        self._columns = columns
        self._made: dict[tuple[int, str, str], Any] = {}
        self._styles_by: dict[tuple[int, str, str], str] = {}

    def get(self, column: int, fill: str, shape: str = "") -> Any:
        """The format of a cell: ``shape`` is a number format, ``long``, ``clipped``, or a link."""
        return self._made.get((column, fill, shape)) or self._make(column, fill, shape)

    def style(self, column: int, fill: str, shape: str = "") -> str:
        """The attribute of a cell's XML that names the format."""
        known = self._styles_by.get((column, fill, shape))
        if known is None:
            known = f' s="{self.get(column, fill, shape)._get_xf_index()}"'
            self._styles_by[column, fill, shape] = known
        return known

    def shape(self, column: int, text: str, row: Sequence[object]) -> str:
        """Long values are wrapped; a long text must not flow into an empty cell beside it."""
        spec = self._columns[column]
        if spec.kind == "value":
            return _LONG if len(text) > _SHORT else ""
        beside = row[column + 1] if column + 1 < len(row) else ""
        long = spec.kind == "text" and len(text) > 0.85 * spec.width
        return _CLIPPED if long and beside in ("", None) else ""

    def _make(self, column: int, fill: str, shape: str) -> Any:
        kind = self._columns[column].kind
        look: dict[str, Any] = {"font_size": _POINTS}
        if kind in ("wrap", "centre", "value"):
            look["text_wrap"] = True
        if kind == "centre" or (kind == "value" and shape != _LONG):
            look["align"] = "center"
        elif kind in ("number", "signed"):
            look |= {"align": "right", "num_format": f"General;General;General;@{_PADDING}"}
        else:
            look |= {"align": "left", "indent": 1}
        if shape == _CLIPPED:
            look |= {"text_wrap": True, "valign": "top"}
        elif shape == _LINKED:
            look |= {"font_color": "#0563C1", "underline": 1}
        elif shape in (WHOLE, BROKEN):
            look["num_format"] = _padded(shape, kind)
        if fill:
            look["bg_color"] = fill
        made = self._made[column, fill, shape] = self._styles.cell(**look)
        return made


def _padded(shape: str, kind: str) -> str:
    """A number format as a column of some kind shows it."""
    if kind == "signed":
        return f"+{shape}{_PADDING};−{shape}{_PADDING};0{_PADDING}"
    return f"{shape}{_PADDING}" if kind == "number" else shape


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
