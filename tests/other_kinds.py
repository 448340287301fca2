"""Workbooks of another kind made of ours, and what is seen in either."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.hostile.books import ods
from xlkit.actions.cells import cells
from xlkit.actions.check import FileCheck
from xlkit.books.reader import read_workbook
from xlkit.rules.sheetnames import FINDINGS
from xlkit.values import ExcelError, Uncached


def as_ods(path: Path) -> Path:
    """A drawn workbook as an .ods: its values, its hidden sheets, its properties, and which cells hold formulas."""
    book = read_workbook(path)
    tables = ['<style:style style:name="away"><style:table-properties table:display="false"/></style:style>']
    for sheet in book.sheets:
        rows = []
        for r, row in enumerate(sheet.grid, start=1):
            line = [_ods_cell(cell, (r, c) in sheet.formulas) for c, cell in enumerate(row, start=1)]
            rows.append(f"<table:table-row>{''.join(line) or '<table:table-cell/>'}</table:table-row>")
        style = ' table:style-name="away"' if sheet.state != "visible" else ""
        tables.append(f"<table:table table:name={quoteattr(sheet.name)}{style}>{''.join(rows)}</table:table>")
    names = "".join(
        f'<meta:user-defined meta:name="{name}">{said}</meta:user-defined>' for name, said in book.properties.items()
    )
    meta = f'<a xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">{names}</a>'
    target = path.with_suffix(".ods")
    target.write_bytes(ods("".join(tables), **{"meta.xml": meta}))
    return target


def _ods_cell(cell: object, formula: bool) -> str:
    attributes = ' table:formula="of:=1"' if formula else ""
    if isinstance(cell, Uncached | None) and formula:
        attributes += ' office:value-type="string" office:string-value=""'
    elif isinstance(cell, ExcelError):
        text = f"<text:p>{cell.code}</text:p>"
        return f'<table:table-cell table:formula="of:=1" office:value-type="string">{text}</table:table-cell>'
    elif isinstance(cell, bool):
        attributes += f' office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
    elif isinstance(cell, float):
        attributes += f' office:value-type="float" office:value="{cell!r}"'
    elif isinstance(cell, str):
        attributes += f' office:value-type="string" office:string-value={quoteattr(cell)}'
    return f"<table:table-cell{attributes}/>"


def seen(path: Path) -> dict[tuple[str, str], tuple[str, object]]:
    """Every value by sheet and cell; whole numbers and numbers are the same."""
    found = cells(str(path))
    assert found.refusal is None, found.refusal
    values = ((sheet, one) for sheet in found.sheets for one in sheet.cells)
    return {(sheet.name, one.cell): (one.kind, one.value) for sheet, one in values}


def but_findings(values: dict[tuple[str, str], tuple[str, object]]) -> dict[tuple[str, str], tuple[str, object]]:
    """Without the list, which the check has filled anew."""
    return {place: value for place, value in values.items() if place[0] != FINDINGS}


def keys(one: FileCheck) -> Counter[tuple[object, ...]]:
    found = (f for f in one.findings if f.rule not in ("F-040", "F-047"))
    return Counter((f.rule, f.severity, f.location.sheet, f.location.cell) for f in found)
