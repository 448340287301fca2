"""Where everything stands in a workbook that xlkit builds: rows and columns of every sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlkit.address import column_letters, quoted_sheet
from xlkit.books.captions import NO_PERIOD, ColumnKey, expected_captions
from xlkit.rules.edition import Edition
from xlkit.rules.model import Column, Table
from xlkit.rules.title import title_sheet
from xlkit.templates.content import Content, RowContent, with_spare_rows

TABLE_HEADER_ROW = 6
TITLE_FIRST_ROW = 5
_BELOW = 100
"""So many rows under a table its formulas still see."""


@dataclass(frozen=True)
class TableLayout:
    """One table's place: ``columns`` by id and period, ``rows`` from ``first`` to ``last``, then a footer row."""

    table_id: str
    table: Table
    header: int
    columns: dict[ColumnKey, int]
    captions: dict[ColumnKey, str]
    rows: tuple[RowContent, ...]

    @property
    def first(self) -> int:
        return self.header + 1

    @property
    def last(self) -> int:
        return self.header + len(self.rows)

    @property
    def footer(self) -> int:
        """An empty locked row that closes the table, so that ranges grow with rows inserted before it."""
        return self.last + 1

    @property
    def width(self) -> int:
        return max(self.columns.values())

    def letters(self, column: str, period: int = NO_PERIOD) -> str:
        return column_letters(self.columns[column, period])

    def has(self, column: str, period: int = NO_PERIOD) -> bool:
        return (column, period) in self.columns

    def span(self, column: str, period: int = NO_PERIOD) -> str:
        """The column's cells from the captions on, as an absolute reference with the sheet's name.

        It reaches beyond the footer: people type under a table too.
        """
        letters = self.letters(column, period)
        return f"{quoted_sheet(self.table.sheet)}!${letters}${self.header}:${letters}${self.footer + _BELOW}"

    def spec(self, key: ColumnKey) -> Column:
        return self.table.columns[key[0]]


@dataclass(frozen=True)
class Layout:
    """A whole workbook's places."""

    edition: Edition
    first_year: int
    tables: dict[str, TableLayout]

    @property
    def years(self) -> tuple[int, ...]:
        return self.edition.years(self.first_year)

    def title_row(self, field: str) -> int:
        """The row of a field of the title sheet; captions in column A, input in B."""
        return TITLE_FIRST_ROW + list(title_sheet().fields).index(field)

    def title_cell(self, field: str) -> str:
        return f"{quoted_sheet(title_sheet().sheet)}!$B${self.title_row(field)}"


def lay_out(edition: Edition, content: Content) -> Layout:
    """Place a content's tables, with spare rows."""
    years = edition.years(content.first_year)
    return Layout(
        edition,
        content.first_year,
        {name: _table(name, table, years, content.tables[name]) for name, table in edition.book.tables.items()},
    )


def _table(name: str, table: Table, years: tuple[int, ...], rows: Sequence[RowContent]) -> TableLayout:
    columns: dict[ColumnKey, int] = {}
    captions: dict[ColumnKey, str] = {}
    for column_id, column in table.columns.items():
        for period, caption in expected_captions(column, years):
            columns[column_id, period] = len(columns) + 1
            captions[column_id, period] = caption
    return TableLayout(name, table, TABLE_HEADER_ROW, columns, captions, tuple(with_spare_rows(table, rows)))
