"""Workbooks of other kinds: .xls and .xlsb, read by python-calamine behind guards of their own, and .ods.

calamine shows Excel errors and formulas without a value as empty cells. An .xlsb is asked for its errors; which
formulas of it have no value, and all of this in .xls, stays unknown, which the remark on the file says. It shows no
document properties either: what an .xls workbook of ours is stands in its lists too.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xlkit.books.ods import ods_properties, read_ods
from xlkit.books.package import Package
from xlkit.books.passport import listed_passport
from xlkit.books.raw import RawSheet, RawWorkbook, Remark
from xlkit.books.room import Room
from xlkit.books.sniff import ODS, XLS, XLSB
from xlkit.books.xlsbscan import scan_xlsb
from xlkit.errors import Unreadable
from xlkit.limits import Limits
from xlkit.rules.sheetnames import LISTS
from xlkit.values import ExcelError, folded

Errors = Mapping[tuple[int, int], ExcelError]

_LISTS = folded(LISTS)
_REMARK_OF = {XLS: "F-047", XLSB: "F-040", ODS: "F-040"}


def read_xls(path: Path, content: bytes, wanted: Collection[str] | None, limits: Limits) -> RawWorkbook:
    """An .xls workbook, or the sheets of some (folded) names; raises Unreadable."""
    return _by_calamine(path, content, XLS, wanted, {}, limits)


def read_package(
    path: Path, content: bytes, package: Package, kind: str, wanted: Collection[str] | None, limits: Limits
) -> RawWorkbook:
    """An .xlsb or .ods workbook; raises Unreadable."""
    if kind == ODS:
        sheets, known = read_ods(package, wanted, limits)
        return _workbook(path, kind, sheets, known, ods_properties(package))
    for entry in package.zip.infolist():
        package.read(entry.filename)  # calamine does not check every CRC
    read = _by_calamine(path, content, kind, wanted, scan_xlsb(package, limits), limits)
    return replace(read, properties=package.custom_properties() or read.properties)


def _by_calamine(
    path: Path,
    content: bytes,
    kind: str,
    wanted: Collection[str] | None,
    errors: Mapping[str, Errors],
    limits: Limits,
) -> RawWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            known = [(one.name, _state(one)) for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
            room = Room(limits)
            sheets = [
                room.take(_sheet(workbook, name, state, errors.get(name, {}), limits))
                for name, state in known
                if wanted is None or folded(name) in wanted
            ]
            lists = [_sheet(workbook, name, state, {}, limits) for name, state in known if folded(name) == _LISTS]
    except PasswordError as error:
        raise Unreadable("F-008") from error
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable("F-011") from error
    except BaseException as error:
        # A panic of the Rust parser reaches Python as a BaseException of a module that cannot be imported.
        if type(error).__name__ == "PanicException":
            raise Unreadable("F-011") from error
        raise
    if not known:
        raise Unreadable("F-011")
    return _workbook(path, kind, sheets, known, listed_passport(lists[0].grid[:2]) if lists else {})


def _workbook(
    path: Path, kind: str, sheets: list[RawSheet], known: list[tuple[str, str]], properties: dict[str, str]
) -> RawWorkbook:
    remarks = [Remark(_REMARK_OF[kind], kind)]
    remarks += [Remark("F-041", name, name) for name, state in known if state != "visible"]
    return RawWorkbook(
        path=str(path),
        sheets=tuple(sheets),
        properties=properties,
        sheet_names=tuple(name for name, _ in known),
        remarks=tuple(remarks),
        kind=kind,
    )


def _state(metadata: Any) -> str:
    name = str(metadata.visible).rpartition(".")[2]
    return {"Visible": "visible", "Hidden": "hidden"}.get(name, "veryHidden")


def _sheet(workbook: Any, name: str, state: str, errors: Errors, limits: Limits) -> RawSheet:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.total_height * sheet.total_width > limits.cells:
        raise Unreadable("F-010", sheet=name)
    grid = [[_content(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), error in errors.items():
        grid.extend([] for _ in range(row - len(grid)))
        grid[row - 1].extend([None] * (column - len(grid[row - 1])))
        grid[row - 1][column - 1] = error
    for line in grid:
        while line and line[-1] is None:
            line.pop()
    merges = tuple((top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in _merges(sheet))
    return RawSheet(name, grid, frozenset(), state, merges)


def _merges(sheet: Any) -> Any:
    """Corners of merged areas, from 0; none are told of an .xlsb."""
    return sheet.merged_cell_ranges or ()


def _content(cell: Any) -> object:
    """What calamine gives, with empty cells as None and numbers that no cell can hold as texts."""
    if isinstance(cell, float) and not abs(cell) < float("inf"):
        return str(cell)
    return None if cell == "" else cell
