"""Copies of .xls, .xlsb and .ods workbooks: an .xlsx with every value at its address, which checks as its source."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from tests.draw import draw
from tests.hostile.books import xls
from tests.office import converted
from tests.other_kinds import as_ods, but_findings, keys, seen
from tests.schemas import SCHEMAS, mistakes
from tests.zips import parts, rewritten
from xlkit.actions.annotate import annotate, annotate_beside
from xlkit.actions.check import FileCheck, check
from xlkit.actions.recompute import recompute
from xlkit.books import reader
from xlkit.books.reader import read_workbook
from xlkit.demo.field import make_field
from xlkit.demo.real import real_drafts
from xlkit.explorer import main as explore
from xlkit.report.annotate_text import annotate_document, annotate_text
from xlkit.report.recompute_text import recompute_document, recompute_text
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.build import build_workbook
from xlkit.templates.remarksheet import FINDINGS_HEADER, OUR_NOTE
from xlkit.values import ExcelError

SPOILT = """
    | code  | 2026    | 2027   |
    | 1.1.1 | 98 чел. |        |
    | 1.3.1 | '10 000 | ~      |
"""

# --- the whole way ----------------------------------------------------------------------------------------


COUNTS = [pytest.param(1, id="one"), pytest.param(31, id="many", marks=pytest.mark.long)]


@pytest.mark.office
@pytest.mark.parametrize("count", COUNTS)
def test_an_annotated_copy_checks_as_its_source(count: int, tmp_path: Path) -> None:
    """The real programme and workbooks of the demo, faults and all, as LibreOffice saves them; it opens the copies."""
    drafts = [*reversed(real_drafts()), *make_field(32).drafts[2:]][:count]
    made = [tmp_path / f"{draft.cluster.id}.xlsx" for draft in drafts]
    for draft, path in zip(drafts, made, strict=True):
        path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    copies = same_copies(converted(made, tmp_path / "sources", to="ods"), tmp_path / "ods")
    for copy in copies:
        copy.rename(copy.with_stem(f"copy-{copy.stem}"))
    copies = [copy.with_stem(f"copy-{copy.stem}") for copy in copies]
    again = converted([*made, *copies], tmp_path / "sources", to="xls")
    same_copies(again[: len(made)], tmp_path / "xls")
    for copy, opened in zip(copies, again[len(made) :], strict=True):
        hidden_by_xls = {place for place, (kind, _) in seen(copy).items() if kind == "error"}
        values = {place: value for place, value in seen(copy).items() if place not in hidden_by_xls}
        assert but_findings(seen(opened)) == but_findings(values)


def same_copies(sources: list[Path], folder: Path) -> list[Path]:
    """Annotated copies, which hold and show the same as their sources."""
    result = annotate([str(path) for path in sources], folder)
    copies = [one.output for one in result.files if one.output]
    assert [path.name for path in copies] == [f"{path.stem}.xlsx" for path in sources]
    for source, one, checked in zip(sources, result.files, check(copies).files, strict=True):
        told, again = one.check, Path(checked.file)
        assert (checked.form, checked.edition, checked.cluster) == (told.form, told.edition, told.cluster)
        assert keys(checked) == keys(told), source.name
        assert but_findings(seen(again)) == but_findings(seen(source)), source.name
        assert_lists_all(again, told)
    assert any(keys(one.check) for one in result.files)
    assert not SCHEMAS.is_dir() or [m for path in copies for m in mistakes(path)] == []
    return copies


def assert_lists_all(copy: Path, source: FileCheck) -> None:
    """«Замечания» and the notes of a copy, as another program reads them."""
    workbook = openpyxl.load_workbook(copy)
    rows = workbook[FINDINGS].iter_rows(min_row=FINDINGS_HEADER + 1, max_col=9, values_only=True)
    assert [row[8] for row in rows if row[0] is not None] == [f.rule for f in source.findings]
    noted = {
        (sheet.title, cell.coordinate)
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment and cell.comment.text.startswith(OUR_NOTE)
    }
    places = {(f.location.sheet, f.location.cell) for f in source.findings}
    assert noted == {place for place in places if place[1]}


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    return as_ods(draw(tmp_path / "план.xlsx", plan=SPOILT, cells={"План!G72": ExcelError("#REF!")}))


def test_the_copy_holds_everything_and_says_what_it_is(spoilt: Path, tmp_path: Path) -> None:
    result = annotate([str(spoilt)], tmp_path / "out")
    (one,) = result.files
    assert {rule for rule, *_ in keys(one.check)} >= {"V-101", "V-102", "V-105", "V-120"}
    assert one.output == tmp_path / "out" / "план.xlsx"
    assert but_findings(seen(one.output)) == but_findings(seen(spoilt))
    copy, source = read_workbook(one.output), read_workbook(spoilt)
    assert [(s.name, s.state) for s in copy.sheets] == [(s.name, s.state) for s in source.sheets]
    assert not any(sheet.formulas for sheet in copy.sheets if sheet.name != FINDINGS)
    assert any(sheet.formulas for sheet in source.sheets) and any(sheet.state != "visible" for sheet in source.sheets)
    assert copy.properties == source.properties != {}
    (said,) = [line for line in annotate_text(result) if "формулы заменены значениями" in line]
    assert "оформление не перенесено" in said
    assert annotate_document(result)["files"][0]["note"] == said.strip()
    listed = [row[4].value for row in openpyxl.load_workbook(one.output)[FINDINGS].iter_rows(min_row=5)]
    assert any("значениями вместо формул" in str(text) for text in listed)
    # once more on the copy
    (again,) = annotate([str(one.output)], tmp_path / "again").files
    assert keys(again.check) == keys(one.check)
    assert again.output is not None and again.note is None
    assert_lists_all(again.output, again.check)
    assert but_findings(seen(again.output)) == but_findings(seen(one.output))


def test_a_total_in_place_of_its_formula_is_told_once_it_is_wrong(tmp_path: Path) -> None:
    """«не число» is what the formula shows of a number typed as text; after that is mended it is a wrong total."""
    source = as_ods(draw(tmp_path / "план.xlsx", plan="|code|2026|\n|1.3.1|'10 000|"))
    (one,) = annotate([str(source)], tmp_path / "out").files
    assert one.output is not None
    (typed,) = [f for f in one.check.findings if f.rule == "V-120"]
    workbook = openpyxl.load_workbook(one.output)
    row = workbook["План"][str(typed.location.cell)].row
    assert "не число" in [cell.value for cell in workbook["План"][row]]
    assert "V-115" not in {rule for rule, *_ in keys(check([one.output]).files[0])}
    workbook["План"][str(typed.location.cell)].value = 10000
    workbook.save(tmp_path / "mended.xlsx")
    assert "V-115" in {rule for rule, *_ in keys(check([tmp_path / "mended.xlsx"]).files[0])}


def test_recomputed_copies_are_right(tmp_path: Path) -> None:
    source = as_ods(draw(tmp_path / "план.xlsx", plan="|code|2026|2027|2028|\n|4.2.1|14|-||\n|1.3.1|'10 000|~|~|"))
    result = recompute([source], tmp_path / "out")
    (one,) = result.files
    assert one.output == str(tmp_path / "out" / "план.xlsx")
    assert {c.code for c in one.changes} == {"1.3.1", "4.2.1"}
    before, after = seen(source), seen(Path(one.output))
    for change in one.changes:
        assert after.pop((change.sheet, change.cell)) == ("number", change.new)
        before.pop((change.sheet, change.cell), None)
    differ = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
    assert {sheet for sheet, _ in differ} <= {"Контроль", "Титул"}, "what formulas would show is renewed"
    assert "не число" not in {value for (sheet, _), (_, value) in after.items() if sheet == "План"}
    assert recompute([one.output], tmp_path / "again").files[0].changes == ()
    assert any("формулы заменены значениями" in line for line in recompute_text(result))
    assert recompute_document(result)["files"][0]["note"] == str(one.note)


def test_the_control_of_a_recomputed_copy_is_renewed(tmp_path: Path) -> None:
    """R-101 compares an indicator with the plan's total, which is not carried on in the source."""
    source = as_ods(draw(tmp_path / "план.xlsx", indicators="|code|2027|\n|7|-|"))
    (one,) = recompute([source], tmp_path / "out").files
    assert one.output is not None and one.changes
    again = draw(tmp_path / "right.xlsx", indicators=f"|code|2027|\n|7|{one.changes[0].new:g}|")
    assert control(Path(one.output)) == control(again) != control(source)


