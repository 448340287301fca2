"""Where messages come from: a mailbox over IMAP, a Maildir, a folder of .eml files. All are read and never changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xlkit.errors import XlkitError, system_reason
from xlkit.mail.imap import signed_in
from xlkit.settings import MailSettings
from xlkit.texts import Text

if TYPE_CHECKING:
    from imapclient import IMAPClient

LARGEST = 150 * 2**20
"""Bytes of a message that is read; of a larger one only the headers."""
_AT_A_TIME = 500
_TOP_HEADERS = re.compile(rb"\A.*?(?:\r?\n\r?\n|\Z)", re.DOTALL)
_FOLD = re.compile(r"\r?\n[ \t]+")
_RECEIVED = re.compile(r"^Received:(.*)$", re.IGNORECASE | re.MULTILINE)
_HEAD_BYTES = 256 * 1024
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


class Source(Protocol):
    """A mailbox."""

    def messages(self, known: Known) -> Iterator[Received]:
        """Every message whose place is not ``known``, oldest first; XlkitError where the mailbox cannot be read."""
        ...


def key_of(content: bytes) -> str:
    """Identifies a message by its bytes, whichever line ends a mailbox keeps."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _received(uid: str, received_at: dt.datetime, content: bytes, cut: bool = False) -> Received:
    return Received(key_of(content), uid, received_at, content, cut)


# --- folders ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Folder:
    """Messages as files: ``*.eml`` of a folder, or a Maildir's ``new`` and ``cur``.

    A Maildir's message has come when its file was made; an .eml when its topmost Received line says, which the last
    server has written (else when the file was changed). Times far from now are not believed.

    A place is a file's path, size and time of change: another message under a name of before is read. Only a Maildir's
    names are nobody else's.
    """

    path: Path
    now: dt.datetime | None = None

    def messages(self, known: Known) -> Iterator[Received]:
        is_maildir = (self.path / "new").is_dir() or (self.path / "cur").is_dir()
        named = [(file, self._place(file, is_maildir)) for file in self._files(is_maildir)]
        fresh = [(self._came(file, is_maildir), uid, file) for file, uid in named if not known(uid)]
        for moment, uid, file in sorted(fresh):
            yield self._read(file, uid, moment)

    def _files(self, is_maildir: bool) -> list[Path]:
        try:
            if is_maildir:
                folders = [folder for name in ("new", "cur") if (folder := self.path / name).is_dir()]
                found = [one for folder in folders for one in folder.iterdir() if not one.name.startswith(".")]
            else:
                found = [one for one in self.path.rglob("*") if one.suffix.lower() == ".eml"]
                next(self.path.iterdir(), None)  # a folder that is missing or forbidden raises
            return sorted(one for one in found if one.is_file())
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _place(self, file: Path, is_maildir: bool) -> str:
        if is_maildir:  # a file gets other flags behind its colon, and moves from new to cur, when somebody reads it
            return file.name.partition(":")[0]
        try:
            told = file.stat()
        except OSError as error:
            raise _unreadable(file, error) from error
        return f"{file.resolve().as_posix()}?{told.st_size}.{told.st_mtime_ns}"

    def _came(self, file: Path, is_maildir: bool) -> dt.datetime:
        now = self.now or dt.datetime.now(dt.UTC)
        try:
            with file.open("rb") as stream:
                stamped = None if is_maildir else received_at(stream.read(_HEAD_BYTES), now)
            return stamped or _believed(_moment(file.stat().st_mtime), now) or now
        except OSError as error:
            raise _unreadable(file, error) from error

    def _read(self, file: Path, uid: str, moment: dt.datetime) -> Received:
        try:
            cut = file.stat().st_size > LARGEST
            with file.open("rb") as stream:
                content = headers_of(stream.read(_HEAD_BYTES)) if cut else stream.read()
        except OSError as error:
            raise _unreadable(file, error) from error
        return _received(uid, moment, content, cut)


