"""Validation of many workbooks at once: cells, rows, computed cells and relations of one edition."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD
from xlkit.books.frames import Frames, records
from xlkit.finding import Finding, Location
from xlkit.rules.catalogue import finding
from xlkit.rules.computed import computed_columns, typed_computed, typed_total_rule
from xlkit.rules.guesses import Neighbour, explain_gap
from xlkit.rules.model import Unit
from xlkit.rules.period import Period
from xlkit.rules.phrases import (
    READ_AS,
    look_alikes,
    offered,
    period_label,
    plain_content,
    ranked,
    row_label,
    sides_of,
)
from xlkit.rules.relations import Line, Side, evaluate, flat, lines_of, specialties_within
from xlkit.rules.schema import CELL_COLUMNS, broken, cell_schema, line_schema, modes_said, row_schema
from xlkit.rules.totals import State, shown
from xlkit.rules.views import TableView, table_views
from xlkit.texts import Text, figure
from xlkit.values import YES, Kind, parse_value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

_SCALES = re.compile(r"(?i)тыс|млн|млрд|миллион|миллиард|руб|коп|%|процент")
"""Words by which a number in a text may be in another scale than its row."""

UNSOUND_RULES = ("V-113",)
"""A cell with one of these is not used in relations: what follows from it is no second fault."""


@dataclass(frozen=True)
class Stage:
    """What a workbook is checked for: the plan alone, or the actuals up to a period as well."""

    period: Period | None
    plan_asked: bool = False
    """The plan alone was asked for: actuals beside it are nobody's slip."""

    @property
    def actuals(self) -> bool:
        return self.period is not None


def validate_frames(frames: Frames, stages: Sequence[Stage]) -> list[tuple[int, Finding]]:
    """All findings of all workbooks, each with the number of its workbook; ``stages`` is per workbook."""
    return _Validation(frames, stages).run()


