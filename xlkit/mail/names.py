"""Names and headers of strangers' messages: read in whatever encoding they came, and made safe as file names."""

from __future__ import annotations

import re
import unicodedata
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import PureWindowsPath

_CYRILLIC = ("cp1251", "koi8-r", "cp866")
"""What an 8-bit text that is no UTF-8 may be: Windows and Mac mailers, old servers, zip files of Windows."""
_MAX_NAME = 120
_MAX_NAME_BYTES = 200
_MAX_SUFFIX = 12
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*/\\', "_"))
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")


def eight_bit(content: bytes, encodings: tuple[str, ...] = _CYRILLIC) -> str:
    """A text of unknown encoding: UTF-8 where it is that, else the one that gives the most Russian text."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return max((content.decode(one, "replace") for one in encodings), key=_russian)


def _russian(text: str) -> int:
    """How Russian a text looks: letters, small ones above all; a wrong encoding gives «бШОХЯЙЮ» or line art."""
    small = sum("а" <= c <= "я" or c == "ё" for c in text)
    odd = sum(not c.isascii() and not "А" <= c <= "я" and c not in "ёЁ№«»–— " for c in text)
    swapped = len(re.findall(r"(?<=[а-яё])[А-ЯЁ]", text))
    capitals = sum("А" <= c <= "Я" for c in text)
    return 2 * small + capitals - 3 * odd - 3 * swapped


def header_text(value: object) -> str:
    """A header's text in one line: encoded words decoded (RFC 2047), raw 8-bit bytes too. Never raises."""
    text = unraw(str(value))
    if _ENCODED_WORD.search(text):
        text = _decoded_words(text)
    return " ".join(one_line(text).split())


def unraw(text: str) -> str:
    """Surrogates as the bytes that they stand for, in the encoding that these seem to have."""
    if text.isascii():
        return text
    try:
        content = text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return eight_bit(content)


def _decoded_words(text: str) -> str:
    # Adjacent words of a broken mailer lack the space that the standard asks for; tabs and folds stand for it.
    try:
        parts = decode_header(re.sub(r"\?=(?==\?)", "?= ", text))
    except (MessageError, ValueError, LookupError, IndexError):
        return text
    return "".join(part if isinstance(part, str) else _decoded(part, charset) for part, charset in parts)


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "ascii")
    except (LookupError, UnicodeDecodeError, ValueError):
        return eight_bit(content)


def one_line(text: str) -> str:
    """A text without line ends, control characters, invisible marks and halves of characters."""
    shown = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return "".join(shown)


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def part_name(part: Message) -> str:
    """The file name of a part as its sender wrote it; empty where it has none. Never raises."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, header=header)
            if isinstance(value, tuple):
                charset, language, text = value
                value = _extended(charset, language, text)
        except Exception:  # noqa: BLE001 - malformed parameters break email's own parser in many ways
            continue
        if value:
            return header_text(value)
    return ""


def _extended(charset: str | None, language: str | None, text: str) -> str:
    """A value of RFC 2231; where its bytes are not of the charset that it names, of what they seem to be."""
    content = text.encode("latin-1", "replace")
    try:
        content.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError, ValueError):
        return eight_bit(content)
    return collapse_rfc2231_value((charset or "utf-8", language or "", text), "replace")


def safe_name(name: str, otherwise: str = "файл") -> str:
    """A name that every file system takes and that leads nowhere else: no folders, no marks, not too long."""
    bare = unicodedata.normalize("NFC", one_line(name))
    bare = PureWindowsPath(bare.replace("/", "\\").rstrip("\\. ")).name or ""
    bare = " ".join(bare.translate(_FORBIDDEN).split()).strip(". ~$")
    if not bare:
        return otherwise
    stem, dot, suffix = bare.rpartition(".")
    if not dot or len(suffix) > _MAX_SUFFIX:
        stem, suffix = bare, ""
    if bare.partition(".")[0].strip().casefold() in _RESERVED:
        stem = f"_{stem}"
    tail = f".{suffix}" if suffix else ""
    stem = stem[: _MAX_NAME - len(tail)]
    while len((stem + tail).encode()) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return (stem.rstrip(". ") or otherwise) + tail


def suffix_of(name: str) -> str:
    """The last suffix in lower case, with its dot; empty where there is none."""
    _, dot, suffix = name.rpartition(".")
    return f".{suffix.casefold()}" if dot else ""
