"""Copies of workbooks that people have worked on: lists hidden or renamed, merged cells, damage, long texts."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.annotated import annotated, center_at, notes, remarks, with_findings
from tests.decorated import decorated
from tests.draw import draw
from tests.schemas import assert_as_valid
from tests.zips import parts, rewritten
from xlkit.actions.annotate import annotate, annotate_beside
from xlkit.demo.real import real_drafts
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.remarksheet import FINDINGS_BESIDE, FINDINGS_HEADER, OUR_NOTE

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")


@pytest.fixture
def center(tmp_path: Path) -> Path:
    return center_at(tmp_path / "center.xlsx")


def test_somebodys_own_sheet_of_the_same_name_is_left_alone(center: Path) -> None:
    workbook = openpyxl.load_workbook(center)
    workbook[FINDINGS].title = "Старое"
    own = workbook.create_sheet(FINDINGS)
    for row in range(1, 20):
        own.append([f"{row}-{column}" for column in range(1, 6)])
    workbook.save(center)
    copy = openpyxl.load_workbook(annotated(center))
    assert [[c.value for c in row] for row in copy[FINDINGS].iter_rows()] == [
        [c.value for c in row] for row in own.iter_rows()
    ]
    assert copy[FINDINGS_BESIDE].cell(FINDINGS_HEADER + 1, 9).value == "V-114"


def test_a_list_that_was_hidden_or_filtered_is_seen_again(center: Path, tmp_path: Path) -> None:
    once = tmp_path / "once.xlsx"
    once.write_bytes(annotated(center).read_bytes())
    workbook = openpyxl.load_workbook(once)
    sheet = workbook[FINDINGS]
    sheet.sheet_state = "veryHidden"
    sheet.auto_filter.ref = "A4:I60"
    sheet.auto_filter.add_filter_column(1, ["предупреждение"])
    for row in range(5, 12):
        sheet.row_dimensions[row].hidden = True
    workbook.save(once)
    shown = openpyxl.load_workbook(annotated(once))[FINDINGS]
    assert shown.sheet_state == "visible"
    assert not any(shown.row_dimensions[row].hidden for row in range(5, 40))
    assert shown.auto_filter.ref == "A4:I60" and not shown.auto_filter.filterColumn


def test_notes_do_not_go_into_the_drawing_of_a_header(center: Path) -> None:
    """A logo in the header lies in a drawing of the same kind, which legacyDrawingHF names."""
    contents = parts(center)
    sheet, rels = "xl/worksheets/sheet2.xml", "xl/worksheets/_rels/sheet2.xml.rels"
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    logo = b'<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="CH"/></xml>'
    contents["xl/drawings/vmlDrawing1.vml"] = logo
    contents[rels] = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId7" '
        f'Type="{kinds}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/></Relationships>'
    ).encode()
    contents[sheet] = contents[sheet].replace(
        b"</worksheet>", f'<legacyDrawingHF xmlns:r="{kinds}" r:id="rId7"/></worksheet>'.encode()
    )
    contents["[Content_Types].xml"] = contents["[Content_Types].xml"].replace(
        b"<Override",
        b'<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/><Override',
        1,
    )
    rewritten(center, contents)
    copy = annotated(center)
    after = parts(copy)
    assert after["xl/drawings/vmlDrawing1.vml"] == logo
    assert after[sheet].index(b"<legacyDrawing ") < after[sheet].index(b"<legacyDrawingHF ")
    assert any(sheet == "План" for sheet, _ in notes(copy))
    assert_as_valid(copy, center)


def test_notes_of_merged_cells_stand_where_they_are_seen(tmp_path: Path) -> None:
    """Excel shows no note of a covered cell: those of one area meet at its first cell, under one heading."""
    path = draw(tmp_path / "a.xlsx", cells={"План!F9": "98 чел.", "План!G9": None}, merge=("План!F9:G9",))
    copy = annotated(path)
    assert {(row[8], row[3]) for row in remarks(copy)} == {("V-102", "F9"), ("V-101", "G9"), ("S-121", "F9")}
    (note,) = notes(copy).values()
    assert notes(copy).keys() == {("План", "F9")} and note.count(OUR_NOTE) == 1
    assert all(said in note for said in ("стоит текст", "не заполнена", "объединены"))
    again = tmp_path / "again.xlsx"
    again.write_bytes(with_findings(copy, []))
    assert notes(again) == {}


def test_a_name_that_grows_too_long_costs_that_file_only(center: Path) -> None:
    long = center.with_name("я" * 122 + "a.xlsx")
    long.write_bytes(center.read_bytes())
    first, second = annotate_beside([str(long), str(center)]).files
    assert first.output is None and "слишком длинное" in str(first.refusal)
    assert second.output is not None


def test_a_long_text_makes_no_long_row_or_note(center: Path) -> None:
    workbook = openpyxl.load_workbook(center)
    workbook["План"]["F9"].value = "очень много " * 2500
    workbook.save(center)
    copy = annotated(center)
    assert max(len(str(row[5] or "")) for row in remarks(copy)) == 150
    assert max(len(text) for text in notes(copy).values()) < 5000


def test_parts_are_found_whatever_their_case(center: Path) -> None:
    """A relationship may spell a part otherwise than the package; what is written there must not be lost."""
    once = center.with_name("once.xlsx")
    once.write_bytes(annotated(center).read_bytes())
    contents = parts(once)
    rels = next(name for name, content in contents.items() if name.endswith(".rels") and b"comments1.xml" in content)
    contents[rels] = contents[rels].replace(b"comments1.xml", b"Comments1.XML").replace(b"vmlDrawing1", b"VMLdrawing1")
    rewritten(once, contents)
    clean = center.with_name("clean.xlsx")
    clean.write_bytes(with_findings(once, []))
    assert OUR_NOTE.encode() not in b"".join(parts(clean).values())
    assert parts(clean).keys() == parts(once).keys()


@pytest.mark.parametrize("damage", ["a picture", "comments"])
def test_a_part_that_figures_do_not_need_may_be_damaged(center: Path, tmp_path: Path, damage: str) -> None:
    if damage == "comments":
        book = center.with_name("once.xlsx")
        book.write_bytes(annotated(center).read_bytes())
        rewritten(book, parts(book) | {"xl/comments1.xml": b"<comments><commentList>"})
    else:
        book = tmp_path / "picture.xlsx"
        book.write_bytes(_with_damaged_picture())
    (one,) = annotate([str(book)], tmp_path / "out").files
    assert one.check.form == "program_center", "the check needs no such part"
    assert one.output is None and "повреждён" in str(one.refusal)


def _with_damaged_picture() -> bytes:
    draft = real_drafts()[0]
    for seed in range(20):
        made, _ = decorated(draft.edition, draft.finish("")[0], seed)
        with zipfile.ZipFile(io.BytesIO(made)) as package:
            for entry in package.infolist():
                if entry.filename.startswith("xl/media/"):
                    at = entry.header_offset + 30 + len(entry.filename.encode()) + entry.compress_size // 2
                    return made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :]
    raise AssertionError("none of them has a picture")
