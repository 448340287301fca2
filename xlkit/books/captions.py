"""The captions of a table's columns: what a form declares, and what a cell of a workbook says.

Hundreds of workbooks of one form say the same, so what a text means to a table is worked out once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from xlkit.rules.edition import Edition
from xlkit.rules.model import Column
from xlkit.rules.period import QUARTERS
from xlkit.values import folded, to_cyrillic

NO_PERIOD = -1

ColumnKey = tuple[str, int]
"""A column's id and its period: the index of a year or quarter from 0, or ``NO_PERIOD``."""

COMPUTED = ("running_total", "lookup", "difference", "percentage")


@lru_cache(maxsize=65536)
def caption_key(text: str) -> str:
    """The form in which captions are compared; look-alike Latin letters are told and read as Cyrillic ones."""
    return folded(to_cyrillic(text))


class Captions:
    """The captions of one table. ``inputs`` are the columns that a person fills."""

    def __init__(self, columns: dict[str, Column]) -> None:
        self.inputs = frozenset(name for name, column in columns.items() if column.kind not in COMPUTED)
        self._patterns = [_pattern(column) for column in columns.values()]
        self._years = [_pattern(c) for c in columns.values() if c.kind == "value" and c.per == "year"]
        self._of_years = [_pattern(c) for c in columns.values() if "{year}" in c.caption]
        self._fitting: dict[str, frozenset[int]] = {}

    @property
    def count(self) -> int:
        """How many captions there are, those of several years or quarters counted once."""
        return len(self._patterns)

    @property
    def yearly(self) -> bool:
        """Whether a person fills values by year."""
        return bool(self._years)

    def known(self, keys: Iterable[str]) -> int:
        """How many of the table's captions are among some texts (of :func:`caption_key`)."""
        found: set[int] = set()
        for key in keys:
            found |= self._fits(key)
        return len(found)

    def years_in(self, keys: Iterable[str]) -> list[int]:
        """The years that the captions of yearly values name."""
        return sorted({int(m["year"]) for key in keys for p in self._years if (m := p.fullmatch(key))})

    def is_of_a_year(self, key: str) -> bool:
        """Whether a text is the caption of some year's column."""
        return any(pattern.fullmatch(key) for pattern in self._of_years)

    def _fits(self, key: str) -> frozenset[int]:
        fitting = self._fitting.get(key)
        if fitting is None:
            if len(self._fitting) >= _REMEMBERED:
                self._fitting.clear()
            fitting = frozenset(i for i, pattern in enumerate(self._patterns) if pattern.fullmatch(key))
            self._fitting[key] = fitting
        return fitting


_REMEMBERED = 4096
_known: dict[tuple[str, str], Captions] = {}


def captions_of(edition: Edition, table: str) -> Captions:
    """The captions of a table of an edition."""
    key = edition.digest, table
    if key not in _known:
        _known[key] = Captions(edition.book.tables[table].columns)
    return _known[key]


def expected_captions(column: Column, years: tuple[int, ...]) -> list[tuple[int, str]]:
    """The captions of a column with their periods: one per year or quarter, or a single one."""
    per = getattr(column, "per", None)
    if per == "year":
        return [(i, column.caption.format(year=year)) for i, year in enumerate(years)]
    if per == "quarter":
        return [(i, column.caption.format(quarter=name)) for i, name in enumerate(QUARTERS)]
    return [(NO_PERIOD, column.caption)]


def _pattern(column: Column) -> re.Pattern[str]:
    # The bars keep the spaces beside a placeholder, which folding would strip.
    parts = re.split(r"(\{year\}|\{quarter\})", column.caption)
    return re.compile("".join(_PLACEHOLDERS.get(part) or re.escape(caption_key(f"|{part}|")[1:-1]) for part in parts))


_PLACEHOLDERS = {"{year}": "(?P<year>20[0-9]{2})", "{quarter}": "(?P<quarter>iv|i{1,3})"}
