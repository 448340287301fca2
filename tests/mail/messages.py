"""Messages as the world's mail programs make them, and as no program should."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from collections.abc import Sequence
from email.header import Header
from urllib.parse import quote

WORKBOOK = "Программа ОПЦ-101.xlsx"


def package(text: str = "1") -> bytes:
    """The smallest thing that has the parts of a workbook; another text gives other bytes."""
    return zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": text.encode()})


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def named_in(encoding: str, name: str, content: bytes) -> bytes:
    """An archive of a program that writes names in an encoding of its own and does not say so."""
    stand_in = "N" * len(name.encode(encoding))
    return zipped({stand_in: content}).replace(stand_in.encode(), name.encode(encoding))


def disposition(name: str, way: str) -> bytes:
    """The header lines that name an attachment, in one of the ways that programs have."""
    plain = b"Content-Type: application/octet-stream\r\n"
    if way == "rfc2231":
        return plain + f"Content-Disposition: attachment; filename*=utf-8''{quote(name)}\r\n".encode()
    if way == "rfc2231 parts":
        pieces = [quote(name)[i : i + 30] for i in range(0, len(quote(name)), 30)]
        pieces[0] = f"utf-8''{pieces[0]}"
        said = "".join(f";\r\n filename*{number}*={piece}" for number, piece in enumerate(pieces))
        return plain + f"Content-Disposition: attachment{said}\r\n".encode()
    if way == "rfc2231 cp1251":
        said = quote(name.encode("cp1251"))
        return plain + f"Content-Disposition: attachment; filename*=windows-1251''{said}\r\n".encode()
    if way == "rfc2231 that lies":
        said = quote(name.encode("cp1251"))
        return plain + f"Content-Disposition: attachment; filename*=utf-8''{said}\r\n".encode()
    if way.startswith("rfc2047"):
        words = Header(name, way.partition(" ")[2], maxlinelen=60).encode()
        return plain + f'Content-Disposition: attachment; filename="{words}"\r\n'.encode()
    if way == "name only":
        return f'Content-Type: application/octet-stream; name="{Header(name, "koi8-r").encode()}"\r\n'.encode()
    return plain + b'Content-Disposition: attachment; filename="' + name.encode(way) + b'"\r\n'


WAYS = (
    "rfc2231", "rfc2231 parts", "rfc2231 cp1251", "rfc2231 that lies", "rfc2047 utf-8", "rfc2047 koi8-r",
    "rfc2047 windows-1251", "name only", "utf-8", "cp1251", "koi8-r",
)  # fmt: skip


def part(name: str, content: bytes, way: str = "rfc2231") -> bytes:
    """An attachment in base64."""
    return disposition(name, way) + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content) + b"\r\n"


def message(
    parts: Sequence[bytes] = (),
    sender: str = "Иванова <ivanova@college.example.org>",
    subject: str = "Программа",
    message_id: str = "<1@college.example.org>",
    headers: Sequence[str] = (),
) -> bytes:
    """A message with a text and attachments."""
    head = [
        f"From: {sender}", "To: <irpo@example.org>", f"Subject: {Header(subject, 'utf-8').encode()}",
        f"Message-ID: {message_id}", *headers, "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="=-b"',
    ]  # fmt: skip
    text = 'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nВысылаем.\r\n'.encode()
    # A boundary of its own, so that messages can be put within messages.
    boundary = f"=-{zlib.crc32(b''.join(parts) + message_id.encode()):x}".encode()
    body = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in (text, *parts))
    return "\r\n".join(head).encode().replace(b"=-b", boundary) + b"\r\n\r\n" + body + b"--" + boundary + b"--\r\n"


def forwarded(inner: bytes, in_base64: bool = False) -> bytes:
    """A part that holds a message."""
    if in_base64:
        return b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner)
    return b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + inner
