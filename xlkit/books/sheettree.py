"""Sheets and shared strings whose XML is not of the usual form, through lxml: row by row, in little memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from lxml import etree

from xlkit.address import cell_position
from xlkit.books.contents import MAX_ROW, Book, SheetCells, cell_content
from xlkit.books.package import MAIN, STRICT_MAIN
from xlkit.books.xmltext import local_name, unescaped
from xlkit.errors import Unreadable
from xlkit.limits import Limits

_ROW = re.compile("[0-9]{1,7}")


def read_tree(name: str, xml: bytes, book: Book) -> SheetCells:
    """The cells of a sheet; raises Unreadable for what is not well-formed or no sheet."""
    cells = SheetCells(name, book.limits, with_formulas=book.with_formulas)
    last = 0
    for element in _elements(xml, "worksheet", "row", "mergeCell"):
        parent = element.getparent()
        if local_name(element) == "mergeCell":
            cells.merge(element.get("ref", ""))
        elif parent is not None and local_name(parent) == "sheetData":
            last = _read_row(element, last, cells, book)
    return cells


def read_string_tree(xml: bytes, limits: Limits) -> list[str]:
    """The shared strings; phonetic hints are left out."""
    strings = []
    for item in _elements(xml, "sst", "si"):
        strings.append(_rich_text(item))
        if len(strings) > limits.strings:
            raise Unreadable("F-031", what="strings")
    return strings


def _elements(xml: bytes, root: str, *tags: str) -> Iterator[etree._Element]:
    """Every element of some names, complete, in the order of the part; each is forgotten once it has been used."""
    names = [f"{{{namespace}}}{tag}" for namespace in (MAIN, STRICT_MAIN) for tag in tags]
    walk = etree.iterparse(io.BytesIO(xml), events=("end",), tag=names, resolve_entities=False, no_network=True)
    try:
        for _, element in walk:
            yield element
            element.clear()
            while element.getprevious() is not None:
                parent = element.getparent()
                if parent is None:
                    break
                del parent[0]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("F-006") from error
    if walk.root is None or walk.root.tag not in (f"{{{MAIN}}}{root}", f"{{{STRICT_MAIN}}}{root}"):
        raise Unreadable("F-006")


def _read_row(row: etree._Element, last: int, cells: SheetCells, book: Book) -> int:
    """Take a row's cells; returns its number. Rows and cells without an address follow the one before."""
    said = row.get("r", str(last + 1))
    number = int(said) if _ROW.fullmatch(said) else 0
    if not 1 <= number <= MAX_ROW:
        raise Unreadable("F-006")
    namespace = etree.QName(row).namespace
    column = 0
    for cell in row.iterchildren(f"{{{namespace}}}c"):
        place, column = _place(cell, number, column)
        _read_cell(cell, (place, column), cells, book)
    return number


def _place(cell: etree._Element, row: int, column: int) -> tuple[int, int]:
    """Where a cell stands: by its address, else beside the one before."""
    address = cell.get("r")
    if address is None:
        return row, column + 1
    try:
        return cell_position(address)
    except ValueError as error:
        raise Unreadable("F-006") from error


def _read_cell(cell: etree._Element, place: tuple[int, int], cells: SheetCells, book: Book) -> None:
    children = {local_name(child): child for child in cell.iterchildren("{*}*")}
    formula = _plain_text(children["f"]) or "" if "f" in children else None
    if formula is not None:
        cells.place_formula(*place, formula)
    content = cell_content(
        cell.get("t", ""),
        cell.get("s", ""),
        _plain_text(children["v"]) if "v" in children else None,
        _rich_text(children["is"], escapes=True) if "is" in children else None,
        formula,
        book,
    )
    if content is not None:
        cells.place(*place, content)


def _plain_text(element: etree._Element) -> str | None:
    """An element's own text without comments; ``None`` where there is none, as in an empty one."""
    return "".join([element.text or "", *(child.tail or "" for child in element)]) or None


def _rich_text(item: etree._Element, escapes: bool = False) -> str:
    """The texts of ``<t>`` and of ``<r><t>``, in their order; with ``escapes`` as the file has them."""
    text = "".join(
        _plain_text(part) or ""
        for child in item.iterchildren("{*}t", "{*}r")
        for part in ([child] if local_name(child) == "t" else child.iterchildren("{*}t"))
    )
    return text if escapes else unescaped(text)
