"""A workbook as it stands, before anything is understood: grids of contents, formulas, properties.

The reader of files makes them, and the buttons make them of an open workbook.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xlkit.address import Box
from xlkit.values import folded


@dataclass(frozen=True)
class RawSheet:
    """A sheet as it stands: ``grid[row - 1][column - 1]``, empty cells as None.

    Rows end with their last filled cell, and the empty ones may be one list. ``formulas`` says by (row, column) which
    cells hold a formula; what it says stands in ``formula_texts`` where it was asked: in our forms it would be most
    of what a reading gives. ``merges`` are the areas of merged cells.
    """

    name: str
    grid: list[list[object]]
    formulas: frozenset[tuple[int, int]]
    state: str = "visible"
    merges: tuple[Box, ...] = ()
    formula_texts: dict[tuple[int, int], str] = field(default_factory=dict)

    def at(self, row: int, column: int) -> object:
        """The content of a cell; None outside the used range."""
        if 1 <= row <= len(self.grid) and 1 <= column <= len(self.grid[row - 1]):
            return self.grid[row - 1][column - 1]
        return None


@dataclass(frozen=True)
class Remark:
    """What a person should know of a file that was read: the rule that tells it, and what fills its sentence."""

    rule: str
    what: str = ""
    sheet: str | None = None


@dataclass(frozen=True)
class RawWorkbook:
    """A read workbook of a ``kind`` (xlsx, xls, xlsb or ods).

    Its sheets in the order of their tabs, custom document properties, remarks on the file; ``sha256`` of the bytes
    that were read (empty for an open workbook); ``other_tabs`` names chart and dialog sheets.
    """

    path: str
    sheets: tuple[RawSheet, ...]
    properties: dict[str, str]
    sheet_names: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    kind: str = "xlsx"
    sha256: str = ""
    other_tabs: tuple[str, ...] = ()

    def named(self, name: str) -> list[RawSheet]:
        """Sheets of that name, whatever its case and spaces."""
        return [s for s in self.sheets if folded(s.name) == folded(name)]
