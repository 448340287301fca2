"""The rows of the свод: every row of every accepted workbook, by sheet of the form, traceable to its cell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD, ColumnKey, expected_captions
from xlkit.consolidate import IntakeLine, Part
from xlkit.report.listing import Column, Listing, first_row
from xlkit.report.svod_figures import NAME_SHOWN, short_title
from xlkit.rules.computed import computed_columns
from xlkit.rules.edition import load_edition
from xlkit.rules.model import Table
from xlkit.rules.period import Period
from xlkit.rules.totals import shown
from xlkit.rules.views import table_views
from xlkit.store.places import ListedRows, ListedSheet
from xlkit.templates.styles import RED
from xlkit.values import Kind, as_text, squeezed

if TYPE_CHECKING:
    import numpy as np

    from xlkit.actions.consolidate import ConsolidateResult

    Array = np.ndarray[Any, Any]

PLAN_PERIOD = "план"

_CLUSTER = Column("Идентификатор кластера", 16, "wrap")
_PERIOD = Column("Период", 12, "centre")
_ROW = {
    "parent": Column("Код родителя", 10, "centre"),
    "code": Column("№ п/п", 10, "centre"),
    "name": Column("Наименование", 44, "wrap"),
}
_ABOUT = {
    "mode_text": Column("Учёт", 14, "centre"),
    "unit_text": Column("Единица измерения", 12, "centre"),
    "link": Column("Показатель №", 12, "centre"),
}
_DOUBTS = Column("Ячейки с ошибками", 12, "centre")
_WHOSE = (
    Column("Наименование кластера", 27, "wrap"),
    Column("Отрасль", 18, "wrap"),
    Column("Субъект РФ", 17, "wrap"),
    Column("Федеральный округ", 18, "wrap"),
    Column("Форма", 9, "centre"),
    Column("Приём", 14, "centre"),
)
_WHERE = (
    Column("Файл", 18, "wrap"),
    Column("Лист", 12),
    Column("Ячейка", 9, "centre"),
)
_KINDS = {"code": "code", "name": "name", "unit_text": "unit", "mode_text": "mode", "link": "link"}


@dataclass
class _Block:
    """The tables of one sheet over all editions, while its rows are gathered."""

    columns: dict[int | tuple[str, int], Column] = field(default_factory=dict)
    placed: list[ListedRows] = field(default_factory=list)
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


def short_note(line: IntakeLine, folder: str) -> str:
    """The note of a line, with the names of other files as short as everywhere else."""
    note = line.note.ru if line.note else ""
    return note.replace(f"{folder}/", "").replace(f"{folder}\\", "") if folder else note


def source_name(source: str) -> str:
    """A register as a report names it: a file without its folders, a database as it is."""
    return source if "://" in source else PurePath(source).name or source


def table_sheets(result: ConsolidateResult) -> list[str]:
    """The sheets of the forms' tables in their order, also of forms that nobody submitted."""
    forms = [part.edition for part in result.parts] or []
    forms += [load_edition(line.form) for line in result.intake if line.form]
    known = {id(e): e for e in forms}
    sheets = [t.sheet for e in known.values() for t in e.book.tables.values()]
    order = {name: i for i, name in enumerate(("План", "Показатели", "Факт"))}
    return sorted(dict.fromkeys([*order, *sheets]), key=lambda name: order.get(name, len(order)))


def table_listing(result: ConsolidateResult, sheet: str) -> tuple[Listing, ListedSheet]:
    """All rows of one sheet of the forms, and which row of which workbook each is."""
    found = [(i, part, name, table) for i, part in enumerate(result.parts) for name, table in _tables(part, sheet)]
    mine = [one[1:] for one in found]
    values = _value_columns(mine)
    keys = [f for f in _ROW if any(_has(table, f) for *_, table in mine)] or ["code", "name"]
    about = [f for f in _ABOUT if any(_has(table, f) for *_, table in mine)]
    columns = (
        _CLUSTER, *(_ROW[f] for f in keys), _PERIOD, *(_ABOUT[f] for f in about), *values.values(), _DOUBTS,
        *_WHOSE, *_WHERE,
    )  # fmt: skip
    folder = common_folder(result.files)
    block = _Block(columns=dict(values))
    for number, part, name, table in found:
        lines = _append(block, part, name, table, (keys, about), folder)
        block.placed += [ListedRows(first_row() + len(block.rows) - len(lines), number, lines)] if len(lines) else []
    rows = len(block.rows)
    note = (
        f"Строк со значениями: {rows}. Каждая принятая книга — своими строками; ячейки с ошибками выделены и в суммы "
        "«Сводки» не входят. Суммы берут значения кластера один раз: из плана, а без него — из последнего периода."
    )
    listing = Listing(
        sheet, note, columns, block.rows, frozen=1 + len(keys), fills=block.fills, empty="Принятых строк нет", across=2
    )
    begins = 3 + len(keys) + len(about)
    figures = {begins + i: key for i, (key, column) in enumerate(values.items()) if column.kind != "wrap"}
    return listing, ListedSheet(sheet, block.placed, figures)


