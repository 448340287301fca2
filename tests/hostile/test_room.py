"""What a file takes up in memory is counted over all its sheets, and empty cells apart from filled ones."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tests.hostile.books import biff8, cell, ods, ods_table, ole, relations, sheet, workbook, xlsx
from xlkit.address import cell_name
from xlkit.books.raw import RawWorkbook
from xlkit.books.reader import read_raw
from xlkit.errors import Unreadable
from xlkit.limits import DEFAULT_LIMITS, Limits


def sheets(count: int, rows: str, after: str = "") -> bytes:
    """A workbook in which one sheet stands so many times."""
    return xlsx(
        sheet=sheet(rows, after),
        workbook=workbook({f"Лист{i}": "" for i in range(1, count + 1)}),
        relations=relations({f"rId{i}": ("worksheet", "worksheets/sheet1.xml") for i in range(1, count + 1)}),
    )


def rows(count: int, *columns: int) -> str:
    """So many rows, filled in some columns."""
    return "".join(
        f'<row r="{r}">{"".join(f"<c r={cell_name(r, c)!r}><v>1</v></c>" for c in columns)}</row>'.replace("'", '"')
        for r in range(1, count + 1)
    )


def outcome(folder: Path, content: bytes, limits: Limits, name: str = "a.xlsx") -> str | RawWorkbook:
    (folder / name).write_bytes(content)
    try:
        return read_raw(folder / name, None, limits)
    except Unreadable as error:
        return error.rule


FEW = Limits(cells=1000, padding=100, merges=3)
DENSE, MERGES = range(1, 10), '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="C1:D2"/></mergeCells>'
REPEATED = (
    '<table:table-row table:number-rows-repeated="{}"/><table:table-row><table:table-cell '
    'office:value-type="float" office:value="1"/></table:table-row>'
)


@pytest.mark.parametrize(
    ("content", "limits", "rule"),
    [
        (sheets(1, rows(30, 16_384)), DEFAULT_LIMITS, None),
        (sheets(2, rows(30, 16_384)), DEFAULT_LIMITS, "F-010"),
        (sheets(1, cell("<v>1</v>", address="A1048576")), DEFAULT_LIMITS, "F-010"),
        (sheets(2, rows(50, *DENSE)), FEW, None),
        (sheets(3, rows(50, *DENSE)), FEW, "F-031"),
        (sheets(1, rows(120, *DENSE)), FEW, "F-031"),
        (sheets(1, rows(20, 1, 2, 3, 30)), FEW, None),
        (sheets(1, rows(20, 1, 2, 26)), FEW, None),
        (sheets(1, rows(20, 1, 30)), FEW, "F-010"),
        (sheets(1, "", MERGES), FEW, None),
        (sheets(2, "", MERGES), FEW, "F-031"),
        (sheets(1, "".join(f'<row r="{i}"><c r="A{i}" t="str"><f>B1</f><v></v></c></row>' for i in range(1, 1002))),
         FEW, "F-031"),
        (ods(ods_table(REPEATED.format(90))), FEW, None),
        (ods(ods_table(REPEATED.format(90)) * 2), FEW, "F-010"),
        (ole({"Workbook": biff8({(90, 1): 1.0})}), FEW, None),
        (ole({"Workbook": biff8({(200, 1): 1.0})}), FEW, "F-010"),
    ],
)  # fmt: skip
def test_a_file_may_take_so_much(tmp_path: Path, content: bytes, limits: Limits, rule: str | None) -> None:
    found = outcome(tmp_path, content, limits)
    assert (None if isinstance(found, RawWorkbook) else found) == rule


def test_empty_rows_cost_nothing_even_to_those_who_asked(tmp_path: Path) -> None:
    found = outcome(tmp_path, sheets(1, cell("<v>1</v>", address="A1000")), DEFAULT_LIMITS)
    for book in (found, pickle.loads(pickle.dumps(found))):
        assert len({id(row) for row in book.sheets[0].grid}) == 2


def test_no_row_is_longer_than_its_last_filled_cell(tmp_path: Path) -> None:
    found = outcome(tmp_path, ole({"Workbook": biff8({(1, 1): 1.0, (3, 3): 2.0})}), DEFAULT_LIMITS, "a.xls")
    assert isinstance(found, RawWorkbook)
    assert found.sheets[0].grid == [[1.0], [], [None, None, 2.0]]


def test_cells_out_of_their_order_find_their_places(tmp_path: Path) -> None:
    cells = [(3, 2), (1, 3), (1, 1), (3, 1), (2, 1)]
    inner = "".join(f'<row r="{r}"><c r="{cell_name(r, c)}"><v>{r}{c}</v></c></row>' for r, c in cells)
    found = outcome(tmp_path, sheets(1, inner), DEFAULT_LIMITS)
    assert isinstance(found, RawWorkbook)
    assert found.sheets[0].grid == [[11.0, None, 13.0], [21.0], [31.0, 32.0]]
