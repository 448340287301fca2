"""The rows of the свод: every row of every accepted workbook, by sheet of the form, traceable to its cell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.tables import NO_PERIOD, ColumnKey, expected_captions
from xlkit.consolidate import IntakeLine, Part
from xlkit.report.listing import Column, Listing
from xlkit.rules.computed import computed_columns
from xlkit.rules.edition import load_edition
from xlkit.rules.model import Table
from xlkit.rules.period import Period
from xlkit.rules.totals import shown
from xlkit.rules.views import table_views
from xlkit.templates.styles import RED
from xlkit.values import Kind, as_text

if TYPE_CHECKING:
    import numpy as np

    from xlkit.actions.consolidate import ConsolidateResult

    Array = np.ndarray[Any, Any]

PLAN_PERIOD = "план"

_WHOSE = (
    Column("Идентификатор кластера", 16),
    Column("Наименование кластера", 34),
    Column("Отрасль", 26),
    Column("Субъект РФ", 24),
    Column("Федеральный округ", 31),
    Column("Форма", 9, "centre"),
    Column("Период", 17, "centre"),
    Column("Приём", 23),
)
_ROW = {
    "parent": Column("Код родителя", 10, "centre"),
    "code": Column("№ п/п", 10, "centre"),
    "name": Column("Наименование", 58),
    "mode_text": Column("Учёт", 18, "centre"),
    "unit_text": Column("Единица измерения", 13, "centre"),
    "link": Column("Показатель №", 12, "centre"),
}
_WHERE = (
    Column("Ячейки с ошибками", 16),
    Column("Файл", 24),
    Column("Лист", 12),
    Column("Ячейка", 9, "centre"),
)
_KINDS = {"code": "code", "name": "name", "unit_text": "unit", "mode_text": "mode", "link": "link"}


@dataclass
class _Block:
    """The tables of one sheet over all editions, while its rows are gathered."""

    columns: dict[object, Column] = field(default_factory=dict)
    rows: list[list[object]] = field(default_factory=list)
    fills: dict[tuple[int, int], str] = field(default_factory=dict)


@cache
def form_name(form: str) -> str:
    """A form as a person calls it: the kind of its clusters."""
    return load_edition(form).book.cluster_kind if form else ""


def period_name(period: Period | None) -> str:
    return str(period) if period is not None else PLAN_PERIOD


def common_folder(files: Sequence[str]) -> str:
    """The folder that all files lie in; empty where there is none."""
    folders = {str(PurePath(file).parent) for file in files}
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # none at all, several drives, or absolute beside relative
        return ""
    return "" if common == "." else common


def short_name(file: str | None, folder: str) -> str:
    """A file's path within the common folder."""
    if not file or not folder:
        return file or ""
    try:
        return str(PurePath(file).relative_to(folder))
    except ValueError:
        return file


def table_sheets(result: ConsolidateResult) -> list[str]:
    """The sheets of the forms' tables in their order, also of forms that nobody submitted."""
    forms = [part.edition for part in result.parts] or []
    forms += [load_edition(line.form) for line in result.intake if line.form]
    known = {id(e): e for e in forms}
    sheets = [t.sheet for e in known.values() for t in e.book.tables.values()]
    order = {name: i for i, name in enumerate(("План", "Показатели", "Факт"))}
    return sorted(dict.fromkeys([*order, *sheets]), key=lambda name: order.get(name, len(order)))


def table_listing(result: ConsolidateResult, sheet: str) -> Listing:
    """All rows of one sheet of the forms."""
    mine = [(part, name, table) for part in result.parts for name, table in _tables(part, sheet)]
    values = _value_columns(mine)
    row_fields = [f for f in _ROW if any(_has(table, f) for *_, table in mine)] or ["code", "name"]
    columns = (*_WHOSE, *(_ROW[f] for f in row_fields), *values.values(), *_WHERE)
    folder = common_folder(result.files)
    block = _Block(columns=dict(values))
    for part, name, table in mine:
        _append(block, part, name, table, row_fields, folder)
    rows = len(block.rows)
    note = (
        f"Строк со значениями: {rows}. Каждая принятая книга — своими строками; ячейки с ошибками выделены и в суммы "
        "«Сводки» не входят. Суммы берут значения кластера один раз: из плана, а без него — из последнего периода."
    )
    return Listing(sheet, note, columns, block.rows, frozen=1, fills=block.fills, empty="Принятых строк нет")


def _tables(part: Part, sheet: str) -> Iterator[tuple[str, Table]]:
    return ((name, table) for name, table in part.edition.book.tables.items() if table.sheet == sheet)


def _has(table: Table, field_name: str) -> bool:
    if field_name == "parent":
        return len(table.levels) > 1
    return any(c.kind == _KINDS[field_name] for c in table.columns.values())


def _value_columns(mine: Iterable[tuple[Part, str, Table]]) -> dict[object, Column]:
    """Value columns: of yearly tables the years of all clusters, of others the table's own columns in order."""
    years: set[int] = set()
    columns: dict[object, Column] = {}
    for part, _, table in mine:
        for column_id, column in table.columns.items():
            if getattr(column, "per", None) == "year" and column.kind == "value":
                members = [y for y, line in zip(part.frames.years, part.lines, strict=True) if line is not None]
                years |= {year for first in members for year in part.edition.years(first)}
            elif column.kind not in ("code", "name", "unit", "mode", "link") and table.stage == "actuals":
                wide = column.kind == "text"
                for period, caption in expected_captions(column, ()):
                    columns[column_id, period] = Column(caption, 28 if wide else 11.5, "text" if wide else "number")
    return {year: Column(str(year), 12, "number") for year in sorted(years)} | columns