def _tables(part: Part, sheet: str) -> Iterator[tuple[str, Table]]:
    return ((name, table) for name, table in part.edition.book.tables.items() if table.sheet == sheet)


def _has(table: Table, field_name: str) -> bool:
    """Whether a table has what a field of its rows holds."""
    if field_name == "parent":
        return len(table.levels) > 1
    return any(c.kind == _KINDS[field_name] for c in table.columns.values())


def _value_columns(mine: Iterable[tuple[Part, str, Table]]) -> dict[int | tuple[str, int], Column]:
    """Value columns: of yearly tables the years of all clusters, of others the table's own columns in order."""
    years: set[int] = set()
    columns: dict[int | tuple[str, int], Column] = {}
    for part, _, table in mine:
        for column_id, column in table.columns.items():
            if getattr(column, "per", None) == "year" and column.kind == "value":
                members = [y for y, line in zip(part.frames.years, part.lines, strict=True) if line is not None]
                years |= {year for first in members for year in part.edition.years(first)}
            elif column.kind not in ("code", "name", "unit", "mode", "link") and table.stage == "actuals":
                wide = column.kind == "text"
                for period, caption in expected_captions(column, ()):
                    columns[column_id, period] = Column(caption, 24 if wide else 11, "wrap" if wide else "centre")
    by_year: dict[int | tuple[str, int], Column] = {y: Column(str(y), 11, "centre") for y in sorted(years)}
    return by_year | columns


def _append(
    block: _Block, part: Part, name: str, table: Table, fields: tuple[list[str], list[str]], folder: str
) -> Array:
    """Add the rows of one table of one edition; ``fields`` before the period and after it. Returns their lines."""
    rows, first_value = _chosen_rows(part, name, table), 2 + len(fields[0]) + len(fields[1])
    lines: Array = rows.index.to_numpy()
    if rows.empty:
        return lines
    matrix, doubtful, first_cells, doubts = _matrix(part, name, table, lines, list(block.columns))
    heads = [_head(line) if line is not None else ("", "", []) for line in part.lines]
    files = [short_name(file, folder) for file in part.frames.files]
    keys, about = (list(zip(*(_texts(rows, f, table) for f in group), strict=True)) for group in fields)
    places = zip(rows["workbook"].tolist(), rows["sheet"].tolist(), strict=True)
    start = len(block.rows)
    for i, (workbook, sheet) in enumerate(places):
        cluster, period, whose = heads[workbook]
        block.rows.append(
            [cluster, *keys[i], period, *(about[i] if about else ()), *matrix[i], doubts[i], *whose, files[workbook],
             sheet, first_cells[i]]
        )  # fmt: skip
    for i, j in zip(*doubtful.nonzero(), strict=True):
        block.fills[start + int(i), first_value + int(j)] = RED
    return lines


def _texts(rows: Any, field_name: str, table: Table) -> list[str]:
    """A column of texts; names without line breaks, and short where they are the form's own."""
    texts: list[str] = rows[field_name].tolist()
    if field_name != "name":
        return texts
    own = all(level.fixed for level in table.levels)
    return [short_title(text, NAME_SHOWN) if own else squeezed(text) for text in texts]


def _head(line: IntakeLine) -> tuple[str, str, list[object]]:
    """A workbook's cluster, its period, and what else is known of it."""
    p = line.passport
    about: list[object] = [p.name, p.industry, p.region, p.district, form_name(line.form), line.standing.word.ru]
    return p.id, period_name(line.period), about


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
