"""What the commands of the mailbox gate say, as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xlkit.mail.versions import said_of
from xlkit.report.text import Paint, unpainted
from xlkit.rules.edition import load_edition
from xlkit.texts import Text, plural

if TYPE_CHECKING:
    from xlkit.actions.gate.prefer import PreferResult
    from xlkit.actions.gate.quarantine import Aside, QuarantineResult
    from xlkit.actions.gate.result import GateResult, Taken
    from xlkit.actions.gate.status import StatusLine, StatusResult
    from xlkit.mail.ledger_lines import MessageLine, SubmissionLine
    from xlkit.mail.outbox import Standing

MOSCOW = dt.timezone(dt.timedelta(hours=3))
STATES: dict[str, tuple[Text, str]] = {
    "accepted": (Text("принято", "accepted"), "green"),
    "duplicate": (Text("повтор", "repeat"), "green"),
    "returned": (Text("возвращено", "returned"), "red"),
    "quarantined": (Text("отложено", "quarantined"), "yellow"),
    "ignored": (Text("пропущено", "ignored"), "cyan"),
    "nothing": (Text("без книги", "no workbook"), "cyan"),
    "submitted": (Text("представлено", "submitted"), "green"),
    "overdue": (Text("не представлено", "not submitted"), "red"),
    "due": (Text("ожидается", "expected"), "cyan"),
}
_UNSENT = {
    "failed": Text("не отправлен", "not sent"),
    "refused": Text("адрес не принят", "the address was refused"),
    "in_doubt": Text("неизвестно, дошёл ли (xlkit mail resolve)", "in doubt (xlkit mail resolve)"),
}
_ADDRESSES = 2
"""Of a cluster that owes something: to whom to write."""
_NO_SENDER = Text("отправитель не ясен", "unclear sender")


def gate_text(result: GateResult, paint: Paint = unpainted) -> Iterator[str]:
    """A block per message, then the totals."""
    for one in result.taken:
        yield from _taken_lines(one, paint)
    counts = result.counts
    if result.taken:
        yield ""
    yield str(
        Text(
            f"{plural(counts['messages'] - counts['admitted'], 'новое письмо', 'новых письма', 'новых писем')}"
            + (f", из отложенных прежде {counts['admitted']}" if counts["admitted"] else "")
            + f": принято {counts['accepted']}, возвращено {counts['returned']}, отложено {counts['quarantined']}, "
            f"пропущено {counts['ignored']}, без книги {counts['nothing']}; квитанций {counts['receipts']}, из них с "
            f"опозданием {counts['late']}; повторов {counts['repeats']}",
            f"new messages {counts['messages'] - counts['admitted']}"
            + (f", from the quarantine {counts['admitted']}" if counts["admitted"] else "")
            + f": accepted {counts['accepted']}, returned {counts['returned']}, "
            f"quarantined {counts['quarantined']}, ignored {counts['ignored']}, no workbook {counts['nothing']}; "
            f"receipts {counts['receipts']}, late {counts['late']}; repeats {counts['repeats']}",
        )
    )
    yield from _unsent_lines(result.unsent)
    yield from (str(one.why) for one in result.missed)
    yield from map(_lost_line, result.lost)
    if result.broken is not None:
        yield str(Text(f"Почта прочитана не вся: {result.broken.ru}", f"Not all was read: {result.broken.en}"))
    if result.delivery is not None:
        yield str(Text(f"Ответы не отправлены: {result.delivery.ru}", f"Answers not sent: {result.delivery.en}"))


def _taken_lines(one: Taken, paint: Paint) -> Iterator[str]:
    message = one.message
    word, colour = STATES[message.state]
    why = f": {message.why}" if message.why and not one.submissions else ""
    before = f" · {Text('было отложено', 'was quarantined')}" if one.admitted else ""
    yield f"{_headline(message)}{before}: {paint(str(word), colour)}{why}"
    for line in one.submissions:
        word, colour = STATES[line.state]
        said = [str(paint(str(word), colour)), *_marks(line)]
        yield f"  {line.file}: {' · '.join(said)}"


def _headline(message: MessageLine) -> str:
    """When it came, from whom, about what."""
    about = f" · «{message.subject}»" if message.subject else ""
    return f"{when(message.received_at)} · {message.sender or _NO_SENDER}{about}"


def _marks(line: SubmissionLine) -> Iterator[str]:
    """What is to be known of a workbook beside its state."""
    if line.receipt:
        yield f"{line.receipt}, {Text('версия', 'version')} {line.version}"
    if line.late:
        yield str(Text("с опозданием", "late"))
    if line.differences:
        yield str(Text(f"расхождений с реестром {line.differences}", f"differences {line.differences}"))
    if line.seal:
        why = f" ({line.seal_why})" if line.seal == "INVALID" and line.seal_why else ""
        yield f"{Text('печать', 'seal')} {line.seal}{why}"
    if line.state in ("accepted", "duplicate") and line.doubt and line.counts_from is None:
        yield str(_NOT_IN_FORCE)
    if line.why:
        yield why_of(line)


def why_of(line: SubmissionLine) -> str:
    """What is odd about a workbook, or why it is not accepted."""
    return str(said_of(line)) if line.doubt else line.why


_NOT_IN_FORCE = Text("сохранено, но не действует", "kept, does not count")


def _unsent_lines(unsent: Sequence[Standing]) -> Iterator[str]:
    """Answers that somebody must look at one by one, and how many merely wait."""
    waiting = sum(one.state == "queued" for one in unsent)
    if waiting:
        yield str(Text(f"Ответов ждёт отправки: {waiting}", f"Answers that wait to be sent: {waiting}"))
    for one in unsent:
        if one.state == "queued":
            continue
        answer = f" ({one.code} {one.answer})" if one.code else ""
        yield str(Text("Ответ для ", "Answer for ")) + f"{one.address}: {_UNSENT[one.state]}{answer}"


def _lost_line(line: SubmissionLine) -> str:
    """An accepted workbook is gone."""
    ru = f"{line.receipt} · {line.cluster}: файла {line.path} нет: восстановите из копии или попросите прислать"
    return str(Text(ru, f"{line.receipt} · {line.cluster}: {line.path} is gone, restore it from a copy or ask for it"))


def _bounced_line(one: MessageLine, address: str) -> str:
    ru = f"{when(one.received_at)} · Ответ для {address} не дошёл (сообщил {one.sender}): уточните адрес у кластера"
    en = f"{when(one.received_at)} · The answer to {address} has not arrived ({one.sender}): ask for the right address"
    return str(Text(ru, en))


def when(moment: dt.datetime) -> str:
    """«10.11.2026 15:00», Moscow time."""
    return f"{moment.astimezone(MOSCOW):%d.%m.%Y %H:%M}"


# --- status -----------------------------------------------------------------------------------------------


def status_text(result: StatusResult, paint: Paint = unpainted) -> Iterator[str]:
    """A line per submission by form and period, what a person should look at, and the totals."""
    groups: dict[tuple[str, str], list[StatusLine]] = {}
    for line in result.lines:
        groups.setdefault((line.form, str(line.period or "")), []).append(line)
    for (form, period), lines in groups.items():
        yield f"{load_edition(form).book.title}, {period or Text('план', 'plan')}"
        yield from (_status_line(line, paint) for line in lines)
        yield ""
    yield from _attention(result)
    yield str(_status_totals(result.counts))


def _status_totals(counts: dict[str, int]) -> Text:
    corrected, beyond = counts["late_corrections"], counts["unexpected"]
    return Text(
        f"Ожидалось {counts['expected']}: представлено {counts['submitted']} (с опозданием {counts['late']}"
        + (f", в срок с поздним исправлением {corrected}" if corrected else "")
        + f"), возвращено {counts['returned']}, срок прошёл {counts['overdue']}, ожидается {counts['due']}"
        + (f"; сверх ожидаемого {beyond}" if beyond else ""),
        f"Expected {counts['expected']}: submitted {counts['submitted']} (late {counts['late']}"
        + (f", in time and corrected late {corrected}" if corrected else "")
        + f"), returned {counts['returned']}, overdue {counts['overdue']}, due {counts['due']}"
        + (f"; beyond that {beyond}" if beyond else ""),
    )


def _status_line(line: StatusLine, paint: Paint) -> str:
    word, colour = STATES[line.state]
    parts = [paint(str(word), colour)]
    current, first = line.current, line.first
    if first is not None and current is not None:
        if line.late_correction:
            parts[0] += f" {Text('в срок', 'in time')} {when(first.received_at)} ({first.receipt})"
            parts.append(str(Text("исправление", "correction")))
        shown = first if first.receipt == current.receipt else current  # a repeat of it may have come before it
        parts[-1] += f" {when(shown.received_at)}"
        parts += _marks(replace(current, late=shown.late))
    elif current is not None:
        parts[0] += f" {when(current.received_at)}"
        parts += _marks(current)
    if line.returned_later:
        parts.append(str(Text("позже прислана книга с ошибками", "a later one went back")))
    if line.state != "submitted":
        if line.deadline is not None:
            passed = Text("срок прошёл", "overdue since") if line.overdue else Text("срок", "due")
            parts.append(f"{passed} {when(line.deadline)}")
        parts += line.cluster.emails[:_ADDRESSES]
    if not line.expected:
        parts.append(str(Text("не ожидалось", "not expected")))
    return f"  {line.cluster.id}  {' · '.join(parts)}"


def _attention(result: StatusResult) -> Iterator[str]:
    lines = [
        *(_aside_line(one) for one in result.aside if one.is_likely),
        *_strangers([one for one in result.aside if not one.is_likely]),
        *(
            f"{when(one.received_at)} · {one.cluster or '?'} · {one.file}: {' · '.join(_marks(one))}"
            for one in (*result.unknown, *result.doubtful)
        ),
        *map(_lost_line, result.lost),
        *(_bounced_line(*one) for one in result.bounced),
        *_unsent_lines(result.unsent),
    ]
    if lines:
        yield str(Text("Требует внимания", "Needs attention"))
        yield from (f"  {line}" for line in lines)
        if result.doubtful:
            yield f"  {_HOW_TO_SETTLE}"
        yield ""


_HOW_TO_SETTLE = Text(
    "Какая из сомнительных книг действует, решает xlkit mail prefer КВИТАНЦИЯ",
    "Which of the doubtful workbooks counts is decided by xlkit mail prefer RECEIPT",
)


def _aside_line(one: Aside) -> str:
    files = ", ".join(line.file for line in one.submissions if line.state == "quarantined")
    state, _ = _aside_state(one)
    parts = [str(state), files, one.message.why, str(_near(one)) if one.near else ""]
    return f"{_headline(one.message)}: {' · '.join(part for part in parts if part)}"


def _aside_state(one: Aside) -> tuple[Text, str]:
    """A message of which one workbook is in quarantine may itself be accepted."""
    return STATES["ignored" if one.message.state == "ignored" else "quarantined"]


def _near(one: Aside) -> Text:
    return Text(f"тот же домен у адресов кластера {one.near}", f"the addresses of {one.near} have the same domain")


def _strangers(aside: Sequence[Aside]) -> Iterator[str]:
    """Most likely nobody's: how many there are is enough here."""
    if aside:
        count, last = len(aside), when(aside[-1].message.received_at)
        ru = f"Отложено и пропущено писем с незнакомых адресов: {count}, последнее {last}"
        en = f"Messages of unknown senders put aside or ignored: {count}, the last {last}"
        yield str(Text(f"{ru} (их покажет xlkit mail quarantine)", f"{en} (xlkit mail quarantine lists them)"))


