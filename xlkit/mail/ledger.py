"""The ledger of the mailbox gate: every message and every workbook that came, in exactly one state.

One SQLite file with the outbox's tables in it: what became of a message and the answer to it are written down in
one transaction, so that after a crash each message was taken in whole or not at all, and each answer is there once.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.mail.ledger_lines import (
    ACCEPTED,
    DUPLICATE,
    IGNORED,
    MESSAGE,
    QUARANTINED,
    SUBMISSION,
    VERSION,
    AsideLine,
    MessageLine,
    SubmissionLine,
    columns_of,
    message_line,
    places,
    prepare,
    qualified,
    row_of,
    submission_line,
    written,
)
from xlkit.mail.outbox import LEDGER as LEDGER
from xlkit.mail.outbox import Letter, Outbox, queue, unusable
from xlkit.mail.versions import UNSEALED
from xlkit.texts import Text

BOOKS = "accepted"
"""The folder of accepted workbooks, beside the ledger."""
_NEXT = dt.timedelta(seconds=1)


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
    path = intake / LEDGER
    writable = os.access(path, os.W_OK) and os.access(intake, os.W_OK)
    with _kept_open(path, Ledger if writable else Ledger.to_read) as ledger:
        yield ledger


@contextmanager
def opened(intake: Path) -> Iterator[Ledger]:
    """The ledger of an intake folder, begun where there is none.

    XlkitError where it is damaged or cannot be written, and where it is gone although workbooks were accepted: a new
    one would give their receipts' numbers again.
    """
    refuse_lost(intake)
    with _kept_open(intake / LEDGER, Ledger) as ledger:
        yield ledger


@contextmanager
def _kept_open(path: Path, how: Callable[[Path], Ledger]) -> Iterator[Ledger]:
    try:
        with closing(how(path)) as ledger:
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
                "номера квитанций повторились бы. Восстановите журнал из резервной копии. Если её нет, сохраните эту "
                "папку и начните приём с новой: номера в ней пойдут снова с 000001, так что прежние квитанции "
                "различайте по дате, а ещё не принятые заново книги берите из этой папки",
                f"The folder {intake} holds accepted workbooks, but its ledger {LEDGER} is missing or empty. No new "
                "one was begun, receipts' numbers would repeat. Restore it from a backup. Without one, keep this "
                "folder and begin with a new one: its numbers start at 000001 again, so tell earlier receipts by "
                "their dates, and take workbooks that have not come in anew from this folder",
            )
        )


def refuse_unlike(connection: sqlite3.Connection, path: Path, before: bool = False) -> None:
    """XlkitError for a ledger of a later xlkit, and (not ``before`` its tables are made) for one that lacks columns."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise XlkitError(
            Text(
                f"Журнал приёма {path} сделан более новой версией xlkit: обновите xlkit на этом компьютере",
                f"The ledger {path} was made by a later xlkit: update xlkit on this computer",
            )
        )
    needed = {"messages": MESSAGE, "submissions": SUBMISSION}
    missing = [f"{table}.{name}" for table, names in needed.items()
               for name in names.split(", ") if name not in columns_of(connection, table)]  # fmt: skip
    if missing and not before:
        raise XlkitError(
            Text(
                f"В журнале приёма {path} нет столбцов {', '.join(missing)}: его изменила другая программа, или он "
                "старой версии и открыт только для чтения. Восстановите файл из резервной копии или выполните xlkit "
                "mail gate там, где папку приёма можно менять",
                f"The ledger {path} lacks the columns {', '.join(missing)}: another program has changed it, or it is "
                "of an older version and open for reading only. Restore it from a backup, or run xlkit mail gate "
                "where the intake folder can be changed",
            )
        )


