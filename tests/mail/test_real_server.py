"""Against Postfix and Dovecot: what is sent arrives whole, and doubt is settled by asking the mailbox."""

from __future__ import annotations

import datetime as dt
import email
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from pathlib import Path
from typing import Any

import pytest

from tests.mail.peer import make_authority
from tests.mailserver import PASSWORD, MailServer
from xlkit.actions.account import try_account, write_settings
from xlkit.actions.doctor import State, doctor
from xlkit.actions.outbox import resolve
from xlkit.mail.delivery import CLOCK, Clock, deliver
from xlkit.mail.imap import signed_in, witnessed
from xlkit.mail.message import Attachment, Draft, compose
from xlkit.mail.outbox import IN_DOUBT, QUEUED, REFUSED, SENT, Outbox
from xlkit.mail.smtp import Answer, SmtpServer, Uncertain
from xlkit.settings import MailSettings

NAME = "Программа деятельности — «Ёлки», № 1.xlsx"
WITNESS = "archive@send.test"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    monkeypatch.setenv("XLKIT_MAIL_PASSWORD", PASSWORD)
    return tmp_path


@pytest.fixture
def settings(mail_server: MailServer) -> Iterator[MailSettings]:
    yield mail_server.settings("college@send.test", witness=WITNESS)
    mail_server.empty()


def draft(*recipients: str) -> Draft:
    return Draft(recipients, "Тема", "Текст\n", "<p>Текст</p>", (Attachment(NAME, b"PK" * 5000),), workbook_sha256="00")


def test_a_letter_arrives_with_its_cyrillic_names(mail_server: MailServer, settings: MailSettings, home: Path) -> None:
    letter = compose(settings, draft("firpo@to.test", "nobody@elsewhere.test"), CLOCK.now())
    with Outbox(home / "outbox.sqlite") as outbox:
        outbox.queue(letter, CLOCK.now())
        assert deliver(outbox, lambda: SmtpServer(settings), witness=WITNESS) is None
        sent, refused = sorted(outbox.standings(), key=lambda one: one.state, reverse=True)
    assert (sent.address, sent.state) == ("firpo@to.test", SENT), mail_server.log
    assert (refused.address, refused.state, refused.code) == ("nobody@elsewhere.test", REFUSED, 554)
    mail_server.messages("firpo@to.test", 1)
    inbox = replace(settings, sender="firpo@to.test")
    with signed_in(inbox) as client:
        client.select_folder("INBOX", readonly=True)
        (uid,) = client.search(["HEADER", "Message-ID", f"<{letter.message_id}>"])
        content = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    assert content.endswith(letter.eml)
    message = email.message_from_bytes(content, policy=policy.default)
    (one,) = message.iter_attachments()
    assert (one.get_filename(), one.get_payload(decode=True), message["Subject"]) == (NAME, b"PK" * 5000, "Тема")


def test_two_people_of_one_domain_have_a_mailbox_each(
    mail_server: MailServer, settings: MailSettings, home: Path
) -> None:
    with Outbox(home / "outbox.sqlite") as outbox:
        outbox.queue(compose(settings, draft("firpo@to.test", "second@to.test"), CLOCK.now()), CLOCK.now())
        assert deliver(outbox, lambda: SmtpServer(settings)) is None
    assert len(mail_server.messages("firpo@to.test", 1)) == len(mail_server.messages("second@to.test", 1)) == 1


class Dropping(SmtpServer):
    """The server has the letter, and its answer is lost on the way."""

    def transmit(self, eml: bytes) -> Answer:
        super().transmit(eml)
        raise Uncertain(Answer(None, "lost"))


class Deaf(SmtpServer):
    """The letter itself is lost."""

    def transmit(self, eml: bytes) -> Answer:
        raise Uncertain(Answer(None, "lost"))


@pytest.mark.parametrize(("server", "after"), [(Dropping, SENT), (Deaf, QUEUED)])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_doubt_is_settled_by_the_witness(
    mail_server: MailServer, settings: MailSettings, home: Path, server: type[SmtpServer], after: str, security: str
) -> None:
    port = mail_server.imaps_port if security == "tls" else mail_server.imap_port
    # The witness's mailbox has a login of its own.
    write_settings(replace(settings, user=WITNESS, imap_security=security, imap_port=port))
    letter = compose(settings, draft("firpo@to.test"), CLOCK.now())
    with Outbox(home / "outbox.sqlite") as outbox:
        outbox.queue(letter, CLOCK.now())
        deliver(outbox, lambda: server(settings), witness=WITNESS)
        assert [one.state for one in outbox.standings()] == [IN_DOUBT]
        if server is Dropping:
            mail_server.messages(WITNESS, 1)
        (soon,) = resolve().standings
        assert soon.state == (SENT if after == SENT else IN_DOUBT), "it may still be on its way"
        later = Clock(lambda: CLOCK.now() + dt.timedelta(minutes=16))
        if after == QUEUED:
            assert [one.state for one in resolve(clock=later).standings] == [QUEUED]
            assert deliver(outbox, lambda: SmtpServer(settings), witness=WITNESS, clock=later) is None
    arrived = mail_server.messages("firpo@to.test", 1)
    assert len(arrived) == 1 and f"<{letter.message_id}>".encode() in arrived[0]


