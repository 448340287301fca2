"""The values of the rows of the свод, as numbers into the words that stand in them, with what is doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD, ColumnKey
from xlkit.consolidate import Part
from xlkit.report.lists.bulk import Cells
from xlkit.rules.computed import computed_columns
from xlkit.rules.model import Table
from xlkit.rules.totals import shown
from xlkit.rules.views import table_views
from xlkit.values import Kind, as_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

Key = int | ColumnKey
"""What a column of values holds: those of a year, or a column of the form with its period."""

Coded = tuple[Any, Sequence[Any]]
"""Codes of rows, and what each stands for."""


class Gathered:
    """A column of a list that is gathered piece by piece: every word once."""

    def __init__(self) -> None:
        self._known: dict[object, int] = {}
        self._codes: list[Array] = []
        self._marked: list[Array] = []

    def add(self, codes: Array, words: Sequence[object], marked: Array | None = None) -> None:
        """Further rows: what stands in them, by codes, and which of them are marked."""
        import numpy as np

        known = np.zeros(len(words), dtype=np.int32)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(words))).tolist():
            known[code] = self._known.setdefault(words[code], len(self._known))
        self._codes.append(known[codes])
        self._marked.append(np.zeros(len(codes), dtype=bool) if marked is None else marked)

    def cells(self, colour: str = "") -> Cells:
        """The whole column; marked rows have a colour."""
        import numpy as np

        if not self._codes:
            return Cells(np.zeros(0, dtype=np.int32), [])
        codes, marked = np.concatenate(self._codes), np.concatenate(self._marked)
        if not marked.any():
            return Cells(codes, list(self._known))
        return Cells(codes, list(self._known), marked.astype(np.int8), ("", colour))


def coded(column: pd.Series[Any]) -> Coded:
    """A column of a frame by codes."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), list(column.cat.categories)
    codes, words = pd.factorize(column.to_numpy())
    return codes, words.tolist()


@dataclass(frozen=True)
class RowFigures:
    """The figures of rows: ``words[codes[i, j]]`` stands in row i and column j, and may be ``doubtful``.

    ``doubts`` names the cells of a row that are, ``first`` the cell of its first value.
    """

    codes: Array
    words: Sequence[object]
    doubtful: Array
    doubts: Coded
    first: Coded


def figures_of_rows(part: Part, name: str, table: Table, lines: Array, columns: Sequence[Key]) -> RowFigures:
    """The values of rows of a table, by column of the свод."""
    import numpy as np

    values = part.frames.values
    position = np.full(len(part.frames.rows) + 1, -1)
    position[lines] = np.arange(len(lines))
    at = position[values["line"].to_numpy(dtype=int)]
    chosen = np.flatnonzero(at >= 0)
    to = _targets(part, table, chosen, columns)
    chosen, to = chosen[to >= 0], to[to >= 0]
    at = at[chosen]
    words: dict[object, int] = {None: 0}
    codes = np.zeros((len(lines), len(columns)), dtype=np.int32)
    codes[at, to] = _contents(values, chosen, words)
    doubtful = np.zeros(codes.shape, dtype=bool)
    doubtful[at, to] = part.doubtful[chosen]
    rows, numbers = values["row"].to_numpy()[chosen], values["column"].to_numpy()[chosen]
    if table.stage == "actuals":
        _put_computed(part, name, position, columns, codes, words)
    in_doubt = np.flatnonzero(part.doubtful[chosen])
    doubts = _doubts(at[in_doubt], rows[in_doubt], numbers[in_doubt], len(lines))
    return RowFigures(codes, list(words), doubtful, doubts, _first(at, rows, numbers, len(lines)))


