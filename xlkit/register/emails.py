"""The e-mail addresses of a register's cell, in the spellings in which people copy them there."""

from __future__ import annotations

import re

_NAMED = re.compile(r'(?:"[^"]*"\s*|(?:(?<!\S)[^\s<>,;"@]+\s+)*)<([^<>]*)>')
"""«"Иванов, И." <e@f.org>»: the name, in quotes or without, is not read."""
_LINK = re.compile(r"mailto:", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")


def read_emails(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses, bare, and what stands among them and is none."""
    bare = _LINK.sub("", _NAMED.sub(r" \1 ", text))
    parts = [part for part in re.split(r"[\s,;]+", bare) if part]
    good = [part for part in parts if _is_address(part)]
    return tuple(good), tuple(part for part in parts if part not in good)


def _is_address(text: str) -> bool:
    domain = text.rpartition("@")[2]
    try:
        return bool(_ADDRESS.fullmatch(text)) and bool(domain.encode("idna"))
    except UnicodeError:
        return False
