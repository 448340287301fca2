"""Answers: threads with the ids that real servers make, attachments that are too large, words for time; loops end."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.messages import message, part
from xlkit.actions.gate import run as gate_module
from xlkit.actions.gate.run import gate
from xlkit.actions.gate.status import status
from xlkit.mail.answers import Item, answer_letter, lateness
from xlkit.mail.deadlines import MOSCOW
from xlkit.mail.enclosed import Enclosed, read_message
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.mailboxes import Folder
from xlkit.mail.message import Attachment
from xlkit.rules.registered import Cluster, Register
from xlkit.settings import MailSettings

SETTINGS = MailSettings(sender="irpo@example.org", name="ИРПО")
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
ITEM = Item("Книга принята", "good")
REGISTER = Register("r", (Cluster("ОПЦ-1", kind="ОПЦ(К)", emails=("A@College.example.org",)),))
DEADLINE = dt.datetime(2026, 11, 10, 23, 59, 59, tzinfo=MOSCOW)


def answered(to: Enclosed, *attachments: Attachment) -> email.message.Message:
    letter = answer_letter(SETTINGS, to, "key", [ITEM], attachments, NOW)
    assert letter.recipients == (to.sender,)
    return email.message_from_bytes(letter.eml)


def test_long_ids_keep_the_thread() -> None:
    ids = tuple(f"{letter * 90}@mail.example.org" for letter in "abc")
    made = answered(Enclosed("a@b.ru", "Re: План", "d" * 240 + "@x", ids))
    assert made["In-Reply-To"] == f"<{'d' * 240}@x>"
    assert made["References"].split() == [f"<{one}>" for one in (*ids, made["In-Reply-To"].strip("<>"))]


def test_subjects() -> None:
    subjects = {"": "Re: Книга кластера", "RE: План": "RE: План", "План\r\nBcc: x@y.ru": "Re: План Bcc: x@y.ru"}
    for given, said in subjects.items():
        to = read_message(message(subject=given, sender="a@b.ru")) if given else Enclosed("a@b.ru")
        made = email.message_from_bytes(
            answer_letter(SETTINGS, to, "k", [ITEM], (), NOW).eml, policy=email.policy.default
        )
        assert made["Subject"] == said and made["Bcc"] is None


def test_what_is_too_large_for_a_letter_is_left_out() -> None:
    made = answered(Enclosed("a@b.ru"), Attachment("Книга.xlsx", bytes(26 * 2**20)))
    texts = [one for one in made.walk() if one.get_content_type() == "text/plain"]
    assert "слишком велика" in texts[0].get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "spreadsheet" not in {one.get_content_subtype() for one in made.walk()}


@pytest.mark.parametrize(
    ("passed", "words"),
    [(1, "1 секунду"), (61, "1 минуту"), (3600 * 2 + 300, "2 часа 5 минут"), (86400 * 5 + 7200, "5 дней 2 часа")],
)
def test_lateness(passed: int, words: str) -> None:
    assert lateness(DEADLINE + dt.timedelta(seconds=passed), DEADLINE, True).endswith(f"с опозданием на {words}")


def sent(folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        stamp = f"Received: x; Tue, 10 Nov 2026 15:00:{number:02} +0300"
        eml = message([part("a.rar", b"Rar!\x1a\x07")], sender="a@college.example.org", message_id=f"<{number}@x>",
                      headers=[stamp])  # fmt: skip
        (folder / f"{number}.eml").write_bytes(eml)


def test_a_loop_of_machines_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "MOST_ANSWERS", 3)
    sent(tmp_path / "box", 5)
    result = gate(Folder(tmp_path / "box", NOW), tmp_path / "in", REGISTER, SETTINGS, NOW)
    assert [bool(one.message.answer) for one in result.taken] == [True] * 3 + [False] * 2
    assert "больше не отвечаем" in result.taken[-1].message.why


def test_a_message_in_two_places_is_one(tmp_path: Path) -> None:
    sent(tmp_path / "box", 1)
    (tmp_path / "box" / "copy.eml").write_bytes((tmp_path / "box" / "0.eml").read_bytes().replace(b"\r\n", b"\n"))
    assert len(gate(Folder(tmp_path / "box", NOW), tmp_path / "in", REGISTER, SETTINGS, NOW).taken) == 1
    with Ledger(tmp_path / "in" / LEDGER) as ledger:
        assert len(ledger.standings()) == 1
    for own in ("a@college.example.org", "A@COLLEGE.example.org"):
        assert read_message((tmp_path / "box" / "0.eml").read_bytes(), [own]).automatic is not None


def test_the_gate_answers_no_mailbox_of_its_own(tmp_path: Path) -> None:
    sent(tmp_path / "box", 1)
    own = replace(SETTINGS, witness="A@college.example.org")
    (one,) = gate(Folder(tmp_path / "box", NOW), tmp_path / "in", REGISTER, own, NOW).taken
    assert (one.message.state, one.message.answer) == ("ignored", "")


@pytest.mark.parametrize("sender, answered", [("a@college.example.org", True), ("x@elsewhere.example.org", False)])
def test_a_message_that_is_nested_too_deeply_is_put_aside(tmp_path: Path, sender: str, answered: bool) -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1200))
    (tmp_path / "0.eml").write_bytes(f"From: {sender}\nMessage-ID: <z@z>\n".encode() + deep)
    result = gate(Folder(tmp_path, NOW), tmp_path / "in", REGISTER, SETTINGS, NOW)
    (one,) = result.taken
    assert (one.message.state, bool(one.message.answer), result.exit_code) == ("quarantined", answered, 1)
    assert "построено с ошибками" in one.message.why and one.message.sender == sender
    (aside,) = status(tmp_path / "in", REGISTER, NOW).aside
    assert aside.message == one.message and aside.known == answered


def test_an_address_that_is_none_stops_nothing(tmp_path: Path) -> None:
    sent(tmp_path / "box", 1)
    eml = tmp_path / "box" / "0.eml"
    eml.write_bytes(eml.read_bytes().replace(b"a@college.example.org", b"x@b..ru"))
    register = Register("r", (Cluster("ОПЦ-1", kind="ОПЦ(К)", emails=("x@b..ru",)),))
    (one,) = gate(Folder(tmp_path / "box", NOW), tmp_path / "in", register, SETTINGS, NOW).taken
    assert one.message.answer == "" and "x@b..ru ответить нельзя" in one.message.why
