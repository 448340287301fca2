"""Tables as matrices: rows × periods of states and numbers, with their running totals, in one of two views.

The parsed view serves ``check`` and ``reconcile``; the live view mirrors what the workbook's own formulas show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xlkit.rules.edition import Edition
from xlkit.rules.model import Column, Table
from xlkit.rules.totals import DASH, State, live_cell, parsed_states, running_totals
from xlkit.values import YES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class TableView:
    """One table of all workbooks, n rows × p periods.

    ``lines`` are the rows' positions in the rows frame; ``columns`` the column numbers of the value cells
    (0 where a column is missing); ``opening`` the state and number of the cell that totals start from.
    """

    table: str
    rows: pd.DataFrame
    lines: Array
    states: Array
    numbers: Array
    columns: Array
    total_states: Array
    totals: Array

    @cached_property
    def places(self) -> Sequence[tuple[str, str, int]]:
        """Code, sheet and row number of every row."""
        rows = self.rows
        return list(zip(*(rows[name].to_numpy().tolist() for name in ("code", "sheet", "row")), strict=True))

    def side(self, take: str) -> tuple[Array, Array]:
        """States and numbers of the values or of the running totals."""
        return (self.total_states, self.totals) if take == "running_total" else (self.states, self.numbers)


def value_column(table: Table) -> tuple[str, Column] | None:
    """The column of a table that has one value per year or quarter."""
    return next(((n, c) for n, c in table.columns.items() if c.kind == "value" and c.per), None)


def total_column(table: Table) -> tuple[str, Column] | None:
    """The column of a table that holds its running totals."""
    return next(((n, c) for n, c in table.columns.items() if c.kind == "running_total"), None)


def table_views(
    edition: Edition,
    rows: pd.DataFrame,
    values: pd.DataFrame,
    live: bool = False,
    unsound: pd.Series[bool] | None = None,
) -> dict[str, TableView]:
    """The view of every table of an edition.

    ``unsound`` marks values (by the values frame's index) that already have a finding of their own: they count
    as BAD, so that what is derived from them is not told as a second fault.
    """
    return {
        name: _view(edition, name, table, rows, values, live, unsound) for name, table in edition.book.tables.items()
    }


def _view(
    edition: Edition,
    name: str,
    table: Table,
    rows: pd.DataFrame,
    values: pd.DataFrame,
    live: bool,
    unsound: pd.Series[bool] | None,
) -> TableView:
    import numpy as np

    chosen = rows[rows["table"] == name]
    lines = chosen.index.to_numpy()
    position = np.full(len(rows), -1)
    position[lines] = np.arange(len(lines))
    found = value_column(table)
    periods = _period_count(edition, found[1]) if found else 0
    opening_name = getattr((total_column(table) or (None, None))[1], "opening", None)
    shift = 1 if opening_name else 0
    states = np.full((len(lines), periods + shift), State.BLANK, dtype=np.int8)
    numbers = np.full((len(lines), periods + shift), np.nan)
    columns = np.zeros((len(lines), periods + shift), dtype=int)
    for field, offset in ((found[0] if found else None, shift), (opening_name, 1)):
        cells = values[(values["table"] == name) & (values["field"] == field)]
        # A workbook without a single value gives columns of no particular type.
        at = position[cells["line"].to_numpy(dtype=int)], cells["period"].to_numpy(dtype=int) + offset
        states[at], numbers[at] = _cell_states(cells, live, unsound)
        columns[at] = cells["column"].to_numpy()
    if not live:
        # A missing column is told as such; nothing that needs its values is told besides.
        states[columns == 0] = State.BAD
    modes = [edition.book.modes.get(mode) for mode in _modes(edition, table, chosen, live)]
    total_states, totals = running_totals(states, numbers, modes)
    if live:
        _put_typed_totals(total_states, totals, name, table, values, position, shift)
    return TableView(
        name, chosen, lines, states[:, shift:], numbers[:, shift:], columns[:, shift:],
        total_states[:, shift:], totals[:, shift:],
    )  # fmt: skip


def _period_count(edition: Edition, column: Column) -> int:
    return edition.book.years if getattr(column, "per", None) == "year" else 4


def _modes(edition: Edition, table: Table, chosen: pd.DataFrame, live: bool) -> list[str]:
    """The live formulas read the cell «Учёт» alone; the check falls back on the typical row's mode."""
    if live and not table.mode:
        modes = {text: edition.mode_of(text, table) or "" for text in chosen["mode_text"].unique()}
        return [modes[text] for text in chosen["mode_text"].to_numpy()]
    return list(chosen["mode"].to_numpy())


def _cell_states(cells: pd.DataFrame, live: bool, unsound: pd.Series[bool] | None) -> tuple[Array, Array]:
    import numpy as np

    if live:
        pairs = [live_cell(raw) for raw in cells["raw"]]
        return np.array([s for s, _ in pairs], dtype=np.int8), np.array([n for _, n in pairs], dtype=float)
    states = parsed_states(list(cells["kind"].cat.categories))[cells["kind"].cat.codes.to_numpy()]
    if unsound is not None and len(cells):
        states = np.where(unsound.loc[cells.index].to_numpy(), State.BAD, states).astype(np.int8)
    return states, cells["number"].to_numpy(dtype=float)


def _put_typed_totals(
    total_states: Array, totals: Array, name: str, table: Table, values: pd.DataFrame, position: Array, shift: int
) -> None:
    """In the live view a total that somebody typed over its formula counts as it stands."""
    column = total_column(table)
    if column is None or getattr(column[1], "per", None) is None:
        return
    typed = values[(values["table"] == name) & (values["field"] == column[0]) & ~values["formula"]]
    for line, period, raw in zip(typed["line"], typed["period"], typed["raw"], strict=True):
        state, number = typed_total(raw)
        total_states[position[line], period + shift], totals[position[line], period + shift] = state, number


def typed_total(raw: object) -> tuple[State, float]:
    """What the relations' formulas see in a total cell: a number, exactly «-» or «да», nothing, or something bad."""
    state, number = live_cell(raw)
    if state in (State.NUMBER, State.BLANK):
        return state, number
    if isinstance(raw, str) and raw.casefold() == YES:
        return State.YES, number
    return (State.DASH if raw == DASH else State.BAD), number
