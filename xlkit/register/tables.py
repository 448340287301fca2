"""The tables of a register as records, whatever it is kept in: an .xlsx file, SQLite, another database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xlkit.books.raw import RawSheet
from xlkit.books.reader import read_workbook
from xlkit.errors import FileRefused, XlkitError
from xlkit.rules.registerspec import RegisterColumn, register_spec
from xlkit.safefile import is_there
from xlkit.texts import Text
from xlkit.values import as_text, folded, squeezed

_HEADER_ROWS = 40
_URL = re.compile(r"[a-z0-9+]+://")
_SQLITE = b"SQLite format 3\x00"


class Record(NamedTuple):
    """One record: its row in the sheet (or its number in the table), its contents, where which column stands."""

    number: int
    contents: Sequence[Any]
    places: Mapping[str, int]

    def get(self, name: str) -> Any:
        """The raw content of a column; ``None`` where the column is missing."""
        at = self.places.get(name)
        return None if at is None else self.contents[at]

    def text(self, name: str) -> str:
        """A column as squeezed text."""
        return squeezed(as_text(self.get(name)))


@dataclass(frozen=True)
class Tables:
    """All tables of a register. ``source`` names it without any password."""

    source: str
    records: dict[str, list[Record]]
    sheets: bool

    def place(self, table: str, record: Record) -> Text:
        """Where a record stands, for a person."""
        if self.sheets:
            name = register_spec().sheets[table]
            return Text(f"лист «{name}», строка {record.number}", f"sheet «{name}», row {record.number}")
        return Text(f"таблица {table}, запись {record.number}", f"table {table}, record {record.number}")


def read_tables(source: str) -> Tables:
    """Read a register's tables; raises XlkitError."""
    if not source.strip():
        raise XlkitError(Text("Реестр не указан (--register)", "No register was named (--register)"))
    if _URL.match(source):
        return _read_database(source)
    return _read_database(source, Path(source)) if _is_sqlite(Path(source)) else _read_xlsx(Path(source))


def unusable(source: str, ru: str, en: str) -> XlkitError:
    """The error of a register that cannot be read."""
    return XlkitError(Text(f"Реестр {source} не читается: {ru}", f"The register {source} cannot be read: {en}"))


def _is_sqlite(path: Path) -> bool:
    if not _is_file(path):  # opening a pipe would wait for somebody to write into it
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError:  # the reader of workbooks tells what is wrong
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _names(columns: Mapping[str, RegisterColumn]) -> dict[str, str]:
    """A column by everything that names it: its English name, its caption, other captions."""
    return {folded(text): name for name, c in columns.items() for text in (name, *c.also, c.caption)}


def _check_columns(source: str, table: str, present: Sequence[str] | Mapping[str, int]) -> None:
    """Raise XlkitError where a required column is missing."""
    spec = register_spec()
    for name, column in spec.columns_of(table).items():
        if column.required and name not in present:
            ru = f"на листе «{spec.sheets[table]}» нет столбца «{column.caption}»"
            raise unusable(source, ru, f"the table «{spec.sheets[table]}» ({table}) has no column «{name}»")


# --- .xlsx ------------------------------------------------------------------------------------------------


def _read_xlsx(path: Path) -> Tables:
    try:
        workbook = read_workbook(path)
    except FileRefused as refused:
        raise unusable(str(path), refused.text.ru, refused.text.en) from refused
    tables = {}
    for table, name in register_spec().sheets.items():
        sheets = workbook.named(name)
        if sheets:
            tables[table] = list(_sheet_records(sheets[0], table, str(path)))
    return Tables(str(path), tables, sheets=True)


def _sheet_records(sheet: RawSheet, table: str, source: str) -> Iterator[Record]:
    header, places = _header(sheet, _names(register_spec().columns_of(table)))
    _check_columns(source, table, places)
    columns = [column - 1 for column in places.values()]
    names = {name: at for at, name in enumerate(places)}
    for row, line in enumerate(sheet.grid[header:], start=header + 1):
        width = len(line)
        contents = tuple(line[column] if column < width else None for column in columns)
        if any(content is not None and as_text(content).strip() for content in contents):
            yield Record(row, contents, names)


def _header(sheet: RawSheet, names: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(1, min(len(sheet.grid), _HEADER_ROWS) + 1):
        places: dict[str, int] = {}
        for column, content in enumerate(sheet.grid[row - 1], start=1):
            name = names.get(folded(as_text(content)))
            if name is not None:
                places.setdefault(name, column)
        if len(places) > len(best[1]):
            best = row, places
    return best


# --- databases --------------------------------------------------------------------------------------------


def _read_database(source: str, file: Path | None = None) -> Tables:
    """Read a database by its URL, or a SQLite ``file``; messages never show a password."""
    import sqlalchemy as sa

    url = sa.URL.create("sqlite", database=str(file)) if file is not None else _url(source)
    source = url.render_as_string(hide_password=True) if url.password else source
    if url.drivername.startswith("sqlite") and url.database and not _is_file(Path(url.database)):
        if is_there(url.database):
            raise unusable(source, "это папка или особый файл", "this is a folder or a special file")
        raise unusable(source, "файла нет", "there is no such file")
    try:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            tables = _selected(connection, source)
        engine.dispose()
    except ImportError as error:
        install = f"pip install {error.name}"
        raise unusable(
            source,
            f"не установлен драйвер этой базы данных: {install}",
            f"the driver of this database is not installed: {install}",
        ) from error
    except sa.exc.NoSuchModuleError as error:
        raise _bad_url(source) from error
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise unusable(source, f"база данных отвечает: {reason}", f"the database says: {reason}") from error
    return Tables(source, tables, sheets=False)


def _selected(connection: Any, source: str) -> dict[str, list[Record]]:
    import sqlalchemy as sa

    spec = register_spec()
    present = {folded(name): name for name in _table_names(connection)}
    tables: dict[str, list[Record]] = {}
    for table, sheet in spec.sheets.items():
        name = present.get(table) or present.get(folded(sheet))
        if name is None:
            continue
        names = _names(spec.columns_of(table))
        result = connection.execute(sa.select(sa.text("*")).select_from(sa.table(name)))
        keys = [names.get(folded(key), key) for key in result.keys()]  # noqa: SIM118 - a result is no mapping
        _check_columns(source, table, keys)
        places = {key: at for at, key in enumerate(keys)}
        tables[table] = [Record(i, tuple(row), places) for i, row in enumerate(result, start=1)]
    return tables


def _table_names(connection: Any) -> list[str]:
    """Tables and views alike."""
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    return [*inspector.get_table_names(), *inspector.get_view_names()]


def _url(source: str) -> Any:
    import sqlalchemy as sa

    try:
        return sa.make_url(source)
    except sa.exc.SQLAlchemyError as error:
        shown = re.sub(r"://[^/@]*@", "://***@", source)
        raise _bad_url(shown) from error


def _bad_url(source: str) -> XlkitError:
    return unusable(
        source,
        "адрес базы данных не понят; примеры: sqlite:///реестр.db, postgresql://…",
        "not the URL of a known database; examples: sqlite:///register.db, postgresql://…",
    )
