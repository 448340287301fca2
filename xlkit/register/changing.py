"""Changing single figures of a register where it is kept: in place, with a journal, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlkit.errors import XlkitError
from xlkit.patch.cells import Edit, Position
from xlkit.patch.newsheet import NewSheet
from xlkit.patch.workbook import SheetEdits, patch_workbook
from xlkit.register.database import VALUE, WORD, connected, reflected, select_tables, table_layouts
from xlkit.register.places import Place
from xlkit.register.records import Row, figure_record
from xlkit.register.tables import Layout, Record, Tables
from xlkit.register.writing import append_rows, encoded, make_table
from xlkit.rules.registered import Figure
from xlkit.rules.registerspec import CHANGES, register_spec
from xlkit.texts import Text

_SET = (VALUE, "approved_on")
"""What a change of a figure changes in its record."""


@dataclass(frozen=True)
class FigureChange:
    """A figure as the register has it (``None``: it has none) and as it is to be."""

    old: Figure | None
    new: Figure


def overtaken(shown: str) -> XlkitError:
    """The error of a register that somebody else has changed meanwhile."""
    return XlkitError(
        Text(
            f"Реестр {shown} не изменён: пока готовились изменения, его изменил кто-то другой. Повторите команду.",
            f"The register {shown} is unchanged: somebody else changed it meanwhile. Run the command again.",
        )
    )


# --- databases --------------------------------------------------------------------------------------------


def change_database(
    place: Place,
    tables: Tables,
    changes: Sequence[FigureChange],
    journal: Sequence[Row],
    verify: Callable[[Tables], None],
) -> None:
    """Make the changes and write the journal in one transaction.

    ``verify`` is shown the tables as they are then; what it raises takes everything back. Raises XlkitError.
    """
    with connected(place, write=True) as connection:
        for table in dict.fromkeys(change.new.table for change in changes):
            own = [change for change in changes if change.new.table == table]
            _change_table(connection, place.shown, tables, table, own)
        layout = table_layouts(connection, (CHANGES,)).get(CHANGES) or make_table(connection, CHANGES)
        append_rows(connection, place.shown, layout, journal)
        verify(select_tables(connection, place.shown, tables.records.keys()))


def _change_table(connection: Any, shown: str, tables: Tables, table: str, changes: Sequence[FigureChange]) -> None:
    layout, records = tables.layouts[table], {record.number: record for record in tables.records[table]}
    columns = reflected(connection, layout)
    target = next(iter(columns.values())).table
    known = [name for name in (*register_spec().keys_of(table), "name", VALUE) if name in columns]
    alike = Counter(_read(record, known) for record in records.values())
    for change in changes:
        if change.old is not None:
            record = records[change.old.line]
            row = {name: figure_record(change.new)[name] for name in _SET}
            names = {columns[name].name for name in (*_SET, WORD) if name in columns}
            made = encoded({name: word for name, word in row.items() if name in columns}, columns, shown)
            update = target.update().where(*_still(record, known, columns))
            done = connection.execute(update.values({name: made[name] for name in names}))
            if done.rowcount != alike[_read(record, known)]:
                raise overtaken(shown)
    append_rows(connection, shown, layout, [figure_record(one.new) for one in changes if one.old is None])


def _read(record: Record, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple([record.get(name) for name in names])


def _still(record: Record, names: Sequence[str], columns: Mapping[str, Any]) -> list[Any]:
    """The conditions under which a record is still as it was read."""
    found = {name: record.get(name) for name in names}
    if WORD in columns and isinstance(found[VALUE], str):
        found |= {WORD: found[VALUE], VALUE: None}
    return [columns[name].is_not_distinct_from(content) for name, content in found.items()]


# --- .xlsx ------------------------------------------------------------------------------------------------


def changed_workbook(
    content: bytes, tables: Tables, changes: Sequence[FigureChange], journal: Sequence[Row], added: NewSheet
) -> bytes:
    """A copy of a register's .xlsx with the figures changed and the journal written; all else stays as it is.

    ``added`` is the journal's sheet, for a register without one. Raises Unreadable and XlkitError.
    """
    edits: dict[str, dict[Position, Edit]] = {}
    last = {table: layout.last for table, layout in tables.layouts.items()}
    for change in changes:
        table = change.new.table
        layout, record = tables.layouts[table], figure_record(change.new)
        if change.old is None:
            last[table] += 1
            row, names = last[table], tuple(record)
        else:
            row, names = change.old.line, _SET
        edits.setdefault(layout.name, {}).update(_cells(layout, row, {name: record[name] for name in names}))
    book = _journal_layout(tables, added)
    for row, line in enumerate(journal, start=book.last + 1):
        edits.setdefault(book.name, {}).update(_cells(book, row, line))
    sheets = {name: SheetEdits(cells) for name, cells in edits.items()}
    return patch_workbook(content, sheets, added=None if CHANGES in tables.layouts else added)


def _journal_layout(tables: Tables, added: NewSheet) -> Layout:
    columns = register_spec().columns_of(CHANGES)
    known = tables.layouts.get(CHANGES)
    if known is None:
        return Layout(added.name, {name: number for number, name in enumerate(columns, start=1)}, 1)
    if missing := [column.caption for name, column in columns.items() if name not in known.columns]:
        place, said = f"«{known.name}», {tables.source}", ", ".join(missing)
        raise XlkitError(
            Text(
                f"На листе реестра {place} нет столбцов журнала ({said}): переименуйте этот лист.",
                f"The register's sheet {place} lacks columns of the journal ({said}): rename that sheet.",
            )
        )
    return known


def _cells(layout: Layout, row: int, record: Row) -> dict[Position, Edit]:
    found = {}
    for name, content in record.items():
        if name in layout.columns:
            number = isinstance(content, (int, float)) and not isinstance(content, bool)
            empty = content is None or content == ""
            edit = Edit(None if empty else float(content) if number else str(content))  # type: ignore[arg-type]
            found[row, layout.columns[name]] = edit
    return found
