"""The journal of a consolidation: what has been read already, and what became of every file.

A SQLite file beside the свод (WAL, synchronous FULL), so that a killed run loses nothing that it has written down.
``workbooks`` has a row per content, known by its SHA-256, by which later ledgers (of mail, of values) can join it;
``inputs`` has every file of every run with its one state. What a workbook says is remembered, by the reader and the
rule books that understood it, never what was concluded from it: the register may change between two runs.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from xlkit import __version__
from xlkit.books.extract import Extract
from xlkit.books.packed import packed, unpacked
from xlkit.errors import FileRefused, XlkitError, cannot_write
from xlkit.safefile import real_path
from xlkit.texts import Text

SCHEMA_VERSION = 3
_OURS = 0x786C6B74
"""SQLite's application id of our journals: «xlkt»."""
_SCHEMA = """
CREATE TABLE workbooks (
    sha256 TEXT PRIMARY KEY,            -- of the file's bytes
    reader TEXT NOT NULL,               -- which reader and rule books: others read it again
    read_at TEXT NOT NULL,              -- UTC
    refusal TEXT,                       -- JSON [rule, Russian, English] of what cannot be read
    content BLOB                        -- the extract, packed
) WITHOUT ROWID;
CREATE TABLE runs (
    run INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,                   -- NULL: interrupted
    output TEXT NOT NULL,
    output_sha256 TEXT
);
CREATE TABLE inputs (
    run INTEGER NOT NULL REFERENCES runs,
    path TEXT NOT NULL,                 -- as given; bytes where it is no Unicode
    sha256 TEXT REFERENCES workbooks,   -- NULL: not read, or nothing that can be remembered
    state TEXT NOT NULL,                -- pending, read, unread, and at the end its standing in the intake
    PRIMARY KEY (run, path)
) WITHOUT ROWID;
"""
_EVERY = 0.5
"""Seconds between two commits: a commit waits for the disk."""

_BY_CHANCE = frozenset(("F-001", "F-002", "F-003", "F-012", "F-014", "F-032", "F-033", "F-034"))
"""Refusals that the file's bytes alone do not decide: a name, a right, a process that died."""

Reading = Extract | FileRefused
"""What reading a file gave."""


def journal_path(output: str | Path) -> Path:
    """Where the journal of an output lies: a hidden file beside it (a link's: beside what it leads to)."""
    path = Path(real_path(output))
    return path.with_name(f".{path.name}.journal")


