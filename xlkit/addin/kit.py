"""The offline kit for Windows: its scripts, its checksums, and how a kit of ours is told from another folder."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Sequence
from pathlib import Path

from xlkit.resources import macros_folder
from xlkit.safefile import write_file

WHEELS, PYTHONS, SUMS = "wheels", "python.txt", "SHA256SUMS"
INSTALLER = "установить.pyw"
_SCRIPTS = {"install.py": INSTALLER, "remove.py": "удалить.pyw"}
_READ_ME = "прочтите.txt"


def complete_kit(folder: Path, pythons: Sequence[str]) -> None:
    """Add to a folder with wheels the scripts, the list of Pythons, the instructions and the checksums of it all."""
    source = macros_folder() / "windows"
    for name, shown in _SCRIPTS.items():
        write_file(folder / shown, (source / name).read_bytes())
    write_file(folder / _READ_ME, _for_notepad((source / _READ_ME).read_text(encoding="utf-8")))
    write_file(folder / PYTHONS, _for_notepad("".join(f"{python}\n" for python in pythons)))
    sums = "".join(f"{_digest(folder / name)}  {name}\n" for name in _files(folder))
    write_file(folder / SUMS, sums.encode())


def is_kit(folder: Path) -> bool:
    """Whether a folder is a kit and holds nothing else: only then may another one take its place."""
    try:
        listed = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return False
    named = {line.partition("  ")[2] for line in listed}
    return INSTALLER in named and set(_files(folder)) <= {*named, SUMS}


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _for_notepad(text: str) -> bytes:
    """With the mark of UTF-8 and Windows' line ends: an old Notepad needs both."""
    return codecs.BOM_UTF8 + text.replace("\n", "\r\n").encode()
