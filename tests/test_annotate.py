"""Annotated copies: what was found stands in them, and everything else is as the sender made it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from tests.decorated import OWN_NOTE, decorated
from tests.draw import draw
from tests.office import converted, need_uno
from xlkit.actions.annotate import annotate, annotate_beside, annotating
from xlkit.actions.check import check
from xlkit.actions.originals import Original
from xlkit.actions.recompute import recompute
from xlkit.books.package import Package
from xlkit.books.reader import read_workbook
from xlkit.demo.real import real_drafts
from xlkit.finding import Finding
from xlkit.patch.escapes import set_text
from xlkit.patch.workbook import patch_workbook
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.build import build_workbook
from xlkit.templates.macros import macro_workbook
from xlkit.templates.remarksheet import FINDINGS_BESIDE, FINDINGS_HEADER, OUR_NOTE

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
SCHEMA = Path(__file__).resolve().parent.parent.parent / "shared" / "schemas" / "ecma-376" / "sml.xsd"


@pytest.fixture
def center(tmp_path: Path) -> Path:
    path = tmp_path / "center.xlsx"
    path.write_bytes(_center())
    return path


@cache
def _center() -> bytes:
    draft = real_drafts()[0]
    return build_workbook(draft.edition, draft.finish("")[0])


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def annotated(path: Path) -> Path:
    (one,) = annotate([str(path)], path.parent / "annotated").files
    assert one.output is not None, one
    return one.output


def with_findings(path: Path, findings: Sequence[Finding]) -> bytes:
    read = read_workbook(path, {FINDINGS, FINDINGS_BESIDE})
    return patch_workbook(path.read_bytes(), *annotating(Original(read.sheet_names), read, findings))


def remarks(path: Path) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(path, data_only=True)[FINDINGS]
    rows = sheet.iter_rows(min_row=FINDINGS_HEADER + 1, max_col=9, values_only=True)
    return [row for row in rows if any(cell is not None for cell in row)]


def notes(path: Path) -> dict[tuple[str, str], str]:
    workbook = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in workbook
        for line in sheet.iter_rows()
        for cell in line
        if cell.comment
    }


def places(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(f.location.sheet, f.location.cell) for f in findings if f.location.sheet and f.location.cell}


def told(findings: tuple[Finding, ...]) -> list[tuple[Any, ...]]:
    return [(f.rule, f.location.sheet, f.location.cell, str(f.message)) for f in findings]


def faults(content: bytes) -> set[str]:
    """What the standard's schema, which stands in for «Excel would not offer to repair», says of a part."""
    schema = _schema()
    schema.validate(etree.fromstring(content.replace(b' xml:space="preserve"', b"")))  # it knows no xml:space
    return {str(one.message) for one in schema.error_log}


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


def assert_as_valid(copy: Path, original: Path) -> None:
    """No part has a fault that it did not have (extensions of newer programs are faults to the schema)."""
    if not SCHEMA.is_file():
        return
    before = parts(original)
    for name, content in parts(copy).items():
        if re.match(r"xl/(worksheets/sheet|comments|workbook\.xml|styles)", name):
            assert faults(content) <= (faults(before[name]) if name in before else set()), name


# --- what is written --------------------------------------------------------------------------------------


def test_the_sheet_lists_every_finding_and_notes_stand_at_their_cells(center: Path) -> None:
    found = check([center]).files[0].findings
    copy = annotated(center)
    assert [(row[8], row[2], row[3], row[4]) for row in remarks(copy)] == told(found)
    assert notes(copy).keys() == places(found)
    assert all(text.startswith(OUR_NOTE) for text in notes(copy).values())
    assert_as_valid(copy, center)


def test_a_checked_copy_checks_as_the_original(center: Path) -> None:
    copy = annotated(center)
    assert told(check([copy]).files[0].findings) == told(check([center]).files[0].findings)


