"""Merged areas of an open sheet: one question where there are none, a search by halves where there are."""

from __future__ import annotations

from collections.abc import Iterator

import xlwings as xw

from xlkit.address import Box


def merged_areas(sheet: xw.Sheet, box: Box) -> list[Box]:
    """The merged areas that reach into a box, each once."""
    return list(dict.fromkeys(_found(sheet, box)))


def _found(sheet: xw.Sheet, box: Box) -> Iterator[Box]:
    top, left, bottom, right = box
    area = sheet.range((top, left), (bottom, right))
    if area.merge_cells is False:  # else True or, where some are and some not, each program's own word for that
        return
    if (top, left) == (bottom, right):
        whole = area.merge_area
        yield whole.row, whole.column, whole.last_cell.row, whole.last_cell.column
    elif bottom > top:
        middle = (top + bottom) // 2
        yield from _found(sheet, (top, left, middle, right))
        yield from _found(sheet, (middle + 1, left, bottom, right))
    else:
        middle = (left + right) // 2
        yield from _found(sheet, (top, left, top, middle))
        yield from _found(sheet, (top, middle + 1, top, right))
