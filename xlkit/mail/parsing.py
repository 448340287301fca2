"""Parsing strangers' messages in bounded time: Python's parser alone needs hours for some that are made to harm."""

from __future__ import annotations

from email.errors import MessageError
from email.feedparser import BytesFeedParser
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32
from math import inf
from time import monotonic

SECONDS, BYTES_A_SECOND = 5.0, 5 * 2**20
"""How long a message may be parsed: for some seconds, and more for a large one."""
MAX_HEADER = 4000
"""Characters of a header that are read; more is cut off: what reads it may need the square of them."""
MAX_PARAMETERS = 100
MAX_HEAD = 256 * 1024
"""Bytes in which a message's own headers stand."""
_CHUNK = 8192


class TooSlow(MessageError):
    """The time for a message is up."""


class RawHeaders(Compat32):
    """Headers as they stand, their 8-bit bytes as surrogates (Python's own policy would lose those); but no longer
    than :data:`MAX_HEADER`, with no more than :data:`MAX_PARAMETERS`.

    ``until`` is the time (of the monotonic clock) at which parsing ends with TooSlow.
    """

    until = inf

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if monotonic() > self.until:
            raise TooSlow
        name, value = super().header_source_parse(sourcelines)
        value = value[:MAX_HEADER]
        if value.count(";") > MAX_PARAMETERS and name.casefold().startswith("content-"):
            value = ";".join(value.split(";", MAX_PARAMETERS)[:MAX_PARAMETERS])
        return name[:MAX_HEADER], value

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


def deadline_of(content: bytes) -> float:
    """Until when (of the monotonic clock) a message may be parsed that begins to be so now."""
    return monotonic() + SECONDS + len(content) / BYTES_A_SECOND


def parsed(content: bytes, until: float) -> Message | None:
    """A message; ``None`` where the parser gives up: too many parts within parts, or it is not done in time."""
    parser = BytesFeedParser(policy=RawHeaders(until=until))  # type: ignore[call-arg]
    try:
        for start in range(0, len(content), _CHUNK):
            parser.feed(content[start : start + _CHUNK])
            if monotonic() > until:
                return None
        return parser.close()
    except Exception:  # noqa: BLE001 - RecursionError and others, all from malformed MIME
        return None


def head_of(content: bytes) -> Message:
    """A message's own headers. Never raises."""
    return BytesHeaderParser(policy=RawHeaders()).parsebytes(content[:MAX_HEAD])
