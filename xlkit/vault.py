"""The operating system's store of secrets: the keychain of macOS, Windows' credentials, a Linux desktop's wallet."""

from __future__ import annotations

import contextlib
from typing import Any

from xlkit.errors import XlkitError
from xlkit.extras import MAIL, missing
from xlkit.texts import Text


def stored(service: str, name: str) -> str | None:
    """A secret; ``None`` where there is none, no store, or a locked one."""
    vault = _vault()
    try:
        return None if vault is None else vault.get_password(service, name)
    except Exception:  # noqa: BLE001 - what the stores of all systems raise has no common base
        return None


def store(service: str, name: str, secret: str) -> None:
    """Keep a secret. XlkitError where the system has no store that is open, or its package is missing."""
    vault = _vault()
    if vault is None:
        raise XlkitError(missing("keyring", MAIL))
    try:
        vault.set_password(service, name, secret)
    except Exception as error:
        raise XlkitError(
            Text("В этой системе нет доступного хранилища паролей (keyring)", "This system has no keyring that is open")
        ) from error


def has_store() -> bool:
    """Whether this system has a store at all; one may be locked."""
    vault = _vault()
    try:
        return vault is not None and vault.get_keyring().priority > 0
    except Exception:  # noqa: BLE001 - what the stores of all systems raise has no common base
        return False


def forget(service: str, name: str) -> None:
    """Delete a secret, should there be one."""
    vault = _vault()
    with contextlib.suppress(Exception):
        if vault is not None:
            vault.delete_password(service, name)


def _vault() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring
