"""Sending to a peer that does everything that servers do: each fault ends in one state, and nothing goes out twice."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.mail.peer import (
    DROP,
    HANG,
    KEEP_AND_DROP,
    KEEP_AND_HANG,
    PASSWORD,
    WITNESS,
    Authority,
    Peer,
    make_authority,
    server_context,
    serving,
    settings_for,
)
from xlkit.claim import claimed
from xlkit.errors import XlkitError
from xlkit.mail.connection import Timeouts
from xlkit.mail.delivery import Clock, deliver
from xlkit.mail.outbox import QUEUED, SENT, Letter, Outbox
from xlkit.mail.smtp import SmtpServer
from xlkit.settings import TLS, MailSettings

START = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
A, B, C = "a@to.test", "b@to.test", "c@to.test"
TIMEOUTS = Timeouts(connect=2, answer=0.3, message=0.3)


@dataclass
class Time:
    """A clock that moves only while somebody waits."""

    now: dt.datetime = START

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda seconds: self.pass_(seconds=seconds))

    def pass_(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


def letter(number: int = 1, *recipients: str) -> Letter:
    message_id = f"{number}@send.test"
    eml = f"Message-ID: <{message_id}>\r\nSubject: x\r\n\r\n.строка\r\n..\r\n".encode()
    return Letter(message_id, eml, "sender@send.test", recipients or (A,), "x", "00", "submission")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def known_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", PASSWORD)


@pytest.fixture(scope="module")
def running(authority: Authority) -> Iterator[tuple[Peer, MailSettings]]:
    peer = Peer()
    with serving(peer, server_context(*authority.certificate("localhost"))) as port:
        yield peer, settings_for(port, authority.ca)


@pytest.fixture
def peer(running: tuple[Peer, MailSettings]) -> Peer:
    running[0].__init__()  # type: ignore[misc]
    return running[0]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.sqlite") as made:
        yield made


Send = Callable[..., str]


@pytest.fixture
def send(running: tuple[Peer, MailSettings], peer: Peer, outbox: Outbox) -> Send:
    """Deliver what is due; gives «a@to.test sent 250» for each recipient of each letter."""

    def deliver_all(time: Time, witness: str = "", per_minute: int = 30) -> str:
        trouble = deliver(
            outbox, lambda: SmtpServer(running[1], TIMEOUTS), witness=witness, per_minute=per_minute, clock=time.clock
        )
        assert trouble is None, trouble
        return ", ".join(f"{one.address[0]} {one.state} {one.code or one.answer}" for one in outbox.standings())

    return deliver_all


# --- one fault each ---------------------------------------------------------------------------------------

MAIL, DATA = ("MAIL", ""), ("DATA", "")
FAULTS = [
    pytest.param({}, "a sent 250, b sent 250", "a sent 250, b sent 250", id="nothing"),
    pytest.param({MAIL: ["451 later"]}, "a queued 451, b queued 451", "a sent 250, b sent 250", id="4xx of MAIL"),
    pytest.param({MAIL: ["550 never"]}, "a failed 550, b failed 550", None, id="5xx of MAIL"),
    pytest.param({MAIL: ["421 bye"]}, "a queued 421, b queued 421", "a sent 250, b sent 250", id="421"),
    pytest.param({MAIL: [HANG]}, "a queued timeout, b queued timeout", "a sent 250, b sent 250", id="time-out of MAIL"),
    pytest.param({MAIL: [DROP]}, "a queued lost, b queued lost", "a sent 250, b sent 250", id="drop at MAIL"),
    pytest.param({("RCPT", B): ["450 grey"]}, "a sent 250, b queued 450", "a sent 250, b sent 250", id="greylisting"),
    pytest.param({("RCPT", B): ["550 who"]}, "a sent 250, b refused 550", None, id="one refused"),
    pytest.param({("RCPT", B): [DROP]}, "a queued lost, b queued lost", "a sent 250, b sent 250", id="drop at RCPT"),
    pytest.param({DATA: ["451 later"]}, "a queued 451, b queued 451", "a sent 250, b sent 250", id="4xx of DATA"),
    pytest.param({DATA: ["554 spam"]}, "a failed 554, b failed 554", None, id="5xx of DATA"),
    pytest.param({DATA: [DROP]}, "a in_doubt lost, b in_doubt lost", None, id="drop after DATA, lost"),
    pytest.param({DATA: [KEEP_AND_DROP]}, "a in_doubt lost, b in_doubt lost", None, id="drop after DATA, kept"),
    pytest.param({DATA: [KEEP_AND_HANG]}, "a in_doubt timeout, b in_doubt timeout", None, id="time-out after DATA"),
]


@pytest.mark.parametrize(("script", "first", "second"), FAULTS)
def test_a_fault_ends_in_one_state(
    send: Send, peer: Peer, outbox: Outbox, script: dict[tuple[str, str], list[str]], first: str, second: str | None
) -> None:
    """``second``: how it stands at the second attempt, a minute later; ``None``: there is none."""
    peer.script.update(script)
    time = Time()
    outbox.queue(letter(1, A, B), time.now)
    assert send(time) == first
    taken = len(peer.accepted)
    assert send(time) == first, "not before a minute has passed"
    time.pass_(minutes=1)
    assert send(time) == (second or first)
    if second is None:
        assert len(peer.accepted) == taken
    else:
        reached = [address for one in peer.accepted for address in one.recipients]
        assert sorted(reached) == [A, B], "each once"


def test_one_of_three_is_refused_and_the_others_get_it(send: Send, peer: Peer, outbox: Outbox) -> None:
    peer.script["RCPT", B] = ["550 no such user"]
    outbox.queue(letter(1, A, B, C), START)
    assert send(Time()) == "a sent 250, b refused 550, c sent 250"
    assert [one.recipients for one in peer.accepted] == [(A, C)]
    assert peer.accepted[0].content == letter().eml, "dots at the beginning of lines come through"


def test_a_letter_that_all_refuse_is_not_sent_to_the_witness_alone(send: Send, peer: Peer, outbox: Outbox) -> None:
    peer.script["RCPT", A] = ["550 no such user"]
    outbox.queue(letter(1, A), START)
    outbox.queue(letter(2, B), START)
    assert send(Time(), WITNESS) == "a refused 550, b sent 250"
    assert [one.recipients for one in peer.accepted] == [(B, WITNESS)]


def test_each_transmission_has_a_token_of_its_own_if_the_witness_gets_it(
    send: Send, peer: Peer, outbox: Outbox
) -> None:
    peer.script["RCPT", B] = ["450 grey"]
    peer.script["RCPT", WITNESS] = ["250 OK", "550 full"]
    outbox.queue(letter(1, A, B), START)
    time = Time()
    send(time, WITNESS)
    time.pass_(minutes=1)
    send(time, WITNESS)
    assert [one.transfer for one in outbox.standings()] == [peer.accepted[0].transfer, ""]
    assert peer.accepted[0].transfer and not peer.accepted[1].transfer


def test_one_connection_serves_many_letters_and_is_made_anew_when_it_is_lost(
    send: Send, peer: Peer, outbox: Outbox
) -> None:
    for number in range(6):
        outbox.queue(letter(number), START)
    peer.script[MAIL] = ["", "", "", "421 that was enough"]
    assert send(Time()).count("sent") == 6
    assert peer.connections == 2
    assert {one.attempts for one in outbox.standings()} == {0}, "a tired server is no letter's fault"


def test_not_more_in_a_minute_than_is_allowed_also_over_several_runs(send: Send, outbox: Outbox) -> None:
    time = Time()
    for number in range(5):
        outbox.queue(letter(number), time.now)
    assert send(time, per_minute=2).count("sent") == 5
    assert time.now == START + dt.timedelta(minutes=2)
    outbox.queue(letter(5), time.now)
    outbox.queue(letter(6), time.now)
    send(time, per_minute=2)
    assert time.now == START + dt.timedelta(minutes=3)


def test_a_clock_that_was_set_back_holds_nothing_up(send: Send, outbox: Outbox) -> None:
    time = Time(START + dt.timedelta(days=400))
    outbox.queue(letter(1), START)
    send(time, per_minute=1)
    time.now = START
    outbox.queue(letter(2), START)
    assert send(time, per_minute=1).count("sent") == 2
    assert time.now == START


def test_too_many_attempts_end(send: Send, peer: Peer, outbox: Outbox) -> None:
    time = Time()
    outbox.queue(letter(), time.now)
    peer.script["RCPT", A] = ["450 grey"] * 20
    for _ in range(10):
        told = send(time)
        time.pass_(hours=4)
    assert told == "a failed 450" and outbox.standings()[0].attempts == 8


def test_letters_in_doubt_are_not_sent_again_by_themselves(send: Send, outbox: Outbox, peer: Peer) -> None:
    outbox.queue(letter(), START)
    outbox.begin(letter().message_id, [A], "", START)  # and then the process was killed
    assert send(Time(START + dt.timedelta(days=1))) == "a in_doubt "
    assert peer.accepted == []


# --- the connection ---------------------------------------------------------------------------------------


def test_a_second_process_is_turned_away(send: Send, outbox: Outbox) -> None:
    with claimed(outbox.path), pytest.raises(XlkitError, match="другой процесс"):
        send(Time())


def tried(outbox: Outbox, settings: MailSettings) -> str:
    """What is told where nothing can be sent; the letter waits, and no attempt of it is counted."""
    outbox.queue(letter(), START)
    trouble = deliver(outbox, lambda: SmtpServer(settings, TIMEOUTS), clock=Time().clock)
    (one,) = outbox.standings()
    assert (one.state, one.attempts) == (QUEUED, 0)
    assert trouble is not None and trouble.en
    return trouble.ru


def test_without_starttls_nothing_is_sent(authority: Authority, outbox: Outbox) -> None:
    with serving(peer := Peer(), None) as port:
        assert "не предлагает шифрования" in tried(outbox, settings_for(port, authority.ca))
    assert peer.accepted == []


@pytest.mark.parametrize("trouble", ["unknown authority", "another host"])
@pytest.mark.parametrize("direct", [False, True], ids=["starttls", "tls"])
def test_a_wrong_certificate_is_refused(
    authority: Authority, outbox: Outbox, tmp_path: Path, trouble: str, direct: bool
) -> None:
    issuer = make_authority(tmp_path / "other") if trouble == "unknown authority" else authority
    name = "localhost" if trouble == "unknown authority" else "elsewhere.test"
    with serving(peer := Peer(), server_context(*issuer.certificate(name)), direct=direct) as port:
        settings = settings_for(port, authority.ca, smtp_security=TLS if direct else "starttls")
        assert "сертификат не подтверждён" in tried(outbox, settings)
    assert peer.accepted == []


def test_tls_from_the_first_byte(authority: Authority, outbox: Outbox) -> None:
    with serving(peer := Peer(), server_context(*authority.certificate("localhost")), direct=True) as port:
        outbox.queue(letter(), START)
        settings = settings_for(port, authority.ca, smtp_security=TLS)
        assert deliver(outbox, lambda: SmtpServer(settings, TIMEOUTS), clock=Time().clock) is None
        assert [one.state for one in outbox.standings()] == [SENT] and len(peer.accepted) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"smtp_port": 9}, "не принимает соединений"), ({"smtp_host": "no.such.host.invalid"}, "такого сервера нет"),
     ({"smtp_security": TLS}, "вид защиты"), ({"smtp_host": ""}, "xlkit mail setup")],
)  # fmt: skip
def test_a_server_that_cannot_be_reached(
    running: tuple[Peer, MailSettings], outbox: Outbox, changes: dict[str, object], said: str
) -> None:
    assert said in tried(outbox, replace(running[1], **changes))  # type: ignore[arg-type]


def test_a_server_that_says_nothing(running: tuple[Peer, MailSettings], outbox: Outbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outbox.queue(letter(), START)
        settings, timeouts = replace(running[1], smtp_port=port), Timeouts(0.3, 0.3, 0.3)
        trouble = deliver(outbox, lambda: SmtpServer(settings, timeouts), clock=Time().clock)
    assert trouble is not None and "не ответил вовремя" in trouble.ru


@pytest.mark.parametrize("secret", ["wrong", "неверный"])
def test_a_wrong_password(
    running: tuple[Peer, MailSettings], outbox: Outbox, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", secret)
    told = tried(outbox, running[1])
    assert "не принял имя" in told and secret not in told


def test_an_address_in_russian_goes_only_where_it_can(send: Send, outbox: Outbox, peer: Peer) -> None:
    outbox.queue(letter(1, "иван@to.test"), START)
    assert send(Time()) == "и failed no-smtputf8"
