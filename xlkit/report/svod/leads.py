"""Where in the свод the cells of the workbooks stand: links from findings and differences to what they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_position
from xlkit.consolidate import Part
from xlkit.report.lists.links import Leads
from xlkit.store.places import ListedSheet

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Place = tuple[str | None, str | None, str | None]
"""A cell of a workbook: its file, sheet and name, as far as they are known."""

_FIELDS = {"code": "code", "name": "name", "unit": "unit_text", "mode": "mode_text", "link": "link"}
"""What the rows frame calls the columns that say what a row is, and what it calls their contents."""

_WIDE = 1 << 24
"""More than a sheet has rows."""


class Whereabouts:
    """Finds the cells of the workbooks among the rows of the свод, of which ``listed`` tells."""

    def __init__(self, parts: Sequence[Part], listed: Sequence[ListedSheet]) -> None:
        self._parts = parts
        self._listed = listed

    @cached_property
    def _books(self) -> Mapping[str, tuple[int, int]]:
        """By file the part and the number there of every workbook."""
        return {
            file: (number, book)
            for number, part in enumerate(self._parts)
            for book, file in enumerate(part.frames.files)
        }

    def leads(self, cells: Sequence[Place]) -> Leads:
        """Of each cell where its row stands in the свод, and there the column that shows it, or else the code.

        A total of a year leads to the year. What the свод does not list leads nowhere: the title sheet, headings, rows
        of workbooks that do not enter, a finding or a difference without a cell.
        """
        import numpy as np

        pages, rows, columns = (np.full(len(cells), gap, dtype=np.int32) for gap in (-1, 0, 0))
        for number, asked in self._asked(cells).items():
            places, *at, letters = np.array(asked).T
            part = self._parts[number]
            lines = _lines(part, *at)
            for page, sheet in enumerate(self._listed):
                for block in sheet.rows:
                    if block.part == number:
                        there = np.minimum(np.searchsorted(block.lines, lines), len(block.lines) - 1)
                        hit = np.flatnonzero(block.lines[there] == lines)
                        pages[places[hit]], rows[places[hit]] = page, block.first + there[hit]
                        columns[places[hit]] = _columns(part, sheet, lines[hit], letters[hit])
        return Leads([sheet.sheet for sheet in self._listed], pages, rows, columns)

    def _asked(self, cells: Iterable[Place]) -> Mapping[int, list[tuple[int, ...]]]:
        """By parts: the place in the list, workbook, number of the sheet, row and column of the cells that may be."""
        sheets = [
            {name: code for code, name in enumerate(part.frames.rows["sheet"].cat.categories)} for part in self._parts
        ]
        asked: dict[int, list[tuple[int, ...]]] = {}
        for place, (file, sheet, cell) in enumerate(cells):
            number, book = self._books.get(file or "", (-1, -1))
            if cell and number >= 0 and sheet in sheets[number]:
                asked.setdefault(number, []).append((place, book, sheets[number][sheet], *cell_position(cell)))
        return asked


def _lines(part: Part, books: Array, sheets: Array, numbers: Array) -> Array:
    """The lines of the rows frame that stand in rows of sheets of workbooks; -1 where there is none."""
    import numpy as np

    rows = part.frames.rows
    workbook = rows["workbook"].to_numpy(dtype=int)
    mine = np.zeros(part.frames.workbooks, dtype=bool)
    mine[books] = True
    lines = np.flatnonzero(mine[workbook])
    if not len(lines):
        return np.full(len(books), -1)
    kinds = len(rows["sheet"].cat.categories)
    sheet, row = rows["sheet"].cat.codes.to_numpy()[lines], rows["row"].to_numpy(dtype=int)[lines]
    keys = (workbook[lines] * kinds + sheet) * _WIDE + row
    order = np.argsort(keys, kind="stable")
    wanted = (books * kinds + sheets) * _WIDE + numbers
    at = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(order) - 1)]
    return np.where(keys[at] == wanted, lines[at], -1)


def _columns(part: Part, listed: ListedSheet, lines: Array, numbers: Array) -> Array:
    """The columns of the свод that show some columns of rows; that of the code for those which it does not show."""
    import numpy as np

    found = np.full(len(lines), listed.fields["code"])
    for name, field in _FIELDS.items():
        if field in listed.fields:
            at = part.frames.rows[f"column_{name}"].to_numpy(dtype=int)[lines]
            found[at == numbers] = listed.fields[field]
    shown = {key: column for column, key in listed.columns.items()}
    values, cells = part.frames.values, _cells(part, lines, numbers)
    there = np.flatnonzero(cells >= 0)
    cells = cells[there]
    first = np.array([*part.frames.years, 0], dtype=int)[values["workbook"].to_numpy(dtype=int)[cells]]
    fields, tables = values["field"].iloc[cells].tolist(), values["table"].iloc[cells].tolist()
    periods = values["period"].to_numpy(dtype=int)[cells]
    for i, table, field, period, year in zip(
        there.tolist(), tables, fields, periods.tolist(), first.tolist(), strict=True
    ):
        column = part.edition.book.tables[table].columns[field]
        yearly = getattr(column, "per", None) == "year"
        found[i] = shown.get(year + period if yearly else (field, period), found[i])
    return found


def _cells(part: Part, lines: Array, numbers: Array) -> Array:
    """The lines of the values frame that hold columns of rows; -1 for none. The cells of a row are neighbours there."""
    import numpy as np

    line, column = (part.frames.values[name].to_numpy(dtype=int) for name in ("line", "column"))
    begin, end = (np.searchsorted(line, lines, side) for side in ("left", "right"))
    found = np.full(len(lines), -1)
    for step in range(int((end - begin).max(initial=0))):
        at = np.flatnonzero(begin + step < end)
        at = at[column[begin[at] + step] == numbers[at]]
        found[at] = begin[at] + step
    return found
