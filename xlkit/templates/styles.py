"""How a workbook looks: one palette, cell formats by purpose, row heights by wrapped text."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

FONT = "Calibri"
POINTS = 11

NAVY = "#1F3864"
BLUE = "#D9E2F3"
PALE_BLUE = "#EEF3FA"
GREY = "#F2F2F2"
LINE = "#A6A6A6"
INPUT = "#FFFBE6"
RED = "#F8CBAD"
YELLOW = "#FFE699"
GREEN = "#C6E0B4"
MUTED = "#7F7F7F"
QUESTIONED = "#C00000"

INDENT = 1.3
"""What an indent of 1 takes of a column's width."""


class Styles:
    """XlsxWriter formats of one workbook, each made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **properties: Any) -> Any:
        """A format with these properties over the common font and alignment."""
        whole = {"font_name": FONT, "font_size": POINTS, "valign": "vcenter", **properties}
        key = tuple(sorted(whole.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(whole)
        return self._made[key]

    def heading(self) -> Any:
        return self.get(bold=True, font_size=16, font_color=NAVY)

    def subheading(self) -> Any:
        return self.get(font_size=12, font_color=NAVY)

    def note(self, **more: Any) -> Any:
        return self.get(font_size=10, font_color=MUTED, **more)

    def caption(self, points: float = 10, **more: Any) -> Any:
        return self.get(
            bold=True, font_size=points, font_color="#FFFFFF", bg_color=NAVY, border=1, border_color="#FFFFFF",
            align="center", text_wrap=True, **more,
        )  # fmt: skip

    def cell(self, **more: Any) -> Any:
        return self.get(border=1, border_color=LINE, **more)


@lru_cache(maxsize=65536)
def text_lines(text: str, width: float, points: float = POINTS, bold: bool = False) -> int:
    """How many lines a text takes in a column of a width (in characters of the default font)."""
    room = max((width - 1) * 0.97 * 11 / points * (0.93 if bold else 1.0), 1.0)
    lines = 0
    for paragraph in text.split("\n"):
        used = 0.0
        lines += 1
        for word in paragraph.split(" "):
            need = len(word) + (1 if used else 0)
            if used and used + need > room:
                lines += 1
                used = float(len(word))
            else:
                used += need
            if used > room:
                lines += math.ceil(used / room) - 1
                used %= room
    return lines


def row_height(lines: int, points: float = POINTS) -> float:
    """The height of a row of so many lines; LibreOffice needs it explicit."""
    return min(round(1.25 * points * lines + 5, 1), 400.0)
