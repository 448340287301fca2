"""What a message encloses: the workbooks of its attachments, archives and forwarded messages, with their seals.

Strangers write these messages: whatever is malformed, locked or made to harm becomes a remark and never an exception.
"""

from __future__ import annotations

import base64
import email
import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser

from xlkit.books.sniff import ODS, XLS, kind_of
from xlkit.errors import Unreadable
from xlkit.mail.archives import MAX_OF_MESSAGE, Member, book_suffix, is_archive, office_parts, unpack
from xlkit.mail.headers import automatic, message_id_of, references_of, sender_of, subject_of
from xlkit.mail.names import RAW_HEADERS, part_name, safe_name, suffix_of
from xlkit.texts import Text

MAX_PARTS = 500
MAX_DEPTH = 6
MAX_BOOKS = 50
"""Parts of a message, messages within each other, and workbooks that are taken of one."""

_BOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xltm", ".ods", ".fods", ".csv")
_ALSO = {".xlsx": (".xltx", ".xlsm", ".xltm"), ".xlsm": (".xltm",)}
_OTHER_OFFICE = (".docx", ".docm", ".pptx", ".pptm", ".odt", ".odp", ".doc", ".ppt", ".dotx", ".vsdx", ".jar", ".apk")
_MANIFEST, _SIGNATURE, _EXTERNAL = ".manifest.json", ".manifest.sig", ".manifest.p7s"
_SIGNED = (".sig", ".sgn", ".p7s", ".p7m", ".cms")
"""What programs of digital signatures put behind a file's name; the file itself may be inside."""
_TNEF = b"\x78\x9f\x3e\x22"
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0")
_UNNAMED = "Книга.xlsx"


@dataclass(frozen=True)
class EnclosedBook:
    """A workbook of a message: a safe file name, its bytes, and where they came with it its manifest, signature and
    external signature.
    """

    name: str
    content: bytes
    manifest: bytes | None = None
    signature: bytes | None = None
    external: bytes | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def filed_name(self) -> str:
        """The name under which it is kept: its suffix says what it really is, or programs would pass it over."""
        told, real = suffix_of(self.name), _real_suffix(self.content)
        if not real or told == real or told in _ALSO.get(real, ()):
            return self.name
        return self.name[: -len(told)] + real if told in _BOOK_SUFFIXES else self.name + real


def _real_suffix(content: bytes) -> str:
    if is_archive(content):
        return book_suffix(content)
    try:
        return ".xls" if kind_of(content) == XLS else ""
    except Unreadable:
        return ""


@dataclass(frozen=True)
class Enclosed:
    """A message, read.

    ``sender`` is a bare address, ``message_id`` and ``references`` have no angle brackets; ``automatic`` says why a
    machine has written it; ``remarks`` are sentences for the sender on what could not be taken; ``others`` are the
    names of attachments that are no workbooks. ``unread``: it is so malformed that its parts could not be looked at.
    """

    sender: str = ""
    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    automatic: Text | None = None
    books: tuple[EnclosedBook, ...] = ()
    remarks: tuple[Text, ...] = ()
    others: tuple[str, ...] = ()
    unread: bool = False


def _anybody(_: str) -> bool:
    return True


def read_message(content: bytes, own: Collection[str] = (), trusts: Callable[[str], bool] = _anybody) -> Enclosed:
    """Read a message's bytes; ``own`` are the mailbox's own addresses. Never raises.

    ``trusts`` says whose archives are unpacked; those of others are kept as they are, as if they were workbooks.
    """
    message = _parsed(content)
    head = message if message is not None else BytesHeaderParser(policy=RAW_HEADERS).parsebytes(content)
    found = _Found(unpacks=trusts(sender_of(head)))
    unread = message is None
    try:
        if message is not None:
            _collect(message, found)
    except Exception:  # noqa: BLE001 - a stranger's malformed MIME breaks email's own parser in many ways
        unread = True
    found.remarks += [_NOT_UNDERSTOOD] if unread else []
    found.remarks += [] if found.books else map(_only_signed, found.signed)
    return Enclosed(
        sender_of(head),
        subject_of(head),
        message_id_of(head),
        references_of(head),
        automatic(head, own),
        tuple(found.paired()),
        tuple(dict.fromkeys(found.remarks)),
        tuple(dict.fromkeys(found.others)),
        unread,
    )


def _parsed(content: bytes) -> Message | None:
    """A message; ``None`` for one with so many parts within parts that the parser gives up."""
    try:
        return email.message_from_bytes(content, policy=RAW_HEADERS)
    except Exception:  # noqa: BLE001 - RecursionError and others, all from malformed MIME
        return None


