"""Reports of mail servers that a letter has not arrived (RFC 3464)."""

from __future__ import annotations

from email.message import Message

from xlkit.mail.headers import message_id_of
from xlkit.mail.parsing import head_of

_MOST = 50
"""Parts that are looked at."""


def bounced_of(message: Message) -> tuple[str, ...]:
    """The Message-IDs, without angle brackets, of letters of which a report says that they have not arrived."""
    failed, found = False, []
    for number, part in enumerate(message.walk()):
        if number == _MOST:
            break
        kind = part.get_content_type()
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload and isinstance(payload[0], Message) else None
        if kind == "message/delivery-status" and isinstance(payload, list):
            actions = [str(one.get("action", "")) for one in payload if isinstance(one, Message)]
            failed = failed or any(one.strip().casefold() == "failed" for one in actions)
        elif kind == "message/rfc822" and inner is not None:
            found.append(message_id_of(inner))
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            content = part.get_payload(decode=True)
            found.append(message_id_of(head_of(content if isinstance(content, bytes) else b"")))
    return tuple(one for one in found if one) if failed else ()
