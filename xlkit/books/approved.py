"""The sheet «Утверждено»: where the approved figures stand in it."""

from __future__ import annotations

from xlkit.books.content import ApprovedRow
from xlkit.rules.edition import Edition

HEADER_ROW = 5
TABLE, PARENT, CODE, NAME = "Таблица", "Код родителя", "№ п/п", "Наименование"
UNIT, MODE, LINK = "Единица измерения", "Учёт", "Показатель №"
NAME_COLUMN = 3


def captions(years: tuple[int, ...]) -> list[tuple[str, float]]:
    """The sheet's captions with their widths."""
    fixed = [(TABLE, 13), (PARENT, 12), (CODE, 10), (NAME, 62), (UNIT, 13), (MODE, 16), (LINK, 12)]
    return fixed + [(str(year), 12) for year in years]


def cells(row: ApprovedRow, edition: Edition, years: tuple[int, ...]) -> list[object]:
    """One row's contents in the order of the captions."""
    sheet = edition.book.tables[row.table].sheet
    return [sheet, row.parent, row.code, row.name, row.unit, row.mode, row.link, *(row.values.get(y) for y in years)]
