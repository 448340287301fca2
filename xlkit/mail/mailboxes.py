"""Where messages come from: a mailbox over IMAP, a Maildir, a folder of .eml files. All are read and never changed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from xlkit.errors import XlkitError, system_reason
from xlkit.mail.received import LARGEST, Known, Missed, Received, Source, believed, received
from xlkit.settings import MailSettings
from xlkit.texts import Text

_TOP_HEADERS = re.compile(rb"\A.*?(?:\r?\n\r?\n|\Z)", re.DOTALL)
_FOLD = re.compile(r"\r?\n[ \t]+")
_RECEIVED = re.compile(r"^Received:(.*)$", re.IGNORECASE | re.MULTILINE)
_HEAD_BYTES = 256 * 1024


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

    def messages(self, known: Known) -> Iterator[Received | Missed]:
        is_maildir = (self.path / "new").is_dir() or (self.path / "cur").is_dir()
        fresh, missed = [], []
        for file in self._files(is_maildir):
            try:
                uid = _place(file, is_maildir)
                if not known(uid):
                    fresh.append((self._came(file, is_maildir), uid, file))
            except OSError as error:
                missed.append(Missed(str(file), _unreadable(file, error).text))
        yield from missed
        for moment, uid, file in sorted(fresh):
            try:
                yield _read(file, uid, moment)
            except OSError as error:
                yield Missed(uid, _unreadable(file, error).text)

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

    def _came(self, file: Path, is_maildir: bool) -> dt.datetime:
        now = self.now or dt.datetime.now(dt.UTC)
        with file.open("rb") as stream:
            stamped = None if is_maildir else received_at(stream.read(_HEAD_BYTES), now)
        return stamped or believed(_moment(file.stat().st_mtime), now) or now


def _place(file: Path, is_maildir: bool) -> str:
    if is_maildir:  # a file gets other flags behind its colon, and moves from new to cur, when somebody reads it
        return file.name.partition(":")[0]
    told = file.stat()
    return f"{file.resolve().as_posix()}?{told.st_size}.{told.st_mtime_ns}"


def _read(file: Path, uid: str, moment: dt.datetime) -> Received:
    cut = file.stat().st_size > LARGEST
    with file.open("rb") as stream:
        content = headers_of(stream.read(_HEAD_BYTES)) if cut else stream.read()
    return received(uid, moment, content, cut)


def headers_of(content: bytes) -> bytes:
    """A message's head with the blank line after it."""
    found = _TOP_HEADERS.match(content)
    return found[0] if found else b""


def _moment(seconds: float) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


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
    return believed(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC), now)


def _unreadable(path: Path, error: OSError) -> XlkitError:
    why = system_reason(error)
    return XlkitError(Text(f"Почта в {path} не читается: {why.ru}", f"The mail in {path} cannot be read: {why.en}"))


def hint_of(folder: Path) -> Text | None:
    """What to tell of a folder that holds files and no messages; ``None``: nothing."""
    if (folder / "new").is_dir() or (folder / "cur").is_dir():
        return None
    suffixes = {one.suffix.lower() for one in folder.rglob("*") if one.is_file() and not one.name.startswith(".")}
    if not suffixes or ".eml" in suffixes:
        return None
    named = ", ".join(sorted(suffixes - {""})) or "—"
    ru = f"В папке {folder} нет писем .eml, а есть {named}"
    en = f"The folder {folder} holds no messages (.eml), but {named}"
    if ".mbox" in suffixes:
        return Text(f"{ru}: mbox разложите на письма .eml", f"{en}: split the mbox into .eml files")
    if ".msg" in suffixes:
        return Text(f"{ru}: письма Outlook .msg сохраните как .eml", f"{en}: save Outlook's .msg as .eml")
    return Text(
        f"{ru}. mail gate читает письма; книги проверит xlkit check, соберёт xlkit consolidate",
        f"{en}. mail gate reads messages; workbooks are for xlkit check and xlkit consolidate",
    )


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
    from xlkit.mail.imap_source import Imap

    return Imap(settings)
