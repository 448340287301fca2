"""Copies of workbooks whose packages are odd: written by other programs, by mail cleaners, or by somebody hostile.

Each is legal, or nearly: it must be copied with its notes and list, well-formed and in the order that Excel wants.
"""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.comments import Comment

import xlkit.actions.originals as originals
from tests.annotated import annotated, center_at, notes
from tests.schemas import assert_as_valid
from tests.zips import parts, rewritten
from xlkit.actions.annotate import annotate
from xlkit.actions.recompute import recompute
from xlkit.books.package import Package
from xlkit.patch.cells import Edit
from xlkit.patch.workbook import SheetEdits, patch_workbook
from xlkit.rules.sheetnames import FINDINGS

PLAN = "xl/worksheets/sheet2.xml"
Parts = dict[str, bytes]


@pytest.fixture
def center(tmp_path: Path) -> Path:
    return center_at(tmp_path / "center.xlsx")


def replaced(part: str, old: bytes, new: bytes) -> Callable[[Parts], None]:
    def change(book: Parts) -> None:
        assert old in book[part]
        book[part] = book[part].replace(old, new, 1)

    return change


def without_list(book: Parts) -> None:
    """The list of findings is called otherwise, so that one must be added."""
    book["xl/workbook.xml"] = book["xl/workbook.xml"].replace("Замечания".encode(), "Заметки".encode())


def with_comment_in_sheets(book: Parts) -> None:
    without_list(book)
    replaced("xl/workbook.xml", b"<sheets>", b"<sheets><!-- x -->")(book)


def with_comments_in_styles(book: Parts) -> None:
    without_list(book)
    for group in (b"fonts", b"fills", b"borders", b"cellXfs", b"dxfs"):
        styles = book["xl/styles.xml"]
        book["xl/styles.xml"] = re.sub(rb"(<" + group + rb" [^>]*>)", rb"\1<!-- x --><!-- y -->", styles)


def with_large_sheet_id(book: Parts) -> None:
    without_list(book)
    workbook = book["xl/workbook.xml"]
    book["xl/workbook.xml"] = re.sub(rb'sheetId="1"', b'sheetId="65534"', workbook)


def without_root_relationships(book: Parts) -> None:
    del book["_rels/.rels"]


def with_comments_between_rows(book: Parts) -> None:
    sheet = next(name for name in book if b"sheetData" in book[name] and b"R-107" not in book[name])
    book[sheet] = book[sheet].replace(b"<row ", b"<!-- a --><!-- b --><row ")


ODD: dict[str, Callable[[Parts], None]] = {
    "endless column": replaced(PLAN, b"<cols>", b'<cols><col min="20" max="21" width="1e999"/>'),
    "column of no width": replaced(PLAN, b"<cols>", b'<cols><col min="20" max="21" width="nan"/>'),
    "no root relationships": without_root_relationships,
    "comment in content types": replaced("[Content_Types].xml", b"<Override", b"<!-- x --><Override"),
    "comment in sheets": with_comment_in_sheets,
    "comments in styles": with_comments_in_styles,
    "comments between rows": with_comments_between_rows,
    "large sheet id": with_large_sheet_id,
    "a drawing that is not there": replaced(
        PLAN,
        b"</worksheet>",
        b'<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId99"/>'
        b"</worksheet>",
    ),
}


@pytest.mark.parametrize("oddity", ODD)
def test_an_odd_package_is_copied_in_order(center: Path, oddity: str) -> None:
    book = parts(center)
    ODD[oddity](book)
    rewritten(center, book)
    copy = annotated(center)
    assert_as_valid(copy, center)
    found = parts(copy)
    trees = {name: etree.fromstring(content) for name, content in found.items() if name.endswith((".xml", ".vml"))}
    workbook = trees["xl/workbook.xml"]
    ids = [int(one.get("sheetId", "")) for one in workbook.iter("{*}sheet")]
    assert len(set(ids)) == len(ids) and max(ids) <= 65534
    for name in (one for one in workbook.iter("{*}definedName") if one.get("localSheetId")):
        assert int(name.get("localSheetId", "")) < len(ids)
    styles = trees["xl/styles.xml"]
    formats = len(styles.findall("{*}cellXfs/{*}xf"))
    colours = len(styles.findall("{*}dxfs/{*}dxf"))
    for part, tree in trees.items():
        if part.startswith("xl/worksheets/sheet"):
            rows = [int(one.get("r", "")) for one in tree.iter("{*}row")]
            assert rows == sorted(rows), part
            assert len(tree.findall("{*}legacyDrawing")) <= 1
            assert all(int(one.get("s", 0)) < formats for one in tree.iter("{*}c"))
            assert all(int(one.get("dxfId", 0)) < max(colours, 1) for one in tree.iter("{*}cfRule"))


