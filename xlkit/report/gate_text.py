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
    from xlkit.actions.gate_status import StatusLine, StatusResult
    from xlkit.mail.ledger import MessageLine, SubmissionLine
    from xlkit.mail.outbox import Standing

_MOSCOW = dt.timezone(dt.timedelta(hours=3))
STATES = {
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
            f"{plural(counts['messages'], 'новое письмо', 'новых письма', 'новых писем')}: принято "
            f"{counts['accepted']}, возвращено {counts['returned']}, отложено {counts['quarantined']}, пропущено "
            f"{counts['ignored']}, без книги {counts['nothing']}; квитанций {counts['receipts']}, из них с опозданием "
            f"{counts['late']}; повторов {counts['repeats']}",
            f"new messages {counts['messages']}: accepted {counts['accepted']}, returned {counts['returned']}, "
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
    about = f" · «{message.subject}»" if message.subject else ""
    yield f"{when(message.received_at)} · {message.sender or _NO_SENDER}{about}: {paint(str(word), colour)}{why}"
    for line in one.submissions:
        word, colour = STATES[line.state]
        said = [str(paint(str(word), colour)), *_marks(line)]
        yield f"  {line.file}: {' · '.join(said)}"


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
    counts = result.counts
    yield str(
        Text(
            f"Ожидалось {counts['expected']}: представлено {counts['submitted']} (с опозданием {counts['late']}, в срок "
            f"с поздним исправлением {counts['late_corrections']}), возвращено {counts['returned']}, срок прошёл "
            f"{counts['overdue']}, ожидается {counts['due']}"
            + (f"; сверх ожидаемого {counts['unexpected']}" if counts["unexpected"] else ""),
            f"Expected {counts['expected']}: submitted {counts['submitted']} (late {counts['late']}, in time and "
            f"corrected late {counts['late_corrections']}), returned {counts['returned']}, overdue "
            f"{counts['overdue']}, due {counts['due']}"
            + (f"; beyond that {counts['unexpected']}" if counts["unexpected"] else ""),
        )
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
        *(_aside_line(one) for one in result.aside),
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


def _aside_line(one: MessageLine) -> str:
    books = Text(f"книг {one.books}", f"workbooks {one.books}")
    return f"{when(one.received_at)} · {one.sender or _NO_SENDER} · {books}: {STATES[one.state][0]}: {one.why}"


# --- JSON -------------------------------------------------------------------------------------------------


def gate_document(result: GateResult) -> dict[str, Any]:
    return {
        "messages": [
            {**_message_document(one.message), "workbooks": [_submission_document(line) for line in one.submissions]}
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
            "messages": [_message_document(one) for one in result.aside],
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
