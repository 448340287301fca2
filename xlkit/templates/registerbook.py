"""Writing a register as an .xlsx file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlkit.register.records import Row, records_of
from xlkit.rules.registered import Register
from xlkit.rules.registerspec import register_spec
from xlkit.templates.sheets_of_tables import write_content
from xlkit.templates.styles import Styles
from xlkit.templates.textsheet import text_worksheet

_WIDTHS = {"name": 60, "base_organisation": 50, "industry": 34, "region": 30, "federal_district": 34, "emails": 34,
           "lead_organisation": 60, "key_employer": 60, "federal_body": 60, "deadline": 20, "period": 18,
           "changed_at": 24, "reason": 50, "source": 40, "sha256": 20}  # fmt: skip


def register_workbook(register: Register, kept: Mapping[str, Sequence[Row]] | None = None) -> bytes:
    """The register as a workbook: a sheet per table, captions in Russian, one line per figure.

    ``kept``: the records of the tables that go along with a register (``umc``, ``changes``).
    """
    tables = {table: records_of(register, table, kept or {}) for table in register_spec().sheets}
    return _workbook(tables, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def table_workbook(table: str) -> bytes:
    """A workbook of just one table, without records and with its texts within its cells: a sheet for a register."""
    return _workbook({table: ()}, {"constant_memory": True})


def _workbook(tables: Mapping[str, Iterable[Row]], options: Mapping[str, bool]) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, options)
    workbook.set_properties({"title": "Реестр кластеров", "created": dt.datetime(2026, 1, 1)})
    styles = Styles(workbook)
    for table, records in tables.items():
        sheet = workbook.add_worksheet(register_spec().sheets[table], worksheet_class=text_worksheet())
        last = _fill(sheet, table, records, styles)
        if last:
            sheet.autofilter(0, 0, last, len(register_spec().columns_of(table)) - 1)
    workbook.close()
    return stream.getvalue()


def _fill(sheet: Any, table: str, records: Iterable[Row], styles: Styles) -> int:
    """The captions and the records of a table; returns the number of records."""
    columns = register_spec().columns_of(table)
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 30)
    for i, (name, column) in enumerate(columns.items()):
        sheet.set_column(i, i, _WIDTHS.get(name, 16))
        sheet.write_string(0, i, column.caption, styles.caption())
    number = 0
    for number, record in enumerate(records, start=1):
        for i, name in enumerate(columns):
            write_content(sheet, (number, i), record.get(name), None)
    return number
