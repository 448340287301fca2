"""Folders of messages: every message once, when it came, and nothing is changed by reading."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from tests.mail.messages import message
from xlkit.errors import XlkitError
from xlkit.mail import mailboxes
from xlkit.mail.mailboxes import Folder, received_at, source_of
from xlkit.mail.received import Received, key_of

STAMPED = ["Received: from a by b; Tue, 10 Nov 2026 15:00:00 +0300", "Received: from x; Mon, 9 Nov 2026 01:00:00 +0000"]
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
CHANGED = dt.datetime(2026, 11, 12, 8, tzinfo=dt.UTC)


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (CHANGED.timestamp(), CHANGED.timestamp()))


def read(folder: Path, known: frozenset[str] = frozenset()) -> list[Received]:
    return list(Folder(folder, NOW).messages(known.__contains__))


def test_a_folder_of_eml(tmp_path: Path) -> None:
    put(tmp_path / "б.EML", message(headers=STAMPED))
    put(tmp_path / "в" / "а.eml", message())
    put(tmp_path / "заметки.txt", b"x")
    (tmp_path / "папка.eml").mkdir()
    found = read(tmp_path)
    assert [one.uid.partition("?")[0] for one in found] == [
        (tmp_path / name).resolve().as_posix() for name in ("б.EML", "в/а.eml")
    ]
    assert [one.received_at for one in found] == [dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC), CHANGED]
    known = frozenset(one.uid for one in found)
    assert [one.uid for one in read(tmp_path, known - {found[1].uid})] == [found[1].uid]
    assert read(tmp_path, known) == []


@pytest.mark.parametrize("change", ["content", "time", "folder"])
def test_another_message_under_a_known_name_is_read(tmp_path: Path, change: str) -> None:
    """A name is known only with its folder, size and time."""
    put(tmp_path / "w1" / "а.eml", message(subject="1"))
    known = frozenset(one.uid for one in read(tmp_path / "w1"))
    box = tmp_path / ("w2" if change == "folder" else "w1")
    put(box / "а.eml", message(subject="other" if change == "content" else "2"))
    if change == "time":
        os.utime(box / "а.eml", (CHANGED.timestamp() + 1, CHANGED.timestamp() + 1))
    assert [one.content for one in read(box, known)] == [(box / "а.eml").read_bytes()]


def test_a_maildir(tmp_path: Path) -> None:
    put(tmp_path / "new" / "1.a.host", message(headers=STAMPED))
    put(tmp_path / "cur" / "2.b.host:2,S", message())
    put(tmp_path / "tmp" / "3.c.host", message())
    put(tmp_path / "cur" / ".hidden", message())
    found = read(tmp_path)
    assert [one.uid for one in found] == ["1.a.host", "2.b.host"]
    assert {one.received_at for one in found} == {CHANGED}
    (tmp_path / "new" / "1.a.host").rename(tmp_path / "cur" / "1.a.host:2,RS")
    assert read(tmp_path, frozenset({"1.a.host", "2.b.host"})) == []


def test_line_ends_do_not_make_another_message() -> None:
    assert key_of(b"a\r\nb\r\n") == key_of(b"a\nb\n") != key_of(b"a\nb")


@pytest.mark.parametrize(
    "lines, moment",
    [
        (b"Received: a;\r\n\tTue, 10 Nov 2026 15:00:00 +0300 (MSK)\r\n\r\n",
         dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)),
        (b"received: a; b; 10 Nov 2026 15:00:00 -0000\n\n", dt.datetime(2026, 11, 10, 15, tzinfo=dt.UTC)),
        (b"Received: a; yesterday\n\n", None),
        (b"Received: a\n\n", None),
        (b"Subject: x\n\nReceived: a; Tue, 10 Nov 2026 15:00:00 +0300\n", None),
        (b"Date: Tue, 10 Nov 2026 15:00:00 +0300\n\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_when_it_came(lines: bytes, moment: dt.datetime | None) -> None:
    assert received_at(lines, NOW) == moment


@pytest.mark.parametrize(
    "stamp",
    [
        "Fri, 31 Dec 9999 23:59:59 +0000", "Mon, 1 Jan 0001 00:00:00 +0500", "Mon, 1 Jan 1900 00:00:00 +0000",
        "Fri, 1 Jan 2100 00:00:00 +0000", "Mon, 23 Nov 2026 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 -1200",
    ],
)  # fmt: skip
@pytest.mark.parametrize("changed, moment", [(CHANGED.timestamp(), CHANGED), (2**34, NOW), (0, NOW)])
def test_times_far_from_now_are_not_believed(tmp_path: Path, stamp: str, changed: float, moment: dt.datetime) -> None:
    put(tmp_path / "а.eml", message(headers=[f"Received: from a by b; {stamp}"]))
    os.utime(tmp_path / "а.eml", (changed, changed))
    assert [one.received_at for one in read(tmp_path)] == [moment]


def test_of_a_message_that_is_too_large_only_the_head_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "а.eml", message(headers=STAMPED) + bytes(1000))
    monkeypatch.setattr(mailboxes, "LARGEST", 1000)
    (one,) = read(tmp_path)
    assert one.cut and one.content.endswith(b"\r\n\r\n") and b"Message-ID" in one.content
    assert one.received_at == dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)


def test_no_folder_and_no_settings(tmp_path: Path) -> None:
    with pytest.raises(XlkitError, match="нет"):
        source_of(str(tmp_path / "нет"), None)
    with pytest.raises(XlkitError, match="setup"):
        source_of(None, None)
    with pytest.raises(XlkitError, match="не читается"):
        read(tmp_path / "нет")
