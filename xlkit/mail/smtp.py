"""One SMTP connection: encrypted, verified, signed in; each recipient has an answer of its own.

What matters is the moment at which a letter's last line, the dot, goes out: what fails before it was certainly not
sent (:class:`Lost`), what fails after it may have been (:class:`Uncertain`).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from xlkit.errors import XlkitError
from xlkit.mail.connection import (
    TIMEOUTS,
    Timeouts,
    is_timeout,
    no_starttls,
    not_let_in,
    tls_context,
    turned_away,
    unreachable,
)
from xlkit.mail.secrets import SMTP, password
from xlkit.settings import TLS, MailSettings
from xlkit.texts import Text

LOST, TIMEOUT, NO_UTF8 = "lost", "timeout", "no-smtputf8"
"""Reasons of our own, in place of a server's answer."""

_CLOSING = 421
_LONGEST = 500


@dataclass(frozen=True)
class Answer:
    """A server's answer: its code and text. Without a code the text is a reason of ours."""

    code: int | None
    text: str

    @property
    def is_yes(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def is_later(self) -> bool:
        """A no that may be a yes later."""
        return self.code is not None and 400 <= self.code < 500


class Declined(Exception):
    """The server will not have this letter, or not now; the connection is well."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class Lost(Exception):
    """The connection broke, or the server fell silent, before the letter's end: it was certainly not sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class Uncertain(Lost):
    """The same after the letter's end: it may have been sent."""


class Server(Protocol):
    """What delivery needs of a connection."""

    def offer(self, sender: str, recipients: Iterable[str], size: int) -> dict[str, Answer]: ...

    def transmit(self, eml: bytes) -> Answer: ...

    def withdraw(self) -> None: ...

    def close(self) -> None: ...


class SmtpServer:
    """A connection that is signed in. Serves many letters one after another; close it."""

    def __init__(self, settings: MailSettings, timeouts: Timeouts = TIMEOUTS, secret: str | None = None) -> None:
        """Connect. XlkitError where the server cannot be reached, verified or does not let in.

        ``secret`` is the password where it is not the one that is kept.
        """
        if not settings.smtp_host:
            raise XlkitError(
                Text("Сервер SMTP не указан: выполните xlkit mail setup", "No SMTP server is set: run xlkit mail setup")
            )
        self._timeouts = timeouts
        self._client: smtplib.SMTP | None = None
        try:
            self._client = _connected(settings, timeouts)
            _sign_in(self._client, settings, secret)
        except (OSError, smtplib.SMTPException) as error:  # SMTPException is an OSError; so that it is seen
            self.close()
            host, port = settings.smtp_host, settings.smtp_port
            if isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 600:
                raise turned_away(host, port, error.smtp_code, _plain(error.smtp_error)) from error
            raise unreachable(host, port, error) from error
        except XlkitError:
            self.close()
            raise

    def offer(self, sender: str, recipients: Iterable[str], size: int) -> dict[str, Answer]:
        """The answer for each recipient; a letter of ``size`` bytes is not sent yet.

        Raises Declined for the letter as a whole, and Lost.
        """
        named = list(recipients)
        options = [f"size={size}"] if self._open.has_extn("size") else []
        if not all(one.isascii() for one in (sender, *named)):
            if not self._open.has_extn("smtputf8"):
                raise Declined(Answer(None, NO_UTF8))
            options.append("SMTPUTF8")
        try:
            said = _answer(*self._open.mail(sender, options))
            if not said.is_yes:
                self.withdraw()
                raise Declined(said)
            return {one: _answer(*self._open.rcpt(one)) for one in named}
        except OSError as error:
            raise Lost(_reason(error)) from error

    def transmit(self, eml: bytes) -> Answer:
        """Send the letter to the recipients that were accepted; the answer for all of them.

        Raises Lost where it was certainly not sent, Uncertain where it may have been.
        """
        try:
            self._open.putcmd("data")
            said = _answer(*self._open.getreply())
            if said.code != 354:
                if said.is_yes:
                    raise Lost(said)  # no server says so; what it would make of a letter is unknown
                return said
            self._open.send(_stuffed(eml))
        except OSError as error:
            raise Lost(_reason(error)) from error
        try:
            _set_timeout(self._open, self._timeouts.message)
            self._open.send(b".\r\n")
            said = _answer(*self._open.getreply())
            _set_timeout(self._open, self._timeouts.answer)
        except OSError as error:
            raise Uncertain(_reason(error)) from error
        except Lost as error:
            raise Uncertain(error.answer) from error
        return said

    def withdraw(self) -> None:
        """Take back what was offered. Never raises: a connection that is lost is noticed at the next letter."""
        with suppress(OSError, Lost):
            self._open.rset()

    def close(self) -> None:
        if self._client is not None:
            with suppress(OSError):
                if self._client.sock is not None:
                    _set_timeout(self._client, min(5, self._timeouts.answer))
                    self._client.quit()
            self._client.close()
            self._client = None

    @property
    def _open(self) -> smtplib.SMTP:
        if self._client is None:
            raise Lost(Answer(None, LOST))
        return self._client


def _connected(settings: MailSettings, timeouts: Timeouts) -> smtplib.SMTP:
    """An encrypted connection, or an exception."""
    context = tls_context(settings)
    host, port = settings.smtp_host, settings.smtp_port
    # A name of this computer's own would be looked up in the DNS, which may take long, and told to the server.
    own = "localhost"
    client: smtplib.SMTP
    if settings.smtp_security == TLS:
        client = smtplib.SMTP_SSL(host, port, own, timeout=timeouts.connect, context=context)
    else:
        client = smtplib.SMTP(host, port, own, timeouts.connect)
    try:
        _prepare(client, settings, timeouts, context)
    except BaseException:
        client.close()
        raise
    return client


def _prepare(client: smtplib.SMTP, settings: MailSettings, timeouts: Timeouts, context: ssl.SSLContext) -> None:
    """Encrypt a connection, where it is not yet, and say hello."""
    if client.sock is not None:
        # The last dot is sent apart from the text, and must not wait until that was confirmed.
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.local_hostname = _literal(client.sock)
    _set_timeout(client, timeouts.answer)
    _greet(client)
    if settings.smtp_security != TLS:
        try:
            client.starttls(context=context)
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
            if isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 500:
                raise
            raise no_starttls(settings.smtp_host, settings.smtp_port) from error
        _greet(client)


def _greet(client: smtplib.SMTP) -> None:
    """Say hello; a server that says «not now» is not asked again in the older way."""
    code, said = client.ehlo()
    if code >= 500:
        code, said = client.helo()
    if not 200 <= code < 300:
        raise smtplib.SMTPHeloError(code, said)


def _sign_in(client: smtplib.SMTP, settings: MailSettings, secret: str | None) -> None:
    """Log in where the server wants it; a server of one's own network may not."""
    if not client.has_extn("auth"):
        return
    user, host = settings.login, settings.smtp_host
    client.user, client.password = user, secret or password(user, host, SMTP)
    try:
        _log_in(client, host)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise
        raise not_let_in(user, host, error.smtp_code, _plain(error.smtp_error)) from error
    except UnicodeEncodeError as error:
        raise not_let_in(user, host) from error
    finally:
        client.user = client.password = ""


def _log_in(client: smtplib.SMTP, host: str) -> None:
    """Try the ways that both sides know, as ``SMTP.login`` does; it forgets a refusal after which the line is cut."""
    offered = client.esmtp_features["auth"].upper().split()
    refusal: smtplib.SMTPAuthenticationError | None = None
    for way in ("CRAM-MD5", "PLAIN", "LOGIN"):
        if way not in offered:
            continue
        try:
            client.auth(way, getattr(client, f"auth_{way.lower().replace('-', '_')}"))
            return
        except smtplib.SMTPAuthenticationError as error:
            refusal = error
            if error.smtp_code < 500:
                break
        except OSError as error:
            raise (refusal or error) from error
    if refusal is not None:
        raise refusal
    raise XlkitError(
        Text(
            f"Почтовый сервер {host} не принимает входа по паролю (предлагает: {', '.join(offered)}): включите его или "
            "пароль приложения в настройках ящика",
            f"The mail server {host} lets nobody in by password (it offers {', '.join(offered)}): turn that on, or "
            "make a password for applications, in the mailbox's settings",
        )
    )


def _literal(connected: socket.socket) -> str:
    """How this computer names itself: by its address."""
    address = connected.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _set_timeout(client: smtplib.SMTP, seconds: float) -> None:
    if client.sock is not None:
        client.sock.settimeout(seconds)


def _answer(code: int, text: bytes) -> Answer:
    """An answer; one that is none of SMTP, or says that the connection ends, is a lost connection."""
    said = Answer(code, _plain(text))
    if code < 200:
        raise Lost(Answer(None, LOST))
    if code == _CLOSING:
        raise Lost(said)
    return said


def _plain(text: bytes | str) -> str:
    """What a server says, as one line that can be shown."""
    words = " ".join((text.decode("utf-8", "replace") if isinstance(text, bytes) else text).split())
    return "".join(one for one in words if one.isprintable())[:_LONGEST]


def _reason(error: BaseException) -> Answer:
    return Answer(None, TIMEOUT if is_timeout(error) else LOST)


def _stuffed(eml: bytes) -> bytes:
    """A letter as it goes over the line: CRLF ends every line, and a dot at its beginning is doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", eml)
    return re.sub(rb"(?m)^\.", b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")
