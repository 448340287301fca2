"""Writing chosen cells into a copy of a workbook by changing only the sheets' XML.

Every other part of the package stays byte-identical: macros, images, charts, extensions, printer settings.
The workbook is told to recompute when it is next opened, so that no formula shows a stale value.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from xlkit.address import cell_name, cell_position
from xlkit.books.guard import guard_package
from xlkit.books.package import Package, parse_xml

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """What a cell is to hold. With ``cached`` its formula stays and only the shown value is renewed."""

    content: float | str
    cached: bool = False


def patch_workbook(path: Path, edits: Mapping[str, Mapping[Position, Edit]]) -> bytes:
    """A copy of the workbook with the edits made; sheets by their exact names, cells by (row, column).

    Raises FileRefused where the file cannot be read, KeyError for a sheet that it does not have.
    """
    with guard_package(path) as package:
        parts = {sheet.name: sheet.part for sheet in package.sheets()}
        changed = {
            parts[name]: _patched_sheet(package.read(parts[name]), cells) for name, cells in edits.items() if cells
        }
        if changed:
            workbook = package.workbook_part()
            changed[workbook] = _told_to_recompute(package.read(workbook))
        return _rewritten(package, changed)


def _rewritten(package: Package, changed: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for entry in package.zip.infolist():
            content = changed.get(entry.filename)
            target.writestr(entry, package.read(entry.filename) if content is None else content, entry.compress_type)
    return stream.getvalue()


def _serialised(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


# --- cells ------------------------------------------------------------------------------------------------


def _patched_sheet(xml: bytes, cells: Mapping[Position, Edit]) -> bytes:
    root = parse_xml(xml)
    namespace = etree.QName(root).namespace or ""
    data = root.find(f"{{{namespace}}}sheetData")
    if data is None:
        raise ValueError("a sheet without sheetData")
    rows = _numbered_rows(data, namespace)
    for (row, column), edit in sorted(cells.items()):
        line = rows.get(row)
        if line is None:
            line = etree.Element(f"{{{namespace}}}row", r=str(row))
            _insert(data, line, sorted(rows), row)
            rows[row] = line
        _write(_cell(line, namespace, row, column), namespace, edit)
    return _serialised(root)


def _numbered_rows(data: etree._Element, namespace: str) -> dict[int, etree._Element]:
    rows: dict[int, etree._Element] = {}
    number = 0
    for row in data.iterfind(f"{{{namespace}}}row"):
        number = int(row.get("r", number + 1))
        rows[number] = row
    return rows


def _insert(parent: etree._Element, child: etree._Element, present: list[int], number: int) -> None:
    """Put a row or cell at its place among its siblings, which are in the order of their numbers."""
    parent.insert(sum(one < number for one in present), child)


def _cell(row: etree._Element, namespace: str, number: int, column: int) -> etree._Element:
    columns: list[int] = []
    at = 0
    for cell in row.iterfind(f"{{{namespace}}}c"):
        name = cell.get("r")
        at = cell_position(name)[1] if name else at + 1
        if at == column:
            return cell
        columns.append(at)
    made = etree.Element(f"{{{namespace}}}c", r=cell_name(number, column))
    _insert(row, made, columns, column)
    return made


def _write(cell: etree._Element, namespace: str, edit: Edit) -> None:
    formula = cell.find(f"{{{namespace}}}f") if edit.cached else None
    for child in list(cell):
        if child is not formula:
            cell.remove(child)
    if "t" in cell.attrib:
        del cell.attrib["t"]
    if isinstance(edit.content, str):
        if formula is not None:
            cell.set("t", "str")
            etree.SubElement(cell, f"{{{namespace}}}v").text = edit.content
        else:
            cell.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(cell, f"{{{namespace}}}is"), f"{{{namespace}}}t")
            text.text = edit.content
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    else:
        etree.SubElement(cell, f"{{{namespace}}}v").text = f"{edit.content:.17g}"


# --- recompute on load ------------------------------------------------------------------------------------

_AFTER_CALC = (
    "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


def _told_to_recompute(xml: bytes) -> bytes:
    root = parse_xml(xml)
    namespace = etree.QName(root).namespace or ""
    calc = root.find(f"{{{namespace}}}calcPr")
    if calc is None:
        calc = etree.Element(f"{{{namespace}}}calcPr")
        following = [i for i, child in enumerate(root) if etree.QName(child).localname in _AFTER_CALC]
        root.insert(following[0] if following else len(root), calc)
    calc.set("fullCalcOnLoad", "1")
    return _serialised(root)
