"""Messages as they come from a mailbox of any kind: what identifies them, and when they came."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from xlkit.texts import Text

LARGEST = 150 * 2**20
"""Bytes of a message that is read; of a larger one only the headers."""
_EARLIEST, _AHEAD = dt.datetime(2015, 1, 1, tzinfo=dt.UTC), dt.timedelta(days=2)
"""Between them and now lie the times that are believed; clocks of servers may be wrong by hours, not by years."""

Known = Callable[[str], bool]
"""Whether a place in a mailbox has been read by an earlier run."""


@dataclass(frozen=True)
class Received:
    """A message as it came: ``key`` is the SHA-256 of its bytes, ``uid`` its place, ``received_at`` is aware.

    ``cut``: it is too large, and ``content`` only its headers.
    """

    key: str
    uid: str
    received_at: dt.datetime
    content: bytes
    cut: bool = False


@dataclass(frozen=True)
class Missed:
    """A message that its mailbox does not give, and why; another run tries again."""

    uid: str
    why: Text


class Source(Protocol):
    """A mailbox."""

    def messages(self, known: Known) -> Iterator[Received | Missed]:
        """Every message whose place is not ``known``, oldest first; XlkitError where the mailbox cannot be read."""
        ...


def letter_of(mark: str, sender: str, content: bytes) -> str:
    """Identifies a letter whatever lines a move to another server has put on top of it; empty without a ``mark``."""
    body = content.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    if not mark or not body:
        return ""
    return hashlib.sha256(f"{mark}\n{sender}\n".encode("utf-8", "surrogateescape") + body).hexdigest()


def key_of(content: bytes) -> str:
    """Identifies a message by its bytes, whichever line ends a mailbox keeps."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def received(uid: str, received_at: dt.datetime, content: bytes, cut: bool = False) -> Received:
    """A message with its key."""
    return Received(key_of(content), uid, received_at, content, cut)


def believed(moment: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    """A time, in UTC, unless it is years ago or in the future."""
    try:
        found = moment.astimezone(dt.UTC) if moment is not None else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and _EARLIEST <= found <= now + _AHEAD else None
