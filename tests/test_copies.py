"""Copies of .xls, .xlsb and .ods workbooks: an .xlsx with every value at its address, which checks as its source."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import quoteattr

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.draw import draw
from tests.hostile.books import brt_error, brt_number, brt_row, ods, xls, xlsb
from tests.office import converted
from tests.schemas import SCHEMAS, mistakes, needs_schemas
from tests.zips import parts, rewritten
from xlkit.actions.annotate import annotate, annotate_beside
from xlkit.actions.cells import cells
from xlkit.actions.check import FileCheck, check
from xlkit.actions.recompute import recompute
from xlkit.books import reader
from xlkit.books.dates import Shown, date_of, serial_of
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.reader import read_workbook
from xlkit.demo.field import make_field
from xlkit.demo.real import real_drafts
from xlkit.errors import FileRefused
from xlkit.explorer import main as explore
from xlkit.report.annotate_text import annotate_document, annotate_text
from xlkit.report.recompute_text import recompute_document, recompute_text
from xlkit.rules.sheetnames import FINDINGS, sheet_name_mistake
from xlkit.templates import valuecopy
from xlkit.templates.build import build_workbook
from xlkit.templates.remarksheet import FINDINGS_HEADER, OUR_NOTE
from xlkit.templates.valuecopy import copy_values
from xlkit.values import ExcelError, Uncached

TEXTS = (
    "=1+1", "+7 900", "-", "@SUM(1)", "_x0041_", "007", "  a  b ", "a\nb", "a\r\tb", "<b>&amp;", "<r><c/>&</r>",
)  # fmt: skip
SPOILT = """
    | code  | 2026    | 2027   |
    | 1.1.1 | 98 чел. |        |
    | 1.3.1 | '10 000 | ~      |
