"""A server that answers that it does not serve us: its words are told, and kept beside the letters that wait."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.mail.peer import Peer
from tests.mail.test_smtp import (
    TIMEOUTS,
    Time,
    authority,
    known_password,
    letter,
    outbox,
    peer,
    running,
    settings_for,
)
from xlkit.errors import XlkitError
from xlkit.mail.delivery import deliver
from xlkit.mail.outbox import QUEUED, SENT, Outbox
from xlkit.mail.smtp import SmtpServer, _log_in
from xlkit.settings import MailSettings

__all__ = ["authority", "known_password", "outbox", "peer", "running"]


@contextmanager
def saying(*answers: str) -> Iterator[int]:
    """A server that gives one connection these answers, line for line, and then cuts it."""

    def serve(listening: socket.socket) -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as line, line.makefile("rwb") as stream:
            for number, answer in enumerate(answers):
                if number:
                    stream.readline()
                stream.write(f"{answer}\r\n".encode())
                stream.flush()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def tried(outbox: Outbox, settings: MailSettings) -> str:
    """What is told; the letter waits with the server's answer, and no attempt of it is counted."""
    outbox.queue(letter(), Time().now)
    trouble = deliver(outbox, lambda: SmtpServer(settings, TIMEOUTS), clock=Time().clock)
    (one,) = outbox.standings()
    assert (one.state, one.attempts) == (QUEUED, 0)
    assert trouble is not None and f"{one.code} {one.answer}" in trouble.ru and one.answer in trouble.en
    return trouble.ru


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["550 5.7.1 no\x1b[31m"], "отказывает: 550 5.7.1 no[31m"), (["451 4.3.0 wait"], "просит подождать: 451 4.3.0"),
        (["421 4.7.0 too many"], "просит подождать: 421"), (["220 hi", "421 4.7.0 bye"], "просит подождать: 421"),
        (["220 hi", "550 no", "554 5.7.1 nor so"], "отказывает: 554 5.7.1 nor so"),
        (["220 hi", "250-x\r\n250 STARTTLS", "454 no TLS now"], "просит подождать: 454 no TLS now"),
    ],
)  # fmt: skip
def test_a_server_s_no_is_told(outbox: Outbox, answers: list[str], told: str) -> None:
    with saying(*answers) as port:
        assert told in tried(outbox, settings_for(port, None))


def test_starttls_refused_for_good_is_no_encryption(outbox: Outbox) -> None:
    with saying("220 hi", "250-x\r\n250 STARTTLS", "501 no") as port:
        outbox.queue(letter(), Time().now)
        settings = settings_for(port, None)
        trouble = deliver(outbox, lambda: SmtpServer(settings, TIMEOUTS), clock=Time().clock)
    assert trouble is not None and "не предлагает шифрования" in trouble.ru


@pytest.mark.parametrize(
    ("said", "told"),
    [("454 4.7.0 later", "просит подождать: 454 4.7.0 later"), ("535 5.7.8 bad", "не принял имя"),
     ("534 5.7.9 app password", "(534 5.7.9 app password)")],
)  # fmt: skip
def test_a_password_that_cannot_be_looked_at_now_is_not_wrong(
    running: tuple[Peer, MailSettings], peer: Peer, outbox: Outbox, said: str, told: str
) -> None:
    peer.script["AUTH", ""] = [said, said]
    assert told in tried(outbox, running[1])
    peer.script.clear()
    deliver(outbox, lambda: SmtpServer(running[1], TIMEOUTS), clock=Time().clock)
    (one,) = outbox.standings()
    assert (one.state, one.code) == (SENT, 250)


class Line:
    """What :func:`_log_in` needs of a connection."""

    def __init__(self, offered: str, *answers: Exception | None) -> None:
        self.esmtp_features = {"auth": offered}
        self.answers = list(answers)
        self.auth_plain = self.auth_login = self.auth_cram_md5 = None

    def auth(self, way: str, _: Any) -> None:
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer


def test_a_refusal_is_remembered_where_the_line_is_cut_after_it() -> None:
    bad, cut = smtplib.SMTPAuthenticationError(535, b"bad"), smtplib.SMTPServerDisconnected()
    later = smtplib.SMTPAuthenticationError(421, b"bye")
    _log_in(Line("LOGIN PLAIN", bad, None), "h")  # type: ignore[arg-type]
    with pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
        _log_in(Line("LOGIN PLAIN", bad, cut), "h")  # type: ignore[arg-type]
    with pytest.raises(smtplib.SMTPAuthenticationError, match="421"):
        _log_in(Line("LOGIN PLAIN", later, None), "h")  # type: ignore[arg-type]
    with pytest.raises(XlkitError, match="XOAUTH2"):
        _log_in(Line("xoauth2"), "h")  # type: ignore[arg-type]
