"""Rows: their unit, mode and link, beside what the edition knows."""

from __future__ import annotations

from typing import Any

from xlkit.books.frames import records
from xlkit.finding import Finding
from xlkit.rules.catalogue import finding
from xlkit.rules.phrases import look_alikes, offered
from xlkit.rules.schema import broken, modes_said, row_schema
from xlkit.validate.asked import Asked, Found

_UNIT, _MODE, _LINK = (("column_unit", "unit_text"), ("column_mode", "mode_text"), ("column_link", "link_text"))
_ABOUT = {
    "V-121": _UNIT,
    "V-122": _UNIT,
    "V-123": _UNIT,
    "V-124": _MODE,
    "V-125": _MODE,
    "V-126": _LINK,
    "V-128": _MODE,
}
"""The column that a rule is about, and what stands there."""


def check_rows(asked: Asked) -> Found:
    """The findings of the rows of tables that are due."""
    rows = asked.frames.rows[asked.applies(asked.frames.rows)].copy()
    rows["usual_unit"] = [
        text == unit or _typical_unit(asked, table, key) == text
        for text, unit, table, key in zip(rows["unit_text"], rows["unit"], rows["table"], rows["key"], strict=True)
    ]
    for rule, index in broken(row_schema(asked.edition), rows):
        for row in records(rows.loc[index]):
            yield row.workbook, _finding(asked, rule, row)


def _typical_unit(asked: Asked, table: str, key: str) -> str:
    row = asked.edition.typical[table].get(key)
    return row.unit if row else ""


def _finding(asked: Asked, rule: str, row: Any) -> Finding:
    column, text = (getattr(row, name) for name in _ABOUT[rule])
    usual = _typical_unit(asked, row.table, row.key)
    return finding(
        rule,
        asked.place(row.workbook, row.sheet, row.row, column),
        text or None,
        usual or None if rule in ("V-121", "V-122") else None,
        row=asked.row_label(row.Index),
        text=text,
        unit=row.unit,
        mode=text,
        code=row.link,
        suggestion=offered(usual),
        letters=look_alikes(text),
        modes=modes_said(asked.edition, row.table),
        known=_known_links(asked, row.table),
    )


def _known_links(asked: Asked, table: str) -> str:
    for column in asked.tables[table].columns.values():
        if column.kind == "link":
            return ", ".join(row.code for row in asked.edition.rows[column.to])
    return ""
