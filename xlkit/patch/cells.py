"""Writing cells into a sheet's XML: contents, formulas with their shown values, heights of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lxml import etree

from xlkit.address import cell_name, cell_position
from xlkit.patch.escapes import set_text, xml_text

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """What a cell is to hold; ``None`` empties it.

    With ``formula`` it is that formula, which shows ``content``. With ``cached`` the formula that it has stays and
    only the shown value is renewed.
    """

    content: float | str | None
    cached: bool = False
    formula: str | None = None


def patch_cells(
    root: etree._Element, cells: Mapping[Position, Edit], heights: Mapping[int, float | None] | None = None
) -> bool:
    """Write cells by (row, column) and heights of rows in points (``None``: as the program likes) into a sheet.

    Returns whether formulas came or went: what lists the workbook's formulas is out of date then. Raises ValueError
    for a sheet that cannot hold cells.
    """
    sheet = _Sheet(root)
    before = sheet.formulas(cells)
    for (row, column), edit in sorted(cells.items()):
        cell = sheet.cell(row, column, make=edit.content is not None)
        if cell is not None:
            _write(cell, sheet.namespace, edit)
    for row, height in (heights or {}).items():
        sheet.set_height(row, height)
    return sheet.formulas(cells) != before


def show_rows(root: etree._Element, rows: Collection[int]) -> None:
    """Let rows be seen: what hid them (a person or a filter) is taken back, the filter's arrows stay."""
    sheet = _Sheet(root)
    for number in rows:
        line = sheet.rows.get(number)
        if line is not None:
            line.attrib.pop("hidden", "")
    for arrows in root.iterfind(sheet.tag("autoFilter")):
        for chosen in list(arrows):
            arrows.remove(chosen)


class _Sheet:
    """A sheet's rows and cells, found by number whether or not they are numbered."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.namespace = etree.QName(root).namespace or ""
        data = root.find(self.tag("sheetData"))
        if data is None:
            raise ValueError("a sheet without sheetData")
        self.data = data
        self.rows: dict[int, etree._Element] = {}
        number = 0
        for row in data.iterfind(self.tag("row")):
            number = int(row.get("r", number + 1))
            self.rows[number] = row

    def tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def cell(self, row: int, column: int, make: bool) -> etree._Element | None:
        line = self.rows.get(row)
        if line is None:
            if not make:
                return None
            line = etree.Element(self.tag("row"), r=str(row))
            _insert(self.data, line, self.rows, row)
            self.rows[row] = line
        columns: dict[int, etree._Element] = {}
        at = 0
        for cell in line.iterfind(self.tag("c")):
            name = cell.get("r")
            at = cell_position(name)[1] if name else at + 1
            if at == column:
                return cell
            columns[at] = cell
        return self._made(line, columns, row, column) if make else None

    def _made(self, line: etree._Element, columns: dict[int, etree._Element], row: int, column: int) -> etree._Element:
        made = etree.Element(self.tag("c"), r=cell_name(row, column))
        style = line.get("s") if line.get("customFormat") in ("1", "true") else self._column_style(column)
        if style:
            made.set("s", style)
        _insert(line, made, columns, column)
        return made

    def _column_style(self, column: int) -> str | None:
        """The format that Excel gives a new cell of a column."""
        for one in self.root.iterfind(f"{self.tag('cols')}/{self.tag('col')}"):
            if int(one.get("min", 0)) <= column <= int(one.get("max", 0)):
                return one.get("style")
        return None

    def formulas(self, cells: Mapping[Position, Edit]) -> set[Position]:
        """Which of some cells hold a formula."""
        found = ((at, self.cell(*at, make=False)) for at in cells)
        return {at for at, cell in found if cell is not None and cell.find(self.tag("f")) is not None}

    def set_height(self, row: int, height: float | None) -> None:
        line = self.rows.get(row)
        if line is None:
            return
        for name in ("ht", "customHeight"):
            line.attrib.pop(name, "")
        if height is not None:
            line.set("ht", f"{height:g}")
            line.set("customHeight", "1")


def _insert(parent: etree._Element, child: etree._Element, present: Mapping[int, etree._Element], number: int) -> None:
    """Put a row or cell at its place among its siblings, which are in the order of their numbers."""
    before = max((one for one in present if one < number), default=None)
    parent.insert(0 if before is None else parent.index(present[before]) + 1, child)


def _write(cell: etree._Element, namespace: str, edit: Edit) -> None:
    formula = cell.find(f"{{{namespace}}}f") if edit.cached else None
    for child in list(cell):
        if child is not formula:
            cell.remove(child)
    cell.attrib.pop("t", "")
    if edit.formula is not None:
        formula = etree.SubElement(cell, f"{{{namespace}}}f")
        formula.text = edit.formula
    if isinstance(edit.content, str):
        if formula is not None:
            cell.set("t", "str")
            etree.SubElement(cell, f"{{{namespace}}}v").text = xml_text(edit.content)
        else:
            cell.set("t", "inlineStr")
            set_text(etree.SubElement(etree.SubElement(cell, f"{{{namespace}}}is"), f"{{{namespace}}}t"), edit.content)
    elif edit.content is not None:
        etree.SubElement(cell, f"{{{namespace}}}v").text = f"{edit.content:.17g}"
