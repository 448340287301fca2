"""The mailbox gate: its ledger is the plan of the scenario, replays change nothing, each answer is there once."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import html
import io
import json
import os
import random
import re
import shutil
import sys
from collections.abc import Iterable
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest

from tests.killed import killed_after, killed_in
from tests.mail.scenario import FEW, OWN, SETTINGS, SPECIAL, START, Scenario, dump_of, told_by
from xlkit.actions.gate.result import GateResult
from xlkit.actions.gate.run import gate
from xlkit.actions.gate.status import status
from xlkit.claim import claimed
from xlkit.errors import XlkitError
from xlkit.mail.answers import Item, answer_html
from xlkit.mail.delivery import Clock, deliver
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.ledger_lines import ACCEPTED, DUPLICATE, IGNORED, QUARANTINED, RETURNED
from xlkit.mail.mailboxes import Folder
from xlkit.mail.outbox import IN_DOUBT, SENT, Outbox
from xlkit.mail.smtp import Answer
from xlkit.report.gate_json import status_document
from xlkit.report.gate_text import status_text
from xlkit.seal.manifest import manifest_path, signature_path
from xlkit.texts import Text

FIRST = FEW - SPECIAL
"""The number of the first special message; before it come those of the demo's field."""
NOW = START + dt.timedelta(days=2)


@pytest.fixture(autouse=True)
def at_home(season_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(season_home))


