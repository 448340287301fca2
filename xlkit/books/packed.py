"""An extract as bytes and back: how it goes from one process to another and into the journal."""

from __future__ import annotations

import io
import pickle
from typing import Any, cast

from xlkit.books.extract import Extract, Places, TableExtract
from xlkit.books.plain import PlainUnpickler
from xlkit.books.title import Title, TitleEntry
from xlkit.finding import Finding, Location, Severity
from xlkit.rules.edition import load_edition
from xlkit.texts import Text


def packed(extract: Extract) -> bytes:
    """An extract as bytes."""
    title = extract.title
    return pickle.dumps(
        (
            (extract.edition.form, extract.edition.book.edition, extract.edition.digest),
            (title.sheet, [(name, one.raw, one.text, one.cell) for name, one in title.entries.items()]),
            [(name, *_table(table)) for name, table in extract.tables.items()],
            extract.first_year,
            [_finding(one) for one in extract.findings],
            (extract.issued_to, extract.kind, extract.sha256),
        ),
        pickle.HIGHEST_PROTOCOL,
    )


def unpacked(content: bytes, file: str) -> Extract:
    """What :func:`packed` made, of the workbook at ``file``.

    Raises ValueError for bytes that are none, and for an extract by another rule book than this process has.
    """
    try:
        told = PlainUnpickler(io.BytesIO(content)).load()
        (form, number, digest), (sheet, entries), tables, first_year, findings, rest = told
        edition = load_edition(form, number)
        if edition.digest != digest:
            raise ValueError(f"{form} {number}: another rule book")
        return Extract(
            file,
            edition,
            Title(sheet, {name: TitleEntry(raw, text, cell) for name, raw, text, cell in entries}),
            {name: _whole(TableExtract(sheet, Places(*places), *more)) for name, sheet, places, *more in tables},
            first_year,
            [_restored(one, file) for one in findings],
            *rest,
        )
    except Exception as error:  # what a broken pickle raises is not bounded
        raise ValueError(f"no extract: {error}") from error


def _table(one: TableExtract) -> tuple[object, ...]:
    cells = (one.raw, one.kinds, one.numbers, one.plain, one.formulas)
    return (one.sheet, tuple(one.places), one.rows, one.inputs, *cells, one.notes)


def _whole(table: TableExtract) -> TableExtract:
    """The table, if its columns are of one length."""
    cells = table.length * len(table.inputs)
    lengths = {len(table.raw), len(table.kinds), len(table.numbers) // 8, len(table.plain), len(table.formulas)}
    if lengths != {cells} or {len(column) for column in table.rows} != {table.length}:
        raise ValueError("columns of several lengths")
    return table


def _finding(one: Finding) -> tuple[object, ...]:
    hint = None if one.hint is None else (one.hint.ru, one.hint.en)
    place, said = one.location, one.message
    return one.rule, one.severity.value, place.sheet, place.cell, said.ru, said.en, one.value, one.expected, hint


def _restored(packed_finding: tuple[object, ...], file: str) -> Finding:
    rule, severity, sheet, cell, ru, en, value, expected, hint = cast("tuple[Any, ...]", packed_finding)
    message, advice = Text(ru, en), None if hint is None else Text(*hint)
    return Finding(rule, Severity(severity), Location(file, sheet, cell), message, value, expected, advice)
