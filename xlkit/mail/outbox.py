"""The outbox: a SQLite journal of every letter and of what became of it for each recipient.

queued → sending → sent, in_doubt, failed or refused; or withdrawn, where a newer version takes its place. ``sending``
is written down just before a letter's text goes out, so that after a crash nobody has to guess: what was ``sending``
is in doubt and never sent again blindly. WAL, synchronous FULL: what is written down lasts.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from xlkit.errors import XlkitError, cannot_write
from xlkit.texts import Text

QUEUED, SENDING, SENT, IN_DOUBT, FAILED, REFUSED = "queued", "sending", "sent", "in_doubt", "failed", "refused"
"""States of a letter for one recipient. ``failed``: the server will not have the letter, or too many attempts;
``refused``: it will not have this recipient."""
WITHDRAWN = "withdrawn"
"""A newer letter of the same topic takes its place; its Message-ID is the standing's ``answer``."""

LEDGER = "ledger.sqlite"
"""The name of the gate's ledger, which is an outbox too."""

WAITS = (1, 5, 15, 60, 240, 240, 240)
"""Minutes until the next attempt, by the number of attempts made."""
ATTEMPTS = len(WAITS) + 1

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS letters (
    message_id TEXT PRIMARY KEY,        -- without angle brackets; stable, see message_id_of
    eml BLOB NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    workbook_sha256 TEXT NOT NULL,      -- empty: the letter carries none
    purpose TEXT NOT NULL,              -- submission, receipt, ...
    queued_at TEXT NOT NULL             -- UTC, as all times here
) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS recipients (
    message_id TEXT NOT NULL REFERENCES letters,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at TEXT NOT NULL,              -- not before this time
    code INTEGER,                       -- the server's last word on it
    answer TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL,
    transfer TEXT NOT NULL DEFAULT '',  -- the last transmission's token; empty: no witness got a copy of it
    PRIMARY KEY (message_id, address)
) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS topics (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows with every letter, whatever the clock does
    message_id TEXT NOT NULL UNIQUE REFERENCES letters,
    topic TEXT NOT NULL
)""",
)

_WITHDRAW = """
WITH versions AS (
    SELECT number, topic, lower(address) AS reader, recipients.* FROM topics JOIN recipients USING (message_id)
), replaced AS (
    SELECT old.message_id, old.address, max(new.number) AS number
    FROM versions AS old JOIN versions AS new USING (topic, reader)
    WHERE old.state = :queued AND new.number > old.number AND new.state IN (:queued, :sending, :sent, :in_doubt)
    GROUP BY old.message_id, old.address
)
UPDATE recipients SET state = :withdrawn, changed_at = :now, code = NULL, answer = (
    SELECT topics.message_id FROM replaced JOIN topics USING (number)
    WHERE replaced.message_id = recipients.message_id AND replaced.address = recipients.address
)
WHERE (message_id, address) IN (SELECT message_id, address FROM replaced)"""


@dataclass(frozen=True)
class Letter:
    """A letter ready to be sent: its bytes with CRLF line ends; addresses are bare (``a@b.ru``).

    ``message_id`` has no angle brackets; ``workbook_sha256`` may be empty. Of the letters with one ``topic`` each is a
    version: the newest to a recipient takes the place of those that have not gone out. Empty: it takes nobody's.
    """

    message_id: str
    eml: bytes
    sender: str
    recipients: tuple[str, ...]
    subject: str
    workbook_sha256: str
    purpose: str
    topic: str = ""


@dataclass(frozen=True)
class Standing:
    """How a letter stands for one recipient. Times are aware; ``code`` and ``answer`` are the server's last word."""

    message_id: str
    address: str
    state: str
    attempts: int
    next_at: dt.datetime
    code: int | None
    answer: str
    changed_at: dt.datetime
    transfer: str
    subject: str
    purpose: str
    workbook_sha256: str


def queue(connection: sqlite3.Connection, letter: Letter, now: dt.datetime) -> bool:
    """Queue a letter in the caller's own transaction; False, and nothing is changed: its Message-ID is known."""
    added = connection.execute(
        "INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?, ?, ?)",
        (letter.message_id, letter.eml, letter.sender, letter.subject, letter.workbook_sha256, letter.purpose,
         _written(now)),
    ).rowcount  # fmt: skip
    if added:
        connection.executemany(
            "INSERT INTO recipients (message_id, address, state, next_at, changed_at) VALUES (?, ?, ?, ?, ?)",
            [(letter.message_id, one, QUEUED, _written(now), _written(now)) for one in letter.recipients],
        )
    if added and letter.topic:
        connection.execute("INSERT INTO topics (message_id, topic) VALUES (?, ?)", (letter.message_id, letter.topic))
    return bool(added)


