"""OpenDocument spreadsheets (.ods), read from their XML: values, errors, formulas, repeated cells.

No reader of others is asked: they show errors as empty cells and write out a million repeated rows.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from lxml import etree

from xlkit.address import area_name
from xlkit.books.contents import SheetCells
from xlkit.books.package import Package
from xlkit.books.raw import RawSheet
from xlkit.books.room import Room
from xlkit.books.xmltext import local_name, parsed
from xlkit.errors import Unreadable
from xlkit.limits import Limits
from xlkit.values import ExcelError, Uncached, folded

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT, _STYLE, _META = (
    f"{{{_NAMES}{name}:1.0}}" for name in ("table", "office", "text", "style", "meta")
)
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_ERROR = re.compile(r"#[^\W\d_a-zа-яё]+(?:/0)?[!?]|#[NН]/[AДD]|#GETTING_DATA|(?:Err|Ошибка|Ош):[0-9]{3}")
"""Errors of formulas as programs show them in their own language: #REF!, #ССЫЛКА!, #ДЕЛ/0!, #Н/Д."""
_DURATION = re.compile(r"(-)?P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?)?")
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_ROW_GROUPS = tuple(f"{_TABLE}{name}" for name in ("table-row-group", "table-header-rows", "table-rows"))
_SHEET_DEPTH = 3
"""A sheet stands in document, body and spreadsheet; deeper ones belong to charts and other objects."""
_CACHED = re.compile(r"'.+'#\$.+", re.DOTALL)
"""The name that a remembered table of another file has: nobody sees it, and no sheet may be called so."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_UNSEEN = ("note", "ruby-text")
"""What stands inside of a paragraph and is not its text: footnotes, hints of pronunciation."""
_SPACES_MAX = 32_767
_PROPERTIES = "meta.xml"


@dataclass
class _Walk:
    """The sheet that is being read, and what has been read."""

    wanted: Collection[str] | None
    limits: Limits
    hidden_styles: set[str] = field(default_factory=set)
    names: list[tuple[str, str]] = field(default_factory=list)
    sheets: list[tuple[SheetCells, str]] = field(default_factory=list)
    table: etree._Element | None = None
    cells: SheetCells | None = None
    row: int = 0

    def begin(self, table: etree._Element) -> None:
        name = table.get(f"{_TABLE}name", "")
        self.table, self.cells, self.row = table, None, 0
        if _CACHED.fullmatch(name):
            return
        state = "hidden" if table.get(f"{_TABLE}style-name") in self.hidden_styles else "visible"
        self.names.append((name, state))
        if len(self.names) > self.limits.sheets:
            raise Unreadable("F-031", what="sheets")
        if self.wanted is None or folded(name) in self.wanted:
            self.cells = SheetCells(name, self.limits)
            self.sheets.append((self.cells, state))


def read_ods(
    package: Package, wanted: Collection[str] | None, limits: Limits
) -> tuple[list[RawSheet], list[tuple[str, str]]]:
    """The wanted sheets (folded names; ``None`` for all), and the names and states of all; raises Unreadable."""
    if package.has("META-INF/manifest.xml"):
        manifest = parsed(package.xml("META-INF/manifest.xml"))
        if next(manifest.iter("{*}encryption-data"), None) is not None:
            raise Unreadable("F-008")
    walk = _Walk(wanted, limits)
    try:
        for event, element in _events(package.xml("content.xml")):
            _take(event, element, walk)
    except (etree.XMLSyntaxError, ValueError, OverflowError) as error:
        raise Unreadable("F-006") from error
    if not walk.names:
        raise Unreadable("F-011")
    room = Room(limits)
    sheets = [
        room.take(RawSheet(one.name, one.grid, frozenset(one.formulas), state, tuple(one.merges)))
        for one, state in walk.sheets
    ]
    return sheets, walk.names


def ods_properties(package: Package) -> dict[str, str]:
    """The custom document properties as text; empty where there are none."""
    if not package.has(_PROPERTIES):
        return {}
    found = parsed(package.xml(_PROPERTIES)).iter(f"{_META}user-defined")
    return {one.get(f"{_META}name", ""): "".join(str(text) for text in one.itertext()) for one in found}


def _events(xml: bytes) -> Iterator[tuple[str, etree._Element]]:
    tags = [f"{_TABLE}table", f"{_TABLE}table-row", f"{_STYLE}style"]
    events = ("start", "end")
    yield from etree.iterparse(io.BytesIO(xml), events=events, tag=tags, resolve_entities=False, no_network=True)


def _take(event: str, element: etree._Element, walk: _Walk) -> None:
    name = local_name(element)
    if name == "table" and event == "start":
        parents = list(element.iterancestors())
        if len(parents) == _SHEET_DEPTH and parents[0].tag == f"{_OFFICE}spreadsheet":
            walk.begin(element)
    elif name == "style" and event == "end" and walk.table is None:
        if any(p.get(f"{_TABLE}display") == "false" for p in element.iterchildren(f"{_STYLE}table-properties")):
            walk.hidden_styles.add(element.get(f"{_STYLE}name", ""))
    elif name == "table-row" and event == "end":
        if _table_of(element) is walk.table:
            _read_row(element, walk)
        element.clear()


def _table_of(row: etree._Element) -> etree._Element | None:
    """The table whose row it is: tables stand in cells, shapes and links of others too."""
    parent = row.getparent()
    while parent is not None and parent.tag in _ROW_GROUPS:
        parent = parent.getparent()
    return parent


def _read_row(row: etree._Element, walk: _Walk) -> None:
    count = _count(row, "number-rows-repeated")
    cells = walk.cells
    if cells is None:
        return
    column = 0
    for cell in row.iterchildren(*_CELLS):
        wide = _count(cell, "number-columns-repeated")
        content, formula = _content(cell)
        if content is not None:
            if count * wide > walk.limits.cells:
                raise Unreadable("F-010", sheet=cells.name)
            for place in ((r, c) for r in range(count) for c in range(wide)):
                cells.place(walk.row + 1 + place[0], column + 1 + place[1], content)
        if formula is not None:
            cells.place_formula(walk.row + 1, column + 1, formula)
        high, across = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
        if high * across > 1:
            cells.merge(area_name((walk.row + 1, column + 1, walk.row + high, column + across)))
        column += wide
    walk.row += count


def _count(element: etree._Element, name: str) -> int:
    count = int(element.get(f"{_TABLE}{name}", "1"))
    if count < 1:
        raise ValueError(name)
    return count


def _content(cell: etree._Element) -> tuple[object, str | None]:
    """What a cell holds, and its formula."""
    formula = cell.get(f"{_TABLE}formula")
    kind = cell.get(f"{_OFFICE}value-type", "")
    paragraphs = list(cell.iterchildren(f"{_TEXT}p"))
    text = "\n".join(_text(one) for one in paragraphs)
    if cell.get(f"{_CALC}value-type") == "error" or (formula is not None and _ERROR.fullmatch(text)):
        return ExcelError(text), formula
    if kind in ("float", "percentage", "currency"):
        number = float(cell.get(f"{_OFFICE}value", "nan"))
        return (number if abs(number) < float("inf") else cell.get(f"{_OFFICE}value")), formula
    if kind == "boolean":
        said = cell.get(f"{_OFFICE}boolean-value", "")
        return _BOOLEANS.get(said.strip().lower(), said or text or None), formula
    if kind == "date":
        return _date(cell.get(f"{_OFFICE}date-value", "")), formula
    if kind == "time":
        return _duration(cell.get(f"{_OFFICE}time-value", "")), formula
    if formula is not None and not kind and not paragraphs:
        return Uncached(formula), formula
    return (cell.get(f"{_OFFICE}string-value", text) or text or None), formula


def _date(value: str) -> object:
    """An ISO date, or the text itself."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment.date() if "T" not in value else moment


def _duration(value: str) -> object:
    """``PT12H30M00S``: a time of day below 24 hours, else a duration; the text itself where it is none."""
    match = _DURATION.fullmatch(value)
    if match is None:
        return value
    sign, days, hours, minutes, seconds, part = match.groups()
    passed = dt.timedelta(
        days=int(days or 0),
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int((part or "0")[:6].ljust(6, "0")),
    )
    if sign is None and passed < dt.timedelta(days=1):
        return (dt.datetime.min + passed).time()
    return -passed if sign else passed


def _text(element: etree._Element) -> str:
    """A paragraph's text; runs of spaces, tabs and line breaks are elements."""
    parts = [element.text or ""]
    for child in element:
        name = child.tag.removeprefix(_TEXT) if isinstance(child.tag, str) else ""
        if name == "s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), _SPACES_MAX))
        elif name in ("tab", "line-break"):
            parts.append("\t" if name == "tab" else "\n")
        elif name and not name.startswith("{") and name not in _UNSEEN:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
