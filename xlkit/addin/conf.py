"""xlwings' settings file: lines of ``"KEY","value"``, of which only ours are touched.

Excel's VBA reads it in the code page of Windows, in which a user's folder may be Cyrillic; what cannot be decoded
stays as it is.
"""

from __future__ import annotations

import csv
import io
import locale
import sys
from collections.abc import Collection, Mapping
from pathlib import Path


def read_conf(path: Path) -> dict[str, str]:
    """The settings by key; none where there is no file."""
    text = _decoded(path.read_bytes()) if path.is_file() else ""
    return {row[0]: row[1] for row in csv.reader(io.StringIO(text)) if len(row) >= 2}


def with_settings(content: bytes, ours: Mapping[str, str]) -> bytes:
    """The file with our settings; other lines stay as they are."""
    kept = [line for line in _decoded(content).splitlines() if _key(line) not in ours]
    lines = [*kept, *(f'"{key}","{value}"' for key, value in ours.items())]
    return "".join(f"{line}\r\n" for line in lines).encode(_encoding(), "surrogateescape")


def with_earlier_settings(now: bytes, before: bytes, keys: Collection[str]) -> bytes:
    """The file as it is now, with what stood under our keys before instead of ours."""
    kept = [line for line in _decoded(now).splitlines() if _key(line) not in keys]
    kept += [line for line in _decoded(before).splitlines() if _key(line) in keys]
    return "".join(f"{line}\r\n" for line in kept).encode(_encoding(), "surrogateescape")


def _decoded(content: bytes) -> str:
    return content.decode(_encoding(), "surrogateescape")


def _encoding() -> str:
    return locale.getencoding() if sys.platform == "win32" else "utf-8"


def _key(line: str) -> str:
    row = next(csv.reader([line]), [])
    return row[0] if row else ""
