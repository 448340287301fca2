"""Relations evaluated over all workbooks at once: left side, right side, and what comes of comparing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from xlkit.rules.edition import Edition
from xlkit.rules.model import Decimals, Operand, Relation
from xlkit.rules.totals import State
from xlkit.rules.views import TableView
from xlkit.texts import Text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


class Outcome(StrEnum):
    """The state of a relation's line, as the sheet «Контроль» shows it."""

    HOLDS = "выполняется"
    BROKEN = "не выполняется"
    BLANK = "не заполнено"
    BAD = "не число"


@dataclass(frozen=True, slots=True)
class Line:
    """One relation for one year and one value of its placeholders."""

    relation: Relation
    period: int
    code: str = ""
    specialty: str = ""

    def key_of(self, operand: Operand) -> str:
        """The key that an operand names, with the placeholders filled."""
        return (operand.code or operand.feeds or "").format(code=self.code, specialty=self.specialty)

    def sentence(self, year: int) -> Text:
        """What must hold, as a person reads it."""
        return self.relation.say.format(code=self.code, specialty=self.specialty, year=year)

    def period_of(self, operand: Operand) -> int:
        return self.period + operand.year


def lines_of(edition: Edition, specialties: dict[str, list[str]]) -> list[Line]:
    """Every line of every relation; ``specialties`` names the rows found within a key (``"1.4.2"``)."""
    return [
        Line(relation, period, code, specialty)
        for relation in edition.book.relations
        for code in relation.each.code or ("",)
        for specialty in (specialties.get(relation.each.specialty, []) if relation.each.specialty else ("",))
        for period in _periods(edition, relation)
    ]


def _periods(edition: Edition, relation: Relation) -> range:
    first = max(-min(o.year, 0) for o in (*flat(relation.left), *flat(relation.right)))
    last = edition.book.years
    return range(last - 1 if relation.each.year == "last" else first, last)


def flat(operand: Operand) -> Iterator[Operand]:
    """An operand and all operands within it."""
    yield operand
    for inner in operand.sum or ():
        yield from flat(inner)


