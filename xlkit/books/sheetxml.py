"""What a sheet's XML says that readers hide: Excel errors, formulas, formulas without a value, real extent.

The fast way is a regular expression over the bytes of the usual form (no namespace prefix, cells that begin with
their address); any other form goes through lxml and gives the same answer.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from lxml import etree

from xlkit.address import cell_position, column_number
from xlkit.books.package import parse_xml
from xlkit.values import ExcelError, Uncached

Position = tuple[int, int]

_FORMULA = re.compile(
    rb'<c(?: [^>]*?)? r="([A-Z]+)([0-9]+)"([^>]*)>\s*<f(?:\s[^>]*)?(?:/>|>([^<]*)</f>)\s*(?:<v[^>]*>([^<]+)</v>)?'
)
_ERROR = re.compile(
    rb'<c(?= )(?=[^>]* r="([A-Z]+)([0-9]+)")(?=[^>]* t="e")[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?\s*<v>([^<]*)</v>'
)
_STRING_TYPE = re.compile(rb' t="str"')
_FAR_CELL = re.compile(rb' r="(?:[A-Z]{3,}[0-9]+|[A-Z]+[0-9]{6,}|[0-9]{6,})"')
_CELL = re.compile(rb' r="([A-Z]+)([0-9]+)"')
_USUAL = re.compile(rb"<worksheet[\s>]")
_USUAL_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"(?: [a-z]+="[^"]*")*/?>')
_ANY_CELL = re.compile(rb"<c[\s>/]")
_ANY_FORMULA = re.compile(rb"<f[\s>/]")


@dataclass
class SheetScan:
    """Cells of one sheet, by (row, column)."""

    errors: dict[Position, ExcelError] = field(default_factory=dict)
    formulas: dict[Position, str] = field(default_factory=dict)
    uncached: dict[Position, Uncached] = field(default_factory=dict)


def scan_sheet(xml: bytes) -> SheetScan:
    """Find errors, formulas and uncached formulas in a sheet's XML."""
    return _scan_bytes(xml) or _scan_tree(xml)


def _scan_bytes(xml: bytes) -> SheetScan | None:
    """The fast way; ``None`` where the XML is not wholly of the usual form, which it verifies by counting."""
    if not _USUAL.search(xml[:4096]) or b"<!" in xml or len(_USUAL_CELL.findall(xml)) != len(_ANY_CELL.findall(xml)):
        return None
    scan = SheetScan()
    formulas = _FORMULA.findall(xml)
    errors = _ERROR.findall(xml)
    if len(formulas) != len(_ANY_FORMULA.findall(xml)) or len(errors) != xml.count(b' t="e"'):
        return None
    for letters, row, attributes, formula, value in formulas:
        position = int(row), column_number(letters.decode())
        scan.formulas[position] = _unescaped(formula)
        if not value and not _STRING_TYPE.search(attributes):
            scan.uncached[position] = Uncached(_unescaped(formula))
    for letters, row, code in errors:
        scan.errors[int(row), column_number(letters.decode())] = ExcelError(code.decode())
    return scan


def _unescaped(text: bytes) -> str:
    return html.unescape(text.decode("utf-8", "replace"))


def _scan_tree(xml: bytes) -> SheetScan:
    scan = SheetScan()
    row = column = 0
    for element in parse_xml(xml).iter():
        tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if tag == "row":
            row, column = int(element.get("r", row + 1)), 0
        elif tag == "c":
            name = element.get("r")
            row, column = cell_position(name) if name else (row, column + 1)
            _scan_cell(element, (row, column), scan)
    return scan


def _scan_cell(cell: etree._Element, position: Position, scan: SheetScan) -> None:
    children = {etree.QName(child).localname: child for child in cell if isinstance(child.tag, str)}
    value = children["v"].text if "v" in children else None
    if "f" in children:
        formula = children["f"].text or ""
        scan.formulas[position] = formula
        if not value and cell.get("t") != "str":
            scan.uncached[position] = Uncached(formula)
    if cell.get("t") == "e" and value:
        scan.errors[position] = ExcelError(value)


def extent(xml: bytes) -> Position:
    """The last row and column that any cell claims; (0, 0) where all cells lie within 99,999 rows × ZZ.

    Only far cells matter: readers allocate the whole rectangle.
    """
    if not _FAR_CELL.search(xml):
        return 0, 0
    rows = columns = 0
    for letters, row in _CELL.findall(xml):
        rows, columns = max(rows, int(row)), max(columns, column_number(letters.decode()))
    return rows, columns
