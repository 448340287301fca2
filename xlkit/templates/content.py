"""What goes into a workbook: the title sheet's entries, the tables' rows, the approved figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xlkit.rules.edition import YEARS, Edition, table_modes
from xlkit.rules.model import Table
from xlkit.texts import printable


@dataclass(frozen=True)
class RowContent:
    """One row as it is to stand in the sheet. ``values`` by column and period; missing ones stay empty.

    ``mode`` is the caption («за год»), ``name`` may hold ``{отрасль}``, which becomes a live formula.
    """

    level: str
    code: str = ""
    name: str = ""
    unit: str = ""
    mode: str = ""
    link: str = ""
    carries: bool = False
    values: Mapping[tuple[str, int], object] = field(default_factory=dict)

    def at(self, kind: str, key: tuple[str, int]) -> object:
        """What a cell of a column of some kind is to hold; ``None`` for nothing."""
        own = {"code": self.code, "name": self.name, "unit": self.unit, "mode": self.mode, "link": self.link}
        return own[kind] or None if kind in own else self.values.get(key)


@dataclass(frozen=True)
class ApprovedRow:
    """One approved row of the sheet «Утверждено»; ``values`` by year."""

    table: str
    parent: str
    code: str
    name: str
    unit: str
    mode: str
    link: str
    values: Mapping[int, object]


@dataclass(frozen=True)
class Content:
    """A whole workbook's content."""

    first_year: int
    title: Mapping[str, object]
    tables: Mapping[str, Sequence[RowContent]]
    approved: Sequence[ApprovedRow] = ()
    approved_on: str = ""


def typical_content(
    edition: Edition, first_year: int | None = None, title: Mapping[str, object] | None = None
) -> Content:
    """A blank workbook: the fixed and typical rows of the form, no values."""
    year = first_year or edition.book.first_year
    tables = {name: typical_rows(edition, name, year) for name in edition.book.tables}
    entries = {"kind": edition.book.cluster_kind, "first_year": year, **(title or {})}
    return Content(year, entries, tables)


def typical_rows(edition: Edition, table_id: str, first_year: int) -> list[RowContent]:
    """The typical rows of one table, without spare rows."""
    years = ", ".join(str(year) for year in edition.years(first_year))
    modes = table_modes(edition.book.tables[table_id])
    return [
        RowContent(
            level=row.level,
            code=row.code,
            name=row.name.replace(YEARS, years),
            unit=row.unit,
            mode=edition.mode(row.mode).caption if row.mode in modes else "",
            link=row.link,
            carries=row.values,
        )
        for row in edition.rows[table_id]
    ]


def with_spare_rows(table: Table, rows: Sequence[RowContent]) -> list[RowContent]:
    """The rows with empty ones at the end of every result, ready for measures of the cluster's own."""
    if not table.spare_rows:
        return list(rows)
    fixed = [level.id for level in table.levels if level.fixed]
    holder = fixed[-1]
    deepest = next(level.id for level in table.levels if not level.fixed)
    result: list[RowContent] = []
    open_holder = False
    for row in rows:
        if row.level in fixed and open_holder:
            result += [RowContent(deepest)] * table.spare_rows
            open_holder = False
        open_holder = open_holder or row.level == holder
        result.append(row)
    return result + [RowContent(deepest)] * (table.spare_rows if open_holder else 0)


_ROW_TEXTS = ("code", "name", "unit", "mode", "link")


def printable_content(content: Content) -> Content:
    """The content without the characters that no workbook can hold, such as Word's own line break."""

    def clean(value: Any) -> Any:
        return printable(value) if isinstance(value, str) else value

    def clean_row(row: RowContent) -> RowContent:
        texts: dict[str, Any] = {name: printable(getattr(row, name)) for name in _ROW_TEXTS}
        return replace(row, **texts, values={key: clean(value) for key, value in row.values.items()})

    def clean_approved(row: ApprovedRow) -> ApprovedRow:
        texts: dict[str, Any] = {name: printable(getattr(row, name)) for name in ("parent", *_ROW_TEXTS)}
        return replace(row, **texts, values={year: clean(value) for year, value in row.values.items()})

    return replace(
        content,
        title={name: clean(value) for name, value in content.title.items()},
        tables={name: [clean_row(row) for row in rows] for name, rows in content.tables.items()},
        approved=[clean_approved(row) for row in content.approved],
    )
