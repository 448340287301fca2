"""Adding up: figures of many workbooks by industry, federal district and region, with what is not in each sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xlkit.books.frames import Frames
from xlkit.consolidate.intake import IntakeLine
from xlkit.rules.computed import computed_columns
from xlkit.rules.edition import YEARS, Edition, with_industry
from xlkit.rules.model import LookupColumn, Table
from xlkit.rules.period import Period
from xlkit.rules.totals import State
from xlkit.rules.views import table_views, total_column, value_column
from xlkit.values import Kind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

ALL, INDUSTRY, DISTRICT, REGION = "all", "industry", "district", "region"
DIMENSIONS = (ALL, DISTRICT, INDUSTRY, REGION)

_NUMBER, _DASH, _YES, _BLANK, _DOUBTFUL, _OTHER = range(6)
COUNTS = ("numbers", "dashes", "yes", "blank", "doubtful", "other")
"""What a figure counts as, by its standing: in the sum, or why not."""

_BY_KIND = {Kind.NUMBER: _NUMBER, Kind.DASH: _DASH, Kind.CROSS: _DASH, Kind.YES: _YES, Kind.BLANK: _BLANK}
_BY_STATE = {State.NUMBER: _NUMBER, State.DASH: _DASH, State.YES: _YES, State.BLANK: _BLANK}


@dataclass(frozen=True)
class Part:
    """The workbooks of one edition.

    ``lines`` and ``speaks`` are per workbook: its intake line where its figures enter the свод (else ``None``),
    and whether its plan and indicators enter the totals. ``doubtful`` and ``questioned`` mark lines of
    ``frames.values``: what enters no total, and what does although it is questionable. ``notes`` holds what stands in
    text columns («Пояснение»), by workbook, table, row and column; ``digests`` the SHA-256 of every workbook.
    """

    frames: Frames
    lines: tuple[IntakeLine | None, ...]
    speaks: tuple[bool, ...]
    doubtful: Array
    questioned: Array
    notes: Mapping[tuple[int, str, int, str], str] = field(default_factory=dict)
    digests: tuple[str, ...] = ()

    @property
    def edition(self) -> Edition:
        return self.frames.edition

    @cached_property
    def periods(self) -> tuple[Period | None, ...]:
        return tuple(line.period if line is not None else None for line in self.lines)


@dataclass(frozen=True, slots=True)
class Total:
    """One sum: a row of a form in a year (or, for actuals, up to a quarter) over the clusters of a group.

    ``amount`` is ``None`` where nothing can be added: a share, a state of «да», no number at all. ``numbers`` is
    how many clusters are in it; the other counts say why the rest is not: a dash, «да», not filled, an error
    finding, another unit or mode than the form's, no such row. ``planned`` is the plan of the clusters in an
    amount of actuals. ``questioned`` says of how many numbers and «да» something is not right: a warning stands there,
    or the register says otherwise.
    """

    form: str
    table: str
    key: str
    name: str
    unit: str
    mode: str
    year: int
    quarter: int
    dimension: str
    group: str
    amount: float | None
    numbers: int
    dashes: int
    yes: int
    blank: int
    doubtful: int
    other: int
    absent: int
    planned: float | None = None
    questioned: int = 0

    @property
    def clusters(self) -> int:
        """How many clusters the total is about."""
        return self.numbers + self.dashes + self.yes + self.missing

    @property
    def given(self) -> int:
        """How many clusters are in it; of a state of «да», which is counted and not added, how many have it."""
        return self.numbers or self.yes

    @property
    def missing(self) -> int:
        """How many clusters' figures are not in it although the form asks for them."""
        return self.blank + self.doubtful + self.other + self.absent


# --- adding up --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What the totals of one table of one edition are made of.

    ``asked`` has a line per workbook and period that the totals are about: ``workbook, year, quarter``. ``cells``
    has one per workbook, row and period that a workbook has: ``workbook, key, year, quarter``, ``standing`` (the place
    in :data:`COUNTS` of what it counts as), ``amount`` and ``planned`` (0 but for numbers), ``line`` of the rows frame
    and ``value``, the line of the values frame (-1 for actuals, which are computed of several cells).
    """

    part: Part
    table: str
    asked: pd.DataFrame
    cells: pd.DataFrame


@dataclass(frozen=True)
class Counted:
    """Every figure that can enter a total and what became of it, by part and table; the rows that they belong to."""

    rows: Known
    terms: tuple[Terms, ...]


def count_figures(parts: Sequence[Part]) -> Counted:
    """What the totals are made of, in the order of the parts and their tables."""
    known = _reference_rows(parts)
    terms = []
    for part in parts:
        asked = dict(_scopes(part))
        terms += [Terms(part, name, asked[name], cells) for name, cells in _cells(part, known)]
    return Counted(known, tuple(terms))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a form that can be added up; ``adds`` is false for shares and states of «да»."""

    name: str
    unit: str
    mode: str
    caption: str
    adds: bool
    fixed: bool


