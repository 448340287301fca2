"""What a sheet's XML says, cell by cell: values, errors, formulas, formulas without a value.

No reader of others is asked: they show errors as empty cells, take a wrong index of a string for the first one,
give 1E309 as infinity, trim texts. The fast way lets expat say that the XML is well-formed, and takes it apart by a
regular expression that must match rows and cells without a gap; XML of any other form goes through lxml
(``sheettree``) and gives the same answer. Long sheets of rows alike have a faster way (``sheetrows``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import repeat
from operator import itemgetter

from xlkit.address import column_number
from xlkit.books.contents import INDEX_DIGITS, MAX_COLUMN, Book, SheetCells, cell_content
from xlkit.books.package import MAIN, STRICT_MAIN
from xlkit.books.sheetrows import DATA, LONG, read_rows
from xlkit.books.sheettree import read_string_tree, read_tree
from xlkit.books.xmltext import is_plain, parsed, text_of, unescaped
from xlkit.errors import Unreadable
from xlkit.limits import Limits
from xlkit.values import Uncached

_ROW_FOLLOWS = rb"\s*(?:<(?:row|/sheetData)|\Z)"
_TOKENS = re.compile(
    # After a row comes a row, so that none stands in another and no cell outside of them.
    rb'(<row r="[1-9][0-9]{0,5}"(?: [^<>]*)?(?:(?<!/)>|/>(?=%b))|</row>(?=%b)|\s+|'
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?: [cv]m="[0-9]+")*'
    rb"(?:/>|>\s*(?:(<f(?: [^<>]*)?(?:/>|>([^<]*)</f>))\s*)?"
    rb'(?:<v(?: xml:space="preserve")?(?:/>|>([^<]*)</v>)\s*)?'
    rb'(?:<is><t(?: xml:space="preserve")?(?:/>|>([^<]*)</t>)</is>\s*)?</c>))' % (_ROW_FOLLOWS, _ROW_FOLLOWS)
)
_BEGINS_WITH_A_ROW = re.compile(_ROW_FOLLOWS)
_STRINGS = re.compile(rb'(\s+|<si>\s*<t(?: xml:space="preserve")?(?:/>|>([^<]*)</t>)\s*</si>|<si/>)')
_TABLE = re.compile(rb"<sst(?: [^<>]*)?(?<!/)>")
_WHOLE = itemgetter(0)
_DIGITS = 300
"""A number of fewer digits is no infinity."""
_CHUNK = 2**20
"""So many bytes of a sheet are taken apart at a time: the pieces take some ten times the room."""


def read_sheet(name: str, xml: bytes, book: Book) -> SheetCells:
    """The cells of a sheet's XML (of :func:`xlkit.books.xmltext.utf8_xml`); raises Unreadable."""
    rows = read_rows(name, xml, book) if len(xml) > LONG else None
    return rows or _read_bytes(name, xml, book) or read_tree(name, xml, book)


def _read_bytes(name: str, xml: bytes, book: Book) -> SheetCells | None:
    """The fast way; ``None`` where the XML is not wholly of the usual form, which it verifies byte by byte."""
    start, end = DATA.search(xml), xml.rfind(b"</sheetData>")
    if start is None or end < start.end() or not is_plain(xml):
        return None
    # What stands around the cells is parsed as XML; a second <sheetData> would show there.
    root = parsed(xml[: start.end()] + xml[end:])
    if root.tag not in (f"{{{MAIN}}}worksheet", f"{{{STRICT_MAIN}}}worksheet"):
        return None
    cells = SheetCells(name, book.limits, with_formulas=book.with_formulas)
    for one in root.iter("{*}mergeCell"):
        cells.merge(one.get("ref", ""))
    at = start.end()
    while at < end:
        stop = _after_row(xml, at + _CHUNK, end)
        tokens = _TOKENS.findall(xml, at, stop)
        if sum(map(len, map(_WHOLE, tokens))) != stop - at or not _BEGINS_WITH_A_ROW.match(xml, at, end):
            return None
        _take(tokens, cells, book)
        at = stop
    return cells


