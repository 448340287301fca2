"""Long sheets whose rows are alike, such as a register's: taken apart row by row instead of cell by cell.

A regular expression must match every row of the sheet without a gap, and each different piece that it found is looked
at once: the pieces of a column are few beside its cells. A sheet of any other form is left to ``sheetxml``, which
gives the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import lt

from lxml import etree

from xlkit.address import column_letters, column_number
from xlkit.books.contents import MAX_ROW, Book, SheetCells, cell_content
from xlkit.books.package import MAIN, STRICT_MAIN
from xlkit.books.xmltext import is_plain, parsed

DATA = re.compile(rb"<sheetData(?: [^<>]*)?>")
LONG = 2**18
"""Bytes of a sheet from which on it is worth making an expression for its rows."""
_CHUNK = 2**18
"""So many bytes of a sheet are taken apart at a time: the pieces of more would not stay in the processor's cache."""
_COLUMNS = 40
_ROW = rb'<row r="([1-9][0-9]{0,6})"([^<>]*+)>%b</row>(?=<row |\Z)'
"""After a row comes a row or the end; where as many are found as begin, nothing stands between them."""
_CELL = rb'(?:<c r="%b\1"([^<>]++(?:><v>[^<>]*+</v></c)?+|><v>[^<>]*+</v></c)>)?+'
_LETTERS = re.compile(rb'<c r="([A-Z]{1,3})[0-9]')
_PIECE = re.compile(rb'(?: s="([0-9]+)")?(?: t="([a-zA-Z]+)")?(?:/|><v>([ !-%\'-;=?-~]*)</v></c)')
"""What stands after a cell's address, in which nothing may need an XML parser: a number, an index, a word in ASCII."""
_NOTHING: list[object] = []


class _OtherForm(Exception):
    """The sheet is for another way of taking it apart."""


def read_rows(name: str, xml: bytes, book: Book) -> SheetCells | None:
    """The cells of a sheet whose rows are alike; ``None`` where they are not. Raises Unreadable for damage."""
    start, end = DATA.search(xml), xml.rfind(b"</sheetData>")
    if start is None or end < start.end() or book.with_formulas:
        return None
    cells = SheetCells(name, book.limits)
    try:
        heads = _read(xml, start.end(), end, cells, book)
        # What stands around the cells is parsed as XML, with one row of every kind.
        rows = b"".join(b'<row r="1"%b></row>' % head for head in heads)
        for one in _root(xml[: start.end()] + rows + xml[end:]).iter("{*}mergeCell"):
            cells.merge(one.get("ref", ""))
    except _OtherForm:
        return None
    cells.cells = len(cells.grid) + sum(map(len, cells.grid))
    return cells if cells.cells <= book.limits.cells else None  # the ordinary way says what is too much


def _root(around: bytes) -> etree._Element:
    if not is_plain(around):
        raise _OtherForm
    root = parsed(around)
    if root.tag not in (f"{{{MAIN}}}worksheet", f"{{{STRICT_MAIN}}}worksheet"):
        raise _OtherForm
    return root


def _read(xml: bytes, at: int, end: int, cells: SheetCells, book: Book) -> set[bytes]:
    """Put all rows in their places; returns the different attributes that rows have beside their number."""
    width = max((column_number(one.decode()) for one in set(_LETTERS.findall(xml, at, at + LONG))), default=0)
    if not 0 < width <= _COLUMNS:
        raise _OtherForm
    rows = _rows(width)
    known = _Contents(book)
    heads: set[bytes] = set()
    while at < end:
        stop = xml.find(b"</row>", at + _CHUNK, end)
        stop = end if stop < 0 else stop + len(b"</row>")
        found = rows.findall(xml, at, stop)
        if not xml.startswith(b"<row ", at) or len(found) != xml.count(b"<row ", at, stop):
            raise _OtherForm
        numbers, attributes, *columns = zip(*found, strict=True)
        heads.update(attributes)
        contents = [list(map(known.__getitem__, pieces)) for pieces in columns]
        _place(cells.grid, list(map(int, numbers)), contents)
        at = stop
    return heads


@lru_cache(maxsize=8)
def _rows(columns: int) -> re.Pattern[bytes]:
    """A row of so many columns, each of whose cells may be missing: its number, its attributes, the cells' pieces."""
    return re.compile(_ROW % b"".join(_CELL % column_letters(one).encode() for one in range(1, columns + 1)))


class _Contents(dict[bytes, object]):
    """What the pieces mean: each is understood when it is first asked for."""

    def __init__(self, book: Book) -> None:
        super().__init__({b"": None})
        self._book = book

    def __missing__(self, piece: bytes) -> object:
        found = _PIECE.fullmatch(piece)
        if found is None:
            raise _OtherForm
        style, kind, value = (b"" if one is None else one for one in found.groups())
        content = cell_content(kind.decode(), style.decode(), value.decode() or None, None, None, self._book)
        self[piece] = content
        return content


def _place(grid: list[list[object]], numbers: Sequence[int], columns: Sequence[list[object]]) -> None:
    """Put rows below those that are there, as long as their last filled cell."""
    if numbers[0] <= len(grid) or numbers[-1] > MAX_ROW or not all(map(lt, numbers, numbers[1:])):
        raise _OtherForm
    lines = map(list, zip(*columns, strict=True))
    if None not in columns[-1] and numbers[-1] == len(grid) + len(numbers):
        grid.extend(lines)
        return
    for number, line in zip(numbers, lines, strict=True):
        while line and line[-1] is None:
            line.pop()
        if line:
            if number > len(grid) + 1:
                grid.extend([_NOTHING] * (number - 1 - len(grid)))
            grid.append(line)
