"""One message: its head is checked before anything is queued, its texts and attachments are given.

Russian file names travel by RFC 2231, everything else that is not ASCII by RFC 2047, quoted-printable or base64: such
a message passes every server.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import PurePath

from xlkit.errors import XlkitError
from xlkit.mail.outbox import Letter
from xlkit.settings import MailSettings
from xlkit.texts import Text, is_one_line

MARK = "X-Xlkit"
SUBMISSION, ANSWER = "submission", "answer"
"""What :data:`MARK` says of a letter: a person's, or the gate's."""

_LONGEST_SUBJECT = 200
_KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".html": "text/html",
    ".json": "application/json",
}


@dataclass(frozen=True)
class Attachment:
    """A file that goes along: its name without folders and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """What a message says, to whom (bare addresses), and of what it is one.

    ``purpose`` tells apart the letters about one workbook to the same people. ``in_reply_to`` and ``references`` are
    Message-IDs without brackets; an answer is marked as automatic, so that no machine answers it.
    """

    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    purpose: str = SUBMISSION
    workbook_sha256: str = ""
    is_answer: bool = False
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


def message_id_of(sender: str, recipients: Sequence[str], workbook_sha256: str, purpose: str) -> str:
    """A stable Message-ID, without brackets: the same for the same workbook to the same people."""
    told = "\n".join([sender, *sorted(recipients), workbook_sha256, purpose])
    return f"xlkit-{hashlib.sha256(told.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}"


def subject_of(template: str, **words: str) -> str:
    """The subject by the template of the settings. XlkitError names a placeholder that there is none of."""

    def filled(place: re.Match[str]) -> str:
        if place[1] not in words:
            known = ", ".join(f"{{{word}}}" for word in words)
            raise XlkitError(
                Text(
                    f"Настройка mail.subject: {place[0]} неизвестно, есть {known}",
                    f"The setting mail.subject: {place[0]} is unknown, there are {known}",
                )
            )
        return words[place[1]]

    # What an empty word leaves behind: «форма: ОПЦ-1, » has nothing after its comma.
    return re.sub(r"\{(\w*)\}", filled, template).strip(" ,;:–—-")[:_LONGEST_SUBJECT]


def compose(settings: MailSettings, draft: Draft, now: dt.datetime) -> Letter:
    """The letter as it goes out.

    XlkitError for a line break or control character in a name or in the head, and for a message of more than
    ``max_message_mb`` megabytes (2**20 bytes) as it travels.
    """
    _check_lines(settings, draft)
    message_id = message_id_of(settings.sender, draft.recipients, draft.workbook_sha256, draft.purpose)
    is_ascii = all(one.isascii() for one in (settings.sender, *draft.recipients))
    rules = (policy.SMTP if is_ascii else policy.SMTPUTF8).clone(cte_type="7bit" if is_ascii else "8bit")
    message = EmailMessage(rules)
    message["From"] = _address(settings.sender, settings.name)
    message["To"] = [_address(one) for one in draft.recipients]
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(now.astimezone())
    message["Message-ID"] = f"<{message_id}>"
    message[MARK] = ANSWER if draft.is_answer else SUBMISSION
    if draft.is_answer:
        message["Auto-Submitted"] = "auto-replied"
    message.set_content(draft.text, cte="quoted-printable")
    message.add_alternative(draft.html, subtype="html", cte="quoted-printable")
    for one in draft.attachments:
        main, _, sub = _KINDS.get(PurePath(one.name).suffix.lower(), "application/octet-stream").partition("/")
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name, cte="base64")
    eml = _thread(draft) + message.as_bytes()
    _check_size(len(eml), settings.max_message_mb)
    return Letter(
        message_id, eml, settings.sender, draft.recipients, draft.subject, draft.workbook_sha256, draft.purpose
    )


def _address(bare: str, name: str = "") -> Address:
    local, _, domain = bare.rpartition("@")
    return Address(name, local, domain)


def _thread(draft: Draft) -> bytes:
    """The headers that put an answer into its thread. EmailMessage would encode a long Message-ID, and break it."""
    if not draft.in_reply_to:
        return b""
    told = "\r\n ".join(f"<{one}>" for one in (*draft.references, draft.in_reply_to))
    return f"In-Reply-To: <{draft.in_reply_to}>\r\nReferences: {told}\r\n".encode()


def _check_lines(settings: MailSettings, draft: Draft) -> None:
    named = {
        Text("имя файла", "the file name"): [one.name for one in draft.attachments],
        Text("тема", "the subject"): [draft.subject],
        Text("имя отправителя", "the sender's name"): [settings.name],
        Text("адрес", "the address"): [settings.sender, *draft.recipients],
        Text("номер письма", "the Message-ID"): [draft.in_reply_to, *draft.references],
    }
    for what, texts in named.items():
        for text in texts:
            if not is_one_line(text):
                shown = ascii(text) if not text.isprintable() else text
                raise XlkitError(
                    Text(
                        f"В письмо не годится {what.ru} {shown}: там перевод строки или управляющий символ. "
                        "Переименуйте и повторите",
                        f"No letter can have {what.en} {shown}: it has a line break or a control character. "
                        "Rename it and try again",
                    )
                )


def _check_size(size: int, most_mb: int) -> None:
    if size > most_mb * 2**20:
        mb = f"{size / 2**20:.1f}"
        raise XlkitError(
            Text(
                f"Письмо займёт {mb.replace('.', ',')} МБ, а почта принимает до {most_mb} МБ (max_message_mb). "
                "Уменьшите книгу: уберите рисунки и лишние листы",
                f"The letter would have {mb} MB, the limit is {most_mb} MB (max_message_mb). Make the workbook "
                "smaller: take out pictures and sheets that are not needed",
            )
        )
