"""What ``send`` and ``mail outbox|retry|resolve|setup`` say, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from xlkit.mail.outbox import FAILED, IN_DOUBT, QUEUED, REFUSED, SENDING, SENT, WITHDRAWN, Standing
from xlkit.mail.smtp import LOST, NO_UTF8, TIMEOUT
from xlkit.report.letter import in_moscow
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.actions.account import Tried
    from xlkit.actions.outbox import OutboxResult
    from xlkit.actions.send import SendResult, SentFile

_STATES = {
    QUEUED: (Text("ждёт отправки", "waits"), "yellow"),
    SENDING: (Text("отправляется", "is being sent"), "yellow"),
    SENT: (Text("отправлено", "sent"), "green"),
    IN_DOUBT: (Text("неизвестно, ушло ли (xlkit mail resolve)", "in doubt (xlkit mail resolve)"), "red"),
    FAILED: (Text("не отправлено", "failed"), "red"),
    REFUSED: (Text("адрес не принят", "the address was refused"), "red"),
    WITHDRAWN: (Text("отозвано, его сменило письмо", "withdrawn, replaced by the letter"), "yellow"),
}
_REASONS = {
    LOST: Text("соединение прервалось", "the connection broke"),
    TIMEOUT: Text("сервер не ответил вовремя", "no answer in time"),
    NO_UTF8: Text("сервер не знает адресов не латиницей", "the server knows only addresses in Latin letters"),
}


def _unpainted(text: str, _: str) -> str:
    return text


def send_text(result: SendResult, paint: Any = _unpainted) -> Iterator[str]:
    """A line per file and recipient."""
    if result.made is not None:
        key = result.made.fingerprint
        yield str(
            Text(
                f"Создан ключ подписи {key}; передайте получателю открытый ключ: xlkit keys export",
                f"A signing key was made: {key}; give the recipient its public half: xlkit keys export",
            )
        )
    for one in result.files:
        yield from _file_lines(one, paint)
    for old in result.withdrawn:
        said = Text("прежнее письмо отозвано, его сменило новое", "the earlier letter was withdrawn for the newer one")
        yield f"{old.subject} → {old.address}: {paint(str(said), 'yellow')}"
    if result.trouble is not None:
        yield paint(str(result.trouble), "red")
    if result.trouble is not None or any(two.state == QUEUED for one in result.files for two in one.standings):
        yield str(
            Text(
                "Неотправленное ждёт в журнале: xlkit mail retry отправит его",
                "What was not sent waits in the outbox: xlkit mail retry sends it",
            )
        )


def _file_lines(one: SentFile, paint: Any) -> Iterator[str]:
    if one.refusal is not None:
        yield f"{one.file}: {paint(str(Text('не отправлена', 'not sent')), 'red')}: {one.refusal}"
    elif one.eml is not None:
        yield f"{one.file} → {one.eml}"
    had = {(before.message_id, before.address): before.state for before in one.had}
    for standing in one.standings:
        before = had.get((standing.message_id, standing.address), SENT if one.already else "")
        yield f"{one.file} → {standing.address}: {_said(standing, paint)}{_earlier(before, standing.state)}"


def _earlier(before: str, now: str) -> str:
    """What became of an earlier letter with the same workbook; ``before`` is empty where there was none."""
    if not before:
        return ""
    if before == QUEUED and now == SENT:
        return str(Text(" (письмо ждало в журнале и теперь ушло)", " (the letter had been waiting and has gone now)"))
    if now == SENT:
        return str(Text(" (уже получил; второй раз не отправляется)", " (has got it; it is not sent twice)"))
    return str(Text(" (письмо прежнее; второе не создано)", " (the earlier letter; no second one was made)"))


def _said(one: Standing, paint: Any) -> str:
    """«отправлено 21.11.2026 15:00 МСК», «ждёт отправки до …: 450 …»."""
    word, colour = _STATES[one.state]
    said = paint(str(word), colour)
    if one.state == SENT:
        return f"{said} {in_moscow(one.changed_at)}"
    if one.state == QUEUED and one.attempts:
        when = in_moscow(one.next_at)
        said += str(Text(f" (не раньше {when})", f" (not before {when})"))
    if one.state == WITHDRAWN:
        return f"{said} {one.answer}"
    reason = str(_REASONS.get(one.answer, one.answer)) if one.code is None else f"{one.code} {one.answer}"
    return f"{said}: {reason}" if reason else said


def _standing_document(one: Standing) -> dict[str, Any]:
    return {
        "address": one.address,
        "state": one.state,
        "attempts": one.attempts,
        "code": one.code,
        "answer": one.answer,
        "at": one.changed_at.isoformat(timespec="seconds"),
        "next": one.next_at.isoformat(timespec="seconds") if one.state == QUEUED else None,
    }


def send_document(result: SendResult) -> dict[str, Any]:
    return {
        "key_made": None if result.made is None else result.made.fingerprint,
        "trouble": None if result.trouble is None else str(result.trouble),
        "withdrawn": [{"message_id": one.message_id, **_standing_document(one)} for one in result.withdrawn],
        "files": [
            {
                "file": one.file,
                "verdict": one.check.verdict,
                "refusal": None if one.refusal is None else str(one.refusal),
                "message_id": one.message_id or None,
                "already": one.already,
                "had": [before.address for before in one.had],
                "eml": None if one.eml is None else str(one.eml),
                "recipients": [_standing_document(standing) for standing in one.standings],
            }
            for one in result.files
        ],
    }


NO_LETTERS = Text("Писем нет", "There are no letters")
NO_DOUBT = Text("Нет писем, о которых неизвестно, ушли ли они", "No letter is in doubt")


def outbox_text(result: OutboxResult, paint: Any = _unpainted, nothing: Text = NO_LETTERS) -> Iterator[str]:
    """Each letter with a line per recipient; ``nothing`` is said where there are none."""
    for message_id, standings in _letters(result.standings):
        yield f"{message_id}  {standings[0].subject}"
        for one in standings:
            yield f"  {one.address}: {_said(one, paint)}"
    if not result.standings:
        yield str(nothing)
    if result.trouble is not None:
        yield paint(str(result.trouble), "red")


def waiting_text(letters: int, doubtful: int) -> Iterator[str]:
    """What an interrupted run leaves in the outbox."""
    if letters:
        yield str(
            Text(f"В журнале осталось писем: {letters}. Их отправит xlkit mail retry",
                 f"Letters that wait in the outbox: {letters}. xlkit mail retry sends them")
        )  # fmt: skip
    if doubtful:
        yield str(
            Text(f"Писем, о которых неизвестно, ушли ли они: {doubtful} (xlkit mail resolve)",
                 f"Letters in doubt: {doubtful} (xlkit mail resolve)")
        )  # fmt: skip


def _letters(standings: Sequence[Standing]) -> Iterator[tuple[str, list[Standing]]]:
    for message_id, group in groupby(standings, key=lambda one: one.message_id):
        yield message_id, list(group)


def outbox_document(result: OutboxResult) -> dict[str, Any]:
    return {
        "trouble": None if result.trouble is None else str(result.trouble),
        "letters": [
            {
                "message_id": message_id,
                "subject": standings[0].subject,
                "purpose": standings[0].purpose,
                "recipients": [_standing_document(one) for one in standings],
            }
            for message_id, standings in _letters(result.standings)
        ],
    }


def account_text(tried: Sequence[Tried], paint: Any = _unpainted) -> Iterator[str]:
    """A line per server that was tried."""
    for one in tried:
        good = paint(str(Text("вход выполнен", "signed in")), "green")
        yield f"{one.what}: {good if one.trouble is None else paint(str(one.trouble), 'red')}"
