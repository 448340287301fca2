"""The private halves of one's own keys: a file that its owner alone can read, or the system's store of secrets."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.settings import IN_KEYRING, home, read_settings
from xlkit.texts import Text
from xlkit.vault import forget, store, stored

FOLDER = "keys"
_SERVICE = "xlkit seal"


def keep(fingerprint: str, secret: bytes) -> None:
    """Keep the private half (32 bytes) of a key where the settings say. XlkitError where it cannot be kept."""
    if read_settings().seal.keys == IN_KEYRING:
        store(_SERVICE, fingerprint, base64.b64encode(secret).decode())
        return
    path = _path(fingerprint)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(secret)
        stream.flush()
        os.fsync(stream.fileno())


def recall(fingerprint: str) -> bytes:
    """The private half of a key. XlkitError where it is missing, or a file that others can read."""
    path = _path(fingerprint)
    try:
        if path.exists():
            _demand_privacy(path)
            return path.read_bytes()
        secret = stored(_SERVICE, fingerprint)
        if secret is None:
            raise FileNotFoundError(path)
        return base64.b64decode(secret, validate=True)
    except (OSError, ValueError) as error:
        raise XlkitError(
            Text(
                f"Закрытый ключ {fingerprint} не найден или не читается: сделайте новый командой xlkit keys rotate",
                f"The private key {fingerprint} is missing or cannot be read: make a new one with xlkit keys rotate",
            )
        ) from error


def destroy(fingerprint: str) -> None:
    """Delete the private half of a key wherever it is kept."""
    _path(fingerprint).unlink(missing_ok=True)
    forget(_SERVICE, fingerprint)


def _demand_privacy(path: Path) -> None:
    """Windows keeps a person's folder from others by itself and has no such bits."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise XlkitError(
            Text(
                f"Закрытый ключ {path} могут читать другие: выполните chmod 600 «{path}»",
                f"Others can read the private key {path}: run chmod 600 '{path}'",
            )
        )


def _path(fingerprint: str) -> Path:
    return home() / FOLDER / fingerprint
