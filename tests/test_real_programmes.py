"""The two real programmes, filled into their templates word for word, give exactly what DOMAIN.md says of them.

The same holds when other programs saved the workbook again, rows were inserted or columns moved.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet

from tests.filling import CENTER, EDUCATIONAL, PROGRAMMES_BY_FORM, cell_of, columns_of, fill_programme
from tests.office import OFFICE, converted
from xlkit.actions.check import FileCheck, check
from xlkit.actions.intake import batches, take_in
from xlkit.actions.recompute import FileRecomputation, recompute
from xlkit.cli import cli
from xlkit.finding import Finding, Severity
from xlkit.rules.relations import Line, Outcome, evaluate, lines_of, specialties_within
from xlkit.rules.views import table_views
from xlkit.values import squeezed

PLAN, INDICATORS, ACTUALS, TITLE = "План", "Показатели", "Факт", "Титул"
UNIT, CODE = "Единица измерения", "№ п/п"
Place = tuple[str, str, str]
"""(sheet, key, caption)."""

ERRORS: dict[str, list[tuple[str, Place]]] = {
    "program_center": [
        ("V-114", (INDICATORS, "7", "на 31.12.2027")),
        ("V-113", (INDICATORS, "7", "на 31.12.2028")),
    ],
    "program_educational": [("V-101", (PLAN, "1.4.1/40.02.02", "2026"))],
}
WARNINGS: dict[str, list[tuple[str, Place]]] = {
    "program_center": [
        ("R-107", (INDICATORS, "7", "на 31.12.2026")),
        ("V-121", (PLAN, "2.3.2", UNIT)),
        ("V-121", (PLAN, "4.3.1", UNIT)),
        ("S-106", (PLAN, "2.2.1", CODE)),
    ],
    "program_educational": [],
}
FORMS = tuple(ERRORS)

# --- the workbook as it was filled, and as other hands left it ---------------------------------------------


def inserted(source: Path, folder: Path) -> Path:
    """Empty rows inserted in LibreOffice, above captions, within results and before indicator 7."""
    target = folder / f"inserted-{source.name}"
    places = [(PLAN, 40), (PLAN, 24), (PLAN, 10), (PLAN, 1)]
    if "center" in source.name:
        places += [(INDICATORS, 13), (INDICATORS, 1), (TITLE, 8)]
    edits = [["insert", sheet, row] for sheet, row in places]
    OFFICE.do([{"source": str(source), "target": str(target), "edits": edits}])
    return target


def moved(source: Path, folder: Path) -> Path:
    """The columns of every table turned round, and a foreign column put in front of them."""
    workbook = openpyxl.load_workbook(source)
    for name in (PLAN, INDICATORS):
        if name in workbook.sheetnames:
            _turn_round(workbook[name])
    target = folder / f"moved-{source.name}"
    workbook.save(target)
    workbook.close()
    return target


def _turn_round(sheet: Worksheet) -> None:
    _, columns = columns_of(sheet)
    last = max(columns.values())
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    contents = [[(cell.value, copy.copy(cell._style)) for cell in row] for row in sheet.iter_rows(max_col=last)]
    for row, cells in enumerate(contents, start=1):
        for column, (value, style) in enumerate([*cells[::-1], (None, cells[0][1])], start=2):
            sheet.cell(row, column).value, sheet.cell(row, column)._style = value, style
        sheet.cell(row, 1).value = "для себя" if row == 8 else None


HANDS: dict[str, Callable[[Path, Path], Path]] = {
    "as filled": lambda source, folder: source,
    "saved by LibreOffice": lambda source, folder: converted([source], folder / "office")[0],
    "rows inserted": inserted,
    "columns moved": moved,
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Form and hand → workbook; each is made once."""
    folder = tmp_path_factory.mktemp("programmes")
    made: dict[tuple[str, str], Path] = {}

    def make(form: str, hand: str = "as filled") -> Path:
        if (form, hand) not in made:
            if hand == "as filled":
                made[form, hand] = fill_programme(PROGRAMMES_BY_FORM[form], folder / f"{form}.xlsx")
            else:
                made[form, hand] = HANDS[hand](make(form), folder)
        return made[form, hand]

    return make


def office(*values: str) -> list[object]:
    """Hands as parameters, those that need LibreOffice marked."""
    needing = ("saved by LibreOffice", "rows inserted")
    return [pytest.param(v, marks=pytest.mark.office) if v in needing else v for v in values]


EVERY_HAND = pytest.mark.parametrize("hand", office(*HANDS))
EVERY_FORM = pytest.mark.parametrize("form", FORMS)

# --- check ------------------------------------------------------------------------------------------------


