"""xlwings' settings file: lines of ``"KEY","value"``, of which only ours are touched."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping


def read_conf(text: str) -> dict[str, str]:
    """The settings by key."""
    return {row[0]: row[1] for row in csv.reader(io.StringIO(text)) if len(row) >= 2}


def with_settings(text: str, ours: Mapping[str, str]) -> str:
    """The file with our settings; other lines stay as they are."""
    kept = [line for line in text.splitlines() if _key(line) not in ours]
    return "".join(f"{line}\r\n" for line in [*kept, *(f'"{key}","{value}"' for key, value in ours.items())])


def _key(line: str) -> str:
    row = next(csv.reader([line]), [])
    return row[0] if row else ""
