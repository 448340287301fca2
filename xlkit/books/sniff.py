"""What a file really is, told by its content whatever its name says."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from xlkit.errors import Unreadable

XLSX, XLS, XLSB, ODS = "xlsx", "xls", "xlsb", "ods"
"""The kinds that are read; every other gives its own refusal."""

_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = (
    (b"%PDF-", "F-025"),
    (b"\x89PNG\r\n", "F-026"), (b"\xff\xd8\xff", "F-026"), (b"GIF8", "F-026"), (b"BM", "F-026"),
    (b"II*\0", "F-026"), (b"MM\0*", "F-026"),
    (b"Rar!\x1a\x07", "F-027"), (b"7z\xbc\xaf\x27\x1c", "F-027"), (b"\x1f\x8b\x08", "F-027"), (b"BZh", "F-027"),
    (b"{\\rtf", "F-024"),
)  # fmt: skip
_TEXT_ENCODINGS = ("utf-8", "cp1251")
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|table|meta|style|div)[\s>]", re.IGNORECASE)
_XML_2003 = re.compile(r"<(?:\w+:)?Workbook\s[^>]*urn:schemas-microsoft-com:office:spreadsheet")
_MAIL = re.compile(r"(?:^|\n)(?:From|Received|Return-Path|Message-ID|MIME-Version):\s", re.IGNORECASE)
_LOOKED_AT = 8192


def kind_of(content: bytes) -> str:
    """``xlsx`` (any zip file, see ``kind_of_package``) or ``xls``; raises Unreadable for what is no workbook."""
    if not content:
        raise Unreadable("F-004")
    if content.startswith(_ZIP):
        return XLSX
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    if content[:4] in (b"\x09\x08\x10\0", b"\x09\x08\x08\0", b"\x09\x04\x06\0", b"\x09\x02\x06\0", b"\x09\0\x04\0"):
        return XLS  # a BIFF stream without its container
    for signature, rule in _SIGNATURES:
        if content.startswith(signature):
            raise Unreadable(rule)
    raise Unreadable(_rule_of_text(content))


def _rule_of_text(content: bytes) -> str:
    text = _as_text(content[:_LOOKED_AT])
    if text is None:
        return "F-005"
    bare = text.lstrip("\ufeff \t\r\n")
    if _XML_2003.search(bare):
        return "F-022"
    if _HTML.search(bare):
        return "F-020"
    if bare.startswith("<"):
        return "F-023"
    return "F-028" if len(_MAIL.findall(bare)) > 1 else "F-021"


def _as_text(head: bytes) -> str | None:
    """The first bytes as text; ``None`` where they are none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    for encoding in _TEXT_ENCODINGS:
        text = head.decode(encoding, "ignore")
        if len(text.encode(encoding, "ignore")) >= len(head) - 3:
            return None if _BINARY.search(text) else text
    return None


# --- zip files --------------------------------------------------------------------------------------------


def kind_of_package(names: set[str], main_part: str, mimetype: bytes) -> str:
    """The kind of a zip file: ``names`` are its parts in lower case, ``mimetype`` the part of that name."""
    if mimetype.startswith(b"application/vnd.oasis.opendocument."):
        if b"spreadsheet" not in mimetype:
            raise Unreadable("F-024")
        return ODS
    if main_part.endswith(".bin"):
        return XLSB
    if "[content_types].xml" not in names:
        raise Unreadable("F-027")
    if any(name.startswith(("word/", "ppt/", "visio/")) for name in names) and main_part.partition("/")[0] != "xl":
        raise Unreadable("F-024")
    return XLSX


# --- OLE files --------------------------------------------------------------------------------------------

_ENTRY, _END, _FILEPASS = 128, 0xFFFFFFFA, 0x2F
_OTHERS = (
    ({"EncryptedPackage"}, "F-008"),
    ({"WordDocument", "PowerPoint Document", "VisioDocument"}, "F-024"),
    ({"__properties_version1.0"}, "F-028"),
)


def _kind_of_ole(content: bytes) -> str:
    try:
        streams = dict(_ole_streams(content))
        for name in ("Workbook", "Book"):
            if name in streams:
                if _has_password(content[streams[name] :][:512]):
                    raise Unreadable("F-008")
                return XLS
    except (struct.error, IndexError, ValueError) as error:
        locked = "EncryptedPackage".encode("utf-16-le") in content[: 2**20]  # cut short, but it tells what it was
        raise Unreadable("F-008" if locked else "F-006") from error
    raise Unreadable(next((rule for names, rule in _OTHERS if names & streams.keys()), "F-005"))


def _has_password(stream: bytes) -> bool:
    """Whether the record FILEPASS stands among the first ones of a workbook's stream."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        if kind == _FILEPASS:
            return True
        at += 4 + length
    return False


def _ole_streams(content: bytes) -> Iterator[tuple[str, int]]:
    """The streams and folders at the top of an OLE file: name, where it begins.

    Raises ValueError, IndexError or struct.error where its chains lead nowhere.
    """
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    if size not in (512, 4096):
        raise ValueError("sector size")
    (first,) = struct.unpack_from("<I", content, 48)
    fat_sectors = [s for s in struct.unpack_from("<109I", content, 76) if s < _END]
    directory = b""
    sector, seen = first, set[int]()
    while sector < _END and sector not in seen:
        seen.add(sector)
        directory += content[(sector + 1) * size : (sector + 2) * size]
        table = fat_sectors[sector // (size // 4)]
        (sector,) = struct.unpack_from("<I", content, (table + 1) * size + sector % (size // 4) * 4)
    for name, start in _children(directory):
        yield name, (start + 1) * size


def _children(directory: bytes) -> Iterator[tuple[str, int]]:
    """Name and first sector of the entries below the root, which are a tree of left and right."""
    (child,) = struct.unpack_from("<I", directory, 76)
    waiting, seen = [child], set[int]()
    while waiting:
        number = waiting.pop()
        if number >= len(directory) // _ENTRY or number in seen:
            continue
        seen.add(number)
        entry = directory[number * _ENTRY : (number + 1) * _ENTRY]
        (length,) = struct.unpack_from("<H", entry, 64)
        (start,) = struct.unpack_from("<I", entry, 116)
        yield entry[: max(length - 2, 0)].decode("utf-16-le", "replace"), start
        waiting += struct.unpack_from("<2I", entry, 68)
