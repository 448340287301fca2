"""How much room a file's sheets take up together, in the process that reads them and in the one that asked."""

from __future__ import annotations

from dataclasses import dataclass

from xlkit.books.raw import RawSheet
from xlkit.errors import Unreadable
from xlkit.limits import Limits

_PADDING_PER_CELL = 10
"""A filled cell takes up the room of some ten empty ones, so that many more beside it harm nobody."""


@dataclass
class Room:
    """What the sheets of one file have taken up so far: cells in all, empty ones among them, merged areas."""

    limits: Limits
    cells: int = 0
    padding: int = 0
    merges: int = 0

    def take(self, sheet: RawSheet) -> RawSheet:
        """The sheet itself; raises Unreadable where it is one too many."""
        padding = padding_of(sheet.grid)
        self.padding += padding
        self.cells += padding + sum(len(row) - row.count(None) for row in sheet.grid)
        self.merges += len(sheet.merges)
        if self.padding > self.limits.padding + _PADDING_PER_CELL * (self.cells - self.padding):
            raise Unreadable("F-010", sheet=sheet.name)
        if self.cells > self.limits.cells:
            raise too_much(sheet.name, sheet.grid)
        if self.merges > self.limits.merges:
            raise Unreadable("F-031", what="merges")
        return sheet


def padding_of(grid: list[list[object]]) -> int:
    """Empty cells that stand before filled ones; an empty row counts as one."""
    return sum(row.count(None) if row else 1 for row in grid)


def too_much(sheet: str, grid: list[list[object]], more: int = 0) -> Unreadable:
    """Why a sheet is too large: with so many ``more`` empty cells most of it is empty, or it is truly full."""
    if padding_of(grid) + more > sum(map(len, grid)) / 2:
        return Unreadable("F-010", sheet=sheet)
    return Unreadable("F-031", what="cells")
