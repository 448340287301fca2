"""From whom a message is, and what the server that took it in thinks of that."""

from __future__ import annotations

import pytest

from xlkit.mail.headers import is_forged, sender_of
from xlkit.mail.parsing import head_of

A = "college@b.example.org"


@pytest.mark.parametrize(
    "written, sender",
    [
        (A, A),
        (f"Колледж <{A}>", A),
        (f"Иванов, И. <{A}>", A),
        (f'"Иванов, И. (x@y.ru)" <{A}>', A),
        (f'"{A}" <evil@x.ru>', "evil@x.ru"),
        (f"evil@x.ru ({A})", "evil@x.ru"),
        (f"evil@x.ru, {A}", ""),
        (f"evil@x.ru, Victim <{A}>", ""),
        (f"Victim <{A}>, evil@x.ru", ""),
        (f"evil@x.ru; Victim <{A}>", ""),
        (f"Evil <evil@x.ru>, Victim <{A}>", ""),
        (f"Group: {A};", ""),
        ("nobody", ""),
    ],
)
def test_one_sender_or_nobody(written: str, sender: str) -> None:
    assert sender_of(head_of(f"From: {written}\r\n\r\n".encode())) == sender


@pytest.mark.parametrize(
    "headers, forged",
    [
        ([], False),
        (["mx; spf=fail; dkim=fail; dmarc=fail"], True),
        (["mx; DMARC=Fail (p=none)"], True),
        (["mx; spf=fail; dkim=pass; dmarc=pass"], False),
        (["mx; spf=fail smtp.mailfrom=x; dkim=none"], True),
        (["mx; spf=softfail; dkim=fail"], True),
        (["mx; spf=fail; dkim=pass"], False),
        (["mx; spf=pass; dkim=none"], False),
        (["mx; spf=neutral; dkim=fail"], False),
        (["mx; dmarc=pass (spf=fail)"], False),
        (["mx; spf=pass", "mx; dmarc=fail"], True),
        (["mx; dmarc=fail", "mx; dmarc=pass"], True),
        (["mx; spf=pass", "elsewhere; dmarc=fail"], False),
        (["garbage"], False),
    ],
)
def test_what_the_mail_server_says_of_the_sender(headers: list[str], forged: bool) -> None:
    """Its own results stand above all others."""
    lines = [f"From: {A}", *(f"Authentication-Results: {one}" for one in headers)]
    assert is_forged(head_of("\r\n".join([*lines, "", ""]).encode())) is forged
