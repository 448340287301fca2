"""Adding up: figures of many workbooks by industry, federal district and region, with what is not in each sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_position
from xlkit.books.frames import Frames, records
from xlkit.consolidate.intake import IntakeLine
from xlkit.finding import Finding, Severity
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
_PLACE = ["form", "table", "year", "quarter"]


@dataclass(frozen=True)
class Part:
    """The workbooks of one edition.

    ``lines`` and ``speaks`` are per workbook: its intake line where its figures enter the свод (else ``None``),
    and whether its plan and indicators enter the totals. ``doubtful`` marks lines of ``frames.values``. ``notes``
    holds what stands in text columns («Пояснение»), by workbook, table, row and column; ``digests`` the SHA-256 of
    every workbook.
    """

    frames: Frames
    lines: tuple[IntakeLine | None, ...]
    speaks: tuple[bool, ...]
    doubtful: Array
    notes: Mapping[tuple[int, str, int, str], str] = field(default_factory=dict)
    digests: tuple[str, ...] = ()

    @property
    def edition(self) -> Edition:
        return self.frames.edition

    @property
    def periods(self) -> tuple[Period | None, ...]:
        return tuple(line.period if line is not None else None for line in self.lines)


@dataclass(frozen=True, slots=True)
class Total:
    """One sum: a row of a form in a year (or, for actuals, up to a quarter) over the clusters of a group.

    ``amount`` is ``None`` where nothing can be added: a share, a state of «да», no number at all. ``numbers`` is
    how many clusters are in it; the other counts say why the rest is not: a dash, «да», not filled, an error
    finding, another unit or mode than the form's, no such row. ``planned`` is the plan of the clusters in an
    amount of actuals.
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

    @property
    def clusters(self) -> int:
        """How many clusters the total is about."""
        return self.numbers + self.dashes + self.yes + self.missing

    @property
    def missing(self) -> int:
        """How many clusters' figures are not in it although the form asks for them."""
        return self.blank + self.doubtful + self.other + self.absent


def doubtful_values(frames: Frames, findings: Mapping[str, Sequence[Finding]]) -> Array:
    """Which value cells an error finding stands on, or a second row of the same key."""
    import numpy as np
    import pandas as pd

    places = []
    for number, file in enumerate(frames.files):
        for one in findings.get(file, ()):
            if one.severity is Severity.ERROR and one.location.cell:
                places.append((number, one.location.sheet, *cell_position(one.location.cell)))
    values = frames.values
    index = pd.MultiIndex.from_arrays([values["workbook"], values["sheet"], values["row"], values["column"]])
    told = np.asarray(index.isin(places), dtype=bool) if places else np.zeros(len(values), dtype=bool)
    twice = frames.rows.duplicated(["workbook", "table", "key"], keep=False).to_numpy(dtype=bool)
    marked: Array = told | twice[values["line"].to_numpy(dtype=int)]
    return marked


# --- adding up --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What the totals of one table of one edition are made of.

    ``asked`` has a line per workbook and period that the totals are about: ``workbook, year, quarter``. ``cells``
    has one per workbook, row and period that a workbook has: ``workbook, key, year, quarter, amount, planned``, the
    one of :data:`COUNTS` that it is counted under (its place there is ``standing``), ``line`` of the rows frame and
    ``value``, the line of the values frame (-1 for actuals, which are computed of several cells).
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


