"""The keys that sign: one's own, whose private half only their owner can read, and those of others that one trusts.

``keys.json`` in the folder of xlkit's own files says which there are; the private halves are kept apart from it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from xlkit.claim import claimed
from xlkit.errors import XlkitError
from xlkit.extras import MAIL, of_extra
from xlkit.safefile import write_file
from xlkit.seal.points import is_sound
from xlkit.seal.private import destroy, keep, recall
from xlkit.settings import home
from xlkit.texts import Text, is_one_line

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LIST = "keys.json"
ACTIVE, RETIRED, REVOKED, TRUSTED = "active", "retired", "revoked", "trusted"
_FINGERPRINT_CHARACTERS = 16


@dataclass(frozen=True)
class Key:
    """A public key (32 bytes in base64). ``state``: active, retired or revoked (own keys), trusted (others').

    ``since`` and ``until`` are times in ISO 8601 (UTC): made or trusted, retired or revoked.
    """

    fingerprint: str
    public: str
    state: str
    since: str
    until: str = ""
    owner: str = ""

    @property
    def is_own(self) -> bool:
        return not self.owner


def fingerprint_of(public: bytes) -> str:
    """A key's short name: the beginning of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:_FINGERPRINT_CHARACTERS]


def list_keys() -> tuple[Key, ...]:
    """All known keys, oldest first. XlkitError where their list cannot be read."""
    path = home() / LIST
    try:
        return tuple(Key(**one) for one in json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise XlkitError(
            Text(
                f"Список ключей {path} не читается: верните его из копии или уберите в другое место и выполните "
                "xlkit keys rotate (будет новый ключ, чужим ключам доверие указывают снова)",
                f"The list of keys {path} cannot be read: restore it, or move it away and run xlkit keys rotate "
                "(which makes a new key; others' keys have to be trusted again)",
            )
        ) from error


def active_key() -> Key | None:
    """The key that signs; ``None`` before the first was made."""
    return _active(list_keys())


def _active(keys: Iterable[Key]) -> Key | None:
    return next((key for key in keys if key.state == ACTIVE), None)


def make_key(now: str) -> Key:
    """Make a key that signs from now on; the one before is retired: what it signed stays valid."""
    with _changed_list() as keys:
        return _made(keys, now)


def first_key(now: str) -> tuple[Key, bool]:
    """The key that signs, and whether it was made now; of processes that begin at once only one makes it."""
    with _changed_list() as keys:
        key = _active(keys)
        return (key, False) if key is not None else (_made(keys, now), True)


def _made(keys: list[Key], now: str) -> Key:
    private = _ed25519().Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key = Key(fingerprint_of(public), base64.b64encode(public).decode(), ACTIVE, now)
    keep(key.fingerprint, private.private_bytes_raw())
    keys[:] = [replace(one, state=RETIRED, until=now) if one.state == ACTIVE else one for one in keys]
    keys.append(key)
    return key


def revoke_key(fingerprint: str, now: str) -> Key:
    """Say that a key is no longer to be believed; an own one's private half is deleted. XlkitError for an unknown."""
    with _changed_list() as keys:
        number = _number_of(keys, fingerprint)
        if keys[number].state != REVOKED:
            keys[number] = replace(keys[number], state=REVOKED, until=now)
        revoked = keys[number]
    destroy(fingerprint)
    return revoked


def trust_key(public: str, owner: str, now: str) -> Key:
    """Believe what another's key signs. ``public`` is its text of ``keys export``; XlkitError for anything else, also
    for a key that would fit signatures that nobody has made.

    A key that is known already comes back as it is: revoked, one's own, or of the owner named first.
    """
    try:
        content = base64.b64decode(public.strip(), validate=True)
    except ValueError:
        content = b""
    if len(content) != 32:
        raise XlkitError(Text("Это не открытый ключ xlkit", "This is no public key of xlkit"))
    _check_owner(owner)
    if not is_sound(content):
        raise XlkitError(_UNSOUND)
    key = Key(fingerprint_of(content), public.strip(), TRUSTED, now, owner=owner)
    with _changed_list() as keys:
        known = next((one for one in keys if one.fingerprint == key.fingerprint), None)
        if known is None:
            keys.append(key)
    return known or key


def assign_key(fingerprint: str, owner: str) -> Key:
    """Correct whose a trusted key is. XlkitError for a key that is unknown, one's own or revoked."""
    _check_owner(owner)
    with _changed_list() as keys:
        number = _number_of(keys, fingerprint)
        if keys[number].state != TRUSTED:
            raise XlkitError(
                Text(
                    f"Ключ {fingerprint} — свой или отозван: владельца меняют только у чужого доверенного",
                    f"The key {fingerprint} is your own or revoked: only another's trusted key has an owner to correct",
                )
            )
        keys[number] = replace(keys[number], owner=owner)
        return keys[number]


def _check_owner(owner: str) -> None:
    if not owner.strip() or not is_one_line(owner):
        raise XlkitError(Text("Назовите владельца ключа (кластер)", "Name the key's owner (a cluster)"))


_UNSOUND = Text(
    "Этому ключу верить нельзя: под него подходят подписи, которых никто не делал. Так выглядит повреждённый или "
    "подставленный ключ: попросите у владельца новый (xlkit keys rotate, затем xlkit keys export)",
    "This key cannot be trusted: signatures that nobody made would fit it. Such a key is damaged or planted: ask its "
    "owner for a new one (xlkit keys rotate, then xlkit keys export)",
)


def sign(key: Key, content: bytes) -> bytes:
    """The signature (64 bytes) of an own key. XlkitError where its private half is missing or open to others."""
    try:
        private: Ed25519PrivateKey = _ed25519().Ed25519PrivateKey.from_private_bytes(recall(key.fingerprint))
    except ValueError as error:
        raise XlkitError(
            Text(
                f"Закрытый ключ {key.fingerprint} испорчен: сделайте новый командой xlkit keys rotate",
                f"The private key {key.fingerprint} is damaged: make a new one with xlkit keys rotate",
            )
        ) from error
    return private.sign(content)


def is_signed(public: bytes, signature: bytes, content: bytes) -> bool:
    """Whether a signature of a public key is that of a content; never of a key that any signature may fit.

    XlkitError where the package that knows is missing.
    """
    with of_extra(MAIL):
        from cryptography.exceptions import InvalidSignature

    if not is_sound(public):
        return False
    try:
        _ed25519().Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


@contextmanager
def _changed_list() -> Iterator[list[Key]]:
    """The list of keys, written back after the block where it has changed; a process waits for another's change."""
    path = home() / LIST
    path.parent.mkdir(parents=True, exist_ok=True)
    with claimed(path, _BUSY, _PATIENCE):
        before = list_keys()
        keys = list(before)
        yield keys
        if tuple(keys) != before:
            write_file(path, json.dumps([asdict(key) for key in keys], ensure_ascii=False, indent=1).encode())


_PATIENCE = 10
"""Seconds to wait for another process: it has the list for a moment only."""
_BUSY = Text("Ключи меняет другой процесс xlkit: повторите", "Another xlkit process is changing the keys: try again")


def _number_of(keys: list[Key], fingerprint: str) -> int:
    for number, key in enumerate(keys):
        if key.fingerprint == fingerprint:
            return number
    raise XlkitError(Text(f"Ключа {fingerprint} нет в списке", f"There is no key {fingerprint}"))


def _ed25519() -> Any:
    with of_extra(MAIL):
        from cryptography.hazmat.primitives.asymmetric import ed25519
    return ed25519
