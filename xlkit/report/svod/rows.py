"""The rows of the свод: every row of every accepted workbook, by sheet of the form, traceable to its cell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from xlkit.books.captions import expected_captions
from xlkit.consolidate import IntakeLine, Part
from xlkit.report.lists.bulk import Cells
from xlkit.report.lists.listing import Listing
from xlkit.report.lists.paging import first_row, sheet_names, sheet_rows
from xlkit.report.lists.rows import Column
from xlkit.report.svod.figures import NAME_SHOWN, short_title
from xlkit.report.svod.values import Gathered, Key, coded, figures_of_rows
from xlkit.rules.edition import load_edition
from xlkit.rules.model import Table
from xlkit.rules.period import Period
from xlkit.store.places import ListedRows, ListedSheet
from xlkit.templates.styles import RED
from xlkit.values import squeezed

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


@cache
def form_name(form: str) -> str:
    """A form as a person calls it: the kind of its clusters."""
    return load_edition(form).book.cluster_kind if form else ""


def period_name(period: Period | None) -> str:
    return str(period) if period is not None else PLAN_PERIOD


def common_folder(files: Sequence[str]) -> str:
    """The folder that all files lie in; empty where there is none."""
    return _common_folder(tuple(files))


@lru_cache(maxsize=8)
def _common_folder(files: tuple[str, ...]) -> str:
    folders = {str(PurePath(file).parent) for file in files}
    try:
        common = os.path.commonpath(folders)
    except ValueError:  # none at all, several drives, or absolute beside relative
        return ""
    return "" if common == "." else common


@lru_cache(maxsize=16_384)  # every list of a свод names the same files
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


def table_listing(result: ConsolidateResult, sheet: str) -> tuple[Listing, list[ListedSheet]]:
    """All rows of one sheet of the forms, and by sheets of the свод which row of which workbook each is."""
    found = [(i, part, name, table) for i, part in enumerate(result.parts) for name, table in _tables(part, sheet)]
    values = _value_columns(one[1:] for one in found)
    keys = [f for f in _ROW if any(_has(table, f) for *_, table in found)] or ["code", "name"]
    about = [f for f in _ABOUT if any(_has(table, f) for *_, table in found)]
    columns = (
        _CLUSTER, *(_ROW[f] for f in keys), _PERIOD, *(_ABOUT[f] for f in about), *values.values(), _DOUBTS,
        *_WHOSE, *_WHERE,
    )  # fmt: skip
    rows = _Rows([*keys, *about], list(values), common_folder(result.files))
    for number, part, name, table in found:
        rows.add(number, part, name, table)
    note = (
        f"Строк со значениями: {rows.count}. Каждая принятая книга — своими строками; ячейки с ошибками выделены и в "
        "суммы «Сводки» не входят. Суммы берут значения кластера один раз: из плана, а без него — из последнего "
        "периода."
    )
    cells = rows.cells(len(keys))
    listing = Listing(sheet, note, columns, cells, frozen=1 + len(keys), empty="Принятых строк нет", across=2)
    begins = 3 + len(keys) + len(about)
    figures = {begins + i: key for i, (key, column) in enumerate(values.items()) if column.kind != "wrap"}
    fields = {name: i for i, name in enumerate(keys, start=2)} | {
        name: i for i, name in enumerate(about, 3 + len(keys))
    }
    return listing, [
        ListedSheet(name, _on_sheet(rows.placed, *span), figures, fields)
        for name, span in zip(sheet_names(sheet, rows.count), sheet_rows(rows.count), strict=True)
    ]


def _on_sheet(placed: Iterable[tuple[int, int, Array]], first: int, last: int) -> list[ListedRows]:
    """Of rows of parts, which begin at a row of the list, those from one of its rows to before another."""
    found = []
    for start, part, lines in placed:
        mine = lines[max(first - start, 0) : max(last - start, 0)]
        if len(mine):
            found.append(ListedRows(first_row() + max(start - first, 0), part, mine))
    return found


def _tables(part: Part, sheet: str) -> Iterator[tuple[str, Table]]:
    return ((name, table) for name, table in part.edition.book.tables.items() if table.sheet == sheet)


def _has(table: Table, field_name: str) -> bool:
    """Whether a table has what a field of its rows holds."""
    if field_name == "parent":
        return len(table.levels) > 1
    return any(c.kind == _KINDS[field_name] for c in table.columns.values())


def _value_columns(mine: Iterable[tuple[Part, str, Table]]) -> dict[Key, Column]:
    """Value columns: of yearly tables the years of all clusters, of others the table's own columns in order."""
    years: set[int] = set()
    columns: dict[Key, Column] = {}
    for part, _, table in mine:
        for column_id, column in table.columns.items():
            if getattr(column, "per", None) == "year" and column.kind == "value":
                members = [y for y, line in zip(part.frames.years, part.lines, strict=True) if line is not None]
                years |= {year for first in members for year in part.edition.years(first)}
            elif column.kind not in ("code", "name", "unit", "mode", "link") and table.stage == "actuals":
                wide = column.kind == "text"
                for period, caption in expected_captions(column, ()):
                    columns[column_id, period] = Column(caption, 24 if wide else 11, "wrap" if wide else "centre")
    by_year: dict[Key, Column] = {y: Column(str(y), 11, "centre") for y in sorted(years)}
    return by_year | columns


