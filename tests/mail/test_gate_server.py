"""Both directions through Postfix and Dovecot: the clusters send, the gate reads by IMAP, its answers arrive."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.scenario import FEW, OWN, SPECIAL, Book, Planned, Scenario, dump_of, scenario, told_by
from tests.mailserver import PASSWORD, MailServer
from xlkit.actions.account import write_settings
from xlkit.actions.gate.result import GateResult
from xlkit.actions.gate.run import delivery_of, gate
from xlkit.actions.seal import EXACT
from xlkit.cli import main
from xlkit.mail.ledger import LEDGER, receipt_number
from xlkit.mail.ledger_lines import ACCEPTED, QUARANTINED
from xlkit.mail.mailboxes import source_of
from xlkit.mail.smtp import SmtpServer

COUNTS = [
    pytest.param(FEW, 3, id="some"),
    pytest.param(40 + SPECIAL, 1000, id="the demo's forty and the special ones", marks=pytest.mark.long),
]
"""How many clusters, and of how many of their messages ``xlkit send`` makes as many as it can; the others are made by
hand: archives, forwarded messages, automatic ones, workbooks that were changed after they were sealed, and such."""
LATER = 3
"""Messages at the end that come when the others have been taken in."""


@pytest.fixture(autouse=True)
def home(season_home: Path, season: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", shutil.copytree(season_home, tmp_path / "home").as_posix())
    monkeypatch.setenv("XLKIT_MAIL_PASSWORD", PASSWORD)
    return tmp_path


def sent_by_hand(server: MailServer, plan: list[Planned]) -> None:
    post = SmtpServer(server.settings("postman@example.org"))
    for one in plan:
        assert post.offer(one.sender, [OWN], len(one.eml))[OWN].is_yes
        assert post.transmit(one.eml).is_yes
    post.close()


def sent_by_xlkit(server: MailServer, one: Planned, folder: Path, capsys: pytest.CaptureFixture[str]) -> Planned:
    """A cluster sends its workbook from an address of its own; what the plan is then."""
    (book,) = one.books
    path = folder / str(len(list(folder.iterdir()))) / book.file
    path.parent.mkdir()
    path.write_bytes(one.workbook)
    write_settings(server.settings(one.sender, name="Кластер"))
    with pytest.raises(SystemExit) as ended:
        main(["send", str(path), "--to", OWN, "--allow-findings", "проверка почты", "--json"])
    assert ended.value.code == 0, capsys.readouterr()
    capsys.readouterr()
    is_opened = one.state != QUARANTINED or one.answered
    return replace(one, books=(replace(book, seal=EXACT if is_opened else ""),))


def told(rows: list[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    """Without the numbers of the receipts: messages that are sent at the same time arrive in any order."""
    return Counter((*row[:3], tuple(replace(book, receipt="") for book in row[3])) for row in rows)  # type: ignore[attr-defined]


def taken_in(server: MailServer, season: Scenario, intake: Path) -> GateResult:
    settings = server.settings(OWN, name="Почтовый ящик ИРПО")
    source, now = source_of(None, settings), dt.datetime.now(dt.UTC)
    return gate(source, intake, season.register, settings, now, season.assignments, delivery_of(settings))


@pytest.mark.parametrize(("clusters", "by_xlkit"), COUNTS)
def test_a_season_by_post(
    mail_server: MailServer, season: Scenario, home: Path, clusters: int, by_xlkit: int,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    mail_server.empty()
    season = season if clusters == FEW else scenario(clusters)
    season = season.moved(dt.datetime.now(dt.UTC).replace(microsecond=0))
    (home / "books").mkdir()
    able = [one for one in season.plan if one.workbook][:by_xlkit]

    def sent(some: list[Planned]) -> list[Planned]:
        by_hand = [one for one in some if one not in able]
        sent_by_hand(mail_server, by_hand)
        made = [sent_by_xlkit(mail_server, one, home / "books", capsys) for one in some if one in able]
        mail_server.messages(OWN, len(plan) + len(some))
        return [*by_hand, *made]

    plan: list[Planned] = []
    plan += sent(season.plan[:-LATER])
    intake = home / "приём"
    first = taken_in(mail_server, season, intake)
    assert first.delivery is None and first.unsent == ()
    assert told(told_by(intake / LEDGER)) == told([one.told for one in plan])
    for one in season.plan[-LATER:]:
        plan += sent([one])
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
    states = ", ".join(f"{state} {count}" for state, count in Counter(one.state for one in plan).items())
    print(f"{len(plan)} messages, {len(able)} of them by xlkit send; receipts {len(given)}; {states}")


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