class _Validation:
    """One run; keeps what several steps need."""

    def __init__(self, frames: Frames, stages: Sequence[Stage]) -> None:
        self.frames = frames
        self.edition = frames.edition
        self.stages = stages
        self.rows = frames.rows
        self.values = frames.values
        self.tables = frames.edition.book.tables
        self.findings: list[tuple[int, Finding]] = []

    def run(self) -> list[tuple[int, Finding]]:
        if self.rows.empty:
            return []
        cells = self._cells()
        unsound = self._check_cells(cells)
        self._check_rows()
        self._check_unasked_actuals()
        views = table_views(self.edition, self.rows, self.values, unsound=unsound)
        self._check_computed(views)
        self._check_relations(table_views(self.edition, self.rows, self.values, unsound=unsound | self._blank()))
        return self.findings

    def _add(self, workbook: int, one: Finding) -> None:
        self.findings.append((workbook, one))

    def _blank(self) -> pd.Series[bool]:
        """A blank in a row that carries values is a finding of its own: relations leave it alone."""
        return (self.values["kind"] == Kind.BLANK) & self.rows["declared"].to_numpy()[self.values["line"]]

    # --- cells ------------------------------------------------------------------------------------------

    def _cells(self) -> pd.DataFrame:
        """The input cells of the tables that are due, with all that the cell rules look at."""
        import numpy as np

        cells = self.values[self.frames.inputs & self._stage_applies(self.values)].copy()
        rows = self.rows.take(cells["line"].to_numpy(dtype=int))
        for name in ("declared", "unit", "mode"):
            cells[name] = rows[name].array
        known = [self.edition.book.modes.get(mode) for mode in cells["mode"].cat.categories]
        codes = cells["mode"].cat.codes.to_numpy()
        cells["values"] = np.array([mode.values if mode else "" for mode in known], dtype=object)[codes]
        cells["never_falls"] = np.array([mode is not None and mode.never_falls for mode in known], dtype=bool)[codes]
        cells["before"] = self._before(cells)
        cells["after_number"] = cells["never_falls"] & cells["before"].notna()
        cells["future"] = self._future(cells)
        cells["due"] = ~cells["future"]
        return cells

    def _stage_applies(self, frame: pd.DataFrame) -> Array:
        import numpy as np

        actual_tables = [name for name, table in self.tables.items() if table.stage == "actuals"]
        reporting = np.array([stage.actuals for stage in self.stages], dtype=bool)
        applies: Array = ~frame["table"].isin(actual_tables).to_numpy() | reporting[frame["workbook"].to_numpy()]
        return applies

    def _before(self, cells: pd.DataFrame) -> pd.Series[float]:
        """The largest number to the left in the same row, in the order of the periods."""
        ordered = cells.sort_values(["line", "period"], kind="stable")
        numbers = ordered["number"].where(ordered["period"] != NO_PERIOD)
        groups = ordered["line"]
        before = numbers.groupby(groups).cummax().groupby(groups).ffill().groupby(groups).shift()
        return before.reindex(cells.index)

    def _future(self, cells: pd.DataFrame) -> Array:
        """Cells of quarters that have not come by the workbook's reporting period."""
        import numpy as np

        quarterly = [
            n for n, t in self.tables.items() if any(getattr(c, "per", None) == "quarter" for c in t.columns.values())
        ]
        quarters = np.array([stage.period.quarter if stage.period else 4 for stage in self.stages])
        late: Array = cells["period"].to_numpy() >= quarters[cells["workbook"].to_numpy()]
        return cells["table"].isin(quarterly).to_numpy() & late

    def _check_cells(self, cells: pd.DataFrame) -> pd.Series[bool]:
        import pandas as pd

        unsound = pd.Series(False, index=self.values.index)
        for rule, index in broken(cell_schema(self.edition), cells[list(CELL_COLUMNS)]):
            if rule in UNSOUND_RULES:
                unsound[index] = True
            for cell in records(cells.loc[index]):
                self._add(cell.workbook, self._cell_finding(rule, cell))
        return unsound

    def _cell_finding(self, rule: str, cell: Any) -> Finding:
        unit = self.edition.units.get(cell.unit)
        value = parse_value(cell.raw)
        suggestion = value.suggestion
        if rule == "V-102" and not self._offers(cell.raw, suggestion, unit):
            suggestion = None
        expected = suggestion if rule in ("V-102", "V-103", "V-110") else None
        if rule in ("V-112", "V-113", "V-114"):
            expected = cell.before
        return finding(
            rule,
            Location(self.frames.files[cell.workbook], cell.sheet, cell_name(cell.row, cell.column)),
            plain_content(cell.raw),
            expected,
            row=self._row_label(cell.line),
            period=self._period_label(cell.table, cell.field, cell.period, cell.workbook),
            suggestion=offered(suggestion),
            unit=cell.unit,
            minimum=figure(unit.minimum) if unit else "",
            maximum=figure(unit.maximum) if unit else "",
            before=figure(cell.before),
            note=value.note or "",
            read=figure(cell.number) if cell.kind == Kind.NUMBER else READ_AS.get(cell.kind, ""),
            guess=figure(round(cell.number * 100, 6)) if cell.kind == Kind.NUMBER else "",
        )

    def _offers(self, raw: object, suggestion: str | None, unit: Unit | None) -> bool:
        """Whether the number in a text may be suggested: not for «да», nor for a number in another scale or unit."""
        if suggestion == YES:
            return False
        words = re.sub(r"[0-9\s.,+-]+", " ", str(raw)).strip()
        return not _SCALES.search(words) or (unit is not None and self.edition.unit_of(words) == unit.unit)

    def _row_label(self, line: int) -> Text:
        row = self.frames.row(line)
        return row_label(str(row["code"]), row["name"])

    def _period_label(self, table: str, field: str, period: int, workbook: int) -> Text:
        return period_label(self.tables[table].columns[field], period, self.frames.years[workbook])

    def _check_unasked_actuals(self) -> None:
        """Actuals that are filled although the title sheet names no period: told once per workbook."""
        import numpy as np

        asked = np.array([stage.plan_asked for stage in self.stages], dtype=bool)[self.values["workbook"].to_numpy()]
        filled = (self.values["kind"] != Kind.BLANK).to_numpy()
        cells = self.values[~self._stage_applies(self.values) & ~asked & filled & self.frames.inputs]
        for cell in records(cells.drop_duplicates("workbook")):
            place = Location(self.frames.files[cell.workbook], cell.sheet, cell_name(cell.row, cell.column))
            self._add(cell.workbook, finding("T-113", place, plain_content(cell.raw), sheet=cell.sheet))

    # --- rows -------------------------------------------------------------------------------------------

    def _check_rows(self) -> None:
        rows = self.rows[self._stage_applies(self.rows)].copy()
        rows["usual_unit"] = [
            text == unit or self._typical_unit(table, key) == text
            for text, unit, table, key in zip(rows["unit_text"], rows["unit"], rows["table"], rows["key"], strict=True)
        ]
        for rule, index in broken(row_schema(self.edition), rows):
            for row in records(rows.loc[index]):
                self._add(row.workbook, self._row_finding(rule, row))

    def _typical_unit(self, table: str, key: str) -> str:
        row = self.edition.typical[table].get(key)
        return row.unit if row else ""

    def _row_finding(self, rule: str, row: Any) -> Finding:
        column, text = {
            "V-121": (row.column_unit, row.unit_text),
            "V-122": (row.column_unit, row.unit_text),
            "V-123": (row.column_unit, row.unit_text),
            "V-124": (row.column_mode, row.mode_text),
            "V-125": (row.column_mode, row.mode_text),
            "V-126": (row.column_link, row.link_text),
            "V-128": (row.column_mode, row.mode_text),
        }[rule]
        usual = self._typical_unit(row.table, row.key)
        return finding(
            rule,
            Location(self.frames.files[row.workbook], row.sheet, cell_name(row.row, column) if column else None),
            text or None,
            usual or None if rule in ("V-121", "V-122") else None,
            row=self._row_label(row.Index),
            text=text,
            unit=row.unit,
            mode=text,
            code=row.link,
            suggestion=offered(usual),
            letters=look_alikes(text),
            modes=modes_said(self.edition, row.table),
            known=self._known_links(row.table),
        )

    def _known_links(self, table: str) -> str:
        for column in self.tables[table].columns.values():
            if column.kind == "link":
                return ", ".join(r.code for r in self.edition.rows[column.to])
        return ""

    # --- computed cells ---------------------------------------------------------------------------------

    def _check_computed(self, views: dict[str, TableView]) -> None:
        computed = computed_columns(self.edition, views, [s.period for s in self.stages], self.frames.years)
        typed = list(typed_computed(self.rows, self.values, views, computed))
        cells = records(self.values.loc[[at for at, *_ in typed]])
        as_formulas: dict[int, float | str] | None = None
        for cell, (at, state, number) in zip(cells, typed, strict=True):
            if not self.stages[cell.workbook].actuals and self.tables[cell.table].stage == "actuals":
                continue
            unit = self.frames.row(cell.line).unit
            tolerance = self.edition.total_tolerance(cell.table, cell.field, unit)
            rule = typed_total_rule(parse_value(cell.raw), state, number, tolerance)
            if rule is not None:
                if as_formulas is None:
                    as_formulas = self._as_formulas_show()
                if ("" if cell.raw is None else cell.raw) == as_formulas[at]:
                    continue
                place = Location(self.frames.files[cell.workbook], cell.sheet, cell_name(cell.row, cell.column))
                column = self.tables[cell.table].columns[cell.field]
                caption = column.caption.format(year=self.frames.years[cell.workbook] + max(cell.period, 0))
                said = {"row": self._row_label(cell.line), "column": f"«{caption}»"}
                self._add(cell.workbook, finding(rule, place, plain_content(cell.raw), shown(state, number), **said))

    def _as_formulas_show(self) -> dict[int, float | str]:
        """What the form's own formulas would show in computed cells that hold none.

        Where their value took their place («не число», since a number was typed as text), the input is told.
        """
        views = table_views(self.edition, self.rows, self.values.assign(formula=True), live=True)
        computed = computed_columns(self.edition, views, [s.period for s in self.stages], self.frames.years)
        typed = typed_computed(self.rows, self.values, views, computed)
        return {at: shown(state, number) for at, state, number in typed}

    # --- relations --------------------------------------------------------------------------------------

    def _check_relations(self, views: dict[str, TableView]) -> None:
        import pandas as pd

        lines = lines_of(self.edition, specialties_within(self.rows))
        results = evaluate(self.edition, views, self.frames.workbooks, lines)
        if not results:
            return
        frame = pd.DataFrame(
            {
                "relation": [line.relation.id for line, *_ in results for _ in range(self.frames.workbooks)],
                "outcome": [outcome for *_, outcomes in results for outcome in outcomes],
            }
        )
        for _, index in broken(line_schema(self.edition), frame):
            for at in index:
                line, left, right, _ = results[at // self.frames.workbooks]
                self._add_relation(line, left, right, at % self.frames.workbooks, views)
        self._check_sources(results)

    def _add_relation(self, line: Line, left: Side, right: Side, workbook: int, views: dict[str, TableView]) -> None:
        operand = next(o for o in flat(line.relation.left) if o.table)
        view = views[operand.table or ""]
        at = left.lines[workbook]
        row = self.frames.row(int(at))
        position = int((view.lines == at).argmax())
        period = line.period_of(operand)
        column = int(view.columns[position, period])
        year = self.frames.years[workbook] + line.period
        a, b = (shown(s.states[workbook], s.numbers[workbook]) for s in (left, right))
        said = line.sentence(year)
        sides = sides_of(a, b, line.relation.op)
        guesses = self._guesses(line, view, position, right, workbook, a, b, views)
        self._add(
            workbook,
            Finding(
                rule=line.relation.id,
                severity=line.relation.severity,
                location=Location(self.frames.files[workbook], row["sheet"], cell_name(row["row"], column)),
                message=Text(f"{said.ru}, {year} год: {sides.ru}", f"{said.en}, {year}: {sides.en}"),
                value=a,
                expected=b,
                hint=ranked(guesses),
            ),
        )

    def _guesses(
        self, line: Line, view: TableView, position: int, right: Side, workbook: int, a: object, b: object,
        views: dict[str, TableView],
    ) -> list[Text]:  # fmt: skip
        if not isinstance(a, float) or not isinstance(b, float) or line.relation.op != "=":
            return [line.relation.explain] if line.relation.explain else []
        operand = next(o for o in flat(line.relation.left) if o.table)
        period = line.period_of(operand)
        source = next((views[o.table] for o in flat(line.relation.right) if o.table), view)
        fed_from = [int(at) for at in (source.lines == right.lines[workbook]).nonzero()[0]]
        places = [(view, position + step, period) for step in (-1, 1)]
        places += [(source, at, p) for at in fed_from for p in range(source.states.shape[1]) if p != line.period]
        neighbours = [
            Neighbour(self._cell_label(table, at, p), float(table.numbers[at, p]))
            for table, at, p in places
            if 0 <= at < len(table.lines)
            and table.rows["workbook"].iloc[at] == workbook
            and table.states[at, p] == State.NUMBER
        ]
        addends = [
            Neighbour(self._cell_label(source, i, line.period), float(source.totals[i, line.period]))
            for i in (source.rows["workbook"].to_numpy() == workbook).nonzero()[0]
            if source.total_states[i, line.period] == State.NUMBER and source.totals[i, line.period]
        ]
        return explain_gap(a, b, neighbours, addends, line.relation.explain)

    def _cell_label(self, view: TableView, position: int, period: int) -> Text:
        code, sheet, row = view.places[position]
        cell = cell_name(row, int(view.columns[position, period]))
        return Text(f"строка {code} ({sheet}!{cell})", f"row {code} ({sheet}!{cell})")

    def _check_sources(self, results: list[tuple[Line, Side, Side, Array]]) -> None:
        """An indicator that no plan row feeds: told once, at its code."""
        told = set()
        linked = set(self.rows["workbook"][self.rows["column_link"] > 0])
        for line, left, right, _ in results:
            if not any(o.feeds for o in flat(line.relation.right)):
                continue
            for workbook in linked.intersection((right.states == State.ABSENT).nonzero()[0]):
                at = int(left.lines[workbook])
                if at >= 0 and (at, line.relation.id) not in told:
                    told.add((at, line.relation.id))
                    row = self.frames.row(int(at))
                    cell = cell_name(row["row"], row["column_code"]) if row["column_code"] else None
                    place = Location(self.frames.files[workbook], row["sheet"], cell)
                    self._add(workbook, finding("S-118", place, code=row["code"]))


def by_workbook(found: list[tuple[int, Finding]]) -> dict[int, list[Finding]]:
    """Findings gathered per workbook."""
    gathered: dict[int, list[Finding]] = defaultdict(list)
    for workbook, one in found:
        gathered[workbook].append(one)
    return gathered