def test_an_earlier_check_leaves_nothing_behind(center: Path, tmp_path: Path) -> None:
    """Once more on the copy gives the same; after the mistakes are mended nothing of ours is left."""
    once = annotated(center)
    again = tmp_path / "again.xlsx"
    again.write_bytes(with_findings(once, check([once]).files[0].findings))
    assert (remarks(again), notes(again)) == (remarks(once), notes(once))
    clean = tmp_path / "clean.xlsx"
    clean.write_bytes(with_findings(again, []))
    assert (remarks(clean), notes(clean)) == ([], {})
    assert b"<v:shape " not in b"".join(content for name, content in parts(clean).items() if name.endswith(".vml"))
    assert_as_valid(clean, center)


def test_formulas_texts_and_numbers_of_findings_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(_center())
    workbook = openpyxl.load_workbook(path)
    for cell, typed in (("F9", "=cmd|' /C calc'!A0"), ("G9", "-1+2 чел."), ("H9", "<b>1</b>&"), ("F10", "@SUM(1)")):
        workbook["План"][cell].value = typed
        workbook["План"][cell].data_type = "s"
    workbook.save(path)
    copy = annotated(path)
    values = {row[3]: row[5] for row in remarks(copy) if row[2] == "План"}
    assert values["F9"] == "=cmd|' /C calc'!A0"
    assert (values["G9"], values["F10"]) == ("-1+2 чел.", "@SUM(1)")
    assert read_workbook(copy, {FINDINGS}).sheets[0].grid, "calamine reads it"
    rows = openpyxl.load_workbook(copy)[FINDINGS].iter_rows(min_row=FINDINGS_HEADER + 1)
    formulas = [cell.value for row in rows for cell in row if cell.data_type == "f"]
    assert formulas and all(str(one).startswith("=HYPERLINK(") for one in formulas)
    assert values["H9"] == "<b>1</b>&"


@given(st.text(st.characters(exclude_categories=("Cs",))))
@example("_x0041_ and \x01\r\n\t_x000D_")
def test_any_text_comes_back_from_xml_as_it_was(text: str) -> None:
    element = etree.fromstring(etree.tostring(_element(text)))
    assert re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), element.text or "") == text


def _element(text: str) -> etree._Element:
    made = etree.Element("t")
    set_text(made, text)
    return made


def sheet_part(path: Path, name: str) -> str:
    with Package(path) as package:
        return next(one.part for one in package.sheets() if one.name == name)


def test_a_workbook_that_lost_the_sheet_gets_it_back(center: Path) -> None:
    workbook = openpyxl.load_workbook(center)
    del workbook[FINDINGS]
    for name in workbook.defined_names.values():
        name.value = name.value.replace(f"'{FINDINGS}'!", "#REF!")
    workbook.save(center)
    copy = annotated(center)
    rows = remarks(copy)
    assert [(row[8], row[2], row[3]) for row in rows] == [one[:3] for one in told(check([center]).files[0].findings)]
    names = openpyxl.load_workbook(copy).defined_names
    assert names["xl_finding_cell"].value == f"'{FINDINGS}'!$D$5:$D$3000"
    assert_as_valid(copy, center)


def looks(path: Path, sheet: str = FINDINGS) -> list[object]:
    """What a person sees of the list beside its texts: formats, colours, widths, frozen captions, print setup."""
    page = openpyxl.load_workbook(path)[sheet]
    cells = [page.cell(row, column) for row in (1, 3, 4, 5) for column in range(1, 10)]
    rules = [(str(area.sqref), r.formula, r.dxf) for area in page.conditional_formatting for r in area.rules]
    return [
        [str((cell.font, cell.fill, cell.border, cell.alignment)) for cell in cells],
        rules,
        [(name, one.width) for name, one in sorted(page.column_dimensions.items())],
        [page.row_dimensions[row].height for row in (1, 4)],
        (page.freeze_panes, page.print_title_rows, page.sheet_view.showGridLines, page.auto_filter.ref),
        (page.page_setup.orientation, page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage),
    ]