@dataclass
class _Found:
    """What has been found so far. A box is a message, an archive or a folder of one: seals are paired within it."""

    books: list[tuple[str, EnclosedBook]] = field(default_factory=list)
    seals: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    remarks: list[Text] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    unpacks: bool = True
    room: int = field(default_factory=lambda: MAX_OF_MESSAGE)

    def book(self, box: str, name: str, content: bytes) -> None:
        if any(one.content == content for _, one in self.books):
            return  # attached twice, or forwarded along with itself
        if len(self.books) >= MAX_BOOKS:
            self.remarks.append(_TOO_MANY)
            return
        self.books.append((box, EnclosedBook(safe_name(name, _UNNAMED), content)))

    def paired(self) -> Iterator[EnclosedBook]:
        """The workbooks under names of their own, each with its seal."""
        taken: set[str] = set()
        for box, book in self.books:
            seal = (self._seal(box, kind, book.name) for kind in (_MANIFEST, _SIGNATURE, _EXTERNAL))
            yield EnclosedBook(_free_name(book.name, taken), book.content, *seal)

    def _seal(self, box: str, kind: str, name: str) -> bytes | None:
        """By name; what is alone beside one lone workbook is its, whatever a mailer has made of the names."""
        found = self.seals.get((box, kind, name.casefold()))
        if found is None and sum(where == box for where, _ in self.books) == 1:
            alone = [content for (where, what, _), content in self.seals.items() if (where, what) == (box, kind)]
            found = alone[0] if len(alone) == 1 else None
        return found


