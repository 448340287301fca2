"""What SMTP and IMAP have in common: verified TLS, time-outs, and sentences for what goes wrong."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from xlkit.errors import XlkitError, system_reason
from xlkit.settings import MailSettings
from xlkit.texts import Text


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for a connection, for an answer, and for the answer to a whole message (RFC 5321: 10 min)."""

    connect: float = 30
    answer: float = 60
    message: float = 600


TIMEOUTS = Timeouts()


def tls_context(settings: MailSettings) -> ssl.SSLContext:
    """Certificates and host names are verified; ``ca_file`` is believed in place of the system's authorities."""
    if not settings.ca_file:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(Path(settings.ca_file).expanduser()))
    except OSError as error:  # also an ssl.SSLError
        reason = Text("это не сертификат PEM", "no PEM certificate")
        if not isinstance(error, ssl.SSLError):
            reason = system_reason(error)
        raise XlkitError(
            Text(
                f"Сертификат ca_file = {settings.ca_file}: {reason.ru}",
                f"The certificate ca_file = {settings.ca_file}: {reason.en}",
            )
        ) from error


def unreachable(host: str, port: int, error: BaseException) -> XlkitError:
    """What to tell of a connection that could not be made or was lost before anything was sent."""
    why = _reason(error)
    return XlkitError(
        Text(f"Почтовый сервер {host}:{port}: {why.ru}", f"The mail server {host}:{port}: {why.en}"),
    )


def is_timeout(error: BaseException) -> bool:
    """Also of an error that a library has raised in its place."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _reason(error: BaseException) -> Text:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _CERTIFICATES.get(error.verify_code, f"причина OpenSSL № {error.verify_code}")
        return Text(
            f"сертификат не подтверждён ({why}). Проверьте имя сервера и часы; для своего "
            "удостоверяющего центра укажите ca_file. Ничего не отправлено",
            f"its certificate cannot be verified ({error.verify_message}). Check the server's name and the clock; "
            "name an authority of your own in ca_file. Nothing was sent",
        )
    if isinstance(error, ssl.SSLError):
        return Text(
            "шифрование не установлено: проверьте порт и вид защиты (starttls или tls)",
            "no encryption could be agreed on: check the port and the security (starttls or tls)",
        )
    if isinstance(error, socket.gaierror):
        return Text(
            "такого сервера нет: проверьте имя и сеть", "there is no such server: check its name and the network"
        )
    if isinstance(error, ConnectionRefusedError):
        return Text("не принимает соединений: проверьте порт", "it accepts no connection: check the port")
    if is_timeout(error):
        return Text(
            "не ответил вовремя: проверьте сеть и порт, попробуйте позже",
            "no answer in time: check the network and the port, try later",
        )
    return Text("соединение прервалось, попробуйте позже", "the connection broke, try later")


_CERTIFICATES = {
    2: "нет сертификата того, кто его выдал",
    7: "подпись на нём не того, кто его выдал",
    9: "срок его действия ещё не начался",
    10: "срок его действия истёк",
    18: "он подписан сам собой",
    19: "его выдал удостоверяющий центр, которому здесь не верят",
    20: "его выдал удостоверяющий центр, которого здесь не знают",
    21: "его выдал удостоверяющий центр, которого здесь не знают",
    23: "он отозван",
    62: "он выдан другому серверу",
    64: "он выдан другому серверу",
}
"""OpenSSL's reasons (X509_V_ERR_…) in Russian; the English ones it has itself."""


class TurnedAway(XlkitError):
    """A server has answered that it does not serve us; ``code`` and ``said`` are its answer."""

    def __init__(self, text: Text, code: int, said: str) -> None:
        super().__init__(text)
        self.code = code
        self.said = said


def turned_away(host: str, port: int, code: int, said: str) -> TurnedAway:
    """The server will not serve, for now (4xx) or at all (5xx)."""
    answer = f"{code} {said}".strip()
    text = Text(
        f"Почтовый сервер {host}:{port} отказывает: {answer}. Проверьте имя сервера и порт; с этим ответом обратитесь "
        "к администратору почты",
        f"The mail server {host}:{port} refuses: {answer}. Check the server's name and port; show this answer to who "
        "runs it",
    )
    if code < 500:
        text = Text(
            f"Почтовый сервер {host}:{port} просит подождать: {answer}. Попробуйте позже",
            f"The mail server {host}:{port} asks to wait: {answer}. Try later",
        )
    return TurnedAway(text, code, said)


def no_starttls(host: str, port: int) -> XlkitError:
    """The server, or somebody between, offers no encryption."""
    return XlkitError(
        Text(
            f"Почтовый сервер {host}:{port} не предлагает шифрования (STARTTLS). Ничего не отправлено: проверьте порт "
            "или укажите защиту tls",
            f"The mail server {host}:{port} offers no encryption (STARTTLS). Nothing was sent: check the port or set "
            "the security tls",
        )
    )


def not_let_in(user: str, host: str, code: int = 0, said: str = "") -> XlkitError:
    """The login was not accepted; ``code`` and ``said`` are the server's answer, where it has given one."""
    answer = f" ({code} {said})" if code else ""
    return TurnedAway(
        Text(
            f"Почтовый сервер {host} не принял имя {user} или пароль{answer}. Почтовым службам часто нужен пароль "
            "приложения: создайте его в настройках ящика и выполните xlkit mail setup",
            f"The mail server {host} did not accept the name {user} or the password{answer}. Many services want a "
            "password for applications: make one in the mailbox's settings and run xlkit mail setup",
        ),
        code,
        said,
    )