Known = Mapping[tuple[str, str, str], Row]


def _reference_rows(parts: Sequence[Part]) -> Known:
    """The rows of the forms that carry values; of several editions of a form the newest says what they are."""
    rows: dict[tuple[str, str, str], Row] = {}
    for edition in sorted((p.edition for p in parts), key=lambda e: (e.form, e.book.edition), reverse=True):
        for name, table in edition.book.tables.items():
            fixed = table.fixed_levels
            for key, row in edition.typical[name].items():
                mode = edition.book.modes.get(row.mode)
                if row.values and mode is not None:
                    unit = edition.unit_of(row.unit) or row.unit
                    adds = mode.values == "number" and not edition.is_share(unit)
                    known = Row(
                        with_industry(row.name, None).replace(YEARS, "…"), unit, row.mode, mode.caption, adds,
                        row.level in fixed,
                    )  # fmt: skip
                    rows.setdefault((edition.form, name, key), known)
    return rows


# --- what is added up -------------------------------------------------------------------------------------


def _scopes(part: Part) -> Iterable[tuple[str, pd.DataFrame]]:
    """For every table, the workbooks and periods that are asked for it."""
    import pandas as pd

    for name, table in part.edition.book.tables.items():
        asked = [
            (number, year, quarter)
            for number, line in enumerate(part.lines)
            if line is not None
            for year, quarter in _asked(part, table, number)
        ]
        yield name, pd.DataFrame(asked, columns=["workbook", "year", "quarter"])


def _asked(part: Part, table: Table, number: int) -> list[tuple[int, int]]:
    if table.stage == "actuals":
        period = part.periods[number]
        return [(period.year, period.quarter)] if period is not None else []
    years = part.edition.years(part.frames.years[number])
    return [(year, 0) for year in years] if part.speaks[number] else []


def _cells(part: Part, known: Known) -> Iterable[tuple[str, pd.DataFrame]]:
    """The figures of every table, one line per workbook, row and period."""
    for name, table in part.edition.book.tables.items():
        cells = _actual_cells(part, name) if table.stage == "actuals" else _yearly_cells(part, name, table)
        yield name, _counted(part, name, cells, known)


def _yearly_cells(part: Part, name: str, table: Table) -> dict[str, Array]:
    """Yearly values of the workbooks whose plan speaks: line, workbook, year, quarter, standing, amount."""
    import numpy as np

    found = value_column(table)
    values = part.frames.values
    workbooks = values["workbook"].to_numpy(dtype=int)
    wanted = ((values["table"] == name) & (values["field"] == (found[0] if found else ""))).to_numpy(dtype=bool)
    chosen = np.flatnonzero(wanted & np.array([*part.speaks, False], dtype=bool)[workbooks])
    kinds = values["kind"]
    by_code = np.array([_BY_KIND.get(kind, _DOUBTFUL) for kind in kinds.cat.categories], dtype=np.int8)
    standing = by_code[kinds.cat.codes.to_numpy()[chosen]]
    standing[part.doubtful[chosen]] = _DOUBTFUL
    first = np.array([*part.frames.years, 0], dtype=int)[workbooks[chosen]]
    return {
        "line": values["line"].to_numpy()[chosen].astype(np.int32),
        "value": chosen.astype(np.int32),
        "workbook": workbooks[chosen].astype(np.int32),
        "year": (first + values["period"].to_numpy(dtype=int)[chosen]).astype(np.int16),
        "quarter": np.zeros(len(chosen), dtype=np.int8),
        "standing": standing,
        "amount": values["number"].to_numpy(dtype=float)[chosen],
        "planned": np.zeros(len(chosen)),
        "questioned": part.questioned[chosen],
        "filled": standing != _BLANK,
    }