"""

# --- workbooks of another kind ----------------------------------------------------------------------------


def as_ods(path: Path) -> Path:
    """A drawn workbook as an .ods: its values, its hidden sheets, its properties, and which cells hold formulas."""
    book = read_workbook(path)
    tables = ['<style:style style:name="away"><style:table-properties table:display="false"/></style:style>']
    for sheet in book.sheets:
        rows = []
        for r, row in enumerate(sheet.grid, start=1):
            line = [_ods_cell(cell, (r, c) in sheet.formulas) for c, cell in enumerate(row, start=1)]
            rows.append(f"<table:table-row>{''.join(line) or '<table:table-cell/>'}</table:table-row>")
        style = ' table:style-name="away"' if sheet.state != "visible" else ""
        tables.append(f"<table:table table:name={quoteattr(sheet.name)}{style}>{''.join(rows)}</table:table>")
    names = "".join(
        f'<meta:user-defined meta:name="{name}">{said}</meta:user-defined>' for name, said in book.properties.items()
    )
    meta = f'<a xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">{names}</a>'
    target = path.with_suffix(".ods")
    target.write_bytes(ods("".join(tables), **{"meta.xml": meta}))
    return target


def _ods_cell(cell: object, formula: bool) -> str:
    attributes = ' table:formula="of:=1"' if formula else ""
    if isinstance(cell, Uncached | None) and formula:
        attributes += ' office:value-type="string" office:string-value=""'
    elif isinstance(cell, ExcelError):
        text = f"<text:p>{cell.code}</text:p>"
        return f'<table:table-cell table:formula="of:=1" office:value-type="string">{text}</table:table-cell>'
    elif isinstance(cell, bool):
        attributes += f' office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
    elif isinstance(cell, float):
        attributes += f' office:value-type="float" office:value="{cell!r}"'
    elif isinstance(cell, str):
        attributes += f' office:value-type="string" office:string-value={quoteattr(cell)}'
    return f"<table:table-cell{attributes}/>"


def seen(path: Path) -> dict[tuple[str, str], tuple[str, object]]:
    """Every value by sheet and cell; whole numbers and numbers are the same."""
    found = cells(str(path))
    assert found.refusal is None, found.refusal
    values = ((sheet, one) for sheet in found.sheets for one in sheet.cells)
    return {(sheet.name, one.cell): (one.kind, one.value) for sheet, one in values}


def but_findings(values: dict[tuple[str, str], tuple[str, object]]) -> dict[tuple[str, str], tuple[str, object]]:
    """Without the list, which the check has filled anew."""
    return {place: value for place, value in values.items() if place[0] != FINDINGS}


def keys(one: FileCheck) -> Counter[tuple[object, ...]]:
    found = (f for f in one.findings if f.rule not in ("F-040", "F-047"))
    return Counter((f.rule, f.severity, f.location.sheet, f.location.cell) for f in found)


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


def test_errors_of_an_xlsb_are_errors(tmp_path: Path) -> None:
    (tmp_path / "a.xlsb").write_bytes(xlsb(brt_row(1) + brt_error(1, 0x17) + brt_number(2, 7.5)))
    path = copied(read_workbook(tmp_path / "a.xlsb"), tmp_path)
    ((first, second),) = openpyxl.load_workbook(path)["Лист1"].iter_rows()
    assert (first.value, first.data_type, second.value) == ("#REF!", "e", 7.5)


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


# --- contents ---------------------------------------------------------------------------------------------


def copied(book: RawWorkbook, folder: Path) -> Path:
    path = folder / "copy.xlsx"
    path.write_bytes(copy_values(book, {}).content)
    return path


def workbook_of(*grids: list[list[object]], names: tuple[str, ...] = ()) -> RawWorkbook:
    names = names or tuple(f"Лист{number}" for number in range(1, len(grids) + 1))
    sheets = tuple(RawSheet(name, grid, frozenset()) for name, grid in zip(names, grids, strict=True))
    return RawWorkbook("", sheets, {}, names, kind="ods")


def read_back(content: bytes, folder: Path) -> RawWorkbook:
    path = folder / "copy.xlsx"
    path.write_bytes(content)
    return read_workbook(path)


MOMENTS = st.one_of(
    st.dates(dt.date(1900, 1, 1)),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9999, 12, 31)).map(lambda d: d.replace(microsecond=0)),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.timedeltas(dt.timedelta(days=-5000), dt.timedelta(days=5000)).map(lambda d: dt.timedelta(d.days, d.seconds)),
)
CONTENTS = st.one_of(
    st.none(), st.booleans(), st.floats(-1e307, 1e307), st.sampled_from(TEXTS), MOMENTS,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from([ExcelError(code) for code in ("#REF!", "#N/A", "#DIV/0!", "#NULL!")]),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(CONTENTS, max_size=5), max_size=6))
@example([list(TEXTS), [0.1 + 0.2, 1e-300, -0.0, 2.0**53]])
@example([[dt.date(1900, 1, 1), dt.datetime(1900, 1, 1, 5), dt.date(1900, 2, 28), dt.date(1900, 3, 1)]])
def test_every_content_comes_back(tmp_path_factory: pytest.TempPathFactory, grid: list[list[object]]) -> None:
    (sheet,) = read_back(copy_values(workbook_of(grid), {}).content, tmp_path_factory.getbasetemp()).sheets
    for r, row in enumerate(grid, start=1):
        for c, content in enumerate(row, start=1):
            expected = content.date() if isinstance(content, dt.datetime) and content.time() == dt.time() else content
            assert sheet.at(r, c) == expected and type(sheet.at(r, c)) is type(expected)
    assert not sheet.formulas


@given(MOMENTS)
def test_serial_numbers_of_dates(moment: dt.date | dt.time | dt.timedelta) -> None:
    shown = Shown.DURATION if isinstance(moment, dt.timedelta) else Shown.DATE
    serial = serial_of(moment)
    assert serial is not None
    back = date_of(serial, shown, False)
    assert back == (moment.date() if isinstance(moment, dt.datetime) and moment.time() == dt.time() else moment)


LOSSES: list[tuple[object, object, str]] = [
    (Uncached("of:=1"), None, "формулы без сохранённого значения стали пустыми ячейками (Лист1!B2)"),
    ("я" * 32_768, "я" * 32_767, "обрезаны (Лист1!B2)"),
    ("😀" * 16_384, "😀" * 16_383, "обрезаны (Лист1!B2)"),
    (dt.date(1812, 9, 7), "07.09.1812", "даты до 1900 года записаны текстом (Лист1!B2)"),
    (ExcelError("Err:502"), ExcelError("#VALUE!"), "стали #ЗНАЧ! (Лист1!B2)"),
]


@pytest.mark.parametrize("content, became, said", LOSSES, ids=["uncached", "long", "long pairs", "date", "error"])
def test_what_cannot_be_copied_is_told(content: object, became: object, said: str, tmp_path: Path) -> None:
    copy = copy_values(workbook_of([["a"], [None, content]]), {})
    assert read_back(copy.content, tmp_path).sheets[0].at(2, 2) == became
    assert said in copy.note.ru and "Лист1!B2" in copy.note.en


def test_of_many_losses_the_first_are_named() -> None:
    copy = copy_values(workbook_of([[Uncached("")] * 30]), {})
    assert "(Лист1!A1, Лист1!B1" in copy.note.ru and "и ещё 22)" in copy.note.ru


def test_sheets_get_names_that_excel_has(tmp_path: Path) -> None:
    names = ("План", "план", "а:б", "я" * 40, "'q'", " ", "История/1\n", "History")
    copy = copy_values(workbook_of(*[[[name]] for name in names], names=names), {})
    assert all(sheet_name_mistake(name) is None for name in copy.sheet_names)
    assert copy.renamed["План"] == "План" and copy.renamed["план"] == "план (2)"
    assert "«а:б» → «а_б»" in copy.note.ru
    assert [sheet.at(1, 1) for sheet in read_back(copy.content, tmp_path).sheets] == list(names)


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


def test_merged_cells_stay_merged_and_keep_what_they_cover(tmp_path: Path) -> None:
    merges = ((1, 1, 2, 2), (2, 2, 3, 3), (3, 1, 3, 2), (5, 1, 5, 1), (4, 1, 2_000_000, 1))
    sheet = RawSheet("Лист", [["a", "b"], ["c", "d"], ["e"]], frozenset(), "visible", merges)
    (back,) = read_workbook(copied(RawWorkbook("", (sheet,), {}, ("Лист",), kind="ods"), tmp_path)).sheets
    assert back.merges == ((1, 1, 2, 2), (3, 1, 3, 2)), "areas over another are damage to Excel"
    assert back.grid[:2] == sheet.grid[:2]


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


@pytest.mark.parametrize("states", [("visible", "hidden", "veryHidden"), ("hidden", "visible", "hidden")])
def test_what_was_hidden_stays_hidden(states: tuple[str, ...], tmp_path: Path) -> None:
    sheets = tuple(RawSheet(f"Лист{n}", [["a"]], frozenset(), state) for n, state in enumerate(states))
    book = RawWorkbook("", sheets, {}, tuple(sheet.name for sheet in sheets), kind="xls")
    path = copied(book, tmp_path)
    workbook = openpyxl.load_workbook(path)
    assert tuple(sheet.sheet_state for sheet in workbook) == states
    assert workbook.active is not None and workbook.active.sheet_state == "visible"


def test_a_workbook_whose_sheets_are_all_hidden_can_be_opened(tmp_path: Path) -> None:
    book = RawWorkbook("", (RawSheet("Лист", [["a"]], frozenset(), "hidden"),), {}, ("Лист",), kind="xls")
    assert [sheet.sheet_state for sheet in openpyxl.load_workbook(copied(book, tmp_path))] == ["visible"]


def test_more_cells_than_a_copy_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valuecopy, "MAX_FILLED", 3)
    copy_values(workbook_of([[1.0, 2.0], [None, 3.0]]), {})
    with pytest.raises(FileRefused) as refusal:
        copy_values(workbook_of([[1.0, 2.0]], [[None, 3.0, 4.0]]), {})
    assert refusal.value.rule == "F-010" and "Лист2" in str(refusal.value)


@needs_schemas
def test_an_odd_copy_is_valid(tmp_path: Path) -> None:
    contents = [Uncached(""), ExcelError("#REF!"), True, dt.date(2026, 1, 1), dt.timedelta(hours=-1), *TEXTS]
    path = copied(workbook_of([contents, [], ["a"]], [], names=("a", "b")), tmp_path)
    assert mistakes(path) == []


def test_the_copy_is_made_the_same_twice() -> None:
    book = workbook_of([["a", 1.0]])
    assert copy_values(book, {}).content == copy_values(book, {}).content