@pytest.mark.parametrize("whose", ["template", "no styles", "no dxfs", "strict"])
def test_a_list_that_is_added_looks_as_in_the_template(center: Path, whose: str) -> None:
    wanted = looks(annotated(center))
    workbook = openpyxl.load_workbook(center)
    del workbook[FINDINGS]
    workbook.active = 0
    workbook.save(center)
    contents = parts(center)
    styles, kinds = contents["xl/styles.xml"], "xl/_rels/workbook.xml.rels"
    if whose == "no styles":
        contents[kinds] = re.sub(rb"<Relationship [^>]*styles.xml[^>]*/>", b"", contents[kinds])
        contents["[Content_Types].xml"] = re.sub(
            rb"<Override [^>]*styles.xml[^>]*/>", b"", contents["[Content_Types].xml"]
        )
        del contents["xl/styles.xml"]
        for name in [one for one in contents if one.startswith("xl/worksheets/sheet")]:
            contents[name] = re.sub(rb' (?:s|style|dxfId)="[0-9]+"', b"", contents[name])
    elif whose == "no dxfs":
        contents["xl/styles.xml"] = re.sub(rb"<dxfs.*</dxfs>", b"", styles)
        for name in [one for one in contents if one.startswith("xl/worksheets/sheet")]:
            contents[name] = re.sub(rb' dxfId="[0-9]+"', b"", contents[name])
    elif whose == "strict":
        contents = {name: strict(content) for name, content in contents.items()}
    rewritten(center, contents)
    copy = annotated(center)
    if whose == "strict":
        transitional = {name: strict(content, back=True) for name, content in parts(copy).items()}
        rewritten(copy, transitional)
    assert looks(copy) == wanted
    assert [sheet.sheet_view.tabSelected for sheet in openpyxl.load_workbook(copy)].count(True) <= 1
    if whose != "strict":
        assert_as_valid(copy, center)
    if whose == "template":
        before, after = (etree.fromstring(one) for one in (styles, parts(copy)["xl/styles.xml"]))
        for group in before:
            kept = after.find(group.tag)
            assert kept is not None and [etree.tostring(one) for one in kept[: len(group)]] == [
                etree.tostring(one) for one in group
            ], "formats are only added"


