"""Relations between rows and tables: one line of comparison per relation, row and year, over all workbooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.finding import Finding
from xlkit.rules.catalogue import finding
from xlkit.rules.guesses import Neighbour, explain_gap
from xlkit.rules.phrases import ranked, sides_of
from xlkit.rules.relations import Line, Side, evaluate, flat, lines_of, specialties_within
from xlkit.rules.schema import broken, line_schema
from xlkit.rules.totals import State, shown
from xlkit.rules.views import TableView
from xlkit.texts import Text
from xlkit.validate.asked import Asked, Found

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Views = dict[str, TableView]


def check_relations(asked: Asked, views: Views) -> Found:
    """The findings of relations that do not hold, and of indicators that no plan row feeds."""
    import pandas as pd

    lines = lines_of(asked.edition, specialties_within(asked.frames.rows))
    workbooks = asked.frames.workbooks
    results = evaluate(asked.edition, views, workbooks, lines)
    if not results:
        return
    frame = pd.DataFrame(
        {
            "relation": [line.relation.id for line, *_ in results for _ in range(workbooks)],
            "outcome": [outcome for *_, outcomes in results for outcome in outcomes],
        }
    )
    for _, index in broken(line_schema(asked.edition), frame):
        for at in index:
            line, left, right, _ = results[at // workbooks]
            workbook = at % workbooks
            yield workbook, _Broken(asked, views, line, left, right, workbook).finding()
    yield from _without_sources(asked, results)


@dataclass(frozen=True)
class _Broken:
    """A relation that does not hold in a workbook."""

    asked: Asked
    views: Views
    line: Line
    left: Side
    right: Side
    workbook: int

    def finding(self) -> Finding:
        line, workbook = self.line, self.workbook
        operand = next(o for o in flat(line.relation.left) if o.table)
        view = self.views[operand.table or ""]
        at = self.left.lines[workbook]
        row = self.asked.frames.row(int(at))
        position = int((view.lines == at).argmax())
        year = self.asked.frames.years[workbook] + line.period
        a, b = (shown(s.states[workbook], s.numbers[workbook]) for s in (self.left, self.right))
        said, sides = line.sentence(year), sides_of(a, b, line.relation.op)
        period = line.period_of(operand)
        return Finding(
            rule=line.relation.id,
            severity=line.relation.severity,
            location=self.asked.place(workbook, row["sheet"], row["row"], int(view.columns[position, period])),
            message=Text(f"{said.ru}, {year} год: {sides.ru}", f"{said.en}, {year}: {sides.en}"),
            value=a,
            expected=b,
            hint=ranked(self._guesses(view, position, period, a, b)),
        )

    def _guesses(self, view: TableView, position: int, period: int, a: object, b: object) -> list[Text]:
        relation = self.line.relation
        if not isinstance(a, float) or not isinstance(b, float) or relation.op != "=":
            return [relation.explain] if relation.explain else []
        source = next((self.views[o.table] for o in flat(relation.right) if o.table), view)
        neighbours = list(self._neighbours(view, position, period, source))
        return explain_gap(a, b, neighbours, list(self._addends(source)), relation.explain)

    def _neighbours(self, view: TableView, position: int, period: int, source: TableView) -> Iterator[Neighbour]:
        """Numbers for which somebody may have taken the one that is wanted: above, below, in other years."""
        fed_from = [int(at) for at in (source.lines == self.right.lines[self.workbook]).nonzero()[0]]
        places = [(view, position + step, period) for step in (-1, 1)]
        places += [(source, at, p) for at in fed_from for p in range(source.states.shape[1]) if p != self.line.period]
        for table, at, p in places:
            if (
                0 <= at < len(table.lines)
                and table.rows["workbook"].iloc[at] == self.workbook
                and table.states[at, p] == State.NUMBER
            ):
                yield Neighbour(_label(table, at, p), float(table.numbers[at, p]))

    def _addends(self, source: TableView) -> Iterator[Neighbour]:
        """Totals of rows, of which one may be missing from a sum."""
        period = self.line.period
        for at in (source.rows["workbook"].to_numpy() == self.workbook).nonzero()[0]:
            if source.total_states[at, period] == State.NUMBER and source.totals[at, period]:
                yield Neighbour(_label(source, at, period), float(source.totals[at, period]))


def _label(view: TableView, position: int, period: int) -> Text:
    code, sheet, row = view.places[position]
    cell = cell_name(row, int(view.columns[position, period]))
    return Text(f"строка {code} ({sheet}!{cell})", f"row {code} ({sheet}!{cell})")


def _without_sources(asked: Asked, results: Sequence[tuple[Line, Side, Side, Array]]) -> Found:
    """An indicator that no plan row feeds: told once, at its code."""
    told = set()
    rows = asked.frames.rows
    linked = set(rows["workbook"][rows["column_link"] > 0])
    for line, left, right, _ in results:
        if not any(o.feeds for o in flat(line.relation.right)):
            continue
        for workbook in linked.intersection((right.states == State.ABSENT).nonzero()[0]):
            at = int(left.lines[workbook])
            if at >= 0 and (at, line.relation.id) not in told:
                told.add((at, line.relation.id))
                row = asked.frames.row(at)
                place = asked.place(workbook, row["sheet"], row["row"], row["column_code"])
                yield workbook, finding("S-118", place, code=row["code"])
