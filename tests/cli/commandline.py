"""The command line in this process and in one of its own, and arguments for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CYRILLIC = re.compile("[А-Яа-яЁё]")


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that is all of standard output."""
        return json.loads(self.out)


Run = Callable[..., Ran]


def started(
    *arguments: object, environment: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own, its output as bytes."""
    command = [sys.executable, "-m", "xlkit", *(os.fsencode(str(one)) for one in arguments)]
    return subprocess.run(
        command, capture_output=True, timeout=60, check=False, env=os.environ | (environment or {}), **options
    )


def odd_arguments(folder: Path, clean: Path) -> list[tuple[Path, str, list[str]]]:
    """Arguments of every kind, with their verdicts and rules."""
    (folder / "папка.xlsx").mkdir()
    os.mkfifo(folder / "труба.xlsx")
    (folder / "~$книга.xlsx").write_bytes(b"\x00" * 165)
    (folder / "пустой.xlsx").touch()
    (folder / "ссылка.xlsx").symlink_to(clean)
    (folder / "текст.xlsx").write_text("1;2")
    return [
        (folder / "папка.xlsx", "refused", ["F-002"]),
        (clean, "valid", []),
        (folder / "труба.xlsx", "refused", ["F-002"]),
        (folder / "~$книга.xlsx", "refused", ["F-003"]),
        (folder / "нет такого.xlsx", "refused", ["F-001"]),
        (folder / "пустой.xlsx", "refused", ["F-004"]),
        (folder / "ссылка.xlsx", "valid", []),
        (folder / "текст.xlsx", "refused", ["F-021"]),
        (clean, "valid", []),
        (Path("/dev/null"), "refused", ["F-002"]),
    ]
