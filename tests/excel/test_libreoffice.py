"""Every button pressed for real in LibreOffice: the extension's toolbar, and the buttons in the sheets of .xlsm."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.draw import draw
from tests.office import need_uno
from tests.registers import as_xlsx, register_of
from xlkit.actions.annotate import annotate
from xlkit.actions.check import check
from xlkit.actions.template import issue_templates
from xlkit.buttons import buttons
from xlkit.demo.made import made_clusters, made_draft
from xlkit.demo.real import real_drafts
from xlkit.settings import SETTINGS
from xlkit.templates.build import build_workbook
from xlkit.templates.extension import build_extension, button_url
from xlkit.templates.macros import macro_workbook

pytestmark = pytest.mark.office
SCRIPT = Path(__file__).parent.parent / "office_presses.py"
CHECK = {"button": ["План", "Проверить"]}


@dataclass(frozen=True)
class Office:
    """What LibreOffice told: its toolbar, and per job the buttons in the sheets and the sheets afterwards.

    What a job kept on its way stands beside the jobs, under its own name.
    """

    toolbar: list[list[str]]
    jobs: dict[str, dict[str, Any]]
    messages: list[str]
    folder: Path
    every: bool

    def grid(self, job: str, sheet: str) -> list[list[Any]]:
        """A sheet's contents after the last press."""
        return self.jobs[job]["sheets"][sheet]["data"]  # type: ignore[no-any-return]

    def remarks(self, job: str) -> list[tuple[str, str, str]]:
        """Rule, sheet and cell of every row of «Замечания»."""
        rows = [row for row in self.grid(job, "Замечания")[4:] if row[0] != ""]
        return [(row[8], row[2], row[3]) for row in rows]

    def notes(self, job: str) -> list[list[Any]]:
        return [note for sheet in self.jobs[job]["sheets"].values() for note in sheet["notes"]]


def url(action: str) -> dict[str, str]:
    return {"url": button_url(action)}


