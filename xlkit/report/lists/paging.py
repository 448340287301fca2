"""Where the rows of a list stand: below its head, and on further sheets where one does not hold them all."""

from __future__ import annotations

MAX_ROWS = 1_048_000
"""A sheet of Excel has 1,048,576 rows; a longer list goes on on another sheet."""

HEAD = 3
"""Rows above those of a list: heading, sentence, captions."""


def first_row() -> int:
    """The number of a listing's first line as Excel counts."""
    return HEAD + 1


def sheet_names(name: str, count: int) -> list[str]:
    """The sheets that a list of so many rows takes: «План», «План (2)» …"""
    return [name, *(f"{name} ({page})" for page in range(2, -(-count // MAX_ROWS) + 1))]


def sheet_rows(count: int) -> list[tuple[int, int]]:
    """The first row (from 0) on each of these sheets, and the one after its last."""
    return [(first, min(first + MAX_ROWS, count)) for first in range(0, max(count, 1), MAX_ROWS)]


def page_of(number: int) -> tuple[int, int]:
    """The sheet of a list (from 0) on which a row stands, and the row there, both from 0."""
    page, row = divmod(number, MAX_ROWS)
    return page, HEAD + row


def place_of(name: str, number: int) -> tuple[str, int]:
    """The name of that sheet, and the number of the row there as Excel counts."""
    page, row = page_of(number)
    return (f"{name} ({page + 1})" if page else name), row + 1
