"""Submissions as data frames: one over the rows and one over the values of many workbooks together.

``rows`` has one line per table row, ``values`` one per value cell; every line of both carries
``workbook, sheet, row`` (and ``column``), so that any figure can be traced to its cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from xlkit.books.captions import NO_PERIOD
from xlkit.books.submission import Submission
from xlkit.books.tables import FoundTable, TableRow, same_wording
from xlkit.rules.edition import Edition
from xlkit.rules.model import Table, TypicalRow
from xlkit.values import Kind, folded, parse_value

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

Input = tuple[str, int, int]
"""A column of values: its id, its period, its number."""


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


_SIMILAR_NAME = 85
"""Rewordings of a typical measure seen in the sources score above 90, other measures below 75."""


@dataclass(frozen=True)
class Frames:
    """The rows and values of all workbooks of one edition.

    ``rows``: index 0…n-1, columns as in :class:`RowRecord`. ``values``: ``line`` (which row), ``workbook, table,
    sheet, row, column, field, period``, the ``raw`` content, what :func:`~xlkit.values.parse_value` says of it
    (``kind, number, plain``), and whether the cell holds a ``formula``. Columns of few words are categorical, other
    texts objects: hundreds of workbooks say the same. ``years`` holds the first year of each workbook.
    """

    edition: Edition
    rows: pd.DataFrame
    values: pd.DataFrame
    years: tuple[int, ...]
    files: tuple[str, ...]

    @property
    def workbooks(self) -> int:
        return len(self.files)

    @cached_property
    def inputs(self) -> Array:
        """Which of the values stand in columns that a person fills."""
        import numpy as np

        is_input: Array = np.zeros(len(self.values), dtype=bool)
        for name, table in self.edition.book.tables.items():
            fields = [field for field, column in table.columns.items() if column.kind == "value"]
            is_input |= ((self.values["table"] == name) & self.values["field"].isin(fields)).to_numpy()
        return is_input

    def row(self, line: int) -> Any:
        """A line of the rows frame, its columns as attributes."""
        return self.rows.loc[line]


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """The lines of a frame as named tuples; untyped, since pandas' stubs know nothing of columns."""
    return iter(frame.itertuples())


def build_frames(edition: Edition, submissions: Sequence[Submission]) -> Frames:
    """The frames of submissions of one edition, in their order."""
    rows: list[RowRecord] = []
    cells = _Cells(edition)
    for workbook, submission in enumerate(submissions):
        for found in submission.tables.values():
            _append(edition, workbook, found, rows, cells)
    return Frames(
        edition=edition,
        rows=_rows_frame(rows),
        values=cells.frame(),
        years=tuple(s.first_year for s in submissions),
        files=tuple(s.file for s in submissions),
    )


_WORDS = frozenset(("table", "sheet", "level", "unit", "mode"))
"""Columns of the rows frame that hold one of few words."""


def _rows_frame(rows: list[RowRecord]) -> pd.DataFrame:
    import pandas as pd

    columns = zip(*rows, strict=True) if rows else [()] * len(RowRecord._fields)
    return pd.DataFrame(
        {
            name: pd.Series(content, dtype=_dtype(name)) if name not in _WORDS else _categories(content)
            for name, content in zip(RowRecord._fields, columns, strict=True)
        }
    )


_FLAGS = frozenset(("assigned", "typical", "declared"))


def _dtype(name: str) -> type:
    if name in _FLAGS:
        return bool
    return int if name in ("workbook", "row") or name.startswith("column_") else object


def _categories(content: Sequence[str]) -> pd.Categorical:
    import pandas as pd

    known = {word: i for i, word in enumerate(dict.fromkeys(content))}
    return pd.Categorical.from_codes([known[word] for word in content], categories=pd.Index(list(known), dtype=object))


