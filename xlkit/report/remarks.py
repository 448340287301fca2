"""Findings as rows of the sheet «Замечания», and as notes to cells; in Russian, as the workbook is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlkit.address import quoted_sheet
from xlkit.finding import Finding
from xlkit.templates.remarksheet import FINDINGS_HEADER, FINDINGS_LAST, OUR_NOTE
from xlkit.texts import figure, using_language

_LONGEST, _LONGEST_VALUE = 1000, 150
"""Letters of a sentence, and of a value: more of it makes a row as high as a page and says no more."""


@dataclass(frozen=True)
class CellLink:
    """A cell's address that opens the cell."""

    sheet: str
    cell: str

    @property
    def formula(self) -> str:
        """A formula (without «=») that shows the address and moves with the cell when rows are inserted."""
        there = f"{quoted_sheet(self.sheet)}!{self.cell}"
        address = f"ADDRESS(ROW({there}),COLUMN({there}),4)"
        prefix = f"#{quoted_sheet(self.sheet)}!".replace('"', '""')
        return f'HYPERLINK("{prefix}"&{address},{address})'


Remark = list[int | str | CellLink | None]
"""A row of the sheet, in the order of its captions."""


def remark_rows(findings: Sequence[Finding]) -> list[Remark]:
    """A row per finding; where there is no room for all, the last row says how many are left out."""
    room = FINDINGS_LAST - FINDINGS_HEADER
    with using_language("ru"):
        rows = [_row(number, one) for number, one in enumerate(findings[:room], start=1)]
        if len(findings) > room:
            left = len(findings) - room + 1
            said = f"… и ещё {left}: всё показывает команда xlkit check"
            rows[-1] = [None, None, None, None, said, None, None, None, None]
        return rows


def _row(number: int, one: Finding) -> Remark:
    location = one.location
    return [
        number,
        str(one.severity.word),
        location.sheet,
        CellLink(location.sheet, location.cell) if location.sheet and location.cell else None,
        _short(str(one.message)),
        _short(figure(one.value), _LONGEST_VALUE),
        _short(figure(one.expected), _LONGEST_VALUE),
        _short(str(one.hint)) if one.hint else None,
        one.rule,
    ]


def _short(text: str, longest: int = _LONGEST) -> str | None:
    return (text if len(text) <= longest else text[: longest - 1] + "…") or None


def cell_notes(findings: Sequence[Finding]) -> dict[tuple[str, str], str]:
    """The note of every (sheet, cell) with findings: all that is to be mended there, errors first."""
    told: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        if one.location.sheet and one.location.cell:
            told.setdefault((one.location.sheet, one.location.cell), []).append(one)
    with using_language("ru"):
        return {place: f"{OUR_NOTE}\n{_note(group)}" for place, group in told.items()}


def _note(findings: Sequence[Finding]) -> str:
    ordered = sorted(findings, key=lambda one: one.order)
    lines = (f"{_capital(str(one.severity.word))}: {_short(str(one.message))}. {one.hint or ''}" for one in ordered)
    return "\n".join(line.strip() for line in lines)


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]
