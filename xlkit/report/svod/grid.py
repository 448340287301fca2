"""Writing the summary's tables on one grid: columns are as wide as the longest number that stands in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xlkit.consolidate import Total
from xlkit.report.lists.links import Link, clean, write_link
from xlkit.report.lists.listing import ReportBook
from xlkit.report.lists.rows import number_format
from xlkit.store.places import Tally
from xlkit.templates.styles import BLUE, INDENT, NAVY, row_height, text_lines
from xlkit.texts import figure

CODE_WIDTH, NAME_WIDTH, VALUE_WIDTH = 8.0, 33.0, 8.0
Look = dict[str, Any]
"""Properties of a cell's format.

``to`` says how far a merged cell reaches, ``sign`` whether a «?» follows a figure, or the room that it would take.
"""

Cell = tuple[int, object, Look]
"""Column from 0, content, look."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What a cell shows of a total: the amount, or how many clusters are in it."""

    shown: object
    total: Total


@dataclass(frozen=True, slots=True)
class Count:
    """What a cell shows of something that is counted, and what that is."""

    shown: int | None
    tally: Tally


LAST = 25
"""The grid's last column (from 0): everything that spans the page ends there."""

_SIGNS = {True: '"?"', False: "_?"}
"""Behind a number in its format: the sign of a questionable figure, which stays a number; or its room."""


class Grid:
    """A cursor over the summary sheet; ``row`` is the next free row from 0.

    ``links`` says where a total is told in full; ``sums`` collects where which total was put, ``counters`` in which row
    and between which columns which counter was.
    """

    def __init__(self, book: ReportBook, sheet: Any, links: Callable[[Total], Link] | None = None) -> None:
        self.book = book
        self.sheet = sheet
        self.row = 0
        self.last = LAST
        self.sums: list[tuple[int, int, Total]] = []
        self.counters: list[tuple[int, int, int, Count]] = []
        self._links = links
        self._widths: dict[int, float] = {0: CODE_WIDTH, 1: NAME_WIDTH, 2: 9.5, 3: 9.5, LAST: 9.5}
        self.starts: list[int] = []

    def width(self, column: int) -> float:
        return self._widths.get(column, VALUE_WIDTH)

    def span(self, first: int, last: int) -> float:
        """The width of several columns together."""
        return sum(self.width(column) for column in range(first, last + 1))

    def room(self, first: int, last: int) -> float:
        """What of that width a text has: it stands away from the border."""
        return self.span(first, last) - INDENT

    @property
    def pixels(self) -> int:
        """The grid's width on a screen."""
        return sum(self.column_pixels(column) for column in range(self.last + 1))

    def column_pixels(self, column: int) -> int:
        return int(self.width(column) * 7 + 5)

    def fit(self, numbers: dict[int, float | None]) -> None:
        """Widen columns for the numbers that will stand in them; to be called before anything is drawn."""
        for column, number in numbers.items():
            if number is not None:
                self._widths[column] = max(
                    self.width(column), len(figure(round(number, 3))) * 0.92 + 3
                )  # with room for a sign

    def set_columns(self) -> None:
        for column in range(self.last + 1):
            self.sheet.set_column(column, column, self.width(column))

    # --- parts of a page ------------------------------------------------------------------------------

    def new_page(self) -> None:
        """What follows begins a page in print."""
        self.starts.append(self.row)

    def section(self, title: str, note: str = "", page: bool = False) -> None:
        """A heading with a line under it, and a sentence."""
        self.row += 1
        if page:
            self.new_page()
        line = self.book.styles.get(bold=True, font_size=14, font_color=NAVY, bottom=2, bottom_color=NAVY)
        self.sheet.set_row(self.row, 24)
        for column in range(self.last + 1):
            self.sheet.write_blank(self.row, column, None, line)
        self.sheet.write_string(self.row, 0, title, line)
        self.row += 1
        if note:
            self.note(note)

    def subheading(self, title: str) -> None:
        self.sheet.set_row(self.row, 22)
        self.sheet.write_string(self.row, 0, title, self.book.styles.get(bold=True, font_size=12, font_color=NAVY))
        self.row += 1

    def note(self, text: str) -> None:
        """A sentence over the whole width, wrapped."""
        width = self.span(0, self.last)
        self.sheet.set_row(self.row, row_height(text_lines(text, width, 10), 10))
        self.put(0, text, self.book.styles.note(text_wrap=True), self.last)
        self.row += 1

    def space(self, height: float = 8) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    def reserve(self, pixels: int) -> int:
        """Rows of 20 pixels for a drawing; returns the first."""
        first = self.row
        for _ in range(-(-pixels // 20)):
            self.sheet.set_row(self.row, 15)
            self.row += 1
        return first

    # --- tables ---------------------------------------------------------------------------------------

    def captions(self, captions: Sequence[tuple[int, int, str]]) -> None:
        """One row of captions: (first column, last column, text)."""
        look = self.book.styles.caption()
        lines = 1
        for first, last, text in captions:
            lines = max(lines, text_lines(text, self.span(first, last), 10, bold=True))
            self.put(first, text, look, last)
        self.sheet.set_row(self.row, row_height(lines, 10) + 3)
        self.row += 1

    def put(self, column: int, content: object, look: Any, last: int | None = None) -> None:
        """A cell, or one that reaches to ``last``."""
        if last is not None and last > column:
            self.sheet.merge_range(self.row, column, self.row, last, "", look)
        if isinstance(content, Sum):
            content = self._opened(column, content)
        elif isinstance(content, Count):
            self.counted(column, last or column, content)
            content = content.shown
        if content is None or content == "":
            self.sheet.write_blank(self.row, column, None, look)
        elif isinstance(content, Link):
            write_link(self.sheet, (self.row, column), content, (look, look))
        elif isinstance(content, (int, float)) and not isinstance(content, bool):
            self.sheet.write_number(self.row, column, content, look)
        else:
            self.sheet.write_string(self.row, column, clean(str(content)), look)

    def counted(self, first: int, last: int, count: Count, rows: int = 1) -> None:
        """Note where a counter stands, from this row on."""
        self.counters += [(self.row + i, first, last, count) for i in range(rows)]

    def _opened(self, column: int, content: Sum) -> object:
        """Note where a total stands; its amount leads to where it is told in full, where a link is possible."""
        self.sums.append((self.row, column, content.total))
        if self._links is None or not isinstance(content.shown, (int, float)):
            return content.shown
        link = self._links(content.total)
        return Link(content.shown, link.url, link.tip)

    def line(self, cells: Sequence[Cell], bold: bool = False, lines: int = 1) -> None:
        """One row of a table: its cells, bold on blue for a sum, so many lines high."""
        self.sheet.set_row(self.row, row_height(lines, 10) if lines > 1 else 17)
        for column, content, given in cells:
            look = {k: v for k, v in given.items() if k not in ("to", "sign")} | {"font_size": 10}
            if bold:
                look |= {"bold": True, "bg_color": look.get("bg_color", BLUE)}
            number = content.shown if isinstance(content, (Sum, Count)) else content
            if isinstance(number, (int, float)):
                look = {"align": "right", "num_format": number_format(number)} | look
            if "sign" in given:
                look["num_format"] = look.get("num_format", "@") + _SIGNS[given["sign"]]
            if look.get("align", "left") != "center":
                look = {"indent": 1} | look
            self.put(column, content, self.book.styles.cell(**look), given.get("to"))
        self.row += 1
