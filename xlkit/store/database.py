"""The DuckDB file of a свод: where it lies, whose it is, how it is opened."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlkit.errors import XlkitError, system_reason
from xlkit.safefile import real_path
from xlkit.texts import Text, joined

if TYPE_CHECKING:
    import duckdb

SCHEMA_VERSION = 2
_MARK = "xlkit store"
_MAGIC = slice(8, 12), b"DUCK"
"""Where a DuckDB file says what it is."""

_QUIET: dict[str, Any] = {
    "default_block_size": "32768",  # a small свод has a small store, and a large one is quickly written
    "storage_compatibility_version": "v1.3.0",  # packs texts four times as well as DuckDB's default, a third faster
    "autoinstall_known_extensions": False,  # nothing is fetched from a network
    "autoload_known_extensions": False,
    "threads": 1,  # for so little data more only wait for each other
    "python_enable_replacements": False,  # a table's name never means a variable
}

_ROOM = "256MB"
"""Of memory for a store in the making; more goes to a temporary file (10,000 workbooks need it, and lose no time)."""

_MISSING = Text(
    'для xlkit explain и xlkit changes нужен DuckDB: pip install "xlkit[scale]"',
    'xlkit explain and xlkit changes need DuckDB: pip install "xlkit[scale]"',
)
_NO_UNICODE = Text("имя файла или папки свода не в Unicode", "the name of the file or its folder is no Unicode")


@dataclass(frozen=True)
class About:
    """Whose a store is: of the свод with this SHA-256, made at this time; ``previous``: the time of the one before."""

    svod: str
    made_at: dt.datetime
    previous: dt.datetime | None


def store_path(output: str | Path) -> Path:
    """Where the store of a свод lies: ``свод.xlsx`` has ``свод.store.duckdb`` (a link: beside what it leads to)."""
    path = Path(real_path(output))
    return path.with_name(f"{path.stem if path.suffix.lower() == '.xlsx' else path.name}.store.duckdb")


def why_no_store(output: str | Path) -> Text | None:
    """Why a свод can have no store; ``None`` where it can."""
    if find_spec("duckdb") is None:
        return _MISSING
    try:
        str(store_path(output)).encode()
    except UnicodeEncodeError:
        return _NO_UNICODE
    return None


def no_store_written(output: str | Path) -> Text | None:
    """What to say of a свод that was written without a store, and of an earlier store left beside it; else ``None``."""
    reason = why_no_store(output)
    if reason is None:
        return None
    path = store_path(output)
    said = Text(f"Хранилище не записано: {reason.ru}", f"No store was written: {reason.en}")
    if not path.is_file():
        return said
    stale = Text(f"{path.name} — от прежнего свода", f"{path.name} is of the consolidation before")
    return joined([said, stale], ". ")


def new_database(place: Path) -> duckdb.DuckDBPyConnection:
    """A new database at a place where nothing is; OSError where the system refuses."""
    import duckdb

    more = {"memory_limit": _ROOM, "temp_directory": tempfile.gettempdir()}
    place.touch()  # tells the system's reason, which DuckDB does not
    place.unlink()
    return duckdb.connect(str(place), config=_QUIET | more)


def attach_earlier(database: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Attach an earlier store as ``earlier``; ``False`` where there is none that can be compared with.

    A store of another version, or damaged, will be begun anew. Raises XlkitError for a file that is no store, and for
    one that another program holds.
    """
    import duckdb

    if not _head(path):
        return False
    try:
        database.execute(f"ATTACH '{_quoted(path)}' AS earlier (READ_ONLY)")
    except duckdb.Error as error:
        if _is_held(error):
            raise _held(path) from error
        return False
    schema = _schema(database, path, "earlier")
    if schema != SCHEMA_VERSION:
        database.execute("DETACH earlier")
    return schema == SCHEMA_VERSION


def spare_held_store(output: str | Path) -> None:
    """Raise XlkitError, as :func:`attach_earlier`, for what would keep a свод's store from being compared with later.

    Nothing where there will be no store.
    """
    if str(output) == "-" or why_no_store(output) is not None or not _head(store_path(output)):
        return
    import duckdb

    with duckdb.connect(config=_QUIET) as database:
        attach_earlier(database, store_path(output))


def put_about(database: duckdb.DuckDBPyConnection, about: About, program: str) -> None:
    """Write down whose the store is; the last thing that is written."""
    database.execute(
        "CREATE TABLE about AS SELECT ? AS mark, ? AS schema, ? AS program, ? AS svod_sha256, ? AS made_at, "
        "? AS previous_at",
        [_MARK, SCHEMA_VERSION, program, about.svod, _stored(about.made_at), _stored(about.previous)],
    )


