"""What the commands of the mailbox gate say, as JSON."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from xlkit.report.gate_text import MOSCOW, why_of

if TYPE_CHECKING:
    from xlkit.actions.gate.prefer import PreferResult
    from xlkit.actions.gate.quarantine import Aside, QuarantineResult
    from xlkit.actions.gate.result import GateResult
    from xlkit.actions.gate.status import StatusLine, StatusResult
    from xlkit.mail.ledger_lines import MessageLine, SubmissionLine
    from xlkit.mail.outbox import Standing


def prefer_document(result: PreferResult) -> dict[str, Any]:
    return _submission_document(result.line)


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
        "missed": [str(one.why) for one in result.missed],
        "lost": [_submission_document(one) for one in result.lost],
        "mailbox": None if result.broken is None else str(result.broken),
        "delivery": None if result.delivery is None else str(result.delivery),
    }


def status_document(result: StatusResult) -> dict[str, Any]:
    return {
        "submissions": [_line_document(line) for line in result.lines],
        "attention": {
            "messages": [_aside_document(one) for one in result.aside],
            "workbooks": [_submission_document(one) for one in (*result.unknown, *result.doubtful)],
            "answers": [_standing_document(one) for one in result.unsent],
            "bounced": [{"address": address, **_message_document(one)} for one, address in result.bounced],
            "lost": [_submission_document(one) for one in result.lost],
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
        "seal_why": one.seal_why or None,
        "sealed_at": _time(one.sealed_at),
        "counts": one.state == "accepted" and one.counts_from is not None,
        "doubt": one.doubt or None,
        "why": why_of(one),
    }


def _standing_document(one: Standing) -> dict[str, Any]:
    return {"message_id": one.message_id, "address": one.address, "state": one.state, "code": one.code}


def _time(moment: dt.datetime | None) -> str | None:
    """ISO 8601 in Moscow time."""
    return None if moment is None else moment.astimezone(MOSCOW).isoformat(timespec="seconds")
