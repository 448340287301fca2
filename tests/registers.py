"""Registers made of drafts, in both kinds of store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from xlkit.demo.draft import Draft, approved_figures
from xlkit.rules.registered import Register
from xlkit.templates.registerbook import register_workbook

APPROVED_ON = "2026-03-02"
CLUSTER_FIELDS = ("id", "name", "kind", "industry", "region", "federal_district", "base_organisation",
                  "first_year", "status")  # fmt: skip
FIGURE_FIELDS = {"cluster_id": "cluster", "form": "form", "edition": "edition",
                 "parent_code": "parent", "code": "code", "name": "name",
                 "unit": "unit", "mode": "mode", "indicator": "link", "year": "year", "value": "value",
                 "approved_on": "approved_on"}  # fmt: skip


def register_of(drafts: Iterable[Draft]) -> Register:
    """A register that has approved all figures of these drafts."""
    every = list(drafts)
    figures = tuple(figure for draft in every for figure in approved_figures(draft, APPROVED_ON))
    return Register("made", tuple(draft.cluster for draft in every), figures)


def as_xlsx(register: Register, path: Path) -> str:
    path.write_bytes(register_workbook(register))
    return str(path)


def as_sqlite(register: Register, path: Path, value_type: str = "") -> str:
    """Tables and columns by their English names; ``value_type`` is the declared type of the values."""
    base = sqlite3.connect(path)
    base.execute(f"create table clusters ({', '.join(CLUSTER_FIELDS)}, emails)")
    marks = ", ".join("?" * (len(CLUSTER_FIELDS) + 1))
    for cluster in register.clusters:
        base.execute(
            f"insert into clusters values ({marks})",
            [*(getattr(cluster, name) for name in CLUSTER_FIELDS), " ".join(cluster.emails)],
        )
    for table in ("plan", "indicators", "actuals"):
        columns = ", ".join(f"{name} {value_type if name == 'value' else ''}" for name in FIGURE_FIELDS)
        base.execute(f"create table {table} ({columns})")
        rows = [[getattr(f, n) for n in FIGURE_FIELDS.values()] for f in register.figures if f.table == table]
        base.executemany(f"insert into {table} values ({', '.join('?' * len(FIGURE_FIELDS))})", rows)
    base.commit()
    base.close()
    return f"sqlite:///{path}"
