"""Submissions as data frames: one over the rows and one over the values of many workbooks together.

``rows`` has one line per table row, ``values`` one per value cell; every line of both carries
``workbook, sheet, row`` (and ``column``), so that any figure can be traced to its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xlkit.books.captions import NO_PERIOD
from xlkit.books.submission import Submission
from xlkit.books.tables import FoundTable, TableRow, same_wording
from xlkit.rules.edition import Edition
from xlkit.rules.model import Table, TypicalRow
from xlkit.values import Kind, Value, folded, parse_value

if TYPE_CHECKING:
    import pandas as pd


class RowRecord(NamedTuple):
    """A line of the rows frame. The ``column_…`` are the numbers of the columns, 0 where one is missing."""

    workbook: int
    table: str
    sheet: str
    row: int
    level: str
    code: str
    key: str
    parent: str
    assigned: bool
    name: str
    unit_text: str
    unit: str
    mode_text: str
    mode: str
    link_text: str
    link: str
    typical: bool
    declared: bool
    column_code: int
    column_unit: int
    column_mode: int
    column_link: int
    column_name: int


class CellRecord(NamedTuple):
    """A line of the values frame."""

    line: int
    workbook: int
    table: str
    sheet: str
    row: int
    column: int
    field: str
    period: int
    raw: object
    kind: Kind
    number: float | None
    value: Value
    formula: bool


_SIMILAR_NAME = 85
"""Rewordings of a typical measure seen in the sources score above 90, other measures below 75."""


@dataclass(frozen=True)
class Frames:
    """The rows and values of all workbooks of one edition.

    ``rows``: index 0…n-1; ``values.line`` points into it. ``values.value`` is the parsed
    :class:`~xlkit.values.Value`; ``kind`` and ``number`` repeat it for vectorised work. ``years`` holds the
    first year of each workbook.
    """

    edition: Edition
    rows: pd.DataFrame
    values: pd.DataFrame
    years: tuple[int, ...]
    files: tuple[str, ...]

    @property
    def workbooks(self) -> int:
        return len(self.files)

    def row(self, line: int) -> Any:
        """A line of the rows frame, its columns as attributes."""
        return self.rows.loc[line]


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The lines of a frame as named tuples; untyped, since pandas' stubs know nothing of columns."""
    return iter(frame.itertuples())


def build_frames(edition: Edition, submissions: Sequence[Submission]) -> Frames:
    """The frames of submissions of one edition, in their order."""
    import pandas as pd

    rows: list[RowRecord] = []
    values: list[CellRecord] = []
    for workbook, submission in enumerate(submissions):
        for found in submission.tables.values():
            _append(edition, workbook, found, rows, values)
    return Frames(
        edition=edition,
        rows=pd.DataFrame(rows, columns=list(RowRecord._fields)),
        values=_typed(pd.DataFrame(values, columns=list(CellRecord._fields))),
        years=tuple(s.first_year for s in submissions),
        files=tuple(s.file for s in submissions),
    )


def _typed(values: pd.DataFrame) -> pd.DataFrame:
    values["number"] = values["number"].astype(float)
    values["formula"] = values["formula"].astype(bool)
    return values


def _append(
    edition: Edition, workbook: int, found: FoundTable, rows: list[RowRecord], values: list[CellRecord]
) -> None:
    table = edition.book.tables[found.table]
    numbers = [found.columns.get((c, NO_PERIOD), 0) for c in ("code", "unit", "mode", "link", "name")]
    inputs = [
        (column, period, number)
        for (column, period), number in found.columns.items()
        if table.columns[column].kind not in ("code", "name", "unit", "mode", "link", "text")
    ]
    holders = {r.key.key.rpartition("/")[0] for r in found.rows if "/" in r.key.key}
    for row in found.rows:
        line = len(rows)
        cells = [
            CellRecord(
                line, workbook, found.table, found.sheet, row.row, number, column, period, raw,
                value.kind, value.number, value, (row.row, number) in found.formulas,
            )
            for column, period, number in inputs
            for raw in (row.cells[column, period],)
            for value in (parse_value(raw),)
        ]  # fmt: skip
        record = _row_record(edition, workbook, found, row, numbers)
        declared = _declared(table, edition, record, row.key.key in holders, cells)
        rows.append(record._replace(declared=declared))
        values.extend(cells)


def _row_record(edition: Edition, workbook: int, found: FoundTable, row: TableRow, numbers: list[int]) -> RowRecord:
    table = edition.book.tables[found.table]
    name, unit, mode, link = (row.text(column) for column in ("name", "unit", "mode", "link"))
    typical = edition.typical[found.table].get(row.key.key)
    same = typical is not None and _same_row(name, typical)
    return RowRecord(
        workbook=workbook,
        table=found.table,
        sheet=found.sheet,
        row=row.row,
        level=row.key.level,
        code=row.key.code,
        key=row.key.key,
        parent=row.key.parent,
        assigned=row.key.assigned,
        name=name,
        unit_text=unit,
        unit=edition.unit_of(unit) or "",
        mode_text=mode,
        mode=_mode(edition, table, mode, typical if same else None) or "",
        link_text=link,
        link=link.removesuffix("."),
        typical=same,
        declared=False,
        column_code=numbers[0],
        column_unit=numbers[1],
        column_mode=numbers[2],
        column_link=numbers[3],
        column_name=numbers[4],
    )


def _same_row(name: str, typical: TypicalRow) -> bool:
    """Whether a row still is the typical one: the same text, or close enough to be a rewording."""
    if same_wording(name, typical.name):
        return True
    from rapidfuzz import fuzz

    return bool(fuzz.ratio(folded(name), folded(typical.name)) >= _SIMILAR_NAME)


def _mode(edition: Edition, table: Table, text: str, typical: TypicalRow | None) -> str | None:
    """A row's mode: the table's, else what its cell says, else (cell empty) the typical row's."""
    if table.mode:
        return table.mode
    if not text and typical is not None:
        return typical.mode
    return edition.mode_of(text, table)


def _declared(table: Table, edition: Edition, row: RowRecord, holds_rows: bool, cells: Sequence[CellRecord]) -> bool:
    """Whether a row is to carry values: by its level and mode, or because something stands there already."""
    if any(c.kind is not Kind.BLANK and table.columns[c.field].kind == "value" for c in cells):
        return True
    typical = edition.typical[row.table].get(row.key)
    if typical is not None and typical.values and typical.level == row.level:
        return True
    carries = any(level.id == row.level and level.values for level in table.levels)
    return carries and (bool(row.mode_text) or not holds_rows)