# --- quarantine -------------------------------------------------------------------------------------------


def quarantine_text(result: QuarantineResult, paint: Paint = unpainted) -> Iterator[str]:
    """A block per message that was put aside, and how it can be taken in."""
    for one in result.messages:
        word, colour = _aside_state(one)
        yield f"{_headline(one.message)}: {paint(str(word), colour)}: {one.message.why}"
        if one.near:
            yield f"  {_near(one)}"
        for line in one.submissions:
            if line.state == "quarantined":
                yield f"  {line.file} → {line.path}"
        if one.path:
            yield f"  {Text('письмо', 'message')} → {one.path}"
    yield str(_HOW_TO_ADMIT if result.messages else Text("Отложенных писем нет", "Nothing is in quarantine"))


_HOW_TO_ADMIT = Text(
    "Если отправитель пишет от имени кластера, внесите его адрес в реестр: следующий xlkit mail gate примет письмо тем "
    "временем, когда оно пришло, и ответит на него",
    "If a sender speaks for a cluster, put the address into the register: the next xlkit mail gate takes the message "
    "in as of the time when it came, and answers it",
)


# --- prefer -----------------------------------------------------------------------------------------------


def prefer_text(result: PreferResult) -> Iterator[str]:
    one = result.line
    what = f"{one.cluster}, {load_edition(one.form).book.title}, {one.period or Text('план', 'plan')}"
    ru = f"{what}: действует версия {one.version} ({one.receipt}, «{one.file}»)"
    yield str(Text(ru, f"{what}: version {one.version} counts ({one.receipt}, “{one.file}”)"))