def _actual_cells(part: Part, name: str) -> dict[str, Array]:
    """The cumulative totals of actuals, computed, never read; with the plan of the same year beside them."""
    import numpy as np
    import pandas as pd

    frames, table = part.frames, part.edition.book.tables[name]
    doubtful = pd.Series(part.doubtful, index=frames.values.index, dtype=bool)
    views = table_views(part.edition, frames.rows, frames.values, unsound=doubtful)
    view, periods = views[name], part.periods
    workbooks = view.rows["workbook"].to_numpy(dtype=int)
    reported = np.array([*(p is not None for p in periods), False], dtype=bool)[workbooks]
    total = total_column(table)
    computed = computed_columns(part.edition, views, list(periods), frames.years)
    states, numbers = (
        (a[:, -1] for a in computed[name, total[0]]) if total else (view.states[:, -1], view.numbers[:, -1])
    )
    lookup = next((n for n, c in table.columns.items() if isinstance(c, LookupColumn)), None)
    planned = computed[name, lookup][1][:, -1] if lookup else np.zeros(len(workbooks))
    standing = np.array([_BY_STATE.get(State(s), _DOUBTFUL) for s in states], dtype=np.int8)
    given = frames.inputs & (frames.values["kind"] != Kind.BLANK).to_numpy(dtype=bool)
    questioned, filled = (_rows_with(frames, cells)[view.lines] for cells in (part.questioned, given))
    reporting = [*(p or Period(0, 0) for p in periods), Period(0, 0)]
    cells = {
        "line": view.lines.astype(np.int32),
        "value": np.full(len(workbooks), -1, dtype=np.int32),
        "workbook": workbooks.astype(np.int32),
        "year": np.array([p.year for p in reporting], dtype=np.int16)[workbooks],
        "quarter": np.array([p.quarter for p in reporting], dtype=np.int8)[workbooks],
        "standing": standing,
        "amount": numbers,
        "planned": np.nan_to_num(planned),
        "questioned": questioned,
        "filled": filled,
    }
    return {column: content[reported] for column, content in cells.items()}


def _rows_with(frames: Frames, cells: Array) -> Array:
    """Which rows have one of the cells that are marked in ``frames.values``."""
    import numpy as np

    rows = np.zeros(len(frames.rows), dtype=bool)
    rows[frames.values["line"].to_numpy(dtype=int)[cells]] = True
    return rows


def _counted(part: Part, name: str, cells: Mapping[str, Array], known: Known) -> pd.DataFrame:
    """The cells of the form's own rows, each counted under one of :data:`COUNTS`; of a row that stands twice one."""
    import numpy as np
    import pandas as pd

    rows = {key: row for (form, table, key), row in known.items() if (form, table) == (part.edition.form, name)}
    lines, of_cells = np.unique(cells["line"], return_inverse=True)
    keys, typical, *units = (
        part.frames.rows[column].to_numpy()[lines].tolist()
        for column in ("key", "typical", "unit", "unit_text", "mode", "mode_text")
    )
    declared = [rows.get(key) for key in keys]
    eligible = np.array([d is not None and (d.fixed or t) for d, t in zip(declared, typical, strict=True)], dtype=bool)
    differs = np.array([_differs(*one) for one in zip(declared, *units, strict=True)], dtype=bool)
    order = {key: number for number, key in enumerate(rows)}
    key = np.array([order.get(key, -1) for key in keys], dtype=np.int64)[of_cells]
    times = cells["year"].astype(np.int64) * 10 + cells["quarter"]
    places = (cells["workbook"].astype(np.int64) * (len(rows) + 1) + key) * 100_000 + times
    chosen = np.flatnonzero(eligible[of_cells])
    chosen = chosen[~pd.Series(places[chosen]).duplicated().to_numpy()]
    counted = {column: content[chosen] for column, content in cells.items()}
    standing = counted["standing"]
    # Actuals of a mode that the form does not have add up to nothing, as if they were blank.
    filled = counted.pop("filled") & (standing != _DOUBTFUL)
    standing[differs[of_cells[chosen]] & filled] = _OTHER
    for amount in ("amount", "planned"):
        counted[amount] = np.where(standing == _NUMBER, counted[amount], 0.0)
    counted["questioned"] = counted["questioned"] & np.isin(standing, (_NUMBER, _YES))
    words = pd.Index(list(rows), dtype=object)
    return pd.DataFrame(counted | {"key": pd.Categorical.from_codes(key[chosen], categories=words)}, copy=False)


def _differs(row: Row | None, unit: str, unit_text: str, mode: str, mode_text: str) -> bool:
    """Whether a row is in another unit or mode than the form's; what is left empty is the form's."""
    if row is None:
        return False
    return bool((unit_text and unit != row.unit) or ((mode or mode_text) and mode != row.mode))
