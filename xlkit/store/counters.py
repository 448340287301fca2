"""Opening a counter of the summary: the workbooks, clusters or figures that it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from xlkit.consolidate import ALL
from xlkit.store.explain import GROUPS, NO_ROW, Explainer, Opened
from xlkit.store.places import Tally
from xlkit.store.schema import RENAMED
from xlkit.texts import Text

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Counted:
    """A line of the intake that a counter counts; ``number``: how many errors, differences or findings it has."""

    cluster: str
    cluster_name: str
    form: str
    year: int
    quarter: int
    file: str | None
    standing: str
    deadline: str
    number: int | None
    note: Text | None


@dataclass(frozen=True)
class OpenedCounter:
    """What a counter shows (``None``: nothing), what it counts, and each of that.

    ``totals``: where it counts figures, of each year's total those that it counts.
    """

    shown: float | None
    tally: Tally
    lines: tuple[Counted, ...] = ()
    totals: tuple[Opened, ...] = ()


_EXPECTED = "f.expected AND f.standing IN ('accepted', 'with_findings', 'submitted_twice', 'not_submitted')"
_LINES = {
    "expected": (_EXPECTED, "NULL"),
    "received": (f"{_EXPECTED} AND f.standing <> 'not_submitted'", "NULL"),
    "refused": ("f.standing = 'refused'", "NULL"),
    "errors": ("f.errors > 0 AND f.standing NOT IN ('repeat', 'superseded')", "f.errors"),
    "differences": ("f.differences > 0", "f.differences"),
    "registered": (  # a line for each cluster of a form: the last one, as the summary has it
        "f.no = (SELECT max(o.no) FROM files o WHERE o.form = f.form AND o.cluster_key = f.cluster_key "
        "AND (o.expected OR o.standing <> 'refused'))",
        "NULL",
    ),
}
"""Which lines of the intake a counter counts, and what it counts in each; of another name it is a standing."""


def open_counter(database: duckdb.DuckDBPyConnection, sheet: str, row: int, column: int) -> OpenedCounter | None:
    """The counter that stands in a cell of the свод, ``None`` where none does. Rows and columns count from 1."""
    names = ", ".join(RENAMED.get(one.name, one.name) for one in fields(Tally))
    found = database.execute(
        f"SELECT shown, {names} FROM counters WHERE sheet = ? AND row_number = ? AND ? BETWEEN first_column AND "
        "last_column", [sheet, row, column],
    ).fetchone()  # fmt: skip
    if found is None:
        return None
    tally = Tally(*found[1:])
    if tally.key:
        return OpenedCounter(found[0], tally, totals=tuple(_figures(Explainer(database), tally)))
    return OpenedCounter(found[0], tally, tuple(_lines(database, tally)))


def _lines(database: duckdb.DuckDBPyConnection, tally: Tally) -> Iterable[Counted]:
    """The lines of the intake; of findings and the like those with the most first."""
    where, number, joined, values = _chosen(tally)
    if tally.form:
        where, values = f"{where} AND f.form = ?", [*values, tally.form]
    if tally.dimension != ALL:
        where, values = f"{where} AND f.{GROUPS[tally.dimension]} = ?", [*values, tally.group]
    if tally.what == "entered":
        years = f"SELECT a.year FROM files f {joined} WHERE {where} GROUP BY ALL ORDER BY count(*) DESC LIMIT 1"
        where, values = f"{where} AND a.year = ({years})", [*values, *values]
    rows = database.execute(
        "SELECT f.cluster, f.cluster_name, f.form, f.year, f.quarter, f.path, f.standing, f.deadline, "
        f"{number} AS number, f.note, f.note_en FROM files f {joined} WHERE {where} ORDER BY number DESC, f.no", values,
    ).fetchall()  # fmt: skip
    for row in rows:
        yield Counted(*(*row[:9], Text(row[9], row[10]) if row[9] else None))


def _chosen(tally: Tally) -> tuple[str, str, str, list[Any]]:
    """What lines are counted: the condition, the number in each, what is joined for it, and its values."""
    if tally.what in ("findings", "books"):
        return "m.rule = ? AND m.severity = ?", "m.count", "JOIN found m ON m.file = f.no", [tally.rule, tally.severity]
    if tally.what == "entered":  # their programmes may have other years: the year that most of them have
        return "a.table_id = ? AND a.quarter = 0", "NULL", "JOIN asked a ON a.file = f.no", [tally.table]
    where, number = _LINES.get(tally.what, (f"{_EXPECTED} AND f.standing = ?", "NULL"))
    return where, number, "", [] if tally.what in _LINES else [tally.what]


def _figures(explainer: Explainer, tally: Tally) -> Iterable[Opened]:
    """Of the totals of a row, year by year, the figures that are counted; none of a year without any."""
    wanted = tally.what.split(" ")
    for year, quarter in explainer.periods(tally.form, tally.table, tally.key):
        if quarter == tally.quarter and tally.year in (0, year):
            one = explainer.total(tally.form, tally.table, tally.key, (year, quarter))
            entries = tuple(e for e in one.entries if e.standing in wanted or (e.questioned and "questioned" in wanted))
            absent = tuple(gone for gone in one.absent if gone.why == NO_ROW and "absent" in wanted)
            if entries or absent:
                yield replace(one, entries=entries, absent=absent)