class Ledger(Outbox):
    """The gate's ledger, which is the outbox of its answers too. Only the process that has claimed it writes."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        try:
            refuse_unlike(self._connection, self.path, before=True)
            with self._transaction() as connection:
                prepare(connection)
            refuse_unlike(self._connection, self.path)
        except BaseException:
            self.close()
            raise

    @classmethod
    def to_read(cls, path: Path) -> Ledger:
        """A ledger in a place where nothing can be written."""
        ledger = cls.__new__(cls)
        ledger.path = path
        waiting = path.with_name(f"{path.name}-wal")
        whole = not waiting.exists() or waiting.stat().st_size == 0
        uri = f"{path.resolve().as_uri()}?{'immutable=1' if whole else 'mode=ro'}"
        ledger._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        refuse_unlike(ledger._connection, path)
        return ledger

    # --- looking ---

    def knows_place(self, uid: str) -> bool:
        return self._has("SELECT 1 FROM places WHERE uid = ?", uid)

    def knows(self, key: str) -> bool:
        return self._has("SELECT 1 FROM messages WHERE key = ?", key)

    def key_of_letter(self, letter: str, received_at: dt.datetime) -> str:
        """The key of the message that is the same letter; empty: there is none.

        What was not accepted may be sent once more as it was, and is the same only if it came at the same time.
        """
        rows = self._connection.execute(
            "SELECT key, state, received_at FROM messages WHERE letter = ? AND letter <> '' AND state <> ?",
            (letter, IGNORED),
        )
        for key, state, at in rows:
            if state == ACCEPTED or abs(dt.datetime.fromisoformat(at) - received_at) < _NEXT:
                return str(key)
        return ""

    def has_letter(self, message_id: str) -> bool:
        """Whether an answer of ours has this Message-ID."""
        return self._has("SELECT 1 FROM letters WHERE message_id = ?", message_id)

    def bounces(self) -> list[tuple[MessageLine, str]]:
        """Reports that an answer has not arrived, each with the address, unless another was made for it since."""
        rows = self._connection.execute(
            f"SELECT {qualified(MessageLine)}, recipients.address FROM messages"
            " JOIN recipients ON recipients.message_id = bounced JOIN letters ON letters.message_id = bounced"
            " WHERE NOT EXISTS (SELECT 1 FROM letters AS later JOIN recipients AS again USING (message_id)"
            " WHERE again.address = recipients.address AND later.queued_at > letters.queued_at"
            " AND NOT EXISTS (SELECT 1 FROM messages AS other WHERE other.bounced = later.message_id))"
            " ORDER BY received_at, key"
        )
        return [(message_line(row), address) for *row, address in rows]

    def _has(self, query: str, value: str) -> bool:
        return self._connection.execute(query, (value,)).fetchone() is not None

    def receipts_of(self, year: int) -> int:
        """How many receipts of a year were given."""
        row = self._connection.execute(
            "SELECT count(*) FROM submissions WHERE state = ? AND receipt LIKE ?", (ACCEPTED, f"ИРПО-{year}-%")
        ).fetchone()
        return int(row[0])

    def accepted(self, cluster: str, form: str, period: str) -> list[SubmissionLine]:
        """The accepted workbooks of one submission, in the order in which they came."""
        rows = self._connection.execute(
            f"SELECT {SUBMISSION} FROM submissions WHERE (cluster, form, period, state) = (?, ?, ?, ?)"
            " ORDER BY received_at, version",
            (cluster, form, period, ACCEPTED),
        )
        return [submission_line(row) for row in rows]

    def fruitless(self, sender: str, since: dt.datetime, until: dt.datetime) -> int:
        """How many messages of a sender that came within a time were answered and brought nothing new."""
        row = self._connection.execute(
            "SELECT count(*) FROM messages WHERE sender = ? AND answer <> '' AND received_at > ? AND received_at <= ?"
            " AND NOT EXISTS (SELECT 1 FROM submissions WHERE message_key = key AND submissions.state = ?)",
            (sender, written(since), written(until), ACCEPTED),
        ).fetchone()
        return int(row[0])

    def has_sealed(self, cluster: str, words: Sequence[str]) -> bool:
        """Whether a workbook of a cluster was accepted, or came again, whose seal has one of some words."""
        rows = self._connection.execute(
            "SELECT DISTINCT seal FROM submissions WHERE cluster = ? AND state IN (?, ?)",
            (cluster, ACCEPTED, DUPLICATE),
        )
        return any(seal in words for (seal,) in rows)

    def messages(self) -> list[MessageLine]:
        """All messages, oldest first."""
        rows = self._connection.execute(f"SELECT {MESSAGE} FROM messages ORDER BY received_at, key")
        return [message_line(row) for row in rows]

    def submissions(self) -> list[SubmissionLine]:
        """All workbooks, oldest first."""
        rows = self._connection.execute(
            f"SELECT {SUBMISSION} FROM submissions ORDER BY received_at, message_key, number"
        )
        return [submission_line(row) for row in rows]

    def submissions_of(self, key: str) -> list[SubmissionLine]:
        """The workbooks of one message."""
        rows = self._connection.execute(
            f"SELECT {SUBMISSION} FROM submissions WHERE message_key = ? ORDER BY number", (key,)
        )
        return [submission_line(row) for row in rows]

    def aside(self) -> list[AsideLine]:
        """The messages that were put aside and not taken in since, oldest first."""
        rows = self._connection.execute(
            f"SELECT {qualified(MessageLine)}, path, cut, clusters FROM aside JOIN messages ON message_key = key"
            " WHERE admitted_at = '' ORDER BY received_at, key"
        )
        return [
            AsideLine(message_line(row), path, bool(cut), frozenset(clusters.split("\n")) - {""})
            for *row, path, cut, clusters in rows
        ]

    # --- changing ---

    def prefer(self, receipt: str) -> SubmissionLine | None:
        """An accepted workbook counts, and its doubt is settled, as of the last of its submission that came.

        ``None``: there is no such receipt. What came before that and was not taken in yet is no part of it.
        """
        with self._transaction() as connection:
            line = self._accepted_with(receipt)
            if line is None:
                return None
            last = connection.execute(
                "SELECT max(max(received_at, counts_from)) FROM submissions WHERE (cluster, form, period) = (?, ?, ?)",
                (line.cluster, line.form, line.period),
            ).fetchone()[0]
            moment = written(dt.datetime.fromisoformat(last) + _NEXT)
            connection.execute(
                "UPDATE submissions SET counts_from = ?, settled_at = ? WHERE receipt = ? AND state = ?",
                (moment, moment, receipt, ACCEPTED),
            )
            return self._accepted_with(receipt)

    def _accepted_with(self, receipt: str) -> SubmissionLine | None:
        found = self._connection.execute(
            f"SELECT {SUBMISSION} FROM submissions WHERE receipt = ? AND state = ?", (receipt, ACCEPTED)
        ).fetchone()
        return submission_line(found) if found else None

    def reseal(self, line: SubmissionLine, word: str, why: str, proven: bool) -> None:
        """The seal of a workbook is seen otherwise now; ``proven``: nobody need ask any more whose it is."""
        settled_at = written(line.received_at) if proven and line.doubt == UNSEALED else ""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE submissions SET seal = ?, seal_why = ?, settled_at = max(settled_at, ?)"
                " WHERE (message_key, number) = (?, ?)",
                (word, why, settled_at, line.message_key, line.number),
            )

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
            connection.execute(f"INSERT INTO messages ({MESSAGE}) VALUES ({places(MessageLine)})", row_of(message))
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
                (_joined(aside.clusters), "" if stays else written(now), message.key),
            )


def _add(connection: sqlite3.Connection, submissions: Sequence[SubmissionLine]) -> None:
    connection.executemany(
        f"INSERT INTO submissions ({SUBMISSION}) VALUES ({places(SubmissionLine)})",
        [row_of(one) for one in submissions],
    )


def _joined(clusters: frozenset[str]) -> str:
    return "\n".join(sorted(clusters))


def _note_place(connection: sqlite3.Connection, uid: str, key: str) -> None:
    connection.execute("INSERT OR IGNORE INTO places VALUES (?, ?)", (uid, key))
