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
        return Text(
            f"сертификат не подтверждён ({error.verify_message}). Проверьте имя сервера и часы; для своего "
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


def not_let_in(user: str, host: str) -> XlkitError:
    """The login was not accepted."""
    return XlkitError(
        Text(
            f"Почтовый сервер {host} не принял имя {user} или пароль. Почтовым службам часто нужен пароль приложения: "
            "создайте его в настройках ящика и выполните xlkit mail setup",
            f"The mail server {host} did not accept the name {user} or the password. Many services want a password "
            "for applications: make one in the mailbox's settings and run xlkit mail setup",
        )
    )