def _after_row(xml: bytes, at: int, end: int) -> int:
    """The end of the first row that ends after ``at``."""
    found = xml.find(b"</row>", at, end)
    return end if found < 0 else found + len(b"</row>")


def _take(tokens: Sequence[tuple[bytes, ...]], cells: SheetCells, book: Book) -> None:
    """Put the cells of some rows in their places. This loop is most of what reading costs."""
    strings, count = book.strings, len(book.strings)
    dates = {style.encode() for style in book.dates}
    formulas = cells.formulas
    last, row, appended = b"", 0, 0
    line: list[object] | None = None
    for _, letters, digits, style, kind, tag, formula, value, inline in tokens:
        if not (value or tag or inline):
            continue
        if digits != last:
            last, row, line = digits, int(digits), None
        content: object
        if kind == b"s" and value.isdigit() and len(value) < INDEX_DIGITS and (index := int(value)) < count:
            content = strings[index] or None  # most cells of any sheet
        elif not kind and value.isdigit() and len(value) < _DIGITS and style not in dates:
            content = float(value)
        else:
            content = _content(kind, style, value, inline, formula, book)
        column = _column(letters)
        if tag:
            formulas.add((row, column))
            if cells.with_formulas or b"|" in formula or b"&#" in formula:  # a bar may be a reference: &#124;
                cells.place_formula(row, column, text_of(formula))
        if content is None:
            continue
        if line is None:
            line = cells.line(row)
        missing = column - 1 - len(line)
        if missing < 0 or column > MAX_COLUMN:
            cells.place(row, column, content)
            continue
        if missing:
            cells.count(missing)
            line.extend(repeat(None, missing))
        line.append(content)
        appended += 1
    cells.count(appended)


def _content(kind: bytes, style: bytes, value: bytes, inline: bytes, formula: bytes, book: Book) -> object:
    """What a cell holds; one without a value and a text has a formula, or it is empty."""
    if not value and not inline and kind not in _TEXTS:
        return _Formula(formula)
    said, text = (text_of(one) if one else None for one in (value, inline))
    return cell_content(kind.decode(), style.decode(), said, text, None, book)


_TEXTS = (b"str", b"inlineStr")
"""Types of cells whose formula gives a text: without a value it is the empty one."""


class _Formula(Uncached):
    """A formula without its value, as the XML has it: what it says is seldom asked, and would be much to undo."""

    __slots__ = ("_xml",)

    def __init__(self, xml: bytes) -> None:
        object.__setattr__(self, "_xml", xml)

    @property
    def formula(self) -> str:
        text: bytes = self._xml  # type: ignore[attr-defined]
        return text_of(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Uncached) and self.formula == other.formula

    def __hash__(self) -> int:
        return hash(self.formula)


@cache
def _column(letters: bytes) -> int:
    return column_number(letters.decode())


def read_strings(xml: bytes, limits: Limits) -> list[str]:
    """The shared strings in their order; raises Unreadable for damage or more of them than the limit."""
    if xml.count(b"<si>") > limits.strings:
        raise Unreadable("F-031", what="strings")
    return _read_plain_strings(xml) or read_string_tree(xml, limits)


def _read_plain_strings(xml: bytes) -> list[str] | None:
    start, end = _TABLE.search(xml), xml.rfind(b"</sst>")
    if start is None or end < start.end() or not is_plain(xml):
        return None
    if parsed(xml[: start.end()] + xml[end:]).tag not in (f"{{{MAIN}}}sst", f"{{{STRICT_MAIN}}}sst"):
        return None
    tokens = _STRINGS.findall(xml, start.end(), end)
    if sum(map(len, map(_WHOLE, tokens))) != end - start.end():
        return None
    # Of plain texts many lie between two references or escapes: they are decoded as they stand.
    return [
        text.decode() if b"&" not in text and b"_x" not in text else unescaped(text_of(text))
        for token, text in tokens
        if text or token[:1] == b"<"
    ]
