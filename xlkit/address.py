"""Cell addresses: ``E14`` to (14, 5) and back. Rows and columns count from 1, as a person sees them."""

from __future__ import annotations

import re
from functools import cache, lru_cache

Box = tuple[int, int, int, int]
"""Top, left, bottom and right of an area, from 1."""

_A1 = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]*)")


@cache
def column_letters(column: int) -> str:
    """``1`` is A, ``27`` is AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """``A`` is 1, ``AA`` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """``cell_name(14, 5)`` is ``E14``."""
    return f"{column_letters(column)}{row}"


@lru_cache(maxsize=65_536)  # thousands of workbooks name the same cells
def cell_position(name: str) -> tuple[int, int]:
    """``cell_position("E14")`` is ``(14, 5)``; raises ValueError for anything else."""
    match = _A1.fullmatch(name)
    if match is None:
        raise ValueError(f"not a cell address: {name!r}")
    return int(match[2]), column_number(match[1])


def area_box(name: str) -> Box:
    """``area_box("B2:D5")`` is ``(2, 2, 5, 4)``, whichever corners are named; raises ValueError for anything else."""
    first, _, last = name.partition(":")
    (top, left), (bottom, right) = cell_position(first), cell_position(last or first)
    return min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def area_name(box: Box) -> str:
    """``area_name((2, 2, 5, 4))`` is ``B2:D5``."""
    return f"{cell_name(*box[:2])}:{cell_name(*box[2:])}"


def quoted_sheet(name: str) -> str:
    """A sheet's name as a formula or link needs it."""
    return "'" + name.replace("'", "''") + "'"