def _append(block: _Block, part: Part, name: str, table: Table, row_fields: list[str], folder: str) -> None:
    """Add the rows of one table of one edition."""
    rows, first_value = _chosen_rows(part, name, table), len(_WHOSE) + len(row_fields)
    if rows.empty:
        return
    matrix, doubtful, first_cells, doubts = _matrix(part, name, table, rows.index.to_numpy(), list(block.columns))
    heads = [_head(line) if line is not None else [] for line in part.lines]
    files = [short_name(file, folder) for file in part.frames.files]
    texts = list(zip(*(rows[f].tolist() for f in row_fields), strict=True))
    places = zip(rows["workbook"].tolist(), rows["sheet"].tolist(), strict=True)
    start = len(block.rows)
    for i, (workbook, sheet) in enumerate(places):
        own = [*heads[workbook], *texts[i], *matrix[i], doubts[i], files[workbook], sheet, first_cells[i]]
        block.rows.append(own)
    for i, j in zip(*doubtful.nonzero(), strict=True):
        block.fills[start + int(i), first_value + int(j)] = RED


def _head(line: IntakeLine) -> list[object]:
    p = line.passport
    return [
        p.id, p.name, p.industry, p.region, p.district, form_name(line.form), period_name(line.period),
        line.standing.word.ru,
    ]  # fmt: skip


def _chosen_rows(part: Part, name: str, table: Table) -> Any:
    """Rows that carry values, of workbooks that enter; of actuals only where a period is reported."""
    import numpy as np

    rows = part.frames.rows
    enters = [line is not None and (table.stage == "plan" or line.period is not None) for line in part.lines]
    mine = (rows["table"] == name).to_numpy(dtype=bool) & rows["declared"].to_numpy(dtype=bool)
    return rows[mine & np.array([*enters, False], dtype=bool)[rows["workbook"].to_numpy(dtype=int)]]


def _matrix(
    part: Part, name: str, table: Table, lines: Array, columns: list[object]
) -> tuple[list[list[object]], Array, list[str], list[str]]:
    """The values of rows by column of the свод, which of them are doubtful, and where the rows' cells are."""
    import numpy as np

    values = part.frames.values
    position = np.full(len(part.frames.rows) + 1, -1)
    position[lines] = np.arange(len(lines))
    chosen = (values["table"] == name).to_numpy(dtype=bool) & (position[values["line"].to_numpy(dtype=int)] >= 0)
    cells = values[chosen]
    at, to = position[cells["line"].to_numpy(dtype=int)], _targets(part, table, cells, columns)
    inputs = to >= 0
    content = _contents(cells)
    matrix = np.full((len(lines), len(columns)), None, dtype=object)
    matrix[at[inputs], to[inputs]] = content[inputs]
    doubtful = np.zeros(matrix.shape, dtype=bool)
    doubtful[at[inputs], to[inputs]] = part.doubtful[chosen][inputs]
    names = [cell_name(r, c) for r, c in zip(cells["row"], cells["column"], strict=True)]
    first, doubts = [""] * len(lines), [""] * len(lines)
    for i in np.flatnonzero(inputs):
        first[at[i]] = first[at[i]] or names[i]
    for i in np.flatnonzero(part.doubtful[chosen] & inputs):
        doubts[at[i]] += (", " if doubts[at[i]] else "") + names[i]
    if table.stage == "actuals":
        _put_computed(part, name, table, position, columns, matrix)
    return matrix.tolist(), doubtful, first, doubts


def _targets(part: Part, table: Table, cells: Any, columns: list[object]) -> Array:
    """The column of the свод for every value cell; -1 for what is not an input."""
    import numpy as np

    index = {key: i for i, key in enumerate(columns)}
    inputs = {n: getattr(c, "per", None) for n, c in table.columns.items() if c.kind == "value"}
    first = part.frames.years
    targets = [
        index.get(first[workbook] + period if inputs[name] == "year" else (name, period), -1) if name in inputs else -1
        for workbook, name, period in zip(cells["workbook"], cells["field"], cells["period"], strict=True)
    ]
    return np.array(targets, dtype=int)


def _contents(cells: Any) -> Array:
    """What the свод shows: the number where a cell means one, else what stands there."""
    import numpy as np

    shown_as = [
        number if kind == Kind.NUMBER else ("-" if kind == Kind.DASH else as_text(raw))
        for kind, number, raw in zip(cells["kind"], cells["number"], cells["raw"], strict=True)
    ]
    content = np.empty(len(shown_as), dtype=object)
    content[:] = shown_as
    return content


def _put_computed(part: Part, name: str, table: Table, position: Array, columns: list[object], matrix: Array) -> None:
    """Computed columns are computed here, never read; explanations come from the notes."""
    frames = part.frames
    views = table_views(part.edition, frames.rows, frames.values)
    computed = computed_columns(part.edition, views, list(part.periods), frames.years)
    index: dict[ColumnKey, int] = {key: i for i, key in enumerate(columns) if isinstance(key, tuple)}
    for (owner, column), (states, numbers) in computed.items():
        to = index.get((column, NO_PERIOD))
        if owner == name and to is not None:
            for line, state, number in zip(views[name].lines, states[:, -1], numbers[:, -1], strict=True):
                if position[line] >= 0:
                    value = shown(state, number)
                    matrix[position[line], to] = round(value, 6) if isinstance(value, float) else value
    places = dict(
        zip(zip(frames.rows["workbook"], frames.rows["row"], frames.rows["table"], strict=True), position, strict=False)
    )
    for (workbook, owner, row, column), text in part.notes.items():
        at, to = places.get((workbook, row, owner), -1), index.get((column, NO_PERIOD))
        if owner == name and at >= 0 and to is not None:
            matrix[at, to] = text
