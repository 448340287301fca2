"""The mailbox of the settings as a source of messages, read over IMAP and never changed.

A message that the server cannot give, or whose reading ends the connection, is passed over; what comes after it is
read all the same.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xlkit.errors import XlkitError
from xlkit.mail.imap import signed_in
from xlkit.mail.names import one_line
from xlkit.mail.received import LARGEST, Known, Missed, Received, believed, received
from xlkit.settings import MailSettings
from xlkit.texts import Text

if TYPE_CHECKING:
    from imapclient import IMAPClient

_AT_A_TIME = 500
_ATTEMPTS = 2
"""How often reading one message may end the connection before it is passed over."""
_IN_A_ROW = 3
"""Messages that end the connection one after the other: then it is not the messages."""


@dataclass(frozen=True)
class Imap:
    """The mailbox of the settings, opened read-only: nothing is marked as read, moved or deleted."""

    settings: MailSettings

    def messages(self, known: Known) -> Iterator[Received | Missed]:
        reading = _Reading(self.settings, known)
        while True:
            try:
                yield from reading.session()
                return
            except XlkitError as error:
                missed = reading.broken(error)
                if missed is not None:
                    yield missed


@dataclass
class _Reading:
    """What has been read so far, in perhaps several connections; ``at`` is the message that is being read."""

    settings: MailSettings
    known: Known
    done: set[int] = field(default_factory=set)
    failed: Counter[int] = field(default_factory=Counter)
    begun: bool = False
    at: int | None = None
    at_a_time: int = _AT_A_TIME
    in_a_row: int = 0

    def session(self) -> Iterator[Received | Missed]:
        """Messages until the connection ends."""
        self.begun = False
        with signed_in(self.settings) as client, closing(self._messages(client)) as found:
            yield from found

    def broken(self, error: XlkitError) -> Missed | None:
        """After a connection has ended: what is passed over, ``None`` to try again; else the error is raised."""
        uid, self.at = self.at, None
        if not self.begun:
            raise error
        if uid is None:
            self.at_a_time = 1  # to see which message it is, if it is one
            return None
        self.failed[uid] += 1
        if self.failed[uid] < _ATTEMPTS:
            return None
        self.in_a_row += 1
        if self.in_a_row == _IN_A_ROW:
            raise error
        self.done.add(uid)
        return self._missed(uid, error.text)

    def _missed(self, uid: int, why: Text) -> Missed:
        name = self.settings.mailbox
        ru = f"Письмо с UID {uid} папки «{name}» не прочитано: {why.ru}"
        return Missed(str(uid), Text(ru, f"The message with the UID {uid} of “{name}” was not read: {why.en}"))

    def _messages(self, client: IMAPClient) -> Any:
        place = f"{self.settings.login}@{self.settings.imap_host}/{self.settings.mailbox}/{self._opened(client)}"
        client.normalise_times = False  # times keep their zone
        fresh = [one for one in sorted(client.search(["NOT", "DELETED"])) if not self.known(f"{place}/{one}")]
        uids = [one for one in fresh if one not in self.done]
        self.begun = True
        for start in range(0, len(uids), self.at_a_time):
            some = uids[start : start + self.at_a_time]
            told = client.fetch(some, _ASKED) if self.at_a_time > 1 else {}
            for uid in some:
                self.at = uid
                found = self._one(client, uid, f"{place}/{uid}", told)
                self.done.add(uid)
                self.at = None
                if found is not None:  # else somebody has deleted it meanwhile
                    self.in_a_row = 0
                    yield found

    def _opened(self, client: IMAPClient) -> int:
        """Open the folder to read; its number, which changes when its messages get other ones."""
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        name = self.settings.mailbox
        try:
            return int(client.select_folder(name, readonly=True)[b"UIDVALIDITY"])
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise XlkitError(
                Text(f"В почтовом ящике нет папки «{name}»", f"The mailbox has no folder “{name}”")
            ) from error

    def _one(self, client: IMAPClient, uid: int, place: str, told: dict[int, Any]) -> Received | Missed | None:
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        try:
            told = told or client.fetch([uid], _ASKED)
            return _fetched(client, uid, place, told[uid]) if uid in told else None
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            said = one_line(str(error))
            return self._missed(uid, Text(f"ответ сервера: {said}", f"the server says: {said}"))


_ASKED = ["INTERNALDATE", "RFC822.SIZE"]


def _fetched(client: IMAPClient, uid: int, place: str, told: dict[bytes, Any]) -> Received | None:
    cut = told[b"RFC822.SIZE"] > LARGEST
    section = "BODY.PEEK[HEADER]" if cut else "BODY.PEEK[]"
    fetched = client.fetch([uid], [section]).get(uid, {})
    content = next((value for key, value in fetched.items() if key.startswith(b"BODY")), None)
    if content is None:
        return None
    now = dt.datetime.now(dt.UTC)
    return received(place, believed(told[b"INTERNALDATE"], now) or now, content, cut)
