"""Annotated copies: what was found stands in them, and everything else is as the sender made it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from tests.annotated import annotated, center_at, center_content, notes, places, remarks, told, with_findings
from tests.decorated import OWN_NOTE, decorated
from tests.office import OFFICE, converted
from tests.schemas import assert_as_valid
from tests.zips import parts, rewritten
from xlkit.actions.annotate import annotate, annotate_beside
from xlkit.actions.check import check
from xlkit.actions.recompute import recompute
from xlkit.books.package import Package
from xlkit.books.reader import read_workbook
from xlkit.demo.real import real_drafts
from xlkit.finding import Finding
from xlkit.patch.escapes import set_text
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.macros import macro_workbook
from xlkit.templates.remarksheet import FINDINGS_HEADER, OUR_NOTE

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")


@pytest.fixture
def center(tmp_path: Path) -> Path:
    return center_at(tmp_path / "center.xlsx")


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
    path.write_bytes(center_content())
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

COUNTS = [pytest.param(4, id="four"), pytest.param(60, id="sixty", marks=pytest.mark.long)]


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
    before, after = OFFICE.do([{"source": str(path), "buttons": True} for path in (source, copy)])
    assert before == after and len(before) >= 15
    assert all("Xlkit" in macro or "xlkit" in macro for *_, macro in before)
