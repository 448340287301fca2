"""Passwords: from the environment or the system's keyring, never from a file or the command line."""

from __future__ import annotations

import os
from typing import Any

from xlkit.errors import XlkitError
from xlkit.texts import Text

SMTP, IMAP = "SMTP", "IMAP"


def password(user: str, host: str, protocol: str) -> str:
    """The password of a login at a server. ``protocol``: SMTP or IMAP.

    ``XLKIT_SMTP_PASSWORD`` or ``XLKIT_IMAP_PASSWORD`` wins, then ``XLKIT_MAIL_PASSWORD``, then the keyring.
    XlkitError where there is none.
    """
    for variable in (f"XLKIT_{protocol}_PASSWORD", "XLKIT_MAIL_PASSWORD"):
        if os.environ.get(variable):
            return os.environ[variable]
    kept = _kept(user, host)
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
    """Keep a password in the system's keyring. XlkitError where there is no keyring."""
    keyring = _keyring()
    try:
        if keyring is None:
            raise LookupError
        keyring.set_password(_service(host), user, secret)
    except Exception as error:
        raise XlkitError(
            Text(
                "В этой системе нет хранилища паролей (keyring): задавайте пароль переменной XLKIT_MAIL_PASSWORD",
                "This system has no keyring: give the password by the variable XLKIT_MAIL_PASSWORD",
            )
        ) from error


def _service(host: str) -> str:
    return f"xlkit {host}"


def _kept(user: str, host: str) -> str | None:
    keyring = _keyring()
    try:
        return None if keyring is None else keyring.get_password(_service(host), user)
    except Exception:  # noqa: BLE001 - no keyring, a locked one, one that is broken: there is no password
        return None


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring
