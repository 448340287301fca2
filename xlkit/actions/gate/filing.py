"""Filing the workbooks of a message: in which state each is, under which receipt, where it lies, what is said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xlkit.actions.gate.answers import item_of
from xlkit.actions.gate.judge import Judged, put
from xlkit.actions.gate.quarantine import QUARANTINE
from xlkit.finding import Severity
from xlkit.mail.answers import Item
from xlkit.mail.deadlines import MOSCOW, Schedule, is_late
from xlkit.mail.enclosed import EnclosedBook
from xlkit.mail.ledger import BOOKS, Ledger, receipt_number
from xlkit.mail.ledger_lines import ACCEPTED, DUPLICATE, QUARANTINED, RETURNED, SubmissionLine
from xlkit.mail.names import safe_name
from xlkit.mail.received import Received
from xlkit.mail.versions import FORGED, KEEPING, OLDER, PROVEN, SEVERAL, STALE, UNSEALED, ordered, said_of
from xlkit.rules.registered import Cluster, Register

_TICK = dt.timedelta(milliseconds=1)
Filed = tuple[SubmissionLine, Item]
"""A workbook's line of the ledger and what is said of it."""


def path_of(line: SubmissionLine, book: EnclosedBook, *folders: str) -> str:
    """Where a workbook lies below the intake folder; sorts by time, the same whenever the same is taken in again."""
    moment = line.received_at.astimezone(MOSCOW)
    return Path(*folders, f"{moment:%Y-%m-%d_%H%M%S}_{line.workbook_sha256[:12]}", book.filed_name).as_posix()


def file_books(
    received: Received, forged: bool, clusters: frozenset[str], judged: Sequence[Judged], numbers: Sequence[int],
    intake: Path, register: Register, schedule: Schedule, ledger: Ledger,
) -> list[Filed]:  # fmt: skip
    """File workbooks of one message and write them below ``intake``; the ledger is only asked, not changed.

    ``forged``: the mail server doubts its sender; ``numbers`` are the workbooks' in the message, ``clusters`` the keys
    of those for which its sender may speak. XlkitError where the disk refuses.
    """
    return _Filing(received, forged, clusters, intake, register, schedule, ledger).all(judged, numbers)