def unusable(path: Path, error: sqlite3.Error) -> Text:
    """What to do about a journal that cannot be used. The gate's ledger is the only record of its receipts."""
    if isinstance(error, sqlite3.OperationalError):
        return Text(
            f"С журналом {path} не получается работать ({error}): проверьте место на диске, права и не занят ли он "
            "другой программой, затем повторите",
            f"The journal {path} cannot be worked with ({error}): see to disk space, rights and other programs that "
            "use it, then try again",
        )
    if path.name == LEDGER:
        return Text(
            f"Журнал приёма {path} повреждён ({error}). Не удаляйте его: в нём номера квитанций. Восстановите файл из "
            "резервной копии, папку приёма не меняйте",
            f"The ledger {path} is damaged ({error}). Do not delete it, the receipts' numbers are in it. Restore the "
            "file from a backup and leave the intake folder as it is",
        )
    return Text(
        f"Журнал писем {path} не читается ({error}): сохраните его копию и удалите файл",
        f"The journal of letters {path} cannot be read ({error}): keep a copy and delete the file",
    )


class Outbox:
    """An outbox's file; a ledger that has the same tables is one too. Close it, or use it in a ``with`` statement."""

    def __init__(self, path: str | Path) -> None:
        """Open or make it. XlkitError where it cannot be written or is no database."""
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Letters are for their owner's eyes; SQLite gives its journals the rights of the file.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA foreign_keys = ON")
            with self._transaction():
                self.tables(self._connection)
        except OSError as error:
            raise XlkitError(cannot_write(self.path, error)) from error
        except sqlite3.Error as error:
            with contextlib.suppress(AttributeError):
                self._connection.close()
            raise XlkitError(unusable(self.path, error)) from error

    @staticmethod
    def tables(connection: sqlite3.Connection) -> None:
        """Make the tables where they are missing, in the caller's transaction."""
        for statement in _SCHEMA:
            connection.execute(statement)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def queue(self, letter: Letter, now: dt.datetime) -> bool:
        """Queue a letter for all its recipients; False, and nothing is changed: its Message-ID is known."""
        with self._transaction() as connection:
            return queue(connection, letter, now)

    # --- looking ---

    def standings(self, message_id: str = "", states: Sequence[str] = ()) -> list[Standing]:
        """How letters stand, oldest first; of one letter, or in some states only."""
        rows = self._connection.execute(
            "SELECT message_id, address, state, attempts, next_at, code, answer, changed_at, transfer, subject,"
            " purpose, workbook_sha256 FROM recipients JOIN letters USING (message_id)"
            " WHERE ? IN ('', message_id) ORDER BY queued_at, message_id, address",
            (message_id,),
        )
        found = [_standing(*row) for row in rows]
        return [one for one in found if not states or one.state in states]

    def due(self, now: dt.datetime) -> list[str]:
        """The Message-IDs of letters that some recipient can be sent now, oldest first."""
        rows = self._connection.execute(
            "SELECT message_id FROM letters WHERE EXISTS (SELECT 1 FROM recipients AS r WHERE"
            " r.message_id = letters.message_id AND state = ? AND next_at <= ?) ORDER BY queued_at, message_id",
            (QUEUED, _written(now)),
        )
        return [message_id for (message_id,) in rows]

    def letter(self, message_id: str, now: dt.datetime | None = None) -> Letter:
        """A letter with all its recipients; with ``now`` those that can be sent now. XlkitError: no such letter."""
        row = self._connection.execute(
            "SELECT message_id, eml, sender, subject, workbook_sha256, purpose, ifnull(topic, '')"
            " FROM letters LEFT JOIN topics USING (message_id) WHERE message_id = ?",
            (message_id,),
        ).fetchone()
        if row is None:
            raise XlkitError(Text(f"Письма {message_id} в журнале нет", f"There is no letter {message_id}"))
        recipients = tuple(
            one.address
            for one in self.standings(message_id)
            if now is None or (one.state == QUEUED and one.next_at <= now)
        )
        return Letter(row[0], row[1], row[2], recipients, *row[3:])

    def is_newest(self, message_id: str) -> bool:
        """Whether no letter of the same topic was queued after this one."""
        (newer,) = self._connection.execute(
            "SELECT count(*) FROM topics AS own JOIN topics AS other USING (topic)"
            " WHERE own.message_id = ? AND other.number > own.number",
            (message_id,),
        ).fetchone()
        return not newer

    def transferred_since(self, moment: dt.datetime) -> list[dt.datetime]:
        """When letters went out since a moment, a time per letter, oldest first: for the rate limit."""
        rows = self._connection.execute(
            "SELECT MAX(changed_at) FROM recipients WHERE state IN (?, ?) AND changed_at >= ? GROUP BY message_id",
            (SENT, IN_DOUBT, _written(moment)),
        )
        return sorted(_read(at) for (at,) in rows)

    # --- changing ---

    def withdraw_replaced(self, now: dt.datetime) -> None:
        """An older version never goes out after a newer one. Only for who has claimed the outbox."""
        states = {"queued": QUEUED, "sending": SENDING, "sent": SENT, "in_doubt": IN_DOUBT, "withdrawn": WITHDRAWN}
        with self._transaction() as connection:
            connection.execute(_WITHDRAW, {**states, "now": _written(now)})

    def forget(self, message_id: str) -> None:
        """Forget a letter that nobody was sent, so that its Message-ID is free for a newer one."""
        with self._transaction() as connection:
            if any(one.state not in (FAILED, REFUSED, WITHDRAWN) for one in self.standings(message_id)):
                raise RuntimeError(f"{message_id} may have been sent")
            for table in ("topics", "recipients", "letters"):
                connection.execute(f"DELETE FROM {table} WHERE message_id = ?", (message_id,))

    def doubt_interrupted(self) -> None:
        """What a process left as ``sending`` is in doubt, since it began. Only for who has claimed the outbox."""
        with self._transaction() as connection:
            connection.execute("UPDATE recipients SET state = ? WHERE state = ?", (IN_DOUBT, SENDING))

    def begin(self, message_id: str, addresses: Iterable[str], transfer: str, now: dt.datetime) -> None:
        """The letter's text is about to go out to these recipients, which the server has accepted."""
        with self._transaction() as connection:
            for address in addresses:
                self._change(connection, message_id, address, (QUEUED,), SENDING, now, transfer=transfer)

    def settle(
        self, message_id: str, addresses: Iterable[str], state: str, now: dt.datetime, code: int | None, answer: str
    ) -> None:
        """The end of it for some recipients: sent, in_doubt, failed or refused."""
        with self._transaction() as connection:
            for address in addresses:
                self._change(connection, message_id, address, (QUEUED, SENDING), state, now, code=code, answer=answer)

    def postpone(
        self, message_id: str, addresses: Iterable[str], now: dt.datetime, code: int | None, answer: str
    ) -> None:
        """Not this time: queued for a later attempt, or failed after the last one."""
        with self._transaction() as connection:
            for address in addresses:
                (made,) = connection.execute(
                    "SELECT attempts FROM recipients WHERE message_id = ? AND address = ?", (message_id, address)
                ).fetchone()
                wait = WAITS[made] if made < len(WAITS) else None
                next_at = now + dt.timedelta(minutes=wait or 0)
                state = FAILED if wait is None else QUEUED
                self._change(
                    connection, message_id, address, (QUEUED, SENDING), state, now,
                    code=code, answer=answer, attempts=made + 1, next_at=_written(next_at),
                )  # fmt: skip

    def explain(self, code: int, answer: str, now: dt.datetime) -> None:
        """Why what is due was not even tried: the server does not serve us. No attempt of any letter is counted."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE recipients SET code = ?, answer = ? WHERE state = ? AND next_at <= ?",
                (code or None, answer, QUEUED, _written(now)),
            )

    def requeue(self, message_id: str, addresses: Iterable[str], now: dt.datetime) -> None:
        """Send again what failed, was refused, is in doubt or waits: attempts begin anew, now."""
        with self._transaction() as connection:
            for address in addresses:
                again = (FAILED, REFUSED, IN_DOUBT, QUEUED)
                self._change(
                    connection, message_id, address, again, QUEUED, now, attempts=0, next_at=_written(now)
                )  # fmt: skip

    def resolve(self, message_id: str, addresses: Iterable[str], now: dt.datetime) -> None:
        """What was in doubt was sent."""
        with self._transaction() as connection:
            for address in addresses:
                self._change(connection, message_id, address, (IN_DOUBT,), SENT, now)

    @staticmethod
    def _change(
        connection: sqlite3.Connection, message_id: str, address: str, before: Sequence[str], state: str,
        now: dt.datetime, **more: object,
    ) -> None:  # fmt: skip
        fields = {"state": state, "changed_at": _written(now), **more}
        places = ", ".join("?" * len(before))
        changed = connection.execute(
            f"UPDATE recipients SET {', '.join(f'{name} = ?' for name in fields)}"
            f" WHERE message_id = ? AND address = ? AND state IN ({places})",
            (*fields.values(), message_id, address, *before),
        ).rowcount
        if changed != 1:
            raise RuntimeError(f"{message_id} {address}: not {' or '.join(before)} any more")


def _standing(
    message_id: str, address: str, state: str, attempts: int, next_at: str, code: int | None, answer: str,
    changed_at: str, *more: str,
) -> Standing:  # fmt: skip
    return Standing(message_id, address, state, attempts, _read(next_at), code, answer, _read(changed_at), *more)


def _written(moment: dt.datetime) -> str:
    """UTC with microseconds: such texts sort as their times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _read(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