def _free_name(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    stem, tail = (stem, f".{suffix}") if dot else (name, "")
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{stem} ({number}){tail}"
    taken.add(free.casefold())
    return free


def _collect(message: Message, found: _Found) -> None:
    """Every part of a message and of the messages within it."""
    waiting: list[tuple[Message, str, int]] = [(message, "", 0)]
    count = 0
    while waiting:
        part, box, depth = waiting.pop()
        count += 1
        if count > MAX_PARTS:
            found.remarks.append(_TOO_MANY)
            return
        inner = _forwarded(part)
        if inner is not None:
            if depth >= MAX_DEPTH:
                found.remarks.append(_TOO_DEEP)
            else:
                waiting.append((inner, f"{box}>{count}", depth + 1))
        elif part.is_multipart():
            waiting += [(one, box, depth) for one in reversed(_parts(part))]
        else:
            _leaf(part, box, found)


def _parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _forwarded(part: Message) -> Message | None:
    """The message in a part that is one: as the standard has it, in base64 all the same, or as a file ``.eml``."""
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        inner = _parts(part)[0] if _parts(part) else None
        if inner is None or str(part.get("content-transfer-encoding", "")).strip().casefold() != "base64":
            return inner
        try:
            return _parsed(base64.b64decode(inner.as_bytes(), validate=False))
        except Exception:  # noqa: BLE001 - what as_bytes makes of malformed parts
            return inner
    if not part.is_multipart() and suffix_of(part_name(part)) == ".eml":
        return _parsed(_content_of(part))
    return None


def _content_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _leaf(part: Message, box: str, found: _Found) -> None:
    name, kind = part_name(part), part.get_content_type()
    content = _content_of(part)
    if kind == "application/ms-tnef" or content.startswith(_TNEF) or name.casefold() == "winmail.dat":
        found.remarks.append(_TNEF_SAID)
    elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime") and not _is_signed_book(name):
        found.remarks.append(_SMIME_SAID)
    elif name or kind.partition("/")[0] == "application":
        _file(name, content, box, found)


def _file(name: str, content: bytes, box: str, found: _Found, packed: bool = False) -> None:
    """One attached file, or (``packed``) one of an archive."""
    folded = name.casefold()
    for kind in (_MANIFEST, _SIGNATURE, _EXTERNAL):
        if folded.endswith(kind):
            book = safe_name(name[: -len(kind)], _UNNAMED)
            found.seals.setdefault((box, kind, book.casefold()), content)
            return
    suffix = suffix_of(name)
    if is_archive(content) and suffix not in _BOOK_SUFFIXES and office_parts(content) is None:
        _archive(name or "архив.zip", content, box, found, packed)
    elif content.startswith(_ARCHIVES):
        found.remarks.append(_other_archive(safe_name(name, "архив")))
    elif suffix == ".msg":
        found.remarks.append(_outlook(safe_name(name)))
    elif suffix in _BOOK_SUFFIXES or (suffix not in _OTHER_OFFICE and _is_book(content)):
        found.book(box, name, content)
    elif suffix == ".zip":
        found.remarks.append(_not_a_zip(safe_name(name)))
    elif name:
        found.others.append(safe_name(name))
        if _is_signed_book(name):
            found.signed.append(safe_name(name))


def _is_signed_book(name: str) -> bool:
    """Whether a file is a workbook's signature by its name: «Книга.xlsx.sig»."""
    return suffix_of(name) in _SIGNED and suffix_of(name[: -len(suffix_of(name))]) in _BOOK_SUFFIXES


def _is_book(content: bytes) -> bool:
    """Whether a file is a workbook by its content, whatever its name says."""
    if is_archive(content):
        return office_parts(content) is not None and bool(book_suffix(content))
    try:
        return kind_of(content) in (XLS, ODS)
    except Unreadable as error:
        return error.rule == "F-008"  # a workbook with a password


def _archive(name: str, content: bytes, box: str, found: _Found, packed: bool) -> None:
    told = safe_name(name, "архив.zip")
    if packed:
        found.remarks.append(_nested(told))
        return
    if not found.unpacks:
        found.book(box, name, content)
        return
    unpacked = unpack(told, content, found.room)
    found.room -= unpacked.inflated
    found.remarks += unpacked.remarks
    number = len(found.books) + len(found.seals) + len(found.others)
    for member in unpacked.members:
        _file(_base(member), member.content, f"{box}>{told}{number}/{_folder(member)}", found, packed=True)


def _base(member: Member) -> str:
    return member.name.replace("\\", "/").rpartition("/")[2]


def _folder(member: Member) -> str:
    return member.name.replace("\\", "/").rpartition("/")[0]


# --- what the sender is told -------------------------------------------------------------------------------

_NOT_UNDERSTOOD = Text(
    "Письмо построено с ошибками и прочитано не полностью: вложите книгу в новое письмо",
    "The message is malformed and could not be read whole: attach the workbook to a new message",
)
_TOO_MANY = Text(
    f"В письме слишком много вложений: принимается не больше {MAX_BOOKS} книг, остальные пришлите другим письмом",
    f"Too many attachments: at most {MAX_BOOKS} workbooks are taken, send the others in another message",
)
_TOO_DEEP = Text(
    "Письма вложены друг в друга слишком глубоко: пришлите книгу прямо в письме",
    "Messages are forwarded within each other too deeply: attach the workbook itself",
)
_TNEF_SAID = Text(
    "Вложение winmail.dat не читается: так Outlook упаковывает файлы в письмах формата RTF. Выберите формат письма "
    "«Обычный текст» или HTML и пришлите книгу снова",
    "The attachment winmail.dat cannot be read: Outlook packs files so in Rich Text messages. Choose plain text or "
    "HTML and send the workbook again",
)
_SMIME_SAID = Text(
    "Письмо подписано или зашифровано целиком (smime.p7m), вложения не прочитаны: пришлите книгу обычным письмом",
    "The message is signed or encrypted as a whole (smime.p7m) and was not read: send the workbook in a plain one",
)


def _other_archive(name: str) -> Text:
    return Text(
        f"Архив «{name}» не открыт: принимаются только архивы .zip, а лучше — книга без архива",
        f"The archive “{name}” was not opened: only .zip is taken, or better the workbook itself",
    )


def _only_signed(name: str) -> Text:
    return Text(
        f"Файл «{name}» — электронная подпись, а самой книги в письме нет, или она внутри подписи и не прочитана: "
        "приложите и книгу отдельным файлом",
        f"The file “{name}” is a digital signature, and the workbook itself is missing or inside of it and was not "
        "read: attach the workbook, too",
    )


def _nested(name: str) -> Text:
    return Text(
        f"Архив «{name}» лежит внутри другого архива и не открыт: пришлите книгу без архива",
        f"The archive “{name}” is inside of another one and was not opened: send the workbook itself",
    )


def _outlook(name: str) -> Text:
    return Text(
        f"Вложенное письмо Outlook «{name}» не читается: вложите саму книгу",
        f"The attached Outlook message “{name}” cannot be read: attach the workbook itself",
    )


def _not_a_zip(name: str) -> Text:
    return Text(
        f"Файл «{name}» — не архив .zip или повреждён: пришлите книгу без архива",
        f"The file “{name}” is no .zip archive, or damaged: send the workbook itself",
    )