@cache
def checked(path: Path, stage: str | None = None) -> FileCheck:
    """Nobody changes these files once they are made."""
    return check([path], stage).files[0]


def of(result: FileCheck, severity: Severity) -> list[tuple[str, str | None, str | None]]:
    found = [f for f in result.findings if f.severity is severity]
    return sorted((f.rule, f.location.sheet, f.location.cell) for f in found)


def at(path: Path, expected: list[tuple[str, Place]]) -> list[tuple[str, str | None, str | None]]:
    return sorted((rule, place[0], cell_of(path, *place)) for rule, place in expected)


@EVERY_HAND
@EVERY_FORM
def test_errors_and_warnings_are_exactly_the_known_ones(
    filled: Callable[[str, str], Path], form: str, hand: str
) -> None:
    path = filled(form, hand)
    result = checked(path)
    assert of(result, Severity.ERROR) == at(path, ERRORS[form])
    assert of(result, Severity.WARNING) == at(path, WARNINGS[form])
    assert result.verdict == "invalid"
    assert result.cluster == PROGRAMMES_BY_FORM[form].title["Идентификатор кластера"]


def one(result: FileCheck, rule: str) -> Finding:
    return next(f for f in result.findings if f.rule == rule)


def test_gap_of_indicator_7_is_explained(filled: Callable[[str, str], Path]) -> None:
    """One finding names both sides and the gap, and ranks explanations, the declared one among them."""
    gap = one(checked(filled("program_center", "as filled")), "R-107")
    assert (gap.value, gap.expected) == (99547, 19547)
    assert "80 000" in squeezed(gap.message.ru)
    assert gap.hint is not None
    assert "1)" in gap.hint.ru and "2)" in gap.hint.ru and "бюджета субъекта РФ" in gap.hint.ru


@pytest.mark.parametrize("rule", ["V-113", "V-114"])
def test_broken_totals_propose_to_carry_on(filled: Callable[[str, str], Path], rule: str) -> None:
    broken = one(checked(filled("program_center", "as filled")), rule)
    assert broken.expected == 99547
    assert broken.value == {"V-113": "-", "V-114": None}[rule]


@EVERY_FORM
def test_everything_that_a_person_meets_is_said_in_both_languages(
    filled: Callable[[str, str], Path], form: str
) -> None:
    for found in checked(filled(form, "as filled")).findings:
        assert found.message.ru and found.message.en and "{" not in found.message.ru + found.message.en


def test_a_bare_title_adds_only_the_missing_id(tmp_path: Path) -> None:
    """Only the id and the first year can be errors on the title sheet."""
    bare = dict.fromkeys(EDUCATIONAL.title)
    result = checked(fill_programme(EDUCATIONAL, tmp_path / "bare.xlsx", bare))
    assert [rule for rule, *_ in of(result, Severity.ERROR)] == ["T-101", "V-101"]


# --- relations --------------------------------------------------------------------------------------------


def outcomes(path: Path) -> Iterator[tuple[Line, str]]:
    """Every line of the rule book with its outcome on the parsed values."""
    (batch,) = batches(take_in([path]))
    frames = batch.frames
    lines = lines_of(batch.edition, specialties_within(frames.rows))
    views = table_views(batch.edition, frames.rows, frames.values)
    for line, _, _, outcome in evaluate(batch.edition, views, frames.workbooks, lines):
        yield line, outcome[0]


RELATIONS = {
    "program_center": {"R-101": 15, "R-107": 3, "R-111": 3, "R-112": 3, "R-113": 3, "R-114": 3, "R-121": 3,
                       "R-122": 3},
    "program_educational": {"R-201": 2, "R-202": 9},
}  # fmt: skip
NOT_HOLDING = {
    "program_center": {("R-107", "", 0): Outcome.BROKEN, ("R-107", "", 1): Outcome.BLANK,
                       ("R-107", "", 2): Outcome.BROKEN},
    "program_educational": {},  # the empty cell follows a «да», which stays
}  # fmt: skip


@EVERY_HAND
@EVERY_FORM
def test_all_other_relations_are_evaluated_and_hold(filled: Callable[[str, str], Path], form: str, hand: str) -> None:
    found = list(outcomes(filled(form, hand)))
    assert Counter(line.relation.id for line, _ in found) == RELATIONS[form]
    others = {(line.relation.id, line.specialty, line.period): o for line, o in found if o != Outcome.HOLDS}
    assert others == NOT_HOLDING[form]


# --- the stage --------------------------------------------------------------------------------------------


def test_empty_actuals_are_no_findings_of_a_plan(filled: Callable[[str, str], Path]) -> None:
    path = filled("program_center", "as filled")
    assert not [f for f in checked(path).findings if f.location.sheet == ACTUALS]
    found = [f for f in checked(path, "actuals").findings if f.location.sheet == ACTUALS]
    assert Counter(f.rule for f in found if f.severity is Severity.ERROR) == {"V-101": 7 * 5}


