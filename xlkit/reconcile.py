"""Reconciling workbooks with approved figures: pure functions on frames, all workbooks in one join."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.frames import Frames
from xlkit.books.tables import same_wording
from xlkit.rules.edition import Edition
from xlkit.rules.period import Period
from xlkit.rules.registered import Figure
from xlkit.rules.totals import State, shown
from xlkit.rules.views import table_views, total_column, value_column
from xlkit.values import Kind, folded, parse_value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


class Status(StrEnum):
    """How a figure of a workbook stands to the register's."""

    DIFFERS = "differs"
    ONLY_IN_WORKBOOK = "only_in_workbook"
    ONLY_IN_REGISTER = "only_in_register"
    UNIT_DIFFERS = "unit_differs"
    WORDING_DIFFERS = "wording_differs"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``delta`` is workbook minus register where both are numbers; ``similarity`` of wordings 0–100."""

    workbook_number: int
    status: Status
    table: str
    sheet: str
    cell: str | None
    key: str
    code: str
    name: str
    year: int | None
    workbook: object
    register: object
    delta: float | None = None
    similarity: float | None = None


_JOIN = ["owner", "table", "key", "nth", "year"]
_NOT_COMPARABLE = (Kind.TEXT, Kind.AMBIGUOUS, Kind.DATE, Kind.ERROR, Kind.UNCACHED)


def reconcile_frames(
    frames: Frames,
    approved: Sequence[Sequence[Figure]],
    periods: Sequence[Period | None],
    absent: Collection[str] = (),
) -> list[Difference]:
    """Compare every workbook with its approved figures.

    ``approved`` and ``periods`` are per workbook, ``absent`` the tables that the register does not keep. Actuals
    are compared once a workbook reports them and the register has some for that cluster and year. Only figures
    are compared by value; a unit or a wording that differs is told once per row. Sorted by workbook and place.
    """
    ours, theirs = _workbook_values(frames, periods), _approved_values(approved)
    ours, theirs = _comparable(frames.edition, ours, theirs, periods, absent)
    joined = ours.merge(theirs, on=_JOIN, how="outer", suffixes=("", "_approved"), indicator="found")
    edition = frames.edition
    told = joined[_may_differ(joined)]
    differences = [one for line in told.itertuples() if (one := _value_difference(edition, line)) is not None]
    both = joined[(joined["found"] == "both").to_numpy()].drop_duplicates(["owner", "table", "key", "nth"])
    for line in both[_rows_may_differ(edition, both)].itertuples():
        differences += _row_differences(edition, line)
    order = {name: i for i, name in enumerate(frames.edition.book.tables)}
    return sorted(differences, key=lambda d: (d.workbook_number, order.get(d.table, 99), _place(d), d.year or 0))


def _place(one: Difference) -> tuple[int, list[int]]:
    """Rows of the workbook first in their order, then what only the register has, by code."""
    digits = [int(part) for part in one.key.replace("/", ".").split(".") if part.isdigit()]
    row = int("".join(c for c in one.cell if c.isdigit())) if one.cell else 10**7
    return row, digits


# --- the two sides ----------------------------------------------------------------------------------------


def _workbook_values(frames: Frames, periods: Sequence[Period | None]) -> pd.DataFrame:
    """Yearly values of declared rows, and the cumulative totals of actuals in the reporting year."""
    import pandas as pd

    parts = [_yearly(frames), _actuals(frames, periods)]
    values = pd.concat([p for p in parts if not p.empty], ignore_index=True) if any(len(p) for p in parts) else parts[0]
    return _numbered(values)


_OUR_COLUMNS = ["owner", "table", "key", "year", "line", "sheet", "row", "column", "kind", "number", "raw"]
_ROW_COLUMNS = ["code", "name", "unit_text", "unit", "column_name", "column_unit"]


def _yearly(frames: Frames) -> pd.DataFrame:
    import numpy as np

    values = frames.values
    chosen = np.zeros(len(values), dtype=bool)
    for name, table in frames.edition.book.tables.items():
        found = value_column(table)
        if found and getattr(found[1], "per", None) == "year":
            chosen |= ((values["table"] == name) & (values["field"] == found[0])).to_numpy()
    declared = frames.rows["declared"].to_numpy(dtype=bool)[values["line"].to_numpy(dtype=int)]
    cells = values[chosen & declared].rename(columns={"workbook": "owner"})
    first = np.array(frames.years or [0])[cells["owner"].to_numpy(dtype=int)]
    return _with_rows(frames, cells.assign(year=cells["period"].to_numpy() + first))


def _actuals(frames: Frames, periods: Sequence[Period | None]) -> pd.DataFrame:
    import pandas as pd

    records: list[dict[str, Any]] = []
    views = table_views(frames.edition, frames.rows, frames.values)
    for name, table in frames.edition.book.tables.items():
        found = total_column(table)
        if table.stage != "actuals" or found is None:
            continue
        view = views[name]
        totals = frames.values[(frames.values["table"] == name) & (frames.values["field"] == found[0])]
        columns = dict(zip(totals["line"], totals["column"], strict=True))
        for i, (line, workbook) in enumerate(zip(view.lines, view.rows["workbook"].to_numpy(), strict=True)):
            period = periods[workbook]
            if period is not None:
                row = frames.rows.loc[line]
                state, number = State(view.total_states[i, -1]), view.totals[i, -1]
                value = parse_value(shown(state, number) or None)
                records.append(
                    {
                        "owner": row["workbook"], "table": name, "line": line, "sheet": row["sheet"], "row": row["row"],
                        "column": columns.get(line, 0), "year": period.year, "kind": value.kind,
                        "number": value.number, "raw": shown(state, number),
                    }
                )  # fmt: skip
    columns_needed = [c for c in _OUR_COLUMNS if c != "key"]
    return _with_rows(frames, pd.DataFrame(records, columns=columns_needed))


def _with_rows(frames: Frames, cells: pd.DataFrame) -> pd.DataFrame:
    rows = frames.rows.take(cells["line"].to_numpy(dtype=int))
    words: dict[str, Any] = {name: cells[name].astype(object) for name in ("table", "kind")}
    extra = {name: rows[name].to_numpy() for name in ("key", *_ROW_COLUMNS)}
    return cells.assign(**words, **extra)[[*_OUR_COLUMNS, *_ROW_COLUMNS]]


def _approved_values(approved: Sequence[Sequence[Figure]]) -> pd.DataFrame:
    import pandas as pd

    records = []
    for owner, figures in enumerate(approved):
        for figure in figures:
            value = parse_value(figure.value)
            records.append(
                (owner, figure.table, figure.key, figure.year, figure.code, figure.name, figure.unit, value.kind,
                 value.number, figure.value)
            )  # fmt: skip
    names = ["owner", "table", "key", "year", "code", "name", "unit", "kind", "number", "raw"]
    return _numbered(pd.DataFrame(records, columns=names))


def _numbered(values: pd.DataFrame) -> pd.DataFrame:
    """Equal keys under one parent are told apart by their order, on both sides alike."""
    return values.assign(nth=values.groupby(["owner", "table", "key", "year"]).cumcount())


def _comparable(
    edition: Edition,
    ours: pd.DataFrame,
    theirs: pd.DataFrame,
    periods: Sequence[Period | None],
    absent: Collection[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out tables that the register does not keep, and actuals that one side does not have yet."""
    import numpy as np

    actuals = [name for name, table in edition.book.tables.items() if table.stage == "actuals"]
    reported = {(owner, p.year) for owner, p in enumerate(periods) if p is not None}
    facts = theirs[theirs["table"].isin(actuals)]
    both = reported.intersection(zip(facts["owner"], facts["year"], strict=True))

    def kept(values: pd.DataFrame) -> pd.DataFrame:
        asked = np.array([pair in both for pair in zip(values["owner"], values["year"], strict=True)], dtype=bool)
        return values[~values["table"].isin(list(absent)) & (~values["table"].isin(actuals) | asked)]

    return kept(ours), kept(theirs)


