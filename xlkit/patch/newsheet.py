"""Adding a sheet to a workbook: the one sheet of another workbook, with its looks, its print titles and its names."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from xlkit.books.package import (
    MAIN,
    RELATIONSHIPS,
    STRICT_MAIN,
    STRICT_RELATIONSHIPS,
    Package,
    parse_xml,
)
from xlkit.patch.package import PackageChanges, elements, insert_before, serialised

_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_STYLES = "xl/styles.xml"
_GROUPS = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
           "colors", "extLst")  # fmt: skip
"""The parts of a workbook's styles in the order that the schema wants."""
_LARGEST_SHEET_ID = 65534
"""Excel's own limit; some programs number sheets as they like."""
_AFTER_NAMES = ("calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
                "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst")  # fmt: skip


@dataclass(frozen=True)
class NewSheet:
    """A sheet to add: its name, and a workbook with just that sheet, whose texts stand within its cells.

    Its formats are built on number formats of Excel's own and no named styles.
    """

    name: str
    workbook: bytes


def add_sheet(changes: PackageChanges, wanted: NewSheet) -> str:
    """Add the sheet as the last one and return its part; defined names that it brings mean it where they are."""
    workbook = changes.package.workbook_part
    root = parse_xml(changes.read(workbook))
    namespace = etree.QName(root).namespace or ""
    with Package(io.BytesIO(wanted.workbook)) as source:
        made = _Source(source, strict=namespace == STRICT_MAIN)
    part = changes.free_name("xl/worksheets/sheet{}.xml")
    _renumber(made.sheet, _add_styles(changes, workbook, made.styles))
    changes.write(part, serialised(made.sheet))
    changes.declare(part, _SHEET_TYPE)
    sheets = root.find(f"{{{namespace}}}sheets")
    if sheets is None:
        raise ValueError("a workbook without sheets")
    taken = {one.get("sheetId") for one in elements(sheets)}
    number = next(number for number in range(1, _LARGEST_SHEET_ID) if str(number) not in taken)
    relation = STRICT_RELATIONSHIPS if namespace == STRICT_MAIN else RELATIONSHIPS
    attributes = {
        "name": wanted.name,
        "sheetId": str(number),
        f"{{{relation}}}id": changes.relate(workbook, "worksheet", part),
    }
    etree.SubElement(sheets, f"{{{namespace}}}sheet", attributes)
    _add_names(root, made.names, len(elements(sheets)) - 1)
    changes.write(workbook, serialised(root))
    return part


class _Source:
    """The parts of the workbook that brings the sheet, in the vocabulary of the workbook that gets it."""

    def __init__(self, package: Package, strict: bool) -> None:
        self._strict = strict
        (sheet,) = package.sheets()
        self.sheet = self._parsed(package.read(sheet.part))
        self.styles = self._parsed(package.read(_STYLES))
        self.names = list(self._parsed(package.read(package.workbook_part)).iter("{*}definedName"))
        for view in self.sheet.iter("{*}sheetView"):
            view.attrib.pop("tabSelected", "")  # two chosen tabs would be edited together

    def _parsed(self, xml: bytes) -> etree._Element:
        if self._strict:
            for ours, theirs in ((MAIN, STRICT_MAIN), (RELATIONSHIPS, STRICT_RELATIONSHIPS)):
                xml = xml.replace(f'"{ours}"'.encode(), f'"{theirs}"'.encode())
        return parse_xml(xml)


# --- names ------------------------------------------------------------------------------------------------


def _add_names(root: etree._Element, names: Iterable[etree._Element], index: int) -> None:
    """Print titles are the sheet's own and come with it; other names are only told anew what they mean."""
    namespace = etree.QName(root).namespace
    known = root.find(f"{{{namespace}}}definedNames")
    for name in names:
        if name.get("localSheetId") is None:
            for one in elements(known) if known is not None else ():
                if one.get("name") == name.get("name"):
                    one.text = name.text
            continue
        if known is None:
            known = etree.Element(f"{{{namespace}}}definedNames")
            insert_before(root, known, _AFTER_NAMES)
        name.set("localSheetId", str(index))
        known.append(name)


# --- styles -----------------------------------------------------------------------------------------------


def _renumber(sheet: etree._Element, shifts: Mapping[str, int]) -> None:
    """Let the sheet's cells, columns and colours name their formats as they are numbered in the other workbook."""
    for one in sheet.iter("{*}c", "{*}col", "{*}cfRule"):
        for attribute, group in (("s", "cellXfs"), ("style", "cellXfs"), ("dxfId", "dxfs")):
            if one.get(attribute) is not None:
                one.set(attribute, str(int(one.get(attribute, "")) + shifts[group]))


def _add_styles(changes: PackageChanges, workbook: str, styles: etree._Element) -> dict[str, int]:
    """Add formats after those that a workbook has; returns by how much the number of each kind grows."""
    part = changes.related(workbook, "styles")
    if part is None:
        part = _STYLES if not changes.has(_STYLES) else changes.free_name("xl/styles{}.xml")  # some look only there
        changes.declare(part, _STYLES_TYPE)
        changes.relate(workbook, "styles", part)
        changes.write(part, serialised(styles))
        return dict.fromkeys(_GROUPS, 0)
    root = parse_xml(changes.read(part))
    shifts = {name: len(elements(_group(root, name))) for name in ("fonts", "fills", "borders", "cellXfs", "dxfs")}
    for name in shifts:
        group = _group(root, name)
        for one in elements(_group(styles, name)):
            group.append(_shifted(copy.deepcopy(one), shifts))
        group.set("count", str(len(elements(group))))
    changes.write(part, serialised(root))
    return shifts


def _shifted(one: etree._Element, shifts: Mapping[str, int]) -> etree._Element:
    for attribute, group in (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders")):
        if one.get(attribute) is not None:
            one.set(attribute, str(int(one.get(attribute, "")) + shifts[group]))
    return one


def _group(styles: etree._Element, name: str) -> etree._Element:
    """A group of formats; where there is none yet, a new one at its place."""
    tag = f"{{{etree.QName(styles).namespace}}}{name}"
    found = styles.find(tag)
    if found is None:
        found = etree.Element(tag)
        insert_before(styles, found, _GROUPS[_GROUPS.index(name) + 1 :])
    return found
