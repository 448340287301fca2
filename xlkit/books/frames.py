"""Extracts as data frames: one over the rows and one over the values of many workbooks together.

``rows`` has one line per table row, ``values`` one per value cell; every line of both carries
``workbook, sheet, row`` (and ``column``), so that any figure can be traced to its cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from xlkit.books.extract import KINDS, Extract, Input, Places, RowRecord, TableExtract
from xlkit.rules.edition import Edition

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Frames:
    """The rows and values of all workbooks of one edition.

    ``rows``: index 0…n-1, ``workbook, table, sheet``, the fields of :class:`~xlkit.books.extract.RowRecord` and the
    numbers of the columns (``column_code`` …, 0 where one is missing). ``values``: ``line`` (which row), ``workbook,
    table, sheet, row, column, field, period``, the ``raw`` content, what :func:`~xlkit.values.parse_value` says of it
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


def build_frames(edition: Edition, extracts: Sequence[Extract]) -> Frames:
    """The frames of workbooks of one edition, in their order."""
    blocks = [
        _Block(workbook, name, table)
        for workbook, extract in enumerate(extracts)
        for name, table in extract.tables.items()
        if table.length
    ]
    return Frames(
        edition=edition,
        rows=_rows_frame(blocks),
        values=_values_frame(edition, blocks),
        years=tuple(one.first_year for one in extracts),
        files=tuple(one.file for one in extracts),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """A table of a workbook: neighbouring lines of both frames."""

    workbook: int
    name: str
    table: TableExtract


_WORDS = frozenset(("level", "unit", "mode"))
"""Fields that hold one of few words."""
_FLAGS = frozenset(("assigned", "typical", "declared"))


def _rows_frame(blocks: Sequence[_Block]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    lengths = np.array([one.table.length for one in blocks], dtype=int)
    columns: dict[str, Any] = {
        "workbook": np.repeat(np.array([one.workbook for one in blocks], dtype=int), lengths),
        "table": _repeated([one.name for one in blocks], lengths),
        "sheet": _repeated([one.table.sheet for one in blocks], lengths),
    }
    for place, name in enumerate(RowRecord._fields):
        content = chain.from_iterable(one.table.rows[place] for one in blocks)
        columns[name] = _column(name, content)
    for place, name in enumerate(Places._fields):
        numbers = np.array([one.table.places[place] for one in blocks], dtype=int)
        columns[f"column_{name}"] = np.repeat(numbers, lengths)
    return pd.DataFrame(columns)


def _column(name: str, content: Iterable[object]) -> Any:
    """A field of all rows; equal texts, which every workbook brings anew, become one."""
    import numpy as np
    import pandas as pd

    if name == "row":
        return np.array(list(content), dtype=int)
    if name in _FLAGS:
        return np.array(list(content), dtype=bool)
    known: dict[object, int] = {}
    codes = [known.setdefault(text, len(known)) for text in content]
    words = pd.Index(list(known), dtype=object)
    if name in _WORDS:
        return pd.Categorical.from_codes(codes, categories=words)
    return pd.Series(words.to_numpy()[np.array(codes, dtype=int)], dtype=object)


def _repeated(words: Sequence[str], lengths: Array) -> pd.Categorical:
    """A word per block as a word per line."""
    import numpy as np
    import pandas as pd

    known = {word: i for i, word in enumerate(dict.fromkeys(words))}
    codes = np.repeat(np.array([known[word] for word in words], dtype=int), lengths)
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(known), dtype=object))


def _values_frame(edition: Edition, blocks: Sequence[_Block]) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    tables = edition.book.tables
    fields = {name: i for i, name in enumerate(dict.fromkeys(c for t in tables.values() for c in t.columns))}
    widths = np.array([len(one.table.inputs) for one in blocks], dtype=int)
    rows = np.array([one.table.length for one in blocks], dtype=int)
    per_row, sizes = np.repeat(widths, rows), widths * rows
    placed = np.fromiter(chain.from_iterable(_row_numbers(one) for one in blocks), dtype=np.int64)
    patterns = _Patterns(fields)
    shared = [np.concatenate(parts) for parts in zip(*(patterns.of(one.table) for one in blocks), strict=True)]
    column, field, period = shared if blocks else [np.array([], dtype=int)] * 3
    raw = np.empty(int(sizes.sum()), dtype=object)
    raw[:] = list(chain.from_iterable(one.table.raw for one in blocks))

    def joined(name: str, dtype: Any) -> Array:
        return np.frombuffer(b"".join([getattr(one.table, name) for one in blocks]), dtype=dtype)

    def words(codes: Array, known: Iterable[str]) -> pd.Categorical:
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(known), dtype=object))

    return pd.DataFrame(
        {
            "line": np.repeat(np.arange(len(per_row)), per_row),
            "workbook": np.repeat(np.array([one.workbook for one in blocks], dtype=int), sizes),
            "table": _repeated([one.name for one in blocks], sizes),
            "sheet": _repeated([one.table.sheet for one in blocks], sizes),
            "row": np.repeat(placed, per_row),
            "column": column,
            "field": words(field, fields),
            "period": period,
            "raw": raw,
            "kind": words(joined("kinds", np.int8), KINDS),
            "number": joined("numbers", float),
            "plain": joined("plain", bool),
            "formula": joined("formulas", bool),
        }
    )


def _row_numbers(block: _Block) -> Sequence[int]:
    numbers: Sequence[Any] = block.table.rows[0]
    return numbers


class _Patterns:
    """The columns, fields and periods of a table's cells, row by row: nearly all workbooks have the same."""

    def __init__(self, fields: dict[str, int]) -> None:
        self._fields = fields
        self._known: dict[tuple[tuple[Input, ...], int], tuple[Array, Array, Array]] = {}

    def of(self, table: TableExtract) -> tuple[Array, Array, Array]:
        import numpy as np

        key = table.inputs, table.length
        if key not in self._known:
            columns = np.array([number for *_, number in table.inputs], dtype=np.int64)
            fields = np.array([self._fields[name] for name, *_ in table.inputs], dtype=np.int16)
            periods = np.array([period for _, period, _ in table.inputs], dtype=np.int64)
            self._known[key] = (
                np.tile(columns, table.length),
                np.tile(fields, table.length),
                np.tile(periods, table.length),
            )
        return self._known[key]
