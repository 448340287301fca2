"""Reading a workbook of any kind that is read at all, behind one function.

It runs in a process of its own (``xlkit.isolation``); what it imports, each such process loads.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from xlkit.books.contents import Book, SheetCells
from xlkit.books.dates import date_styles
from xlkit.books.guard import check_directory, guard_file, package_kind
from xlkit.books.otherkinds import read_package, read_xls
from xlkit.books.package import Package
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.refused import refused
from xlkit.books.remarks import formula_remarks, package_remarks
from xlkit.books.room import Room
from xlkit.books.sheetxml import read_sheet, read_strings
from xlkit.books.sniff import XLSX, kind_of
from xlkit.errors import Unreadable
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.values import folded

_TRUE = ("1", "true", "on")


def read_workbook(path: Path, sheets: Collection[str] | None = None, limits: Limits = DEFAULT_LIMITS) -> RawWorkbook:
    """Read a workbook in this process, or only the sheets of some names; raises FileRefused."""
    try:
        return read_raw(path, sheets, limits)
    except Unreadable as error:
        raise refused(error) from error


def read_raw(path: Path, sheets: Collection[str] | None, limits: Limits, with_formulas: bool = False) -> RawWorkbook:
    """The same without the catalogue of findings: raises Unreadable.

    ``with_formulas`` asks for the texts of the formulas of an .xlsx.
    """
    content = guard_file(path, limits)
    read = _read_content(path, content, sheets, limits, with_formulas)
    return replace(read, sha256=hashlib.sha256(content).hexdigest())


def _read_content(
    path: Path, content: bytes, sheets: Collection[str] | None, limits: Limits, with_formulas: bool
) -> RawWorkbook:
    wanted = None if sheets is None else {folded(name) for name in sheets}
    kind = kind_of(content)
    if kind != XLSX:
        return read_xls(path, content, wanted, limits)
    try:
        with Package(io.BytesIO(content)) as package:
            check_directory(package, len(content), limits)
            kind = package_kind(package)
            if kind == XLSX:
                return _read_package(path, package, wanted, limits, with_formulas)
            return read_package(path, content, package, kind, wanted, limits)
    except (zipfile.BadZipFile, KeyError) as error:
        raise Unreadable("F-006") from error


def _read_package(
    path: Path, package: Package, wanted: Collection[str] | None, limits: Limits, with_formulas: bool
) -> RawWorkbook:
    tabs = package.tabs()
    parts = [tab for tab in tabs if tab.kind == "worksheet"]
    if not parts:
        raise Unreadable("F-011")
    if len(parts) > limits.sheets:
        raise Unreadable("F-031", what="sheets")
    book = _book(package, limits, with_formulas)
    chosen = [part for part in parts if wanted is None or folded(part.name) in wanted]
    room = Room(limits)
    sheets, remarks = [], list(package_remarks(package, parts))
    for part in chosen:
        cells = read_sheet(part.name, package.xml(part.part), book)
        sheets.append(room.take(_raw_sheet(cells, part.state)))
        remarks += formula_remarks(cells)
    return RawWorkbook(
        path=str(path),
        sheets=tuple(sheets),
        properties=package.custom_properties(),
        sheet_names=tuple(part.name for part in parts),
        remarks=tuple(remarks),
        other_tabs=tuple(tab.name for tab in tabs if tab.kind != "worksheet"),
    )


def _book(package: Package, limits: Limits, with_formulas: bool) -> Book:
    workbook = package.workbook_part
    if sum(1 for _ in package.workbook.iter("{*}definedName")) > limits.names:
        raise Unreadable("F-031", what="names")
    styles = _related(package, workbook, "styles", needed=True)
    if styles is not None and styles.count(b"<xf ") > limits.styles:
        raise Unreadable("F-031", what="styles")
    strings = _related(package, workbook, "sharedStrings")
    return Book(
        strings=[] if strings is None else read_strings(strings, limits),
        dates=date_styles(styles),
        from_1904=_from_1904(package),
        limits=limits,
        with_formulas=with_formulas,
    )


def _related(package: Package, workbook: str, kind: str, needed: bool = False) -> bytes | None:
    """The XML of the part that a relationship of the workbook names; ``None`` where there is none.

    Raises Unreadable where the part is ``needed`` and not there: dates would turn into numbers.
    """
    for relation in package.relations(workbook).values():
        if relation.kind == kind and not relation.external:
            if package.has(relation.target):
                return package.xml(relation.target)
            if needed:
                raise Unreadable("F-006")
    return None


def _from_1904(package: Package) -> bool:
    for properties in package.workbook.iterchildren("{*}workbookPr"):
        return properties.get("date1904", "0") in _TRUE
    return False


def _raw_sheet(cells: SheetCells, state: str) -> RawSheet:
    formulas, merges = frozenset(cells.formulas), tuple(cells.merges)
    return RawSheet(cells.name, cells.grid, formulas, state, merges, cells.formula_texts)
