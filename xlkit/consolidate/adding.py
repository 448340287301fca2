"""Adding up what was counted: every row of every form, by period and by group, with what is not in each sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.consolidate.intake import Passport
from xlkit.consolidate.totals import ALL, COUNTS, DIMENSIONS, Counted, Row, Terms, Total

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

_YEAR = 10
"""Periods as numbers: of 2026, II quarter, 20262."""


def add_up(counted: Counted) -> tuple[Total, ...]:
    """Every total of every form, by form, table, row, period and group, in the order of the forms."""
    rows: dict[tuple[str, str], dict[str, Row]] = {}
    for (form, table, key), row in counted.rows.items():
        rows.setdefault((form, table), {})[key] = row
    found: dict[tuple[str, str, str], list[Total]] = {}
    for (form, table), mine in rows.items():
        terms = [t for t in counted.terms if (t.part.edition.form, t.table) == (form, table) and len(t.asked)]
        if terms:
            sums = _sums(terms, len(mine))
            found |= {(form, table, key): list(_totals((form, table, key), mine[key], sums, i))
                      for i, key in enumerate(mine)}  # fmt: skip
    return tuple(total for place in counted.rows for total in found.get(place, ()))


@dataclass(frozen=True)
class _Sums:
    """The sums of a table: rows × entries, an entry being a year, quarter, dimension and group.

    ``clusters`` says of an entry how many clusters are asked; ``counts`` is rows × entries × :data:`COUNTS`, the others
    rows × entries.
    """

    entries: Sequence[tuple[int, int, str, str]]
    clusters: Array
    counts: Array
    amounts: Array
    planned: Array
    questioned: Array


def _totals(place: tuple[str, str, str], row: Row, sums: _Sums, number: int) -> Iterator[Total]:
    """The totals of one row."""
    about = (*place, row.name, row.unit, row.caption)
    absent = (sums.clusters - sums.counts[number].sum(axis=1)).tolist()
    lines = zip(sums.entries, sums.counts[number].tolist(), sums.amounts[number].tolist(),
                sums.planned[number].tolist(), absent, sums.questioned[number].tolist(), strict=True)  # fmt: skip
    for entry, counts, amount, planned, missing, questioned in lines:
        summed = row.adds and counts[0] > 0
        line: tuple[Any, ...] = (
            *about, *entry, round(amount, 9) if summed else None, *counts, missing,
            round(planned, 9) if summed and entry[1] else None, questioned,
        )  # fmt: skip
        yield Total(*line)


def _sums(terms: Sequence[Terms], rows: int) -> _Sums:
    """What the terms of one table of so many rows add up to."""
    import numpy as np

    begins = np.cumsum([0, *(len(t.part.lines) for t in terms)])
    passports = [line.passport if line is not None else None for t in terms for line in t.part.lines]
    periods, of_asked, of_cells = _periods(terms)
    asked = _joined([t.asked["workbook"].to_numpy(dtype=int) + begin for t, begin in zip(terms, begins, strict=False)])
    books = _joined([t.cells["workbook"].to_numpy(dtype=int) + begin for t, begin in zip(terms, begins, strict=False)])
    row = _joined([t.cells["key"].cat.codes.to_numpy().astype(int) for t in terms])
    there = of_cells >= 0
    cells = {name: _joined([t.cells[name].to_numpy() for t in terms])[there] for name in _ADDED}
    shape = rows, len(periods)
    by_dimension = []
    for dimension in DIMENSIONS:
        groups, member = _members(dimension, passports)
        clusters = np.bincount(of_asked * len(groups) + member[asked], minlength=len(periods) * len(groups))
        place = (row * len(periods) + of_cells) * len(groups) + member[books]
        added = _added(place[there], cells, (*shape, len(groups)))
        by_dimension.append((dimension, groups, clusters.reshape(len(periods), len(groups)), added))
    return _by_entry(periods, by_dimension)


_ADDED = ("standing", "amount", "planned", "questioned")


def _added(place: Array, cells: Mapping[str, Array], shape: tuple[int, int, int]) -> tuple[Array, ...]:
    """Counts and sums by row, period and group; pandas adds floating numbers without losing what is small."""
    import numpy as np
    import pandas as pd

    size = shape[0] * shape[1] * shape[2]
    kinds = len(COUNTS)
    counts = np.bincount(place * kinds + cells["standing"], minlength=size * kinds).reshape(*shape, kinds)
    sums = pd.DataFrame({"amount": cells["amount"], "planned": cells["planned"]}).groupby(place).sum()
    dense = np.zeros((2, size))
    dense[:, sums.index.to_numpy(dtype=int)] = sums.to_numpy().T
    questioned = np.bincount(place[cells["questioned"]], minlength=size).reshape(shape)
    return counts, dense[0].reshape(shape), dense[1].reshape(shape), questioned


def _by_entry(
    periods: Sequence[tuple[int, int]],
    by_dimension: Sequence[tuple[str, Sequence[str], Array, tuple[Array, ...]]],
) -> _Sums:
    """Periods in order, of each the dimensions and their groups that have clusters."""
    import numpy as np

    entries: list[tuple[int, int, str, str]] = []
    clusters: list[Array] = []
    parts: tuple[list[Array], ...] = ([], [], [], [])
    for number, period in enumerate(periods):
        for dimension, groups, asked, added in by_dimension:
            mine = np.flatnonzero(asked[number])
            entries += [(*period, dimension, groups[group]) for group in mine.tolist()]
            clusters.append(asked[number, mine])
            for gathered, whole in zip(parts, added, strict=True):
                gathered.append(whole[:, number, mine])
    return _Sums(entries, np.concatenate(clusters), *(np.concatenate(one, axis=1) for one in parts))


def _periods(terms: Sequence[Terms]) -> tuple[list[tuple[int, int]], Array, Array]:
    """The years and quarters that are asked, and which of them every asked line and every cell (or -1) has."""
    import numpy as np

    asked, cells = (_joined([_as_numbers(frame) for frame in frames])
                    for frames in ([t.asked for t in terms], [t.cells for t in terms]))  # fmt: skip
    known, of_asked = np.unique(asked, return_inverse=True)
    at = np.minimum(np.searchsorted(known, cells), len(known) - 1)
    return [divmod(number, _YEAR) for number in known.tolist()], of_asked, np.where(known[at] == cells, at, -1)


def _as_numbers(frame: pd.DataFrame) -> Array:
    numbers: Array = frame["year"].to_numpy(dtype=int) * _YEAR + frame["quarter"].to_numpy(dtype=int)
    return numbers


def _members(dimension: str, passports: Sequence[Passport | None]) -> tuple[list[str], Array]:
    """The groups of a dimension in order, and the group of every workbook."""
    import numpy as np

    groups = ["" if p is None or dimension == ALL else str(getattr(p, dimension)) for p in passports]
    known = {group: number for number, group in enumerate(sorted(set(groups)))}
    return list(known), np.array([known[group] for group in groups], dtype=int)


def _joined(arrays: Sequence[Array]) -> Array:
    import numpy as np

    return np.concatenate(arrays)
