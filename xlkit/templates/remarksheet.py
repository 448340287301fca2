"""How the sheet «Замечания» is laid out, and how notes of ours begin; little that a button has to load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlkit.books.raw import RawSheet
from xlkit.errors import XlkitError
from xlkit.rules.sheetnames import FINDINGS
from xlkit.texts import Text
from xlkit.values import folded

FINDINGS_HEADER, FINDINGS_LAST = 4, 3000
"""The rows between which the findings stand: the captions, and the last that the sheets' colours reach."""

FINDING_CAPTIONS = (
    ("№", 6), ("Важность", 16), ("Лист", 14), ("Ячейка", 10), ("Что не так", 62), ("Значение", 18),
    ("Ожидалось", 18), ("Как исправить", 52), ("Правило", 10),
)  # fmt: skip
"""Captions with the widths of their columns."""

FINDINGS_NAMES = {"xl_finding_level": 2, "xl_finding_sheet": 3, "xl_finding_cell": 4}
"""Defined names of columns of the list, by which the colours of all sheets look into it."""

FINDINGS_BESIDE = "Замечания xlkit"
"""The list's name in a workbook whose «Замечания» is somebody's own sheet."""


def is_findings_list(captions: Sequence[object]) -> bool:
    """Whether a sheet with these captions in the row ``FINDINGS_HEADER`` is our list and not somebody's own."""
    known = {caption for caption, _ in FINDING_CAPTIONS}
    return sum(str(one).strip() in known for one in captions) > len(known) // 2


def findings_list(sheets: Iterable[RawSheet]) -> RawSheet | None:
    """Our list among the sheets of a workbook, by its name and captions."""
    names = {folded(FINDINGS), folded(FINDINGS_BESIDE)}
    for sheet in sheets:
        captions = [sheet.at(FINDINGS_HEADER, column + 1) for column in range(len(FINDING_CAPTIONS))]
        if folded(sheet.name) in names and is_findings_list(captions):
            return sheet
    return None


def free_list_name(sheets: Iterable[str]) -> str:
    """A name for the list in a workbook with these sheets, none of which is it; XlkitError where both are taken."""
    taken = {folded(name) for name in sheets}
    for name in (FINDINGS, FINDINGS_BESIDE):
        if folded(name) not in taken:
            return name
    said = f"Листы «{FINDINGS}» и «{FINDINGS_BESIDE}» заняты другим: переименуйте один из них"
    raise XlkitError(Text(said, f"The sheets «{FINDINGS}» and «{FINDINGS_BESIDE}» hold something else: rename one"))


OUR_NOTE = "Проверка xlkit"
"""How a note of ours begins; by it «Очистить замечания» and the next check know which to take away."""