def test_title_sheet_decides_the_stage_and_the_option_overrides_it(tmp_path: Path) -> None:
    path = fill_programme(CENTER, tmp_path / "reported.xlsx", {"Отчётный период": "2026, II квартал"})
    due = [f for f in checked(path).findings if f.location.sheet == ACTUALS and f.rule == "V-101"]
    assert len(due) == 7 * 3  # the start of the year and two quarters; the others have not come
    assert not [f for f in checked(path, "plan").findings if f.location.sheet == ACTUALS]


def test_command_line_says_the_same(filled: Callable[[str, str], Path]) -> None:
    path = filled("program_center", "as filled")
    run = CliRunner().invoke(cli, ["check", str(path), "--json"], standalone_mode=False)
    assert run.return_value == 1
    (document,) = json.loads(run.stdout)["files"]
    assert document["verdict"] == "invalid"
    told = [(f["rule"], f["sheet"], f["cell"]) for f in document["findings"] if f["severity"] == "error"]
    assert sorted(told) == at(path, ERRORS["program_center"])


# --- recompute --------------------------------------------------------------------------------------------


def recomputed(path: Path, folder: Path) -> FileRecomputation:
    return recompute([path], folder).files[0]


def every_cell(path: Path) -> dict[tuple[str, str], object]:
    """All values and formulas of all sheets, as openpyxl reads them."""
    workbook = openpyxl.load_workbook(path)
    cells = {
        (sheet.title, cell.coordinate): getattr(cell.value, "text", cell.value)
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    workbook.close()
    return cells


@EVERY_HAND
def test_recompute_carries_indicator_7_on_and_changes_nothing_else(
    filled: Callable[[str, str], Path], hand: str, tmp_path: Path
) -> None:
    path = filled("program_center", hand)
    before = path.read_bytes()
    done = recomputed(path, tmp_path / "once")
    carried = {(INDICATORS, cell_of(path, INDICATORS, "7", f"на 31.12.{y}")): 99547 for y in (2027, 2028)}
    assert {(c.sheet, c.cell): c.new for c in done.changes} == carried
    assert [(c.code, c.year, c.old) for c in sorted(done.changes, key=lambda c: c.year or 0)] == [
        ("7", 2027, None), ("7", 2028, "-")
    ]  # fmt: skip
    assert all(c.why.ru and c.why.en for c in done.changes)
    assert len({c.why.ru for c in done.changes}) == 2, "each such cell has a reason of its own"
    assert done.output is not None
    assert every_cell(Path(done.output)) == {**every_cell(path), **carried}
    assert path.read_bytes() == before, "the input stays as it was"
    again = recomputed(Path(done.output), tmp_path / "twice")
    assert again.changes == () and again.output is not None
    assert Path(again.output).read_bytes() == Path(done.output).read_bytes()


@EVERY_HAND
def test_recomputed_programme_has_no_errors(filled: Callable[[str, str], Path], hand: str, tmp_path: Path) -> None:
    done = recomputed(filled("program_center", hand), tmp_path)
    assert done.output is not None
    result = checked(Path(done.output))
    assert of(result, Severity.ERROR) == [] and result.verdict == "valid"
    gaps = [f for f in result.findings if f.rule == "R-107"]
    assert [(f.value, f.expected) for f in gaps] == [(99547, 19547)] * 3


@EVERY_HAND
def test_recompute_has_nothing_to_change_in_the_educational_programme(
    filled: Callable[[str, str], Path], hand: str, tmp_path: Path
) -> None:
    path = filled("program_educational", hand)
    done = recomputed(path, tmp_path)
    assert done.changes == () and done.output is not None
    assert Path(done.output).read_bytes() == path.read_bytes()


@pytest.mark.office
def test_recompute_leaves_a_persons_formula_alone(tmp_path: Path) -> None:
    """A formula that shows a dash stays a formula: the finding tells of it, the person decides."""
    source = fill_programme(CENTER, tmp_path / "formula.xlsx")
    workbook = openpyxl.load_workbook(source)
    cell = cell_of(source, INDICATORS, "7", "на 31.12.2028")
    workbook[INDICATORS][cell].value = '=IF(TRUE,"-",0)'
    workbook.save(source)
    (path,) = converted([source], tmp_path / "office")
    done = recomputed(path, tmp_path / "out")
    assert [c.year for c in done.changes] == [2027] and done.output is not None
    assert str(openpyxl.load_workbook(done.output)[INDICATORS][cell].value).startswith("=")
    assert "V-113" in [f.rule for f in checked(path).findings]
