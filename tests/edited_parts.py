"""Edits of a built workbook in the XML of its parts: all else stays as it was, cached values too."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lxml import etree

from tests.zips import parts, zipped
from xlkit.address import cell_position
from xlkit.books.package import MAIN, Package, parse_xml
from xlkit.values import ExcelError, Uncached


def edited_package(
    built: bytes,
    cells: Mapping[str, object],
    merge: Sequence[str],
    sheets: Mapping[str, str],
    properties: Mapping[str, str],
) -> bytes:
    """A built workbook with parts of its XML changed and all else as it was, cached values too."""
    contents = parts(built)
    by_sheet: dict[str, dict[str, object]] = {}
    for place, content in cells.items():
        sheet, _, cell = place.rpartition("!")
        by_sheet.setdefault(sheet, {})[cell] = content
    for sheet, edits in by_sheet.items():
        name = _sheet_parts(built)[sheet]
        contents[name] = _with_cells(contents[name], edits)
    for place in merge:
        sheet, _, area = place.rpartition("!")
        name = _sheet_parts(built)[sheet]
        contents[name] = _with_merged(contents[name], area)
    if any(isinstance(content, dt.date) for content in cells.values()):
        contents["xl/styles.xml"] = _with_date_style(contents["xl/styles.xml"])
    if sheets:
        root = parse_xml(contents["xl/workbook.xml"])
        for sheet in root.iter(f"{{{MAIN}}}sheet"):
            sheet.set("name", sheets.get(str(sheet.get("name")), str(sheet.get("name"))))
        contents["xl/workbook.xml"] = etree.tostring(root)
    if properties:
        root = parse_xml(contents["docProps/custom.xml"])
        for one in root:
            if one.get("name") in properties:
                one[0].text = properties[str(one.get("name"))]
        contents["docProps/custom.xml"] = etree.tostring(root)
    return zipped(contents)


@lru_cache(maxsize=32)
def _sheet_parts(built: bytes) -> dict[str, str]:
    with Package(io.BytesIO(built)) as package:  # type: ignore[arg-type]
        return {sheet.name: sheet.part for sheet in package.sheets()}


def _with_cells(xml: bytes, edits: Mapping[str, object]) -> bytes:
    root = parse_xml(xml)
    data = root.find(f"{{{MAIN}}}sheetData")
    assert data is not None
    for name, content in edits.items():
        cell = _cell(_row(data, cell_position(name)[0]), name)
        _fill(cell, content)
    return etree.tostring(root)


def _with_merged(xml: bytes, area: str) -> bytes:
    root = parse_xml(xml)
    merges = root.find(f"{{{MAIN}}}mergeCells")
    if merges is None:
        merges = etree.Element(f"{{{MAIN}}}mergeCells")
        after = [root.find(f"{{{MAIN}}}{name}") for name in ("autoFilter", "sheetProtection", "sheetData")]
        next(one for one in after if one is not None).addnext(merges)
    etree.SubElement(merges, f"{{{MAIN}}}mergeCell", ref=area)
    merges.set("count", str(len(merges)))
    return etree.tostring(root)


def _row(data: etree._Element, number: int) -> etree._Element:
    for row in data:
        if row.get("r") == str(number):
            return row
    row = etree.SubElement(data, f"{{{MAIN}}}row", r=str(number))
    data[:] = sorted(data, key=lambda one: int(one.get("r", "0")))
    return row


def _cell(row: etree._Element, name: str) -> etree._Element:
    for cell in row:
        if cell.get("r") == name:
            return cell
    cell = etree.SubElement(row, f"{{{MAIN}}}c", r=name)
    row[:] = sorted(row, key=lambda one: cell_position(str(one.get("r"))))
    return cell


def _fill(cell: etree._Element, content: object) -> None:
    del cell[:]
    cell.attrib.pop("t", None)
    if isinstance(content, str):
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t")
        text.text = content
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    elif isinstance(content, Uncached):
        etree.SubElement(cell, f"{{{MAIN}}}f").text = content.formula
    elif content is not None:
        written = str(content)
        if isinstance(content, bool):
            cell.set("t", "b")
            written = str(int(content))
        elif isinstance(content, ExcelError):
            cell.set("t", "e")
        elif isinstance(content, dt.date):
            cell.set("s", str(_DATE_STYLE))
            written = str((content - dt.date(1899, 12, 30)).days)
        etree.SubElement(cell, f"{{{MAIN}}}v").text = written


_DATE_STYLE = 500
"""Beyond the formats of any workbook that we build, which XlsxWriter numbers from 0."""


def _with_date_style(xml: bytes) -> bytes:
    root = parse_xml(xml)
    formats = root.find(f"{{{MAIN}}}cellXfs")
    assert formats is not None and len(formats) <= _DATE_STYLE
    while len(formats) <= _DATE_STYLE:
        etree.SubElement(formats, f"{{{MAIN}}}xf", numFmtId="14", fontId="0", fillId="0", borderId="0", xfId="0")
    formats.set("count", str(len(formats)))
    return etree.tostring(root)
