"""What the last recompute of a workbook changed, so that it can be taken back by a later press.

Kept beside the settings and not in the workbook: each press is a process of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from xlkit.safefile import write_file
from xlkit.settings import home

_FOLDER = "undo"


@dataclass(frozen=True)
class Rewritten:
    """One cell that recompute wrote: what stood there and what stands there now."""

    sheet: str
    cell: str
    old: float | str | bool | None
    new: float | str


def remember(workbook: str, changes: Sequence[Rewritten]) -> None:
    """Keep the changes of a workbook (by its full name) until they are taken back."""
    content = json.dumps({"workbook": workbook, "changes": [asdict(one) for one in changes]}, ensure_ascii=False)
    write_file(_file(workbook), content.encode())


def recall(workbook: str) -> list[Rewritten]:
    """The changes of the last recompute; none where there was none or it was taken back."""
    try:
        kept = json.loads(_file(workbook).read_text(encoding="utf-8"))
        return [Rewritten(**one) for one in kept["changes"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def forget(workbook: str) -> None:
    """There is nothing to take back any more."""
    _file(workbook).unlink(missing_ok=True)


def _file(workbook: str) -> Path:
    return home() / _FOLDER / f"{hashlib.sha256(workbook.encode()).hexdigest()[:24]}.json"
