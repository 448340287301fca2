"""What is told of figures that differ: one difference for each figure, and one for each row whose words differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.extract import KINDS
from xlkit.books.frames import Frames, records
from xlkit.books.tables import same_wording
from xlkit.reconcile.join import NOT_COMPARABLE, Matches
from xlkit.reconcile.sides import Values, approved_column, objects
from xlkit.rules.edition import Edition
from xlkit.rules.registered import Figures
from xlkit.values import Kind, folded

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Status(StrEnum):
    """How a figure of a workbook stands to the register's."""

    DIFFERS = "differs"
    ONLY_IN_WORKBOOK = "only_in_workbook"
    ONLY_IN_REGISTER = "only_in_register"
    UNIT_DIFFERS = "unit_differs"
    WORDING_DIFFERS = "wording_differs"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``delta`` is workbook minus register where both are numbers; ``similarity`` of wordings 0–100."""

    workbook_number: int
    status: Status
    table: str
    sheet: str
    cell: str | None
    key: str
    code: str
    name: str
    year: int | None
    workbook: object
    register: object
    delta: float | None = None
    similarity: float | None = None


class Teller:
    """Makes differences of positions in the two sides of a reconciliation."""

    def __init__(self, frames: Frames, approved: Sequence[Figures], ours: Values, theirs: Values) -> None:
        self._frames = frames
        self._ours, self._theirs = ours, theirs
        self._approved = approved
        self._tables = list(frames.edition.book.tables)

    def values(self, told: Matches) -> Iterator[Difference]:
        """Figures that differ, then those of only one side."""
        for i, j, row in zip(
            told.ours.tolist(), told.theirs.tolist(), self._rows_at(self._ours.line[told.ours]), strict=True
        ):
            status, delta = self._compared(i, j)
            if status is not None:
                yield self._of_workbook(i, row, status, _content(self._theirs, j), delta)
        for i, row in zip(told.only_ours.tolist(), self._rows_at(self._ours.line[told.only_ours]), strict=True):
            yield self._of_workbook(i, row, Status.ONLY_IN_WORKBOOK)
        if len(told.only_theirs):
            codes, names = (approved_column(self._approved, one) for one in ("code", "name"))
            for j, figure in zip(told.only_theirs.tolist(), self._theirs.line[told.only_theirs], strict=True):
                yield self._of_register(j, codes[figure], names[figure])

    def _rows_at(self, lines: Array) -> Iterator[Any]:
        """Some rows of the rows frame; most often there are none to tell of."""
        return records(self._frames.rows.take(lines)) if len(lines) else iter(())

    def _compared(self, i: int, j: int) -> tuple[Status | None, float | None]:
        """Of two figures that are not plainly equal."""
        ours, theirs = self._ours, self._theirs
        a, b = KINDS[ours.kind[i]], KINDS[theirs.kind[j]]
        if a is Kind.NUMBER and b is Kind.NUMBER:
            return Status.DIFFERS, round(float(ours.number[i] - theirs.number[j]), 9)
        if a in NOT_COMPARABLE or b in NOT_COMPARABLE:
            same = a is b and folded(str(ours.raw[i])) == folded(str(theirs.raw[j]))
            return (None if same else Status.NOT_COMPARABLE), None
        return Status.DIFFERS, None

    def _of_workbook(
        self, i: int, row: Any, status: Status, register: object = None, delta: float | None = None
    ) -> Difference:
        column = int(self._ours.column[i])
        return Difference(
            workbook_number=int(self._ours.owner[i]),
            status=status,
            table=row.table,
            sheet=row.sheet,
            cell=cell_name(int(row.row), column) if column else None,
            key=row.key,
            code=row.code,
            name=row.name,
            year=int(self._ours.year[i]),
            workbook=_content(self._ours, i),
            register=register,
            delta=delta,
        )

    def _of_register(self, j: int, code: str, name: str) -> Difference:
        theirs, table = self._theirs, self._tables[self._theirs.table[j]]
        return Difference(
            workbook_number=int(theirs.owner[j]),
            status=Status.ONLY_IN_REGISTER,
            table=table,
            sheet=self._frames.edition.book.tables[table].sheet,
            cell=None,
            key=theirs.key[j],
            code=code,
            name=name,
            year=int(theirs.year[j]),
            workbook=None,
            register=_content(theirs, j),
        )

    def rows(self, every: Matches) -> Iterator[Difference]:
        """Rows whose unit or name differs, as their first year has them."""
        lines, figures = self._first_years(every)
        said, approved = {}, {}
        for name, column in (("unit", "unit_text"), ("name", "name")):
            said[name] = self._frames.rows[column].to_numpy(dtype=object)[lines]
            approved[name] = objects(approved_column(self._approved, name))[figures]
        differ = ~_same(said["unit"], approved["unit"]) | ~_same(said["name"], approved["name"])
        for row, *words in zip(
            self._rows_at(lines[differ]), approved["unit"][differ], approved["name"][differ], strict=True
        ):
            yield from self._row(row, *words)

    def _first_years(self, every: Matches) -> tuple[Array, Array]:
        """The rows of the rows frame that have approved figures, and the number of the earliest one's."""
        import numpy as np

        lines, years = self._ours.line[every.ours], self._ours.year[every.ours]
        order = np.lexsort((years, lines))
        lines = lines[order]
        first = np.flatnonzero(np.r_[True, lines[1:] != lines[:-1]][: len(lines)])
        return lines[first], self._theirs.line[every.theirs][order[first]]

    def _row(self, row: Any, unit: str, name: str) -> Iterator[Difference]:
        edition = self._frames.edition
        ours = [edition.unit_of(text) or folded(text) for text in (row.unit_text, unit)]
        if edition.units and unit and ours[0] != ours[1]:
            yield self._of_row(row, Status.UNIT_DIFFERS, row.column_unit, row.unit_text, unit)
        if name and not _same_name(edition, row, name):
            from rapidfuzz import fuzz

            similarity = round(fuzz.ratio(folded(row.name), folded(name)), 1)
            yield self._of_row(row, Status.WORDING_DIFFERS, row.column_name, row.name, name, similarity)

    def _of_row(
        self, row: Any, status: Status, column: int, ours: str, theirs: str, similarity: float | None = None
    ) -> Difference:
        return Difference(
            workbook_number=int(row.workbook),
            status=status,
            table=row.table,
            sheet=row.sheet,
            cell=cell_name(int(row.row), int(column)) if column else None,
            key=row.key,
            code=row.code,
            name=row.name,
            year=None,
            workbook=ours or None,
            register=theirs or None,
            similarity=similarity,
        )


