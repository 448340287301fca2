"""Findings as rows of the sheet «Замечания», and as notes to cells; in Russian, as the workbook is."""

from __future__ import annotations

from collections.abc import Sequence

from xlkit.address import quoted_sheet
from xlkit.finding import Finding
from xlkit.texts import figure, using_language
from xlkit.values import Kind, parse_value

REMARK_COLUMNS = 9
"""№, severity, sheet, cell, what is wrong, value, expected, how to mend it, rule."""

_LONGEST = 1000


def remark_rows(findings: Sequence[Finding], room: int) -> list[list[object]]:
    """A row per finding; where there is no room for all, the last row says how many are left out."""
    with using_language("ru"):
        rows: list[list[object]] = [_row(number, one) for number, one in enumerate(findings[:room], start=1)]
        if len(findings) > room:
            left = len(findings) - room + 1
            rows[-1] = [None] * 4 + [f"… и ещё {left}: всё показывает команда xlkit check", *[None] * 4]
        return rows


def _row(number: int, one: Finding) -> list[object]:
    location = one.location
    return [
        number,
        str(one.severity.word),
        location.sheet,
        cell_link(location.sheet, location.cell) if location.sheet and location.cell else None,
        _plain(str(one.message)),
        _plain(figure(one.value)),
        _plain(figure(one.expected)),
        _plain(str(one.hint)) if one.hint else None,
        one.rule,
    ]


def cell_link(sheet: str, cell: str) -> str:
    """A formula that shows a cell's address, opens it, and moves with it when rows are inserted."""
    there = f"{quoted_sheet(sheet)}!{cell}"
    address = f"ADDRESS(ROW({there}),COLUMN({there}),4)"
    prefix = f"#{quoted_sheet(sheet)}!".replace('"', '""')
    return f'=HYPERLINK("{prefix}"&{address},{address})'


def _plain(text: str) -> str | None:
    """A text that Excel does not take for a formula or a number: what people typed comes back as they typed it."""
    if not text:
        return None
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    changes = short[0] in "=+-@" or parse_value(short).kind is not Kind.TEXT
    return f"'{short}" if changes else short


def note_text(findings: Sequence[Finding]) -> str:
    """What a note at a cell says: errors first."""
    with using_language("ru"):
        ordered = sorted(findings, key=lambda one: one.order)
        return "\n".join(
            f"{_capital(str(one.severity.word))}: {one.message}. {one.hint or ''}".strip() for one in ordered
        )


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]
