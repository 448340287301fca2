"""Writing chosen cells changes only the sheet's XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.filling import blank_template
from tests.schemas import SCHEMAS, faults
from tests.zips import parts, rewritten, zipped
from xlkit.address import cell_name, cell_position
from xlkit.books.package import MAIN
from xlkit.books.reader import read_workbook
from xlkit.patch.cells import Edit, Position
from xlkit.patch.workbook import SheetEdits, patch_workbook

PLAN, INDICATORS, TITLE = "План", "Показатели", "Титул"
PART = {TITLE: "xl/worksheets/sheet1.xml", PLAN: "xl/worksheets/sheet2.xml", INDICATORS: "xl/worksheets/sheet3.xml"}
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
Edits = Mapping[str, Mapping[Position, Edit]]


@cache
def template() -> bytes:
    return blank_template("program_center")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    path.write_bytes(template())
    return path


def changed(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Another program's way to write a part."""
    contents = parts(path)
    after = change(contents[part])
    assert after != contents[part]
    rewritten(path, {**contents, part: after})


def patched(path: Path, edits: Edits) -> Path:
    target = path.with_name("patched.xlsx")
    target.write_bytes(patch_workbook(path.read_bytes(), {s: SheetEdits(c) for s, c in edits.items()}))
    return target


def put(path: Path, sheet: str, cell: str, content: float | str, cached: bool = False) -> Path:
    return patched(path, {sheet: {cell_position(cell): Edit(content, cached)}})


def valid(path: Path) -> bool:
    """By the schema, where that is at hand."""
    written = {n: c for n, c in parts(path).items() if n.startswith(("xl/worksheets/sheet", "xl/workbook.xml"))}
    return not SCHEMAS.is_dir() or not any(faults(content, "sml.xsd") for content in written.values())


def element(path: Path, sheet: str, cell: str) -> etree._Element:
    found = etree.fromstring(parts(path)[PART[sheet]]).findall(f".//{{*}}c[@r='{cell}']")
    assert len(found) == 1
    return found[0]


# --- what changes and what does not -----------------------------------------------------------------------


@pytest.mark.parametrize("sheets", [(PLAN,), (INDICATORS,), (TITLE, PLAN, INDICATORS)])
def test_only_the_named_sheets_and_the_workbook_part_change(book: Path, sheets: tuple[str, ...]) -> None:
    before = parts(book)
    after = parts(patched(book, {sheet: {(9, 6): Edit(5.0)} for sheet in sheets}).read_bytes())
    assert list(after) == list(before), "the same parts in the same order"
    assert {n for n in after if after[n] != before[n]} == {PART[s] for s in sheets} | {"xl/workbook.xml"}


def test_zip_entries_keep_their_times_and_methods(book: Path) -> None:
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(put(book, PLAN, "F9", 5)) as new:
        for one, other in zip(old.infolist(), new.infolist(), strict=True):
            assert (one.filename, one.date_time, one.compress_type) == (
                other.filename,
                other.date_time,
                other.compress_type,
            )
        assert new.testzip() is None


@pytest.mark.parametrize("edits", [{}, {PLAN: {}}])
def test_no_edits_change_nothing(book: Path, edits: Edits) -> None:
    assert parts(patch_workbook(book.read_bytes(), {s: SheetEdits(c) for s, c in edits.items()})) == parts(
        book.read_bytes()
    )


def test_all_other_cells_stay(book: Path) -> None:
    before, after = (openpyxl.load_workbook(p) for p in (book, put(book, PLAN, "F9", 25)))
    for sheet in before:
        for row in sheet.iter_rows():
            for cell in row:
                if (sheet.title, cell.coordinate) != (PLAN, "F9"):
                    other = after[sheet.title][cell.coordinate]
                    assert (other.value, other._style) == (cell.value, cell._style)
    assert after[PLAN]["F9"].value == 25 and after[PLAN]["F9"]._style == before[PLAN]["F9"]._style


