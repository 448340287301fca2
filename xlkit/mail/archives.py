"""Zip archives of strangers: what they hold, within limits; what cannot be unpacked is told, never raised."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from xlkit.mail.names import eight_bit
from xlkit.texts import Text

MAX_MEMBERS = 200
MAX_ENTRIES = 20_000
"""Entries of an archive that is looked into at all; no office document comes near."""
_ENTRY = b"PK\x01\x02"
MAX_INFLATED = 100 * 2**20
"""Bytes that all members of one archive give together."""
MAX_OF_MESSAGE = 256 * 2**20
"""Bytes that all archives of one message give together."""
_CHUNK = 2**20
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_UNICODE_PATH = 0x7075
_NOISE = ("__macosx/", ".ds_store", "thumbs.db")
_OFFICE_MARKS = ("[content_types].xml", "mimetype")


@dataclass(frozen=True)
class Member:
    """A file of an archive; its name may have folders."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Unpacked:
    """What an archive holds, what could not be taken out of it, and how many bytes were inflated for that."""

    members: tuple[Member, ...]
    remarks: tuple[Text, ...] = ()
    inflated: int = 0


def is_archive(content: bytes) -> bool:
    """Whether it begins as a zip file does, empty ones among them."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def office_parts(content: bytes) -> frozenset[str] | None:
    """The names (lower case) in an office document's package; ``None`` for a plain archive or a damaged one."""
    if content.count(_ENTRY) > MAX_ENTRIES:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = frozenset(name.casefold() for name in archive.namelist())
    except _BROKEN:
        return None
    return names if names & set(_OFFICE_MARKS) else None


def book_suffix(content: bytes) -> str:
    """The suffix of what an office package really is: .xlsx, .xlsm, .xlsb or .ods; empty for anything else."""
    parts = office_parts(content) or frozenset()
    if b"opendocument.spreadsheet" in content[:200]:
        return ".ods"
    if "xl/workbook.bin" in parts:
        return ".xlsb"
    if "xl/vbaproject.bin" in parts:
        return ".xlsm"
    return ".xlsx" if any(one.startswith("xl/") for one in parts) else ""


_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError,
    RuntimeError, struct.error, KeyError, IndexError, OverflowError, MemoryError, UnicodeError,
)  # fmt: skip
"""What zipfile raises for archives that are damaged or made to harm."""


def unpack(name: str, content: bytes, room: int = MAX_OF_MESSAGE) -> Unpacked:
    """All files of a zip archive, one level deep, where there is ``room``; ``name`` is for the remarks."""
    entries = content.count(_ENTRY)
    if entries > MAX_ENTRIES:
        return Unpacked((), (_too_many(name, entries),))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir() and not _is_noise(one.filename)]
            if len(infos) > MAX_MEMBERS:
                return Unpacked((), (_too_many(name, len(infos)),))
            if any(one.flag_bits & _ENCRYPTED_FLAG for one in infos):
                return Unpacked((), (_locked(name),))
            return _taken(name, archive, infos, min(room, MAX_INFLATED))
    except _BROKEN:
        return Unpacked((), (_damaged(name),))


def _taken(name: str, archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], most: int) -> Unpacked:
    members: list[Member] = []
    remarks: list[Text] = []
    room = most
    for info in infos:
        member = member_name(info)
        try:
            content = b"".join(_inflated(archive, info, room))
        except _BROKEN:
            remarks.append(_damaged(f"{name}/{member}"))
            continue
        room -= len(content)
        if room < 0:
            return Unpacked((), (_bomb(name, most),), most - room)
        members.append(Member(member, content))
    return Unpacked(tuple(members), tuple(remarks), most - room)


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> Iterator[bytes]:
    """A member's content up to one piece more than there is room for; its declared size is not believed."""
    with archive.open(info) as stream:
        while room >= 0 and (chunk := stream.read(_CHUNK)):
            room -= len(chunk)
            yield chunk


def _is_noise(name: str) -> bool:
    """What systems put into archives by themselves."""
    return name.casefold().startswith(_NOISE[0]) or name.casefold().rpartition("/")[2] in _NOISE[1:]


def member_name(info: zipfile.ZipInfo) -> str:
    """The name as it was packed: programs of Windows write Russian names in their own encodings and do not say so."""
    if info.flag_bits & _UTF8_FLAG:
        return info.filename
    told = _unicode_path(info.extra)
    if told:
        return told
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return eight_bit(raw)


def _unicode_path(extra: bytes) -> str:
    """Info-ZIP's field with the name in UTF-8; empty where there is none."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8", "replace")
        extra = extra[4 + size :]
    return ""


def _too_many(name: str, count: int) -> Text:
    return Text(
        f"В архиве «{name}» файлов {count}, а принимается не больше {MAX_MEMBERS}: пришлите только книги",
        f"The archive “{name}” holds {count} files, at most {MAX_MEMBERS} are taken: send the workbooks only",
    )


def _locked(name: str) -> Text:
    return Text(
        f"Архив «{name}» под паролем и не открыт: пришлите книгу без архива или архив без пароля",
        f"The archive “{name}” has a password and was not opened: send the workbook itself, or without a password",
    )


def _bomb(name: str, most: int) -> Text:
    if most < MAX_INFLATED:
        return Text(
            f"Архив «{name}» не открыт: архивы письма распаковываются больше чем в {MAX_OF_MESSAGE // 2**20} МБ, "
            "пришлите книги несколькими письмами",
            f"The archive “{name}” was not opened: the archives of the message unpack to more than "
            f"{MAX_OF_MESSAGE // 2**20} MB, send the workbooks in several messages",
        )
    return Text(
        f"Архив «{name}» распаковывается в {most // 2**20} МБ и больше, он не открыт: пришлите книгу саму",
        f"The archive “{name}” unpacks to more than {most // 2**20} MB and was not opened: send the workbook",
    )


def _damaged(name: str) -> Text:
    return Text(
        f"Архив «{name}» повреждён или упакован неизвестным способом: пришлите книгу без архива",
        f"The archive “{name}” is damaged or packed in an unknown way: send the workbook itself",
    )
