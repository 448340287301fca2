"""The ledger of the mailbox gate: every message and every workbook that came, in exactly one state.

One SQLite file with the outbox's tables in it: what became of a message and the answer to it are written down in
one transaction, so that after a crash each message was taken in whole or not at all, and each answer is there once.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.mail.outbox import LEDGER as LEDGER
from xlkit.mail.outbox import Letter, Outbox, queue, unusable
from xlkit.texts import Text

BOOKS = "accepted"
"""The folder of accepted workbooks, beside the ledger."""

ACCEPTED, DUPLICATE, RETURNED, QUARANTINED = "accepted", "duplicate", "returned", "quarantined"
"""States of a workbook. A message is also ``ignored`` (automatic mail) or ``nothing`` (no workbook in it)."""
IGNORED, NOTHING = "ignored", "nothing"

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS messages (
    key TEXT PRIMARY KEY,               -- SHA-256 of its bytes
    message_id TEXT NOT NULL,           -- without angle brackets, as the sender gave it
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    received_at TEXT NOT NULL,          -- UTC: when the mailbox got it
    state TEXT NOT NULL,                -- accepted, returned, quarantined, ignored, nothing
    why TEXT NOT NULL,
    books INTEGER NOT NULL,             -- how many workbooks it enclosed
    answer TEXT NOT NULL                -- Message-ID of the answer in letters; empty: none
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
    "CREATE INDEX IF NOT EXISTS identities ON submissions (cluster, form, period)",
)


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


@dataclass(frozen=True)
class AsideLine:
    """A message of which something is in quarantine: kept whole (``path``), with the keys of the clusters for which its
    sender spoke then.
    """

    message: MessageLine
    path: str
    cut: bool
    clusters: frozenset[str]


_MESSAGE = ", ".join(one.name for one in fields(MessageLine))
_SUBMISSION = ", ".join(one.name for one in fields(SubmissionLine))


def receipt_number(year: int, number: int) -> str:
    """«ИРПО-2026-000001»."""
    return f"ИРПО-{year}-{number:06}"


@contextmanager
def begun(intake: Path) -> Iterator[Ledger]:
    """The ledger of an intake folder that was worked with; XlkitError also where there is none yet."""
    refuse_lost(intake)
    if not (intake / LEDGER).is_file():
        raise XlkitError(
            Text(
                f"В папке {intake} ещё нет журнала приёма: сначала выполните xlkit mail gate",
                f"The folder {intake} has no ledger yet: run xlkit mail gate first",
            )
        )
    with opened(intake) as ledger:
        yield ledger


@contextmanager
def opened(intake: Path) -> Iterator[Ledger]:
    """The ledger of an intake folder, begun where there is none.

    XlkitError where it is damaged or cannot be written, and where it is gone although workbooks were accepted: a new
    one would give their receipts' numbers again.
    """
    path = intake / LEDGER
    refuse_lost(intake)
    try:
        with closing(Ledger(path)) as ledger:
            yield ledger
    except sqlite3.DatabaseError as error:
        raise XlkitError(unusable(path, error)) from error


def refuse_lost(intake: Path) -> None:
    """XlkitError where accepted workbooks lie beside no ledger."""
    path = intake / LEDGER
    begun = path.is_file() and path.stat().st_size > 0  # SQLite writes to it before any workbook is filed
    if not begun and any(one.is_file() for one in (intake / BOOKS).rglob("*")):
        raise XlkitError(
            Text(
                f"В папке {intake} есть принятые книги, а журнала приёма {LEDGER} нет или он пуст. Новый не начат: "
                "номера квитанций повторились бы. Восстановите журнал из резервной копии или укажите новую папку",
                f"The folder {intake} holds accepted workbooks, but its ledger {LEDGER} is missing or empty. No new "
                "one was begun, receipts' numbers would repeat. Restore it from a backup or name a new folder",
            )
        )


class Ledger(Outbox):
    """The gate's ledger, which is the outbox of its answers too. Only the process that has claimed it writes."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        with self._transaction() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)

    # --- looking ---

    def knows_place(self, uid: str) -> bool:
        return self._has("SELECT 1 FROM places WHERE uid = ?", uid)

    def knows(self, key: str) -> bool:
        return self._has("SELECT 1 FROM messages WHERE key = ?", key)

    def _has(self, query: str, value: str) -> bool:
        return self._connection.execute(query, (value,)).fetchone() is not None

    def receipts_of(self, year: int) -> int:
        """How many receipts of a year were given."""
        row = self._connection.execute(
            "SELECT count(*) FROM submissions WHERE state = ? AND receipt LIKE ?", (ACCEPTED, f"ИРПО-{year}-%")
        ).fetchone()
        return int(row[0])

    def accepted(self, cluster: str, form: str, period: str) -> list[SubmissionLine]:
        """The accepted workbooks of one submission; the last one came last and counts."""
        rows = self._connection.execute(
            f"SELECT {_SUBMISSION} FROM submissions WHERE (cluster, form, period, state) = (?, ?, ?, ?)"
            " ORDER BY received_at, version",
            (cluster, form, period, ACCEPTED),
        )
        return [_submission_line(row) for row in rows]

    def fruitless(self, sender: str, since: dt.datetime, until: dt.datetime) -> int:
        """How many messages of a sender that came within a time were answered and brought nothing new."""
        row = self._connection.execute(
            "SELECT count(*) FROM messages WHERE sender = ? AND answer <> '' AND received_at > ? AND received_at <= ?"
            " AND NOT EXISTS (SELECT 1 FROM submissions WHERE message_key = key AND submissions.state = ?)",
            (sender, _written(since), _written(until), ACCEPTED),
        ).fetchone()
        return int(row[0])

    def has_sealed(self, cluster: str, words: Sequence[str]) -> bool:
        """Whether a workbook of a cluster was accepted whose seal has one of some words."""
        rows = self._connection.execute(
            "SELECT DISTINCT seal FROM submissions WHERE cluster = ? AND state = ?", (cluster, ACCEPTED)
        )
        return any(seal in words for (seal,) in rows)

    def messages(self) -> list[MessageLine]:
        """All messages, oldest first."""
        rows = self._connection.execute(f"SELECT {_MESSAGE} FROM messages ORDER BY received_at, key")
        return [_message_line(row) for row in rows]

    def submissions(self) -> list[SubmissionLine]:
        """All workbooks, oldest first."""
        rows = self._connection.execute(
            f"SELECT {_SUBMISSION} FROM submissions ORDER BY received_at, message_key, number"
        )
        return [_submission_line(row) for row in rows]

    def submissions_of(self, key: str) -> list[SubmissionLine]:
        """The workbooks of one message."""
        rows = self._connection.execute(
            f"SELECT {_SUBMISSION} FROM submissions WHERE message_key = ? ORDER BY number", (key,)
        )
        return [_submission_line(row) for row in rows]

    def aside(self) -> list[AsideLine]:
        """The messages that were put aside and not taken in since, oldest first."""
        rows = self._connection.execute(
            f"SELECT {_qualified(MessageLine)}, path, cut, clusters FROM aside JOIN messages ON message_key = key"
            " WHERE admitted_at = '' ORDER BY received_at, key"
        )
        return [
            AsideLine(_message_line(row), path, bool(cut), frozenset(clusters.split("\n")) - {""})
            for *row, path, cut, clusters in rows
        ]

    # --- changing ---

    def note_place(self, uid: str, key: str) -> None:
        """A message that is known lies in a place, too."""
        with self._transaction() as connection:
            _note_place(connection, uid, key)

    def record(
        self, uid: str, message: MessageLine, submissions: Sequence[SubmissionLine], letter: Letter | None,
        now: dt.datetime, aside: AsideLine | None = None,
    ) -> None:  # fmt: skip
        """Write down a message, its workbooks and the answer to it, all at once; ``aside`` where it is kept whole."""
        with self._transaction() as connection:
            connection.execute(f"INSERT INTO messages ({_MESSAGE}) VALUES ({_places(MessageLine)})", _row(message))
            _note_place(connection, uid, message.key)
            _add(connection, submissions)
            if letter is not None:
                queue(connection, letter, now)
            if aside is not None:
                connection.execute(
                    "INSERT INTO aside VALUES (?, ?, ?, ?, ?, '')",
                    (message.key, aside.path, int(aside.cut), _joined(aside.clusters), message.why),
                )

    def admit(
        self, aside: AsideLine, message: MessageLine, submissions: Sequence[SubmissionLine], letter: Letter | None,
        now: dt.datetime,
    ) -> None:  # fmt: skip
        """A message that was put aside is taken in: its workbooks in quarantine become these, all at once.

        ``aside`` has the clusters for which its sender speaks now; they are noted where something stays in quarantine.
        """
        stays = message.state == QUARANTINED or any(one.state == QUARANTINED for one in submissions)
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM submissions WHERE message_key = ? AND state = ?", (message.key, QUARANTINED)
            )
            connection.execute(
                "UPDATE messages SET state = ?, why = ?, books = ?, answer = ? WHERE key = ?",
                (message.state, message.why, message.books, message.answer, message.key),
            )
            _add(connection, submissions)
            if letter is not None:
                queue(connection, letter, now)
            connection.execute(
                "UPDATE aside SET clusters = ?, admitted_at = ? WHERE message_key = ?",
                (_joined(aside.clusters), "" if stays else _written(now), message.key),
            )


