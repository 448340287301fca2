"""Cells that a person has merged within a table: one of them is seen, each has a meaning of its own."""

from __future__ import annotations

from collections.abc import Iterable

from xlkit.address import Box, area_name, cell_name
from xlkit.books.tables import FoundTable
from xlkit.finding import Finding, Location
from xlkit.rules.catalogue import finding
from xlkit.rules.edition import Edition


def merged_cells(file: str, edition: Edition, found: FoundTable, merges: Iterable[Box]) -> list[Finding]:
    """A finding at the first cell of each merged area that covers a cell which ought to have a content of its own."""
    areas = {area[:2]: area for area in merges}
    return [
        finding("S-121", Location(file, found.sheet, cell_name(*first)), cells=area_name(area))
        for first, area in sorted(areas.items())
        if _hides(edition, found, area)
    ]


def _hides(edition: Edition, found: FoundTable, area: Box) -> bool:
    """Whether an area covers more than its first cell: any cell of a row with values, else a code or a name."""
    top, left, bottom, right = area
    table = edition.book.tables[found.table]
    carrying = {level.id for level in table.levels if level.values}
    columns = [(name, number) for (name, _), number in found.columns.items() if left <= number <= right]
    return any(
        (row.row, number) != (top, left) and (row.key.level in carrying or table.columns[name].kind in ("code", "name"))
        for row in found.rows
        if top <= row.row <= bottom
        for name, number in columns
    )