def control(path: Path) -> dict[str, object]:
    """Both sides and the state of every line."""
    return {cell: said for (sheet, cell), (_, said) in seen(path).items() if sheet == "Контроль" and cell[0] in "DEF"}


def test_a_workbook_without_changes_comes_back_as_xlsx_too(tmp_path: Path) -> None:
    source = as_ods(draw(tmp_path / "план.xlsx"))
    (one,) = recompute([source], tmp_path / "out").files
    assert one.changes == () and one.output is not None and seen(Path(one.output)) == seen(source)


# --- other kinds ------------------------------------------------------------------------------------------


def test_an_xls_is_copied(tmp_path: Path) -> None:
    source = tmp_path / "книга.xls"
    lines = {(1, 1): "Идентификатор кластера", (1, 2): "ОПЦ-1", (2, 1): "Первый год программы", (2, 2): 2026}
    source.write_bytes(xls(lines, "Титул"))
    (one,) = annotate_beside([str(source)]).files
    assert one.output is not None and one.output.name == "книга (проверено).xlsx"
    assert but_findings(seen(one.output)) == seen(source)
    assert keys(check([one.output]).files[0]) == keys(one.check)


def test_the_kind_counts_and_not_the_name(tmp_path: Path) -> None:
    """An .ods that is called .xlsm: Excel would not open its copy by that name."""
    source = tmp_path / "книга.xlsm"
    source.write_bytes(as_ods(draw(tmp_path / "a.xlsx")).read_bytes())
    (one,) = annotate([str(source)], tmp_path / "out").files
    assert one.output == tmp_path / "out" / "книга.xlsx"