def _same(said: Array, approved: Array) -> Array:
    same: Array = (said == approved) | (approved == "")
    return same


def _same_name(edition: Edition, row: Any, name: str) -> bool:
    """Whether both say the same: the same text, or both the form's own with their industry in its place."""
    if folded(row.name) == folded(name):
        return True
    typical = edition.typical[row.table].get(row.key)
    return typical is not None and all(same_wording(one, typical.name) for one in (row.name, name))


def _content(side: Values, at: int) -> object:
    """A value as a difference shows it: the number, «-», «да», the text as it stands, ``None`` for a blank."""
    kind = KINDS[side.kind[at]]
    if kind is Kind.NUMBER:
        return float(side.number[at])
    if kind is Kind.BLANK:
        return None
    return {Kind.DASH: "-", Kind.YES: "да", Kind.CROSS: "х"}.get(kind, str(side.raw[at]))


def in_order(edition: Edition, differences: list[Difference]) -> list[Difference]:
    """Differences by workbook and place."""
    order = {name: number for number, name in enumerate(edition.book.tables)}
    return sorted(differences, key=lambda d: (d.workbook_number, order[d.table], _place(d), d.year or 0, d.key))


def _place(one: Difference) -> tuple[int, list[int]]:
    """Rows of the workbook first in their order, then what only the register has, by code."""
    digits = [int(part) for part in one.key.replace("/", ".").split(".") if part.isdigit()]
    row = int("".join(c for c in one.cell if c.isdigit())) if one.cell else 10**7
    return row, digits
