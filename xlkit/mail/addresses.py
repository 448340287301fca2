"""E-mail addresses: one spelling of each, and none that could smuggle a line into a message's head."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xlkit.errors import XlkitError
from xlkit.texts import Text

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_LONGEST = 254


def address_of(text: str) -> str:
    """A bare address with its domain in ASCII and lower case («кто@колледж.рф» has a domain xn--…).

    XlkitError for anything else: a name, two addresses, a line break, quotes.
    """
    plain = text.strip()
    if plain.isprintable() and _ADDRESS.fullmatch(plain) and len(plain) <= _LONGEST:
        local, _, domain = plain.rpartition("@")
        try:
            return f"{local}@{domain.encode('idna').decode('ascii').lower()}"
        except UnicodeError:
            pass
    shown = repr(text[:_LONGEST])
    raise XlkitError(Text(f"{shown} — не адрес электронной почты", f"{shown} is no e-mail address"))


def folded(text: str) -> str:
    """An address for comparing: the same for all its spellings; what is none is compared as it stands."""
    try:
        return address_of(text).casefold()
    except XlkitError:
        return text.strip().casefold()


def addresses_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Addresses sorted, each once; XlkitError as :func:`address_of`."""
    found: dict[str, str] = {}
    for text in texts:
        one = address_of(text)
        found.setdefault(one.casefold(), one)
    return tuple(found[key] for key in sorted(found))
