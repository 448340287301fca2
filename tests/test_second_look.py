"""What testers from outside broke, and how it must behave: stages, registers, caches, periods, suggestions."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.draw import CENTER, CLEAN_ACTUALS, address, draw
from tests.office import converted
from tests.registers import as_sqlite, as_xlsx, register_of
from xlkit.actions.check import check
from xlkit.actions.consolidate import consolidate
from xlkit.actions.inputs import find_inputs
from xlkit.actions.recompute import recompute
from xlkit.actions.reconcile import reconcile
from xlkit.actions.template import issue_templates
from xlkit.books.reader import read_workbook
from xlkit.consolidate import due_submissions
from xlkit.demo.made import made_clusters, made_draft
from xlkit.finding import Severity
from xlkit.register import read_register
from xlkit.report.svod.workbook import write_svod
from xlkit.rules.registered import Deadline, Figure, Register

DRAFT = made_draft(made_clusters(1)[0])
WHOLE = register_of([DRAFT])
CLUSTER = DRAFT.cluster.id
SECOND = "2026, II квартал"


def issued(folder: Path, register: Register = WHOLE) -> Path:
    """The cluster's workbook as the register gives it."""
    (folder / "out").mkdir(exist_ok=True)
    return Path(issue_templates(CENTER, folder / "out", register=register, cluster=CLUSTER)[0].path)


def rewritten(path: Path, *edits: tuple[str, str, object]) -> Path:
    workbook = openpyxl.load_workbook(path)
    for sheet, cell, content in edits:
        workbook[sheet][cell].value = content
    workbook.save(path)
    return path


# --- reconcile --------------------------------------------------------------------------------------------


def fact(key: str, value: float, year: int = 2026) -> Figure:
    return Figure(CLUSTER, CENTER, "actuals", "", key, key, "", "чел.", "increment", "", year, value)


def reported(folder: Path) -> Path:
    """The issued workbook with actuals of the second quarter: 5 and 6 in indicator 1."""
    path = issued(folder)
    sheet = openpyxl.load_workbook(path)["Факт"]
    columns = {cell.value: cell.column_letter for cell in sheet[6]}
    row = next(row[0].row for row in sheet.iter_rows(min_row=7) if str(row[0].value).rstrip(".") == "1")
    return rewritten(
        path,
        ("Титул", "B13", SECOND),
        ("Факт", f"{columns['На начало года']}{row}", "-"),
        ("Факт", f"{columns['За I кв.']}{row}", 5),
        ("Факт", f"{columns['За II кв.']}{row}", 6),
    )


def test_a_plan_is_not_held_against_approved_facts(tmp_path: Path) -> None:
    with_facts = replace(WHOLE, figures=(*WHOLE.figures, fact("1", 300)))
    assert reconcile([issued(tmp_path)], with_facts).files[0].verdict == "matches"


def test_first_actuals_are_not_held_against_a_register_without_facts(tmp_path: Path) -> None:
    assert reconcile([reported(tmp_path)], WHOLE).files[0].verdict == "matches"


@pytest.mark.parametrize(("approved", "verdict"), [(11, "matches"), (12, "differs")])
def test_actuals_are_compared_where_the_register_has_some(tmp_path: Path, approved: float, verdict: str) -> None:
    (one,) = reconcile([reported(tmp_path)], replace(WHOLE, figures=(*WHOLE.figures, fact("1", approved)))).files
    differing = [d for d in one.differences if d.key == "1"]
    assert ("differs" if differing else "matches") == verdict
    assert all((d.workbook, d.register) == (11, 12) for d in differing)


def test_a_fact_of_nothing_is_the_number_0(tmp_path: Path) -> None:
    path = reported(tmp_path)
    sheet = openpyxl.load_workbook(path)["Факт"]
    fives = [cell.coordinate for row in sheet.iter_rows(min_row=7) for cell in row if cell.value in (5, 6)]
    path = rewritten(path, *[("Факт", cell, 0) for cell in fives])
    for approved, told in ((0, []), (3, [(0.0, 3.0, -3.0)])):
        (one,) = reconcile([path], replace(WHOLE, figures=(*WHOLE.figures, fact("1", approved)))).files
        assert [(d.workbook, d.register, d.delta) for d in one.differences if d.key == "1"] == told


