"""Making the store of a свод: filled while the свод is made, compared with the one before, marked at the end."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from xlkit import __version__
from xlkit.errors import XlkitError, cannot_write
from xlkit.store.changes import Changes, find_changes, read_changes
from xlkit.store.columns import Frame
from xlkit.store.contents import Contents, frames_of, frames_of_places
from xlkit.store.database import About, attach_earlier, new_database, put_about, read_about
from xlkit.store.places import Places
from xlkit.store.schema import TABLES
from xlkit.texts import Text


class NewStore:
    """A store in the making at ``place``; ``path`` is where it will lie, and the earlier one lies now.

    A context manager. Raises XlkitError where the disk refuses, or a file that is no store lies at ``path``.
    """

    def __init__(self, place: Path, path: Path, now: dt.datetime) -> None:
        self._path = path
        self._now = now
        self._previous: dt.datetime | None = None
        with self._refusing():
            self._database = new_database(place)
            self._database.execute(TABLES)

    def __enter__(self) -> NewStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def put(self, contents: Contents) -> Changes | None:
        """Write what the свод is made of; what has changed since the earlier store, ``None`` where there is none."""
        with self._refusing():
            self._insert(frames_of(contents))
            self._database.execute("UPDATE files SET taken_at = ? WHERE path IS NOT NULL", [_stamp(self._now)])
            if not attach_earlier(self._database, self._path):
                return None
            self._previous = read_about(self._database, "earlier").made_at
            self._database.execute(_KNOWN_BEFORE)
            find_changes(self._database)
            self._database.execute("DETACH earlier")
            return read_changes(self._database, About("", self._now, self._previous))

    def finish(self, contents: Contents, places: Places, svod: bytes) -> None:
        """Write where the figures stand in the свод, and whose store this is; the file is whole and closed then."""
        with self._refusing():
            self._insert(frames_of_places(contents, places))
            about = About(hashlib.sha256(svod).hexdigest(), self._now, self._previous)
            put_about(self._database, about, __version__)
            self._database.execute("CHECKPOINT")
            self._database.close()

    def _insert(self, frames: Iterable[tuple[str, Frame]]) -> None:
        import pandas as pd

        self._database.execute("BEGIN")
        for name, frame in frames:
            if not len(next(iter(frame.values()))):
                continue
            self._database.register("frame", pd.DataFrame(frame, copy=False))
            self._database.execute(f"INSERT INTO {name} BY NAME SELECT * FROM frame")
            self._database.unregister("frame")
        self._database.execute("COMMIT")

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except OSError as error:
            raise XlkitError(cannot_write(self._path, error)) from error
        except (duckdb.OperationalError, duckdb.FatalException) as error:  # the disk, not a mistake of ours
            raise XlkitError(
                Text(
                    f"Хранилище {self._path} не пишется: проверьте место на диске и права, и повторите",
                    f"The store {self._path} cannot be written: check the disk's room and your rights, and try again",
                )
            ) from error


_KNOWN_BEFORE = """
UPDATE files SET taken_at = known.taken_at FROM earlier.files known
WHERE known.path = files.path AND known.sha256 = files.sha256
"""
"""A content that lay here before came in then."""


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
