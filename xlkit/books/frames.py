"""Submissions as data frames: one over the rows and one over the values of many workbooks together.

``rows`` has one line per table row, ``values`` one per value cell; every line of both carries
``workbook, sheet, row`` (and ``column``), so that any figure can be traced to its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.books.submission import Submission
from xlkit.books.tables import NO_PERIOD, FoundTable, same_wording
from xlkit.rules.edition import Edition
from xlkit.rules.model import Table, TypicalRow
from xlkit.values import Kind, Value, folded, parse_value

if TYPE_CHECKING:
    import pandas as pd

ROW_FIELDS = (
    "workbook", "table", "sheet", "row", "level", "code", "key", "parent", "assigned", "name", "unit_text", "unit",
    "mode_text", "mode", "link_text", "link", "typical", "declared", "column_code", "column_unit", "column_mode",
    "column_link", "column_name",
)  # fmt: skip
VALUE_FIELDS = (
    "line", "workbook", "table", "sheet", "row", "column", "field", "period", "raw", "kind", "number", "value",
    "formula",
)  # fmt: skip

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

    rows: list[tuple[Any, ...]] = []
    values: list[tuple[Any, ...]] = []
    for workbook, submission in enumerate(submissions):
        for found in submission.tables.values():
            _append(edition, workbook, found, rows, values)
    return Frames(
        edition=edition,
        rows=pd.DataFrame(rows, columns=list(ROW_FIELDS)),
        values=_typed(pd.DataFrame(values, columns=list(VALUE_FIELDS))),
        years=tuple(s.first_year for s in submissions),
        files=tuple(s.file for s in submissions),
    )


def _typed(values: pd.DataFrame) -> pd.DataFrame:
    values["number"] = values["number"].astype(float)
    values["formula"] = values["formula"].astype(bool)
    return values


def _append(
    edition: Edition, workbook: int, found: FoundTable, rows: list[tuple[Any, ...]], values: list[tuple[Any, ...]]
) -> None:
    table = edition.book.tables[found.table]
    typical_rows = edition.typical[found.table]
    columns = [found.columns.get((c, NO_PERIOD), 0) for c in ("code", "unit", "mode", "link", "name")]
    inputs = [
        (column, period, number)
        for (column, period), number in found.columns.items()
        if table.columns[column].kind not in ("code", "name", "unit", "mode", "link", "text")
    ]
    holders = {r.key.key.rpartition("/")[0] for r in found.rows if "/" in r.key.key}
    for row in found.rows:
        typical = typical_rows.get(row.key.key)
        unit_text, mode_text, link_text = row.text("unit"), row.text("mode"), row.text("link")
        same = typical is not None and _same_row(row.text("name"), typical)
        line = len(rows)
        cells = [(column, period, number, row.cells[column, period]) for column, period, number in inputs]
        parsed = [parse_value(raw) for *_, raw in cells]
        mode = _mode(edition, table, mode_text, typical if same else None)
        rows.append(
            (
                workbook, found.table, found.sheet, row.row, row.key.level, row.key.code, row.key.key,
                row.key.parent, row.key.assigned, row.text("name"), unit_text, edition.unit_of(unit_text) or "", mode_text, mode or "", link_text,
                link_text.removesuffix("."), same,
                _declared(table, row.key.level, typical, mode_text, row.key.key in holders, cells, parsed), *columns,
            )
        )  # fmt: skip
        for (column, period, number, raw), value in zip(cells, parsed, strict=True):
            formula = (row.row, number) in found.formulas
            values.append(
                (
                    line, workbook, found.table, found.sheet, row.row, number, column, period, raw,
                    value.kind, value.number, value, formula,
                )
            )  # fmt: skip


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


def _declared(
    table: Table,
    level: str,
    typical: TypicalRow | None,
    mode_text: str,
    holds_rows: bool,
    cells: list[tuple[str, int, int, object]],
    parsed: list[Value],
) -> bool:
    """Whether a row is to carry values: by its level and mode, or because something stands there already."""
    computed = {name for name, column in table.columns.items() if column.kind != "value"}
    filled = any(
        v.kind is not Kind.BLANK for (column, *_), v in zip(cells, parsed, strict=True) if column not in computed
    )
    if filled or (typical is not None and typical.values and typical.level == level):
        return True
    carries = any(one.id == level and one.values for one in table.levels)
    return carries and (bool(mode_text) or not holds_rows)
