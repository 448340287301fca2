"""How a sheet looks of which only the values are known: headings, a framed table with its captions, widths, print."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xlkit.address import cell_name
from xlkit.books.raw import RawSheet
from xlkit.templates.bookwriter import must
from xlkit.templates.styles import INDENT, Styles, row_height, text_lines

_LEAST, _MOST = 9, 62
_NARROW = 18
"""Columns up to this width are centred, as in our forms."""
_CAPTIONS_WITHIN = 40
_FRAMED_AT_MOST = 50_000
"""In a larger table empty cells have no frame."""
_HEADING = 26
_IN_SIGHT = 12
"""Captions that stand lower would take the screen."""

_FORMATS = {
    dt.datetime: "dd.mm.yyyy hh:mm:ss",
    dt.date: "dd.mm.yyyy",
    dt.time: "hh:mm:ss",
    dt.timedelta: "[h]:mm:ss",
}


class PlainLook:
    """The look of one sheet.

    Its first rows, until one has more than one filled cell, are headings; the rest is a table, ``framed`` or not.
    ``header`` is the row of its captions, guessed where it is not told.
    """

    def __init__(self, sheet: RawSheet, styles: Styles, header: int | None = None, framed: bool = True) -> None:
        self._sheet = sheet
        self._styles = styles
        self.width = max(map(len, sheet.grid), default=0)
        filled = [sum(cell is not None for cell in row) for row in sheet.grid]
        self._first = next((row for row, count in enumerate(filled, start=1) if count > 1), len(filled) + 1)
        self._header = header or self._guessed_header()
        self._framed = framed
        self._all_framed = framed and len(filled) * self.width <= _FRAMED_AT_MOST
        self._widths = self._fitting_widths()

    def _guessed_header(self) -> int | None:
        """The first row of the table with four or more texts and nothing else."""
        for row in range(self._first, min(len(self._sheet.grid), _CAPTIONS_WITHIN) + 1):
            filled = [cell for cell in self._sheet.grid[row - 1] if cell is not None]
            if len(filled) > 3 and all(isinstance(cell, str) for cell in filled):
                return row
        return None

    def _fitting_widths(self) -> list[float]:
        """Wide enough for contents of the table up to a limit, and for the longest word of its captions."""
        widths = [float(_LEAST)] * self.width
        for row in range(self._first, len(self._sheet.grid) + 1):
            for column, content in enumerate(self._sheet.grid[row - 1]):
                pieces = _shown(content).split(None if row == self._header else "\n")
                longest = max(map(len, pieces), default=0)
                widths[column] = max(widths[column], min(longest + INDENT + 2, _MOST))
        return widths

    # --- cells --------------------------------------------------------------------------------------------

    def framed_width(self, row: int) -> int:
        """How far a row's frames reach."""
        return self.width if self._all_framed and row >= self._first else 0

    def is_framed(self, row: int, column: int) -> bool:
        """Whether a cell has a frame though it is empty."""
        return column <= self.framed_width(row)

    def style(self, place: tuple[int, int], content: object) -> Any:
        """The format of a cell."""
        row, column = place
        look: dict[str, Any] = {"num_format": _FORMATS[type(content)]} if type(content) in _FORMATS else {}
        if row < self._first:
            return self._styles.heading() if row == 1 and not look else self._styles.note(**look)
        if row == self._header:
            return self._styles.caption(**look)
        look["text_wrap"] = True
        look |= {"align": "center"} if self._widths[column - 1] <= _NARROW else {"align": "left", "indent": 1}
        return self._styles.cell(**look) if self._framed else self._styles.get(**look)

    # --- the sheet ----------------------------------------------------------------------------------------

    def lay_out(self, page: Any) -> None:
        """Widths, heights, captions in sight, print setup."""
        rows = len(self._sheet.grid)
        if not rows:
            return
        for column, width in enumerate(self._widths):
            must(page.set_column(column, column, width))
        for row in range(1, rows + 1):
            must(page.set_row(row - 1, self._height(row)))
        if self._header is not None:
            if self._header <= _IN_SIGHT:
                page.freeze_panes(self._header, 0)
            page.repeat_rows(self._header - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.hide_gridlines(2)
        page.ignore_errors({"number_stored_as_text": f"A1:{cell_name(rows, max(self.width, 1))}"})

    def _height(self, row: int) -> float | None:
        if row < self._first:
            return _HEADING if row == 1 else None
        lines = max(
            (
                text_lines(content, self._widths[column] - INDENT, bold=row == self._header)
                for column, content in enumerate(self._sheet.grid[row - 1])
                if isinstance(content, str)
            ),
            default=1,
        )
        return row_height(lines)


def _shown(content: object) -> str:
    """About what a cell shows."""
    if content is None:
        return ""
    if isinstance(content, float):
        return f"{content:.10g}"
    if type(content) in _FORMATS:
        return _FORMATS[type(content)]
    return str(content)
