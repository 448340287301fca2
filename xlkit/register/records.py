"""A register as the records of its tables, as a sheet or a database table is to hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from xlkit.register.tables import Tables
from xlkit.rules.edition import load_edition
from xlkit.rules.registered import Figure, Register
from xlkit.rules.registerspec import FIGURES, register_spec
from xlkit.values import as_text, squeezed

Row = Mapping[str, object]
"""A record by the names of its columns."""
KEPT = ("umc", "changes")
"""Tables that are kept in a register without making it: they go along as they stand."""

_ISO = re.compile(r"20\d\d-\d\d-\d\d")
_RUSSIAN = re.compile(r"(\d\d)\.(\d\d)\.(20\d\d)")


def records_of(register: Register, table: str, kept: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    """The records of one table of a register; ``kept`` holds those of the tables that do not make it."""
    if table == "clusters":
        for cluster in register.clusters:
            yield {**vars(cluster), "emails": ", ".join(cluster.emails)}
    elif table in FIGURES:
        for figure in register.figures:
            if figure.table == table:
                yield figure_record(figure)
    elif table == "deadlines":
        for deadline in register.deadlines:
            yield vars(deadline)
    else:
        yield from kept.get(table, ())


def figure_record(figure: Figure) -> Row:
    """The record of a figure; its mode as the column «Учёт» of a workbook says it."""
    modes = load_edition(figure.form).book.modes
    return {
        "cluster_id": figure.cluster,
        "form": figure.form,
        "edition": figure.edition,
        "parent_code": figure.parent,
        "code": figure.code,
        "name": figure.name,
        "unit": figure.unit,
        "mode": modes[figure.mode].caption if figure.mode in modes else figure.mode,
        "indicator": figure.link,
        "year": figure.year,
        "value": figure.value,
        "approved_on": iso_day(figure.approved_on),
    }


def iso_day(text: str) -> str:
    """A day in the way in which days are kept: «02.03.2026» is 2026-03-02; a text that is none stays."""
    if _ISO.fullmatch(text):
        return text
    found = _RUSSIAN.fullmatch(text)
    return "-".join(found.group(3, 2, 1)) if found else text


def kept_records(tables: Tables) -> dict[str, list[Row]]:
    """What the tables beside the register's own hold, as texts."""
    return {
        table: [
            {name: squeezed(as_text(record.get(name))) for name in register_spec().columns_of(table)}
            for record in tables.records[table]
        ]
        for table in KEPT
        if table in tables.records
    }
