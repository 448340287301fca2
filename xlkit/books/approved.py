"""The sheet «Утверждено»: where the approved figures stand in it, and reading them back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlkit.books.raw import RawSheet
from xlkit.books.submission import Submission
from xlkit.rules.codes import read_code
from xlkit.rules.registered import Figure
from xlkit.rules.sheetnames import APPROVED
from xlkit.values import as_text, folded, squeezed

HEADER_ROW = 5
TABLE, PARENT, CODE, NAME = "Таблица", "Код родителя", "№ п/п", "Наименование"
UNIT, MODE, LINK = "Единица измерения", "Учёт", "Показатель №"
NAME_COLUMN = 3
_HEADER_ROWS = 40


def captions(years: tuple[int, ...]) -> list[tuple[str, float]]:
    """The sheet's captions with their widths."""
    fixed: list[tuple[str, float]] = [
        (TABLE, 13),
        (PARENT, 12),
        (CODE, 10),
        (NAME, 62),
        (UNIT, 13),
        (MODE, 16),
        (LINK, 12),
    ]
    return fixed + [(str(year), 12) for year in years]


def read_approved(submission: Submission) -> list[Figure]:
    """The approved figures that a workbook carries; empty where it carries none."""
    sheets = submission.raw.named(APPROVED)
    return list(_figures(sheets[0], submission)) if sheets else []


def _figures(sheet: RawSheet, submission: Submission) -> Iterator[Figure]:
    header = _header(sheet)
    if header is None:
        return
    row_number, places, years = header
    edition = submission.edition
    tables = {folded(table.sheet): name for name, table in edition.book.tables.items()}
    for row in range(row_number + 1, len(sheet.grid) + 1):
        texts = {name: squeezed(as_text(sheet.at(row, column))) for name, column in places.items()}
        table = tables.get(folded(texts.get(TABLE, "")))
        code = read_code(texts.get(CODE)).text
        if table is None or not code:
            continue
        parent = read_code(texts.get(PARENT)).text
        numbered = parent and code.startswith(f"{parent}.")
        mode = edition.mode_of(texts.get(MODE, ""), edition.book.tables[table]) or ""
        for year, column in years.items():
            yield Figure(
                cluster=submission.cluster,
                form=edition.form,
                table=table,
                parent=parent,
                code=code,
                key=code if numbered or not parent else f"{parent}/{code}",
                name=texts.get(NAME, ""),
                unit=texts.get(UNIT, ""),
                mode=mode,
                link=texts.get(LINK, ""),
                year=year,
                value=sheet.at(row, column),
            )


def _header(sheet: RawSheet) -> tuple[int, dict[str, int], dict[int, int]] | None:
    known = {folded(name): name for name in (TABLE, PARENT, CODE, NAME, UNIT, MODE, LINK)}
    for row in range(1, min(len(sheet.grid), _HEADER_ROWS) + 1):
        texts = {i: folded(as_text(c)) for i, c in enumerate(sheet.grid[row - 1], start=1)}
        places = {known[text]: i for i, text in texts.items() if text in known}
        if {TABLE, CODE} <= places.keys():
            years = {int(text): i for i, text in texts.items() if re.fullmatch("20[0-9]{2}", text)}
            return row, places, years
    return None