class _Rows:
    """The rows of one sheet of the forms over all editions, column by column, while they are gathered.

    ``placed`` says from which row of the list which lines of which part stand.
    """

    def __init__(self, fields: Sequence[str], values: Sequence[Key], folder: str) -> None:
        self.placed: list[tuple[int, int, Array]] = []
        self.count = 0
        self._folder = folder
        self._values = values
        self._whose = Gathered()
        self._books: list[tuple[object, ...]] = []
        self._fields = {name: Gathered() for name in fields}
        self._figures = [Gathered() for _ in values]
        self._doubts, self._sheets, self._first = Gathered(), Gathered(), Gathered()

    def add(self, number: int, part: Part, name: str, table: Table) -> None:
        """The rows of one table of one edition."""
        rows = _chosen_rows(part, name, table)
        if rows.empty:
            return
        lines: Array = rows.index.to_numpy()
        books = [_book(line, short_name(file, self._folder))
                 for line, file in zip(part.lines, part.frames.files, strict=True)]  # fmt: skip
        self._whose.add(rows["workbook"].to_numpy(dtype=int), range(len(self._books), len(self._books) + len(books)))
        self._books += books
        for field_name, gathered in self._fields.items():
            codes, words = coded(rows[field_name])
            gathered.add(codes, _shown_names(words, table) if field_name == "name" else words)
        self._sheets.add(*coded(rows["sheet"]))
        figures = figures_of_rows(part, name, table, lines, self._values)
        for i, gathered in enumerate(self._figures):
            gathered.add(figures.codes[:, i], figures.words, figures.doubtful[:, i])
        self._doubts.add(*figures.doubts)
        self._first.add(*figures.first)
        self.placed.append((self.count, number, lines))
        self.count += len(lines)

    def cells(self, keys: int) -> list[Cells]:
        """All columns in their order; so many of the fields stand before the period."""
        whose = self._whose.cells()
        cluster, period, *others = (Cells(whose.codes, words) for words in self._of_books(whose))
        fields = [gathered.cells() for gathered in self._fields.values()]
        figures = [gathered.cells(RED) for gathered in self._figures]
        return [cluster, *fields[:keys], period, *fields[keys:], *figures, self._doubts.cells(), *others,
                self._sheets.cells(), self._first.cells()]  # fmt: skip

    def _of_books(self, whose: Cells) -> list[tuple[object, ...]]:
        """By columns what is the same in all rows of a workbook, as ``whose`` numbers them."""
        books = [self._books[number] for number in whose.words]  # type: ignore[call-overload]
        return list(zip(*books, strict=True)) or [()] * (3 + len(_WHOSE))


def _book(line: IntakeLine | None, file: str) -> tuple[object, ...]:
    """What all rows of a workbook have in common: cluster, period, more about the cluster, standing, file."""
    if line is None:
        return ("",) * (3 + len(_WHOSE))
    p = line.passport
    return (p.id, period_name(line.period), p.name, p.industry, p.region, p.district, form_name(line.form),
            line.standing.word.ru, file)  # fmt: skip


def _shown_names(names: Sequence[str], table: Table) -> list[str]:
    """Names without line breaks, and short where they are the form's own."""
    own = all(level.fixed for level in table.levels)
    return [short_title(text, NAME_SHOWN) if own else squeezed(text) for text in names]


def _chosen_rows(part: Part, name: str, table: Table) -> Any:
    """Rows that carry values, of workbooks that enter; of actuals only where a period is reported."""
    import numpy as np

    rows = part.frames.rows
    enters = [line is not None and (table.stage == "plan" or line.period is not None) for line in part.lines]
    mine = (rows["table"] == name).to_numpy(dtype=bool) & rows["declared"].to_numpy(dtype=bool)
    return rows[mine & np.array([*enters, False], dtype=bool)[rows["workbook"].to_numpy(dtype=int)]]
