"""Writing a register into a database: tables that are missing are made, those that are there are brought up to date.

A table that is there keeps its columns and what others have put into columns that are not the register's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlkit.errors import XlkitError
from xlkit.register.database import POSITION, VALUE, WORD, reflected, table_layouts
from xlkit.register.records import Row
from xlkit.register.tables import Layout
from xlkit.rules.registerspec import CHANGES, FIGURES, register_spec
from xlkit.texts import Text
from xlkit.values import as_text


def write_tables(connection: Any, shown: str, tables: Mapping[str, Iterable[Row]]) -> None:
    """Let the tables of a database hold exactly these records; the journal of changes only grows.

    Raises XlkitError where something would be lost; the transaction is the caller's to take back.
    """
    layouts = table_layouts(connection, tables.keys())
    for table, records in tables.items():
        rows = [{**record, POSITION: number} for number, record in enumerate(records, start=1)]
        layout = layouts.get(table)
        if layout is None:
            layout = make_table(connection, table)
            insert_rows(connection, shown, layout, rows)
        else:
            _update(connection, shown, table, layout, rows)


def make_table(connection: Any, table: str) -> Layout:
    """Make one of the register's tables, with its types, keys and indexes."""
    import sqlalchemy as sa

    keys = register_spec().keys_of(table)
    columns: list[Any] = [sa.Column(POSITION, sa.Integer, primary_key=not keys, autoincrement=False, nullable=False)]
    for name, column in register_spec().columns_of(table).items():
        kinds: dict[str, Any] = {"integer": sa.Integer, "value": sa.Double, "text": sa.Text}
        key = name in keys
        columns.append(sa.Column(name, kinds[column.type], primary_key=key, autoincrement=False, nullable=not key))
        if column.type == "value":
            columns.append(sa.Column(WORD, sa.Text))
    made = sa.Table(table, sa.MetaData(), *columns)
    if table in FIGURES:
        made.append_constraint(sa.CheckConstraint(f"{VALUE} IS NULL OR {WORD} IS NULL", name=f"{table}_one_value"))
        sa.Index(f"{table}_by_row", made.c.form, made.c.code, made.c.year)
    made.create(connection)
    return Layout(table, {one.name: one.name for one in made.columns})


def insert_rows(connection: Any, shown: str, layout: Layout, rows: Sequence[Row]) -> None:
    """Add records to a table; raises XlkitError for contents that it cannot hold."""
    if rows:
        columns = reflected(connection, layout)
        target = next(iter(columns.values())).table
        connection.execute(target.insert(), [encoded(row, columns, shown) for row in rows])


def encoded(row: Row, columns: Mapping[str, Any], shown: str) -> dict[str, Any]:
    """A record as the columns of a table take it, by their own names; raises XlkitError for what they cannot hold."""
    import sqlalchemy as sa

    row = dict(row)
    value = row.get(VALUE)
    if isinstance(value, bool) or not isinstance(value, (int, float, str, type(None))):
        row[VALUE] = value = as_text(value)
    if WORD in columns:
        row[WORD], row[VALUE] = (value, None) if isinstance(value, str) else (None, value)
    elif isinstance(value, str) and VALUE in columns and isinstance(columns[VALUE].type, sa.Numeric):
        raise _no_room(shown, columns[VALUE], value)
    for name, content in row.items():
        if content not in (None, "") and name not in columns and name not in (POSITION, WORD):
            table = next(iter(columns.values())).table.name
            ru = f"В таблице {table} базы данных {shown} нет столбца {name}: «{content}» потерялось бы. "
            en = f"The table {table} of {shown} has no column {name}: «{content}» would be lost. "
            raise XlkitError(Text(f"{ru}Добавьте столбец или укажите пустую базу.",
                                  f"{en}Add the column or name an empty database."))  # fmt: skip
    return {column.name: _as_type(row.get(name), column, shown, name) for name, column in columns.items()}


