"""What a message's headers say: from whom it is, what it answers, and whether a machine has written it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from email.message import Message

from xlkit.mail.names import header_text, unraw
from xlkit.texts import Text

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLED = re.compile(r"<([^<>]*)>")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,250})>")
_MAX_ADDRESS = 254
_MAX_REFERENCES = 20
_MAX_SUBJECT = 300

_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+._-].*)?", re.IGNORECASE)
_BULK = ("bulk", "junk", "list", "auto_reply", "auto-reply")
_AUTOMATIC_HEADERS = (
    "list-id", "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-failed-recipients",
)  # fmt: skip


def address_key(address: str) -> str:
    """The form in which addresses are compared: without case, the domain in its ASCII form."""
    local, _, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}".casefold()


def sender_of(message: Message) -> str:
    """The one address of the header From; empty where there is none, or more than one: then nobody is to be answered.

    A name that looks like an address does not count, only what the mail programs answer to.
    """
    given = [str(value) for name, value in message.raw_items() if name.casefold() == "from"]
    if len(given) != 1:
        return ""
    bare = _COMMENT.sub(" ", _QUOTED.sub(" ", unraw(given[0])))
    named = [one for one in re.split("[,;]", bare) if "@" in one]  # a name may have a comma, though it should not
    angled = _ANGLED.findall(bare)
    found = angled if angled else [bare]
    address = found[0].strip() if len(found) == len(named) == 1 else ""
    good = _ADDRESS.fullmatch(address) and len(address) <= _MAX_ADDRESS and address.isprintable()
    return address if good else ""


def is_forged(message: Message) -> bool:
    """Whether the server that took a message in could not confirm its sender (RFC 8601).

    Its results stand in the topmost header, perhaps in several ones under the same name. DMARC decides, which is about
    the address that people see; without it SPF and DKIM do, where neither is in order. Any sender can add such headers
    below those of the server, so nothing is concluded from good ones.
    """
    told = [_COMMENT.sub(" ", str(one)) for one in message.get_all("authentication-results", [])]
    server = told[0].partition(";")[0].strip().casefold() if told else ""
    results: dict[str, set[str]] = {}
    for one in told:
        name, _, rest = one.partition(";")
        for method, word in _RESULT.findall(rest) if name.strip().casefold() == server else ():
            results.setdefault(method.casefold(), set()).add(word.casefold())
    dmarc = results.get("dmarc", set())
    if dmarc & {"pass", "fail"}:
        return "fail" in dmarc
    spf, dkim = results.get("spf", set()), results.get("dkim", set())
    return bool(spf & {"fail", "softfail"}) and "pass" not in dkim


_RESULT = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.IGNORECASE)


def subject_of(message: Message) -> str:
    return header_text(message.get("subject", ""))[:_MAX_SUBJECT]


def message_id_of(message: Message) -> str:
    """Without its angle brackets; empty where there is none that may stand in a header."""
    found = _MESSAGE_ID.findall(str(message.get("message-id", "")))
    return found[0] if found else ""


def mark_of(message: Message) -> str:
    """What tells a letter from every other one of its sender: its Message-ID as it stands, else its date."""
    return str(message.get("message-id", "") or message.get("date", "")).strip()


def references_of(message: Message) -> tuple[str, ...]:
    """The messages before it in its thread, oldest first, without angle brackets."""
    told = f"{message.get('references', '')} {message.get('in-reply-to', '')}"
    found = list(dict.fromkeys(_MESSAGE_ID.findall(told)))
    return tuple(found[:1] + found[1:][-(_MAX_REFERENCES - 1) :])


def is_own_answer(message: Message) -> bool:
    return str(message.get("x-xlkit", "")).strip().casefold() == "answer"


def automatic(message: Message, own: Collection[str] = ()) -> Text | None:
    """Why a message was written by a machine and is never answered; ``None`` for a person's.

    ``own`` are the mailbox's own addresses: what comes from them is never answered either.
    """
    if is_own_answer(message):
        return Text("ответ этого же ящика", "an answer of this very mailbox")
    if address_key(sender_of(message)) in {address_key(one) for one in own}:
        return Text("от имени этого же ящика", "from this very mailbox")
    submitted = str(message.get("auto-submitted", "no")).partition(";")[0].strip().casefold()
    if submitted != "no":
        return Text("автоматический ответ", "an automatic answer")
    if str(message.get("precedence", "")).strip().casefold() in _BULK:
        return Text("рассылка", "bulk mail")
    if str(message.get("return-path", "-")).strip() in ("<>", ""):
        return Text("уведомление почтовой системы", "a notice of the mail system")
    if message.get_content_type() == "multipart/report":
        return Text("уведомление о доставке", "a delivery report")
    if any(message.get(name) is not None for name in _AUTOMATIC_HEADERS):
        return Text("рассылка или автоматический ответ", "bulk mail or an automatic answer")
    if _ROBOTS.fullmatch(sender_of(message).rpartition("@")[0]):
        return Text("адрес, на который не отвечают", "an address that takes no answers")
    return None