def headers_of(content: bytes) -> bytes:
    """A message's head with the blank line after it."""
    found = _TOP_HEADERS.match(content)
    return found[0] if found else b""


def _moment(seconds: float) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _believed(moment: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    """A time, in UTC, unless it is years ago or in the future."""
    try:
        found = moment.astimezone(dt.UTC) if moment is not None else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is not None and _EARLIEST <= found <= now + _AHEAD else None


def received_at(content: bytes, now: dt.datetime) -> dt.datetime | None:
    """The time in the topmost Received line of a message; ``None`` without one that can be. Never raises."""
    head = _FOLD.sub(" ", headers_of(content[:_HEAD_BYTES]).decode("utf-8", "replace"))
    found = _RECEIVED.search(head.replace("\r\n", "\n"))
    if found is None:
        return None
    try:
        moment = parsedate_to_datetime(found[1].rpartition(";")[2].strip()[:200])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return _believed(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC), now)


def _unreadable(path: Path, error: OSError) -> XlkitError:
    why = system_reason(error)
    return XlkitError(Text(f"Почта в {path} не читается: {why.ru}", f"The mail in {path} cannot be read: {why.en}"))


# --- IMAP -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Imap:
    """The mailbox of the settings, opened read-only: nothing is marked as read, moved or deleted."""

    settings: MailSettings

    def messages(self, known: Known) -> Iterator[Received]:
        with signed_in(self.settings) as client, closing(self._messages(client, known)) as found:
            yield from found

    def _messages(self, client: IMAPClient, known: Known) -> Any:
        from imapclient.exceptions import IMAPClientError

        name = self.settings.mailbox
        try:
            opened = client.select_folder(name, readonly=True)
        except IMAPClientError as error:
            raise XlkitError(
                Text(f"В почтовом ящике нет папки «{name}»", f"The mailbox has no folder “{name}”")
            ) from error
        client.normalise_times = False  # times keep their zone
        place = f"{self.settings.login}@{self.settings.imap_host}/{name}/{opened[b'UIDVALIDITY']}"
        uids = [uid for uid in sorted(client.search(["NOT", "DELETED"])) if not known(f"{place}/{uid}")]
        for start in range(0, len(uids), _AT_A_TIME):
            told = client.fetch(uids[start : start + _AT_A_TIME], ["INTERNALDATE", "RFC822.SIZE"])
            for uid in uids[start : start + _AT_A_TIME]:
                if uid in told:  # else somebody has deleted it meanwhile
                    one = _fetched(client, uid, f"{place}/{uid}", told[uid])
                    if one is not None:
                        yield one


def _fetched(client: IMAPClient, uid: int, place: str, told: dict[bytes, Any]) -> Received | None:
    cut = told[b"RFC822.SIZE"] > LARGEST
    section = "BODY.PEEK[HEADER]" if cut else "BODY.PEEK[]"
    fetched = client.fetch([uid], [section]).get(uid, {})
    content = next((value for key, value in fetched.items() if key.startswith(b"BODY")), None)
    if content is None:
        return None
    now = dt.datetime.now(dt.UTC)
    return _received(place, _believed(told[b"INTERNALDATE"], now) or now, content, cut)


def source_of(path: str | None, settings: MailSettings | None) -> Source:
    """A folder or Maildir by its path, else the mailbox of the settings. XlkitError where there is neither."""
    if path is not None:
        if not Path(path).is_dir():
            raise XlkitError(Text(f"Папки с письмами {path} нет", f"There is no folder of messages {path}"))
        return Folder(Path(path))
    if settings is None or not settings.imap_host:
        raise XlkitError(
            Text(
                "Почтовый ящик не указан: назовите папку с письмами или выполните xlkit mail setup",
                "No mailbox is set: name a folder of messages or run xlkit mail setup",
            )
        )
    return Imap(settings)
