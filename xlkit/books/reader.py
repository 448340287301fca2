"""Reading a workbook: python-calamine behind one function, with what it hides put back.

calamine gives Excel errors and formulas without a cached value as empty cells; the sheet's XML tells them.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

from lxml import etree

from xlkit.books.guard import DEFAULT_LIMITS, Limits, guard_package, guard_sheet
from xlkit.books.package import Package, SheetPart
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.sheetxml import SheetScan, scan_sheet
from xlkit.rules.catalogue import refusal
from xlkit.values import ExcelError, folded

_CRC_CHECKED = ("xl/sharedStrings.xml", "xl/styles.xml")


def read_workbook(path: Path, sheets: Collection[str] | None = None, limits: Limits = DEFAULT_LIMITS) -> RawWorkbook:
    """Read a workbook, or only the sheets of some names; raises FileRefused for what cannot be read."""
    wanted = None if sheets is None else {folded(name) for name in sheets}
    with guard_package(path, limits) as package:
        try:
            parts = package.sheets()
            for part in _CRC_CHECKED:
                if package.has(part):
                    package.read(part)
            properties = package.custom_properties()
        except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, etree.XMLSyntaxError) as error:
            raise refusal("F-006") from error
        if not parts:
            raise refusal("F-005")
        chosen = [p for p in parts if wanted is None or folded(p.name) in wanted]
        return RawWorkbook(
            path=str(path),
            sheets=tuple(_read_sheets(path, package, chosen, limits)),
            properties=properties,
            sheet_names=tuple(p.name for p in parts),
        )


def _read_sheets(path: Path, package: Package, parts: list[SheetPart], limits: Limits) -> list[RawSheet]:
    try:
        scans = [scan_sheet(guard_sheet(package, part, limits)) for part in parts]
    except (zlib.error, etree.XMLSyntaxError, ValueError) as error:
        raise refusal("F-006") from error
    grids = _calamine_grids(path, [part.name for part in parts])
    for grid, scan in zip(grids, scans, strict=True):
        _put_back(grid, scan)
    return [
        RawSheet(part.name, grid, scan.formulas, part.state)
        for part, grid, scan in zip(parts, grids, scans, strict=True)
    ]


def _calamine_grids(path: Path, names: list[str]) -> list[list[list[object]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())) as workbook:
            grids = [workbook.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in names]
    except (CalamineError, OSError, ValueError) as error:
        raise refusal("F-011") from error
    except BaseException as error:
        # A panic of the Rust parser reaches Python as a BaseException of a module that cannot be imported.
        if type(error).__name__ == "PanicException":
            raise refusal("F-011") from error
        raise
    return [[[None if cell == "" else cell for cell in row] for row in grid] for grid in grids]


def _put_back(grid: list[list[object]], scan: SheetScan) -> None:
    for cells in (scan.errors, scan.uncached):
        for (row, column), content in cells.items():
            if isinstance(content, ExcelError) or _is_empty(grid, row, column):
                _place(grid, row, column, content)


def _is_empty(grid: list[list[object]], row: int, column: int) -> bool:
    return row > len(grid) or column > len(grid[row - 1]) or grid[row - 1][column - 1] is None


def _place(grid: list[list[object]], row: int, column: int, content: object) -> None:
    while len(grid) < row:
        grid.append([])
    line = grid[row - 1]
    line.extend([None] * (column - len(line)))
    line[column - 1] = content
