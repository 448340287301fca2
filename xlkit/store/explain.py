"""Opening a total: the clusters, files, sheets and cells that it is made of, what is missing, what is in doubt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import fsum
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.consolidate import ALL, COUNTS, DISTRICT, INDUSTRY, REGION, SAYS_WHAT, Total
from xlkit.finding import Severity
from xlkit.reconcile import Difference, Status, difference_finding
from xlkit.store.schema import RENAMED
from xlkit.texts import Text

if TYPE_CHECKING:
    import duckdb

IN_SUM = "numbers"
NO_ROW = "no_row"
"""Why a cluster is not in a total although its workbook is: the workbook has no such row."""
_ROW_AND_GROUPS = "form = ? AND table_id = ? AND key = ? AND year = ? AND quarter = ? AND dimension = ?"
_ERRORS, _OF_ROW, _WARNINGS, _ERRORS_OF_ROW = 0, -1, -2, -3
"""In the place of a column: a row's errors; its warnings about all its figures; all warnings; errors about all."""
_SAYS_WHAT = f"m.column_number IN ({', '.join(f'r.column_{name}' for name in SAYS_WHAT)})"
_AT_ROWS = (
    "JOIN rows r ON r.file = m.file AND r.sheet = m.sheet AND r.row_number = m.row_number "
    "WHERE r.no IN (SELECT unnest(?))"
)
GROUPS = {REGION: "region", DISTRICT: "district", INDUSTRY: "industry"}
"""Dimensions by the columns of the files that hold their groups."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding that stands at a cell, or (``cell`` of another column) at its row; a difference from the register."""

    rule: str
    severity: str
    cell: str
    message: Text
    hint: Text | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a workbook. ``raw`` is what stands there where the number does not say it all."""

    cell: str
    field: str
    year: int
    quarter: int
    kind: str
    number: float | None
    raw: str | None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What one workbook gives: ``standing`` as in the totals' counts (``numbers``: in the sum), its row and cells.

    ``amount`` of a cumulative total is computed from the cells; ``twice`` where the row's number stands twice;
    ``questioned`` as in :class:`~xlkit.consolidate.Total`, for what stands at a cell or (``remarks``) at its row.
    """

    cluster: str
    cluster_name: str
    group: str
    file: str
    sheet: str
    standing: str
    amount: float | None
    planned: float | None
    name: str
    unit: str
    mode: str
    twice: bool
    questioned: bool
    cells: tuple[Cell, ...]
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """A cluster that is not in a total: its workbook has no such row (:data:`NO_ROW`), or none stands in the intake."""

    cluster: str
    cluster_name: str
    group: str
    file: str | None
    why: str
    deadline: str
    note: Text | None


@dataclass(frozen=True)
class Opened:
    """A total with all that it is about, the clusters in order."""

    total: Total
    entries: tuple[Entry, ...]
    absent: tuple[Absence, ...]


@dataclass(frozen=True)
class Figure:
    """One value that a list of the свод repeats: where it comes from, and what it counts as (``None``: as nothing).

    ``questioned`` and ``remarks`` as in :class:`Entry`.
    """

    cluster: str
    cluster_name: str
    form: str
    table_id: str
    key: str
    file: str
    sheet: str
    name: str
    standing: str | None
    year: int
    questioned: bool
    cells: tuple[Cell, ...]
    remarks: tuple[Remark, ...] = ()


