"""The mailbox gate: messages in, workbooks checked and filed by cluster, one answer to each message."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from xlkit.actions.gate.answers import attachments_of
from xlkit.actions.gate.filing import file_books, path_of
from xlkit.actions.gate.judge import Claim, Judged, judge, put
from xlkit.actions.gate.quarantine import QUARANTINE, admissible, keep, kept, lost_files
from xlkit.actions.gate.reseal import reseal
from xlkit.actions.gate.result import GateResult, Taken
from xlkit.actions.outbox import connection_of
from xlkit.claim import claimed
from xlkit.errors import XlkitError, cannot_write
from xlkit.mail.answers import Item, answer_letter, can_be_answered
from xlkit.mail.deadlines import Assignment, Schedule, schedule_of
from xlkit.mail.delivery import deliver
from xlkit.mail.enclosed import Enclosed, read_message
from xlkit.mail.headers import address_key
from xlkit.mail.ledger import Ledger, opened
from xlkit.mail.ledger_lines import (
    ACCEPTED,
    IGNORED,
    NOTHING,
    QUARANTINED,
    RETURNED,
    AsideLine,
    MessageLine,
    SubmissionLine,
)
from xlkit.mail.message import Attachment
from xlkit.mail.outbox import FAILED, IN_DOUBT, QUEUED, REFUSED, Letter, Outbox
from xlkit.mail.received import Known, Missed, Received, Source, letter_of
from xlkit.rules.registered import Register
from xlkit.settings import MailSettings
from xlkit.texts import Text

Deliver = Callable[[Outbox], Text | None]
"""Sends what an outbox holds; says why not all could be tried."""

_BATCH_MESSAGES, _BATCH_BYTES = 16, 64 * 2**20
MOST_ANSWERS = 40
"""Answers to one sender within a day to what brings nothing new: more is a loop of machines, and it ends here."""
_Fresh = tuple[Received, Enclosed]
_DAY = dt.timedelta(days=1)


def gate(
    source: Source,
    intake: Path,
    register: Register,
    settings: MailSettings,
    now: dt.datetime,
    assignments: Sequence[Assignment] | None = None,
    send: Deliver | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> GateResult:
    """Take in every message that is not in the intake's ledger yet, and queue an answer to each; then ``send`` these.
    Before that, what was put aside is taken in where the register has its sender by now, and seals are verified again
    whose key is trusted by now.

    ``settings`` say from whom the answers are; ``assignments`` stand in for the register's deadlines. Replays change
    nothing, and a mailbox that breaks off keeps no answer back. XlkitError where another process is at it, or register
    or disk refuse; what was taken in before that stays.
    """
    if not settings.sender:
        raise XlkitError(
            Text(
                "Не указано, с какого адреса отвечать: выполните xlkit mail setup",
                "The address to answer from is not set: run xlkit mail setup",
            )
        )
    schedule = schedule_of(register, assignments)
    taken: list[Taken] = []
    with claimed(intake / "gate", _BUSY), opened(intake) as ledger:
        desk = _Desk(intake, register, schedule, settings, ledger, now)
        desk.notes.extend(reseal(intake, ledger, register, settings.sender))
        for one in desk.admit():
            taken.append(one)
            progress(one.message.subject)
        box = _Box(source)
        for batch in _batched(desk.read(one) for one in box.messages(ledger.knows_place)):
            for one in desk.take(batch):
                taken.append(one)
                progress(one.message.subject)
        delivery = send(ledger) if send is not None else None
        unsent = ledger.standings(states=(QUEUED, FAILED, REFUSED, IN_DOUBT))
        lost = lost_files(intake, ledger.submissions())
    return GateResult(
        tuple(taken), (*schedule.notes, *desk.notes), delivery, tuple(unsent), tuple(box.missed), box.broken, lost
    )


def delivery_of(settings: MailSettings) -> Deliver:
    """Sends by the server of the settings."""

    def delivery(outbox: Outbox) -> Text | None:
        if not settings.smtp_host:
            return Text("сервер SMTP не указан: xlkit mail setup", "no SMTP server is set: xlkit mail setup")
        return deliver(outbox, connection_of(settings), witness=settings.witness, per_minute=settings.per_minute)

    return delivery


@dataclass
class _Box:
    """A mailbox, and what of it could not be read."""

    source: Source
    missed: list[Missed] = field(default_factory=list)
    broken: Text | None = None

    def messages(self, known: Known) -> Iterator[Received]:
        """Its messages, until it breaks off."""
        try:
            for one in self.source.messages(known):
                if isinstance(one, Missed):
                    self.missed.append(one)
                else:
                    yield one
        except XlkitError as error:
            self.broken = error.text


def _batched(messages: Iterable[_Fresh]) -> Iterator[list[_Fresh]]:
    """Some messages at a time: their workbooks are checked together, which is quicker, but not all are in memory."""
    batch: list[_Fresh] = []
    size = 0
    for received, found in messages:
        batch.append((received, found))
        size += len(received.content) + sum(len(book.content) for book in found.books)
        if len(batch) == _BATCH_MESSAGES or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass(frozen=True)
class _Case:
    """A message to decide about: what it encloses, and the clusters for which its sender may speak.

    ``placed`` are workbooks of it about which an earlier run has decided; ``answer`` tells a second answer to it from
    the first.
    """

    received: Received
    found: Enclosed
    clusters: frozenset[str]
    placed: tuple[SubmissionLine, ...] = ()
    answer: str = ""

    @property
    def numbers(self) -> list[int]:
        """Which of its workbooks are to be decided about, counted from 1."""
        placed = {line.number for line in self.placed}
        return [number for number in range(1, len(self.found.books) + 1) if number not in placed]

    @property
    def claims(self) -> list[Claim]:
        """These workbooks, to be judged; none where nothing of the message is opened."""
        if not self.clusters or self.found.automatic is not None:
            return []
        return [Claim(self.found.books[number - 1], self.clusters) for number in self.numbers]


@dataclass(frozen=True)
class _Desk:
    """What a run works with."""

    intake: Path
    register: Register
    schedule: Schedule
    settings: MailSettings
    ledger: Ledger
    now: dt.datetime
    notes: list[Text] = field(default_factory=list)

    def take(self, batch: Sequence[_Fresh]) -> Iterator[Taken]:
        """Judge the workbooks of some messages in one go, then take in message by message."""
        fresh = [(one, found) for one, found in batch if not self._known(one, found)]
        cases = [_Case(one, found, self._clusters(found.sender)) for one, found in fresh]
        judged = iter(self._judged([claim for case in cases for claim in case.claims]))
        for case in cases:
            mine = [next(judged) for _ in case.claims]
            if not self._known(case.received, case.found):  # the same may lie twice in one batch
                yield self._take(case, mine)
        for one, found in batch:
            if not self.ledger.knows_place(one.uid):
                self.ledger.note_place(one.uid, self._known(one, found))

    def _known(self, one: Received, found: Enclosed) -> str:
        """The key under which the ledger has a message, or the same letter with another head; empty: it has not."""
        return (
            one.key if self.ledger.knows(one.key) else self.ledger.key_of_letter(_letter(one, found), one.received_at)
        )

    def admit(self) -> Iterator[Taken]:
        """Take in what was put aside and whose sender may speak for its cluster by now."""
        for aside in self.ledger.aside():
            clusters = self._clusters(aside.message.sender)
            before = self.ledger.submissions_of(aside.message.key) if clusters else []
            if not admissible(aside, before, clusters):
                continue
            try:
                received = kept(self.intake, aside)
            except XlkitError as error:
                self.notes.append(error.text)
                continue
            yield self._admit(replace(aside, clusters=clusters), received, before)

    def _judged(self, claims: list[Claim]) -> list[Judged]:
        """The workbooks lie in the intake while they are judged: a killed run's are swept away by the next."""
        if not claims:
            return []
        working = self.intake / ".working"
        shutil.rmtree(working, ignore_errors=True)
        try:
            working.mkdir()
            return judge(claims, self.register, self.settings.sender, working)
        except OSError as error:
            raise XlkitError(cannot_write(working, error)) from error
        finally:
            shutil.rmtree(working, ignore_errors=True)

    def read(self, one: Received) -> _Fresh:
        """A message with what it encloses; of one that is known nothing is looked at."""
        return one, Enclosed() if self.ledger.knows(one.key) else self._enclosed(one)

    def _enclosed(self, one: Received) -> Enclosed:
        """Strangers' archives stay shut."""
        found = read_message(one.content, self._own(), lambda sender: bool(self._clusters(sender)))
        return replace(found, remarks=(*found.remarks, _CUT)) if one.cut else found

    def _own(self) -> tuple[str, ...]:
        return tuple(one for one in (self.settings.sender, self.settings.login, self.settings.witness) if "@" in one)

    def _clusters(self, sender: str) -> frozenset[str]:
        """The clusters for which a sender may speak, by the register's addresses."""
        return self._speaking.get(address_key(sender), frozenset()) if sender else frozenset()

    @cached_property
    def _speaking(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for cluster in self.register.clusters:
            for address in map(address_key, cluster.emails):
                found[address] = found.get(address, frozenset()) | {cluster.key}
        return found

    def _take(self, case: _Case, judged: list[Judged]) -> Taken:
        received, found = case.received, case.found
        state, why, lines, letter = self._decided(case, judged)
        message = MessageLine(
            received.key, found.message_id, address_key(found.sender) if found.sender else "", found.subject,
            received.received_at, state, why, len(found.books), letter.message_id if letter else "",
            _letter(received, found), self._bounced(found),
        )  # fmt: skip
        aside = None
        if state == QUARANTINED or any(line.state == QUARANTINED for line in lines):
            aside = AsideLine(message, keep(self.intake, received), received.cut, case.clusters)
        self.ledger.record(received.uid, message, lines, letter, self.now, aside)
        return Taken(message, tuple(lines))

    def _admit(self, aside: AsideLine, received: Received, before: Sequence[SubmissionLine]) -> Taken:
        """Decide anew about what of a message is in quarantine; what was told and placed before stays as it is."""
        was, found = aside.message, self._enclosed(received)
        placed = tuple(line for line in before if line.state != QUARANTINED)
        if was.answer:
            found = replace(found, remarks=())
        case = _Case(received, found, aside.clusters, placed, "again" if was.answer else "")
        state, why, lines, letter = self._decided(case, self._judged(case.claims))
        why = "; ".join(part for part in (why, f"Было отложено: {was.why}") if part)
        answer = letter.message_id if letter else was.answer
        message = replace(was, state=state, why=why, books=len(found.books), answer=answer)
        self.ledger.admit(aside, message, lines, letter, self.now)
        return Taken(message, tuple(lines), admitted=True)

    def _decided(self, case: _Case, judged: Sequence[Judged]) -> tuple[str, str, list[SubmissionLine], Letter | None]:
        """What becomes of a message: its state, why, its workbooks' lines and the answer to it."""
        received, found = case.received, case.found
        if found.automatic is not None:
            bounced = self._bounced(found)
            return IGNORED, f"Ответ ИРПО не дошёл: {bounced}" if bounced else found.automatic.ru, [], None
        if not case.clusters:
            return *self._unknown(received, found), None
        filed = file_books(
            received, found.forged, case.clusters, judged, case.numbers, self.intake, self.register, self.schedule,
            self.ledger,
        )  # fmt: skip
        lines = [line for line, _ in filed]
        letter, silent = self._answer(case, judged, filed)
        state, why = _state([*case.placed, *lines], found)
        return state, "; ".join(part for part in (why, silent) if part), lines, letter

    def _bounced(self, found: Enclosed) -> str:
        """The answer of ours of which a mail server says that it has not arrived."""
        if found.automatic is None:
            return ""
        return next((one for one in found.bounced if self.ledger.has_letter(one)), "")

    def _unknown(self, received: Received, found: Enclosed) -> tuple[str, str, list[SubmissionLine]]:
        """A sender who is in nobody's addresses: workbooks are kept unopened, and nobody is answered."""
        if found.remarks and not found.books:
            return QUARANTINED, found.remarks[-1].ru, []
        if not found.books:
            return NOTHING, "Отправителя нет в реестре, книг в письме нет", []
        why = f"Адреса {found.sender} нет в реестре" if found.sender else "Неясно, от кого письмо"
        lines = []
        for number, book in enumerate(found.books, start=1):
            line = SubmissionLine(received.key, number, QUARANTINED, book.sha256, book.name, received.received_at)
            lines.append(replace(line, path=path_of(line, book, QUARANTINE), why=why))
            put(book, self.intake / lines[-1].path, received.received_at)
        return QUARANTINED, why, lines

    def _answer(
        self, case: _Case, judged: Sequence[Judged], filed: Sequence[tuple[SubmissionLine, Item]]
    ) -> tuple[Letter | None, str]:
        """The answer to a message; or none, and why."""
        received, found = case.received, case.found
        if not filed and not found.remarks:
            return None, ""
        sender = address_key(found.sender)
        accepted = any(line.state == ACCEPTED for line, _ in filed)
        came = received.received_at
        if not accepted and self.ledger.fruitless(sender, came - _DAY, came) >= MOST_ANSWERS:
            return None, f"За сутки на этот адрес дано {MOST_ANSWERS} ответов, больше не отвечаем"
        if not can_be_answered(found.sender):
            return None, f"По адресу {found.sender} ответить нельзя"
        attachments: list[Attachment] = []
        for one, (line, _) in zip(judged, filed, strict=True):
            attachments += attachments_of(one) if line.state == RETURNED else ()
        items = [item for _, item in filed] or [_NO_BOOK]
        alone = filed[0][0].workbook_sha256 if len(filed) == 1 else ""
        name = " ".join(part for part in (received.key, case.answer) if part)
        return answer_letter(self.settings, found, name, items, attachments, self.now, alone), ""


def _letter(received: Received, found: Enclosed) -> str:
    sender = address_key(found.sender) if found.sender else ""
    return "" if received.cut else letter_of(found.mark, sender, received.content)


def _state(lines: Sequence[SubmissionLine], found: Enclosed) -> tuple[str, str]:
    """A message's state is the worst of its workbooks'; and why it is that."""
    if not lines:
        state = QUARANTINED if found.unread else NOTHING
        return state, "; ".join(one.ru for one in found.remarks) or "В письме нет книги"
    states = {line.state for line in lines}
    why = "; ".join(dict.fromkeys(line.why for line in lines if line.why))
    return next((state for state in (RETURNED, QUARANTINED) if state in states), ACCEPTED), why


_BUSY = Text(
    "Письма этой папки приёма уже разбирает другой процесс xlkit: дождитесь его",
    "Another xlkit process is taking in the messages of this intake: wait for it",
)
_CUT = Text(
    "Письмо слишком велико и не прочитано: пришлите книгу отдельным письмом без других вложений",
    "The message is too large and was not read: send the workbook alone",
)
_NO_BOOK = Item("Книги в письме не найдено", "bad", ("Вложите книгу Excel в новое письмо или в ответ на это.",))
