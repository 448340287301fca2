"""Every rule has a workbook that breaks it, and it alone, in the cell that a person would be sent to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pytest

from tests.draw import CENTER, EDUCATIONAL, address, draw, resaved
from tests.rule_cases import CASES, PASSING, Case, Place
from tests.rule_files import COSTLY, CRASHES, REFUSED, REMARKED, REMARKS
from xlkit.actions.check import CheckResult, FileCheck, check
from xlkit.finding import Finding, Severity
from xlkit.isolation import pool
from xlkit.isolation import process as isolated
from xlkit.rules.catalogue import catalogue
from xlkit.rules.edition import list_editions, read_edition


@pytest.mark.parametrize("rule, limit, make", COSTLY, ids=["time", "memory"])
def test_a_file_that_costs_too_much_is_refused(
    rule: str, limit: str, make: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text(f"[limits]\n{limit}\n")
    bad, good = make(tmp_path), draw(tmp_path / "good.xlsx")
    found = check([bad, good, bad]).files
    assert [one.verdict for one in found] == ["refused", "valid", "refused"]
    assert told(found[0].findings) == told(found[2].findings) == [(rule, (None, None))]


def test_a_file_that_crashes_its_reader_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-034: the process that reads the file dies of it; the files before and after are checked."""
    monkeypatch.setattr(pool, "start_process", isolated.start_process)
    monkeypatch.setattr(isolated, "_PROGRAM", CRASHES + isolated._PROGRAM)
    good = draw(tmp_path / "good.xlsx")
    bad = tmp_path / "crash.xlsx"
    bad.write_bytes(good.read_bytes())
    found = check([good, bad, good, bad]).files
    assert [one.verdict for one in found] == ["valid", "refused", "valid", "refused"]
    assert told(found[1].findings) == [("F-034", (None, None))]
    assert "SIGSEGV" in str(found[1].findings[0].message)


@pytest.mark.parametrize("rule, sheet, make", REMARKED, ids=lambda value: getattr(value, "__name__", str(value)))
def test_what_a_person_should_know_is_told(
    rule: str, sheet: str | None, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    (one,) = check([make(tmp_path)]).files
    assert one.verdict != "refused"
    assert [found for found in told(one.findings) if found[0] in REMARKS] == [(rule, (sheet, None))]
    assert one.verdict == "valid" or Path(one.file).suffix != ".xlsx"


# --- one check for all ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileCheck]:
    """Every drawn workbook by its case's id, judged in one call: no file's fault may touch another's verdict."""
    folder = tmp_path_factory.mktemp("each")
    files = {case.id: case.draw(folder) for case in [*CASES, *PASSING]}
    files |= {f"clean {form}": draw(folder / f"{form}.xlsx", form) for form in (CENTER, EDUCATIONAL)}
    result = check(files.values())
    assert [one.file for one in result.files] == [str(file) for file in files.values()]
    return dict(zip(files, result.files, strict=True))


def told(findings: Sequence[Finding]) -> list[tuple[str, Place]]:
    return sorted(((one.rule, (one.location.sheet, one.location.cell)) for one in findings), key=str)


def severity_of(rule: str) -> Severity:
    if rule in catalogue():
        return catalogue()[rule].severity
    return next(r.severity for path in list_editions() for r in read_edition(path).book.relations if r.id == rule)


def test_the_clean_workbooks_have_no_finding_at_all(checked: dict[str, FileCheck]) -> None:
    for form in (CENTER, EDUCATIONAL):
        assert checked[f"clean {form}"].verdict == "valid"
        assert told(checked[f"clean {form}"].findings) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_rule_is_told_alone_and_in_its_cell(case: Case, checked: dict[str, FileCheck]) -> None:
    one = checked[case.id]
    assert told(one.findings) == case.expected
    assert one.verdict == ("invalid" if severity_of(case.rule) is Severity.ERROR else "valid")


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case.id)
def test_what_is_right_is_not_told(case: Case, checked: dict[str, FileCheck]) -> None:
    assert told(checked[case.id].findings) == []


@pytest.mark.parametrize("rule, make", REFUSED, ids=lambda value: getattr(value, "__name__", value))
def test_a_file_is_refused_by_its_rule(rule: str, make: Callable[[Path], Path], tmp_path: Path) -> None:
    (one,) = check([make(tmp_path)]).files
    assert (one.verdict, told(one.findings)) == ("refused", [(rule, (None, None))])
    assert (one.form, one.edition, one.cluster) == (None, None, None)


def test_no_rule_lacks_its_failing_workbook() -> None:
    # differences from the register (C-…) are told by reconcile, not by check
    ours = [rule for rule in catalogue() if not rule.startswith("C-")]
    declared = [*ours, *(r.id for path in list_editions() for r in read_edition(path).book.relations)]
    assert [rule for rule, count in Counter(declared).items() if count > 1] == []
    tested = {case.rule for case in CASES} | {rule for rule, _ in REFUSED} | REMARKS
    tested |= {rule for rule, _, _ in COSTLY} | {"F-034"}
    assert sorted(set(declared) - tested) == []
    assert sorted(tested - set(declared)) == []
    ids = [case.id for case in [*CASES, *PASSING]]
    assert len(set(ids)) == len(ids)