class Explainer:
    """Answers from an open store."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    def at(self, sheet: str, row: int, column: int) -> Opened | Figure | None:
        """What stands in a cell of the свод; ``None`` where it is no figure. Rows and columns count from 1."""
        place = "sheet = ? AND row_number = ? AND column_number IN (0, ?)"
        found = self._all(f"SELECT total FROM sums WHERE {place}", sheet, row, column)
        if found:
            return self._opened(self._totals("no = ?", found[0][0])[0])
        listed = self._all("SELECT row_no FROM listed WHERE sheet = ? AND row_number = ?", sheet, row)
        what = self._all(
            "SELECT year, field, period FROM listed_columns WHERE sheet = ? AND column_number = ?", sheet, column
        )
        figure = self._figure(listed[0][0], *what[0]) if listed and what else None
        return figure if figure is not None and figure.cells else None  # its programme may have other years

    def sheets(self) -> list[str]:
        """The sheets of the свод that hold figures or counters."""
        places = "(FROM sums SELECT sheet, 0 AS place UNION ALL FROM counters SELECT sheet, 0 UNION ALL FROM " \
                 "listed_columns SELECT sheet, 1)"  # fmt: skip
        found = self._all(f"SELECT sheet FROM {places} GROUP BY sheet ORDER BY min(place), sheet")
        return [name for (name,) in found]

    def tables(self, key: str) -> list[tuple[str, str]]:
        """The forms and tables that have totals of a row of this number."""
        found = self._all(
            "SELECT form, table_id, min(no) AS first FROM totals WHERE key = ? GROUP BY ALL ORDER BY 3", key
        )
        return [(form, table) for form, table, _ in found]

    def periods(self, form: str, table: str, key: str) -> list[tuple[int, int]]:
        """The years and quarters of a row's totals."""
        where = "form = ? AND table_id = ? AND key = ? AND dimension = ?"
        found = self._all(
            f"SELECT DISTINCT year, quarter FROM totals WHERE {where} ORDER BY 1, 2", form, table, key, ALL
        )
        return [(year, quarter) for year, quarter in found]

    def total(
        self, form: str, table: str, key: str, period: tuple[int, int], dimension: str = ALL, group: str = ""
    ) -> Opened:
        """The total of a row and period over all clusters, or of one group."""
        where = f"{_ROW_AND_GROUPS} AND group_name = ?"
        return self._opened(self._totals(where, form, table, key, *period, dimension, group)[0])

    def parts(self, whole: Total, dimension: str) -> tuple[Opened, ...]:
        """What the groups of a dimension have in a total that may be of a group itself, as far as they have any."""
        row = whole.form, whole.table, whole.key, whole.year, whole.quarter
        groups = self._totals(_ROW_AND_GROUPS, *row, dimension)
        if whole.dimension == ALL:
            return tuple(self._opened(one) for one in groups)
        parts = (_counted_again(self._opened(one, whole), whole) for one in groups)
        return tuple(one for one in parts if one.total.clusters)

    # --- inside -------------------------------------------------------------------------------------------

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._database.execute(query, list(values)).fetchall()

    def _totals(self, where: str, *values: object) -> list[Total]:
        names = ", ".join(RENAMED.get(one.name, one.name) for one in fields(Total))
        return [Total(*row) for row in self._all(f"SELECT {names} FROM totals WHERE {where} ORDER BY no", *values)]

    def _opened(self, total: Total, whole: Total | None = None) -> Opened:
        """What a total is made of, as far as it is of another one too."""
        return Opened(total, tuple(self._entries(total, whole)), tuple(self._absent(total, whole)))

    def _entries(self, total: Total, whole: Total | None) -> Iterable[Entry]:
        within, values = _within(total, whole)
        rows = self._all(
            f"SELECT e.row_no, f.cluster, f.cluster_name, {_group(total)}, f.path, r.sheet, e.standing, e.amount, "
            "e.planned, r.name, r.unit, r.mode, r.nth > 0 OR EXISTS (SELECT 1 FROM rows t WHERE t.file = r.file AND "
            "t.table_id = r.table_id AND t.key = r.key AND t.nth > 0), e.questioned "
            "FROM entries e JOIN files f ON f.no = e.file JOIN rows r ON r.no = e.row_no WHERE e.form = ? AND "
            f"e.table_id = ? AND e.key = ? AND e.year = ? AND e.quarter = ? AND {within} ORDER BY f.cluster_key, f.no",
            total.form, total.table, total.key, total.year, total.quarter, *values,
        )  # fmt: skip
        remarks = self._remarks([row[0] for row in rows])
        cells = self._cells([row[0] for row in rows], None if total.quarter else total.year, remarks)
        for row in rows:
            counted = row[6] == IN_SUM
            amount, planned = (row[7], row[8] if total.quarter else None) if counted else (None, None)
            more = remarks.get((row[0], _WARNINGS if total.quarter else _OF_ROW), ()) if row[13] else ()
            more = remarks.get((row[0], _ERRORS_OF_ROW), ()) if row[6] == "other" else more
            yield Entry(*(*row[1:7], amount, planned, *row[9:], tuple(cells[row[0]]), more))

    def _cells(
        self, rows: Sequence[int], year: int | None, remarks: Mapping[tuple[int, int], tuple[Remark, ...]]
    ) -> Mapping[int, list[Cell]]:
        """The cells of rows, of one year or of all columns that are filled in, with the remarks on them."""
        when = "c.year = ? AND c.quarter = 0" if year is not None else "(c.kind <> 'blank' OR c.doubtful)"
        found = self._all(
            "SELECT c.row_no, r.row_number, c.column_number, c.field, c.year, c.quarter, c.kind, c.number, c.raw, "
            f"c.doubtful FROM cells c JOIN rows r ON r.no = c.row_no WHERE c.row_no IN (SELECT unnest(?)) AND {when} "
            "ORDER BY c.row_no, c.column_number",
            list(rows), *([year] if year is not None else []),
        )  # fmt: skip
        cells: dict[int, list[Cell]] = defaultdict(list)
        for row_no, row, column, *said, doubtful in found:
            own = remarks.get((row_no, column), ())
            if doubtful and not any(one.severity == "error" for one in own):
                own = (*own, *(one for one in remarks.get((row_no, _ERRORS), ()) if one not in own))
            cells[row_no].append(Cell(*(cell_name(row, column), *said, tuple(own))))
        return cells

    def _remarks(self, rows: Sequence[int]) -> dict[tuple[int, int], tuple[Remark, ...]]:
        """Findings and differences from the register by row and column, and under columns that no sheet has."""
        by_place: dict[tuple[int, int], tuple[Remark, ...]] = defaultdict(tuple)
        for no, column, of_row, one in (*self._findings(rows), *self._differences(rows)):
            by_place[no, column] += (one,)
            if one.severity == Severity.ERROR:
                by_place[no, _ERRORS] += (one,)
                if of_row:
                    by_place[no, _ERRORS_OF_ROW] += (one,)
            else:
                by_place[no, _WARNINGS] += (one,)
                if of_row:
                    by_place[no, _OF_ROW] += (one,)
        return by_place

    def _findings(self, rows: Sequence[int]) -> Iterable[tuple[int, int, bool, Remark]]:
        found = self._all(
            f"SELECT r.no, m.row_number, m.column_number, {_SAYS_WHAT}, m.rule, m.severity, m.message, m.message_en, "
            f"m.hint, m.hint_en FROM remarks m {_AT_ROWS}",
            list(rows),
        )  # fmt: skip
        for no, row, column, of_row, rule, severity, ru, en, hint, hint_en in found:
            said = Text(hint, hint_en) if hint else None
            yield no, column, of_row, Remark(rule, severity, cell_name(row, column), Text(ru, en), said)

    def _differences(self, rows: Sequence[int]) -> Iterable[tuple[int, int, bool, Remark]]:
        found = self._all(
            f"SELECT r.no, m.row_number, m.column_number, {_SAYS_WHAT}, m.status, r.table_id, m.sheet, r.key, m.code, "
            f"m.name, m.year, m.workbook, m.register FROM differences m {_AT_ROWS}",
            list(rows),
        )  # fmt: skip
        for no, row, column, of_row, status, table, sheet, *said in found:
            cell = cell_name(row, column)
            one = difference_finding("", Difference(0, Status(status), table, sheet, cell, *said))
            yield no, column, of_row, Remark(one.rule, one.severity.value, cell, one.message, one.hint)

    def _absent(self, total: Total, whole: Total | None) -> Iterable[Absence]:
        within, values = _within(total, whole)
        group = _group(total)
        period = (total.form, total.table, total.year, total.quarter)
        no_row = self._all(
            f"SELECT f.cluster, f.cluster_name, {group}, f.path, '{NO_ROW}', '', NULL, NULL FROM asked a JOIN files f "
            f"ON f.no = a.file WHERE f.form = ? AND a.table_id = ? AND a.year = ? AND a.quarter = ? AND {within} AND "
            "NOT EXISTS (SELECT 1 FROM entries e WHERE e.file = a.file AND e.table_id = a.table_id AND e.year = a.year "
            "AND e.quarter = a.quarter AND e.key = ?) ORDER BY f.cluster_key, f.no",
            *period, *values, total.key,
        )  # fmt: skip
        when = "f.year = ? AND f.quarter = ?" if total.quarter else "true"
        speaks = "s.enters AND s.year = f.year AND s.quarter = f.quarter" if total.quarter else "s.speaks"
        no_book = self._all(
            f"SELECT f.cluster, f.cluster_name, {group}, f.path, f.standing, f.deadline, f.note, f.note_en "
            f"FROM files f WHERE f.form = ? AND {when} AND {within} AND f.standing IN "
            "('not_submitted', 'submitted_twice', 'refused') AND NOT EXISTS (SELECT 1 FROM files s "
            f"WHERE s.cluster_key = f.cluster_key AND s.form = f.form AND {speaks}) ORDER BY f.cluster_key, f.no",
            total.form, *((total.year, total.quarter) if total.quarter else ()), *values,
        )  # fmt: skip
        for row in (*no_row, *no_book):
            yield Absence(*(*row[:6], Text(row[6], row[7]) if row[6] else None))

    def _figure(self, row_no: int, year: int | None, field: str | None, period: int | None) -> Figure:
        """A value of a list: a year's, one of a column of the form, or a total that is computed from its cells."""
        row = self._all(
            "SELECT f.cluster, f.cluster_name, f.form, r.table_id, r.key, f.path, r.sheet, r.name, f.year FROM rows r "
            "JOIN files f ON f.no = r.file WHERE r.no = ?", row_no
        )[0]  # fmt: skip
        remarks = self._remarks([row_no])
        cells = tuple(self._cells([row_no], year, remarks)[row_no])
        if field is not None:
            quarter = (period or 0) + 1  # a column without quarters has the period -1
            own = tuple(one for one in cells if (one.field, one.quarter) == (field, quarter))
            cells = own or cells
        counted = self._all(
            "SELECT standing, questioned, quarter > 0 FROM entries WHERE row_no = ? AND (quarter > 0 OR year = ?)",
            row_no, year or row[8],
        )  # fmt: skip
        standing, questioned, whole = counted[0] if counted else (None, False, False)
        more = remarks.get((row_no, _WARNINGS if whole else _OF_ROW), ()) if questioned else ()
        return Figure(*(*row[:8], standing, year or row[8], questioned, cells, more))


def _within(*totals: Total | None) -> tuple[str, list[object]]:
    """The condition that a file is of the groups of all these totals."""
    groups = [one for one in totals if one is not None and one.dimension != ALL]
    said = " AND ".join(f"f.{GROUPS[one.dimension]} = ?" for one in groups)
    return said or "true", [one.group for one in groups]


def _counted_again(opened: Opened, whole: Total) -> Opened:
    """A part of a total with its own counts and sums, which no store keeps."""
    counts = Counter(one.standing for one in opened.entries)
    absent = sum(one.why == NO_ROW for one in opened.absent)
    amount = planned = None
    if whole.amount is not None and counts[IN_SUM]:
        amount = round(fsum(one.amount or 0.0 for one in opened.entries), 9)
        planned = round(fsum(one.planned or 0.0 for one in opened.entries), 9) if whole.quarter else None
    said: dict[str, Any] = {name: counts[name] for name in COUNTS}
    said["questioned"] = sum(one.questioned for one in opened.entries)
    return replace(opened, total=replace(opened.total, **said, amount=amount, planned=planned, absent=absent))


def _group(total: Total) -> str:
    return "''" if total.dimension == ALL else f"f.{GROUPS[total.dimension]}"
