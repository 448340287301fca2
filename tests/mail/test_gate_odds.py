"""Mailboxes that break off, answers that bounce, mailboxes that move, files that vanish: nothing of it is silent."""

from __future__ import annotations

import binascii
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.mail.desk import NOW, SENDER, Desk
from tests.mail.messages import message, package, part
from xlkit.errors import XlkitError
from xlkit.mail import imap_source
from xlkit.mail.enclosed import read_message
from xlkit.mail.imap_source import Imap
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.mailboxes import Folder, hint_of
from xlkit.mail.outbox import Outbox
from xlkit.mail.received import Known, Missed, Received, received
from xlkit.report.gate_json import gate_document, status_document
from xlkit.report.gate_text import gate_text
from xlkit.settings import MailSettings
from xlkit.texts import Text

CAME = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)
LATER = [f"Received: x; Tue, 10 Nov 2026 2{n}:00:00 +0300" for n in range(4)]


@dataclass
class Breaking:
    """A mailbox with a message that cannot be read, and which breaks off at its end."""

    eml: bytes

    def messages(self, known: Known) -> Iterator[Received | Missed]:
        yield Missed("5", Text("Письмо с UID 5 не прочитано", "5"))
        yield received("6", CAME, self.eml)
        raise XlkitError(Text("соединение прервалось", "broken"))


def test_what_was_read_before_a_mailbox_broke_off_is_taken_in_and_answered(desk: Desk) -> None:
    sent = []

    def send(outbox: Outbox) -> None:
        sent.extend(one.address for one in outbox.standings())

    result = desk.take(Breaking(message([part("а.xlsx", desk.books[0])], sender=SENDER)), send)
    assert sent == [SENDER] and len(result.taken) == 1 and result.exit_code == 2
    shown = "\n".join(gate_text(result))
    assert "Письмо с UID 5 не прочитано" in shown and "Почта прочитана не вся: соединение прервалось" in shown
    told = gate_document(result)
    assert len(told["missed"]) == 1 and told["mailbox"]
    assert [one.uid for one in result.missed] == ["5"]


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("а", "б"):
        (tmp_path / f"{name}.eml").write_bytes(message(subject=name))
    opened = Path.open

    def refusing(path: Path, *arguments: Any) -> Any:
        if path.name == "а.eml":
            raise PermissionError(13, "x")
        return opened(path, *arguments)

    monkeypatch.setattr(Path, "open", refusing)
    missed, read = Folder(tmp_path, NOW).messages(lambda _: False)
    assert isinstance(missed, Missed) and "а.eml" in missed.why.ru and isinstance(read, Received)


# --- IMAP -------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A mailbox of some messages; reading those that are ``bad`` ends the connection, or is ``denied``."""

    count: int = 3
    bad: frozenset[int] = frozenset()
    denied: frozenset[int] = frozenset()
    size_is_bad: bool = False
    connections: int = 0
    normalise_times: bool = True
    read: list[int] = field(default_factory=list)

    @contextmanager
    def signed_in(self, _: MailSettings) -> Iterator[Server]:
        from imapclient.exceptions import IMAPClientError

        self.connections += 1
        try:
            yield self
        except IMAPClientError as error:
            raise XlkitError(Text("соединение прервалось", "broken")) from error

    def select_folder(self, _: str, readonly: bool) -> dict[bytes, int]:
        assert readonly
        return {b"UIDVALIDITY": 1}

    def search(self, _: list[str]) -> list[int]:
        return list(range(1, self.count + 1))

    def fetch(self, uids: list[int], what: list[str]) -> dict[int, dict[bytes, Any]]:
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        whole = what[0].startswith("BODY")
        if (whole or self.size_is_bad) and self.bad & set(uids):
            raise IMAPClientAbortError("socket error: EOF")
        if whole and self.denied & set(uids):
            raise IMAPClientError("fetch failed: NO [SERVERBUG] Internal error")
        self.read += uids if whole else []
        told = {b"INTERNALDATE": CAME, b"RFC822.SIZE": 10}
        return {uid: {b"BODY[]": b"Subject: %d" % uid} if whole else told for uid in uids}


@pytest.mark.parametrize("size_is_bad", [False, True])
@pytest.mark.parametrize(
    "bad, denied, missed, connections",
    [([], [], [], 1), ([2], [], ["2"], 3), ([], [1, 3], ["1", "3"], 1), ([1, 3], [], ["1", "3"], 5)],
)
def test_one_bad_message_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, bad: list[int], denied: list[int], missed: list[str], connections: int,
    size_is_bad: bool,
) -> None:  # fmt: skip
    server = Server(bad=frozenset(bad), denied=frozenset(denied), size_is_bad=size_is_bad)
    monkeypatch.setattr(imap_source, "signed_in", server.signed_in)
    found = list(Imap(MailSettings(imap_host="h", sender="a@b")).messages(lambda _: False))
    assert [one.uid for one in found if isinstance(one, Missed)] == missed
    assert server.read == [uid for uid in (1, 2, 3) if uid not in bad + denied]
    assert server.connections == connections + (size_is_bad and bool(bad))
    assert all(("SERVERBUG" in one.why.ru) == bool(denied) for one in found if isinstance(one, Missed))


def test_a_connection_that_always_breaks_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(count=100, bad=frozenset(range(2, 101)))
    monkeypatch.setattr(imap_source, "signed_in", server.signed_in)
    found = []
    with pytest.raises(XlkitError, match="прервалось"):
        found += list(Imap(MailSettings(imap_host="h", sender="a@b")).messages(lambda _: False))
    assert server.read == [1] and server.connections == 6


# --- answers, moves, files --------------------------------------------------------------------------------