# --- comparing --------------------------------------------------------------------------------------------


def _may_differ(joined: pd.DataFrame) -> Array:
    """Leaves out what is plainly equal, nearly all: the same number, the same dash, a blank that has no partner."""
    import numpy as np

    ours, theirs = joined["kind"].to_numpy(), joined["kind_approved"].to_numpy()
    a, b = joined["number"].to_numpy(dtype=float), joined["number_approved"].to_numpy(dtype=float)
    both = (joined["found"] == "both").to_numpy()
    plain = ~np.isin(ours, _NOT_COMPARABLE)
    equal = both & (ours == theirs) & plain & ((ours != Kind.NUMBER) | (a == b))
    single = np.where(joined["found"] == "left_only", ours, theirs)
    nothing: Array = ~both & (single == Kind.BLANK)
    told: Array = ~(equal | nothing)
    return told


def _rows_may_differ(edition: Edition, both: pd.DataFrame) -> Array:
    """Leaves out rows whose unit and name are the register's to the letter."""
    import numpy as np

    same = np.ones(len(both), dtype=bool)
    for ours, theirs in (("unit_text", "unit_approved"), ("name", "name_approved")):
        said, approved = both[ours].to_numpy(), both[theirs].to_numpy()
        same &= (said == approved) | (approved == "")
    return ~same