def specialties_within(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Key of a measure → codes of the rows found within it in any workbook, in the order of appearance."""
    inner = rows[rows["key"].str.contains("/", regex=False)]
    found: dict[str, list[str]] = {}
    for key in dict.fromkeys(inner["key"]):
        holder, _, code = key.rpartition("/")
        found.setdefault(holder, []).append(code)
    return found


@dataclass(frozen=True)
class Side:
    """One side of a line for every workbook: states, numbers, and the row it was read from (-1 for none)."""

    states: Array
    numbers: Array
    lines: Array


def evaluate(
    edition: Edition, views: dict[str, TableView], workbooks: int, lines: list[Line], live: bool = False
) -> list[tuple[Line, Side, Side, Array]]:
    """Every line with both sides and its outcomes (an array of :class:`Outcome`, one per workbook).

    In the live view «typical rows only» does not apply, and a row without a number is not found: a formula
    cannot compare wordings or give numbers.
    """
    reader = _Reader(views, workbooks, live)
    results = []
    for line in lines:
        left, right = (reader.side(o, line) for o in (line.relation.left, line.relation.right))
        results.append((line, left, right, compare(line, left, right, tolerance_of(edition, line))))
    return results


class _Reader:
    """Looks rows up by key or link, remembering what it found."""

    def __init__(self, views: dict[str, TableView], workbooks: int, live: bool) -> None:
        self.views = views
        self.workbooks = workbooks
        self.live = live
        self._by_key: dict[tuple[str, str], Array] = {}

    def side(self, operand: Operand, line: Line) -> Side:
        import numpy as np

        if operand.number is not None:
            states = np.full(self.workbooks, State.NUMBER, dtype=np.int8)
            return Side(
                states, np.full(self.workbooks, float(operand.number) * operand.times), np.full(self.workbooks, -1)
            )
        if operand.sum is not None:
            side = _added([self.side(inner, line) for inner in operand.sum])
        elif operand.feeds is not None:
            side = self._fed(operand, line)
        else:
            side = self._row(operand, line)
        return Side(side.states, side.numbers * operand.times, side.lines)

    def _row(self, operand: Operand, line: Line) -> Side:
        import numpy as np

        view = self.views[operand.table or ""]
        at = self._positions(view, line.key_of(operand))
        states, numbers = view.side(operand.take)
        period = line.period_of(operand)
        found = at >= 0
        if line.relation.rows == "typical" and not self.live:
            typical = view.rows["typical"].to_numpy(dtype=bool)
            found = found & np.where(found, typical[at] if len(typical) else False, False)
        result = np.full(self.workbooks, State.ABSENT, dtype=np.int8)
        values = np.full(self.workbooks, np.nan)
        result[found], values[found] = states[at[found], period], numbers[at[found], period]
        lines = np.full(self.workbooks, -1)
        lines[found] = view.lines[at[found]]
        return Side(result, values, lines)

    def _positions(self, view: TableView, key: str) -> Array:
        """For every workbook the position of its (first) row with a key, -1 where there is none."""
        import numpy as np

        if (view.table, key) not in self._by_key:
            at = np.full(self.workbooks, -1)
            named = (view.rows["key"] == key).to_numpy()
            if self.live:
                named = named & ~view.rows["assigned"].to_numpy(dtype=bool)
            places = np.flatnonzero(named)
            at[view.rows["workbook"].to_numpy()[places[::-1]]] = places[::-1]
            self._by_key[view.table, key] = at
        return self._by_key[view.table, key]

    def _fed(self, operand: Operand, line: Line) -> Side:
        """The sum over all rows linked to a code."""
        import numpy as np

        view = self.views[operand.table or ""]
        chosen = np.flatnonzero((view.rows["link"] == line.key_of(operand)).to_numpy())
        owners = view.rows["workbook"].to_numpy()[chosen]
        states, numbers = (side[chosen, line.period_of(operand)] for side in view.side(operand.take))

        def some(*wanted: State) -> Array:
            return np.bincount(owners[np.isin(states, wanted)], minlength=self.workbooks) > 0

        total = np.zeros(self.workbooks)
        np.add.at(total, owners, np.where(states == State.NUMBER, numbers, 0.0))
        lines = np.full(self.workbooks, -1)
        lines[owners[::-1]] = view.lines[chosen[::-1]]
        return _sum(some, total, lines)


def _added(parts: list[Side]) -> Side:
    """The sum of several operands."""
    import numpy as np

    states = np.array([p.states for p in parts])
    numbers = np.array([p.numbers for p in parts])

    def some(*wanted: State) -> Array:
        return np.asarray(np.isin(states, wanted).any(axis=0))

    # A finding points at the first part that is there: a cluster may have dropped a row, and a number has none.
    lines = np.array([p.lines for p in parts])
    first = lines[(lines >= 0).argmax(axis=0), np.arange(lines.shape[1])]
    return _sum(some, np.where(states == State.NUMBER, numbers, 0.0).sum(axis=0), first)


def _sum(some: Callable[..., Array], total: Array, lines: Array) -> Side:
    """A sum: bad if any part is, blank if any is, the sum of the numbers, else a dash; absent parts do not count."""
    import numpy as np

    states = np.full(len(total), State.ABSENT, dtype=np.int8)
    for state, wanted in (
        (State.DASH, (State.DASH,)),
        (State.NUMBER, (State.NUMBER,)),
        (State.BLANK, (State.BLANK,)),
        (State.BAD, (State.BAD, State.YES, State.NO_TOTAL)),
    ):
        states[some(*wanted)] = state
    return Side(states, np.where(states == State.NUMBER, total, np.nan), lines)


def compare(line: Line, left: Side, right: Side, tolerance: float) -> Array:
    """The outcome for every workbook."""
    import numpy as np

    a, b = _comparable(left), _comparable(right)
    dashes = (left.states == State.DASH).astype(int) + (right.states == State.DASH)
    with np.errstate(invalid="ignore"):
        difference = a - b
        fits = {
            "=": np.abs(difference) <= tolerance,
            "<=": difference <= tolerance,
            ">=": difference >= -tolerance,
        }[line.relation.op]
    if line.relation.dash == "differs":
        fits = np.where(dashes == 1, False, fits)
    elif line.relation.dash == "skip":
        fits = np.where(dashes > 0, True, fits)
    outcome = np.where(fits, Outcome.HOLDS, Outcome.BROKEN).astype(object)
    for states, told in (
        ((State.BLANK, State.ABSENT), Outcome.BLANK),
        ((State.BAD, State.NO_TOTAL), Outcome.BAD),
    ):
        outcome[np.isin(left.states, states) | np.isin(right.states, states)] = told
    return outcome


def _comparable(side: Side) -> Array:
    """Numbers to compare: yes counts as 1, a dash as 0 (where the relation lets it count at all)."""
    import numpy as np

    numbers = np.where(side.states == State.YES, 1.0, side.numbers)
    return np.where(side.states == State.DASH, 0.0, numbers)


def tolerance_of(edition: Edition, line: Line) -> float:
    """How far the sides of a line may lie apart: a number, half a unit of the declared decimals, or the unit's."""
    tolerance = line.relation.tolerance
    if isinstance(tolerance, Decimals):
        return 0.5 * 10.0**-tolerance.decimals + 1e-9
    if tolerance != "unit":
        return float(tolerance) + 1e-9
    for operand in (*flat(line.relation.left), *flat(line.relation.right)):
        row = edition.typical.get(operand.table or "", {}).get(line.key_of(operand))
        unit = edition.units.get(edition.unit_of(row.unit) or "") if row else None
        if unit is not None:
            return unit.tolerance + 1e-9
    return 1e-9
