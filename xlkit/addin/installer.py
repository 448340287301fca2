"""Putting files where they belong so that everything can be taken back: the tree afterwards is the tree before.

A record beside xlkit's settings keeps what stood in each place before the first installation, and which folders
were made.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from xlkit.safefile import write_file
from xlkit.settings import home

RECORD = "addin.json"


@dataclass
class Record:
    """What an installation has changed.

    The earlier content of each file (``None``: there was none), a digest of what was written, and new folders.
    """

    files: dict[str, str | None] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)


def read_record() -> Record:
    """The record of the installation; an empty one where there is none."""
    try:
        kept = json.loads((home() / RECORD).read_text(encoding="utf-8"))
        for before in kept["files"].values():
            base64.b64decode(before or "", validate=True)
        return Record(dict(kept["files"]), dict(kept["written"]), list(kept["folders"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


Bare = Callable[[Path, bytes], bytes]
"""``bare(path, content)``: what is left of our own file once what is ours has gone from it."""


def put(contents: Mapping[Path, bytes], bare: Bare) -> list[Path]:
    """Write files and return those that changed; a second time with the same contents changes nothing."""
    changed = []
    adopt(contents, bare)
    for path, content in contents.items():
        if not path.is_file() or path.read_bytes() != content:
            write_file(path, content)
            changed.append(path)
    return changed


def adopt(contents: Mapping[Path, bytes], bare: Bare) -> None:
    """Write down that these contents are, or will be, in their places, and what stood there before."""
    record = read_record()
    for path, content in contents.items():
        record.written[str(path)] = _digest(content)
        if str(path) not in record.files:
            record.files[str(path)] = _earlier(path, content, bare)
            record.folders += [one for one in _missing_folders(path) if one not in record.folders]
    record.folders += [one for one in _missing_folders(home() / RECORD) if one not in record.folders]
    # The record is written first: what happens afterwards can be taken back even if it stops half-way.
    write_file(home() / RECORD, json.dumps(asdict(record), indent=1).encode())


def _earlier(path: Path, ours: bytes, bare: Bare) -> str | None:
    """What stood in a place; our own file there means that an earlier record was lost."""
    if not path.is_file():
        return None
    now = path.read_bytes()
    before = bare(path, now) if now == ours else now
    return base64.b64encode(before).decode() if before or now != ours else None


def take_back(merged: Callable[[Path, bytes, bytes], bytes]) -> list[Path]:
    """Restore every place to what it was before the first installation; returns the files that changed.

    ``merged(path, before, now)`` gives the content of a file that somebody has changed since.
    """
    record, changed = read_record(), []
    for name, before in record.files.items():
        path = Path(name)
        earlier = base64.b64decode(before or "")
        if path.is_file() and _digest(path.read_bytes()) != record.written.get(name):
            earlier = merged(path, earlier, path.read_bytes())
        if before is not None or earlier:
            write_file(path, earlier)
            changed.append(path)
        elif path.is_file():
            path.unlink()
            changed.append(path)
    (home() / RECORD).unlink(missing_ok=True)
    for name in sorted(record.folders, key=len, reverse=True):
        with contextlib.suppress(OSError):
            Path(name).rmdir()  # only an empty folder goes
    return changed


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _missing_folders(path: Path) -> list[str]:
    return [str(one) for one in path.parents if not one.exists()]
