"""Show every non-empty cell of any workbook as the guard and the reader see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from xlkit.address import cell_name
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.errors import FileRefused
from xlkit.isolation.pool import read_one
from xlkit.settings import read_settings
from xlkit.texts import Text
from xlkit.values import ExcelError, Uncached


@dataclass(frozen=True)
class SeenCell:
    """A non-empty cell. ``kind``: number, text, bool, date, error or formula_without_value."""

    cell: str
    kind: str
    value: object


@dataclass(frozen=True)
class SeenSheet:
    name: str
    state: str
    cells: tuple[SeenCell, ...]


@dataclass(frozen=True)
class CellsResult:
    """A file as it was read; ``verdict`` is ``read`` or ``refused`` (then ``refusal`` and ``rule`` say why)."""

    file: str
    verdict: str
    refusal: Text | None
    rule: str | None
    sheets: tuple[SeenSheet, ...]


def cells(file: str | Path) -> CellsResult:
    """Read any workbook, ours or not, in a process of its own; never raises for what is wrong with it."""
    try:
        workbook = read_one(str(file), limits=read_settings().limits)
    except FileRefused as refused:
        return CellsResult(str(file), "refused", refused.text, refused.rule, ())
    return CellsResult(str(file), "read", None, None, seen_sheets(workbook))


def seen_sheets(workbook: RawWorkbook) -> tuple[SeenSheet, ...]:
    """The sheets of a workbook that has been read already."""
    return tuple(SeenSheet(s.name, s.state, tuple(_cells_of(s))) for s in workbook.sheets)


def _cells_of(sheet: RawSheet) -> list[SeenCell]:
    return [
        SeenCell(cell_name(r, c), *_seen(raw))
        for r, row in enumerate(sheet.grid, start=1)
        for c, raw in enumerate(row, start=1)
        if raw is not None
    ]


def _seen(raw: object) -> tuple[str, object]:
    if isinstance(raw, bool):
        return "bool", raw
    if isinstance(raw, (int, float)):
        return "number", raw
    if isinstance(raw, ExcelError):
        return "error", raw.code
    if isinstance(raw, Uncached):
        return "formula_without_value", raw.formula
    if isinstance(raw, (dt.date, dt.time)):
        return "date", raw.isoformat()
    return ("date", str(raw)) if isinstance(raw, dt.timedelta) else ("text", str(raw))
