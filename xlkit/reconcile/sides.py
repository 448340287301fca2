"""The two sides of a reconciliation as columns: what the workbooks say, what was approved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from xlkit.books.frames import Frames
from xlkit.reconcile.join import KIND_CODES, Side
from xlkit.rules.edition import Edition
from xlkit.rules.period import Period
from xlkit.rules.registered import Figures
from xlkit.rules.totals import shown
from xlkit.rules.views import table_views, total_column, value_column
from xlkit.values import of_each, parse_value

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Values:
    """Values of many workbooks, or approved ones, by columns.

    ``owner``: the number of the workbook; ``table``: the number of the table in its edition; ``line``: the row of the
    rows frame, or the number of the approved figure; ``column``: where the value stands in its sheet, 0 where nowhere.
    """

    owner: Array
    table: Array
    key: Array
    year: Array
    line: Array
    column: Array
    kind: Array
    number: Array
    raw: Array

    @property
    def side(self) -> Side:
        return Side((self.owner, self.table, self.key, self.year), self.kind, self.number)

    def chosen(self, mask: Array) -> Values:
        return self if mask.all() else Values(*(column[mask] for column in vars(self).values()))


def workbook_values(frames: Frames, periods: Sequence[Period | None]) -> Values:
    """Yearly values of declared rows, and the cumulative totals of actuals in the reporting year."""
    yearly = _yearly(frames)
    return _joined([yearly, *_actuals(frames, periods)]) if any(periods) else yearly


def _joined(parts: Sequence[Values]) -> Values:
    import numpy as np

    return Values(*map(np.concatenate, zip(*(vars(part).values() for part in parts), strict=True)))


def _yearly(frames: Frames) -> Values:
    import numpy as np

    values, line = frames.values, frames.values["line"].to_numpy(dtype=int)
    numbers = {name: number for number, name in enumerate(frames.edition.book.tables)}
    chosen = np.zeros(len(values), dtype=bool)
    for name, table in frames.edition.book.tables.items():
        found = value_column(table)
        if found and getattr(found[1], "per", None) == "year":
            chosen |= ((values["table"] == name) & (values["field"] == found[0])).to_numpy()
    chosen &= frames.rows["declared"].to_numpy(dtype=bool)[line]
    owner, line = values["workbook"].to_numpy(dtype=int)[chosen], line[chosen]
    tables = np.array([numbers[name] for name in values["table"].cat.categories], dtype=int)
    return Values(
        owner=owner,
        table=tables[values["table"].cat.codes.to_numpy()[chosen]],
        key=frames.rows["key"].to_numpy(dtype=object)[line],
        year=np.array(frames.years or [0])[owner] + values["period"].to_numpy(dtype=int)[chosen],
        line=line,
        column=values["column"].to_numpy(dtype=int)[chosen],
        kind=values["kind"].cat.codes.to_numpy()[chosen],
        number=values["number"].to_numpy(dtype=float)[chosen],
        raw=values["raw"].to_numpy(dtype=object)[chosen],
    )


def _actuals(frames: Frames, periods: Sequence[Period | None]) -> Iterator[Values]:
    import numpy as np

    years = np.array([0 if period is None else period.year for period in periods])
    views = table_views(frames.edition, frames.rows, frames.values)
    for number, (name, table) in enumerate(frames.edition.book.tables.items()):
        found = total_column(table)
        if table.stage != "actuals" or found is None:
            continue
        view = views[name]
        owner = view.rows["workbook"].to_numpy(dtype=int)
        told = years[owner] > 0
        cells = frames.values[(frames.values["table"] == name) & (frames.values["field"] == found[0])]
        columns = np.zeros(len(frames.rows), dtype=int)
        columns[cells["line"].to_numpy(dtype=int)] = cells["column"].to_numpy(dtype=int)
        raw = [shown(*cell) for cell in zip(view.total_states[told, -1], view.totals[told, -1], strict=True)]
        kinds, numbers = _parsed(raw)
        yield Values(
            owner=owner[told],
            table=np.full(len(raw), number),
            key=view.rows["key"].to_numpy(dtype=object)[told],
            year=years[owner[told]],
            line=view.lines[told],
            column=columns[view.lines[told]],
            kind=kinds,
            number=numbers,
            raw=objects(raw),
        )


def approved_values(edition: Edition, approved: Sequence[Figures]) -> Values:
    """The approved figures of the workbooks, in their order; those of tables that the edition has."""
    import numpy as np

    tables = {name: number for number, name in enumerate(edition.book.tables)}
    values = approved_column(approved, "value")
    kinds, numbers = _parsed(values)
    read = Values(
        owner=np.repeat(np.arange(len(approved)), list(map(len, approved))),
        table=np.array([tables.get(name, -1) for name in approved_column(approved, "table")], dtype=int),
        key=objects(approved_column(approved, "key")),
        year=np.array(approved_column(approved, "year"), dtype=int),
        line=np.arange(len(values)),
        column=np.zeros(len(values), dtype=int),
        kind=kinds,
        number=numbers,
        raw=objects(values),
    )
    return read.chosen(read.table >= 0)


def _parsed(contents: Sequence[Any]) -> tuple[Array, Array]:
    """The kinds and the numbers of contents, NaN for none; those that are alike are parsed once."""
    import numpy as np

    kinds = of_each(lambda raw: KIND_CODES[parse_value(raw).kind], contents)
    numbers = of_each(lambda raw: parse_value(raw).number, contents)
    return np.array(kinds, dtype=np.int8), np.array(numbers, dtype=float)


def approved_column(approved: Sequence[Figures], name: str) -> list[Any]:
    """What the approved figures of all workbooks have under one name."""
    return list(chain.from_iterable([figures.column(name) for figures in approved]))


def objects(contents: Sequence[Any]) -> Array:
    """An array of any contents, as they are."""
    import numpy as np

    array = np.empty(len(contents), dtype=object)
    array[:] = contents
    return array


def comparable(
    edition: Edition, ours: Values, theirs: Values, periods: Sequence[Period | None], absent: Collection[str]
) -> tuple[Values, Values]:
    """Both without tables that the register does not keep, and actuals that one side does not have yet."""
    import numpy as np

    actual = np.array([table.stage == "actuals" for table in edition.book.tables.values()], dtype=bool)
    kept = np.array([name not in absent for name in edition.book.tables], dtype=bool)
    reported = np.array([0 if period is None else period.year for period in periods], dtype=int)
    facts = actual[theirs.table] & (theirs.year == reported[theirs.owner])
    has_facts = np.zeros(len(periods), dtype=bool)
    has_facts[theirs.owner[facts]] = True

    def asked(values: Values) -> Array:
        both = has_facts[values.owner] & (values.year == reported[values.owner])
        mask: Array = kept[values.table] & (~actual[values.table] | both)
        return mask

    return ours.chosen(asked(ours)), theirs.chosen(asked(theirs))


def tolerances(frames: Frames, values: Values) -> Array:
    """By how much each of the workbooks' values may differ: as its unit is told."""
    import numpy as np

    units = frames.rows["unit"]
    known = [frames.edition.units.get(name) for name in units.cat.categories]
    # A row without a unit has none of the words.
    allowed = np.array([*(unit.tolerance if unit else 0.0 for unit in known), 0.0])
    return allowed[units.cat.codes.to_numpy()[values.line]]
