"""Trust the keys of others: whose a key is is looked up in the register, and can be corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from xlkit.errors import XlkitError
from xlkit.register import read_register
from xlkit.rules.registered import Register
from xlkit.seal.keys import Key, assign_key, trust_key
from xlkit.settings import read_settings
from xlkit.texts import Text
from xlkit.values import cluster_key

_NEAR = 3


@dataclass(frozen=True)
class Trusted:
    """A key as it is known now, whose it should be, and what makes that owner doubtful (``None``: nothing)."""

    key: Key
    owner: str
    doubt: Text | None = None


def trust(public: str, owner: str, register: Register | None = None) -> Trusted:
    """Believe a public key as that of a cluster; ``register`` (else that of the settings) knows the clusters.

    A key that is known already comes back as it is. XlkitError for what is no key.
    """
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return _looked_up(owner, register, lambda named: trust_key(public, named, now))


def assign(fingerprint: str, owner: str, register: Register | None = None) -> Trusted:
    """Correct whose a trusted key is. XlkitError for a key that is unknown, one's own or revoked."""
    return _looked_up(owner, register, lambda named: assign_key(fingerprint, named))


def _looked_up(owner: str, register: Register | None, change: Callable[[str], Key]) -> Trusted:
    doubt = None
    if register is None:
        register, doubt = _own_register()
    if register is not None:
        known = register.cluster(owner)
        owner = known.id if known is not None else owner
    key = change(owner)
    if register is not None and known is None:
        doubt = _unknown(owner, register, key)
    return Trusted(key, owner, doubt)


def _own_register() -> tuple[Register | None, Text | None]:
    """The register of the settings, or why it cannot be asked."""
    source = read_settings().register
    try:
        return (read_register(source), None) if source else (None, None)
    except XlkitError as error:
        why = error.text
        return None, Text(f"Владелец не сверен с реестром: {why.ru}", f"The owner was not looked up: {why.en}")


def _unknown(owner: str, register: Register, key: Key) -> Text:
    ids = {one.key: one.id for one in register.clusters}
    near = ", ".join(ids[one] for one in get_close_matches(cluster_key(owner), ids, _NEAR))
    ru, en = (f"; похожие: {near}", f"; it has {near}") if near else ("", "")
    return Text(
        f"Кластера «{owner}» нет в реестре{ru}. Если это опечатка: xlkit keys owner {key.fingerprint} КЛАСТЕР",
        f"The register has no cluster «{owner}»{en}. To correct it: xlkit keys owner {key.fingerprint} CLUSTER",
    )
