"""Adding a sheet for a list to a workbook that has lost it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from xlkit.address import column_letters, quoted_sheet
from xlkit.books.package import RELATIONSHIPS, STRICT_MAIN, STRICT_RELATIONSHIPS, parse_xml
from xlkit.patch.cells import Edit, patch_cells
from xlkit.patch.package import PackageChanges, new_root, serialised

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


@dataclass(frozen=True)
class NewSheet:
    """A sheet with a line of captions. ``names``: defined names that mean a column of the list, by its number."""

    name: str
    captions: Sequence[tuple[str, float]]
    header: int
    last: int
    names: Mapping[str, int]


def add_sheet(changes: PackageChanges, wanted: NewSheet) -> str:
    """Add the sheet as the last one and return its part; defined names that it has lost mean it again."""
    workbook = changes.package.workbook_part()
    root = parse_xml(changes.read(workbook))
    namespace = etree.QName(root).namespace or ""
    part = changes.free_name("xl/worksheets/sheet{}.xml")
    plain, bold = _added_styles(changes, workbook)
    changes.write(part, serialised(_sheet(wanted, namespace, plain, bold)))
    changes.declare(part, _SHEET_TYPE)
    sheets = root.find(f"{{{namespace}}}sheets")
    if sheets is None:
        raise ValueError("a workbook without sheets")
    number = max((int(one.get("sheetId", 0)) for one in sheets), default=0) + 1
    relation = STRICT_RELATIONSHIPS if namespace == STRICT_MAIN else RELATIONSHIPS
    made = {
        "name": wanted.name,
        "sheetId": str(number),
        f"{{{relation}}}id": changes.relate(workbook, "worksheet", part),
    }
    etree.SubElement(sheets, f"{{{namespace}}}sheet", made)
    for one in root.iterfind(f"{{{namespace}}}definedNames/{{{namespace}}}definedName"):
        column = wanted.names.get(one.get("name", ""))
        if column is not None:
            letters = column_letters(column)
            one.text = f"{quoted_sheet(wanted.name)}!${letters}${wanted.header + 1}:${letters}${wanted.last}"
    changes.write(workbook, serialised(root))
    return part


def _sheet(wanted: NewSheet, namespace: str, plain: int, bold: int) -> etree._Element:
    root = new_root("worksheet", namespace)
    columns = etree.SubElement(root, f"{{{namespace}}}cols")
    for number, (_, width) in enumerate(wanted.captions, start=1):
        made = {"min": str(number), "max": str(number), "width": f"{width:g}", "style": str(plain), "customWidth": "1"}
        etree.SubElement(columns, f"{{{namespace}}}col", made)
    etree.SubElement(root, f"{{{namespace}}}sheetData")
    cells = {(wanted.header, n): Edit(caption) for n, (caption, _) in enumerate(wanted.captions, start=1)}
    patch_cells(root, {(1, 1): Edit(wanted.name), **cells})
    for cell in root.iter(f"{{{namespace}}}c"):
        cell.set("s", str(bold))
    return root


def _added_styles(changes: PackageChanges, workbook: str) -> tuple[int, int]:
    """The numbers of two formats that are added: wrapped text, plain and bold. 0 where there are no styles."""
    part = changes.related(workbook, "styles")
    if part is None:
        return 0, 0
    root = parse_xml(changes.read(part))
    namespace = etree.QName(root).namespace or ""
    fonts, formats = root.find(f"{{{namespace}}}fonts"), root.find(f"{{{namespace}}}cellXfs")
    if fonts is None or formats is None:
        return 0, 0
    font = etree.SubElement(fonts, f"{{{namespace}}}font")
    etree.SubElement(font, f"{{{namespace}}}b")
    for name, value in (("sz", "11"), ("name", "Calibri")):
        etree.SubElement(font, f"{{{namespace}}}{name}", val=value)
    for number in ("0", str(len(fonts) - 1)):
        made = {"numFmtId": "0", "fontId": number, "fillId": "0", "borderId": "0", "applyAlignment": "1"}
        etree.SubElement(
            etree.SubElement(formats, f"{{{namespace}}}xf", made),
            f"{{{namespace}}}alignment",
            vertical="center",
            wrapText="1",
        )
    for group in (fonts, formats):
        group.set("count", str(len(group)))
    changes.write(part, serialised(root))
    return len(formats) - 2, len(formats) - 1
