"""What the frames need of a workbook, in columns of plain data: it passes between processes and into the journal."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from xlkit.books.captions import COMPUTED, NO_PERIOD, ColumnKey
from xlkit.books.submission import Submission
from xlkit.books.tables import FoundTable, TableRow, same_wording
from xlkit.books.title import Title
from xlkit.finding import Finding
from xlkit.rules.edition import Edition
from xlkit.rules.model import Table, TypicalRow
from xlkit.rules.period import Period
from xlkit.texts import figure
from xlkit.values import Kind, Uncached, as_text, folded, parse_value, squeezed

Input = tuple[str, int, int]
"""A column of values: its id, its period, its number."""
Note = tuple[int, str, str]
"""What stands in a text column: the row's number, the column's id, the text."""

KINDS = tuple(Kind)
"""A kind of value is known by its place in here."""
_KIND_CODES = {kind: i for i, kind in enumerate(KINDS)}
_BLANK = _KIND_CODES[Kind.BLANK]
_NO_NUMBER = float("nan")
_UNCACHED = Uncached("")
_SIMILAR_NAME = 85
"""Rewordings of a typical measure seen in the sources score above 90, other measures below 75."""


class RowRecord(NamedTuple):
    """A row of a table, understood. ``typical``: it still is the form's own; ``declared``: it is to carry values."""

    row: int
    level: str
    code: str
    key: str
    parent: str
    assigned: bool
    name: str
    unit_text: str
    unit: str
    mode_text: str
    mode: str
    link_text: str
    link: str
    typical: bool
    declared: bool


class Places(NamedTuple):
    """The numbers of a table's columns; 0 where one is missing."""

    code: int
    unit: int
    mode: int
    link: int
    name: int


@dataclass(frozen=True)
class TableExtract:
    """A table in columns.

    ``rows`` has a list per field of :class:`RowRecord`. Of the cells of the ``inputs``, row by row: the ``raw``
    contents, and as bytes what :func:`~xlkit.values.parse_value` says of them (``kinds``: places in :data:`KINDS`;
    ``numbers``: doubles, NaN for none; ``plain``) and whether they hold ``formulas``. ``notes`` is what stands in
    text columns.
    """

    sheet: str
    places: Places
    rows: tuple[Sequence[object], ...]
    inputs: tuple[Input, ...]
    raw: Sequence[object]
    kinds: bytes
    numbers: bytes
    plain: bytes
    formulas: bytes
    notes: tuple[Note, ...] = ()

    @property
    def length(self) -> int:
        """How many rows there are."""
        return len(self.rows[0])


@dataclass(frozen=True)
class Extract:
    """A workbook as a cluster submitted it, without its sheets: title, tables, structural findings.

    ``kind`` and ``sha256`` are the file's.
    """

    file: str
    edition: Edition
    title: Title
    tables: Mapping[str, TableExtract]
    first_year: int
    findings: Sequence[Finding] = field(default_factory=list)
    issued_to: str = ""
    """The cluster that its template was issued to."""
    kind: str = "xlsx"
    sha256: str = ""

    @property
    def cluster(self) -> str:
        return self.title.cluster_id

    @property
    def period(self) -> Period | None:
        return self.title.period


def extract_of(submission: Submission) -> Extract:
    """The columns of a submission."""
    return Extract(
        submission.file,
        submission.edition,
        submission.title,
        {name: _table_extract(submission.edition, found) for name, found in submission.tables.items()},
        submission.first_year,
        submission.findings,
        submission.issued_to,
        submission.raw.kind,
        submission.raw.sha256,
    )


