"""The lines of the gate's ledger: its tables, the same as dataclasses, and the way between the two."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

ACCEPTED, DUPLICATE, RETURNED, QUARANTINED = "accepted", "duplicate", "returned", "quarantined"
"""States of a workbook. A message is also ``ignored`` (automatic mail) or ``nothing`` (no workbook in it)."""
IGNORED, NOTHING = "ignored", "nothing"

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS messages (
    key TEXT PRIMARY KEY,               -- SHA-256 of its bytes
    message_id TEXT NOT NULL,           -- without angle brackets, as the sender gave it
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    received_at TEXT NOT NULL,          -- UTC: when the mailbox got it
    state TEXT NOT NULL,                -- accepted, returned, quarantined, ignored, nothing
    why TEXT NOT NULL,
    books INTEGER NOT NULL,             -- how many workbooks it enclosed
    answer TEXT NOT NULL,               -- Message-ID of the answer in letters; empty: none
    letter TEXT NOT NULL DEFAULT '',    -- the same for a message that differs in its head alone; empty: not known
    bounced TEXT NOT NULL DEFAULT ''    -- Message-ID of the answer that it says has not arrived
) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS places (
    uid TEXT PRIMARY KEY,               -- where a mailbox has the message
    message_key TEXT NOT NULL REFERENCES messages
) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS submissions (
    message_key TEXT NOT NULL REFERENCES messages,
    number INTEGER NOT NULL,            -- of the workbook in its message, from 1
    state TEXT NOT NULL,                -- accepted, duplicate, returned, quarantined
    workbook_sha256 TEXT NOT NULL,
    file TEXT NOT NULL,                 -- its name in the message
    received_at TEXT NOT NULL,          -- UTC, as its message's
    receipt TEXT NOT NULL,              -- of a duplicate: the earlier one's; empty where none was given
    cluster TEXT NOT NULL,              -- as the register writes it; empty: not known
    form TEXT NOT NULL,
    period TEXT NOT NULL,               -- «2026, I квартал»; empty: the plan
    version INTEGER NOT NULL,           -- from 1; of a duplicate: the earlier one's; 0: none
    content_digest TEXT NOT NULL,       -- equal for workbooks that say the same
    path TEXT NOT NULL,                 -- below the intake folder; empty: not kept, a duplicate
    verdict TEXT NOT NULL,              -- valid, invalid, refused; empty: not checked
    errors INTEGER NOT NULL,
    warnings INTEGER NOT NULL,
    seal TEXT NOT NULL,                 -- EXACT, RE-SAVED, CHANGED, INVALID; empty: it came without
    seal_why TEXT NOT NULL,
    late INTEGER NOT NULL,
    deadline TEXT NOT NULL,             -- UTC, as it was when the message was taken in; empty: none
    differences INTEGER NOT NULL,       -- from the register, but of wording
    why TEXT NOT NULL,
    doubt TEXT NOT NULL DEFAULT '',     -- why a person should look at it, see versions.py; empty: no reason
    sealed_at TEXT NOT NULL DEFAULT '', -- UTC: when it was sealed, by its manifest, and not after it came
    counts_from TEXT NOT NULL DEFAULT '', -- UTC: of the accepted ones the latest counts; empty: kept, never counted
    settled_at TEXT NOT NULL DEFAULT '', -- UTC: when a person has settled the doubt
    PRIMARY KEY (message_key, number)
) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS aside (
    message_key TEXT PRIMARY KEY REFERENCES messages,
    path TEXT NOT NULL,                 -- of the whole message, below the intake folder
    cut INTEGER NOT NULL,               -- it was too large, and only its head was kept
    clusters TEXT NOT NULL,             -- for which its sender spoke when it was put aside, a key a line
    why TEXT NOT NULL,                  -- it was put aside
    admitted_at TEXT NOT NULL           -- UTC: when it was taken in after all; empty: it was not
) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX IF NOT EXISTS receipts ON submissions (receipt) WHERE state = 'accepted'",
    "CREATE INDEX IF NOT EXISTS same_letters ON messages (letter)",
    "CREATE INDEX IF NOT EXISTS identities ON submissions (cluster, form, period)",
)


VERSION = 1
"""Of these tables, as SQLite keeps it (``user_version``); 0: as they were before they had one."""
_ADDED = {
    "messages": ("letter", "bounced"),
    "submissions": ("doubt", "sealed_at", "counts_from", "settled_at"),
}
"""Columns that tables of version 0 lack."""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing, and of version 0 those of now; in the caller's transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for table, names in _ADDED.items():
            there = columns_of(connection, table)
            for name in names if there else ():
                if name not in there:
                    connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
                    if name == "counts_from":
                        connection.execute("UPDATE submissions SET counts_from = received_at WHERE state = 'accepted'")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    for statement in SCHEMA:
        connection.execute(statement)


def columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns; none: there is no such table."""
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