@pytest.fixture(scope="module", params=["one of each caption", pytest.param("all buttons", marks=pytest.mark.long)])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One LibreOffice, in which all buttons of the toolbar are pressed, and of the sheets those that are asked for."""
    every = request.param == "all buttons"
    python, folder = need_uno(), tmp_path_factory.mktemp("press")
    made = made_draft(made_clusters(1)[0])
    source = as_xlsx(register_of([made]), folder / "register.xlsx")
    home = folder / "home"
    home.mkdir()
    (home / SETTINGS).write_text(
        f'register = "{source}"\n[mail]\nsender = "a@b.test"\nrecipient = "firpo@b.test"\n'
        'smtp_host = "localhost"\nsmtp_port = 1\n',  # nobody answers there
        encoding="utf-8",
    )
    center, educational = real_drafts()
    for draft, name in ((center, "center"), (educational, "educational")):
        content = draft.finish("")[0]
        (folder / f"{name}.xlsx").write_bytes(build_workbook(draft.edition, content))
        (folder / f"{name}.xlsm").write_bytes(macro_workbook(draft.edition, content))
    (folder / "made.xlsx").write_bytes(build_workbook(made.edition, made.finish("")[0]))
    typed = openpyxl.load_workbook(folder / "center.xlsx")
    for cell, content in {"F9": dt.date(2026, 3, 1), "G9": True, "H9": "=DATE(2026,3,1)"}.items():
        typed["План"][cell] = content
    typed["План"]["H9"].number_format = "dd.mm.yyyy"
    typed.save(folder / "typed.xlsx")
    _odd(folder / "odd.xlsx")
    issue_templates("program_center", folder / "issued.xlsx", register=source, cluster=made.cluster.id)
    (folder / "xlkit.oxt").write_bytes(build_extension(sys.executable, "0"))
    jobs = {
        "cleared": ("center.xlsx", [url("check"), {"keep": "check"}, url("clear_findings")]),
        "untouched": ("center.xlsx", []),
        "undone": ("center.xlsx", [url("recompute"), {"keep": "recomputed"}, url("undo_recompute")]),
        "formula": ("center.xlsx", [{"set": ["Показатели", "F13", '=IF(D13>0;"-";"")']}, url("recompute")]),
        "row": ("center.xlsx", [{"select": ["План", "B9"]}, url("add_row"), {"set": ["План", "F10", 7]}]),
        "nothing to do": ("center.xlsx", [{"select": ["Титул", "B5"]}, url("add_row"), url("send"), url("help")]),
        "reconciled": ("issued.xlsx", [{"set": ["План", "F9", 777]}, url("reconcile")]),
        "typed": ("typed.xlsx", [url("check")]),
        "odd": ("odd.xlsx", [url("check")]),
        "educational": ("educational.xlsx", [url("check")]),
        "sent": ("made.xlsx", [{"set": ["Титул", "B11", "Новое лицо"]}, url("send")]),
        "center.xlsm": (
            "center.xlsm",
            [CHECK, {"keep": "checked.xlsm"}, "other buttons" if every else "other captions"],
        ),
        "educational.xlsm": ("educational.xlsm", [CHECK, *(["other buttons"] if every else [])]),
    }
    plan = {
        "extension": str(folder / "xlkit.oxt"),
        "messages": str(folder / "messages.jsonl"),
        "jobs": [{"source": str(folder / name), "steps": steps} for name, steps in jobs.values()],
    }
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    done = subprocess.run(
        [python, str(SCRIPT), str(folder / "plan.json")], capture_output=True, text=True, check=False, timeout=600,
        env=os.environ | {"XLKIT_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    first, *told = [json.loads(line) for line in done.stdout.splitlines()]
    messages = [json.loads(line) for line in (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()]
    assert not (home / "xlkit.log").exists(), (home / "xlkit.log").read_text(encoding="utf-8")
    states = dict(zip(jobs, told, strict=True))
    kept = {name: state for one in told for name, state in one["kept"].items()}
    return Office(first["toolbar"], states | kept, messages, folder, every)


def _odd(path: Path) -> None:
    """Merged cells in the table, and a list of an earlier check of which a filter and a person have hidden rows."""
    first = draw(path, cells={"План!F9": "98 чел.", "План!G9": None}, merge=("План!F9:G9",))
    (annotated,) = annotate([str(first)], path.parent / "annotated").files
    workbook = openpyxl.load_workbook(str(annotated.output))
    sheet = workbook["Замечания"]
    sheet.auto_filter.ref = "A4:I9"
    sheet.auto_filter.add_filter_column(1, ["предупреждение"])
    for row in (5, 6, 8):
        sheet.row_dimensions[row].hidden = True
    workbook.save(path)


def test_merged_cells_are_told_and_noted_where_they_are_seen(office: Office) -> None:
    assert office.remarks("odd") == expected(office.folder / "odd.xlsx")
    assert ("S-121", "План", "F9") in office.remarks("odd")
    assert [note[:2] for note in office.notes("odd")] == [[9, 6]]


def test_no_row_of_the_list_stays_hidden(office: Office) -> None:
    assert office.jobs["odd"]["sheets"]["Замечания"]["seen"] == f"Замечания.A1:I{len(office.grid('odd', 'Замечания'))}"


def expected(path: Path) -> list[tuple[str, str, str]]:
    """What the command line finds; remarks on the file itself (it has macros) are not of the open document."""
    found = [one for one in check([path]).files[0].findings if one.location.sheet]
    return [(f.rule, f.location.sheet or "", f.location.cell or "") for f in found]


def test_the_toolbar_has_every_button(office: Office) -> None:
    assert office.toolbar == [[button_url(one.action), one.label] for one in buttons().values()]


@pytest.mark.parametrize(
    ("job", "file"),
    [("check", "center.xlsx"), ("educational", "educational.xlsx"), ("checked.xlsm", "center.xlsm")],
)
def test_check_finds_in_the_open_document_what_the_command_line_finds(office: Office, job: str, file: str) -> None:
    assert office.remarks(job) == expected(office.folder / file)
    assert office.remarks(job)


def test_dates_and_truth_values_are_not_taken_for_numbers(office: Office) -> None:
    expected = {("V-104", "План", "F9"), ("V-102", "План", "G9"), ("V-104", "План", "H9")}
    assert expected <= set(office.remarks("typed"))


def test_cells_with_findings_get_notes(office: Office) -> None:
    assert all(text.startswith("Проверка xlkit") for *_, text in office.notes("check")) and office.notes("check")


def test_clearing_leaves_no_trace(office: Office) -> None:
    assert office.jobs["cleared"]["sheets"] == office.jobs["untouched"]["sheets"]


def test_recompute_and_its_undo(office: Office) -> None:
    before, after = office.grid("untouched", "Показатели"), office.grid("recomputed", "Показатели")
    changed = [b for line, other in zip(before, after, strict=True) for a, b in zip(line, other, strict=True) if a != b]
    assert changed == [99547.0, 99547.0]
    assert office.jobs["undone"]["sheets"] == office.jobs["untouched"]["sheets"]


def test_recompute_leaves_formulas_alone(office: Office) -> None:
    formulas = office.jobs["formula"]["sheets"]["Показатели"]["formulas"]
    assert (formulas[12][4], formulas[12][5]) == ("99547", '=IF(D13>0;"-";"")')


def test_a_new_row_has_its_number_and_its_formulas(office: Office) -> None:
    row = office.grid("row", "План")[9]
    assert row[0] == "1.1.4" and row[5] == 7.0
    before = office.grid("untouched", "План")
    assert office.grid("row", "План")[10:] == before[9:], "the rows below moved down as they were"


def test_differences_from_the_register_stand_at_their_cells(office: Office) -> None:
    assert ("C-101", "План", "F9") in office.remarks("reconciled")


@pytest.mark.parametrize("job", ["center.xlsm", "educational.xlsm"])
def test_the_sheets_have_every_button(office: Office, job: str) -> None:
    labels = {label for _, label in office.jobs[job]["buttons"]}
    assert labels == {one.label for one in buttons().values()}


def test_every_button_that_is_asked_for_was_pressed(office: Office) -> None:
    center, educational = (office.jobs[job] for job in ("center.xlsm", "educational.xlsm"))
    assert {label for _, label in center["pressed"]} == {one.label for one in buttons().values()}
    if office.every:
        assert [sorted(one["pressed"]) for one in (center, educational)] == [
            sorted(one["buttons"]) for one in (center, educational)
        ]


def test_every_press_gave_one_message(office: Office) -> None:
    in_sheets = sum(len(office.jobs[job]["pressed"]) for job in ("center.xlsm", "educational.xlsm"))
    toolbar = 2 + 0 + 2 + 1 + 1 + 3 + 1 + 1 + 1 + 1 + 2  # the last asks and tells
    assert len(office.messages) == toolbar + in_sheets
    said = " ".join(office.messages)
    assert "внутренняя ошибка" not in said
    for part in ("Изменено ячеек: 2", "Возвращено ячеек: 2", "Добавлена строка 1.1.4", "Поставьте курсор",
                 "Книга не отправлена", "отправлена на firpo@b.test. Отправить?", "Открыт лист «Справка»"):  # fmt: skip
        assert part in said


def test_a_workbook_is_saved_before_it_is_sent(office: Office) -> None:
    """In LibreOffice's own way of writing; the letter waits, since no server answers."""
    saved = openpyxl.load_workbook(office.folder / "made.xlsx")
    assert saved["Титул"]["B11"].value == "Новое лицо"
    (said,) = [one for one in office.messages if "ждёт" in one]
    assert "localhost" in said
    assert (office.folder / "made.xlsx.manifest.json").is_file()
