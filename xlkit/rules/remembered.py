"""What YAML files say, remembered by their content in the folder of xlkit's own files.

A press of a button and a check of one file start a new process each, and half of what they did to know the rules was
to parse YAML that had not changed. An entry is named by the SHA-256 of the text, so it cannot be out of date, and
begins with the SHA-256 of what it holds, so a damaged one is no entry. Where the folder cannot be written, nothing is
remembered and nothing is said.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from xlkit.errors import XlkitError
from xlkit.safefile import write_file
from xlkit.settings import home

FORMAT = 1
"""To be raised when the parser comes to read the same text otherwise."""

_AT_MOST = 100
"""So many entries are kept: those of a few versions of xlkit and of a methodologist's own rule books."""


def recall(text: str) -> dict[str, Any] | None:
    """What was remembered of a text."""
    try:
        content = _entry(text).read_bytes()
        digest, said = content[:64], content[64:]
        known = json.loads(said) if hashlib.sha256(said).hexdigest().encode() == digest else None
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None


def remember(text: str, known: dict[str, Any]) -> None:
    """Keep what a text says: JSON's kinds of values only."""
    said = json.dumps(known).encode()
    entry = _entry(text)
    with contextlib.suppress(XlkitError, OSError):
        write_file(entry, hashlib.sha256(said).hexdigest().encode() + said)
        oldest_first = sorted(entry.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in oldest_first[:-_AT_MOST]:
            old.unlink()


def _entry(text: str) -> Path:
    return home() / "cache" / f"{hashlib.sha256(f'{FORMAT} {text}'.encode()).hexdigest()}.json"