def _as_type(content: Any, column: Any, shown: str, name: str) -> Any:
    import sqlalchemy as sa

    if content == "" and name not in register_spec().keys_of(FIGURES[0]):
        return None  # a key is never NULL
    if content is None or isinstance(column.type, sa.types.NullType):
        return content
    try:
        if isinstance(column.type, sa.String):
            return as_text(content)
        if isinstance(column.type, sa.Integer):
            return int(content)
        if isinstance(column.type, sa.DateTime):
            return dt.datetime.fromisoformat(content)
        if isinstance(column.type, sa.Date):
            return dt.date.fromisoformat(content)
    except (TypeError, ValueError) as error:
        raise _no_room(shown, column, content) from error
    return content


def _no_room(shown: str, column: Any, content: object) -> XlkitError:
    return XlkitError(
        Text(
            f"База данных {shown}: столбец {column.table.name}.{column.name} не вмещает «{content}». Для слов нужен "
            f"столбец {WORD} или текстовый тип.",
            f"The database {shown}: the column {column.table.name}.{column.name} cannot hold «{content}». Words need "
            f"a column {WORD} or a text type.",
        )
    )


# --- a table that is there --------------------------------------------------------------------------------


def _update(connection: Any, shown: str, table: str, layout: Layout, rows: Sequence[Row]) -> None:
    """Add, change and remove single records, so that what others keep beside them stays."""
    import sqlalchemy as sa

    columns = reflected(connection, layout)
    target = next(iter(columns.values())).table
    keys = [layout.columns[name] for name in register_spec().keys_of(table) if name in layout.columns]
    named = keys or [name for known, name in layout.columns.items() if known != POSITION]
    present = [dict(row._mapping) for row in connection.execute(sa.select(*columns.values()))]
    known = {_key(one, named): one for one in present}
    wanted = {_key(one, named): one for one in (encoded(row, columns, shown) for row in rows)}
    if table != CHANGES:
        gone = [one for key, one in known.items() if key not in wanted]
        _spare_foreign(connection, shown, layout, len(gone))
        for one in gone:
            connection.execute(target.delete().where(*same_row(target, one)))
    for key, one in wanted.items() if keys else ():
        old = known.get(key)
        if old is not None and old != one:
            connection.execute(target.update().where(*same_row(target, old)).values(one))
    added = [one for key, one in wanted.items() if key not in known]
    if added and keys:
        connection.execute(target.insert(), added)
    else:
        _insert_last(connection, layout, target, added)


def _spare_foreign(connection: Any, shown: str, layout: Layout, gone: int) -> None:
    """Raise XlkitError where records would go together with what others keep beside them."""
    import sqlalchemy as sa

    present = {one["name"] for one in sa.inspect(connection).get_columns(layout.name)} if gone else set()
    foreign = ", ".join(sorted(present - set(layout.columns.values())))
    if foreign:
        raise XlkitError(
            Text(
                f"В таблице {layout.name} базы данных {shown} есть чужие столбцы ({foreign}), а в источнике не хватает "
                f"её записей: {gone}. Удалите эти записи сами или укажите пустую базу.",
                f"The table {layout.name} of {shown} has columns of others ({foreign}), and the source lacks {gone} of "
                "its records. Remove them yourself or name an empty database.",
            )
        )


def append_rows(connection: Any, shown: str, layout: Layout, rows: Sequence[Row]) -> None:
    """Add records after the last one of a table."""
    columns = reflected(connection, layout)
    target = next(iter(columns.values())).table
    _insert_last(connection, layout, target, [encoded(row, columns, shown) for row in rows])


def _insert_last(connection: Any, layout: Layout, target: Any, rows: list[dict[str, Any]]) -> None:
    import sqlalchemy as sa

    position = layout.columns.get(POSITION)
    if position and rows:
        last = connection.execute(sa.select(sa.func.max(target.c[position]))).scalar() or 0
        rows = [{**row, position: number} for number, row in enumerate(rows, start=last + 1)]
    if rows:
        connection.execute(target.insert(), rows)


def _key(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple([as_text(row[name]) for name in keys])


def same_row(target: Any, row: Mapping[str, Any]) -> list[Any]:
    """The conditions under which a record is still what it was when it was read."""
    return [target.c[name].is_not_distinct_from(content) for name, content in row.items()]