def read_about(database: duckdb.DuckDBPyConnection, schema: str = "main") -> About:
    """Whose a store is."""
    row = database.execute(f"SELECT svod_sha256, made_at, previous_at FROM {schema}.about").fetchone()
    assert row is not None
    made = _moment(row[1])
    assert made is not None
    return About(row[0], made, _moment(row[2]))


@contextmanager
def opened_store(svod: str | Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, About]]:
    """The store that belongs to a свод, to be read only.

    Raises XlkitError where DuckDB is not installed, there is no свод or no store, another program holds it, or it
    belongs to another свод.
    """
    reason = why_no_store(svod)
    if reason is not None:
        raise XlkitError(Text(f"Хранилище не открыть: {reason.ru}", f"No store can be opened: {reason.en}"))
    import duckdb

    path = store_path(svod)
    digest = _digest(Path(svod))
    if not path.is_file():
        raise XlkitError(
            Text(
                f"Рядом со сводом нет его хранилища {path.name}: соберите свод заново (xlkit consolidate)",
                f"There is no store {path.name} beside the consolidation: make it again (xlkit consolidate)",
            )
        )
    _head(path)
    try:
        database = duckdb.connect(str(path), read_only=True, config=_QUIET)
    except duckdb.Error as error:
        raise (_held if _is_held(error) else _damaged)(path) from error
    try:
        if _schema(database, path) != SCHEMA_VERSION:
            raise _damaged(path)
        about = read_about(database)
        if about.svod != digest:
            raise _of_another(svod, path)
        yield database, about
    except duckdb.Error as error:
        raise _damaged(path) from error
    finally:
        database.close()


# --- inside -----------------------------------------------------------------------------------------------


def _head(path: Path) -> bytes:
    """How a database begins; empty where there is no file, or an empty one. Raises XlkitError for any other file."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_MAGIC[0].stop)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(path, error) from error
    if head and head[_MAGIC[0]] != _MAGIC[1]:
        raise _not_ours(path)
    return head


def _schema(database: duckdb.DuckDBPyConnection, path: Path, schema: str = "main") -> int:
    """The version of the store in a database. Raises XlkitError for a database that is none."""
    import duckdb

    try:
        found = database.execute(f"SELECT mark, schema FROM {schema}.about").fetchone()
    except duckdb.Error:
        found = None
    if found is None or found[0] != _MARK:
        raise _not_ours(path)
    return int(found[1])


def _is_held(error: Exception) -> bool:
    """Whether another process has a database open to write; DuckDB has no class of its own for that."""
    return "lock on file" in str(error)


def _held(path: Path) -> XlkitError:
    told = _unreadable(path, OSError(errno.EBUSY, "")).text
    return XlkitError(Text(f"{told.ru}; закройте его в ней и повторите", f"{told.en}; close it there and try again"))


def _digest(svod: Path) -> str:
    try:
        with svod.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(svod, error) from error


def _unreadable(path: Path, error: OSError) -> XlkitError:
    why = system_reason(error)
    return XlkitError(Text(f"{path} не читается: {why.ru}", f"{path} cannot be read: {why.en}"))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _stored(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds") if moment is not None else None


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _not_ours(path: Path) -> XlkitError:
    return XlkitError(
        Text(
            f"{path} — не хранилище xlkit: перенесите или удалите этот файл и соберите свод заново (xlkit consolidate) "
            "или пишите свод под другим именем",
            f"{path} is no store of xlkit: move or delete that file and make the consolidation again (xlkit "
            "consolidate), or write the consolidation under another name",
        )
    )


def _damaged(path: Path) -> XlkitError:
    return XlkitError(
        Text(
            f"Хранилище {path} повреждено или другой версии: удалите или перенесите этот файл и соберите свод заново "
            "(xlkit consolidate)",
            f"The store {path} is damaged or of another version: delete or move that file and make the consolidation "
            "again (xlkit consolidate)",
        )
    )


def _of_another(svod: str | Path, path: Path) -> XlkitError:
    return XlkitError(
        Text(
            f"Хранилище {path.name} — от другого свода, чем {svod}: свод пересохранён, заменён или собран без DuckDB. "
            "Соберите его заново (xlkit consolidate) или верните тот файл, который записала программа",
            f"The store {path.name} belongs to another consolidation than {svod}, which was saved again, replaced or "
            "made without DuckDB. Make it again (xlkit consolidate), or bring back the file that the program wrote",
        )
    )