@pytest.fixture(scope="module")
def mailbox(season: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return season.put_eml(tmp_path_factory.mktemp("season") / "ящик")


@pytest.fixture(scope="module")
def intake(season: Scenario, mailbox: Path, season_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The intake folder after the whole season was taken in."""
    folder = tmp_path_factory.mktemp("intake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLKIT_HOME", str(season_home))
        taken_in(mailbox, folder, season)
    return folder


def taken_in(mailbox: Path, intake: Path, season: Scenario, now: dt.datetime = NOW) -> GateResult:
    return gate(Folder(mailbox, NOW), intake, season.register, SETTINGS, now, season.assignments)


def answers(intake: Path) -> list[EmailMessage]:
    with Ledger(intake / LEDGER) as ledger:
        made = [ledger.letter(one.message_id) for one in ledger.standings()]
    return [email.message_from_bytes(one.eml, policy=email.policy.default) for one in made]  # type: ignore[misc]


def files_of(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*.xlsx*")}


def test_the_ledger_is_the_plan(season: Scenario, intake: Path) -> None:
    assert told_by(intake / LEDGER) == [one.told for one in season.plan]


def test_replays_change_nothing(season: Scenario, mailbox: Path, intake: Path) -> None:
    before, files = dump_of(intake / LEDGER), files_of(intake)
    assert taken_in(mailbox, intake, season, NOW + dt.timedelta(days=1)).taken == ()
    assert dump_of(intake / LEDGER) == before
    assert files_of(intake) == files


def test_each_answer_goes_to_the_sender_alone_in_the_thread(season: Scenario, intake: Path) -> None:
    made = answers(intake)
    assert sorted(str(one["To"]) for one in made) == sorted(one.sender for one in season.plan if one.answered)
    for one in made:
        assert one["From"].addresses[0].addr_spec == OWN
        assert one["Auto-Submitted"] == "auto-replied" and one["Cc"] is None
        assert one["In-Reply-To"] in str(one["References"]) and str(one["Subject"]).startswith("Re: ")


def test_workbooks_are_filed_by_cluster_as_they_came(season: Scenario, intake: Path) -> None:
    with Ledger(intake / LEDGER) as ledger:
        lines = ledger.submissions()
    for line in lines:
        if line.state == DUPLICATE:
            assert line.path == ""
            continue
        path = intake / line.path
        assert hashlib.sha256(path.read_bytes()).hexdigest() == line.workbook_sha256
        assert path.name == line.file and path.stat().st_mtime == line.received_at.timestamp()
        assert manifest_path(path).exists() == signature_path(path).exists() == bool(line.seal)
        if line.state == ACCEPTED:
            assert path.relative_to(intake).parts[:4] == ("accepted", line.cluster, line.form, "план")
        else:
            assert line.path.startswith("returned/" if line.state == RETURNED else "quarantine/")


def body_of(letter: EmailMessage, kind: str = "plain") -> str:
    part = letter.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def answer_to(intake: Path, sender: str, number: int = 0) -> EmailMessage:
    return [one for one in answers(intake) if one["To"] == sender][number]


def special(season: Scenario, number: int) -> str:
    return season.register.clusters[FIRST + number].emails[0]


@pytest.mark.parametrize(
    "number, words",
    [
        (0, ["«Книга.xlsx» принята", "Квитанция: ИРПО-2026-0000", "— в срок", "расхождений нет", "SHA-256"]),
        (2, ["с опозданием на 1 день"]),
        (3, ["-с — Кластер"]),
        (8, ["отложена", "а адрес отправителя в реестре — другого кластера"]),
        (9, ["Печать: EXACT"]),
        (10, ["Печать: RE-SAVED"]),
        (11, ["Печать: CHANGED", "отличается от опечатанной", "Титул!B"]),
        (12, ["Книги в письме не найдено", "winmail.dat"]),
        (13, ["не принята", "повреждён"]),
    ],
)  # fmt: skip
def test_what_the_answers_say(season: Scenario, intake: Path, number: int, words: list[str]) -> None:
    (letter, *_) = sorted(
        (one for one in answers(intake) if one["To"] == special(season, number)),
        key=lambda one: str(one["In-Reply-To"]),
    )
    for said in (body_of(letter), html.unescape(re.sub("<[^>]+>", " ", body_of(letter, "html")))):
        plain = " ".join(said.replace(": ", " ").split())
        assert [word for word in words if " ".join(word.replace(": ", " ").split()) not in plain] == []


def test_repeats_and_later_versions_name_the_earlier_receipt(season: Scenario, intake: Path) -> None:
    receipts = [[book.receipt for book in one.books] for one in season.plan if one.sender == special(season, 0)]
    assert receipts[0] == receipts[1]
    told = {str(one["In-Reply-To"]): body_of(one) for one in answers(intake)}
    assert "уже была принята" in told["<0a@special>"] and receipts[0][0] in told["<0a@special>"]
    (first,), (second,) = [[book.receipt for book in p.books] for p in season.plan if p.sender == special(season, 1)]
    assert f"Версия: 2; прежняя ({first}) сохранена" in told["<1a@special>"] and second in told["<1a@special>"]


def test_what_goes_back_is_annotated(season: Scenario, intake: Path, tmp_path: Path) -> None:
    (returned, *_) = [one for one in season.plan if one.state == RETURNED and one.books[0].version == 0]
    letter = answer_to(intake, returned.sender)
    copy, protocol = letter.iter_attachments()
    stem = returned.books[0].file.removesuffix(".xlsx")
    assert (copy.get_filename(), protocol.get_filename()) == (f"{stem} (проверено).xlsx", f"{stem} — протокол.html")
    book = openpyxl.load_workbook(io.BytesIO(copy.get_content()))
    assert book["Замечания"]["A5"].value is not None
    page = protocol.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert f"{stem}.xlsx" in page and "/xlkit-" not in page


def test_nothing_of_a_stranger_is_html() -> None:
    bad = "<script>alert(1)</script>"
    item = Item(bad, "bad", (bad,), ((bad, bad),), ((bad, (bad,)),))
    page = answer_html([item], [Text(bad, bad)])
    assert "<script" not in page and page.count("&lt;script&gt;") == 7


def test_status(season: Scenario, intake: Path) -> None:
    result = status(intake, season.register, NOW, season.assignments)
    states = {line.cluster.id: (line.state, line.late) for line in result.lines}
    for one in season.plan:
        for book in one.books:
            if book.state == ACCEPTED:
                assert states[book.cluster] == ("submitted", book.late)
    owing = {line.cluster.id for line in result.lines if line.state == "due"}
    ids = [cluster.id for cluster in season.register.clusters][-SPECIAL:]
    assert owing == {ids[6], ids[7], ids[8], ids[12]}
    assert [one.message.sender for one in result.aside] == [
        p.sender for p in season.plan if p.state in (QUARANTINED, IGNORED) and p.sender != special(season, 8)
    ], "what that one sent has come from its own cluster since"
    assert sum(result.counts[state] for state in ("submitted", "returned", "overdue", "due")) == FEW
    assert result.unknown == (), "the torn workbook's cluster has sent a whole one since"
    later = status(intake, season.register, NOW + dt.timedelta(days=60), season.assignments)
    assert {line.cluster.id for line in later.lines if line.state == "overdue"} == owing
    shown = list(status_text(result))
    assert sum(f"  {one.id}  " in "\n".join(shown) for one in season.register.clusters) == FEW
    assert json.loads(json.dumps(status_document(result)))["totals"] == result.counts


def test_by_maildir(season: Scenario, tmp_path: Path) -> None:
    some = season.some(FIRST + 2, FIRST + 8)
    taken_in(some.put_maildir(tmp_path / "Maildir"), tmp_path / "in", some)
    assert told_by(tmp_path / "in" / LEDGER) == [one.told for one in some.plan]


def test_a_second_gate_is_turned_away(season: Scenario, mailbox: Path, tmp_path: Path) -> None:
    with claimed(tmp_path / "gate"), pytest.raises(XlkitError):
        taken_in(mailbox, tmp_path, season)


# --- killed -----------------------------------------------------------------------------------------------


class Post:
    """A server that writes down what it was given, as a real one would."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def offer(self, sender: str, recipients: Iterable[str], size: int) -> dict[str, Answer]:
        return {one: Answer(250, "ok") for one in recipients}

    def transmit(self, eml: bytes) -> Answer:
        name = email.message_from_bytes(eml)["Message-ID"]
        with self.path.open("a") as stream:
            stream.write(f"{name}\n")
            stream.flush()
            os.fsync(stream.fileno())
        return Answer(250, "ok")

    def withdraw(self) -> None: ...

    def close(self) -> None: ...

    def deliver(self, outbox: Outbox) -> Text | None:
        return deliver(outbox, lambda: self, per_minute=100_000, clock=Clock(now=lambda: NOW))


def posted(mailbox: Path, intake: Path, season: Scenario) -> None:
    post = Post(intake / "posted")
    gate(Folder(mailbox, NOW), intake, season.register, SETTINGS, NOW, season.assignments, post.deliver)


def assert_whole(season: Scenario, intake: Path) -> None:
    """The ledger is the plan, and every answer has gone out once, or is in doubt after having gone out once or not."""
    assert told_by(intake / LEDGER) == [one.told for one in season.plan]
    with Ledger(intake / LEDGER) as ledger:
        standings = {f"<{one.message_id}>": one.state for one in ledger.standings()}
    sent = (intake / "posted").read_text().split()
    assert len(sent) == len(set(sent)) and set(sent) <= set(standings)
    assert {name for name, state in standings.items() if state == SENT} <= set(sent)
    assert set(standings.values()) <= {SENT, IN_DOUBT} and len(standings) == sum(one.answered for one in season.plan)


POSTED = [(f"{__name__}.Post.transmit", False), (f"{__name__}.Post.transmit", True)]
MOMENTS = [
    ("xlkit.actions.gate.judge.take_in", True),
    ("xlkit.safefile._rename", True),
    ("xlkit.mail.ledger.queue", True),
    ("xlkit.mail.ledger.Ledger.record", True),
    *POSTED,
]
LATER_MOMENTS = [("xlkit.mail.ledger.queue", True), ("xlkit.mail.ledger.Ledger.admit", True), POSTED[1]]
"""When the register has got the stranger's address."""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
def test_killed_again_and_again_it_ends_as_if_it_had_not_been(season: Scenario, tmp_path: Path) -> None:
    """Also when it takes in what was put aside."""
    some = season.some(FIRST + 4, FIRST + 8)
    mailbox, intake, whole = some.put_eml(tmp_path / "box"), tmp_path / "in", tmp_path / "whole"
    for now, moments in ((some, MOMENTS), (some.admitted(), LATER_MOMENTS)):
        for name, after in moments:
            assert killed_in(name, after, lambda now=now: posted(mailbox, intake, now)), name  # type: ignore[misc]
        posted(mailbox, intake, now)
        assert_whole(now, intake)
        posted(mailbox, whole, now)
    assert files_of(intake) == files_of(whole)


@pytest.mark.long
def test_killed_at_three_hundred_moments(season: Scenario, tmp_path: Path) -> None:
    chance, killed = random.Random(20261110), 0
    for number in range(1000):
        if killed >= 300:
            break
        some = season.some(FIRST, FIRST + 12)
        mailbox, intake = some.put_eml(tmp_path / f"box{number}"), tmp_path / f"in{number}"
        for now, most in ((some, 0.9), (some.admitted(), 0.4)):
            while killed_after(chance.uniform(0.02, most), lambda: posted(mailbox, intake, now)):  # noqa: B023
                killed += 1
            posted(mailbox, intake, now)
            assert_whole(now, intake)
        shutil.rmtree(intake)
        shutil.rmtree(mailbox)
    assert killed >= 300
