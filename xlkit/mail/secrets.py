"""Passwords: from the environment or the system's keyring, never from a file or the command line."""

from __future__ import annotations

import os

from xlkit.errors import XlkitError
from xlkit.texts import Text, joined
from xlkit.vault import has_store, store, stored

SMTP, IMAP = "SMTP", "IMAP"


def password(user: str, host: str, protocol: str) -> str:
    """The password of a login at a server. ``protocol``: SMTP or IMAP.

    ``XLKIT_SMTP_PASSWORD`` or ``XLKIT_IMAP_PASSWORD`` wins, then ``XLKIT_MAIL_PASSWORD``, then the keyring.
    XlkitError where there is none.
    """
    for variable in (f"XLKIT_{protocol}_PASSWORD", "XLKIT_MAIL_PASSWORD"):
        if os.environ.get(variable):
            return os.environ[variable]
    kept = stored(_service(host), user)
    if kept is None:
        raise XlkitError((_UNKNOWN if has_store() else _NO_STORE).format(user=user, host=host))
    return kept


_UNKNOWN = Text(
    "Пароль для {user} на {host} неизвестен: выполните xlkit mail setup или задайте переменную XLKIT_MAIL_PASSWORD",
    "No password is known for {user} at {host}: run xlkit mail setup or set XLKIT_MAIL_PASSWORD",
)
_NO_STORE = Text(
    "Пароль для {user} на {host} неизвестен, а хранилища паролей (keyring) в этой системе нет: задайте переменную "
    "XLKIT_MAIL_PASSWORD",
    "No password is known for {user} at {host}, and this system has no keyring: set XLKIT_MAIL_PASSWORD",
)


def remember(user: str, host: str, secret: str) -> None:
    """Keep a password in the system's store. XlkitError where there is none."""
    try:
        store(_service(host), user, secret)
    except XlkitError as error:
        raise XlkitError(joined([error.text, _NOT_KEPT], ". ")) from error


_NOT_KEPT = Text(
    "Пароль не сохранён: задавайте его переменной XLKIT_MAIL_PASSWORD",
    "The password is not kept: give it by XLKIT_MAIL_PASSWORD",
)


def _service(host: str) -> str:
    return f"xlkit {host}"