def test_foreign_parts_and_marks_stay(book: Path) -> None:
    """Macros, images, extensions: whatever lies in the package; and namespaces that only an attribute names."""
    foreign = {
        "xl/vbaProject.bin": bytes(range(256)) * 9,
        "customXml/item1.xml": b"<a/>",
        "xl/media/image1.png": b"\x89",
    }
    contents = {**parts(book), **foreign}
    contents[PART[PLAN]] = contents[PART[PLAN]].replace(
        b"<worksheet ",
        b'<worksheet xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
        b'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" ',
        1,
    )
    book.write_bytes(zipped(contents))
    after = parts(put(book, PLAN, "F9", 5))
    assert {name: after[name] for name in foreign} == foreign
    root = etree.fromstring(after[PART[PLAN]])
    assert "x14ac" in root.nsmap and root.get("{http://schemas.openxmlformats.org/markup-compatibility/2006}Ignorable")


def test_the_workbook_is_told_to_recompute(book: Path) -> None:
    root = etree.fromstring(parts(put(book, PLAN, "F9", 5))["xl/workbook.xml"])
    assert [calc.get("fullCalcOnLoad") for calc in root.iter(f"{{{MAIN}}}calcPr")] == ["1"]


@pytest.mark.parametrize("extension", [b"", b'<extLst><ext uri="{1}"><a xmlns="urn:a"/></ext></extLst>'])
def test_a_workbook_without_calculation_settings_gets_them_at_their_place(book: Path, extension: bytes) -> None:
    changed(book, "xl/workbook.xml", lambda xml: re.sub(rb"<calcPr[^>]*/>", extension or b" ", xml))
    result = put(book, PLAN, "F9", 5)
    assert b'fullCalcOnLoad="1"' in parts(result)["xl/workbook.xml"] and valid(result)


def test_an_unknown_sheet_is_a_mistake_of_the_caller(book: Path) -> None:
    with pytest.raises(KeyError):
        put(book, "Планы", "A1", 1)


# --- contents ---------------------------------------------------------------------------------------------

CONTENTS: list[float | str] = [
    7, 0, -3, 0.1, 1 / 3, 1e-7, 99547, 123456789012345, 1e21, "-", "да", "х", "текст", "a<b & c>d", '"кавычки" \'и\'',
    "]]>", "  с пробелами  ", "две\nстроки", "\tтабуляция", "=1+1", "+1", "@SUM(A1)", "№ 1.1.1.", "10\u00a0000",
    "длинный " * 400,
]  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: repr(c)[:20])
@pytest.mark.parametrize("cell", ["F9", "B9", "D1", "Z9", "A200", "BC300"])
def test_contents_are_read_back_as_they_were_written(book: Path, cell: str, content: float | str) -> None:
    """In a value cell, over a shared string, in a missing cell, column or row; by two readers."""
    result = put(book, PLAN, cell, content)
    other = openpyxl.load_workbook(result, read_only=True)  # which is done long before all styles are known
    assert other[PLAN][cell].value == content
    other.close()
    (sheet,) = read_workbook(result, {PLAN}).sheets
    assert sheet.at(*cell_position(cell)) == content
    assert sheet.formulas == read_workbook(book, {PLAN}).sheets[0].formulas
    assert valid(result)


@pytest.mark.parametrize("content", [" впереди", "сзади ", "две  точки\nи строка", "\u00a0-"])
def test_spaces_are_kept_by_excel_too(book: Path, content: str) -> None:
    """Excel drops spaces at the ends of a text that is not marked ``xml:space="preserve"``."""
    (text,) = element(put(book, PLAN, "F9", content), PLAN, "F9").iter(f"{{{MAIN}}}t")
    assert text.get(SPACE) == "preserve" or content == content.strip(" \t\n")