def _value_difference(edition: Edition, line: Any) -> Difference | None:
    ours = None if line.found == "right_only" else _content(line.kind, line.number, line.raw)
    theirs = (
        None if line.found == "left_only" else _content(line.kind_approved, line.number_approved, line.raw_approved)
    )
    if line.found == "both":
        status, delta = _compared(edition, line)
    elif line.found == "left_only":
        status, delta = (None if ours is None else Status.ONLY_IN_WORKBOOK), None
    else:
        status, delta = (None if theirs is None else Status.ONLY_IN_REGISTER), None
    if status is None:
        return None
    missing = line.found == "right_only"
    return Difference(
        workbook_number=int(line.owner),
        status=status,
        table=line.table,
        sheet=edition.book.tables[line.table].sheet if missing else line.sheet,
        cell=None if missing or not line.column else cell_name(int(line.row), int(line.column)),
        key=line.key,
        code=line.code_approved if missing else line.code,
        name=line.name_approved if missing else line.name,
        year=int(line.year),
        workbook=ours,
        register=theirs,
        delta=delta,
    )


def _compared(edition: Edition, line: Any) -> tuple[Status | None, float | None]:
    a, b = line.kind, line.kind_approved
    if a == Kind.NUMBER and b == Kind.NUMBER:
        unit = edition.units.get(line.unit)
        delta = float(line.number - line.number_approved)
        same = abs(delta) <= (unit.tolerance if unit else 0.0) + 1e-9
        return (None, None) if same else (Status.DIFFERS, round(delta, 9))
    if a in _NOT_COMPARABLE or b in _NOT_COMPARABLE:
        same = a == b and folded(str(line.raw)) == folded(str(line.raw_approved))
        return (None if same else Status.NOT_COMPARABLE), None
    return (None if a == b else Status.DIFFERS), None


def _row_differences(edition: Edition, line: Any) -> list[Difference]:
    found = []

    def differs(status: Status, column: int, ours: str, theirs: str, similarity: float | None = None) -> None:
        found.append(
            Difference(
                workbook_number=int(line.owner),
                status=status,
                table=line.table,
                sheet=line.sheet,
                cell=cell_name(int(line.row), int(column)) if column else None,
                key=line.key,
                code=line.code,
                name=line.name,
                year=None,
                workbook=ours or None,
                register=theirs or None,
                similarity=similarity,
            )
        )

    units = [edition.unit_of(text) or folded(text) for text in (line.unit_text, line.unit_approved)]
    if edition.units and line.unit_approved and units[0] != units[1]:
        differs(Status.UNIT_DIFFERS, line.column_unit, line.unit_text, line.unit_approved)
    if line.name_approved and not _same_name(edition, line):
        from rapidfuzz import fuzz

        similarity = round(fuzz.ratio(folded(line.name), folded(line.name_approved)), 1)
        differs(Status.WORDING_DIFFERS, line.column_name, line.name, line.name_approved, similarity)
    return found


def _same_name(edition: Edition, line: Any) -> bool:
    """Whether both say the same: the same text, or both the form's own with their industry in its place."""
    if folded(line.name) == folded(line.name_approved):
        return True
    typical = edition.typical[line.table].get(line.key)
    return typical is not None and all(same_wording(name, typical.name) for name in (line.name, line.name_approved))


def _content(kind: Kind, number: float, raw: object) -> object:
    """A value as a difference shows it: the number, «-», «да», the text as it stands, ``None`` for a blank."""
    if kind == Kind.NUMBER:
        return float(number)
    if kind == Kind.BLANK:
        return None
    return {Kind.DASH: "-", Kind.YES: "да", Kind.CROSS: "х"}.get(kind, str(raw))