def test_somebody_elses_approved_sheet_is_refused(tmp_path: Path) -> None:
    path = rewritten(issued(tmp_path), ("Титул", "B5", "ОПЦ-777"))
    (one,) = reconcile([path]).files
    assert one.verdict == "refused" and one.refusal is not None
    assert CLUSTER in one.refusal.ru and "ОПЦ-777" in one.refusal.ru


def test_a_table_that_the_register_does_not_keep_is_not_compared(tmp_path: Path) -> None:
    as_xlsx(WHOLE, tmp_path / "r.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "r.xlsx")
    del workbook["Показатели"]
    workbook.save(tmp_path / "r.xlsx")
    assert reconcile([issued(tmp_path)], str(tmp_path / "r.xlsx")).files[0].verdict == "matches"


def test_views_of_a_database_are_tables(tmp_path: Path) -> None:
    as_sqlite(WHOLE, tmp_path / "r.db")
    with sqlite3.connect(tmp_path / "r.db") as base:
        base.execute("alter table plan rename to everything")
        base.execute("create view plan as select * from everything")
    read = read_register(str(tmp_path / "r.db"))
    assert read.notes == () and len(read.figures) == len(WHOLE.figures)


@pytest.mark.parametrize("name", ["реестр 100%25.db", "q?.db", "a#b.db"])
def test_a_database_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    as_sqlite(WHOLE, tmp_path / name)
    before = set(tmp_path.iterdir())
    read = read_register(str(tmp_path / name))
    assert len(read.figures) == len(WHOLE.figures) and read.source == str(tmp_path / name)
    assert set(tmp_path.iterdir()) == before, "nothing is made beside it"


def twice(second: object, approved_on: str) -> Register:
    first = next(f for f in WHOLE.figures if f.table == "plan" and f.key == "6.1.1" and f.year == 2026)
    return replace(WHOLE, figures=(*WHOLE.figures, replace(first, value=second, approved_on=approved_on)))


@pytest.mark.parametrize(
    ("second", "approved_on", "counts"),
    [(777, "2026-06-01", 777), (777, "", "first"), ("first", "2026-06-01", "first"), (777, "2025-01-01", "first")],
)
def test_one_rule_for_a_figure_that_stands_twice(
    tmp_path: Path, second: object, approved_on: str, counts: object
) -> None:
    first = next(f.value for f in WHOLE.figures if f.table == "plan" and f.key == "6.1.1" and f.year == 2026)
    register = read_register(as_xlsx(twice(first if second == "first" else second, approved_on), tmp_path / "r.xlsx"))
    known = [f.value for f in register.figures if f.table == "plan" and f.key == "6.1.1" and f.year == 2026]
    assert known == [first if counts == "first" else counts]
    assert len(register.notes) == 1 and "6.1.1" in register.notes[0].ru
    path = issued(tmp_path, register)
    assert reconcile([path], register).files[0].verdict == "matches"
    assert reconcile([path]).files[0].verdict == "matches"


@pytest.mark.parametrize("written", ["OПЦ-100", "опц — 100"])
def test_look_alike_letters_of_an_id_do_not_matter(written: str) -> None:
    assert WHOLE.cluster(written) is not None


# --- templates --------------------------------------------------------------------------------------------


def test_no_cluster_takes_the_file_of_another(tmp_path: Path) -> None:
    clusters = made_clusters(3)
    ids = ["ОПЦ/1", "ОПЦ:1", "опц_1"]
    named = tuple(replace(DRAFT.cluster, id=one) for one, _ in zip(ids, clusters, strict=True))
    made = issue_templates(CENTER, tmp_path, register=Register("", named), every=True)
    names = {Path(one.path).name.casefold() for one in made}
    assert len(names) == 3 == len(list(tmp_path.iterdir()))


def test_a_cluster_that_left_gets_no_workbook(tmp_path: Path) -> None:
    left = replace(DRAFT.cluster, id="ОПЦ-2", status="Исключён")
    made = issue_templates(CENTER, tmp_path, register=Register("", (DRAFT.cluster, left)), every=True)
    assert [one.cluster for one in made] == [CLUSTER]


def test_a_register_without_names_gives_the_forms_own(tmp_path: Path) -> None:
    bare = replace(WHOLE, figures=tuple(replace(f, name="") for f in WHOLE.figures))
    found = check([issued(tmp_path, bare)]).files[0]
    assert [one for one in found.findings if one.rule == "S-110"] == []


# --- recompute --------------------------------------------------------------------------------------------


@pytest.mark.office
def test_caches_of_a_recomputed_copy_are_what_its_formulas_show(tmp_path: Path) -> None:
    """Text numbers, a blank mode and a carried total: every cached value equals what LibreOffice computes."""
    plan = "|code|2026|2027|2028|mode|\n|6.1.1|'40 |~|~|~|\n|6.4.1|~|~|-|~|\n|1.3.1|5|6|7||"
    path = draw(tmp_path / "dirty.xlsx", plan=plan, indicators="|code|2028|\n|6|-|")
    saved = converted([path], tmp_path / "office")[0]  # caches as a program left them
    (done,) = recompute([saved], tmp_path / "out").files
    assert done.changes and done.output is not None
    copy = Path(done.output)
    ours, theirs = read_workbook(copy), read_workbook(converted([copy], tmp_path / "again")[0])
    compared = 0
    for sheet, other in zip(ours.sheets, theirs.sheets, strict=True):
        for position in sheet.formulas:
            a, b = sheet.at(*position), other.at(*position)
            assert (a or "") == (b or "") or a == pytest.approx(b), f"{sheet.name} {position}: {a!r} {b!r}"
            compared += 1
    assert compared > 300


def test_one_copy_that_cannot_be_written_does_not_stop_the_others(tmp_path: Path) -> None:
    paths = [draw(tmp_path / "a.xlsx", indicators="|code|2028|\n|6|-|"), draw(tmp_path / "c.xlsx")]
    (tmp_path / "out" / "c.xlsx").mkdir(parents=True)
    result = recompute(paths, tmp_path / "out")
    assert [one.refusal is None for one in result.files] == [True, False]
    assert result.exit_code == 1 and (tmp_path / "out" / "a.xlsx").is_file()


# --- live formulas ----------------------------------------------------------------------------------------


@pytest.mark.office
def test_the_control_sees_a_measure_typed_under_the_table(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["План"]
    row = sheet.max_row + 1
    captions = {cell.value: cell.column for cell in sheet[6]}
    for caption, content in {
        "№ п/п": "6.5.2", "Наименование результата мероприятия": "Своё", "Единица измерения": "ед.",
        "Учёт": "нарастающим итогом", "Показатель №": "6", "Итого на 31.12.2026": 5, "Итого на 31.12.2027": 5,
        "Итого на 31.12.2028": 5,
    }.items():  # fmt: skip
        sheet.cell(row, captions[caption]).value = content
    for year in (2026, 2027, 2028):
        cell = next(cell for cell in sheet[6] if str(cell.value) == str(year))
        sheet.cell(row, cell.column).value = 5
    workbook.save(path)
    control = read_workbook(converted([path], tmp_path / "office")[0], {"Контроль"}).sheets[0]
    lines = [[control.at(r, c) for c in (1, 2, 6)] for r in range(1, len(control.grid) + 1)]
    about = [line for line in lines if line[0] == "R-101" and "оказател" in str(line[1]) and " 6" in str(line[1])]
    assert {line[2] for line in about} == {"не выполняется"}
    assert {one.rule for one in check([path]).files[0].findings if one.severity is Severity.ERROR} == {"R-101"}


# --- check ------------------------------------------------------------------------------------------------


def without_sheet(path: Path, name: str) -> Path:
    workbook = openpyxl.load_workbook(path)
    del workbook[name]
    workbook.save(path)
    return path


@pytest.mark.parametrize(("stage", "verdict"), [("plan", "valid"), (None, "valid")])
def test_a_plan_needs_no_sheet_of_actuals(tmp_path: Path, stage: str | None, verdict: str) -> None:
    found = check([without_sheet(draw(tmp_path / "a.xlsx"), "Факт")], stage).files[0]
    assert found.verdict == verdict


def test_a_report_needs_the_sheet_of_actuals(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.xlsx", title={"period": SECOND}, actuals=CLEAN_ACTUALS)
    assert "S-101" in {one.rule for one in check([without_sheet(path, "Факт")]).files[0].findings}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("98 тыс. руб.", "98"), ("98 чел.", "98"), ("9,5 млн", None), ("10 000,00 руб", None), ("около 98", "98")],
)
def test_a_number_in_another_scale_is_not_suggested(tmp_path: Path, typed: str, expected: str | None) -> None:
    cell = address(CENTER, "plan 3.1 2026")
    found = check([draw(tmp_path / "a.xlsx", cells={cell: typed})]).files[0].findings
    assert [one.expected for one in found if one.rule == "V-102"] == [expected]


@pytest.mark.parametrize("again", [("№ п/п", "Наименование результата мероприятия", "Единица измерения"), (1, 2, 3)])
def test_captions_repeated_within_a_table_are_no_row(tmp_path: Path, again: tuple[object, ...]) -> None:
    places = [address(CENTER, f"plan free {name}") for name in ("number", "name", "unit")]
    found = check([draw(tmp_path / "a.xlsx", cells=dict(zip(places, again, strict=True)))]).files[0]
    assert [one.rule for one in found.findings] == ["S-117"]


def test_a_look_alike_letter_in_a_caption_is_told_and_read(tmp_path: Path) -> None:
    found = check([draw(tmp_path / "a.xlsx", cells={address(CENTER, "plan caption mode"): "Учeт"})])
    assert [one.rule for one in found.files[0].findings] == ["S-112"]


# --- consolidation ----------------------------------------------------------------------------------------


def test_an_unreadable_period_is_refused_and_leaves_the_plan_alone(tmp_path: Path) -> None:
    draw(tmp_path / "план.xlsx")
    draw(tmp_path / "факт.xlsx", title={"period": "какой-то квартал 2026"}, actuals=CLEAN_ACTUALS)
    known = Register("", (replace(DRAFT.cluster, id="ОПЦ-001"),))
    result = consolidate([tmp_path], known)
    standings = {Path(line.file or "").name: (line.standing.value, line.note) for line in result.intake}
    assert standings["план.xlsx"][0] == "accepted"
    assert standings["факт.xlsx"][0] == "refused" and "какой-то квартал 2026" in str(standings["факт.xlsx"][1])


def test_nobody_owes_a_period_before_the_programme() -> None:
    cluster = replace(DRAFT.cluster, first_year=2027)
    deadlines = (Deadline(CENTER, "2026, II квартал", ""), Deadline(CENTER, "2027, I квартал", ""))
    due, _ = due_submissions(Register("", (cluster,), deadlines=deadlines))
    assert [str(one.period) for one in due.values()] == ["2027, I квартал"]


def test_an_earlier_svod_of_ours_is_no_workbook(tmp_path: Path) -> None:
    draw(tmp_path / "a.xlsx")
    known = Register("", (replace(DRAFT.cluster, id="ОПЦ-001"),))
    (tmp_path / "свод1.xlsx").write_bytes(write_svod(consolidate([tmp_path], known)))
    result = consolidate([tmp_path], known)
    assert [Path(file).name for file in result.files] == ["a.xlsx"]
    assert any("свод1.xlsx" in note.ru for note in result.notes)


def test_linked_folders_are_read_once_and_hidden_workbooks_told(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    shutil.copy(draw(outside / "b.xlsx"), inside / ".hidden.xlsx")
    (inside / "link").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    found = find_inputs([inside])
    assert [Path(file).name for file in found.files] == ["b.xlsx"]
    assert [Path(file).name for file in found.passed_over] == [".hidden.xlsx"]


# --- the command line -------------------------------------------------------------------------------------


def test_a_full_disk_behind_standard_output_is_told(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.xlsx")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "xlkit", "check", str(path), "--json"], stdout=full, stderr=subprocess.PIPE,
            check=False, env=os.environ,
        )  # fmt: skip
    assert done.returncode == 2 and b"Traceback" not in done.stderr and done.stderr


@pytest.mark.parametrize(
    ("sheet", "renamed", "rule"), [("План", "План 2026", "S-101"), ("Титул", "Титульный лист", "F-009")]
)
def test_a_renamed_sheet_is_named(tmp_path: Path, sheet: str, renamed: str, rule: str) -> None:
    path = draw(tmp_path / "a.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook[sheet].title = renamed
    workbook.save(path)
    said = [one.message.ru for one in check([path]).files[0].findings if one.rule == rule]
    assert len(said) == 1 and f"есть похожий «{renamed}»" in said[0]
