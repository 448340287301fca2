"""A register of two clusters with all that people put into one, and the clusters' workbooks."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import openpyxl

from tests.filling import columns_of, rows_of
from xlkit.demo.draft import Draft, approved_figures
from xlkit.demo.made import made_clusters, made_draft
from xlkit.rules.registered import Deadline, Register
from xlkit.rules.registerspec import FIGURES
from xlkit.templates.build import build_workbook

Make = Callable[[str], str]
"""Makes the register anew in a kind of store; returns its source."""
STORES = ("xlsx", "sqlite", "postgres")
ODD = {
    ("3.1", 2026): "-",
    ("3.1", 2027): "да",
    ("3.1", 2028): "98 чел. «примерно»",
    ("6.1.1", 2026): "5",
    ("6.1.1", 2027): 0.1,
    ("6.1.1", 2028): 99_547_123_456.25,
    ("6.1.2", 2026): None,
    ("6.1.2", 2027): "’; DROP",
}
UMC = [{"no": "1", "industry": "Атомная отрасль", "federal_body": "", "key_employer": "ГК «Росатом»",
        "lead_organisation": "Ёж"}]  # fmt: skip


def drafts() -> list[Draft]:
    """Two clusters; the second one's id is as odd as ids may be."""
    first, second = made_clusters(2)
    odd = replace(second, id='ОПЦ – 007/"а" O\'Нил %s')
    return [made_draft(first), made_draft(odd)]


DRAFTS = drafts()


def made_register() -> Register:
    """The register of the two clusters as people might have filled it."""
    figures = [figure for draft in DRAFTS for figure in approved_figures(draft, "2026-03-02")]
    odd = DRAFTS[1].cluster.id
    figures = [
        replace(f, value=ODD[f.key, f.year]) if f.cluster == odd and f.table == "plan" and (f.key, f.year) in ODD else f
        for f in figures
    ]
    figures.sort(key=lambda f: FIGURES.index(f.table))  # as tables keep them
    deadlines = (Deadline("program_center", "план", "2026-03-01 18:00"),)
    return Register("made", tuple(draft.cluster for draft in DRAFTS), tuple(figures), deadlines)


REGISTER = made_register()
BOOKS = [build_workbook(draft.edition, draft.finish("")[0]) for draft in DRAFTS]


@dataclass(frozen=True)
class Edited:
    """A workbook of the first cluster, some of whose cells differ from the register."""

    path: Path
    cells: dict[tuple[str, int], str]


def edited(path: Path, values: dict[tuple[str, int], object]) -> Edited:
    """The first cluster's workbook with plan values changed, by row and year."""
    content, cells = _edited(tuple(values.items()))
    path.write_bytes(content)
    return Edited(path, cells)


@cache
def _edited(values: tuple[tuple[tuple[str, int], object], ...]) -> tuple[bytes, dict[tuple[str, int], str]]:
    workbook = openpyxl.load_workbook(io.BytesIO(BOOKS[0]))
    sheet = workbook["План"]
    header, columns = columns_of(sheet)
    rows = rows_of(sheet, header, columns["№ п/п"])
    cells = {}
    for (key, year), value in values:
        cell = sheet.cell(rows[key], columns[str(year)])
        cell.value = value
        cells[key, year] = cell.coordinate
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue(), cells
