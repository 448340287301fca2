"""Set up the mail account, and try whether it lets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from xlkit.errors import XlkitError, system_reason
from xlkit.mail.imap import signed_in
from xlkit.mail.secrets import remember
from xlkit.mail.smtp import SmtpServer
from xlkit.safefile import write_file
from xlkit.settings import SETTINGS, MailSettings, home
from xlkit.texts import Text

_COMMENTS = {
    "sender": "адрес, с которого уходят письма",
    "name": "имя отправителя, как его увидит получатель",
    "recipient": "кому отправлять, если не указано --to (можно несколько, через запятую)",
    "user": "имя для входа, если оно не совпадает с адресом; пароль здесь не хранят",
    "smtp_host": "сервер исходящей почты",
    "smtp_port": "его порт: 587 для starttls, 465 для tls",
    "smtp_security": "защита: starttls или tls; без защиты письма не уходят",
    "imap_host": "сервер входящей почты: для проверки отправленного и для приёма",
    "imap_port": "его порт: 993 для tls, 143 для starttls",
    "imap_security": "защита: tls или starttls",
    "mailbox": "папка, из которой принимаются книги",
    "witness": "свой адрес, на который приходит копия каждого письма: она докажет, что письмо ушло",
    "witness_mailbox": "папка, в которую приходят эти копии",
    "ca_file": "файл PEM своего удостоверяющего центра, если сертификат почты выдан им",
    "subject": "тема письма; заменяются {form}, {cluster}, {name} и {period}",
    "per_minute": "не больше писем в минуту",
    "max_message_mb": "наибольшее письмо, МБ",
    "intake": "папка, в которую складываются принятые книги",
}


@dataclass(frozen=True)
class Tried:
    """One server, and why it does not let in (``None``: it does)."""

    what: str
    trouble: Text | None


def try_account(settings: MailSettings, secret: str | None = None) -> Iterator[Tried]:
    """Sign in to both servers; nothing is sent. IMAP only where it is set.

    ``secret`` is the password where it is not the one that is kept.
    """
    try:
        SmtpServer(settings, secret=secret).close()
        yield Tried("SMTP", None)
    except XlkitError as error:
        yield Tried("SMTP", error.text)
    if not settings.imap_host:
        return
    try:
        with signed_in(settings, secret=secret):
            pass
        yield Tried("IMAP", None)
    except XlkitError as error:
        yield Tried("IMAP", error.text)


def keep_password(settings: MailSettings, secret: str) -> None:
    """Keep a password for both servers in the keyring. XlkitError where there is none."""
    for host in sorted({settings.smtp_host, settings.imap_host} - {""}):
        remember(settings.login, host, secret)


def write_settings(settings: MailSettings) -> str:
    """Write the table ``[mail]`` with comments; what else the file has stays. Returns the file's path.

    XlkitError where it cannot be read or written.
    """
    path = home() / SETTINGS
    try:
        before = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        before = ""
    except (OSError, UnicodeDecodeError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else Text("не UTF-8", "not UTF-8")
        raise XlkitError(Text(f"{path}: {reason.ru}", f"{path}: {reason.en}")) from error
    rest = re.sub(r"(?ms)^[ \t]*\[mail\].*?(?=^[ \t]*\[|\Z)", "", before).rstrip()
    write_file(path, (f"{rest}\n\n" if rest else "").encode() + _table(settings).encode())
    return str(path)


def _table(settings: MailSettings) -> str:
    lines = ["[mail]"]
    for one in fields(MailSettings):
        value = getattr(settings, one.name)
        lines += [f"# {_COMMENTS[one.name]}", f"{one.name} = {_quoted(value) if isinstance(value, str) else value}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
