"""The totals of the HTML report and what each is made of: one figure per workbook, row and period, with its cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xlkit.address import column_letters
from xlkit.consolidate import COUNTS, DIMENSIONS, Part, Terms, Total
from xlkit.report.svod.figures import forms_of, short_title
from xlkit.report.svod.rows import form_name
from xlkit.rules.edition import load_edition
from xlkit.rules.period import Period
from xlkit.texts import printable
from xlkit.values import as_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from xlkit.actions.consolidate import ConsolidateResult

    Array = np.ndarray[Any, Any]

Plain = dict[str, Any]
When = tuple[int, int]

_BRIEF = 300
_NAME = 190
_MARKS = {"dashes": "-", "yes": "=", "blank": "", "doubtful": "!", "other": "~"}
"""How a figure that is no number of a sum begins; what stands in its cell follows where it may be doubted."""


class Numbers:
    """Every member of a list once, and its number."""

    def __init__(self) -> None:
        self._known: dict[Any, int] = {}

    def __call__(self, member: Any) -> int:
        return self._known.setdefault(member, len(self._known))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._known)


def brief(content: object) -> object:
    """A number as it is, another content as a text of bounded length that every page can hold."""
    if content is None or (isinstance(content, (int, float)) and not isinstance(content, bool)):
        finite = content is None or content - content == 0
        return content if finite else str(content)
    text = printable(str(content))
    return text if len(text) <= _BRIEF else text[: _BRIEF - 1].rstrip() + "…"


# --- tables -----------------------------------------------------------------------------------------------


def page_tables(result: ConsolidateResult, cluster: Callable[..., int], file: Callable[..., int]) -> list[Plain]:
    """Every table that has totals, by form, those with the same rows for everybody first."""
    totals: dict[tuple[str, str], list[Total]] = defaultdict(list)
    for total in result.totals:
        totals[total.form, total.table].append(total)
    made: dict[tuple[str, str], list[Terms]] = defaultdict(list)
    for one in result.counted.terms:
        made[one.part.edition.form, one.table].append(one)
    forms = forms_of(result)
    tables = [_table(key, totals[key], made[key], cluster, file) for key in totals]
    return sorted(tables, key=lambda t: (forms.index(t["form"]), t["actuals"], not t["fixed"]))


def _table(
    key: tuple[str, str],
    totals: Sequence[Total],
    made: Sequence[Terms],
    cluster: Callable[..., int],
    file: Callable[..., int],
) -> Plain:
    form, name = key
    table = load_edition(form).book.tables[name]
    about = {t.key: t for t in totals}
    rows = {key: i for i, key in enumerate(about)}
    when = {place: i for i, place in enumerate(sorted({(t.year, t.quarter) for t in totals}))}
    groups = {d: {g: i for i, g in enumerate(_groups(form, d, totals))} for d in DIMENSIONS}
    return {
        "form": form,
        "sheet": table.sheet,
        "title": f"{form_name(form)}: {table.sheet.lower()}",
        "actuals": table.stage == "actuals",
        "fixed": all(level.fixed for level in table.levels),
        "rows": [_row(total) for total in about.values()],
        "periods": [str(Period(*place)) if place[1] else str(place[0]) for place in when],
        "groups": {dimension: [printable(group) for group in known] for dimension, known in groups.items()},
        "totals": [_total(t, rows[t.key], when[t.year, t.quarter], groups[t.dimension][t.group]) for t in totals],
        "books": [book for one in made for book in _books(one, rows, when, cluster, file)],
    }


def _row(total: Total) -> list[str]:
    """Number, name, unit and mode; a row below a numbered one has its own code before its name."""
    holder, _, code = total.key.rpartition("/")
    name = f"{code} {total.name}" if holder else total.name
    return [holder or code, short_title(name, _NAME), total.unit, total.mode]


def _groups(form: str, dimension: str, totals: Sequence[Total]) -> list[str]:
    """The groups that have totals: districts in their official order, others by name."""
    official = {name: i for i, name in enumerate(load_edition(form).districts)}
    found = {t.group for t in totals if t.dimension == dimension}
    return sorted(found, key=lambda group: (official.get(group, len(official)), group))


def _total(total: Total, row: int, when: int, group: int) -> list[object]:
    """Dimension, group, row, period, amount, plan, how many clusters are counted how; without zeros at the end.

    The last count says how many are in question.
    """
    counts = (
        total.numbers, total.dashes, total.yes, total.blank, total.doubtful, total.other, total.absent,
        total.questioned,
    )  # fmt: skip
    place = (DIMENSIONS.index(total.dimension), group, row, when)
    line: list[object] = [*place, plain(total.amount), plain(total.planned), *counts]
    while line[-1] == 0:
        line.pop()
    return line


# --- what a total is made of ------------------------------------------------------------------------------


def _books(
    one: Terms, rows: dict[str, int], when: dict[When, int], cluster: Callable[..., int], file: Callable[..., int]
) -> Iterator[list[Any]]:
    """Of every workbook in the totals: cluster, file, sheet, its periods, their columns, its rows, what is in question.

    A row is its number in the form, its number in the sheet, and a figure per period (of actuals then their plan):
    a number, ``None`` where there is no cell, or a text that begins as ``_MARKS`` say. What is in question are pairs of
    a row's place among them and a period.
    """
    asked: dict[int, list[When]] = defaultdict(list)
    for workbook, *place in _lines(one.asked, "workbook", "year", "quarter"):
        asked[workbook].append((place[0], place[1]))
    figures: dict[int, dict[int, dict[When, Any]]] = defaultdict(lambda: defaultdict(dict))
    questioned: dict[int, set[tuple[int, When]]] = defaultdict(set)
    places = _lines(one.cells, *_PLACE)
    for (workbook, line, year, quarter), figure in zip(places, _figures(one), strict=True):
        figures[workbook][line][year, quarter] = figure
    for workbook, line, year, quarter in _lines(one.cells[one.cells["questioned"]], *_PLACE):
        questioned[workbook].add((line, (year, quarter)))
    keys, sheets, numbers = (one.part.frames.rows[name].tolist() for name in ("key", "sheet", "row"))
    columns = _columns(one)
    for workbook, periods in asked.items():
        intake = one.part.lines[workbook]
        if intake is None:
            continue
        lines = figures[workbook]
        sheet = sheets[next(iter(lines))] if lines else one.part.edition.book.tables[one.table].sheet
        yield [
            cluster(intake.passport),
            file(intake.file),
            printable(sheet),
            [when[place] for place in periods],
            [columns.get((workbook, *place), "") for place in periods],
            [[rows[keys[line]], numbers[line], *_spread(found, periods)] for line, found in lines.items()],
            [[at, when[place]] for at, line in enumerate(lines) for place in periods if (line, place) in marked]
            if (marked := questioned.get(workbook)) else [],
        ]  # fmt: skip


_PLACE = ("workbook", "line", "year", "quarter")


def _spread(found: dict[When, Any], periods: Sequence[When]) -> Iterable[object]:
    for place in periods:
        figure = found.get(place)
        yield from figure if isinstance(figure, tuple) else (figure,)


def _lines(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    """The lines of a frame, of some of its columns."""
    return zip(*(frame[name].tolist() for name in columns), strict=True)


def _figures(one: Terms) -> Iterator[object]:
    """A figure per line of the cells; of actuals with their plan."""
    raw = one.part.frames.values["raw"].to_numpy()
    actuals = one.part.edition.book.tables[one.table].stage == "actuals"
    for standing, amount, planned, value in _lines(one.cells, "standing", "amount", "planned", "value"):
        counted = COUNTS[standing]
        figure: object = plain(amount) if counted == "numbers" else _MARKS[counted]
        if figure in ("!", "~") and value >= 0:
            figure = f"{figure}{brief(as_text(raw[value]))}"
        yield (figure, plain(planned)) if actuals else figure


def _columns(one: Terms) -> dict[tuple[int, int, int], str]:
    """The columns in which a workbook has a period's figures: one (``F``), or of actuals from the first to the last."""
    values = one.part.frames.values
    if one.part.edition.book.tables[one.table].stage != "actuals":
        cells = one.cells.drop_duplicates(["workbook", "year", "quarter"])
        found = values["column"].loc[cells["value"]]
        places = zip(cells["workbook"], cells["year"], cells["quarter"], strict=True)
        return {place: column_letters(column) for place, column in zip(places, found, strict=True)}
    return dict(_spans(one.part, one.table))


def _spans(part: Part, table: str) -> Iterator[tuple[tuple[int, int, int], str]]:
    """The columns of actuals that are added up until a workbook's quarter."""
    values = part.frames.values
    chosen = values[(values["table"] == table).to_numpy(dtype=bool) & part.frames.inputs]
    for workbook, mine in chosen.groupby("workbook"):
        period = part.periods[int(str(workbook))]
        if period is not None:
            until = mine[mine["period"] < period.quarter]["column"]
            first, last = column_letters(int(until.min())), column_letters(int(until.max()))
            yield (int(str(workbook)), period.year, period.quarter), f"{first}:{last}"


def plain(number: float | None) -> float | int | None:
    """A number as short as JSON has it."""
    if number is None:
        return None
    rounded = round(float(number), 9)
    return int(rounded) if rounded.is_integer() else rounded
