"""Where the figures of a свод stand, so that any of them can be opened: noted while the свод is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.consolidate import ALL

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Column = int | tuple[str, int]
"""What a column of a list holds: the values of a year, or a column of the form with its period."""


@dataclass(frozen=True)
class ListedRows:
    """Rows of a sheet that stand one below the other: the rows ``lines`` of a part's frame, from row ``first``."""

    first: int
    part: int
    lines: Array


@dataclass(frozen=True)
class ListedSheet:
    """A sheet that lists the rows of the workbooks. Rows and columns count from 1.

    ``columns`` says by their numbers what the columns of values hold, ``fields`` which column holds a field of the
    rows frame.
    """

    sheet: str
    rows: Sequence[ListedRows]
    columns: Mapping[int, Column]
    fields: Mapping[str, int]


@dataclass(frozen=True)
class ListedTotals:
    """A sheet that lists totals one below the other, from row ``first``; which of them, by their numbers."""

    sheet: str
    first: int
    totals: range


@dataclass(frozen=True, slots=True)
class Tally:
    """What a counter of the summary counts.

    ``what``: workbooks that the register expects, all (``expected``), those that came (``received``), or those of one
    standing; ``refused`` files; the ``errors`` and ``differences`` of files; ``findings`` of a rule, and the ``books``
    that have them; ``registered`` clusters of a form; those whose workbooks are in the totals of a table (``entered``);
    or how many figures of a row's totals count as something, as the names of their counts, apart by spaces. The other
    fields narrow it down; year 0: all years.
    """

    what: str
    form: str = ""
    dimension: str = ALL
    group: str = ""
    table: str = ""
    key: str = ""
    year: int = 0
    quarter: int = 0
    rule: str = ""
    severity: str = ""


@dataclass(frozen=True)
class Places:
    """Of a whole свод. ``sums``: sheet, row, column and which of the totals stands there; ``totals`` lists them all.

    ``counters``: sheet, row, first and last column, what is shown there (``None``: nothing) and what it counts.
    """

    sums: Sequence[tuple[str, int, int, int]] = ()
    totals: Sequence[ListedTotals] = ()
    lists: Sequence[ListedSheet] = ()
    counters: Sequence[tuple[str, int, int, int, float | None, Tally]] = ()
