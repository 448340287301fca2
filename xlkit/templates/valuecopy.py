"""A workbook of another kind (.xls, .xlsb, .ods) as an .xlsx: every value at its address, formulas and formats gone.

The formats of the source are not read; the copy gets plain ones of its own, so that a person can read and print it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

from xlkit.address import Box, cell_name
from xlkit.books.contents import MAX_COLUMN, MAX_ROW
from xlkit.books.dates import serial_of
from xlkit.books.passport import PASSPORT
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.refused import refused
from xlkit.errors import Unreadable
from xlkit.rules.sheetnames import legal_sheet_names
from xlkit.templates.bookwriter import must
from xlkit.templates.findingslist import colour_findings, lay_out_findings
from xlkit.templates.plainlook import PlainLook
from xlkit.templates.remarksheet import FINDINGS_HEADER, findings_list
from xlkit.templates.styles import Styles
from xlkit.templates.textsheet import text_worksheet
from xlkit.texts import Text, joined, printable
from xlkit.values import ExcelError, Uncached, as_text, squeezed

MAX_FILLED = 500_000
"""So many filled cells are copied; a form of ours has some thousands."""
_MAX_TEXT = 32_767
_MAX_PROPERTY = 255
_PLACES_SHOWN = 8
_MERGED = 200_000
"""So many cells of a sheet may be merged."""

_CREATED = dt.datetime(2026, 1, 1)
"""A fixed time of creation, so that the same workbook gives the same copy."""

_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
_OTHER_ERROR = "#VALUE!"

_BECAME = Text(
    "Копия записана как .xlsx: формулы заменены значениями, оформление не перенесено",
    "The copy is .xlsx: formulas became values, the formatting did not come along",
)
_LOST = {
    "uncached": Text(
        "формулы без сохранённого значения стали пустыми ячейками ({places})",
        "formulas without a saved value became empty cells ({places})",
    ),
    "cut": Text(
        "тексты длиннее 32 767 знаков обрезаны ({places})", "texts of more than 32,767 characters were cut ({places})"
    ),
    "date": Text("даты до 1900 года записаны текстом ({places})", "dates before 1900 became texts ({places})"),
    "error": Text(
        "ошибки, которых нет в Excel, стали #ЗНАЧ! ({places})", "errors unknown to Excel: #VALUE! ({places})"
    ),
    "renamed": Text(
        "листы переименованы, таких имён в Excel не бывает ({places})",
        "sheets were renamed, Excel has no such names ({places})",
    ),
}


@dataclass(frozen=True)
class ValueCopy:
    """The copy, the names of its sheets, which of them had another name, and what a person is to know of it."""

    content: bytes
    sheet_names: tuple[str, ...]
    renamed: dict[str, str]
    note: Text


@dataclass
class _Losses:
    """What could not be copied as it stood, by kind: the places."""

    places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, place: str) -> None:
        self.places.setdefault(kind, []).append(place)

    def note(self) -> Text:
        told = [_LOST[kind].format(places=_some(self.places[kind])) for kind in _LOST if kind in self.places]
        return joined([_BECAME, *told])


def _some(places: Sequence[str]) -> Text:
    shown, more = ", ".join(places[:_PLACES_SHOWN]), len(places) - _PLACES_SHOWN
    return Text(f"{shown} и ещё {more}", f"{shown} and {more} more") if more > 0 else Text(shown, shown)


def as_values(book: RawWorkbook) -> RawWorkbook:
    """The workbook as its copy will be: no formulas, and a formula without a value is an empty cell."""
    sheets = (
        replace(
            sheet,
            grid=[[None if isinstance(cell, Uncached) else cell for cell in row] for row in sheet.grid],
            formulas=frozenset(),
        )
        for sheet in book.sheets
    )
    return replace(book, sheets=tuple(sheets))


def copy_values(book: RawWorkbook, headers: Mapping[str, int]) -> ValueCopy:
    """The copy of a workbook of which all sheets were read. ``headers``: rows of captions by sheet, where known.

    Raises FileRefused for more cells than a copy can hold.
    """
    import xlsxwriter

    _check_size(book)
    losses, stream = _Losses(), io.BytesIO()
    names = legal_sheet_names([sheet.name for sheet in book.sheets])
    renamed: dict[str, str] = {}
    for sheet, name in zip(book.sheets, names, strict=True):
        renamed.setdefault(sheet.name, name)  # of two equal names the first is meant
        if name != sheet.name:
            losses.add("renamed", f"«{squeezed(printable(sheet.name))}» → «{name}»")
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": _CREATED})
        for name in PASSPORT:
            if said := printable(book.properties.get(name, ""))[:_MAX_PROPERTY]:
                must(workbook.set_custom_property(name, said, "text"))
        writer = _Writer(workbook, losses, findings_list(book.sheets))
        pages = [workbook.add_worksheet(name, worksheet_class=_value_worksheet()) for name in names]
        for page, sheet in zip(pages, book.sheets, strict=True):
            writer.write(page, sheet, headers.get(sheet.name))
        _show(pages, book.sheets)
    return ValueCopy(stream.getvalue(), tuple(names), renamed, losses.note())


def _check_size(book: RawWorkbook) -> None:
    filled = 0
    for sheet in book.sheets:
        filled += sum(cell is not None for row in sheet.grid for cell in row)
        if filled > MAX_FILLED:
            raise refused(Unreadable("F-010", sheet=sheet.name))


def _show(pages: Sequence[Any], sheets: Sequence[RawSheet]) -> None:
    """Hide what was hidden; Excel opens no workbook without a visible sheet, nor on a hidden one."""
    first = next((number for number, sheet in enumerate(sheets) if sheet.state == "visible"), 0)
    pages[first].activate()
    pages[first].set_first_sheet()
    for page, sheet in zip(pages, sheets, strict=True):
        if sheet.state != "visible" and page is not pages[first]:
            page.very_hidden() if sheet.state == "veryHidden" else page.hide()


@dataclass
class _Writer:
    """The workbook being written; ``listed`` is its list of findings, if there is one."""

    workbook: Any
    losses: _Losses
    listed: RawSheet | None

    def __post_init__(self) -> None:
        self.styles = Styles(self.workbook)

    def write(self, page: Any, sheet: RawSheet, header: int | None) -> None:
        """Fill a sheet."""
        is_list = sheet is self.listed
        page.keep_merged(_apart(sheet.merges))
        look = PlainLook(sheet, self.styles, FINDINGS_HEADER if is_list else header, framed=not is_list)
        look.lay_out(page)
        if is_list:
            lay_out_findings(self.workbook, page, page.get_name(), self.styles)
        elif self.listed is not None and look.width:
            colour_findings(self.workbook, page, page.get_name(), (0, 0, len(sheet.grid) - 1, look.width - 1))
        for row, line in enumerate(sheet.grid, start=1):
            for column in range(1, max(len(line), look.framed_width(row)) + 1):
                content = line[column - 1] if column <= len(line) else None
                if content is not None or look.is_framed(row, column):
                    self._write_cell(page, (row, column), content, look)

    def _write_cell(self, page: Any, place: tuple[int, int], content: object, look: PlainLook) -> None:
        at = place[0] - 1, place[1] - 1
        known, loss = _as_excel_has_it(content)
        if loss:
            self.losses.add(loss, f"{page.get_name()}!{cell_name(*place)}")
        style = look.style(place, known)
        if known is None:
            must(page.write_blank(*at, None, style))
        elif isinstance(known, bool):
            must(page.write_boolean(*at, known, style))
        elif isinstance(known, (int, float)):
            must(page.write_number(*at, known, style))
        elif isinstance(known, ExcelError):
            must(page.write_formula(*at, known.code, style, known.code))  # an error by itself, see below
        elif isinstance(known, str):
            must(page.write_string(*at, known, style))
        else:
            must(page.write_number(*at, serial_of(known), style))


def _apart(merges: Sequence[Box]) -> Iterator[Box]:
    """Merged areas as Excel has them: within the sheet, none over another, up to some size."""
    taken: set[tuple[int, int]] = set()
    for top, left, bottom, right in merges:
        size = (bottom - top + 1) * (right - left + 1)
        if not (1 <= top <= bottom <= MAX_ROW and 1 <= left <= right <= MAX_COLUMN) or size + len(taken) > _MERGED:
            continue
        covered = set(product(range(top, bottom + 1), range(left, right + 1)))
        if size > 1 and taken.isdisjoint(covered):
            taken |= covered
            yield top, left, bottom, right


def _as_excel_has_it(content: object) -> tuple[Any, str | None]:
    """A content that a cell of Excel can hold: itself or what comes nearest, and then what kind of loss that is."""
    if isinstance(content, Uncached):
        return None, "uncached"
    if isinstance(content, ExcelError) and content.code not in _ERRORS:
        return ExcelError(_OTHER_ERROR), "error"
    if isinstance(content, (dt.date, dt.time, dt.timedelta)) and serial_of(content) is None:
        return as_text(content), "date"
    if isinstance(content, str) and len(content) > _MAX_TEXT // 2:
        units = content.encode("utf-16-le", "surrogatepass")
        if len(units) > 2 * _MAX_TEXT:
            return units[: 2 * _MAX_TEXT].decode("utf-16-le", "ignore"), "cut"
    return content, None


@cache
def _value_worksheet() -> Any:
    """A worksheet that writes numbers to the last bit and errors that are no formulas."""

    class ValueWorksheet(text_worksheet()):  # type: ignore[misc]
        def keep_merged(self, areas: Iterable[Box]) -> None:
            """Merge areas and leave their cells alone; ``merge_range`` would empty those that are covered."""
            self.merge = [[one - 1 for one in area] for area in areas]

        def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, object]] = ()) -> None:
            self.fh.write(f"<c{_said(attributes)}><v>{number!r}</v></c>")

        def _xml_formula_element(
            self, formula: str, result: object, attributes: Sequence[tuple[str, object]] = ()
        ) -> None:
            self.fh.write(f"<c{_said(attributes)}><v>{result}</v></c>")

    return ValueWorksheet


def _said(attributes: Sequence[tuple[str, object]]) -> str:
    return "".join(f' {name}="{value}"' for name, value in attributes)