@dataclass(frozen=True)
class MessageLine:
    """A message of the ledger; the fields are its columns."""

    key: str
    message_id: str
    sender: str
    subject: str
    received_at: dt.datetime
    state: str
    why: str
    books: int
    answer: str
    letter: str = ""
    bounced: str = ""


@dataclass(frozen=True)
class SubmissionLine:
    """A workbook of a message; the fields are the ledger's columns."""

    message_key: str
    number: int
    state: str
    workbook_sha256: str
    file: str
    received_at: dt.datetime
    receipt: str = ""
    cluster: str = ""
    form: str = ""
    period: str = ""
    version: int = 0
    content_digest: str = ""
    path: str = ""
    verdict: str = ""
    errors: int = 0
    warnings: int = 0
    seal: str = ""
    seal_why: str = ""
    late: bool = False
    deadline: dt.datetime | None = None
    differences: int = 0
    why: str = ""
    doubt: str = ""
    sealed_at: dt.datetime | None = None
    counts_from: dt.datetime | None = None
    settled_at: dt.datetime | None = None


@dataclass(frozen=True)
class AsideLine:
    """A message of which something is in quarantine: kept whole (``path``), with the keys of the clusters for which its
    sender spoke then.
    """

    message: MessageLine
    path: str
    cut: bool
    clusters: frozenset[str]


MESSAGE = ", ".join(one.name for one in fields(MessageLine))
SUBMISSION = ", ".join(one.name for one in fields(SubmissionLine))


def qualified(line: type[MessageLine]) -> str:
    return ", ".join(f"messages.{one.name}" for one in fields(line))


def places(line: type[MessageLine] | type[SubmissionLine]) -> str:
    return ", ".join("?" * len(fields(line)))


def row_of(line: MessageLine | SubmissionLine) -> tuple[object, ...]:
    return tuple(written(one) if isinstance(one, dt.datetime) else _plain(one) for one in astuple(line))


def _plain(value: object) -> object:
    if value is None:
        return ""
    return int(value) if isinstance(value, bool) else value


def message_line(row: Sequence[object]) -> MessageLine:
    told = dict(zip((one.name for one in fields(MessageLine)), row, strict=True))
    return MessageLine(**told | {"received_at": _read(str(told["received_at"]))})  # type: ignore[arg-type]


def submission_line(row: Sequence[object]) -> SubmissionLine:
    told = dict(zip((one.name for one in fields(SubmissionLine)), row, strict=True))
    told |= {name: _read(str(told[name])) if told[name] else None for name in _TIMES}
    told["late"] = bool(told["late"])
    return SubmissionLine(**told)  # type: ignore[arg-type]


def written(moment: dt.datetime) -> str:
    """UTC to the microsecond: such texts sort as their times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


_TIMES = ("deadline", "received_at", "sealed_at", "counts_from", "settled_at")


def _read(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
