"""What the store holds, as data frames: files, rows, cells, what is counted, totals, findings, places in the свод.

Everything is gathered column by column; nothing is written value by value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_position
from xlkit.consolidate import COUNTS, SAYS_WHAT, Counted, IntakeLine, Part, Terms, Total
from xlkit.finding import Finding, Severity
from xlkit.reconcile import Difference
from xlkit.rules.edition import Edition
from xlkit.store.places import ListedTotals, Places
from xlkit.texts import figure
from xlkit.values import Kind, as_text, cluster_key

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

Frame = dict[str, Any]
"""Columns by name, as a data frame takes them."""


@dataclass(frozen=True)
class Contents:
    """What a store is made of. ``findings`` are those of the files that enter the свод, by file.

    ``differences``: of the same files, where the register contradicts them.
    """

    intake: Sequence[IntakeLine]
    parts: Sequence[Part]
    counted: Counted
    totals: Sequence[Total]
    findings: Mapping[str, Sequence[Finding]]
    differences: Mapping[str, Sequence[Difference]]


def frames_of(contents: Contents) -> Iterator[tuple[str, Frame]]:
    """The tables of a store by name, each possibly in several pieces of the same columns."""
    files = {line.file: i for i, line in enumerate(contents.intake, start=1) if line.file}
    offsets = _offsets(contents.parts)
    yield "files", _files(contents)
    for part, offset in zip(contents.parts, offsets, strict=True):
        yield "rows", _rows(part, offset, files)
        yield "cells", _cells(part, offset)
    begins = {id(part): offset for part, offset in zip(contents.parts, offsets, strict=True)}
    for terms in contents.counted.terms:
        yield "asked", _asked(terms, files)
        yield "entries", _entries(terms, begins[id(terms.part)], files)
    yield "totals", _totals(contents.totals)
    yield "remarks", _remarks(contents.findings, files)
    yield "differences", _differences(contents.differences, files)


def frames_of_places(contents: Contents, places: Places) -> Iterator[tuple[str, Frame]]:
    """Where the figures stand in the свод."""
    offsets = _offsets(contents.parts)
    yield "sums", _columns(("sheet", "row_number", "column_number", "total"), places.sums)
    for totals in places.totals:
        yield "sums", _listed_totals(totals)
    for listed in places.lists:
        for block in listed.rows:
            yield "listed", _listed(listed.sheet, block.first, block.lines + offsets[block.part])
    yield "listed_columns", _listed_columns(places)


# --- files ------------------------------------------------------------------------------------------------


def _files(contents: Contents) -> Frame:
    known = {}
    for part in contents.parts:
        for number, file in enumerate(part.frames.files):
            known[file] = part.edition, part.digests[number], part.speaks[number]
    return _columns(_FILE, (_file(i, line, known.get(line.file or "")) for i, line in enumerate(contents.intake, 1)))


_FILE = (
    "no", "path", "sha256", "cluster", "cluster_key", "cluster_name", "industry", "district", "region", "form",
    "edition", "rules", "year", "quarter", "standing", "enters", "speaks", "expected", "deadline", "errors", "warnings",
    "note", "note_en",
)  # fmt: skip


def _file(number: int, line: IntakeLine, read: tuple[Edition, str, bool] | None) -> tuple[object, ...]:
    whose, note = line.passport, line.note
    edition, digest, speaks = read or (None, None, False)
    return (
        number, line.file, digest, whose.id, cluster_key(whose.id), whose.name, whose.industry, whose.district,
        whose.region, line.form, edition.book.edition if edition else None, edition.digest if edition else None,
        line.period.year if line.period else 0, line.period.quarter if line.period else 0, line.standing.value,
        line.standing.enters and line.file is not None, speaks, line.expected, line.deadline, line.errors,
        line.warnings, note.ru if note else None, note.en if note else None,
    )  # fmt: skip


# --- rows and cells ---------------------------------------------------------------------------------------


def _offsets(parts: Sequence[Part]) -> list[int]:
    """Where the rows of each part begin when all are numbered through, from 1."""
    offsets, begins = [], 1
    for part in parts:
        offsets.append(begins)
        begins += len(part.frames.rows)
    return offsets


def _entering(part: Part, workbooks: Array) -> Array:
    """Which lines of a frame belong to workbooks that enter."""
    import numpy as np

    return np.array([*(line is not None for line in part.lines), False], dtype=bool)[workbooks]


def _numbers(part: Part, files: Mapping[str, int]) -> Array:
    import numpy as np

    return np.array([*(files[file] for file in part.frames.files), 0], dtype=np.int32)


def _rows(part: Part, offset: int, files: Mapping[str, int]) -> Frame:
    """The rows of the workbooks that enter; ``nth`` tells rows of the same key in a workbook apart."""
    rows = part.frames.rows
    workbooks = rows["workbook"].to_numpy(dtype=int)
    chosen = _entering(part, workbooks)
    rows = rows[chosen]
    unit, mode = rows["unit"].astype(object), rows["mode"].astype(object)
    return {
        "no": rows.index.to_numpy() + offset,
        "file": _numbers(part, files)[workbooks[chosen]],
        "table_id": _words(rows["table"]),
        "sheet": _words(rows["sheet"]),
        "row_number": rows["row"].to_numpy(),
        "key": _texts(rows["key"]),
        "nth": rows.groupby(["workbook", "table", "key"], observed=True, sort=False).cumcount().to_numpy(),
        "code": _texts(rows["code"]),
        "name": _texts(rows["name"]),
        "unit": _texts(unit.where(unit != "", rows["unit_text"])),
        "mode": _texts(mode.where(mode != "", rows["mode_text"])),
        "typical": rows["typical"].to_numpy(dtype=bool),
        **{f"column_{name}": rows[f"column_{name}"].to_numpy() for name in SAYS_WHAT},
    }


def _cells(part: Part, offset: int) -> Frame:
    """The cells that a person fills, of rows that carry values."""
    import numpy as np

    frames = part.frames
    values = frames.values
    workbooks = values["workbook"].to_numpy(dtype=int)
    declared = frames.rows["declared"].to_numpy(dtype=bool)[values["line"].to_numpy(dtype=int)]
    chosen = frames.inputs & declared & _entering(part, workbooks)
    cells, workbooks = values[chosen], workbooks[chosen]
    years, quarters = _when(part, cells, workbooks)
    numbers = cells["number"].to_numpy(dtype=float)
    return {
        "row_no": cells["line"].to_numpy(dtype=np.int64) + offset,
        "column_number": cells["column"].to_numpy(dtype=np.int32),
        "field": _words(cells["field"]),
        "year": years,
        "quarter": quarters,
        "kind": _words(cells["kind"]),
        "number": numbers,
        "raw": _texts(_as_typed(cells)),
        "doubtful": part.doubtful[chosen],
    }


def _when(part: Part, cells: pd.DataFrame, workbooks: Array) -> tuple[Array, Array]:
    """The year and quarter of each cell; quarter 0 for a year as a whole, or what stands at its beginning."""
    import numpy as np

    period = cells["period"].to_numpy(dtype=int)
    by_year, by_quarter = (_is_per(part.edition, cells, per) for per in ("year", "quarter"))
    first = np.array([*part.frames.years, 0], dtype=int)[workbooks]
    reported = np.array([*(p.year if p is not None else 0 for p in part.periods), 0], dtype=int)[workbooks]
    years = np.where(by_year, first + period, reported)
    return years.astype(np.int32), np.where(by_quarter, period + 1, 0).astype(np.int32)


def _is_per(edition: Edition, cells: pd.DataFrame, per: str) -> Array:
    import numpy as np

    found: Array = np.zeros(len(cells), dtype=bool)
    for name, table in edition.book.tables.items():
        fields = [field for field, column in table.columns.items() if getattr(column, "per", None) == per]
        found |= ((cells["table"] == name) & cells["field"].isin(fields)).to_numpy(dtype=bool)
    return found


def _as_typed(cells: pd.DataFrame) -> Array:
    """What stands in a cell where its number does not say it all: text, an error, a number typed as text."""
    import numpy as np

    plain = cells["plain"].to_numpy(dtype=bool) & cells["kind"].isin([Kind.NUMBER, Kind.BLANK]).to_numpy(dtype=bool)
    typed = np.full(len(cells), None, dtype=object)
    at = np.flatnonzero(~plain)
    typed[at] = [as_text(raw) for raw in cells["raw"].to_numpy()[at]]
    return typed


# --- what is counted --------------------------------------------------------------------------------------


def _asked(terms: Terms, files: Mapping[str, int]) -> Frame:
    asked = terms.asked
    return {
        "file": _numbers(terms.part, files)[asked["workbook"].to_numpy(dtype=int)],
        "table_id": _same(terms.table, len(asked)),
        "year": asked["year"].to_numpy(dtype=int),
        "quarter": asked["quarter"].to_numpy(dtype=int),
    }


def _entries(terms: Terms, offset: int, files: Mapping[str, int]) -> Frame:
    import pandas as pd

    cells = terms.cells
    counts = pd.Index(list(COUNTS), dtype=object)
    return {
        "row_no": cells["line"].to_numpy(dtype=int) + offset,
        "file": _numbers(terms.part, files)[cells["workbook"].to_numpy(dtype=int)],
        "form": _same(terms.part.edition.form, len(cells)),
        "table_id": _same(terms.table, len(cells)),
        "key": _words(cells["key"]),
        "year": cells["year"].to_numpy(dtype=int),
        "quarter": cells["quarter"].to_numpy(dtype=int),
        "standing": pd.Categorical.from_codes(cells["standing"].to_numpy(dtype=int), categories=counts),
        "amount": cells["amount"].to_numpy(dtype=float),
        "planned": cells["planned"].to_numpy(dtype=float),
        "questioned": cells["questioned"].to_numpy(dtype=bool),
    }


_TOTAL_TEXTS = ("form", "table", "key", "name", "unit", "mode", "dimension", "group")
_TOTAL_SUMS = ("amount", "planned")
_TOTAL_COUNTS = ("year", "quarter", "numbers", "dashes", "yes", "blank", "doubtful", "other", "absent", "questioned")
_RENAMED = {"table": "table_id", "group": "group_name"}


def _totals(totals: Sequence[Total]) -> Frame:
    import numpy as np

    columns: Frame = {"no": np.arange(len(totals))}
    columns |= {_RENAMED.get(name, name): _texts([getattr(t, name) for t in totals]) for name in _TOTAL_TEXTS}
    columns |= {name: np.array([getattr(t, name) for t in totals], dtype=float) for name in _TOTAL_SUMS}
    return columns | {name: np.array([getattr(t, name) for t in totals], dtype=np.int32) for name in _TOTAL_COUNTS}


# --- findings and places ----------------------------------------------------------------------------------


def _remarks(findings: Mapping[str, Sequence[Finding]], files: Mapping[str, int]) -> Frame:
    """Errors and warnings that stand at a cell."""
    names = (
        "file", "sheet", "row_number", "column_number", "rule", "severity", "message", "message_en", "hint", "hint_en"
    )  # fmt: skip
    lines = (
        (files[file], one.location.sheet, *cell_position(one.location.cell), one.rule, one.severity.value,
         one.message.ru, one.message.en, one.hint.ru if one.hint else None, one.hint.en if one.hint else None)
        for file, found in findings.items()
        for one in found
        if one.location.cell and one.severity is not Severity.INFO
    )  # fmt: skip
    return _columns(names, lines)


def _differences(differences: Mapping[str, Sequence[Difference]], files: Mapping[str, int]) -> Frame:
    names = (
        "file", "sheet", "row_number", "column_number", "status", "code", "name", "year", "workbook", "register"
    )  # fmt: skip
    lines = (
        (files[file], one.sheet, *cell_position(one.cell), one.status.value, one.code, one.name, one.year,
         _shown(one.workbook), _shown(one.register))
        for file, found in differences.items()
        for one in found
        if one.cell
    )  # fmt: skip
    return _columns(names, lines)


def _shown(side: object) -> str | None:
    return None if side is None else figure(side)


def _listed(sheet: str, first: int, rows: Array) -> Frame:
    import numpy as np

    return {
        "sheet": _same(sheet, len(rows)),
        "row_number": np.arange(first, first + len(rows)),
        "row_no": rows,
    }


def _listed_totals(listed: ListedTotals) -> Frame:
    """Any cell of a row opens its total: column 0."""
    import numpy as np

    count = len(listed.totals)
    return {
        "sheet": _same(listed.sheet, count),
        "row_number": np.arange(listed.first, listed.first + count),
        "column_number": np.zeros(count, dtype=np.int32),
        "total": np.asarray(listed.totals),
    }


def _listed_columns(places: Places) -> Frame:
    lines = [
        (listed.sheet, number, *((column, None, None) if isinstance(column, int) else (None, *column)))
        for listed in places.lists
        for number, column in listed.columns.items()
    ]
    return _columns(("sheet", "column_number", "year", "field", "period"), lines)


# --- columns ----------------------------------------------------------------------------------------------


def _columns(names: Sequence[str], lines: Iterable[Sequence[object]]) -> Frame:
    """Lines as columns."""
    columns = list(zip(*lines, strict=True)) or [()] * len(names)
    return {name: _array(content) for name, content in zip(names, columns, strict=True)}


def _array(content: Sequence[object]) -> pd.Categorical | Array:
    """A column of numbers, truths or texts; ``None`` becomes an empty number where it is among numbers."""
    import numpy as np

    known = [one for one in content if one is not None]
    if known and not isinstance(known[0], str):
        return np.array([float("nan") if one is None else one for one in content])
    return _texts(content)


def _same(text: str, count: int) -> pd.Categorical:
    """A column of one text."""
    import numpy as np
    import pandas as pd

    return pd.Categorical.from_codes(np.zeros(count, dtype=np.int8), categories=pd.Index([text], dtype=object))


def _words(column: pd.Series[Any]) -> pd.Categorical:
    """A categorical column as texts."""
    import pandas as pd

    words = pd.Index([str(word) for word in column.cat.categories], dtype=object)
    return pd.Categorical.from_codes(column.cat.codes.to_numpy(), categories=words)


def _texts(content: Iterable[object]) -> pd.Categorical | Array:
    """A column of texts, each different one once: DuckDB takes those many times as fast as single ones.

    Halves of characters, which file names of Unix may hold, are escaped.
    """
    import numpy as np
    import pandas as pd

    listed = content.to_numpy(dtype=object) if isinstance(content, pd.Series) else _objects(content)
    codes, different = pd.factorize(listed)
    if not len(different):
        return np.full(len(listed), None, dtype=object)
    words = pd.Index([str(t).encode("utf-8", "backslashreplace").decode() for t in different], dtype=object)
    return pd.Categorical.from_codes(codes, categories=words)


def _objects(content: Iterable[object]) -> Array:
    import numpy as np

    listed = list(content)
    objects = np.empty(len(listed), dtype=object)
    objects[:] = listed
    return objects
