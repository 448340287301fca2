"""Quarantine: what is put aside is kept whole, listed, and taken in once the register knows its sender."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mail.messages import message, part, zipped
from tests.mail.scenario import SETTINGS, content_of, dump_of
from xlkit.actions.gate.quarantine import quarantine
from xlkit.actions.gate.result import GateResult
from xlkit.actions.gate.run import gate
from xlkit.actions.gate.status import status
from xlkit.demo.made import made_clusters, made_draft
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.mailboxes import Folder
from xlkit.report.gate_text import gate_text, status_text
from xlkit.rules.registered import Deadline, Register

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
CAME = dt.datetime(2026, 11, 10, 14, tzinfo=dt.UTC)
OTHER = "second@college.example.org"
CLUSTERS = tuple(
    replace(cluster, emails=(f"{name}.example.org",))
    for cluster, name in zip(made_clusters(2), ("first@college", "first@school"), strict=True)
)
DRAFTS = [made_draft(cluster) for cluster in CLUSTERS]
DUE = (Deadline(DRAFTS[0].edition.form, "план", "10.11.2026 18:00"),)
REGISTER = Register("r", CLUSTERS, deadlines=DUE)
Run = Callable[..., GateResult]


def knowing(*addresses: str) -> Register:
    """The register once the clusters have these addresses besides, one each."""
    more = [replace(cluster, emails=(*cluster.emails, one)) for cluster, one in zip(CLUSTERS, addresses, strict=False)]
    return replace(REGISTER, clusters=(*more, *CLUSTERS[len(more) :]))


@pytest.fixture(scope="module")
def books() -> list[bytes]:
    return [content_of(draft) for draft in DRAFTS]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Take in the mailbox, with a message more that came in time."""
    (tmp_path / "box").mkdir()

    def taken_in(register: Register, sender: str = "", **files: bytes) -> GateResult:
        if files:
            headers = ["Received: x; Tue, 10 Nov 2026 17:00:00 +0300", "References: <a@x> <b@x>"]
            parts = [part(name, content) for name, content in files.items()]
            eml = message(parts, sender=f"Колледж <{sender}>", message_id="<1@x>", headers=headers)
            (tmp_path / "box" / f"{len(files)}.eml").write_bytes(eml)
        return gate(Folder(tmp_path / "box", NOW), tmp_path / "in", register, SETTINGS, NOW)

    return taken_in


def answers(intake: Path) -> list[EmailMessage]:
    with Ledger(intake / LEDGER) as ledger:
        made = [ledger.letter(one.message_id).eml for one in ledger.standings()]
    return [email.message_from_bytes(eml, policy=email.policy.default) for eml in made]  # type: ignore[misc]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_an_address_that_joins_the_register_lets_its_message_in(tmp_path: Path, run: Run, books: list[bytes]) -> None:
    intake = tmp_path / "in"
    archive = zipped({"Программа.xlsx": books[0]})
    assert run(REGISTER, OTHER, **{"Отчёт.zip": archive}).taken[0].message.state == "quarantined"
    (aside,) = quarantine(intake, REGISTER).messages
    assert (aside.near, aside.known) == (CLUSTERS[0].id, False), "it may well be that cluster's"
    assert (intake / aside.path).read_bytes() == (tmp_path / "box" / "1.eml").read_bytes()
    shown = "\n".join(status_text(status(intake, REGISTER, NOW)))
    assert f"{OTHER} · «Программа»: отложено · Отчёт.zip · " in shown and "тот же домен у адресов кластера" in shown

    result = run(knowing(OTHER))
    (one,) = result.taken
    (line,) = one.submissions
    assert one.admitted and result.exit_code == 0 and result.counts["admitted"] == 1
    assert "0 новых писем, из отложенных прежде 1: принято 1" in "\n".join(gate_text(result))
    assert (line.state, line.file, line.received_at, line.late) == ("accepted", "Программа.xlsx", CAME, False)
    assert (intake / line.path).read_bytes() == books[0]
    assert one.message.why == f"Было отложено: Адреса {OTHER} нет в реестре"
    (answer,) = answers(intake)
    assert (answer["To"], answer["In-Reply-To"]) == (OTHER, "<1@x>") and "<a@x> <b@x>" in answer["References"]
    assert line.receipt in text_of(answer) and "— в срок" in text_of(answer)
    assert quarantine(intake, REGISTER).messages == status(intake, REGISTER, NOW).aside == ()
    before = dump_of(intake / LEDGER)
    assert run(knowing(OTHER)).taken == run(REGISTER).taken == ()
    assert dump_of(intake / LEDGER) == before and f"'{NOW.isoformat(timespec='microseconds')}'" in before


