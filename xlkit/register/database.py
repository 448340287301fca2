"""A register's database through SQLAlchemy: connections, what its tables are called, reading them.

A value is a number or a word. Tables that xlkit makes keep the number in ``value`` and the word in ``value_text``,
so that both have a type; ``position`` keeps the order of the records. A register made by others needs neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import repeat
from typing import Any

from xlkit.errors import XlkitError
from xlkit.register.places import Place, bad_url, unusable
from xlkit.register.tables import Layout, Records, Tables, check_columns, column_names
from xlkit.rules.registerspec import register_spec
from xlkit.texts import Text
from xlkit.values import folded

VALUE, WORD, POSITION = "value", "value_text", "position"
_PATIENCE = 15
"""Seconds to wait for a server that does not answer."""
_PACKAGES = {
    "psycopg": "'xlkit[postgres]'",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient",
    "mysql": "mysql-connector-python",
}
"""What installs a driver of a database, where the package has another name than the module."""


@contextmanager
def connected(place: Place, write: bool = False) -> Iterator[Any]:
    """A connection in one transaction, committed when the block ends well; else nothing has changed.

    Raises XlkitError for what the database says; no message shows a password. Readers see one state of the database.
    """
    import sqlalchemy as sa

    ended = False
    try:
        engine = _engine(place, write)
        try:
            with engine.begin() as connection:
                yield connection
                ended = True
        finally:
            engine.dispose()
    except ImportError as error:
        install = f"pip install {_PACKAGES.get(error.name or '', error.name)}"
        raise unusable(
            place.shown,
            f"не установлен драйвер этой базы данных: {install}",
            f"the driver of this database is not installed: {install}",
        ) from error
    except sa.exc.NoSuchModuleError as error:
        raise bad_url(place.shown) from error
    except (sa.exc.SQLAlchemyError, UnicodeEncodeError) as error:
        raise _said_by(place, error, write, ended) from error


def _said_by(place: Place, error: Exception, write: bool, ended: bool) -> XlkitError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    if not write:
        return unusable(place.shown, f"база данных отвечает: {reason}", f"the database says: {reason}")
    if ended:  # the answer to the last word, COMMIT, got lost: nobody here knows what became of it
        return XlkitError(
            Text(
                f"Записан ли реестр {place.shown}, неизвестно: база данных отвечает: {reason}. Сравните его с копией "
                "(xlkit register diff).",
                f"Whether {place.shown} was written is not known: the database says: {reason}. Compare it with its "
                "backup (xlkit register diff).",
            )
        )
    return XlkitError(
        Text(
            f"Реестр {place.shown} не изменён: база данных отвечает: {reason}",
            f"The register {place.shown} is unchanged: the database says: {reason}",
        )
    )


def _engine(place: Place, write: bool) -> Any:
    import sqlalchemy as sa

    url = place.url
    if url.get_backend_name() == "postgresql":
        known = {"client_encoding": "utf8", "connect_timeout": str(_PATIENCE), "application_name": "xlkit"}
        url = url.update_query_dict({name: word for name, word in known.items() if name not in url.query})
        if write:
            return sa.create_engine(url)
        snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return sa.create_engine(url, execution_options=snapshot)
    engine = sa.create_engine(url)
    if url.get_backend_name() == "sqlite":
        _one_transaction(engine, "BEGIN IMMEDIATE" if write else "BEGIN")
    return engine


def _one_transaction(engine: Any, begin: str) -> None:
    """Let SQLite begin where SQLAlchemy says so: Python's driver leaves reading and CREATE TABLE outside."""
    import sqlalchemy as sa

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _(connection: Any) -> None:
        connection.exec_driver_sql(begin)


# --- reading ----------------------------------------------------------------------------------------------


def read_database(place: Place, wanted: Collection[str]) -> Tables:
    """The wanted tables of a database; raises XlkitError."""
    with connected(place) as connection:
        return select_tables(connection, place.shown, wanted)


def select_tables(connection: Any, source: str, wanted: Collection[str]) -> Tables:
    """The wanted tables as a transaction sees them, only the columns that a register has."""
    records: dict[str, Records] = {}
    layouts = table_layouts(connection, wanted)
    for table, layout in layouts.items():
        check_columns(source, table, layout.columns)
        records[table] = _records(connection, layout)
    return Tables(source, records, layouts, sheets=False)


def table_layouts(connection: Any, wanted: Collection[str]) -> dict[str, Layout]:
    """The register's tables and views of a database, by their English names or those of the sheets."""
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    present = {folded(name): name for name in [*inspector.get_table_names(), *inspector.get_view_names()]}
    layouts = {}
    for table, sheet in register_spec().sheets.items():
        name = present.get(table) or present.get(folded(sheet))
        if table in wanted and name is not None:
            columns: dict[str, str] = {}
            names = column_names(table) | {WORD: WORD, POSITION: POSITION}
            for one in inspector.get_columns(name):
                known = names.get(folded(one["name"]))
                if known is not None:
                    columns.setdefault(known, one["name"])
            layouts[table] = Layout(name, columns)
    return layouts


def _records(connection: Any, layout: Layout) -> Records:
    import sqlalchemy as sa

    names = [name for name in layout.columns if name != POSITION]
    query: Any = sa.select(*(sa.column(layout.columns[name]) for name in names)).select_from(sa.table(layout.name))
    if POSITION in layout.columns:
        query = query.order_by(sa.column(layout.columns[POSITION]))
    rows = connection.execute(query).all()
    columns = dict(zip(names, zip(*rows, strict=True) if rows else repeat(()), strict=False))
    words = columns.pop(WORD, None)
    if words is not None and VALUE in columns:
        columns[VALUE] = tuple([w if v is None else v for v, w in zip(columns[VALUE], words, strict=True)])
    return Records(range(1, len(rows) + 1), columns)


def reflected(connection: Any, layout: Layout) -> Mapping[str, Any]:
    """The columns of a table that is there, with their types, by the names that the register gives them."""
    import sqlalchemy as sa

    # SQLite keeps in any column what it is given, whatever its declared type.
    if connection.dialect.name == "sqlite":
        table = sa.table(layout.name, *(sa.column(name) for name in layout.columns.values()))
        return {known: table.c[name] for known, name in layout.columns.items()}
    made = sa.Table(layout.name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    return {known: made.c[name] for known, name in layout.columns.items()}
