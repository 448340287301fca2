"""Pandera schemas built from a rule book: every check is named by its rule id.

The frames hold parsed cells (see :mod:`xlkit.values`), so a text never hides another fault: cells are parsed
first and checked afterwards. One schema serves all workbooks of an edition in one ``validate(lazy=True)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from xlkit.rules.edition import Edition, table_modes
from xlkit.rules.relations import Outcome
from xlkit.values import Kind

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

Failing = Callable[["pd.DataFrame"], "pd.Series[bool]"]
"""For every line of a frame, whether it breaks the rule."""

CELL_COLUMNS = (
    "table", "kind", "number", "declared", "values", "never_falls", "unit", "before", "after_number", "future",
    "due", "plain",
)  # fmt: skip
ROW_COLUMNS = (
    "table", "declared", "unit_text", "unit", "usual_unit", "mode_text", "mode", "link", "column_unit", "column_mode",
    "column_link",
)  # fmt: skip
LINE_COLUMNS = ("relation", "outcome")


def cell_schema(edition: Edition) -> pa.DataFrameSchema:
    """Rules of single value cells (frame columns: ``CELL_COLUMNS``)."""
    return _schema(_cell_rules(edition), CELL_COLUMNS)


def row_schema(edition: Edition) -> pa.DataFrameSchema:
    """Rules of a row's unit, mode and link (frame columns: ``ROW_COLUMNS``)."""
    return _schema(_row_rules(edition), ROW_COLUMNS)


def line_schema(edition: Edition) -> pa.DataFrameSchema:
    """Rules of relation lines (frame columns: ``LINE_COLUMNS``); one check per relation."""
    return _schema(_line_rules(edition), LINE_COLUMNS)


def broken(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> Iterator[tuple[str, pd.Index]]:
    """Validate once, lazily: (rule id, index of the lines that break it). A bug in a check is raised."""
    import pandera.pandas as pa

    if frame.empty:
        return
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for error in errors.schema_errors:
            if error.check_output is None:
                raise
            failed = ~error.check_output
            yield str(error.check.name), failed.index[failed]


def _schema(rules: Iterator[tuple[str, Failing]], columns: tuple[str, ...]) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    def check(rule: str, failing: Failing) -> pa.Check:
        return pa.Check(lambda frame: ~failing(frame), name=rule, ignore_na=False)

    return pa.DataFrameSchema(
        columns={name: pa.Column(nullable=True) for name in columns},
        checks=[check(rule, failing) for rule, failing in rules],
        unique_column_names=True,
    )


def _cell_rules(edition: Edition) -> Iterator[tuple[str, Failing]]:
    whole = [u.unit for u in edition.units.values() if u.whole]
    lows = {u.unit: u.minimum for u in edition.units.values() if u.minimum is not None}
    highs = {u.unit: u.maximum for u in edition.units.values() if u.maximum is not None}

    def is_kind(*kinds: Kind) -> Failing:
        return lambda f: f["kind"].isin(kinds) & f["declared"]

    def number(f: pd.DataFrame) -> pd.Series[bool]:
        return (f["kind"] == Kind.NUMBER) & f["declared"]

    def numeric(f: pd.DataFrame) -> pd.Series[bool]:
        return f["values"] != "flag"

    converted = (Kind.NUMBER, Kind.DASH, Kind.YES, Kind.CROSS)

    yield "V-101", lambda f: (f["kind"] == Kind.BLANK) & f["declared"] & f["due"] & ~f["after_number"]
    yield "V-102", lambda f: is_kind(Kind.TEXT)(f) & numeric(f) & f["plain"]
    yield "V-103", lambda f: is_kind(Kind.AMBIGUOUS)(f) & numeric(f)
    yield "V-104", lambda f: is_kind(Kind.DATE)(f) & numeric(f)
    yield "V-105", is_kind(Kind.ERROR)
    yield "V-106", is_kind(Kind.UNCACHED)
    yield "V-107", lambda f: number(f) & f["unit"].isin(whole) & ((f["number"] - f["number"].round()).abs() > 1e-9)
    yield "V-108", lambda f: number(f) & (f["number"] < f["unit"].map(lows).astype(float))
    yield "V-109", lambda f: number(f) & (f["number"] > f["unit"].map(highs).astype(float))
    yield "V-110", lambda f: is_kind(Kind.NUMBER, Kind.TEXT, Kind.AMBIGUOUS, Kind.DATE)(f) & ~numeric(f)
    yield "V-111", lambda f: is_kind(Kind.YES)(f) & (f["values"] == "number")
    yield "V-112", lambda f: number(f) & f["never_falls"] & (f["number"] < f["before"] - 1e-9)
    yield "V-113", lambda f: is_kind(Kind.DASH)(f) & f["never_falls"] & f["after_number"]
    yield "V-114", lambda f: is_kind(Kind.BLANK)(f) & f["due"] & f["after_number"]
    yield "V-117", lambda f: number(f) & f["future"]
    yield "V-119", lambda f: is_kind(Kind.CROSS)(f) & ~f["future"] & f["due"]
    yield "V-120", lambda f: is_kind(*converted)(f) & ~f["plain"]
    yield "V-127", lambda f: number(f) & (f["unit"] == "%") & (f["number"] > 0) & (f["number"] <= 1)
    yield "V-129", lambda f: is_kind(Kind.TEXT)(f) & numeric(f) & ~f["plain"]  # a note on a text: too large a number


def _row_rules(edition: Edition) -> Iterator[tuple[str, Failing]]:
    tables = edition.book.tables
    kinds = {kind: [n for n, t in tables.items() if any(c.kind == kind for c in t.columns.values())] for kind in
             ("unit", "mode", "link")}  # fmt: skip
    links = {
        name: {r.code for r in edition.rows[c.to]}
        for name, table in tables.items()
        for c in table.columns.values()
        if c.kind == "link"
    }
    known = set().union(*links.values()) if links else set()
    without_total = [m for m, mode in edition.book.modes.items() if mode.total in ("none", "once")]

    def of(kind: str) -> Failing:
        return lambda f: f["table"].isin(kinds[kind]) & f["declared"] & (f[f"column_{kind}"] > 0)

    yield "V-121", lambda f: of("unit")(f) & (f["unit_text"] == "")
    yield "V-122", lambda f: of("unit")(f) & (f["unit_text"] != "") & (f["unit"] == "")
    yield "V-123", lambda f: of("unit")(f) & (f["unit"] != "") & ~f["usual_unit"]
    yield "V-124", lambda f: of("mode")(f) & (f["mode_text"] == "")
    yield "V-125", lambda f: of("mode")(f) & (f["mode_text"] != "") & (f["mode"] == "")
    yield "V-126", lambda f: of("link")(f) & (f["link"] != "") & ~f["link"].isin(known)
    yield "V-128", lambda f: of("link")(f) & f["link"].isin(known) & f["mode"].isin(without_total)


def _line_rules(edition: Edition) -> Iterator[tuple[str, Failing]]:
    for relation in edition.book.relations:
        yield relation.id, _breaks(relation.id)


def _breaks(relation: str) -> Failing:
    return lambda f: (f["relation"] == relation) & (f["outcome"] == Outcome.BROKEN)


def modes_said(edition: Edition, table: str) -> str:
    """The captions of a table's modes, as a list for a person."""
    return ", ".join(f"«{edition.mode(m).caption}»" for m in table_modes(edition.book.tables[table]))
