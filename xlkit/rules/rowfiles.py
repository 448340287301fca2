"""The CSV files beside a rule book: typical rows, units, and what of them needs no other file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from xlkit.rules.csvfile import CsvRow, read_csv
from xlkit.rules.mistakes import RuleBookError, problem
from xlkit.rules.model import Table, TypicalRow, Unit
from xlkit.texts import Text
from xlkit.values import folded

INDUSTRY = "{отрасль}"
YEARS = "{годы}"

_UNIT_COLUMNS = ("unit", "synonyms", "whole", "minimum", "maximum", "tolerance")
_ROW_COLUMNS = ("level", "code", "name", "values")
_MORE_ROW_COLUMNS = ("unit", "mode", "link")


class _Mistake(Exception):
    """A field that cannot be read; the caller knows its line."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


# --- rows -------------------------------------------------------------------------------------------------


def read_rows(path: Path, table: Table, tables: Iterable[Table]) -> list[tuple[int, TypicalRow]]:
    """Typical rows with the lines on which they stand; ``tables`` are all of the book, which may share a file."""
    modes = {other.mode_column for other in tables if other.rows == table.rows}
    required = (*_ROW_COLUMNS, *((table.mode_column,) if table_modes(table) else ()))
    rows = []
    for row in read_csv(path, required, {*_MORE_ROW_COLUMNS, *modes}):
        fields = row.fields
        typical = TypicalRow(
            level=fields["level"],
            code=fields["code"],
            name=fields["name"],
            unit=fields.get("unit", ""),
            mode=fields.get(table.mode_column, ""),
            link=fields.get("link", ""),
            values=_told(path, row, "values"),
        )
        rows.append((row.line, typical))
    return rows


def table_modes(table: Table) -> tuple[str, ...]:
    """The modes that rows of a table may have."""
    for column in table.columns.values():
        if column.kind == "mode":
            return column.modes
    return (table.mode,) if table.mode else ()


def keyed(table: Table, rows: Iterable[TypicalRow]) -> Iterator[tuple[str, TypicalRow]]:
    """Typical rows by their keys; a row of an inner level hangs under the last row above it that is not."""
    holder = ""
    inner = {level.id for level in table.levels if level.within}
    for row in rows:
        if row.level in inner:
            yield f"{holder}/{row.code}", row
        else:
            holder = row.code
            yield row.code, row


# --- units ------------------------------------------------------------------------------------------------


def read_units(path: Path) -> dict[str, Unit]:
    """Units by their names; raises RuleBookError also where two have a name in common."""
    units: dict[str, Unit] = {}
    said: dict[str, str] = {}
    for row in read_csv(path, _UNIT_COLUMNS, ()):
        unit = _unit(path, row)
        for name in dict.fromkeys(folded(n) for n in (unit.unit, *unit.synonyms)):
            if name in said:
                ru, en = f"«{name}» уже означает «{said[name]}»", f"{name!r} already means {said[name]!r}"
                raise RuleBookError([problem(path, row.line, ru, en)])
            said[name] = unit.unit
        units[unit.unit] = unit
    return units


def _unit(path: Path, row: CsvRow) -> Unit:
    fields = row.fields
    try:
        if not fields["unit"].strip():
            raise _Mistake(Text("единица не названа", "the unit has no name"))
        unit = Unit(
            unit=fields["unit"],
            synonyms=tuple(s for s in fields["synonyms"].split("|") if s.strip()),
            whole=_told(path, row, "whole"),
            minimum=_number(row, "minimum"),
            maximum=_number(row, "maximum"),
            tolerance=_number(row, "tolerance") or 0.0,
        )
        if unit.tolerance < 0:
            raise _Mistake(Text("«tolerance» меньше нуля", "tolerance is below zero"))
        if unit.minimum is not None and unit.maximum is not None and unit.minimum > unit.maximum:
            raise _Mistake(Text("«minimum» больше, чем «maximum»", "minimum is above maximum"))
    except _Mistake as mistake:
        raise RuleBookError([problem(path, row.line, mistake.text.ru, mistake.text.en)]) from mistake
    return unit


def _number(row: CsvRow, column: str) -> float | None:
    text = row.fields[column]
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        ru = f"«{column}»: нужно число с точкой, такое как 0.05, а стоит «{text}»"
        raise _Mistake(Text(ru, f"{column}: a number with a point such as 0.05 is needed, not {text!r}"))
    return number


def _told(path: Path, row: CsvRow, column: str) -> bool:
    """A column of yes and no; blank is no."""
    text = row.fields[column]
    if text not in ("yes", "no", ""):
        ru = f"«{column}»: нужно «yes» или «no», а стоит «{text}»"
        raise RuleBookError([problem(path, row.line, ru, f"{column}: yes / no is needed, not {text!r}")])
    return text == "yes"
