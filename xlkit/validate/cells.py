"""Cells that a person fills: what they hold, beside their row's unit and mode and the cells before them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xlkit.books.captions import NO_PERIOD
from xlkit.books.frames import records
from xlkit.finding import Finding
from xlkit.rules.catalogue import finding
from xlkit.rules.model import Unit
from xlkit.rules.phrases import READ_AS, offered, plain_content
from xlkit.rules.schema import CELL_COLUMNS, broken, cell_schema
from xlkit.texts import figure
from xlkit.validate.asked import Asked, Found
from xlkit.values import YES, Kind, parse_value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

_SCALES = re.compile(r"(?i)тыс|млн|млрд|миллион|миллиард|руб|коп|%|процент")
"""Words by which a number in a text may be in another scale than its row."""

_UNSOUND_RULES = ("V-113",)
"""A cell with one of these is not used in relations: what follows from it is no second fault."""


def check_cells(asked: Asked) -> tuple[list[tuple[int, Finding]], pd.Series[bool]]:
    """The findings, and which lines of the values no relation may use."""
    import pandas as pd

    cells = _cells(asked)
    unsound = pd.Series(False, index=asked.frames.values.index)
    found = []
    for rule, index in broken(cell_schema(asked.edition), cells[list(CELL_COLUMNS)]):
        if rule in _UNSOUND_RULES:
            unsound[index] = True
        found += [(cell.workbook, _finding(asked, rule, cell)) for cell in records(cells.loc[index])]
    return found, unsound


def unasked_actuals(asked: Asked) -> Found:
    """Actuals that are filled although the title sheet names no period: told once per workbook."""
    import numpy as np

    values = asked.frames.values
    plan_asked = np.array([stage.plan_asked for stage in asked.stages], dtype=bool)[values["workbook"].to_numpy()]
    filled = (values["kind"] != Kind.BLANK).to_numpy()
    cells = values[~asked.applies(values) & ~plan_asked & filled & asked.frames.inputs]
    for cell in records(cells.drop_duplicates("workbook")):
        yield cell.workbook, finding("T-113", asked.cell(cell), plain_content(cell.raw), sheet=cell.sheet)


def _cells(asked: Asked) -> pd.DataFrame:
    """The input cells of the tables that are due, with all that the cell rules look at."""
    import numpy as np

    values, modes = asked.frames.values, asked.edition.book.modes
    cells = values[asked.frames.inputs & asked.applies(values)].copy()
    rows = asked.frames.rows.take(cells["line"].to_numpy(dtype=int))
    for name in ("declared", "unit", "mode"):
        cells[name] = rows[name].array
    known = [modes.get(mode) for mode in cells["mode"].cat.categories]
    codes = cells["mode"].cat.codes.to_numpy()
    cells["values"] = np.array([mode.values if mode else "" for mode in known], dtype=object)[codes]
    cells["never_falls"] = np.array([mode is not None and mode.never_falls for mode in known], dtype=bool)[codes]
    cells["before"] = _before(cells)
    cells["after_number"] = cells["never_falls"] & cells["before"].notna()
    cells["future"] = _future(asked, cells)
    cells["due"] = ~cells["future"]
    return cells


def _before(cells: pd.DataFrame) -> pd.Series[float]:
    """The largest number to the left in the same row, in the order of the periods."""
    ordered = cells.sort_values(["line", "period"], kind="stable")
    numbers = ordered["number"].where(ordered["period"] != NO_PERIOD)
    groups = ordered["line"]
    before = numbers.groupby(groups).cummax().groupby(groups).ffill().groupby(groups).shift()
    return before.reindex(cells.index)


def _future(asked: Asked, cells: pd.DataFrame) -> Array:
    """Cells of quarters that have not come by the workbook's reporting period."""
    import numpy as np

    quarterly = [
        name
        for name, table in asked.tables.items()
        if any(getattr(column, "per", None) == "quarter" for column in table.columns.values())
    ]
    quarters = np.array([period.quarter if period else 4 for period in asked.periods])
    late: Array = cells["period"].to_numpy() >= quarters[cells["workbook"].to_numpy()]
    return cells["table"].isin(quarterly).to_numpy() & late


def _finding(asked: Asked, rule: str, cell: Any) -> Finding:
    unit = asked.edition.units.get(cell.unit)
    value = parse_value(cell.raw)
    suggestion = value.suggestion
    if rule == "V-102" and not _offers(asked, cell.raw, suggestion, unit):
        suggestion = None
    expected = suggestion if rule in ("V-102", "V-103", "V-110") else None
    if rule in ("V-112", "V-113", "V-114"):
        expected = cell.before
    return finding(
        rule,
        asked.cell(cell),
        plain_content(cell.raw),
        expected,
        row=asked.row_label(cell.line),
        period=asked.period_label(cell.table, cell.field, cell.period, cell.workbook),
        suggestion=offered(suggestion),
        unit=cell.unit,
        minimum=figure(unit.minimum) if unit else "",
        maximum=figure(unit.maximum) if unit else "",
        before=figure(cell.before),
        note=value.note or "",
        read=figure(cell.number) if cell.kind == Kind.NUMBER else READ_AS.get(cell.kind, ""),
        guess=figure(round(cell.number * 100, 6)) if cell.kind == Kind.NUMBER else "",
    )


def _offers(asked: Asked, raw: object, suggestion: str | None, unit: Unit | None) -> bool:
    """Whether the number in a text may be suggested: not for «да», nor for a number in another scale or unit."""
    if suggestion == YES:
        return False
    words = re.sub(r"[0-9\s.,+-]+", " ", str(raw)).strip()
    return not _SCALES.search(words) or (unit is not None and asked.edition.unit_of(words) == unit.unit)