def test_the_copy_of_another_transmission_proves_nothing(
    mail_server: MailServer, settings: MailSettings, home: Path
) -> None:
    """The first went to a@, of the second (to b@) nothing is known: the witness's copy of the first is no proof."""
    letter = compose(settings, draft("a@to.test", "b@to.test"), CLOCK.now())
    with Outbox(home / "outbox.sqlite") as outbox:
        outbox.queue(letter, CLOCK.now())
        outbox.postpone(letter.message_id, ["b@to.test"], CLOCK.now(), 450, "grey")
        deliver(outbox, lambda: SmtpServer(settings), witness=WITNESS)
        later = Clock(lambda: CLOCK.now() + dt.timedelta(minutes=2))
        deliver(outbox, lambda: Deaf(settings), witness=WITNESS, clock=later)
        mail_server.messages(WITNESS, 1)
        write_settings(replace(settings, user=WITNESS))
        assert [one.state for one in outbox.standings()] == [SENT, IN_DOUBT]
        assert [one.state for one in resolve().standings] == [SENT, IN_DOUBT]
    assert witnessed(replace(settings, user=WITNESS), [letter.message_id, "no@such.test"]) == {
        (letter.message_id, outbox_transfer(home, "a@to.test"))
    }


def outbox_transfer(home: Path, address: str) -> str:
    with Outbox(home / "outbox.sqlite") as outbox:
        return next(one.transfer for one in outbox.standings() if one.address == address)


@pytest.mark.parametrize(
    ("changes", "said"),
    [({}, [None, None]), ({"imap_host": ""}, [None]),
     ({"smtp_host": "127.0.0.1", "imap_host": "127.0.0.1"}, ["сертификат не подтверждён"] * 2),
     ({"ca_file": "other"}, ["сертификат не подтверждён"] * 2),
     ({"smtp_port": 9, "imap_port": 9}, ["не принимает"] * 2), ({"imap_port": "in the clear"}, [None, "вид защиты"])],
)  # fmt: skip
def test_the_account_is_tried(
    mail_server: MailServer, settings: MailSettings, home: Path, changes: dict[str, Any], said: list[str | None]
) -> None:
    if "ca_file" in changes:
        changes = {"ca_file": str(make_authority(home / "other").ca)}
    if changes.get("imap_port") == "in the clear":
        changes = {"imap_port": mail_server.imap_port}
    tried = [one.trouble for one in try_account(replace(settings, **changes))]
    assert len(tried) == len(said)
    for trouble, expected in zip(tried, said, strict=True):
        assert (trouble is None) == (expected is None) and (trouble is None or str(expected) in trouble.ru)


def test_a_wrong_password_is_told_by_both(settings: MailSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_MAIL_PASSWORD", "wrong")
    for one in try_account(settings):
        assert one.trouble is not None and "не принял имя" in one.trouble.ru


def mail_lines() -> list[tuple[State, str]]:
    return [(one.state, one.said.ru) for one in doctor("linux", {}).things if one.name == "mail"]


def test_the_doctor_tries_the_mail_once_it_is_set(settings: MailSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail_lines() == [(State.GOOD, "почта не настроена (xlkit mail setup)")]
    write_settings(settings)
    assert mail_lines() == [(State.GOOD, "SMTP: вход выполнен"), (State.GOOD, "IMAP: вход выполнен")]
    monkeypatch.setenv("XLKIT_IMAP_PASSWORD", "wrong")
    (_, smtp), (state, imap) = mail_lines()
    assert smtp == "SMTP: вход выполнен" and state is State.WRONG and "не принял имя" in imap and "wrong" not in imap
    monkeypatch.delenv("XLKIT_MAIL_PASSWORD")
    write_settings(replace(settings, imap_host="", smtp_host="no.such.host.invalid"))
    assert [state for state, _ in mail_lines()] == [State.WRONG]
