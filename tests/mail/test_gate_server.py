"""Both directions through Postfix and Dovecot: forty clusters send, the gate reads by IMAP, its answers arrive."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.scenario import OWN, Book, Planned, Scenario, content_of, dump_of, scenario, told_by
from tests.mailserver import PASSWORD, MailServer
from xlkit.actions.account import write_settings
from xlkit.actions.gate import GateResult, delivery_of, gate
from xlkit.actions.seal import EXACT
from xlkit.actions.send import send
from xlkit.demo.field import make_field
from xlkit.mail.ledger import ACCEPTED, LEDGER, receipt_number
from xlkit.mail.mailboxes import source_of
from xlkit.mail.smtp import SmtpServer
from xlkit.seal.keys import active_key

CLUSTERS = 40
BY_XLKIT = 4
"""Ordinary messages that ``xlkit send`` makes and sends; the others are made by hand."""
LATER = 3
"""Messages at the end that come when the others have been taken in."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XLKIT_MAIL_PASSWORD", PASSWORD)
    return tmp_path


def sent_by_hand(server: MailServer, plan: list[Planned]) -> None:
    post = SmtpServer(server.settings("postman@example.org"))
    for one in plan:
        assert post.offer(one.sender, [OWN], len(one.eml))[OWN].is_yes
        assert post.transmit(one.eml).is_yes
    post.close()


def sent_by_xlkit(server: MailServer, season: Scenario, folder: Path) -> list[Planned]:
    """Each cluster sends its workbook from an address of its own; what the plan is then."""
    plan = []
    for draft, one in zip(make_field(BY_XLKIT).drafts[:BY_XLKIT], season.plan, strict=False):
        (book,) = one.books
        path = folder / book.file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content_of(draft))
        write_settings(server.settings(one.sender, name="Кластер"))
        (result,) = send([str(path)], [OWN], allow_findings="проверка почты").files
        assert result.is_sent, (result.refusal, result.standings)
        plan.append(replace(one, books=(replace(book, seal=EXACT),)))
    return plan


def told(rows: list[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    """Without the numbers of the receipts: messages that are sent at the same time arrive in any order."""
    return Counter((*row[:3], tuple(replace(book, receipt="") for book in row[3])) for row in rows)  # type: ignore[attr-defined]


def taken_in(server: MailServer, season: Scenario, intake: Path) -> GateResult:
    settings = server.settings(OWN, name="Почтовый ящик ИРПО")
    source, now = source_of(None, settings), dt.datetime.now(dt.UTC)
    return gate(source, intake, season.register, settings, now, season.assignments, delivery_of(settings))


def test_a_season_by_post(mail_server: MailServer, home: Path) -> None:
    season = scenario(CLUSTERS, dt.datetime.now(dt.UTC).replace(microsecond=0))
    plan = sent_by_xlkit(mail_server, season, home / "books") + season.plan[BY_XLKIT:]
    assert active_key() is not None
    sent_by_hand(mail_server, plan[BY_XLKIT:-LATER])
    mail_server.messages(OWN, len(plan) - LATER)
    intake = home / "приём"
    first = taken_in(mail_server, season, intake)
    assert first.delivery is None and first.unsent == ()
    assert told(told_by(intake / LEDGER)) == told([one.told for one in plan[:-LATER]])
    for number, one in enumerate(plan[-LATER:], start=1):
        sent_by_hand(mail_server, [one])
        mail_server.messages(OWN, len(plan) - LATER + number)
    assert len(taken_in(mail_server, season, intake).taken) == LATER

    rows = told_by(intake / LEDGER)
    assert told(rows) == told([one.told for one in plan])
    given = [book.receipt for row in rows for book in books_of(row) if book.state == ACCEPTED]
    year = dt.datetime.now(dt.UTC).year
    assert sorted(given) == [receipt_number(year, number + 1) for number in range(len(given))]
    before = dump_of(intake / LEDGER)
    assert taken_in(mail_server, season, intake).taken == ()
    assert dump_of(intake / LEDGER) == before
    assert_answered(mail_server, plan)


def books_of(row: tuple[object, ...]) -> tuple[Book, ...]:
    return row[3]  # type: ignore[return-value]


def assert_answered(server: MailServer, plan: list[Planned]) -> None:
    """Every sender has as many answers as the plan says, with the names of the workbooks as they were."""
    answers = Counter(one.sender for one in plan if one.answered)
    for one in plan:
        if not one.sender.endswith("@example.org"):
            continue
        arrived = server.messages(one.sender, answers[one.sender])
        assert len(arrived) == answers[one.sender]
        read = [email.message_from_bytes(content, policy=email.policy.default) for content in arrived]
        texts = " ".join(str(part.get_content()) for message in read if (part := message.get_body(("plain",))))
        assert all(book.file in texts for book in one.books) or not one.answered
        names = [part.get_filename() for message in read for part in message.iter_attachments()]
        assert all("(проверено)" in name or "протокол" in name for name in names)