def strict(content: bytes, back: bool = False) -> bytes:
    """A part in the words of the strict standard, or back."""
    for ours, theirs in (
        (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
    ):
        content = content.replace(*((theirs, ours) if back else (ours, theirs)))
    return content


def test_the_list_of_formulas_goes_where_formulas_came(center: Path) -> None:
    """Excel offers to repair a workbook whose calcChain names a cell without a formula."""
    contents = parts(center)
    chain = (
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="I9" i="2"/></calcChain>'
    )
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    relation = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    contents["xl/calcChain.xml"] = chain
    contents["[Content_Types].xml"] = contents["[Content_Types].xml"].replace(
        b"</Types>", b'<Override PartName="/xl/calcChain.xml" ContentType="%s"/></Types>' % kind
    )
    contents["xl/_rels/workbook.xml.rels"] = contents["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>", b'<Relationship Id="rId99" Type="%s" Target="calcChain.xml"/></Relationships>' % relation
    )
    rewritten(center, contents)
    after = parts(annotated(center))
    assert "xl/calcChain.xml" not in after
    assert not any(b"calcChain" in content for content in after.values())
    (changed,) = recompute([str(center)], center.parent / "recomputed").files
    assert parts(Path(changed.output or ""))["xl/calcChain.xml"] == chain, "recompute touches no formula"


def test_copies_beside_the_files_never_replace_anything(center: Path) -> None:
    before = center.read_bytes()
    names = [annotate_beside([str(center)]).files[0].output for _ in range(2)]
    assert [path.name for path in names if path] == ["center (проверено).xlsx", "center (проверено 2).xlsx"]
    assert center.read_bytes() == before


def test_what_cannot_be_read_has_no_copy_and_the_rest_goes_on(center: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_text("это не книга", encoding="utf-8")
    result = annotate([str(broken), str(center)], tmp_path / "out")
    assert [one.output for one in result.files] == [None, tmp_path / "out" / "center.xlsx"]
    assert result.exit_code == 1


def test_the_command_line_says_where_the_copies_are(center: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "xlkit", "check", str(center), "--annotate", str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (one,) = json.loads(done.stdout)["files"]
    assert done.returncode == 1
    assert one["annotated"] == str(tmp_path / "out" / "center.xlsx") and Path(one["annotated"]).is_file()
    same = subprocess.run([*command[:-2], str(center.parent)], capture_output=True, text=True, check=False)
    assert same.returncode == 2 and "заменила бы" in same.stderr


# --- what stays -------------------------------------------------------------------------------------------

COUNTS = [pytest.param(6, id="six"), pytest.param(60, id="sixty", marks=pytest.mark.long)]


@pytest.mark.office
@pytest.mark.parametrize("count", COUNTS)
def test_every_other_part_stays_byte_for_byte(count: int, tmp_path: Path) -> None:
    """Half of the workbooks as XlsxWriter makes them, half saved again by LibreOffice."""
    made = []
    for seed in range(count // 2):
        draft = real_drafts()[seed % 2]
        content, suffix = decorated(draft.edition, draft.finish("")[0], seed)
        made.append(tmp_path / f"{seed}{suffix}")
        made[-1].write_bytes(content)
    again = [path for path in made if path.suffix == ".xlsx"]
    made += [path.rename(path.with_stem(f"office-{path.stem}")) for path in converted(again, tmp_path / "office")]
    result = annotate([str(path) for path in made], tmp_path / "out")
    for path, one in zip(made, result.files, strict=True):
        assert one.output is not None, one
        _assert_faithful(path, one.output, one.check.findings)
    outputs = [one.output for one in result.files if one.output]
    converted(outputs, tmp_path / "opened", to="pdf")


def _assert_faithful(path: Path, copy: Path, findings: tuple[Finding, ...]) -> None:
    before, after = parts(path), parts(copy)
    assert before.keys() <= after.keys()
    names = {sheet for sheet, _ in places(findings)} | {FINDINGS}
    touched = {sheet_part(path, name) for name in names}
    changed = {name for name in before if after[name] != before[name]}
    allowed = re.compile(r"xl/workbook\.xml|\[Content_Types\]\.xml|xl/comments.*|xl/drawings/.*\.vml|.*/_rels/.*\.rels")
    assert not [name for name in changed - touched if not allowed.fullmatch(name)], path
    own = {place: text for place, text in notes(path).items() if OWN_NOTE in text}
    assert {place: text for place, text in notes(copy).items() if OWN_NOTE in text} == own
    assert places(findings) - own.keys() == {place for place, text in notes(copy).items() if text.startswith(OUR_NOTE)}
    assert_as_valid(copy, path)


@pytest.mark.office
def test_buttons_of_an_annotated_workbook_are_still_bound(tmp_path: Path) -> None:
    """LibreOffice opens the copy and tells each button's macro, as before."""
    draft = real_drafts()[0]
    source = tmp_path / "book.xlsm"
    source.write_bytes(macro_workbook(draft.edition, draft.finish("")[0]))
    copy = annotated(source)
    script = Path(__file__).with_name("office_buttons.py")
    done = subprocess.run(
        [need_uno(), str(script), str(source), str(copy)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    before, after = [json.loads(line) for line in done.stdout.splitlines()]
    assert before == after and len(before) >= 15
    assert all("Xlkit" in macro or "xlkit" in macro for *_, macro in before)


# --- what people do to a workbook -------------------------------------------------------------------------


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


def rewritten(path: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in contents.items():
            package.writestr(name, content)


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