class Journal:
    """An open journal; a context manager. XlkitError where the disk refuses, or the file is somebody else's."""

    def __init__(self, path: Path, output: str, reader: str) -> None:
        self.path = path
        self._reader = f"{__version__} {reader}"
        self._seen: dict[str, str | None] = {}
        self._uncommitted_since: dt.datetime | None = None
        with self._refusing():
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                Path(f"{path}-wal").stat()  # SQLite would not say that a name is too long
            self._db = _opened(path)
            self._db.execute("DELETE FROM workbooks WHERE reader <> ?", (self._reader,))
            began = self._db.execute("INSERT INTO runs (started_at, output) VALUES (?, ?)", (_now(), _name(output)))
            self._run = began.lastrowid
            self._db.commit()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.commit()
        self._db.close()

    def expect(self, files: Sequence[str]) -> None:
        """Write down the files of this run, none of them read yet."""
        with self._refusing():
            rows = [(self._run, _name(file)) for file in files]
            self._db.executemany("INSERT INTO inputs (run, path, state) VALUES (?, ?, 'pending')", rows)
            self._db.commit()

    def recall(self, file: str) -> Reading | None:
        """What an earlier reading of the same content gave; ``None`` where it must be read (again)."""
        with self._refusing():
            digest = self._seen[file] = _sha256(file)
            if digest is None or Path(file).name.startswith("~$"):  # a lock file is refused by its name
                return None
            row = self._db.execute("SELECT refusal, content FROM workbooks WHERE sha256 = ?", (digest,)).fetchone()
            if row is None:
                return None
            try:
                reading = FileRefused(*_refusal(row[0])) if row[0] else unpacked(row[1], file)
            except (ValueError, KeyError, TypeError):
                return None  # damaged: it is read again
            self._note(file, "read", digest)
            return reading

    def keep(self, file: str, reading: Reading) -> None:
        """Remember what reading a file gave, unless the file has changed meanwhile or its bytes do not decide it."""
        with self._refusing():
            digest = self._digest_of(file, reading)
            if digest is None:
                self._note(file, "unread", None)
                return
            told = content = None
            if isinstance(reading, FileRefused):
                told = json.dumps([reading.rule, reading.text.ru, reading.text.en])
            else:
                content = packed(reading)
            self._db.execute(
                "INSERT OR REPLACE INTO workbooks (sha256, reader, read_at, refusal, content) VALUES (?, ?, ?, ?, ?)",
                (digest, self._reader, _now(), told, content),
            )
            self._note(file, "read", digest)

    def finish(self, states: Mapping[str, str], output: bytes) -> None:
        """Write down what became of every file, and that the output was written; earlier runs are forgotten."""
        with self._refusing():
            rows = [(state, self._run, _name(file)) for file, state in states.items()]
            self._db.executemany("UPDATE inputs SET state = ? WHERE run = ? AND path = ?", rows)
            digest = hashlib.sha256(output).hexdigest()
            done = (_now(), digest, self._run)
            self._db.execute("UPDATE runs SET finished_at = ?, output_sha256 = ? WHERE run = ?", done)
            self._db.execute("DELETE FROM inputs WHERE run < ?", (self._run,))
            self._db.execute(
                "DELETE FROM workbooks WHERE sha256 NOT IN (SELECT sha256 FROM inputs WHERE sha256 NOT NULL)"
            )
            self._db.commit()

    # --- inside -------------------------------------------------------------------------------------------

    def _digest_of(self, file: str, reading: Reading) -> str | None:
        """The SHA-256 of the bytes that a reading is of; ``None`` where it is not sure, or says nothing of them."""
        if isinstance(reading, Extract):
            return reading.sha256
        digest = _sha256(file)
        return digest if digest == self._seen.get(file) and reading.rule not in _BY_CHANCE else None

    def _note(self, file: str, state: str, digest: str | None) -> None:
        self._db.execute(
            "UPDATE inputs SET state = ?, sha256 = ? WHERE run = ? AND path = ?",
            (state, digest, self._run, _name(file)),
        )
        now = dt.datetime.now()
        self._uncommitted_since = self._uncommitted_since or now
        if (now - self._uncommitted_since).total_seconds() >= _EVERY:
            self._db.commit()
            self._uncommitted_since = None

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise XlkitError(cannot_write(self.path, error)) from error
        except sqlite3.Error as error:
            raise XlkitError(
                Text(
                    f"Журнал {self.path} не пишется: проверьте место на диске и права, или удалите его и повторите",
                    f"The journal {self.path} cannot be written: check the disk's room and your rights, or delete it "
                    "and try again",
                )
            ) from error


def _opened(path: Path) -> sqlite3.Connection:
    """The journal's database, made where there is none; one of another version, or damaged, is begun anew.

    Raises XlkitError for a file that is no journal of ours.
    """
    for _ in range(2):
        database = sqlite3.connect(path)
        try:
            owner = database.execute("PRAGMA application_id").fetchone()[0]
            if owner != _OURS and database.execute("SELECT 1 FROM sqlite_master").fetchone():
                database.close()
                raise _not_ours(path)
            database.execute(f"PRAGMA application_id = {_OURS}")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version == SCHEMA_VERSION:
                database.execute("SELECT run FROM inputs LIMIT 1")
                return database
            if version == 0 and not database.execute("SELECT 1 FROM sqlite_master").fetchone():
                database.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
                return database
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                database.close()
                raise  # the disk, not the file
        database.close()
        if not _was_ours(path):
            raise _not_ours(path)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    raise sqlite3.OperationalError("the journal cannot be made")


def _was_ours(path: Path) -> bool:
    """Whether what may be thrown away once was a journal: empty, or with our mark in a database's header."""
    with path.open("rb") as stream:
        head = stream.read(72)
    return not head or head[68:72] == _OURS.to_bytes(4, "big")


def _not_ours(path: Path) -> XlkitError:
    return XlkitError(
        Text(
            f"{path} — не журнал xlkit: перенесите этот файл или пишите свод под другим именем",
            f"{path} is no journal of xlkit: move that file, or write the consolidation under another name",
        )
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _name(file: str) -> str | bytes:
    """A file's name as SQLite takes it: a name of Unix need not be Unicode."""
    try:
        file.encode()
    except UnicodeEncodeError:
        return os.fsencode(file)
    return file


def _sha256(file: str) -> str | None:
    """Of a regular file's bytes; ``None`` where they cannot be read, which reading the workbook tells."""
    try:
        if not Path(file).is_file():
            return None  # a pipe must not be waited for
        with Path(file).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def reader_digest(*folders: Path) -> str:
    """Which reader and rule books these are, so that a mended reader, or one with other rules, reads again."""
    whole = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".yml", ".csv")):
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16]


def _refusal(told: str) -> tuple[str, Text]:
    rule, ru, en = json.loads(told)
    return rule, Text(ru, en)