class _Cells:
    """The values frame in the making: of every table its raw contents row by row, and what they share once."""

    def __init__(self, edition: Edition) -> None:
        tables = edition.book.tables
        self._tables = {name: i for i, name in enumerate(tables)}
        self._fields = {name: i for i, name in enumerate(dict.fromkeys(c for t in tables.values() for c in t.columns))}
        self._sheets: dict[str, int] = {}
        self._raw: list[object] = []
        self._parts: dict[str, list[Array]] = {name: [] for name in _SHARED}

    def add(self, workbook: int, found: FoundTable, inputs: Sequence[Input], line: int) -> None:
        """The cells of a table whose first row is ``line`` of the rows frame."""
        import numpy as np

        count, width = len(found.rows), len(inputs)
        if not count or not width:
            return
        places = [found.rows[0].places[column, period] for column, period, _ in inputs]
        for row in found.rows:
            contents = row.contents
            self._raw += [contents[place] for place in places]
        columns = np.array([number for *_, number in inputs], dtype=np.int64)
        placed = np.array([row.row for row in found.rows], dtype=np.int64)
        parts: dict[str, Array] = {
            "line": np.repeat(np.arange(line, line + count), width),
            "row": np.repeat(placed, width),
            "column": np.tile(columns, count),
            "field": np.tile(np.array([self._fields[name] for name, *_ in inputs], dtype=np.int16), count),
            "period": np.tile(np.array([period for _, period, _ in inputs], dtype=np.int64), count),
            "workbook": np.full(count * width, workbook),
            "table": np.full(count * width, self._tables[found.table], dtype=np.int16),
            "sheet": np.full(count * width, self._sheets.setdefault(found.sheet, len(self._sheets)), dtype=np.int32),
            "formula": _hold_formulas(found.formulas, placed, columns),
        }
        for name, part in parts.items():
            self._parts[name].append(part)

    def frame(self) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        whole = {name: np.concatenate(parts) if parts else np.array([], int) for name, parts in self._parts.items()}
        kinds, numbers, plain = parsed_values(self._raw)
        raw = np.empty(len(self._raw), dtype=object)
        raw[:] = self._raw

        def words(codes: Array, known: Iterable[str]) -> pd.Categorical:
            return pd.Categorical.from_codes(codes, categories=pd.Index(list(known), dtype=object))

        return pd.DataFrame(
            {
                "line": whole["line"],
                "workbook": whole["workbook"],
                "table": words(whole["table"], self._tables),
                "sheet": words(whole["sheet"], self._sheets),
                "row": whole["row"],
                "column": whole["column"],
                "field": words(whole["field"], self._fields),
                "period": whole["period"],
                "raw": raw,
                "kind": words(kinds, KINDS),
                "number": numbers,
                "plain": plain,
                "formula": whole["formula"].astype(bool),
            }
        )


_SHARED = ("line", "workbook", "table", "sheet", "row", "column", "field", "period", "formula")


def _hold_formulas(formulas: Set[tuple[int, int]], rows: Array, columns: Array) -> Array:
    """Which cells, row by row, hold a formula."""
    import numpy as np

    if not formulas:
        return np.zeros(len(rows) * len(columns), dtype=bool)
    return np.array([(row, column) in formulas for row in rows.tolist() for column in columns.tolist()], dtype=bool)


def parsed_values(contents: Sequence[object]) -> tuple[Array, Array, Array]:
    """Raw contents parsed: the kinds (numbers in :data:`KINDS`), the numbers (NaN for none), whether they are plain."""
    import numpy as np

    kinds, numbers, plain = [], [], []
    for raw in contents:
        if raw is None:
            kinds.append(_BLANK)
            numbers.append(_NO_NUMBER)
            plain.append(True)
            continue
        value = parse_value(raw)
        kinds.append(_KIND_CODES[value.kind])
        numbers.append(_NO_NUMBER if value.number is None else value.number)
        plain.append(value.note is None)
    return np.array(kinds, dtype=np.int8), np.array(numbers, dtype=float), np.array(plain, dtype=bool)


KINDS = tuple(Kind)
_KIND_CODES = {kind: i for i, kind in enumerate(KINDS)}
_BLANK = _KIND_CODES[Kind.BLANK]
_NO_NUMBER = float("nan")


def _append(edition: Edition, workbook: int, found: FoundTable, rows: list[RowRecord], cells: _Cells) -> None:
    table = edition.book.tables[found.table]
    numbers = [found.columns.get((c, NO_PERIOD), 0) for c in ("code", "unit", "mode", "link", "name")]
    inputs = [
        (column, period, number)
        for (column, period), number in found.columns.items()
        if table.columns[column].kind not in ("code", "name", "unit", "mode", "link", "text")
    ]
    filled = [place for place, key in enumerate(found.columns) if table.columns[key[0]].kind == "value"]
    holders = {r.key.key.rpartition("/")[0] for r in found.rows if "/" in r.key.key}
    cells.add(workbook, found, inputs, len(rows))
    for row in found.rows:
        record = _row_record(edition, workbook, found, row, numbers)
        is_filled = any((raw := row.contents[place]) is not None and not _is_blank(raw) for place in filled)
        declared = _declared(table, edition, record, row.key.key in holders, is_filled)
        rows.append(record._replace(declared=declared) if declared else record)


def _is_blank(raw: object) -> bool:
    return parse_value(raw).kind is Kind.BLANK


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


def _declared(table: Table, edition: Edition, row: RowRecord, holds_rows: bool, is_filled: bool) -> bool:
    """Whether a row is to carry values: by its level and mode, or because something stands there already."""
    if is_filled:
        return True
    typical = edition.typical[row.table].get(row.key)
    if typical is not None and typical.values and typical.level == row.level:
        return True
    carries = any(level.id == row.level and level.values for level in table.levels)
    return carries and (bool(row.mode_text) or not holds_rows)
