"""Where a register is kept: an .xlsx file, a SQLite file, a database behind a URL. No place shows a password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from xlkit.errors import XlkitError
from xlkit.safefile import is_there
from xlkit.texts import Text, is_one_line

_URL = re.compile(r"[a-z0-9+]+://")
_SQLITE = b"SQLite format 3\x00"
_SQLITE_NAMES = (".db", ".sqlite", ".sqlite3")
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver that is asked for where a URL names none; SQLAlchemy's own choice depends on its version."""


@dataclass(frozen=True)
class Place:
    """A register's place. ``shown`` names it without any password; ``file`` is what a backup copies, where there is
    one; ``url`` is SQLAlchemy's, of a database."""

    shown: str
    file: Path | None
    url: Any = None


def find_place(source: str) -> Place:
    """The place of a register that is there; raises XlkitError. A server is not asked yet."""
    place = _place(source)
    if place.url is None or place.file is None or is_file(place.file):
        return place
    if is_there(place.file):
        raise unusable(place.shown, "это папка или особый файл", "this is a folder or a special file")
    raise unusable(place.shown, "файла нет", "there is no such file")


def new_place(target: str) -> Place:
    """The place of a database that may be made; raises XlkitError for what is none."""
    path = Path(target)
    if not _URL.match(target) and not _is_sqlite(path):
        if is_there(path) or path.suffix.casefold() not in _SQLITE_NAMES:
            raise XlkitError(
                Text(
                    f"{target} — не база данных: укажите адрес (postgresql://…) или файл SQLite (.db)",
                    f"{target} is no database: name a URL (postgresql://…) or a SQLite file (.db)",
                )
            )
        return _sqlite(target, path)
    return _place(target)


def _place(source: str) -> Place:
    if not source.strip():
        raise XlkitError(Text("Реестр не указан (--register)", "No register was named (--register)"))
    if not _URL.match(source):
        return _sqlite(source, Path(source)) if _is_sqlite(Path(source)) else Place(source, Path(source))
    url = _url(source)
    if url.drivername.startswith("sqlite"):
        file = Path(url.database) if url.database else None
        return Place(source if url.password is None else _shown(url), file, url)
    return Place(_shown(url), None, url)


def _sqlite(source: str, path: Path) -> Place:
    import sqlalchemy as sa

    return Place(source, path, sa.URL.create("sqlite", database=str(path)))


def _is_sqlite(path: Path) -> bool:
    if not is_file(path):  # opening a pipe would wait for somebody to write into it
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except OSError:  # the reader of workbooks tells what is wrong
        return False


def is_file(path: Path) -> bool:
    """Whether a plain file stands at a path; never raises."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _url(source: str) -> Any:
    import sqlalchemy as sa

    try:
        url = sa.make_url(source)
    except (sa.exc.SQLAlchemyError, ValueError) as error:
        raise bad_url(re.sub(r"://.*@", "://***@", source)) from error
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def _shown(url: Any) -> str:
    """A URL as people read it: without percent signs for letters, and without any password, before the host or later.

    Only to be read: what is decoded here need not be a URL any more.
    """
    secret = [name for name in url.query if "pass" in name.casefold()]
    named = url.set(drivername=url.drivername.removesuffix("+psycopg"))
    masked = named.update_query_dict(dict.fromkeys(secret, "***"))
    said = masked.render_as_string(hide_password=True)
    words = unquote(said)
    return words if is_one_line(words) and "\ufffd" not in words else said


def unusable(source: str, ru: str, en: str) -> XlkitError:
    """The error of a register that cannot be read."""
    return XlkitError(Text(f"Реестр {source} не читается: {ru}", f"The register {source} cannot be read: {en}"))


def bad_url(source: str) -> XlkitError:
    """The error of a URL that names no database that is known."""
    return unusable(
        source,
        "адрес базы данных не понят; примеры: sqlite:///реестр.db, postgresql://…",
        "not the URL of a known database; examples: sqlite:///register.db, postgresql://…",
    )
