"""Passwords: from the environment or the system's keyring, never from a file or the command line."""

from __future__ import annotations

import os

from xlkit.errors import XlkitError
from xlkit.texts import Text, joined
from xlkit.vault import store, stored

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
        raise XlkitError(
            Text(
                f"Пароль для {user} на {host} неизвестен: выполните xlkit mail setup или задайте переменную "
                "XLKIT_MAIL_PASSWORD",
                f"No password is known for {user} at {host}: run xlkit mail setup or set XLKIT_MAIL_PASSWORD",
            )
        )
    return kept


def remember(user: str, host: str, secret: str) -> None:
    """Keep a password in the system's store. XlkitError where there is none."""
    try:
        store(_service(host), user, secret)
    except XlkitError as error:
        remedy = Text("задавайте пароль переменной XLKIT_MAIL_PASSWORD", "give the password by XLKIT_MAIL_PASSWORD")
        raise XlkitError(joined([error.text, remedy], ": ")) from error


def _service(host: str) -> str:
    return f"xlkit {host}"