@pytest.mark.parametrize(("content", "kind"), [(5.0, None), ("-", "str"), ("не число", "str"), ("", "str")])
def test_a_cached_value_is_renewed_and_its_formula_stays(book: Path, content: float | str, kind: str | None) -> None:
    result = put(book, PLAN, "I9", content, cached=True)
    cell = element(result, PLAN, "I9")
    assert cell.findtext(f"{{{MAIN}}}f") == element(book, PLAN, "I9").findtext(f"{{{MAIN}}}f")
    assert cell.get("t") == kind
    assert openpyxl.load_workbook(result, data_only=True)[PLAN]["I9"].value == (content or None)
    assert valid(result)


def test_an_error_value_is_written_over(book: Path) -> None:
    changed(book, PART[PLAN], lambda xml: re.sub(rb'<c r="F9"([^>]*)/>', rb'<c r="F9"\1 t="e"><v>#REF!</v></c>', xml))
    cell = element(put(book, PLAN, "F9", 3), PLAN, "F9")
    assert cell.get("t") is None and cell.findtext(f"{{{MAIN}}}v") == "3"


# --- order and dialects -----------------------------------------------------------------------------------

positions = st.tuples(st.integers(1, 120), st.integers(1, 40))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(positions, st.integers(-5, 5) | st.sampled_from(["-", "да"]), min_size=1, max_size=25))
def test_rows_and_cells_stand_in_order(book: Path, contents: dict[Position, float | str]) -> None:
    """Whatever cells are written, every row and cell stands once and in order, else Excel offers to repair."""
    result = patched(book, {PLAN: {at: Edit(content) for at, content in contents.items()}})
    root = etree.fromstring(parts(result)[PART[PLAN]])
    rows = [int(row.get("r", "")) for row in root.iter(f"{{{MAIN}}}row")]
    assert rows == sorted(set(rows))
    for row in root.iter(f"{{{MAIN}}}row"):
        names = [cell_position(str(cell.get("r"))) for cell in row]
        assert names == sorted(set(names)) and {r for r, _ in names} <= {int(row.get("r", ""))}
    (sheet,) = read_workbook(result, {PLAN}).sheets
    (before,) = read_workbook(book, {PLAN}).sheets
    for row_number in range(1, 121):
        for column in range(1, 41):
            at = row_number, column
            assert sheet.at(*at) == contents.get(at, before.at(*at)), cell_name(*at)


def prefixed(xml: bytes) -> bytes:
    """The same sheet with every element of the main namespace under a prefix, as some programs write."""
    declared = xml.replace(f'xmlns="{MAIN}"'.encode(), f'xmlns:x="{MAIN}"'.encode())
    return re.sub(rb"<(/?)([A-Za-z])", rb"<\1x:\2", declared)


def without_addresses(xml: bytes) -> bytes:
    """The same sheet where rows and cells that follow each other carry no address (which is allowed)."""
    root = etree.fromstring(xml)
    number = 0
    for row in root.iter(f"{{{MAIN}}}row"):
        previous, number = number, int(row.get("r", ""))
        column = 0
        for cell in row:
            at = cell_position(str(cell.get("r")))[1]
            if at == column + 1:
                del cell.attrib["r"]
            column = at
        if number == previous + 1:
            del row.attrib["r"]
    return etree.tostring(root)


@pytest.mark.parametrize("dialect", [prefixed, without_addresses])
def test_dialects_of_other_programs(book: Path, dialect: Callable[[bytes], bytes]) -> None:
    edits = {PLAN: {(9, 6): Edit(25), (9, 30): Edit("да"), (150, 2): Edit("ниже"), (9, 9): Edit(25, cached=True)}}
    (usual,) = read_workbook(patched(book, edits), {PLAN}).sheets
    changed(book, PART[PLAN], dialect)
    result = patched(book, edits)
    (sheet,) = read_workbook(result, {PLAN}).sheets
    assert (sheet.grid, sheet.formulas) == (usual.grid, usual.formulas)
    for position, edit in edits[PLAN].items():
        assert sheet.at(*position) == edit.content
    assert valid(result)
