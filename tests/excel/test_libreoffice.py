"""Every button pressed for real in LibreOffice: the extension's toolbar, and the buttons in the sheets of .xlsm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.office import need_uno
from tests.test_reconcile import as_xlsx, register_of
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
ERROR, INFO = "ошибка", "к сведению"


@dataclass(frozen=True)
class Office:
    """What LibreOffice told: its toolbar, and per job the buttons in the sheets and the sheets afterwards."""

    toolbar: list[list[str]]
    jobs: dict[str, dict[str, Any]]
    messages: list[str]
    folder: Path

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


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One LibreOffice, in which all buttons are pressed."""
    python = need_uno()
    folder = tmp_path_factory.mktemp("press")
    made = made_draft(made_clusters(1)[0])
    source = as_xlsx(register_of([made]), folder / "register.xlsx")
    home = folder / "home"
    home.mkdir()
    (home / SETTINGS).write_text(f'register = "{source}"\n', encoding="utf-8")
    center, educational = real_drafts()
    for draft, name in ((center, "center"), (educational, "educational")):
        content = draft.finish("")[0]
        (folder / f"{name}.xlsx").write_bytes(build_workbook(draft.edition, content))
        (folder / f"{name}.xlsm").write_bytes(macro_workbook(draft.edition, content))
    issue_templates("program_center", folder / "issued.xlsx", register=source, cluster=made.cluster.id)
    (folder / "xlkit.oxt").write_bytes(build_extension(sys.executable, "0"))
    jobs = {
        "check": ("center.xlsx", [url("check")]),
        "cleared": ("center.xlsx", [url("check"), url("clear_findings")]),
        "untouched": ("center.xlsx", []),
        "recomputed": ("center.xlsx", [url("recompute")]),
        "undone": ("center.xlsx", [url("recompute"), url("undo_recompute")]),
        "row": ("center.xlsx", [{"select": ["План", "B9"]}, url("add_row"), {"set": ["План", "F10", 7]}]),
        "row on the title": ("center.xlsx", [{"select": ["Титул", "B5"]}, url("add_row")]),
        "reconciled": ("issued.xlsx", [{"set": ["План", "F9", 777]}, url("reconcile")]),
        "send": ("center.xlsx", [url("send")]),
        "help": ("center.xlsx", [url("help")]),
        "educational": ("educational.xlsx", [url("check")]),
        "center.xlsm": ("center.xlsm", "every button"),
        "educational.xlsm": ("educational.xlsm", "every button"),
        "checked.xlsm": ("center.xlsm", [{"button": ["План", "Проверить"]}]),
    }
    plan = {
        "extension": str(folder / "xlkit.oxt"),
        "messages": str(folder / "messages.jsonl"),
        "jobs": [{"source": str(folder / name), "presses": presses} for name, presses in jobs.values()],
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
    return Office(first["toolbar"], dict(zip(jobs, told, strict=True)), messages, folder)


def expected(path: Path) -> list[tuple[str, str, str]]:
    found = check([path]).files[0].findings
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


def test_cells_with_findings_get_notes(office: Office) -> None:
    assert all(text.startswith("Проверка xlkit") for *_, text in office.notes("check")) and office.notes("check")


def test_clearing_leaves_no_trace(office: Office) -> None:
    assert office.jobs["cleared"]["sheets"] == office.jobs["untouched"]["sheets"]


def test_recompute_and_its_undo(office: Office) -> None:
    before, after = office.grid("untouched", "Показатели"), office.grid("recomputed", "Показатели")
    changed = [b for line, other in zip(before, after, strict=True) for a, b in zip(line, other, strict=True) if a != b]
    assert changed == [99547.0, 99547.0]
    assert office.jobs["undone"]["sheets"] == office.jobs["untouched"]["sheets"]


def test_a_new_row_has_its_number_and_its_formulas(office: Office) -> None:
    row = office.grid("row", "План")[9]
    assert row[0] == "1.1.4" and row[5] == 7.0
    before = office.grid("untouched", "План")
    assert office.grid("row", "План")[10:] == before[9:], "the rows below moved down as they were"


def test_differences_from_the_register_stand_at_their_cells(office: Office) -> None:
    assert ("C-101", "План", "F9") in office.remarks("reconciled")


@pytest.mark.parametrize("job", ["center.xlsm", "educational.xlsm"])
def test_every_button_in_the_sheets_was_pressed(office: Office, job: str) -> None:
    labels = Counter(label for _, label in office.jobs[job]["buttons"])
    assert labels.keys() == {one.label for one in buttons().values()}


def test_every_press_gave_one_message(office: Office) -> None:
    in_sheets = sum(len(office.jobs[job]["buttons"]) for job in ("center.xlsm", "educational.xlsm"))
    toolbar = 1 + 2 + 0 + 1 + 2 + 1 + 1 + 1 + 1 + 1 + 1
    assert len(office.messages) == toolbar + in_sheets + 1
    said = " ".join(office.messages)
    assert "внутренняя ошибка" not in said
    for part in ("Изменено ячеек: 2", "Возвращено ячеек: 2", "Добавлена строка 1.1.4", "Поставьте курсор",
                 "Отправка: ещё не готово", "Открыт лист «Справка»"):  # fmt: skip
        assert part in said