def test_a_chart_sheet_keeps_its_name(tmp_path: Path, center: Path) -> None:
    book = parts(center)
    without_list(book)
    rewritten(center, book)
    workbook = openpyxl.load_workbook(center)
    workbook.create_chartsheet(FINDINGS)
    path = tmp_path / "chart.xlsx"
    workbook.save(path)
    names = re.findall(r'<sheet [^>]*name="([^"]+)"', parts(annotated(path))["xl/workbook.xml"].decode())
    assert len({name.casefold() for name in names}) == len(names) and FINDINGS in names


def by_openpyxl(path: Path) -> None:
    """Its drawings have prefixes of their own."""
    workbook = openpyxl.load_workbook(path)
    workbook["План"]["B9"].comment = Comment("чужое", "кто-то")
    workbook.save(path)


def as_utf16(path: Path) -> None:
    by_openpyxl(path)
    book = parts(path)
    (name,) = (one for one in book if one.endswith(".vml"))
    text = re.sub(r"^<\?xml[^>]*>", "", book[name].decode())
    rewritten(path, book | {name: ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16")})


def without_shapes(path: Path) -> None:
    by_openpyxl(path)
    book = parts(path)
    (name,) = (one for one in book if one.endswith(".vml"))
    rewritten(path, book | {name: b'<xml xmlns:v="urn:schemas-microsoft-com:vml"/>'})


@pytest.mark.parametrize("written", [by_openpyxl, as_utf16, without_shapes])
def test_notes_go_into_drawings_of_other_programs_and_out_again(center: Path, written: Callable[[Path], None]) -> None:
    written(center)
    once = annotated(center)
    shapes = [etree.fromstring(content) for name, content in parts(once).items() if name.endswith(".vml")]
    shown = [one for tree in shapes for one in tree.iter("{urn:schemas-microsoft-com:vml}shape")]
    others = 0 if written is without_shapes else 1
    assert len(shown) == len(notes(once)) - 1 + others
    assert all(one.find("{urn:schemas-microsoft-com:office:excel}ClientData") is not None for one in shown)
    again = annotated(once)
    assert len(notes(again)) == len(notes(once))
    trees = [etree.fromstring(content) for name, content in parts(again).items() if name.endswith(".vml")]
    assert sum(len(list(tree.iter("{urn:schemas-microsoft-com:vml}shape"))) for tree in trees) == len(shown)


@pytest.mark.parametrize("tail", [b"<o:idmap " * 80_000, b"<v:shape " * 80_000, b"<v:shape>" * 80_000])
def test_a_drawing_made_to_be_slow_is_not(center: Path, tail: bytes) -> None:
    once = annotated(center)
    book = parts(once)
    (drawing, *_) = (one for one in book if one.endswith(".vml"))
    rewritten(once, book | {drawing: book[drawing].replace(b"</xml>", tail + b"</xml>"), "xl/x.vml": tail})
    began = time.process_time()
    patch_workbook(once.read_bytes(), {"План": SheetEdits(notes={(9, 6): "xlkit: новое"})}, ours="xlkit")
    assert time.process_time() - began < 5, "not seconds but minutes where it looks back again and again"


# --- a file that changes meanwhile ------------------------------------------------------------------------


@pytest.mark.parametrize("work", [annotate, recompute])
def test_a_file_that_changed_after_it_was_judged_has_no_copy(
    center: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[..., Any]
) -> None:
    """What was found in one version is never written into another."""
    newer = patch_workbook(center.read_bytes(), {"План": SheetEdits({(9, 6): Edit(5.0)})})
    planned = originals._planned

    def saved_meanwhile(*words: Any) -> Any:
        center.write_bytes(newer)
        return planned(*words)

    monkeypatch.setattr(originals, "_planned", saved_meanwhile)
    (one,) = work([str(center)], tmp_path / "out").files
    assert one.output is None and "изменился" in str(one.refusal)
    assert not (tmp_path / "out").exists()


def test_a_copy_that_cannot_be_made_costs_that_file_only(
    center: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawings nested too deep for the parser of a stranger's sheet: the file has no copy, the others do."""
    deep = b"<a>" * 5000 + b"</a>" * 5000
    bad = tmp_path / "bad.xlsx"
    rewritten(bad, parts(center) | {"xl/worksheets/_rels/sheet2.xml.rels": deep})
    first, second = annotate([str(bad), str(center)], tmp_path / "out").files
    assert second.output is not None and first.output is None
    assert first.refusal is not None
    with zipfile.ZipFile(second.output) as package:
        assert package.testzip() is None
    with Package(second.output) as written:
        assert written.sheets()


def test_a_table_of_thousands_of_rows_is_no_form(center: Path, tmp_path: Path) -> None:
    """A small file could otherwise keep the checking process busy for minutes."""
    book = parts(center)
    rows = b"".join(b'<row r="%d"><c r="C%d"><v>1</v></c></row>' % (row, row) for row in range(500, 4500))
    replaced(PLAN, b"</sheetData>", rows + b"</sheetData>")(book)
    rewritten(center, book)
    (one,) = annotate([str(center)], tmp_path / "out").files
    assert [finding.rule for finding in one.check.findings] == ["F-031"]