def test_every_finding_is_told_in_two_languages_without_gaps(checked: dict[str, FileCheck]) -> None:
    for one in checked.values():
        for finding in one.findings:
            for text in (finding.message, *([finding.hint] if finding.hint else [])):
                for said in (text.ru, text.en):
                    assert said.strip()
                    assert not re.search(r"[{}]|\bNone\b|\bnan\b", said), f"{finding.rule}: {said}"
            assert finding.location.file == one.file


def test_an_error_or_warning_says_how_to_mend_it(checked: dict[str, FileCheck]) -> None:
    silent = {
        finding.rule
        for one in checked.values()
        for finding in one.findings
        if finding.severity is not Severity.INFO and finding.hint is None
    }
    assert silent == set()


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.rule in ("V-101", "V-112", "R-101", "S-104")], ids=lambda c: c.id
)
def test_a_file_judged_alone_has_the_same_findings(case: Case, checked: dict[str, FileCheck]) -> None:
    (alone,) = check([checked[case.id].file]).files
    assert alone == checked[case.id]


def test_a_place_names_the_cell_that_a_person_sees(tmp_path: Path) -> None:
    """The other tests place their edits by the template's layout; here is a look from outside."""
    workbook = openpyxl.load_workbook(draw(tmp_path / "book.xlsx"))
    looks = {"plan 1.1.1 2026": 25, "plan caption 2027": "2027", "title region": "Калужская область",
             "indicators 7 2028": 19547, "plan 2.3.2 link": "3", "plan extra": None}  # fmt: skip
    for place, content in looks.items():
        sheet, _, cell = address(CENTER, place).partition("!")
        assert workbook[sheet][cell].value == content
    sheet, _, cell = address(CENTER, "plan 1.1.1 number").partition("!")
    assert (workbook[sheet][cell].value, workbook[sheet].title) == ("1.1.1", "План")
    workbook.close()


# --- the same workbook, otherwise saved -------------------------------------------------------------------


@pytest.mark.parametrize("form", [CENTER, EDUCATIONAL])
def test_a_clean_workbook_stays_clean_when_formulas_lose_their_values(form: str, tmp_path: Path) -> None:
    """Another program drops the caches of the template's formulas; they are no finding of the person's."""
    (one,) = check([resaved(draw(tmp_path / "book.xlsx", form))]).files
    assert told(one.findings) == []


@pytest.mark.parametrize(
    "edit",
    ["|code|2028|\n|2.3.1|19|", "|code|2027|\n|4.2.1|10|", "|code|mode|\n|2.4.1||"],
    ids=["R-111 on rows named by a formula", "V-112", "V-124"],
)
def test_findings_do_not_depend_on_who_saved_the_workbook(edit: str, tmp_path: Path) -> None:
    drawn = draw(tmp_path / "book.xlsx", plan=edit)
    ours, theirs = check([drawn, resaved(drawn)]).files
    assert told(ours.findings) != []
    assert told(theirs.findings) == told(ours.findings)


def test_rows_and_columns_may_move(tmp_path: Path) -> None:
    """A column put first and rows inserted above shift every cell, and nothing but the places changes."""
    drawn = draw(tmp_path / "book.xlsx", plan="|code|2026|\n|1.1.1|98 чел.|")
    workbook = openpyxl.load_workbook(drawn)
    sheet = workbook["План"]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    moved = workbook.create_sheet("Новый")
    for row in sheet.iter_rows(values_only=True):
        # Formulas would point elsewhere; they are dropped, and an absent total is an info at most.
        moved.append([None, "заметка", *(None if str(value).startswith("=") else value for value in row)])
    moved.insert_rows(1, 3)
    workbook.remove(sheet)
    moved.title = "План"
    workbook.save(tmp_path / "moved.xlsx")
    workbook.close()
    (one,) = check([tmp_path / "moved.xlsx"]).files
    errors = [f for f in one.findings if f.severity is Severity.ERROR and f.rule != "S-110"]
    assert told(errors) == [("V-102", ("План", "H12"))]


def test_check_never_raises_for_a_file_and_keeps_the_order(tmp_path: Path) -> None:
    clean = draw(tmp_path / "clean.xlsx")
    result: CheckResult = check([tmp_path, clean, tmp_path / "none.xlsx", str(clean)])
    assert [one.verdict for one in result.files] == ["refused", "valid", "refused", "valid"]
    assert [one.file for one in result.files] == [str(tmp_path), str(clean), str(tmp_path / "none.xlsx"), str(clean)]
    assert result.totals == {"files": 4, "valid": 2, "invalid": 0, "refused": 2, "errors": 2, "warnings": 0}
    assert result.exit_code == 1