def _add(connection: sqlite3.Connection, submissions: Sequence[SubmissionLine]) -> None:
    connection.executemany(
        f"INSERT INTO submissions ({_SUBMISSION}) VALUES ({_places(SubmissionLine)})",
        [_row(one) for one in submissions],
    )


def _joined(clusters: frozenset[str]) -> str:
    return "\n".join(sorted(clusters))


def _note_place(connection: sqlite3.Connection, uid: str, key: str) -> None:
    connection.execute("INSERT OR IGNORE INTO places VALUES (?, ?)", (uid, key))


def _qualified(line: type[MessageLine]) -> str:
    return ", ".join(f"messages.{one.name}" for one in fields(line))


def _places(line: type[MessageLine] | type[SubmissionLine]) -> str:
    return ", ".join("?" * len(fields(line)))


def _row(line: MessageLine | SubmissionLine) -> tuple[object, ...]:
    return tuple(_written(one) if isinstance(one, dt.datetime) else _plain(one) for one in astuple(line))


def _plain(value: object) -> object:
    if value is None:
        return ""
    return int(value) if isinstance(value, bool) else value


def _message_line(row: Sequence[object]) -> MessageLine:
    told = dict(zip((one.name for one in fields(MessageLine)), row, strict=True))
    return MessageLine(**told | {"received_at": _read(str(told["received_at"]))})  # type: ignore[arg-type]


def _submission_line(row: Sequence[object]) -> SubmissionLine:
    told = dict(zip((one.name for one in fields(SubmissionLine)), row, strict=True))
    deadline = str(told["deadline"])
    told |= {
        "late": bool(told["late"]),
        "deadline": _read(deadline) if deadline else None,
        "received_at": _read(str(told["received_at"])),
    }
    return SubmissionLine(**told)  # type: ignore[arg-type]


def _written(moment: dt.datetime) -> str:
    """UTC to the microsecond: such texts sort as their times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _read(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
