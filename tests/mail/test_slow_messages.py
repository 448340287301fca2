"""Messages made to keep the gate busy: none takes more than some seconds, and what was not read is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import Message

import pytest

from tests.mail.messages import message, package, part
from xlkit.mail import archives, parsing
from xlkit.mail.enclosed import read_message
from xlkit.mail.parsing import MAX_HEADER, MAX_PARAMETERS, head_of, parsed

SENDER = b"From: a@b.example.org\r\n"
MANY = b"Content-Type: multipart/mixed; boundary=B\r\n\r\n"


def attached(head: bytes, count: int = 1) -> bytes:
    one = b"--B\r\nContent-Type: application/octet-stream" + head + b"\r\n\r\nAAAA\r\n"
    return SENDER + MANY + one * count + b"--B--\r\n"


SLOW: dict[str, Callable[[], bytes]] = {
    "semicolons": lambda: attached(b'\r\nContent-Disposition: attachment; filename="' + b";" * 800_000),
    "semicolons, folded": lambda: attached(
        b'\r\nContent-Disposition: attachment; filename="' + b"\r\n ".join([b";" * 900] * 900)
    ),
    "semicolons of the type": lambda: attached(b'; name="' + b";" * 3900, 1000),
    "semicolons of the message": lambda: SENDER + MANY[:-4] + b'; x="' + b";" * 800_000 + b"\r\n\r\n--B--\r\n",
    "parameters": lambda: attached(b"".join(b";\r\n name*%d*=a" % number for number in range(60_000))),
    "quotes": lambda: b"From: " + b'"\\' * 400_000 + b" <a@b.example.org>\r\n\r\nx",
    "words": lambda: SENDER + b"Subject: " + b"=?utf-8?b?YQ==?=\r\n " * 100_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize("name", SLOW)
def test_no_header_takes_long(name: str) -> None:
    content = SLOW[name]()
    began = time.process_time()
    found = read_message(content)
    assert time.process_time() - began < 3 and not found.unread


def test_what_is_not_read_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here each line is held against the ends of two hundred parts."""
    head = b"".join(b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (i, i) for i in range(200))
    monkeypatch.setattr(parsing, "SECONDS", 0.1)
    began = time.process_time()
    found = read_message(SENDER + head + b"\r\n" + b"a\r\n" * 1_000_000)
    assert time.process_time() - began < 3
    assert found.unread and found.sender == "a@b.example.org" and "прочитано не полностью" in found.remarks[0].ru


def test_the_headers_of_a_message_take_no_time_for_ever() -> None:
    content = SENDER + b"X: y\r\n" * 100_000 + b"Subject: z\r\n\r\n"
    assert head_of(content)["From"] and head_of(content)["Subject"] is None
    assert parsed(content, until=0) is None


@pytest.mark.parametrize(
    "name, count", [("Subject", MAX_HEADER), ("From", MAX_HEADER), ("Content-Type", 2 * MAX_PARAMETERS - 1)]
)
def test_headers_are_cut(name: str, count: int) -> None:
    got: Message = head_of(f"{name}: {'x;' * MAX_HEADER}\r\n\r\n".encode())
    assert len(str(got[name])) == count


def test_a_long_name_is_read_whole() -> None:
    """255 letters in pieces of RFC 2231 are the longest that a file can have."""
    name = "Ж" * 200 + ".xlsx"
    (book,) = read_message(message([part(name, package(), "rfc2231 parts")])).books
    assert book.name.startswith("ЖЖЖ") and book.name.endswith(".xlsx")


def test_a_crowded_archive_stays_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ENTRIES", 1)
    found = read_message(message([part("а.zip", package())]))
    assert found.books == () and "файлов 2, а принимается не больше" in found.remarks[0].ru
