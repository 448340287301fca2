"""For tests of the свод: where its links lead, by the captions of its lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from xlkit.report.lists.paging import first_row

HEADER = first_row() - 1
FINDINGS, RECONCILED = "Замечания", "Сверка"
TABLES = ("План", "Показатели", "Факт")

Row = Mapping[str, Any]


class Led(NamedTuple):
    """A line of a list, and what its cell «Ячейка» leads to: the row, its sheet, the caption of the column."""

    line: Row
    row: Row
    sheet: str
    caption: str


def lines(sheet: Worksheet) -> list[Row]:
    """The rows of a list by its captions."""
    captions, *rows = sheet.iter_rows(min_row=HEADER, values_only=True)
    return [dict(zip(map(str, captions), row, strict=True)) for row in rows]


def pages(book: Workbook, name: str) -> list[Worksheet]:
    """The sheets of a list: «План», «План (2)» …"""
    return [book[sheet] for sheet in book.sheetnames if re.fullmatch(rf"{name}( \(\d+\))?", sheet)]


def led(book: Workbook, name: str) -> Iterator[tuple[Row, Led | None]]:
    """Every line of «Замечания» or «Сверка» and where it leads; asserts that what leads looks so, and nothing else."""
    tables = {sheet.title: lines(sheet) for table in TABLES for sheet in pages(book, table)}
    for sheet in pages(book, name):
        column = next(cell.column for cell in sheet[HEADER] if cell.value == "Ячейка")
        for number, line in enumerate(lines(sheet), start=HEADER + 1):
            cell = sheet.cell(number, column)
            assert (cell.hyperlink is not None) == (cell.font.underline is not None)
            if cell.hyperlink is None:
                yield line, None
                continue
            found = re.fullmatch(r"'(.+)'!([A-Z]+)([0-9]+)", str(cell.hyperlink.location))
            assert found is not None
            caption = book[found[1]][f"{found[2]}{HEADER}"].value
            yield line, Led(line, tables[found[1]][int(found[3]) - HEADER - 1], found[1], str(caption))


def origin(row: Row) -> tuple[str, str, str]:
    """File, sheet and row of the workbook that a line of a list tells of."""
    return str(row["Файл"]), str(row["Лист"]), re.sub("[A-Z]", "", str(row["Ячейка"]))


def assert_led_home(one: Led) -> None:
    """The row is of the same cluster, and of the same row of the same workbook."""
    assert one.line["Идентификатор кластера"] == one.row["Идентификатор кластера"]
    assert origin(one.line) == origin(one.row)
    assert one.sheet.partition(" (")[0] == one.line["Лист"]
