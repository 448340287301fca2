"""What ``mail gate`` and ``mail status`` say, as text and as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlkit.report.text import Paint, unpainted
from xlkit.rules.edition import load_edition
from xlkit.texts import Text, plural

if TYPE_CHECKING:
    from xlkit.actions.gate import GateResult, Taken
    from xlkit.actions.gate_quarantine import Aside, QuarantineResult
    from xlkit.actions.gate_status import StatusLine, StatusResult
    from xlkit.mail.ledger import MessageLine, SubmissionLine
    from xlkit.mail.outbox import Standing

_MOSCOW = dt.timezone(dt.timedelta(hours=3))
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
        yield f"{Text('печать', 'seal')} {line.seal}"
    if line.why:
        yield line.why


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


def when(moment: dt.datetime) -> str:
    """«10.11.2026 15:00», Moscow time."""
    return f"{moment.astimezone(_MOSCOW):%d.%m.%Y %H:%M}"


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
        parts += [part for part in _marks(current) if part != current.why]
        parts.append(current.why)
    if line.returned_later:
        parts.append(str(Text("позже прислана книга с ошибками", "a later one went back")))
    if line.state != "submitted" and line.deadline is not None:
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
            f"{when(one.received_at)} · {one.cluster or '?'} · {one.file}: {one.why}"
            for one in (*result.unknown, *result.doubtful)
        ),
        *_unsent_lines(result.unsent),
    ]
    if lines:
        yield str(Text("Требует внимания", "Needs attention"))
        yield from (f"  {line}" for line in lines)
        yield ""


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


# --- JSON -------------------------------------------------------------------------------------------------


def gate_document(result: GateResult) -> dict[str, Any]:
    return {
        "messages": [
            {
                **_message_document(one.message),
                "admitted": one.admitted,
                "workbooks": [_submission_document(line) for line in one.submissions],
            }
            for one in result.taken
        ],
        "totals": result.counts,
        "unsent": [_standing_document(one) for one in result.unsent],
        "delivery": None if result.delivery is None else str(result.delivery),
    }


def status_document(result: StatusResult) -> dict[str, Any]:
    return {
        "submissions": [_line_document(line) for line in result.lines],
        "attention": {
            "messages": [_aside_document(one) for one in result.aside],
            "workbooks": [_submission_document(one) for one in (*result.unknown, *result.doubtful)],
            "answers": [_standing_document(one) for one in result.unsent],
        },
        "totals": result.counts,
    }


def _line_document(line: StatusLine) -> dict[str, Any]:
    current = line.current
    return {
        "cluster": line.cluster.id,
        "name": line.cluster.name,
        "form": line.form,
        "period": str(line.period) if line.period else None,
        "state": line.state,
        "expected": line.expected,
        "deadline": _time(line.deadline),
        "overdue": line.overdue,
        "in_time": None if line.first is None else not line.first.late,
        "late": line.late,
        "late_correction": line.late_correction,
        "first_received_at": None if line.first is None else _time(line.first.received_at),
        "first_receipt": None if line.first is None else line.first.receipt,
        "returned_later": line.returned_later,
        "workbook": None if current is None else _submission_document(current),
    }


def _message_document(one: MessageLine) -> dict[str, Any]:
    return {
        "sender": one.sender,
        "subject": one.subject,
        "message_id": one.message_id,
        "received_at": _time(one.received_at),
        "state": one.state,
        "why": one.why,
        "answered": bool(one.answer),
    }


def quarantine_document(result: QuarantineResult) -> dict[str, Any]:
    return {"messages": [_aside_document(one) for one in result.messages]}


def _aside_document(one: Aside) -> dict[str, Any]:
    books = [_submission_document(line) for line in one.submissions if line.state == "quarantined"]
    return {
        **_message_document(one.message),
        "path": one.path or None,
        "known": one.known,
        "near": one.near or None,
        "workbooks": books,
    }


def _submission_document(one: SubmissionLine) -> dict[str, Any]:
    return {
        "file": one.file,
        "path": one.path or None,
        "state": one.state,
        "receipt": one.receipt or None,
        "version": one.version or None,
        "cluster": one.cluster or None,
        "form": one.form or None,
        "period": one.period or None,
        "sha256": one.workbook_sha256,
        "received_at": _time(one.received_at),
        "deadline": _time(one.deadline),
        "late": one.late,
        "verdict": one.verdict or None,
        "errors": one.errors,
        "warnings": one.warnings,
        "differences": one.differences,
        "seal": one.seal or None,
        "why": one.why,
    }


def _standing_document(one: Standing) -> dict[str, Any]:
    return {"message_id": one.message_id, "address": one.address, "state": one.state, "code": one.code}


def _time(moment: dt.datetime | None) -> str | None:
    """ISO 8601 in Moscow time."""
    return None if moment is None else moment.astimezone(_MOSCOW).isoformat(timespec="seconds")
