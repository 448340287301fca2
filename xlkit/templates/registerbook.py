"""Writing a register as an .xlsx file."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence

from xlkit.rules.edition import load_edition
from xlkit.rules.registered import Figure, Register
from xlkit.rules.registerspec import FIGURES, register_spec
from xlkit.templates.sheets_of_tables import write_content
from xlkit.templates.styles import Styles
from xlkit.templates.textsheet import text_worksheet

_WIDTHS = {"name": 60, "base_organisation": 50, "industry": 34, "region": 30, "federal_district": 34, "emails": 34,
           "lead_organisation": 60, "key_employer": 60, "federal_body": 60, "deadline": 20, "period": 18}  # fmt: skip


def register_workbook(register: Register, umc: list[dict[str, str]] | None = None) -> bytes:
    """The register as a workbook: a sheet per table, captions in Russian, one line per figure."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(stream, options)
    workbook.set_properties({"title": "Реестр кластеров", "created": dt.datetime(2026, 1, 1)})
    styles = Styles(workbook)
    spec = register_spec()
    for table, sheet_name in spec.sheets.items():
        columns = spec.columns_of(table)
        sheet = workbook.add_worksheet(sheet_name, worksheet_class=text_worksheet())
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 30)
        for i, (name, column) in enumerate(columns.items()):
            sheet.set_column(i, i, _WIDTHS.get(name, 16))
            sheet.write_string(0, i, column.caption, styles.caption())
        number = 0
        for number, record in enumerate(_records(register, table, umc or []), start=1):
            for i, name in enumerate(columns):
                write_content(sheet, (number, i), record.get(name), None)
        sheet.autofilter(0, 0, max(number, 1), len(columns) - 1)
    workbook.close()
    return stream.getvalue()


def _mode_caption(figure: Figure) -> str:
    """A mode as the column «Учёт» of a workbook says it."""
    modes = load_edition(figure.form).book.modes
    return modes[figure.mode].caption if figure.mode in modes else figure.mode


def _records(register: Register, table: str, umc: Sequence[Mapping[str, str]]) -> Iterator[dict[str, object]]:
    if table == "clusters":
        for cluster in register.clusters:
            yield {**vars(cluster), "emails": ", ".join(cluster.emails)}
    elif table in FIGURES:
        for figure in register.figures:
            if figure.table == table:
                yield {
                    "cluster_id": figure.cluster,
                    "form": figure.form,
                    "edition": figure.edition,
                    "parent_code": figure.parent,
                    "code": figure.code,
                    "name": figure.name,
                    "unit": figure.unit,
                    "mode": _mode_caption(figure),
                    "indicator": figure.link,
                    "year": figure.year,
                    "value": figure.value,
                    "approved_on": figure.approved_on,
                }
    elif table == "deadlines":
        for deadline in register.deadlines:
            yield vars(deadline)
    elif table == "umc":
        for row in umc:
            yield {**row}
