"""How large a workbook may be and what reading it may cost: a person may set these in ``settings.toml``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a file may be (``*_mb`` in MiB, the rest counts) and what reading it may take.

    The defaults come from 4,716 public workbooks, of which 99.9 % stay below each; a form of ours is a
    hundredth of any.
    """

    expanded_mb: int = 256
    ratio: int = 200
    parts: int = 2000
    sheets: int = 1000
    cells: int = 5_000_000
    """Filled cells of all sheets that are read, and the empty ones before them."""
    padding: int = 500_000
    """Of these the empty ones, beside ten for each filled one; an empty row counts as one."""
    strings: int = 2_000_000
    merges: int = 100_000
    styles: int = 100_000
    names: int = 100_000
    seconds: int = 20
    memory_mb: int = 2048
    processes: int = 4
    """How many files are read at a time, each by a process of its own; no more than there are cores."""

    @property
    def expanded_bytes(self) -> int:
        return self.expanded_mb * 2**20

    @property
    def memory_bytes(self) -> int:
        return self.memory_mb * 2**20


DEFAULT_LIMITS = Limits()
