"""What a cell of a workbook's XML holds, and where it stands: the same for every way of taking the XML apart."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import repeat

from xlkit.address import Box, area_box
from xlkit.books.dates import Shown, date_of
from xlkit.books.room import too_much
from xlkit.books.xmltext import unescaped
from xlkit.errors import Unreadable
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.values import ExcelError, Uncached

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
INDEX_DIGITS = 10
"""No index of a string has as many; a number of thousands of digits Python would not even take."""

_EMPTY: list[object] = []
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_XML_SPACES = " \t\n\r"


@dataclass(frozen=True)
class Book:
    """What a workbook's cells refer to: its shared strings, its date styles, its calendar, its limits."""

    strings: Sequence[str] = ()
    dates: Mapping[str, Shown] = field(default_factory=dict)
    from_1904: bool = False
    limits: Limits = DEFAULT_LIMITS
    with_formulas: bool = False
    """Whether what the formulas say is to be kept."""


@dataclass
class SheetCells:
    """A sheet's cells: rows as long as their last filled cell; which of them hold a formula; merged areas.

    All empty rows are one list: a cell in the last row of a sheet costs no million lists.
    Of the formulas those with a bar are kept, which can call a program, and the others where they are asked.
    """

    name: str
    limits: Limits = DEFAULT_LIMITS
    grid: list[list[object]] = field(default_factory=list)
    formulas: set[tuple[int, int]] = field(default_factory=set)
    barred: list[str] = field(default_factory=list)
    formula_texts: dict[tuple[int, int], str] = field(default_factory=dict)
    with_formulas: bool = False
    cells: int = 0
    merges: list[Box] = field(default_factory=list)

    def line(self, row: int) -> list[object]:
        """A row's list, to put contents in; raises Unreadable for a row beyond the limits."""
        if row > len(self.grid):
            self._grow(row)
        line = self.grid[row - 1]
        if line is _EMPTY:
            line = self.grid[row - 1] = []
        return line

    def place(self, row: int, column: int, content: object) -> None:
        """Put a content; raises Unreadable for a cell that stands there twice or beyond the limits."""
        line = self.line(row)
        if not 1 <= column <= MAX_COLUMN:
            raise Unreadable("F-006")
        missing = column - len(line)
        if missing <= 0:
            if line[column - 1] is not None:
                raise Unreadable("F-006")
            line[column - 1] = content
            return
        self._make_room(missing)
        line.extend(repeat(None, missing - 1))
        line.append(content)

    def place_formula(self, row: int, column: int, formula: str) -> None:
        """Say that a cell holds a formula."""
        self.formulas.add((row, column))
        self._check_formulas()
        if self.with_formulas:
            self.formula_texts[row, column] = formula
        if "|" in formula:
            self.barred.append(formula)

    def merge(self, area: str) -> None:
        """Take down a merged area; raises Unreadable for too many. What is no area, and no figure, is passed over."""
        with suppress(ValueError):
            self.merges.append(area_box(area))
        if len(self.merges) > self.limits.merges:
            raise Unreadable("F-031", what="merges")

    def count(self, appended: int) -> None:
        """Take down cells that are put at the end of their row; raises Unreadable for too many."""
        self.cells += appended
        if self.cells > self.limits.cells:
            raise too_much(self.name, self.grid)
        self._check_formulas()

    def _check_formulas(self) -> None:
        if len(self.formulas) > self.limits.cells:
            raise Unreadable("F-031", what="cells")

    def _grow(self, row: int) -> None:
        if not 1 <= row <= MAX_ROW:
            raise Unreadable("F-006")
        missing = row - len(self.grid)
        self._make_room(missing)
        self.grid.extend(repeat(_EMPTY, missing))

    def _make_room(self, count: int) -> None:
        """Take down so many cells or rows; what the sheets of a file take up together, ``Room`` knows."""
        self.cells += count
        if self.cells > self.limits.cells:
            raise too_much(self.name, self.grid, count)


def cell_content(
    kind: str, style: str, value: str | None, inline: str | None, formula: str | None, book: Book
) -> object:
    """What a cell holds, from its attributes ``t`` and ``s``, its ``<v>``, ``<is>`` and ``<f>``; empty as None.

    A number is what the file says or, where it is none that a cell can hold (NaN, 1E309), the text of the file.
    """
    if inline is not None and value is None:
        return unescaped(inline) or None
    if not value:
        return None if formula is None or kind in ("str", "inlineStr") else Uncached(formula)
    if kind == "s":
        return _shared(value, book.strings)
    if kind in ("", "n"):
        return _number(value, style, book)
    if kind == "b":
        return {"1": True, "true": True, "0": False, "false": False}.get(value.strip(_XML_SPACES), value)
    if kind == "e":
        return ExcelError(value.strip(_XML_SPACES))
    return _iso_date(value) if kind == "d" else unescaped(value)


def _shared(value: str, strings: Sequence[str]) -> str | None:
    """A string by its index; one that the workbook does not have is damage, never another string."""
    bare = value.strip(_XML_SPACES)
    if not (bare.isdecimal() and bare.isascii() and len(bare) < INDEX_DIGITS and int(bare) < len(strings)):
        raise Unreadable("F-006")
    return strings[int(bare)] or None


def _number(value: str, style: str, book: Book) -> object:
    bare = value.strip(_XML_SPACES)
    if not (bare.isdecimal() and bare.isascii()) and not _NUMBER.fullmatch(bare):
        return value
    number = float(bare)
    if abs(number) == float("inf"):
        return value
    shown = book.dates.get(style)
    return number if shown is None else date_of(number, shown, book.from_1904)


def _iso_date(value: str) -> object:
    """A date as ISO 8601 has it; the text itself where it is none."""
    try:
        moment = dt.datetime.fromisoformat(value.strip(_XML_SPACES))
    except ValueError:
        return value
    if moment.tzinfo is not None:
        return value
    return moment.date() if "T" not in value else moment