def add_up(counted: Counted) -> tuple[Total, ...]:
    """Every total of every form, by form, table, row, period and group, in the order of the forms."""
    import pandas as pd

    asked = [one.asked for one in counted.terms if len(one.asked)]
    cells = [one.cells for one in counted.terms if len(one.cells)]
    if not asked:
        return ()
    scope = pd.concat(asked, ignore_index=True)
    every = pd.concat(cells, ignore_index=True) if cells else None
    totals: list[Total] = []
    for dimension in DIMENSIONS:
        totals += _added(dimension, scope, every, counted.rows)
    order = {key: i for i, key in enumerate(counted.rows)}
    return tuple(sorted(totals, key=lambda t: (order[t.form, t.table, t.key], t.year, t.quarter)))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a form that can be added up; ``adds`` is false for shares and states of «да»."""

    name: str
    unit: str
    mode: str
    caption: str
    adds: bool
    fixed: bool


Known = Mapping[tuple[str, str, str], _Row]


def _reference_rows(parts: Sequence[Part]) -> Known:
    """The rows of the forms that carry values; of several editions of a form the newest says what they are."""
    rows: dict[tuple[str, str, str], _Row] = {}
    for edition in sorted((p.edition for p in parts), key=lambda e: (e.form, e.book.edition), reverse=True):
        for name, table in edition.book.tables.items():
            fixed = {level.id for level in table.levels if level.fixed}
            for key, row in edition.typical[name].items():
                mode = edition.book.modes.get(row.mode)
                if row.values and mode is not None:
                    unit = edition.unit_of(row.unit) or row.unit
                    adds = mode.values == "number" and not edition.is_share(unit)
                    known = _Row(
                        with_industry(row.name, None).replace(YEARS, "…"), unit, row.mode, mode.caption, adds,
                        row.level in fixed,
                    )  # fmt: skip
                    rows.setdefault((edition.form, name, key), known)
    return rows


def _added(dimension: str, scope: pd.DataFrame, every: pd.DataFrame | None, known: Known) -> Iterable[Total]:
    import pandas as pd

    rows = pd.DataFrame(list(known), columns=["form", "table", "key"])
    clusters = scope.groupby([*_PLACE, dimension], sort=True).size().rename("clusters").reset_index()
    lines = clusters.merge(rows, on=["form", "table"])
    by = [*_PLACE, "key", dimension]
    if every is not None:
        sums = every.groupby(by, sort=False)[[*COUNTS, "amount", "planned"]].sum()
        lines = lines.merge(sums.reset_index(), on=by, how="left")
    else:
        lines = lines.assign(**dict.fromkeys([*COUNTS, "amount", "planned"], 0.0))
    lines[[*COUNTS, "amount", "planned"]] = lines[[*COUNTS, "amount", "planned"]].fillna(0)
    for line in records(lines):
        yield _total(dimension, line._asdict(), known[line.form, line.table, line.key])


def _total(dimension: str, line: Mapping[str, Any], row: _Row) -> Total:
    counts = {name: int(line[name]) for name in COUNTS}
    summed = row.adds and counts["numbers"] > 0
    return Total(
        form=line["form"],
        table=line["table"],
        key=line["key"],
        name=row.name,
        unit=row.unit,
        mode=row.caption,
        year=int(line["year"]),
        quarter=int(line["quarter"]),
        dimension=dimension,
        group=line[dimension],
        amount=round(float(line["amount"]), 9) if summed else None,
        absent=int(line["clusters"]) - sum(counts.values()),
        planned=round(float(line["planned"]), 9) if summed and line["quarter"] else None,
        **counts,
    )


# --- what is added up -------------------------------------------------------------------------------------


def _scopes(part: Part) -> Iterable[tuple[str, pd.DataFrame]]:
    """For every table, the workbooks and periods that are asked for it, with their groups."""
    import pandas as pd

    for name, table in part.edition.book.tables.items():
        asked: list[tuple[object, ...]] = []
        for number, line in enumerate(part.lines):
            if line is None:
                continue
            groups = (line.passport.industry, line.passport.district, line.passport.region)
            for year, quarter in _asked(part, table, number):
                asked.append((part.edition.form, name, year, quarter, number, "", *groups))
        yield name, pd.DataFrame(asked, columns=[*_PLACE, "workbook", ALL, INDUSTRY, DISTRICT, REGION])


def _asked(part: Part, table: Table, number: int) -> list[tuple[int, int]]:
    if table.stage == "actuals":
        period = part.periods[number]
        return [(period.year, period.quarter)] if period is not None else []
    years = part.edition.years(part.frames.years[number])
    return [(year, 0) for year in years] if part.speaks[number] else []


def _cells(part: Part, known: Known) -> Iterable[tuple[str, pd.DataFrame]]:
    """The figures of every table, one line per workbook, row and period, with their groups."""
    for name, table in part.edition.book.tables.items():
        cells = _actual_cells(part, name) if table.stage == "actuals" else _yearly_cells(part, name, table)
        yield name, _counted(part, name, cells, known)


def _yearly_cells(part: Part, name: str, table: Table) -> pd.DataFrame:
    """Yearly values of the workbooks whose plan speaks: line, workbook, year, quarter, standing, amount."""
    import numpy as np
    import pandas as pd

    found = value_column(table)
    values = part.frames.values
    workbooks = values["workbook"].to_numpy(dtype=int)
    chosen = ((values["table"] == name) & (values["field"] == (found[0] if found else ""))).to_numpy(dtype=bool)
    chosen = chosen & np.array([*part.speaks, False], dtype=bool)[workbooks]
    cells = values[chosen]
    standing = np.array([_BY_KIND.get(kind, _DOUBTFUL) for kind in cells["kind"]], dtype=np.int8)
    standing[part.doubtful[chosen]] = _DOUBTFUL
    first = np.array([*part.frames.years, 0], dtype=int)[workbooks[chosen]]
    return pd.DataFrame(
        {
            "line": cells["line"].to_numpy(dtype=int),
            "value": cells.index.to_numpy(dtype=int),
            "workbook": workbooks[chosen],
            "year": first + cells["period"].to_numpy(dtype=int),
            "quarter": 0,
            "standing": standing,
            "amount": cells["number"].to_numpy(dtype=float),
            "planned": 0.0,
        }
    )


def _actual_cells(part: Part, name: str) -> pd.DataFrame:
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
    cells = pd.DataFrame(
        {
            "line": view.lines,
            "value": -1,
            "workbook": workbooks,
            "year": [p.year if (p := periods[w]) is not None else 0 for w in workbooks],
            "quarter": [p.quarter if (p := periods[w]) is not None else 0 for w in workbooks],
            "standing": standing,
            "amount": numbers,
            "planned": np.nan_to_num(planned),
        }
    )
    chosen: pd.DataFrame = cells[reported]
    return chosen


def _counted(part: Part, name: str, cells: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The cells of the form's own rows with their groups, each counted under one of :data:`COUNTS`."""
    import numpy as np

    frames, form = part.frames, part.edition.form
    rows = frames.rows.loc[cells["line"]]
    declared = [known.get((form, name, key)) for key in rows["key"]]
    eligible = np.array(
        [d is not None and (d.fixed or t) for d, t in zip(declared, rows["typical"], strict=True)], dtype=bool
    )
    standing = cells["standing"].to_numpy(dtype=np.int8).copy()
    differs = np.array([_differs(d, *one) for d, one in _units_and_modes(declared, rows)], dtype=bool)
    standing[differs & np.isin(standing, (_NUMBER, _DASH, _YES))] = _OTHER
    counted = cells.assign(form=form, table=name, key=rows["key"].to_numpy(), standing=standing)
    for code, count in enumerate(COUNTS):
        counted[count] = standing == code
    is_number = standing == _NUMBER
    counted["amount"] = np.where(is_number, cells["amount"], 0.0)
    counted["planned"] = np.where(is_number, cells["planned"], 0.0)
    passports = [line.passport if line is not None else None for line in part.lines]
    whose = [passports[w] for w in cells["workbook"]]
    counted[ALL] = ""
    counted[INDUSTRY] = [p.industry if p else "" for p in whose]
    counted[DISTRICT] = [p.district if p else "" for p in whose]
    counted[REGION] = [p.region if p else "" for p in whose]
    return counted[eligible].drop_duplicates(["workbook", "key", "year", "quarter"])


def _units_and_modes(
    declared: Sequence[_Row | None], rows: pd.DataFrame
) -> Iterable[tuple[_Row | None, tuple[str, str, str, str]]]:
    columns = (rows[name] for name in ("unit", "unit_text", "mode", "mode_text"))
    return zip(declared, zip(*columns, strict=True), strict=True)


def _differs(row: _Row | None, unit: str, unit_text: str, mode: str, mode_text: str) -> bool:
    """Whether a row is in another unit or mode than the form's; what is left empty is the form's."""
    if row is None:
        return False
    return bool((unit_text and unit != row.unit) or ((mode or mode_text) and mode != row.mode))
