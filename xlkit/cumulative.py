"""What recompute proposes: cumulative totals carried on, typed totals that do not add up, totals left empty.

Pure functions on frames. Nothing that is right is changed, and nothing doubtful is guessed: where a text, an
Excel error or a fall stands in the way, the cell is left to a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from xlkit.address import cell_name
from xlkit.books.frames import Frames, records
from xlkit.rules.computed import Computed, computed_columns, typed_computed, typed_total_rule
from xlkit.rules.period import Period
from xlkit.rules.totals import State, shown
from xlkit.rules.views import TableView, table_views, value_column
from xlkit.texts import Text, figure
from xlkit.values import Kind, parse_value


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that recompute writes: old and new content, and why."""

    workbook_number: int
    table: str
    sheet: str
    row: int
    column: int
    code: str
    year: int | None
    old: object
    new: float | str
    why: Text

    @property
    def cell(self) -> str:
        return cell_name(self.row, self.column)


def propose_totals(frames: Frames, periods: Sequence[Period | None]) -> tuple[Change, ...]:
    """Changes that make the totals of every workbook right; ``periods`` is per workbook."""
    carried, values = _carry(frames)
    after = replace(frames, values=values)
    views = table_views(frames.edition, after.rows, after.values)
    computed = computed_columns(frames.edition, views, periods, frames.years)
    totals = _typed_totals(after, views, computed, periods)
    return tuple(sorted(carried + totals, key=lambda c: (c.workbook_number, c.table, c.row, c.column)))


def _carry(frames: Frames) -> tuple[list[Change], Any]:
    """Carry cumulative values over dashes and blanks; returns the changes and the values with them made."""
    values = frames.values.copy()
    changes: list[Change] = []
    carried: dict[int, float] = {}
    views = table_views(frames.edition, frames.rows, frames.values)
    for name, table in frames.edition.book.tables.items():
        found = value_column(table)
        if found is None:
            continue
        places = values[(values["table"] == name) & (values["field"] == found[0])]
        index = {
            (line, period): i for i, line, period in zip(places.index, places["line"], places["period"], strict=True)
        }
        for line, period, number in _gaps(frames, views[name]):
            at = index.get((line, period))
            if at is not None and not values.at[at, "formula"]:
                changes.append(_carried(frames, next(records(values.loc[[at]])), number))
                carried[at] = number
    values.loc[list(carried), "kind"] = Kind.NUMBER
    values.loc[list(carried), "number"] = list(carried.values())
    return changes, values


def _gaps(frames: Frames, view: TableView) -> list[tuple[int, int, float]]:
    """(row, period, number to carry) for dashes and blanks after a number in rows that never fall."""
    modes = frames.edition.book.modes
    gaps = []
    for i, (line, mode) in enumerate(zip(view.lines, view.rows["mode"], strict=True)):
        if not mode or not modes[mode].never_falls:
            continue
        highest: float | None = None
        for period in range(view.states.shape[1]):
            state = view.states[i, period]
            if state == State.NUMBER:
                if highest is not None and view.numbers[i, period] < highest:
                    break
                highest = float(view.numbers[i, period])
            elif state in (State.BLANK, State.DASH):
                if highest is not None:
                    gaps.append((int(line), period, highest))
            else:
                break
    return gaps


def _carried(frames: Frames, cell: Any, number: float) -> Change:
    was = Text("пусто", "blank") if cell.kind == Kind.BLANK else Text("прочерк", "a dash")
    return _change(
        frames,
        cell,
        number,
        Text(
            f"нарастающий итог не убывает: {was.ru} после {figure(number)}, значение перенесено",
            f"a cumulative total does not fall: {was.en} after {figure(number)}, the value is carried on",
        ),
    )


def _change(frames: Frames, cell: Any, new: float | str, why: Text, year: int | None = None) -> Change:
    if year is None and cell.period >= 0 and _is_yearly(frames, cell):
        year = frames.years[cell.workbook] + int(cell.period)
    raw = cell.raw
    return Change(
        workbook_number=int(cell.workbook),
        table=cell.table,
        sheet=cell.sheet,
        row=int(cell.row),
        column=int(cell.column),
        code=frames.row(cell.line).code,
        year=year,
        old=raw if raw is None or isinstance(raw, (str, int, float, bool)) else str(raw),
        new=new,
        why=why,
    )


def _is_yearly(frames: Frames, cell: Any) -> bool:
    return getattr(frames.edition.book.tables[cell.table].columns[cell.field], "per", None) == "year"


def _typed_totals(
    frames: Frames, views: dict[str, TableView], computed: Computed, periods: Sequence[Period | None]
) -> list[Change]:
    changes = []
    typed = list(typed_computed(frames.rows, frames.values, views, computed))
    cells = records(frames.values.loc[[at for at, *_ in typed]])
    for cell, (_, state, number) in zip(cells, typed, strict=True):
        period = periods[cell.workbook]
        if frames.edition.book.tables[cell.table].stage == "actuals" and period is None:
            continue
        rule = typed_total_rule(
            parse_value(cell.raw),
            state,
            number,
            frames.edition.total_tolerance(cell.table, cell.field, frames.row(cell.line).unit),
        )
        if rule is None or state in (State.BLANK, State.ABSENT):
            continue
        why = (
            Text("итог не был посчитан", "the total was not computed")
            if rule == "V-116"
            else Text("вписанный итог не равен вычисленному", "the typed total differs from the computed one")
        )
        year = period.year if period and not _is_yearly(frames, cell) else None
        changes.append(_change(frames, cell, shown(state, number), why, year))
    return changes