def _targets(part: Part, table: Table, chosen: Array, columns: Sequence[Key]) -> Array:
    """The column of the свод for every value cell; -1 for what is not an input."""
    import numpy as np

    values = part.frames.values
    fields, names = values["field"].cat.codes.to_numpy()[chosen], list(values["field"].cat.categories)
    periods = values["period"].to_numpy()[chosen]
    first = np.array([*part.frames.years, 0], dtype=int)[values["workbook"].to_numpy(dtype=int)[chosen]]
    to = np.full(len(chosen), -1)
    for field, column in table.columns.items():
        if column.kind != "value" or field not in names:
            continue
        mine, yearly = fields == names.index(field), column.per == "year"
        for i, key in enumerate(columns):
            if yearly and isinstance(key, int):
                to[mine & (first + periods == key)] = i
            elif not yearly and not isinstance(key, int) and key[0] == field:
                to[mine & (periods == key[1])] = i
    return to


def _contents(values: pd.DataFrame, chosen: Array, words: dict[object, int]) -> Array:
    """What the свод shows of cells: the number where a cell means one, else what stands there; by codes of words."""
    import numpy as np
    import pandas as pd

    kinds, known = values["kind"].cat.codes.to_numpy()[chosen], list(values["kind"].cat.categories)
    numeric = kinds == known.index(Kind.NUMBER)
    codes = np.zeros(len(chosen), dtype=np.int32)
    found, numbers = pd.factorize(values["number"].to_numpy(dtype=float)[chosen[numeric]])
    codes[numeric] = np.array([words.setdefault(n, len(words)) for n in numbers.tolist()], dtype=np.int32)[found]
    raw = values["raw"].to_numpy()
    for i in np.flatnonzero(~numeric).tolist():
        content = raw[chosen[i]]
        if content is not None:
            text = "-" if known[kinds[i]] == Kind.DASH else as_text(content)
            codes[i] = words.setdefault(text, len(words))
    return codes


def _first(at: Array, rows: Array, columns: Array, count: int) -> Coded:
    """The first cell of each row that has any."""
    import numpy as np

    there, first = np.unique(at, return_index=True)
    places, codes = np.unique(rows[first] * _WIDE + columns[first], return_inverse=True)
    found = np.zeros(count, dtype=int)
    found[there] = codes + 1
    return found, ["", *(cell_name(*divmod(place, _WIDE)) for place in places.tolist())]


_WIDE = 1 << 15
"""More than a sheet has columns."""


def _doubts(at: Array, rows: Array, columns: Array, count: int) -> Coded:
    """The names of the doubtful cells of each row."""
    import numpy as np

    said: dict[int, str] = {}
    for i, row, column in zip(at.tolist(), rows.tolist(), columns.tolist(), strict=True):
        said[i] = f"{said[i]}, {cell_name(row, column)}" if i in said else cell_name(row, column)
    found = np.zeros(count, dtype=int)
    found[list(said)] = np.arange(1, len(said) + 1)
    return found, ["", *said.values()]


def _put_computed(
    part: Part, name: str, position: Array, columns: Sequence[Key], codes: Array, words: dict[object, int]
) -> None:
    """Computed columns are computed here, never read; explanations come from the notes."""
    frames = part.frames
    views = table_views(part.edition, frames.rows, frames.values)
    computed = computed_columns(part.edition, views, list(part.periods), frames.years)
    index: dict[ColumnKey, int] = {key: i for i, key in enumerate(columns) if isinstance(key, tuple)}
    for (owner, column), (states, numbers) in computed.items():
        to = index.get((column, NO_PERIOD))
        if owner == name and to is not None:
            at = position[views[name].lines].tolist()
            for row, state, number in zip(at, states[:, -1].tolist(), numbers[:, -1].tolist(), strict=True):
                if row >= 0:
                    value = shown(state, number)
                    value = round(value, 6) if isinstance(value, float) else value
                    codes[row, to] = words.setdefault(value, len(words))
    notes = {place: text for place, text in part.notes.items() if place[1] == name}
    if not notes:
        return
    rows = frames.rows.loc[views[name].lines]
    places = dict(zip(zip(rows["workbook"], rows["row"], strict=True), position[views[name].lines], strict=True))
    for (workbook, _, row, column), text in notes.items():
        at, to = places.get((workbook, row), -1), index.get((column, NO_PERIOD))
        if at >= 0 and to is not None:
            codes[at, to] = words.setdefault(text, len(words))