# --- names of copies --------------------------------------------------------------------------------------


def test_no_copy_replaces_anything_beside_its_source(spoilt: Path) -> None:
    """план.xlsx may be somebody's own work: the copy of план.ods in the same folder gets a number."""
    before = spoilt.with_suffix(".xlsx").read_bytes()
    names = [annotate([str(spoilt)], spoilt.parent).files[0].output for _ in range(2)]
    assert [path.name for path in names if path] == ["план (2).xlsx", "план (3).xlsx"]
    assert spoilt.with_suffix(".xlsx").read_bytes() == before


def test_copies_of_equal_stems_get_numbers(spoilt: Path) -> None:
    files = [str(spoilt), str(spoilt.with_suffix(".xlsx"))]
    made = annotate(files, spoilt.parent / "out").files
    assert [one.output.name for one in made if one.output] == ["план.xlsx", "план (2).xlsx"]
    assert [one.note is None for one in made] == [False, True]
    beside = annotate_beside(files).files
    assert [one.output.name for one in beside if one.output] == ["план (проверено).xlsx", "план (проверено 2).xlsx"]


def test_the_explorer_says_what_the_copy_is(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explore([str(spoilt)])
    said = capsys.readouterr().out
    assert "план (проверено).xlsx" in said and "оформление не перенесено" in said


# --- where files are read ---------------------------------------------------------------------------------


def test_nothing_is_read_in_this_process(spoilt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a workbook of another kind, nor «Замечания» and «Контроль» of an .xlsx."""

    def never(*_: object) -> None:
        raise AssertionError("read in the process that must not die")

    monkeypatch.setattr(reader, "read_raw", never)
    files = [str(spoilt), str(draw_gap(tmp_path / "gap.xlsx"))]
    assert all(one.output for one in annotate(files, tmp_path / "annotated").files)
    assert all(one.output and one.changes for one in recompute(files, tmp_path / "recomputed").files)


def draw_gap(path: Path) -> Path:
    return draw(path, plan="|code|2027|\n|4.2.1|-|")


def test_a_file_that_changed_since_it_was_checked_costs_itself(
    spoilt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its second reading refuses it; the others go on."""
    good = draw(tmp_path / "good.xlsx")
    other = as_ods(draw(tmp_path / "other.xlsx"))

    def spoil(name: str) -> None:
        if name == str(other):
            spoilt.write_bytes(b"PK")

    first, second, third = annotate([str(spoilt), str(good), str(other)], tmp_path / "out", progress=spoil).files
    assert first.output is None and "повреждён" in str(first.refusal)
    assert second.output is not None and third.output is not None


# --- edits of a copy ----------------------------------------------------------------------------------------


def test_edits_find_a_sheet_that_was_renamed(tmp_path: Path) -> None:
    """A line break in the name: the form's sheet all the same, yet no name for Excel."""
    source = tmp_path / "книга.ods"
    plan = draw_gap(tmp_path / "gap.xlsx")
    source.write_bytes(as_ods(plan).read_bytes())
    contents = parts(source)
    renamed = contents["content.xml"].replace('"План"'.encode(), '"План&#10;"'.encode())
    rewritten(source, contents | {"content.xml": renamed})
    (one,) = annotate([str(source)], tmp_path / "out").files
    assert one.output is not None and "переименованы" in str(one.note)
    assert keys(check([one.output]).files[0]).total() == keys(one.check).total() > 0
    assert recompute([source], tmp_path / "recomputed").files[0].changes


def test_merged_cells_of_a_table_are_told_of_the_copy_too(tmp_path: Path) -> None:
    source = as_ods(draw(tmp_path / "план.xlsx"))
    contents = parts(source)
    spanned = re.sub(
        r'(office:string-value="1\.1\.1"[^>]*)/>',
        r'\1 table:number-rows-spanned="2"/>',
        contents["content.xml"].decode(),
    )
    rewritten(source, contents | {"content.xml": spanned.encode()})
    (one,) = annotate([str(source)], tmp_path / "out").files
    assert one.output is not None and "S-121" in {rule for rule, *_ in keys(one.check)}
    assert keys(check([one.output]).files[0]) == keys(one.check)