class _Filing:
    """The workbooks of one message, one after the other: a later one knows of the earlier ones."""

    def __init__(
        self, received: Received, forged: bool, clusters: frozenset[str], intake: Path, register: Register,
        schedule: Schedule, ledger: Ledger,
    ) -> None:  # fmt: skip
        self._received = received
        self._forged = forged
        self._clusters = clusters
        self._intake = intake
        self._register = register
        self._schedule = schedule
        self._ledger = ledger
        self._accepted: list[SubmissionLine] = []

    def all(self, judged: Sequence[Judged], numbers: Sequence[int]) -> list[Filed]:
        """File the workbooks; what is said of each."""
        lines = [self._line(number, one) for number, one in zip(numbers, judged, strict=True)]
        ambiguous = self._ambiguous([line for line, one in zip(lines, judged, strict=True) if _is_good(one)])
        filed = []
        for line, one in zip(lines, judged, strict=True):
            earlier = self._earlier(line)
            placed = self._placed(line, one, earlier, _identity(line) in ambiguous)
            if placed.path:
                put(one.book, self._intake / placed.path, _age(placed, earlier))  # before the ledger says it is there
            self._put_back(placed, one, earlier)
            filed.append((placed, item_of(placed, one, earlier)))
        return filed

    def _put_back(self, line: SubmissionLine, one: Judged, earlier: Sequence[SubmissionLine]) -> None:
        """A workbook whose file is gone and that comes again."""
        for before in earlier:
            path = self._intake / before.path
            if (line.state, line.receipt) == (DUPLICATE, before.receipt) and not path.exists():
                put(one.book, path, before.counts_from or before.received_at)

    def _ambiguous(self, lines: Sequence[SubmissionLine]) -> set[_Identity]:
        """The submissions of which several new workbooks are in the message; what counted before is not new."""
        new: dict[_Identity, set[str]] = {}
        for line in lines:
            known = {one.content_digest for one in self._earlier(line) if one.counts_from is not None}
            new.setdefault(_identity(line), set()).update({line.content_digest} - known)
        return {identity for identity, contents in new.items() if len(contents) > 1}

    def _line(self, number: int, one: Judged) -> SubmissionLine:
        """What is known of it before anything is decided."""
        extract, received = one.extract, self._received
        cluster = one.cluster or self._only_cluster()
        form = extract.edition.form if extract is not None else ""
        period = extract.period if extract is not None else None
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
            sealed_at=_sealed_at(one, received.received_at),
        )

    def _only_cluster(self) -> Cluster | None:
        """Whose an unreadable workbook is: its sender's, where that is one cluster."""
        mine = [one for one in self._register.clusters if one.key in self._clusters]
        return mine[0] if len(mine) == 1 else None

    def _placed(
        self, line: SubmissionLine, one: Judged, earlier: Sequence[SubmissionLine], is_ambiguous: bool
    ) -> SubmissionLine:
        """Its state and place; ``earlier`` are the accepted versions, the one in force last."""
        if one.foreign and one.cluster is not None:
            why = f"Книга кластера {one.cluster.id}, а адрес отправителя в реестре — другого кластера"
            return replace(line, state=QUARANTINED, why=why, path=path_of(line, one.book, QUARANTINE))
        if one.is_faulty:
            why = one.refusal.ru if one.refusal is not None else f"Ошибок: {line.errors}"
            return replace(line, why=why, path=path_of(line, one.book, "returned"))
        current = earlier[-1] if earlier else None
        same = next((one for one in reversed(earlier) if one.content_digest == line.content_digest), None)
        line = self._doubted(line, current, same, is_ambiguous)
        stays = current is not None and line.doubt in KEEPING
        if same is not None and (same is current or same.counts_from is not None or stays):
            repeat = replace(line, state=DUPLICATE, receipt=same.receipt, version=same.version)
            proves = line.seal in PROVEN and same.seal not in PROVEN
            return replace(repeat, path=path_of(line, one.book, "repeats", *_folders(line))) if proves else repeat
        year = line.received_at.astimezone(MOSCOW).year
        given = self._ledger.receipts_of(year) + len(self._accepted)
        accepted = replace(
            line,
            state=ACCEPTED,
            receipt=receipt_number(year, given + 1),
            version=len(earlier) + 1,
            path=path_of(line, one.book, BOOKS, *_folders(line)),
            counts_from=None if stays else line.received_at,
        )
        self._accepted.append(accepted)
        return accepted

    def _doubted(
        self, line: SubmissionLine, current: SubmissionLine | None, same: SubmissionLine | None, is_ambiguous: bool
    ) -> SubmissionLine:
        """With the reason to doubt it, where there is one."""
        found = self._doubt(line, current, same, is_ambiguous)
        line = replace(line, doubt=found)
        return replace(line, why=said_of(line).ru) if found else line

    def _doubt(
        self, line: SubmissionLine, current: SubmissionLine | None, same: SubmissionLine | None, is_ambiguous: bool
    ) -> str:
        if same is not None and same is current:
            return ""
        contends = current is not None and current.counts_from is not None and line.received_at >= current.counts_from
        if same is not None and same.counts_from is not None:
            return STALE if contends else ""
        if is_ambiguous:
            return SEVERAL
        sealed_before = current.sealed_at if current is not None else None
        if contends and line.sealed_at and sealed_before and line.sealed_at < sealed_before:
            return OLDER
        if line.seal in PROVEN:
            return ""
        if self._forged:
            return FORGED
        here = any(one.cluster == line.cluster and one.seal in PROVEN for one in self._accepted)
        return UNSEALED if here or self._ledger.has_sealed(line.cluster, PROVEN) else ""

    def _earlier(self, line: SubmissionLine) -> list[SubmissionLine]:
        """The accepted workbooks of the same submission, the one that counts last."""
        mine = [one for one in self._accepted if _identity(one) == _identity(line)]
        return ordered([*self._ledger.accepted(*_identity(line)), *mine])


_Identity = tuple[str, str, str]


def _identity(line: SubmissionLine) -> _Identity:
    return line.cluster, line.form, line.period


def _folders(line: SubmissionLine) -> tuple[str, ...]:
    return safe_name(line.cluster), line.form, line.period or "план"


def _is_good(one: Judged) -> bool:
    return not one.foreign and not one.is_faulty


def _age(line: SubmissionLine, earlier: Sequence[SubmissionLine]) -> dt.datetime:
    """So old that ``consolidate --prefer newest`` takes the version in force, though several came at one time."""
    current = earlier[-1].counts_from if earlier else None
    if line.state != ACCEPTED or current is None:
        return line.received_at
    if line.counts_from is None:
        return min(line.received_at, current - _TICK)
    together = [one for one in earlier if one.received_at == line.received_at]
    return line.received_at + len(together) * _TICK


def _sealed_at(one: Judged, received_at: dt.datetime) -> dt.datetime | None:
    """When its manifest was made; a clock that was ahead counts as the time when the message came."""
    told = (one.seal.facts or {}).get("time") if one.seal is not None else None
    try:
        found = dt.datetime.fromisoformat(str(told)) if told else None
        return min(found.astimezone(dt.UTC), received_at) if found is not None and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
