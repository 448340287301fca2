"""A workbook in the making: content that can still be changed, and what a check of it is expected to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD, ColumnKey
from xlkit.rules.edition import Edition
from xlkit.rules.registered import Cluster, Figure
from xlkit.rules.title import title_sheet
from xlkit.templates.content import Content, RowContent
from xlkit.templates.layout import lay_out


@dataclass
class DraftRow:
    """A row that can still be changed; ``key`` is what it was made as."""

    key: str
    level: str
    code: str
    name: str
    unit: str = ""
    mode: str = ""
    link: str = ""
    carries: bool = True
    values: dict[ColumnKey, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """A finding that a fault must give: the row (``None``: the title sheet or the captions) and its column."""

    kind: str
    rule: str
    table: str
    row: DraftRow | None
    column: ColumnKey


@dataclass(frozen=True)
class Planted:
    """A planted fault as it is written down: where it stands, of what kind, and which rule must find it."""

    workbook: str
    sheet: str
    cell: str
    kind: str
    rule: str


@dataclass
class Draft:
    """One workbook of the demo."""

    cluster: Cluster
    edition: Edition
    first_year: int
    title: dict[str, object]
    tables: dict[str, list[DraftRow]]
    expected: list[Expected] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    """Kinds of faults by which the workbook no longer counts as its cluster's plan."""

    def row(self, table: str, key: str) -> DraftRow:
        """The row that was made with a key."""
        return next(row for row in self.tables[table] if row.key == key)

    def expect(
        self, kind: str, rule: str, table: str, row: DraftRow | None, column: str, period: int = NO_PERIOD
    ) -> None:
        """Write down that ``rule`` must be found at a cell."""
        self.expected.append(Expected(kind, rule, table, row, (column, period)))

    def finish(self, workbook: str) -> tuple[Content, list[Planted]]:
        """The content to build, and the planted faults with the cells in which they will stand."""
        made = {name: [(row, _content(row)) for row in rows] for name, rows in self.tables.items()}
        content = Content(self.first_year, self.title, {name: [c for _, c in rows] for name, rows in made.items()})
        layout = lay_out(self.edition, content)
        places: dict[int, int] = {}
        for name, rows in made.items():
            numbers = {id(row): layout.tables[name].first + i for i, row in enumerate(layout.tables[name].rows)}
            places.update({id(draft): numbers[id(one)] for draft, one in rows})
        planted = []
        for one in self.expected:
            if one.table == "title":
                sheet, cell = title_sheet().sheet, cell_name(layout.title_row(one.column[0]), 2)
            else:
                table = layout.tables[one.table]
                row = places[id(one.row)] if one.row is not None else table.header
                sheet, cell = table.table.sheet, cell_name(row, table.columns[one.column])
            planted.append(Planted(workbook, sheet, cell, one.kind, one.rule))
        return content, planted


def _content(row: DraftRow) -> RowContent:
    return RowContent(row.level, row.code, row.name, row.unit, row.mode, row.link, row.carries, dict(row.values))


def approved_figures(draft: Draft, approved_on: str) -> list[Figure]:
    """The register's figures of a draft as it stands: every value of its plan tables."""
    figures = []
    for name, rows in draft.tables.items():
        table = draft.edition.book.tables[name]
        if table.stage != "plan":
            continue
        for row in rows:
            if not row.carries:
                continue
            for period, year in enumerate(draft.edition.years(draft.first_year)):
                figures.append(
                    Figure(
                        cluster=draft.cluster.id,
                        form=draft.edition.form,
                        edition=draft.edition.book.edition,
                        table=name,
                        parent=row.key.rpartition("/")[0] or row.key.rpartition(".")[0],
                        code=row.key.rpartition("/")[2],
                        key=row.key,
                        name=row.name,
                        unit=row.unit,
                        mode=draft.edition.mode_of(row.mode, table) or "",
                        link=row.link,
                        year=year,
                        value=row.values.get(("value", period)),
                        approved_on=approved_on,
                    )
                )
    return figures


def year_values(row: DraftRow, values: Sequence[object]) -> None:
    """Set a row's yearly values."""
    for period, value in enumerate(values):
        row.values["value", period] = value
