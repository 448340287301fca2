"""A methodologist's edits of the rule book alone change template, schema and findings: no Python is touched.

Each test copies ``validation/``, edits the copy as text, and points ``XLKIT_RULES`` at it.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.filling import CENTER, blank_template, cell_of, columns_of, fill_programme, rows_of
from tests.office import converted
from xlkit.actions.check import FileCheck, check
from xlkit.actions.recompute import recompute
from xlkit.actions.reconcile import reconcile
from xlkit.actions.rules import check_rule_books
from xlkit.demo.draft import approved_figures
from xlkit.demo.real import real_drafts
from xlkit.finding import Severity
from xlkit.resources import rule_books_folder
from xlkit.rules.edition import read_edition
from xlkit.rules.registered import Register

CENTER_FOLDER = "program_center"
PLAN, INDICATORS, ACTUALS = "План", "Показатели", "Факт"
KNOWN_ERRORS = [("V-113", INDICATORS, "F13"), ("V-114", INDICATORS, "E13")]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the shipped rule books."""
    return Path(shutil.copytree(rule_books_folder(), tmp_path / "validation"))


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands there exactly once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name}: {old!r} stands there {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, line: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text + ("" if text.endswith("\n") else "\n") + line + "\n", encoding="utf-8")


def use(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on these rule books count; they must be without mistakes."""
    assert [c.mistakes for c in check_rule_books(sorted(rules.glob("*/*.yml"))) if c.mistakes] == []
    monkeypatch.setenv("XLKIT_RULES", str(rules))


Told = list[tuple[str, str | None, str | None]]


def told(path: Path, severity: Severity = Severity.ERROR) -> Told:
    return told_by(check([path]).files[0], severity)


def told_by(result: FileCheck, severity: Severity) -> Told:
    found = [f for f in result.findings if f.severity is severity]
    return sorted((f.rule, f.location.sheet, f.location.cell) for f in found)


def mistakes(path: Path) -> tuple[Told, Told]:
    """Errors and warnings."""
    result = check([path]).files[0]
    return told_by(result, Severity.ERROR), told_by(result, Severity.WARNING)


def opened(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def write(path: Path, *edits: tuple[str, str, dict[str, object]]) -> None:
    """Fill cells of rows, each named by its sheet and its key, by their captions."""
    workbook = openpyxl.load_workbook(path)
    for sheet_name, key, entries in edits:
        sheet = workbook[sheet_name]
        header, columns = columns_of(sheet)
        row = rows_of(sheet, header, columns["№ п/п"])[key]
        for caption, content in entries.items():
            sheet.cell(row, columns[caption]).value = content
    workbook.save(path)


# --- a new indicator --------------------------------------------------------------------------------------

NEW_INDICATOR = 'indicator,8,"Количество учебно-производственных комплексов (единиц)",единиц,cumulative,gain,yes'
RIGHT = {"на 31.12.2026": 3, "на 31.12.2027": 4, "на 31.12.2028": 5}


def add_indicator(rules: Path) -> None:
    """Indicator 8, fed by the plan row 5.2.1 (3, 1, 1) and held to it by R-101."""
    folder = rules / CENTER_FOLDER
    append(folder / "indicators.csv", NEW_INDICATOR)
    edit(folder / "2026.yml", '["1", "2", "3", "4", "6"]', '["1", "2", "3", "4", "6", "8"]')
    plan = (folder / "plan.csv").read_text(encoding="utf-8").splitlines()
    header = plan[0].split(",")
    assert header[-2:] == ["link", "values"]
    fed = [re.sub(",,yes$", ",8,yes", line) if line.startswith("measure,5.2.1,") else line for line in plan]
    assert fed != plan
    (folder / "plan.csv").write_text("\n".join(fed) + "\n", encoding="utf-8")


def filled_with_indicator(path: Path, values: dict[str, object]) -> Path:
    """The real programme in the edited template, with the new indicator and its link."""
    fill_programme(CENTER, path)
    write(path, (INDICATORS, "8", values), (PLAN, "5.2.1", {"Показатель №": 8}))
    return path


def test_new_indicator_stands_in_the_template(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened(blank_template("program_center"))
    add_indicator(rules)
    use(rules, monkeypatch)
    after = opened(blank_template("program_center"))
    for sheet in (INDICATORS, ACTUALS):
        header, columns = columns_of(after[sheet])
        rows = rows_of(after[sheet], header, columns["№ п/п"])
        assert "учебно-производственных комплексов" in str(
            after[sheet].cell(rows["8"], columns["Показатель критерия"]).value
        )
    lines = [[str(c.value) for c in row] for row in after["Контроль"].iter_rows() if shows(row, "R-101")]
    assert len(lines) == len([r for r in before["Контроль"].iter_rows() if shows(r, "R-101")]) + 3
    header, columns = columns_of(after[PLAN])
    rows = rows_of(after[PLAN], header, columns["№ п/п"])
    assert str(after[PLAN].cell(rows["5.2.1"], columns["Показатель №"]).value) == "8"


def shows(row: tuple[object, ...], rule: str) -> bool:
    return any(getattr(c, "value", None) == rule for c in row)


@pytest.mark.parametrize(
    ("changed", "rules_told"),
    [
        ({}, []),
        ({"на 31.12.2028": 6}, [("R-101", "на 31.12.2028")]),
        ({"на 31.12.2027": 2}, [("V-112", "на 31.12.2027"), ("R-101", "на 31.12.2027")]),
        ({"на 31.12.2027": None}, [("V-114", "на 31.12.2027")]),
        ({"на 31.12.2026": "три"}, [("V-102", "на 31.12.2026")]),
        ({"на 31.12.2026": 2.5}, [("V-107", "на 31.12.2026"), ("R-101", "на 31.12.2026")]),
    ],
)
def test_new_indicator_is_checked(
    rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    changed: dict[str, object], rules_told: list[tuple[str, str]],
) -> None:  # fmt: skip
    """Its values obey its unit, its mode and R-101; nothing else is told beside what the programme has."""
    add_indicator(rules)
    use(rules, monkeypatch)
    path = filled_with_indicator(tmp_path / "new.xlsx", {**RIGHT, **changed})
    ours = [(rule, INDICATORS, cell_of(path, INDICATORS, "8", caption)) for rule, caption in rules_told]
    assert told(path) == sorted([*KNOWN_ERRORS, *ours])


def test_new_indicator_is_recomputed_and_missed(rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """recompute carries it on; a workbook of the old template lacks the row and says so."""
    old = fill_programme(CENTER, tmp_path / "old.xlsx")
    add_indicator(rules)
    use(rules, monkeypatch)
    path = filled_with_indicator(tmp_path / "new.xlsx", {**RIGHT, "на 31.12.2028": "-"})
    changes = recompute([path], tmp_path / "out").files[0].changes
    assert {(c.code, c.year, c.new) for c in changes} == {("7", 2027, 99547), ("7", 2028, 99547), ("8", 2028, 4)}
    missing = [rule for rule, sheet, _ in told(old) if sheet == INDICATORS and rule == "S-105"]
    assert missing == ["S-105"]
    assert ("S-115", None, None) in told(old, Severity.INFO), "and the template is told to be of other rules"


@pytest.mark.office
def test_new_indicator_has_a_live_traffic_light(rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    add_indicator(rules)
    use(rules, monkeypatch)
    path = filled_with_indicator(tmp_path / "new.xlsx", {**RIGHT, "на 31.12.2028": 6})
    (live,) = converted([path], tmp_path / "office")
    control = openpyxl.load_workbook(live, data_only=True)["Контроль"]
    lines = [[c.value for c in row] for row in control.iter_rows() if shows(row, "R-101")]
    states = [[c for c in line if c in ("выполняется", "не выполняется")] for line in lines]
    assert states[-3:] == [["выполняется"], ["выполняется"], ["не выполняется"]]


# --- a new unit -------------------------------------------------------------------------------------------

NEW_UNIT = "га,гектар|гектаров,no,0,100,0.1"


def add_unit(rules: Path) -> None:
    append(rules / CENTER_FOLDER / "units.csv", NEW_UNIT)


def test_new_unit_is_in_the_drop_down_list(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_unit(rules)
    use(rules, monkeypatch)
    lists = opened(blank_template("program_center"))["Списки"]
    column = [[c.value for c in cells] for cells in lists.iter_cols() if any(c.value == "тыс. руб." for c in cells)]
    assert any("га" in cells for cells in column)


@pytest.mark.parametrize(
    ("unit", "value", "errors", "warnings"),
    [
        ("га", 12.5, [], []),
        ("гектаров", 12.5, [], []),
        ("га", -1, ["V-108"], []),
        ("га", 101, ["V-109"], []),
        ("гa", 12.5, [], ["V-122"]),  # a Latin «a»
    ],
)
def test_new_unit_has_its_domain(
    rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    unit: str, value: object, errors: list[str], warnings: list[str],
) -> None:  # fmt: skip
    add_unit(rules)
    use(rules, monkeypatch)
    path = fill_programme(CENTER, tmp_path / "new.xlsx")
    known = mistakes(path)
    write(path, (PLAN, "1.5.3", {"Единица измерения": unit, "2026": value}))
    cells = [cell_of(path, PLAN, "1.5.3", caption) for caption in ("2026", "Единица измерения")]
    assert mistakes(path) == (
        sorted([*known[0], *((rule, PLAN, cells[0]) for rule in errors)]),
        sorted([*known[1], *((rule, PLAN, cells[1]) for rule in warnings)]),
    )


def test_new_unit_is_unknown_to_the_shipped_rules(tmp_path: Path) -> None:
    path = fill_programme(CENTER, tmp_path / "old.xlsx")
    write(path, (PLAN, "1.5.3", {"Единица измерения": "га", "2026": 12.5}))
    cell = cell_of(path, PLAN, "1.5.3", "Единица измерения")
    assert ("V-122", PLAN, cell) in told(path, Severity.WARNING)


# --- a changed tolerance ----------------------------------------------------------------------------------


def widen_money(rules: Path) -> None:
    """A hundred thousand roubles more or less."""
    units = rules / CENTER_FOLDER / "units.csv"
    text = units.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if one.startswith("тыс. руб.,"))
    assert line.endswith(",0.01")
    edit(units, line, line.removesuffix("0.01") + "100")


@pytest.mark.parametrize(("gap", "shipped", "edited"), [(0, [], []), (50, ["R-107"], []), (101, ["R-107"], ["R-107"])])
def test_tolerance_decides_a_relation(
    rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gap: int, shipped: list[str], edited: list[str]
) -> None:
    path = fill_programme(CENTER, tmp_path / "money.xlsx")
    write(path, (INDICATORS, "7", {f"на 31.12.{year}": 19547 + gap for year in (2026, 2027, 2028)}))

    def relations() -> list[str]:
        return sorted({rule for rule, *_ in told(path, Severity.WARNING) if rule.startswith("R-")})

    assert relations() == shipped
    widen_money(rules)
    use(rules, monkeypatch)
    assert relations() == edited


@pytest.mark.parametrize(("gap", "shipped", "edited"), [(50, "differs", "matches"), (101, "differs", "differs")])
def test_tolerance_decides_a_reconciliation(
    rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gap: int, shipped: str, edited: str
) -> None:
    draft = real_drafts()[0]
    register = Register("made", (draft.cluster,), tuple(approved_figures(draft, "2026-03-02")))
    path = fill_programme(CENTER, tmp_path / "money.xlsx")
    write(path, (PLAN, "3.1", {"2026": 10000 + gap}))
    assert reconcile([path], register).files[0].verdict == shipped
    widen_money(rules)
    use(rules, monkeypatch)
    assert reconcile([path], register).files[0].verdict == edited


# --- other edits ------------------------------------------------------------------------------------------


def test_severity_and_sentence_of_a_relation(rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is a warning today is an error tomorrow, in new words, in the workbook and in the finding alike."""
    book = rules / CENTER_FOLDER / "2026.yml"
    text = book.read_text(encoding="utf-8")
    start = text.index("- id: R-107")
    edited = text[start:].replace("severity: warning", "severity: error", 1)
    edited = edited.replace("Показатель 7 сопоставлен с итогом", "Деньги показателя 7 сходятся с итогом", 1)
    book.write_text(text[:start] + edited, encoding="utf-8")
    use(rules, monkeypatch)
    path = fill_programme(CENTER, tmp_path / "strict.xlsx")
    assert ("R-107", INDICATORS, "D13") in told(path)
    message = next(f.message.ru for f in check([path]).files[0].findings if f.rule == "R-107")
    assert message.startswith("Деньги показателя 7 сходятся с итогом")
    control = opened(blank_template("program_center"))["Контроль"]
    assert any("Деньги показателя 7" in str(c.value) for row in control.iter_rows() for c in row)


def test_next_years_edition_is_a_new_file(rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A template is of the newest edition, and a workbook is checked by the edition that it was made of."""
    of_2026 = fill_programme(CENTER, tmp_path / "2026.xlsx")
    book = (rules / CENTER_FOLDER / "2026.yml").read_text(encoding="utf-8")
    book = book.replace('edition: "2026"', 'edition: "2027"').replace("first_year: 2026", "first_year: 2027")
    start = book.index("  - id: R-114")
    book = book[:start] + book[book.index("  - id: R-121") :]
    (rules / CENTER_FOLDER / "2027.yml").write_text(book, encoding="utf-8")
    use(rules, monkeypatch)
    _, columns = columns_of(opened(blank_template("program_center"))[PLAN])
    assert {"2027", "2028", "2029"} <= columns.keys() and "2026" not in columns
    (result,) = check([of_2026]).files
    assert (result.edition, result.form) == ("2026", "program_center")
    assert told(of_2026) == KNOWN_ERRORS
    assert "R-114" not in {r.id for r in read_edition(rules / CENTER_FOLDER / "2027.yml").book.relations}


def test_a_later_edit_of_a_csv_file_is_seen(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one process (Excel, a notebook) a methodologist edits the units only; the next template knows it."""
    use(rules, monkeypatch)
    blank_template("program_center")
    add_unit(rules)
    time.sleep(0.6)  # the rule books are looked at twice a second
    lists = opened(blank_template("program_center"))["Списки"]
    assert any(c.value == "га" for row in lists.iter_rows() for c in row)


def test_command_line_takes_edited_rules(rules: Path, tmp_path: Path) -> None:
    """The same from outside, in a process of its own."""
    add_indicator(rules)
    environment = {**os.environ, "XLKIT_RULES": str(rules), "PYTHONIOENCODING": "utf-8"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "xlkit", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, encoding="utf-8")

    template = tmp_path / "template.xlsx"
    assert run("template", "program_center", "-o", str(template)).returncode == 0
    sheet = openpyxl.load_workbook(template)[INDICATORS]
    header, columns = columns_of(sheet)
    assert "8" in rows_of(sheet, header, columns["№ п/п"])
    checked = run("check", str(template), "--json")
    cells = [f["cell"] for f in json.loads(checked.stdout)["files"][0]["findings"] if f["rule"] == "V-101"]
    assert checked.returncode == 1
    assert {cell_of(template, INDICATORS, "8", caption) for caption in RIGHT} <= set(cells)