def report(message_id: str, action: str = "failed") -> bytes:
    """What a mail server says of a letter."""
    lines = f"""Received: mx; Tue, 10 Nov 2026 16:00:00 +0300
Return-Path: <>
From: MAILER-DAEMON@example.org
Subject: Undelivered
Message-ID: <bounce@mx>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; x

Final-Recipient: rfc822; {SENDER}
Action: {action}

--B
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
--B--
"""
    return lines.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("action, is_told", [("failed", True), ("delayed", False)])
def test_an_answer_that_has_not_arrived_is_told(desk: Desk, action: str, is_told: bool) -> None:
    desk.post(("а.xlsx", desk.books[0]))
    with Ledger(desk.intake / LEDGER) as ledger:
        (answer,) = [one.message_id for one in ledger.standings()]
    desk.put(report("other@x"))
    assert desk.exit_code == 0 and desk.attention == ""
    desk.put(report(answer, action))
    assert desk.exit_code == int(is_told)
    assert (f"Ответ для {SENDER} не дошёл" in desk.attention) is is_told
    assert len(status_document(desk.status)["attention"]["bounced"]) == int(is_told)
    desk.now += dt.timedelta(minutes=1)
    desk.post(("а.xlsx", desk.books[1]))
    assert desk.attention == "", "another answer has gone there since"


@pytest.mark.parametrize("mark", ["<1@college.example.org>", "<ОПЦ-101@x>"])
def test_a_mailbox_that_has_moved_gets_no_second_answers(desk: Desk, mark: str) -> None:
    """The new server has put lines on top of each message, and other line ends."""
    eml = message([part("а.xlsx", desk.books[0])], sender=SENDER, headers=LATER[:1], message_id=mark)
    assert len(desk.put(eml)) == 1
    assert desk.put(b"X-Migrated: yes\r\n" + eml) == desk.put(eml.replace(b"\r\n", b"\n")) == []
    assert len(desk.put(eml.replace(b"Message-ID: <", b"Message-ID: <2"))) == 1, "another Message-ID is another letter"
    with Ledger(desk.intake / LEDGER) as ledger:
        assert len(ledger.standings()) == len(ledger.messages()) == 2


def test_what_went_back_may_be_sent_once_more_as_it_was(desk: Desk) -> None:
    """The register has the cluster by now, say."""
    eml = message([part("в.rar", b"Rar!\x1a\x07")], sender=SENDER)
    stamps = [f"{one}\r\n".encode() for one in (LATER[0], LATER[0] + "\r\nX-Migrated: yes", LATER[1])]
    for stamp, answers in zip(stamps, (1, 1, 2), strict=True):
        desk.put(stamp + eml)
        with Ledger(desk.intake / LEDGER) as ledger:
            assert len(ledger.standings()) == answers


def test_an_accepted_file_that_is_gone_is_told(desk: Desk) -> None:
    (line,) = desk.post(("а.xlsx", desk.books[0]))
    (desk.intake / line.path).unlink()
    assert f"файла {line.path} нет" in desk.attention
    desk.post(("а.xlsx", desk.books[1]))
    assert desk.exit_code == 1
    desk.post(("а.xlsx", desk.books[0]))
    assert (desk.intake / line.path).read_bytes() == desk.books[0] and desk.newest_file == desk.books[1]
    assert "нет" not in desk.attention.partition("Книга с этим")[0]


def test_what_was_put_aside_is_no_longer_shown_when_it_came_otherwise(desk: Desk) -> None:
    stranger = f"other@{SENDER.rpartition('@')[2]}"
    eml = message([part("а.xlsx", desk.books[0])], sender=stranger, message_id="<s@x>", headers=LATER[:1])
    desk.put(eml)
    assert stranger in desk.attention
    desk.post(("а.xlsx", desk.books[1]))
    assert stranger in desk.attention, "that was another workbook"
    desk.put(message([part("а.xlsx", desk.books[0])], sender=SENDER, headers=LATER[1:2]))
    assert stranger not in desk.attention


def test_what_goes_back_has_not_kept_its_deadline(desk: Desk) -> None:
    from xlkit.mail.answers import still_due

    deadline = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
    assert still_due(deadline, late=False).startswith("до 20.11.2026 18:00:00 (МСК) включительно, к нему нужна")
    assert "с опозданием" in still_due(deadline, late=True) and still_due(None, late=False) == "не установлен"


@pytest.mark.parametrize("name", ["план.xlsx", "plan.xlsx"])
@pytest.mark.parametrize("mime", ["", "Content-Type: text/plain; charset=koi8-r\r\nMIME-Version: 1.0\r\n"])
def test_a_workbook_in_the_text(name: str, mime: str) -> None:
    content = package()
    lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
    uu = f"begin 644 {name}\n".encode("koi8-r") + b"".join(lines) + b"`\nend\n"
    text = f"From: {SENDER}\r\n{mime}\r\nHello, begin 1\r\n".encode() + uu.replace(b"\n", b"\r\n") + b"bye\r\n"
    (book,) = read_message(text).books
    assert (book.name, book.content) == (name, content)
    assert read_message(text.replace(b"\nend", b"\nfin")).books == ()


@pytest.mark.parametrize(
    "names, words",
    [(["а.xlsx"], "mail gate читает письма"), (["а.msg", "б.xlsx"], "сохраните как .eml"), (["а.mbox"], "разложите"),
     (["а.eml", "б.xlsx"], None), ([], None)],
)  # fmt: skip
def test_a_folder_without_messages(tmp_path: Path, names: list[str], words: str | None) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"")
    hint = hint_of(tmp_path)
    assert (hint is None) if words is None else (hint is not None and words in hint.ru)