def test_a_workbook_of_another_cluster_comes_in_alone(tmp_path: Path, run: Run, books: list[bytes]) -> None:
    sender, intake = CLUSTERS[0].emails[0], tmp_path / "in"
    first = run(REGISTER, sender, **{"а.xlsx": books[0], "б.xlsx": books[1], "в.rar": b"Rar!\x1a\x07"})
    (mine, others) = first.taken[0].submissions
    assert (mine.state, others.state, first.exit_code) == ("accepted", "quarantined", 1)
    assert [one.known for one in quarantine(intake, REGISTER).messages] == [True]
    (one,) = run(knowing("", sender)).taken
    assert [(line.number, line.state, line.file) for line in one.submissions] == [(2, "accepted", "б.xlsx")]
    with Ledger(intake / LEDGER) as ledger:
        assert ledger.submissions() == [mine, *one.submissions] and ledger.messages() == [one.message]
    assert one.message.state == "accepted" and one.message.books == 2
    told = [text_of(letter) for letter in answers(intake)]
    assert len(told) == 2 and sum("в.rar" in text for text in told) == 1, "what was told is not told again"
    assert sum(mine.receipt in text for text in told) == 1
    assert run(knowing("", sender)).taken == ()


def test_what_stays_aside_is_asked_about_once(tmp_path: Path, run: Run, books: list[bytes]) -> None:
    run(REGISTER, OTHER, **{"а.xlsx": books[1]})
    result = run(knowing(OTHER))
    assert [(one.message.state, bool(one.message.answer)) for one in result.taken] == [("quarantined", True)]
    assert result.exit_code == 1 and run(knowing(OTHER)).taken == ()
    (one,) = run(knowing(OTHER, OTHER)).taken
    assert one.message.state == "accepted" and len(answers(tmp_path / "in")) == 2


def test_what_cannot_be_read_of_a_stranger_is_not_lost(tmp_path: Path, run: Run) -> None:
    (one,) = run(REGISTER, OTHER, **{"winmail.dat": b"\x78\x9f\x3e\x22"}).taken
    assert one.message.state == "quarantined" and "winmail.dat" in one.message.why
    (one,) = run(knowing(OTHER)).taken
    assert one.message.state == "nothing" and "winmail.dat" in text_of(*answers(tmp_path / "in"))
    assert run(knowing(OTHER)).taken == ()


@pytest.mark.parametrize("content", [None, b"From: x"])
def test_a_message_that_is_gone_is_told(tmp_path: Path, run: Run, content: bytes | None) -> None:
    intake = tmp_path / "in"
    run(REGISTER, OTHER, **{"а.xlsx": b"x"})
    (path,) = intake.glob("quarantine/*.eml")
    path.unlink() if content is None else path.write_bytes(content)
    before = dump_of(intake / LEDGER)
    result = run(knowing(OTHER))
    (note,) = [note for note in result.notes if "Отложенное письмо" in note.ru]
    assert path.name in note.ru and OTHER in note.ru and result.taken == ()
    assert dump_of(intake / LEDGER) == before


def test_a_public_domain_says_nothing(run: Run, tmp_path: Path) -> None:
    public = replace(
        REGISTER, clusters=tuple(replace(one, emails=(f"{one.key}@mail.example.org",)) for one in CLUSTERS)
    )
    run(public, "spam@mail.example.org", **{"а.xlsx": b"x"})
    (aside,) = quarantine(tmp_path / "in", public).messages
    assert aside.near == "" and not aside.is_likely
