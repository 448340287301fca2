"""What every computed column of a form should show: running totals, lookups, differences, percentages.

One computation serves three: the values cached in a template (live view), the check of typed totals and
``recompute`` (parsed view).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xlkit.rules.edition import Edition
from xlkit.rules.model import DifferenceColumn, LookupColumn, PercentageColumn, RunningTotalColumn
from xlkit.rules.period import Period
from xlkit.rules.totals import State
from xlkit.rules.views import TableView
from xlkit.values import Kind, Value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

Computed = dict[tuple[str, str], tuple["Array", "Array"]]
"""(table, column) → states and numbers, n rows × p periods (p = 1 for a single column)."""


def computed_columns(
    edition: Edition, views: dict[str, TableView], periods: Sequence[Period | None], first_years: Sequence[int]
) -> Computed:
    """The content of every computed column; ``periods`` and ``first_years`` are per workbook."""
    result: Computed = {}
    for name, table in edition.book.tables.items():
        view = views[name]
        for column_id, column in table.columns.items():
            if isinstance(column, RunningTotalColumn):
                last = slice(None) if column.per else slice(-1, None)
                result[name, column_id] = view.total_states[:, last], view.totals[:, last]
            elif isinstance(column, LookupColumn):
                result[name, column_id] = _lookup(view, views[column.table], periods, first_years)
            elif isinstance(column, DifferenceColumn):
                result[name, column_id] = _difference(result[name, column.of], result[name, column.minus])
            elif isinstance(column, PercentageColumn):
                result[name, column_id] = _percentage(result[name, column.of], result[name, column.base])
    return result


def _lookup(
    view: TableView, source: TableView, periods: Sequence[Period | None], first_years: Sequence[int]
) -> tuple[Array, Array]:
    """The value of the same workbook's row with the same key, in the year of its reporting period."""
    import numpy as np

    places = {
        pair: i for i, pair in reversed(list(enumerate(zip(source.rows["workbook"], source.rows["key"], strict=True))))
    }
    states = np.full((len(view.lines), 1), State.BLANK, dtype=np.int8)
    numbers = np.full((len(view.lines), 1), np.nan)
    for i, (workbook, key) in enumerate(zip(view.rows["workbook"], view.rows["key"], strict=True)):
        period, at = periods[workbook], places.get((workbook, key))
        year = period.year - first_years[workbook] if period else -1
        if at is not None and 0 <= year < source.states.shape[1]:
            states[i, 0], numbers[i, 0] = source.states[at, year], source.numbers[at, year]
    return states, numbers


def _pair(of: tuple[Array, Array], base: tuple[Array, Array]) -> tuple[Array, Array]:
    """States of what is computed from two cells: bad if either is, blank if either is, else a dash."""
    import numpy as np

    a, b = of[0], base[0]
    states = np.full(a.shape, State.DASH, dtype=np.int8)
    states[(a == State.NUMBER) & (b == State.NUMBER)] = State.NUMBER
    states[(a == State.BLANK) | (b == State.BLANK)] = State.BLANK
    bad = (State.BAD, State.YES, State.NO_TOTAL)
    states[np.isin(a, bad) | np.isin(b, bad)] = State.BAD
    return states, np.full(a.shape, np.nan)


def _difference(of: tuple[Array, Array], minus: tuple[Array, Array]) -> tuple[Array, Array]:
    import numpy as np

    states, _ = _pair(of, minus)
    return states, np.where(states == State.NUMBER, of[1] - minus[1], np.nan)


def _percentage(of: tuple[Array, Array], base: tuple[Array, Array]) -> tuple[Array, Array]:
    import numpy as np

    states, _ = _pair(of, base)
    states[(states == State.NUMBER) & (base[1] == 0)] = State.DASH
    divisor = np.where(states == State.NUMBER, base[1], 1.0)
    return states, np.where(states == State.NUMBER, 100.0 * of[1] / divisor, np.nan)


def typed_computed(
    rows: pd.DataFrame, values: pd.DataFrame, views: dict[str, TableView], computed: Computed
) -> Iterator[tuple[int, State, float]]:
    """Cells of computed columns that hold no formula.

    Yields the cell's index in ``values`` with the state and number that belong there; declared rows only.
    """
    import numpy as np

    declared = rows["declared"].to_numpy(dtype=bool)
    chosen = values[~values["formula"] & declared[values["line"].to_numpy(dtype=int)]]
    for (table, column), (states, numbers) in computed.items():
        position = np.full(len(rows), -1)
        position[views[table].lines] = np.arange(len(views[table].lines))
        cells = chosen[(chosen["table"] == table) & (chosen["field"] == column)]
        for index, line, period in zip(cells.index, cells["line"], cells["period"], strict=True):
            at = position[line], max(period, 0)
            yield int(index), State(states[at]), float(numbers[at])


def typed_total_rule(value: Value, state: State, number: float, tolerance: float) -> str | None:
    """The rule that a typed total breaks, if any: it differs (V-115), or is missing (V-116)."""
    if state is State.BAD:
        return None
    if value.kind is Kind.BLANK:
        return "V-116" if state in (State.NUMBER, State.YES) else None
    if state is State.NUMBER:
        fits = value.number is not None and abs(value.number - number) <= tolerance
    else:
        fits = value.kind in _TYPED_KINDS[state]
    return None if fits else "V-115"


_TYPED_KINDS: dict[State, tuple[Kind, ...]] = {
    State.DASH: (Kind.DASH,),
    State.YES: (Kind.YES,),
    State.NO_TOTAL: (Kind.CROSS, Kind.DASH),
    State.BLANK: (),
    State.ABSENT: (),
}
