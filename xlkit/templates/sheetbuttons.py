"""Buttons in the sheets of a template with macros."""

from __future__ import annotations

from xlkit.buttons import Button, buttons
from xlkit.rules.sheetnames import FINDINGS
from xlkit.rules.title import title_sheet
from xlkit.templates.bookwriter import BookWriter, must
from xlkit.templates.layout import TITLE_FIRST_ROW

_WIDTH, _HEIGHT, _GAP = 170, 26, 8
_ON_TABLES = ("check", "recompute", "undo_recompute", "add_row")
_ON_FINDINGS = ("check", "clear_findings")
_IN_ONE_ROW = 4


def add_buttons(book: BookWriter) -> None:
    """All buttons under the title sheet's fields; those of daily use above every table and the findings."""
    row = TITLE_FIRST_ROW + len(title_sheet().fields) + 2
    for number, button in enumerate(buttons().values()):
        line, place = divmod(number, _IN_ONE_ROW)
        _insert(book, title_sheet().sheet, row, 0, button, place, 6 + line * (_HEIGHT + _GAP))
    for table in book.layout.tables.values():
        after_name = max(table.columns["name", -1], 1)
        actions = [a for a in _ON_TABLES if a != "add_row" or any(not level.fixed for level in table.table.levels)]
        for place, action in enumerate(actions):
            _insert(book, table.table.sheet, 0, after_name, buttons()[action], place, 4)
    for place, action in enumerate(_ON_FINDINGS):
        _insert(book, FINDINGS, 0, 4, buttons()[action], place, 4)


def _insert(book: BookWriter, sheet: str, row: int, column: int, button: Button, place: int, top: int) -> None:
    options = {
        "macro": button.macro,
        "caption": button.label,
        "description": button.tip,
        "width": _WIDTH,
        "height": _HEIGHT,
        "x_offset": 6 + place * (_WIDTH + _GAP),
        "y_offset": top,
    }
    must(book.sheets[sheet].insert_button(row, column, options))
