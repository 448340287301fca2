"""Numbers that stand where the form computes: they must be what its formula would show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from xlkit.books.frames import records
from xlkit.rules.catalogue import finding
from xlkit.rules.computed import computed_columns, typed_computed, typed_total_rule
from xlkit.rules.phrases import plain_content
from xlkit.rules.totals import State, shown
from xlkit.rules.views import TableView, table_views
from xlkit.validate.asked import Asked, Found
from xlkit.values import parse_value


def check_computed(asked: Asked, views: dict[str, TableView]) -> Found:
    """The findings of computed cells that hold a number or a text in place of their formula."""
    typed = list(_typed(asked, views))
    cells = records(asked.frames.values.loc[[at for at, *_ in typed]])
    formulas = cache(lambda: _as_formulas_show(asked))  # seldom needed, and dear
    for cell, (at, state, number) in zip(cells, typed, strict=True):
        table = asked.tables[cell.table]
        if not asked.stages[cell.workbook].actuals and table.stage == "actuals":
            continue
        unit = asked.frames.row(cell.line).unit
        tolerance = asked.edition.total_tolerance(cell.table, cell.field, unit)
        rule = typed_total_rule(parse_value(cell.raw), state, number, tolerance)
        if rule is None or ("" if cell.raw is None else cell.raw) == formulas()[at]:
            continue
        caption = table.columns[cell.field].caption.format(year=asked.frames.years[cell.workbook] + max(cell.period, 0))
        said = {"row": asked.row_label(cell.line), "column": f"«{caption}»"}
        expected = shown(state, number)
        yield cell.workbook, finding(rule, asked.cell(cell), plain_content(cell.raw), expected, **said)


def _typed(asked: Asked, views: dict[str, TableView]) -> Iterator[tuple[int, State, float]]:
    """Computed cells that hold no formula: which line of the values, and what the formula would give."""
    computed = computed_columns(asked.edition, views, asked.periods, asked.frames.years)
    return typed_computed(asked.frames.rows, asked.frames.values, views, computed)


def _as_formulas_show(asked: Asked) -> dict[int, float | str]:
    """What the form's own formulas would show in computed cells that hold none.

    Where their value took their place («не число», since a number was typed as text), the input is told.
    """
    frames = asked.frames
    views = table_views(asked.edition, frames.rows, frames.values.assign(formula=True), live=True)
    return {at: shown(state, number) for at, state, number in _typed(asked, views)}
