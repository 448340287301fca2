"""What the formulas of a workbook show, computed in Python: the values that a template caches.

Protected View and mail previews show cached values only, so every formula is written with its value. The
content is read back by the same code that reads a submitted workbook, in the live view.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD
from xlkit.books.extract import extract_of
from xlkit.books.frames import build_frames
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.submission import Submission
from xlkit.books.tables import find_table
from xlkit.books.title import Title, TitleEntry
from xlkit.rules.computed import computed_columns
from xlkit.rules.edition import with_industry
from xlkit.rules.relations import Line, Side, evaluate, lines_of, specialties_within
from xlkit.rules.title import title_sheet
from xlkit.rules.totals import NOT_A_NUMBER, State, shown
from xlkit.rules.views import table_views
from xlkit.templates.content import Content
from xlkit.templates.layout import Layout, TableLayout
from xlkit.values import as_text

COMPUTED = ("running_total", "lookup", "difference", "percentage")


@dataclass(frozen=True)
class ControlLine:
    """A line of «Контроль»: its relation, both sides as shown, its state, and the rows that the sides read."""

    line: Line
    left: float | str
    right: float | str
    outcome: str
    left_row: int
    right_row: int


@dataclass(frozen=True)
class Cached:
    """The shown values of computed cells by (table, column, period, row), and of the control lines."""

    computed: dict[tuple[str, str, int, int], float | str]
    control: tuple[ControlLine, ...]


def mirror_content(layout: Layout, content: Content) -> Cached:
    """The cached values of a workbook that is about to be written."""
    return mirror_submission(_as_submission(layout, content))


def mirror_submission(submission: Submission) -> Cached:
    """What the formulas of a workbook show, had Excel just computed them."""
    edition = submission.edition
    frames = build_frames(edition, [extract_of(submission)])
    views = table_views(edition, frames.rows, frames.values, live=True)
    computed: dict[tuple[str, str, int, int], float | str] = {}
    for (table, column), (states, numbers) in computed_columns(
        edition, views, [submission.period], frames.years
    ).items():
        single = (column, NO_PERIOD) in submission.tables[table].columns
        for i, row in enumerate(views[table].rows["row"]):
            for period in range(states.shape[1]):
                key = (table, column, NO_PERIOD if single else period, int(row))
                computed[key] = shown(states[i, period], numbers[i, period])
    lines = lines_of(edition, specialties_within(frames.rows))
    control = []
    for line, left, right, outcomes in evaluate(edition, views, 1, lines, live=True):
        rows = [int(frames.row(s.lines[0])["row"]) if s.lines[0] >= 0 else 0 for s in (left, right)]
        sides = [_side(s) for s in (left, right)]
        control.append(ControlLine(line, sides[0], sides[1], str(outcomes[0]), rows[0], rows[1]))
    return Cached(computed, tuple(control))


def _side(side: Side) -> float | str:
    """A relation's side as its formula shows it; a row without totals (х) is not a number there."""
    return NOT_A_NUMBER if side.states[0] == State.NO_TOTAL else shown(side.states[0], side.numbers[0])


def _as_submission(layout: Layout, content: Content) -> Submission:
    entries = {
        name: TitleEntry(
            content.title.get(name), as_text(content.title.get(name)), cell_name(layout.title_row(name), 2)
        )
        for name in title_sheet().fields
    }
    sheets = tuple(_raw_sheet(table, content) for table in layout.tables.values())
    raw = RawWorkbook("", sheets, {}, tuple(s.name for s in sheets))
    submission = Submission("", layout.edition, Title(title_sheet().sheet, entries), raw)
    for sheet, name in zip(sheets, layout.tables, strict=True):
        found, _ = find_table(sheet, "", layout.edition, name, layout.first_year)
        if found is not None:
            submission.tables[name] = found
    return submission


def _raw_sheet(table: TableLayout, content: Content) -> RawSheet:
    grid: list[list[object]] = [[None] * table.width for _ in range(table.footer)]
    formulas: set[tuple[int, int]] = set()
    for key, column in table.columns.items():
        grid[table.header - 1][column - 1] = table.captions[key]
    for offset, row in enumerate(table.rows):
        number = table.first + offset
        for key, column in table.columns.items():
            kind = table.spec(key).kind
            literal = row.at(kind, key)
            if kind in COMPUTED and literal is None:
                formulas.add((number, column))
            elif kind == "name":
                literal = with_industry(row.name, content.title.get("industry")) or None
            grid[number - 1][column - 1] = literal
    return RawSheet(table.table.sheet, grid, frozenset(formulas))
