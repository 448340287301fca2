"""The answers of the mailbox gate: a numbered receipt, or what is to be mended. In Russian, as all its letters.

What an answer says is given once, as items of facts and lists; its plain text and its HTML are two looks of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from xlkit.errors import XlkitError
from xlkit.mail.addresses import address_of
from xlkit.mail.deadlines import MOSCOW
from xlkit.mail.enclosed import Enclosed
from xlkit.mail.message import Attachment, Draft, compose
from xlkit.mail.names import one_line
from xlkit.mail.outbox import Letter
from xlkit.settings import MailSettings
from xlkit.texts import Text, plural

GOOD, DOUBT, BAD = "good", "doubt", "bad"
_SHOWN = 15
_LONGEST_SUBJECT = 190
_FOOTER = (
    "Это автоматический ответ почтового ящика ИРПО (программа xlkit). Исправленную книгу пришлите ответом на это "
    "письмо; на вопросы по содержанию ответит ваш куратор."
)


@dataclass(frozen=True)
class Item:
    """What an answer says of one workbook.

    ``tone``: good, doubt or bad; ``facts`` are pairs of a label and what it says, ``lists`` captions with lines.
    """

    title: str
    tone: str
    lead: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()


def can_be_answered(sender: str) -> bool:
    """Whether a letter can go to an address at all; «x@b..ru» is none, whatever a header or a register says."""
    try:
        return bool(address_of(sender))
    except XlkitError:
        return False


def answer_letter(
    settings: MailSettings,
    to: Enclosed,
    key: str,
    items: Sequence[Item],
    attachments: Sequence[Attachment],
    now: datetime,
    workbook_sha256: str = "",
) -> Letter:
    """The answer to a message, in its thread and to its sender alone. ``key`` is the message's in the ledger.

    Attachments that make it too large are left out, and the answer says so.
    """
    draft = Draft(
        (address_of(to.sender),),
        _subject(to.subject),
        answer_text(items, to.remarks),
        answer_html(items, to.remarks),
        tuple(attachments),
        f"answer {key}",
        workbook_sha256,
        is_answer=True,
        in_reply_to=to.message_id,
        references=tuple(one for one in to.references if one != to.message_id),
    )
    try:
        return compose(settings, draft, now)
    except XlkitError:
        if not attachments:
            raise
        remarks = (*to.remarks, _TOO_LARGE)
        bare = replace(draft, text=answer_text(items, remarks), html=answer_html(items, remarks), attachments=())
        return compose(settings, bare, now)


_TOO_LARGE = Text(
    "Копия книги с замечаниями слишком велика для письма и не приложена: проверьте книгу у себя (xlkit check)",
    "The annotated copy is too large for a message: check the workbook on your side (xlkit check)",
)


def _subject(subject: str) -> str:
    bare = one_line(subject).strip() or "Книга кластера"
    return bare[:_LONGEST_SUBJECT] if bare.casefold().startswith("re:") else f"Re: {bare}"[:_LONGEST_SUBJECT]


def answer_text(items: Sequence[Item], remarks: Sequence[Text]) -> str:
    """The answer as plain text."""
    return "\n".join(_lines(items, remarks)) + "\n"


def _lines(items: Sequence[Item], remarks: Sequence[Text]) -> Iterator[str]:
    yield "Здравствуйте!"
    for item in items:
        yield ""
        yield item.title
        yield from item.lead
        if item.facts:
            yield ""
        yield from (f"{label}: {said}" for label, said in item.facts)
        for caption, lines in item.lists:
            yield ""
            yield f"{caption}:"
            yield from (f"  • {line}" for line in lines)
    if remarks:
        yield ""
        yield "Не прочитано:"
        yield from (f"  • {one.ru}" for one in remarks)
    yield ""
    yield "-- "
    yield _FOOTER


def answer_html(items: Sequence[Item], remarks: Sequence[Text]) -> str:
    """The answer as HTML; strangers' names and texts in it are escaped."""
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("xlkit.report", "pages"), autoescape=True, trim_blocks=True)
    page = pages.get_template("answer.html.j2")
    return page.render(title="Ответ почтового ящика ИРПО", items=items, remarks=[r.ru for r in remarks], footer=_FOOTER)


# --- words ------------------------------------------------------------------------------------------------


def in_moscow(moment: datetime) -> str:
    """«09.11.2026 14:03:10 (МСК)»."""
    return f"{moment.astimezone(MOSCOW):%d.%m.%Y %H:%M:%S} (МСК)"


def lateness(received_at: datetime, deadline: datetime | None, late: bool) -> str:
    """The deadline and whether it was kept."""
    if deadline is None:
        return "не установлен"
    due = f"до {deadline.astimezone(MOSCOW):%d.%m.%Y %H:%M:%S} (МСК) включительно"
    return f"{due} — с опозданием на {_span(received_at - deadline)}" if late else f"{due} — в срок"


def still_due(deadline: datetime | None, late: bool) -> str:
    """The deadline of a workbook that goes back."""
    if deadline is None:
        return "не установлен"
    due = f"{deadline.astimezone(MOSCOW):%d.%m.%Y %H:%M:%S} (МСК)"
    if late:
        return f"прошёл {due}: исправленная книга будет принята с опозданием"
    return f"до {due} включительно, к нему нужна исправленная книга: эта не принята"


def _span(passed: timedelta) -> str:
    seconds = int(passed.total_seconds())
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    parts = [
        plural(days, "день", "дня", "дней") if days else "",
        plural(hours, "час", "часа", "часов") if hours else "",
        plural(minutes, "минуту", "минуты", "минут") if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part) or plural(seconds, "секунду", "секунды", "секунд")


def some(lines: Sequence[str]) -> tuple[str, ...]:
    """As many lines as a letter shows, and how many there are besides."""
    more = len(lines) - _SHOWN
    return (*lines[:_SHOWN], f"… и ещё {more}") if more > 0 else tuple(lines)
