"""The tables of a register as records, whatever it is kept in: an .xlsx file, SQLite, another database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.reader import read_workbook
from xlkit.errors import FileRefused
from xlkit.limits import Limits
from xlkit.register.places import unusable
from xlkit.rules.registerspec import RegisterColumn, register_spec
from xlkit.texts import Text
from xlkit.values import as_text, folded, of_each, squeezed

_HEADER_ROWS = 40


class Record(NamedTuple):
    """One record: its row in the sheet (or its number in the table), its contents, where which column stands."""

    number: int
    contents: Sequence[Any]
    places: Mapping[str, int]

    def get(self, name: str) -> Any:
        """The raw content of a column; ``None`` where the column is missing."""
        at = self.places.get(name)
        return None if at is None else self.contents[at]

    def text(self, name: str) -> str:
        """A column as squeezed text."""
        return _text(self.get(name))


@dataclass(frozen=True)
class Records:
    """The records of a table, column by column: of tens of thousands each column is understood as a whole.

    ``numbers`` are their rows in the sheet, or their numbers in the table; ``columns`` the raw contents.
    """

    numbers: Sequence[int] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Record]:
        places = {name: at for at, name in enumerate(self.columns)}
        return map(Record, self.numbers, zip(*self.columns.values(), strict=True), repeat(places))

    def contents(self, name: str) -> Sequence[Any]:
        """The raw contents of a column; ``None`` for each record where the column is missing."""
        return self.columns[name] if name in self.columns else [None] * len(self)

    def at(self, places: Sequence[int]) -> Records:
        """The records at some places, in their order."""
        columns = {name: [contents[at] for at in places] for name, contents in self.columns.items()}
        return Records([self.numbers[at] for at in places], columns)

    def texts(self, name: str) -> list[str]:
        """A column as squeezed texts."""
        return of_each(_text, self.contents(name))


def _text(raw: Any) -> str:
    return squeezed(raw if type(raw) is str else as_text(raw))


@dataclass(frozen=True)
class Layout:
    """What a table is called where it is kept, and its columns there: numbers in a sheet, names in a database.

    ``last`` is the last row of a sheet that holds anything.
    """

    name: str
    columns: Mapping[str, Any]
    last: int = 0


@dataclass(frozen=True)
class Tables:
    """The tables of a register that were asked for and are there. ``source`` names it without any password.

    ``sha256`` and ``kind`` are of an .xlsx file (or .xls, .ods), ``sheet_names`` all of its sheets.
    """

    source: str
    records: dict[str, Records]
    layouts: dict[str, Layout]
    sheets: bool
    sha256: str = ""
    kind: str = ""
    sheet_names: tuple[str, ...] = field(default=())

    def place(self, table: str, number: int) -> Text:
        """Where the record of a number stands, for a person."""
        if self.sheets:
            name = register_spec().sheets[table]
            return Text(f"лист «{name}», строка {number}", f"sheet «{name}», row {number}")
        return Text(f"таблица {table}, запись {number}", f"table {table}, record {number}")


LIMITS = Limits(expanded_mb=2048, cells=25_000_000)
"""A register is its keeper's own file and may be as long as a sheet can be."""


def column_names(table: str) -> dict[str, str]:
    """A table's columns by everything that names them: their English names, their captions, other captions."""
    columns: Mapping[str, RegisterColumn] = register_spec().columns_of(table)
    return {folded(text): name for name, c in columns.items() for text in (name, *c.also, c.caption)}


def check_columns(source: str, table: str, present: Collection[str]) -> None:
    """Raise XlkitError where a required column is missing."""
    spec = register_spec()
    for name, column in spec.columns_of(table).items():
        if column.required and name not in present:
            ru = f"на листе «{spec.sheets[table]}» нет столбца «{column.caption}»"
            raise unusable(source, ru, f"the table «{spec.sheets[table]}» ({table}) has no column «{name}»")


def read_sheets(path: Path, wanted: Collection[str]) -> Tables:
    """The wanted tables of an .xlsx file; raises XlkitError."""
    spec = register_spec()
    try:
        workbook = read_workbook(path, [spec.sheets[table] for table in wanted], LIMITS)
    except FileRefused as refused:
        raise unusable(str(path), refused.text.ru, refused.text.en) from refused
    return _tables_of(workbook, str(path), wanted)


def _tables_of(workbook: RawWorkbook, source: str, wanted: Collection[str]) -> Tables:
    records: dict[str, Records] = {}
    layouts: dict[str, Layout] = {}
    for table, name in register_spec().sheets.items():
        sheets = workbook.named(name) if table in wanted else []
        if sheets:
            header, columns = _header(sheets[0], column_names(table))
            check_columns(source, table, columns)
            records[table] = _sheet_records(sheets[0], header, columns)
            layouts[table] = Layout(sheets[0].name, columns, len(sheets[0].grid))
    return Tables(source, records, layouts, True, workbook.sha256, workbook.kind, workbook.sheet_names)


def _sheet_records(sheet: RawSheet, header: int, places: Mapping[str, int]) -> Records:
    rows, width = sheet.grid[header:], max(places.values(), default=0)
    rows = [row if len(row) >= width else [*row, *repeat(None, width - len(row))] for row in rows]
    contents = list(zip(*rows, strict=False)) or [()] * width
    columns = {name: contents[column - 1] for name, column in places.items()}
    empty = set(range(len(rows)))
    for column in columns.values():
        empty = {at for at in empty if (raw := column[at]) is None or not as_text(raw).strip()}
    numbers = range(header + 1, header + 1 + len(rows))
    records = Records(numbers, columns)
    return records.at([at for at in range(len(rows)) if at not in empty]) if empty else records


def _header(sheet: RawSheet, names: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(1, min(len(sheet.grid), _HEADER_ROWS) + 1):
        places: dict[str, int] = {}
        for column, content in enumerate(sheet.grid[row - 1], start=1):
            name = names.get(folded(as_text(content)))
            if name is not None:
                places.setdefault(name, column)
        if len(places) > len(best[1]):
            best = row, places
    return best
