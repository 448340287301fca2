"""Filing the workbooks of a message: in which state each is, under which receipt, where it lies, what is said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xlkit.actions.gate_answers import item_of
from xlkit.actions.gate_judge import Judged, put
from xlkit.actions.gate_quarantine import QUARANTINE
from xlkit.actions.seal import EXACT, RE_SAVED
from xlkit.finding import Severity
from xlkit.mail.answers import Item
from xlkit.mail.deadlines import MOSCOW, Schedule, is_late
from xlkit.mail.enclosed import EnclosedBook
from xlkit.mail.ledger import ACCEPTED, BOOKS, DUPLICATE, QUARANTINED, RETURNED, Ledger, SubmissionLine, receipt_number
from xlkit.mail.mailboxes import Received
from xlkit.mail.names import safe_name
from xlkit.rules.registered import Cluster, Register

_TICK = dt.timedelta(milliseconds=1)
_PROVEN = (EXACT, RE_SAVED)
Filed = tuple[SubmissionLine, Item]
"""A workbook's line of the ledger and what is said of it."""


def path_of(line: SubmissionLine, book: EnclosedBook, *folders: str) -> str:
    """Where a workbook lies below the intake folder; sorts by time, the same whenever the same is taken in again."""
    moment = line.received_at.astimezone(MOSCOW)
    return Path(*folders, f"{moment:%Y-%m-%d_%H%M%S}_{line.workbook_sha256[:12]}", book.filed_name).as_posix()


def file_books(
    received: Received, clusters: frozenset[str], judged: Sequence[Judged], numbers: Sequence[int], intake: Path,
    register: Register, schedule: Schedule, ledger: Ledger,
) -> list[Filed]:  # fmt: skip
    """File workbooks of one message and write them below ``intake``; the ledger is only asked, not changed.

    ``numbers`` are theirs in the message, ``clusters`` the keys of those for which its sender may speak. XlkitError
    where the disk refuses.
    """
    return _Filing(received, clusters, intake, register, schedule, ledger).all(judged, numbers)


class _Filing:
    """The workbooks of one message, one after the other: a later one knows of the earlier ones."""

    def __init__(
        self, received: Received, clusters: frozenset[str], intake: Path, register: Register, schedule: Schedule,
        ledger: Ledger,
    ) -> None:  # fmt: skip
        self._received = received
        self._clusters = clusters
        self._intake = intake
        self._register = register
        self._schedule = schedule
        self._ledger = ledger
        self._accepted: list[SubmissionLine] = []

    def all(self, judged: Sequence[Judged], numbers: Sequence[int]) -> list[Filed]:
        """File the workbooks; what is said of each."""
        filed = []
        for number, one in zip(numbers, judged, strict=True):
            line = self._line(number, one)
            earlier = self._earlier(line)
            line = self._placed(line, one, earlier)
            if line.path:
                put(one.book, self._intake / line.path, self._age(line))  # before the ledger says that it is there
            filed.append((line, item_of(line, one, earlier)))
        return filed

    def _age(self, line: SubmissionLine) -> dt.datetime:
        """So old that ``consolidate --prefer newest`` takes the version in force, though several came at one time."""
        together = [one for one in self._earlier(line) if one.received_at == line.received_at]
        before = sum(one.version < line.version for one in together) if line.state == ACCEPTED else 0
        return line.received_at + before * _TICK

    def _line(self, number: int, one: Judged) -> SubmissionLine:
        """What is known of it before anything is decided."""
        submission, received = one.submission, self._received
        cluster = one.cluster or self._only_cluster()
        form = submission.edition.form if submission is not None else ""
        period = submission.period if submission is not None else None
        deadline = self._schedule.deadline((cluster.key, form, period)) if cluster and form else None
        return SubmissionLine(
            received.key,
            number,
            RETURNED,
            one.book.sha256,
            one.book.name,
            received.received_at,
            cluster=cluster.id if cluster else "",
            form=form,
            period=str(period or ""),
            content_digest=one.digest,
            verdict=one.check.verdict,
            errors=one.check.count(Severity.ERROR),
            warnings=one.check.count(Severity.WARNING),
            seal=one.seal.word if one.seal else "",
            seal_why=one.seal.why.ru if one.seal else "",
            late=is_late(received.received_at, deadline),
            deadline=deadline,
            differences=len(one.differences),
        )

    def _only_cluster(self) -> Cluster | None:
        """Whose an unreadable workbook is: its sender's, where that is one cluster."""
        mine = [one for one in self._register.clusters if one.key in self._clusters]
        return mine[0] if len(mine) == 1 else None

    def _placed(self, line: SubmissionLine, one: Judged, earlier: Sequence[SubmissionLine]) -> SubmissionLine:
        """Its state and place."""
        if one.foreign and one.cluster is not None:
            why = f"Книга кластера {one.cluster.id}, а адрес отправителя в реестре — другого кластера"
            return replace(line, state=QUARANTINED, why=why, path=path_of(line, one.book, QUARANTINE))
        if one.is_faulty:
            why = one.refusal.ru if one.refusal is not None else f"Ошибок: {line.errors}"
            return replace(line, why=why, path=path_of(line, one.book, "returned"))
        current = earlier[-1] if earlier else None
        if current and line.content_digest == current.content_digest:
            return replace(line, state=DUPLICATE, receipt=current.receipt, version=current.version)
        year = line.received_at.astimezone(MOSCOW).year
        given = self._ledger.receipts_of(year) + len(self._accepted)
        path = path_of(line, one.book, BOOKS, safe_name(line.cluster), line.form, line.period or "план")
        receipt = receipt_number(year, given + 1)
        accepted = replace(line, state=ACCEPTED, receipt=receipt, version=len(earlier) + 1, path=path)
        accepted = replace(accepted, why=self._doubt(line))
        self._accepted.append(accepted)
        return accepted

    def _doubt(self, line: SubmissionLine) -> str:
        """A sender's address proves nothing: who has sealed once is expected to seal."""
        if line.seal in _PROVEN:
            return ""
        here = any(one.cluster == line.cluster and one.seal in _PROVEN for one in self._accepted)
        if not here and not self._ledger.has_sealed(line.cluster, _PROVEN):
            return ""
        how = f"печать {line.seal}" if line.seal else "книга не опечатана"
        return f"Прежние книги кластера подтверждены печатью, а эта нет ({how}): уточните у кластера, от него ли она"

    def _earlier(self, line: SubmissionLine) -> list[SubmissionLine]:
        """The accepted workbooks of the same submission, the one that counts last."""
        identity = line.cluster, line.form, line.period
        mine = [one for one in self._accepted if (one.cluster, one.form, one.period) == identity]
        known = [*self._ledger.accepted(*identity), *mine]
        return sorted(known, key=lambda one: (one.received_at, one.version))