def content_digest(extract: Extract) -> str:
    """Identifies what a workbook says, whatever its bytes: its years and the contents of its tables by row key."""
    parts: list[object] = [("years", extract.first_year)]
    for name, table in extract.tables.items():
        columns = extract.edition.book.tables[name].columns
        records = [RowRecord(*one) for one in zip(*table.rows, strict=True)]
        said: list[list[tuple[str, ...]]] = [[(r.key, r.name, r.unit_text, r.mode_text, r.link_text)] for r in records]
        width = len(table.inputs)
        for at, raw in enumerate(table.raw):
            column, period, _ = table.inputs[at % width]
            if columns[column].kind == "value" and (text := _said(raw)):
                said[at // width].append((column, str(period), text))
        parts += sorted((name, str(row[0][0]), repr(sorted(row))) for row in said)
        rows = {record.row: record.key for record in records}
        parts += sorted((name, rows[row], column, text) for row, column, text in table.notes)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _said(raw: object) -> str:
    value = parse_value(raw)
    if value.kind is Kind.NUMBER:
        return figure(value.number)
    if value.kind is Kind.BLANK:
        return ""
    # Text is part of what a cell says; how a dash or «да» is written is not.
    loose = "" if value.kind in (Kind.DASH, Kind.YES, Kind.CROSS) else f" {squeezed(as_text(raw))}"
    return f"{value.kind}{loose}"


# --- cells ------------------------------------------------------------------------------------------------

_DESCRIBING = {*Places._fields, "text"}
"""Kinds of columns whose cells say what a row is."""


def _table_extract(edition: Edition, found: FoundTable) -> TableExtract:
    table = edition.book.tables[found.table]
    kinds = {name: column.kind for name, column in table.columns.items()}
    inputs = tuple(
        (column, period, number)
        for (column, period), number in found.columns.items()
        if kinds[column] not in _DESCRIBING
    )
    at = {key: place for place, key in enumerate(found.columns)}
    places = [at[column, period] for column, period, _ in inputs]
    raw = [row.contents[place] for row in found.rows for place in places]
    _drop_computed_formulas(raw, [kinds[column] in COMPUTED for column, *_ in inputs])
    codes, numbers, plain = bytearray(len(raw)), array("d", bytes(8 * len(raw))), bytearray(len(raw))
    for cell, content in enumerate(raw):
        if content is None:
            codes[cell], numbers[cell], plain[cell] = _BLANK, _NO_NUMBER, True
            continue
        value = parse_value(content)
        codes[cell] = _KIND_CODES[value.kind]
        numbers[cell] = _NO_NUMBER if value.number is None else value.number
        plain[cell] = value.note is None
    filled = [place for place, (column, *_) in enumerate(inputs) if kinds[column] == "value"]
    return TableExtract(
        found.sheet,
        Places(*(found.columns.get((name, NO_PERIOD), 0) for name in Places._fields)),
        _columns(_records(edition, table, found, codes, filled, len(inputs))),
        inputs,
        raw,
        bytes(codes),
        numbers.tobytes(),
        bytes(plain),
        _formulas(found, inputs),
        tuple(_notes(found, kinds, at)),
    )


def _drop_computed_formulas(raw: list[object], computed: Sequence[bool]) -> None:
    """That a total has no value is told; what its formula says would be most of an extract."""
    for cell, content in enumerate(raw):
        if isinstance(content, Uncached) and computed[cell % len(computed)]:
            raw[cell] = _UNCACHED


def _formulas(found: FoundTable, inputs: Sequence[Input]) -> bytes:
    if not found.formulas:
        return bytes(len(found.rows) * len(inputs))
    return bytes((row.row, number) in found.formulas for row in found.rows for *_, number in inputs)


def _notes(found: FoundTable, kinds: Mapping[str, str], at: Mapping[ColumnKey, int]) -> Iterator[Note]:
    texts = [(column, place) for (column, _), place in at.items() if kinds[column] == "text"]
    for row in found.rows if texts else ():
        for column, place in texts:
            if row.contents[place] is not None and (said := squeezed(as_text(row.contents[place]))):
                yield row.row, column, said


def _columns(records: Sequence[RowRecord]) -> tuple[Sequence[object], ...]:
    return tuple(zip(*records, strict=True)) if records else ((),) * len(RowRecord._fields)


# --- rows -------------------------------------------------------------------------------------------------


def _records(
    edition: Edition, table: Table, found: FoundTable, codes: Sequence[int], filled: Sequence[int], width: int
) -> list[RowRecord]:
    """The rows; ``codes`` are the kinds of all cells, ``filled`` the places of those that a person fills."""
    typical = edition.typical[found.table]
    carrying = {level.id for level in table.levels if level.values}
    holders = {r.key.key.rpartition("/")[0] for r in found.rows if "/" in r.key.key}
    records = []
    for number, row in enumerate(found.rows):
        known = typical.get(row.key.key)
        is_filled = any(codes[number * width + place] != _BLANK for place in filled)
        carries = row.key.level in carrying
        declared = (
            is_filled
            or (known is not None and known.values and known.level == row.key.level)
            or (carries and (row.key.key not in holders or bool(row.text("mode"))))
        )
        records.append(_record(edition, table, row, known, declared))
    return records


def _record(edition: Edition, table: Table, row: TableRow, known: TypicalRow | None, declared: bool) -> RowRecord:
    name, unit, mode, link = (row.text(column) for column in ("name", "unit", "mode", "link"))
    same = known is not None and _same_row(name, known)
    key = row.key
    return RowRecord(
        row.row,
        key.level,
        key.code,
        key.key,
        key.parent,
        key.assigned,
        name,
        unit,
        edition.unit_of(unit) or "",
        mode,
        _mode(edition, table, mode, known if same else None) or "",
        link,
        link.removesuffix("."),
        same,
        declared,
    )


def _same_row(name: str, typical: TypicalRow) -> bool:
    """Whether a row still is the typical one: the same text, or close enough to be a rewording."""
    if same_wording(name, typical.name):
        return True
    said, wanted = folded(name), folded(typical.name)
    if 200 * min(len(said), len(wanted)) < _SIMILAR_NAME * (len(said) + len(wanted)):
        return False  # texts of such lengths cannot be as similar
    from rapidfuzz import fuzz

    return bool(fuzz.ratio(said, wanted) >= _SIMILAR_NAME)


def _mode(edition: Edition, table: Table, text: str, typical: TypicalRow | None) -> str | None:
    """A row's mode: the table's, else what its cell says, else (cell empty) the typical row's."""
    if table.mode:
        return table.mode
    if not text and typical is not None:
        return typical.mode
    return edition.mode_of(text, table)
