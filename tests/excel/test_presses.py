"""Buttons on an open workbook (openpyxl engine): the same findings as the command line, and nothing left behind."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from tests.draw import CENTER, CLEAN_ACTUALS, address, draw
from tests.registers import as_xlsx, register_of
from xlkit.actions.check import check
from xlkit.actions.recompute import recompute
from xlkit.actions.template import issue_templates
from xlkit.demo.field import make_field
from xlkit.demo.made import made_clusters, made_draft
from xlkit.demo.real import real_drafts
from xlkit.excel import desk, run
from xlkit.excel.engine_openpyxl import App, Range, open_book
from xlkit.excel.failures import explain_failure
from xlkit.finding import Finding
from xlkit.settings import SETTINGS
from xlkit.templates.build import build_workbook
from xlkit.templates.remarksheet import OUR_NOTE

TYPED = "98 чел."
pytestmark = pytest.mark.usefixtures("home")


@cache
def demo_workbooks(share: int = 3) -> dict[str, bytes]:
    """The demo's workbooks by their clusters: every third, or all with a share of 1."""
    drafts = sorted(make_field(40).drafts, key=lambda draft: draft.cluster.id)[::share]
    return {draft.cluster.id: build_workbook(draft.edition, draft.finish("")[0]) for draft in drafts}


def pressed(path: Path, *actions: str) -> tuple[xw.Book, list[str]]:
    """Press buttons one after another in one open workbook; returns it and the messages."""
    book = open_book(path)
    for action in actions:
        run(action)
    app: App = book.app.impl
    return book, app.messages


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, str, str]]:
    return sorted((f.rule, f.location.sheet or "", f.location.cell or "", f.message.ru) for f in findings)


def remarks(book: xw.Book) -> list[dict[str, Any]]:
    """The rows of «Замечания» as a person reads them."""
    sheet = book.impl.formulas["Замечания"]
    captions = [cell.value for cell in sheet[4]]
    rows = [[cell.value for cell in row[: len(captions)]] for row in sheet.iter_rows(min_row=5)]
    return [dict(zip(captions, row, strict=True)) for row in rows if row[0] is not None]


def state(book: xw.Book) -> dict[tuple[str, str], tuple[object, object, object]]:
    """Every cell's content, fill and note."""
    return {
        (sheet.title, cell.coordinate): (
            cell.value,
            cell.fill.fgColor.value,
            cell.comment.text if cell.comment else None,
        )
        for sheet in book.impl.formulas
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None or cell.comment is not None or cell.fill.fill_type
    }


def test_a_sheet_that_refuses_notes_is_checked_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("the sheet is protected")

    draft = real_drafts()[0]
    path = tmp_path / "center.xlsx"
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    monkeypatch.setattr(Range, "add_note", refuse)
    book, messages = pressed(path, "check")
    assert len(remarks(book)) == len(check([path]).files[0].findings) > 0
    assert "ошибк" in messages[0]


@pytest.mark.parametrize("share", [pytest.param(3, id="a third"), pytest.param(1, id="all", marks=pytest.mark.long)])
def test_button_and_command_line_find_the_same(tmp_path: Path, share: int) -> None:
    """The demo's workbooks, every finding with its cell and sentence."""
    paths = []
    for name, content in demo_workbooks(share).items():
        paths.append(tmp_path / f"{name}.xlsx")
        paths[-1].write_bytes(content)
    assert len(paths) >= 40 // share
    for path, expected in zip(paths, check(paths).files, strict=True):
        book = open_book(path)
        assert told(desk._checked(book).findings) == told(expected.findings), path.name
        run("check")
        shown = [(row["Правило"], row["Лист"] or "") for row in remarks(book)]
        assert shown == [(f.rule, f.location.sheet or "") for f in expected.findings]
        assert len(book.app.impl.messages) == 1


def test_a_remark_leads_to_its_cell_and_says_what_to_do(tmp_path: Path) -> None:
    place = address(CENTER, "plan 1.1.1 2026")
    book, messages = pressed(draw(tmp_path / "a.xlsx", cells={place: TYPED}), "check")
    (row,) = remarks(book)
    cell = place.partition("!")[2]
    assert (row["Важность"], row["Лист"], row["Правило"], row["Значение"]) == ("ошибка", "План", "V-102", TYPED)
    assert row["Ячейка"].startswith("=HYPERLINK(\"#'План'!\"") and f"'План'!{cell}" in row["Ячейка"]
    assert row["Ожидалось"] == "98" and row["Как исправить"]
    note = book.impl.formulas["План"][cell].comment
    assert note is not None and note.text.startswith(OUR_NOTE) and "Вместо числа стоит текст" in note.text
    assert messages == [
        "1 ошибка, 0 предупреждений, к сведению: 0.\nИсправьте ошибки. Подробности — на листе «Замечания»."
    ]


def test_a_second_check_replaces_the_first(tmp_path: Path) -> None:
    place = address(CENTER, "plan 1.1.1 2026")
    book, _ = pressed(draw(tmp_path / "a.xlsx", cells={place: TYPED}), "check")
    before = state(book)
    run("check")
    assert state(book) == before
    book.sheets["План"].range(place.partition("!")[2]).value = 98
    run("check")
    assert "V-102" not in {row["Правило"] for row in remarks(book)}
    assert book.impl.formulas["План"][place.partition("!")[2]].comment is None


@pytest.mark.parametrize("seed", [*range(7), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(7, 50))])
def test_clearing_leaves_no_trace(tmp_path: Path, seed: int) -> None:
    """Workbooks with people's own colours and notes, in cells with and without findings."""
    chance = random.Random(seed)
    contents = list(demo_workbooks(3 if seed < 14 else 1).values())
    workbook = openpyxl.load_workbook(io.BytesIO(contents[seed % len(contents)]))
    for sheet in (workbook["План"], workbook["Титул"]):
        for _ in range(25):
            cell = sheet.cell(chance.randrange(6, 60), chance.randrange(1, 8))
            cell.fill = PatternFill("solid", fgColor=f"{chance.randrange(0x1000000):06X}")
            if chance.random() < 0.5:
                cell.comment = Comment(f"Моё примечание {seed}", "Бухгалтер")
    workbook.save(tmp_path / "a.xlsx")
    book = open_book(tmp_path / "a.xlsx")
    before = state(book)
    run("check")
    run("clear_findings")
    assert state(book) == before


def test_a_cell_with_a_note_of_its_own_keeps_it(tmp_path: Path) -> None:
    place = address(CENTER, "plan 1.1.1 2026").partition("!")[2]
    path = draw(tmp_path / "a.xlsx", cells={f"План!{place}": TYPED})
    workbook = openpyxl.load_workbook(path)
    workbook["План"][place].comment = Comment("Уточнить у завуча", "Бухгалтер")
    workbook.save(path)
    book, _ = pressed(path, "check")
    assert book.impl.formulas["План"][place].comment.text == "Уточнить у завуча"


def test_merged_cells_are_told_as_the_command_line_does_and_noted_where_they_are_seen(tmp_path: Path) -> None:
    cells = {"План!F9": TYPED, "План!G9": None, "План!H9": None, "План!C11": None}
    path = draw(tmp_path / "a.xlsx", cells=cells, merge=("План!F9:G9", "План!C10:C11"))
    book = open_book(path)
    assert told(desk._checked(book).findings) == told(check([path]).files[0].findings)
    run("check")
    assert {row["Правило"] for row in remarks(book)} == {"S-121", "V-101", "V-102", "V-121"}
    noted = {cell.coordinate for row in book.impl.formulas["План"].iter_rows() for cell in row if cell.comment}
    assert noted == {"F9", "H9", "C10"}


def test_rows_that_somebody_has_hidden_or_filtered_are_seen_again(tmp_path: Path) -> None:
    draft = real_drafts()[0]
    path = tmp_path / "center.xlsx"
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    book, _ = pressed(path, "check")
    sheet = book.impl.formulas["Замечания"]
    sheet.auto_filter.ref = "A4:I60"
    sheet.auto_filter.add_filter_column(1, ["предупреждение"])
    for row in (5, 6, 9, 12):
        sheet.row_dimensions[row].hidden = True
    run("check")
    assert not any(sheet.row_dimensions[row].hidden for row in range(1, sheet.max_row + 1))
    assert sheet.auto_filter.ref == "A4:I60" and not sheet.auto_filter.filterColumn


# --- recompute --------------------------------------------------------------------------------------------


@pytest.fixture(params=["real center", "carried", "typed total"])
def recomputable(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "a.xlsx"
    if request.param == "real center":
        draft = real_drafts()[0]
        path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    elif request.param == "carried":
        draw(path, plan="|code|2027|2028|\n|6.4.1|-||", indicators="|code|2027|2028|\n|6|-||")
    else:
        draw(path, cells={address(CENTER, "plan 6.1.1 total 2027"): 5})
    return path


def test_recompute_writes_what_the_command_line_lists_and_undo_restores_it(recomputable: Path, tmp_path: Path) -> None:
    (expected,) = recompute([recomputable], tmp_path / "out").files
    book = open_book(recomputable)
    before = state(book)
    run("recompute")
    after = state(book)
    changed = {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}
    assert changed == {(c.sheet, c.cell) for c in expected.changes} and changed
    for one in expected.changes:
        assert after[one.sheet, one.cell][0] == one.new
    run("undo_recompute")
    assert state(book) == before
    run("undo_recompute")
    assert book.app.impl.messages[-1].startswith("Отменять нечего")


def test_undo_gives_texts_back_as_they_stood(tmp_path: Path) -> None:
    """Excel would make a number of a text «5 » that is written without care."""
    place = address(CENTER, "plan 6.1.1 total 2027")
    for number, typed in enumerate(["5 ", "1.2.3", "да"]):
        book = open_book(draw(tmp_path / f"{number}.xlsx", cells={place: typed}))
        before = state(book)
        run("recompute")
        assert state(book) != before
        run("undo_recompute")
        assert state(book) == before
    assert (desk._as_it_stood("5 "), desk._as_it_stood("=A1"), desk._as_it_stood(5.0)) == ("'5 ", "'=A1", 5.0)


def test_undo_leaves_alone_what_was_changed_since(recomputable: Path) -> None:
    book = open_book(recomputable)
    run("recompute")
    message = book.app.impl.messages[-1].splitlines()[1]
    sheet, cell = message.partition(":")[0].split("!")
    book.sheets[sheet].range(cell).value = 12345
    run("undo_recompute")
    assert book.sheets[sheet].range(cell).value == 12345
    assert f"{sheet}!{cell}" in book.app.impl.messages[-1]


def test_nothing_to_recompute_is_said(tmp_path: Path) -> None:
    _, messages = pressed(draw(tmp_path / "a.xlsx"), "recompute")
    assert messages == ["Пересчитывать нечего: все итоги верны."]


# --- reconcile --------------------------------------------------------------------------------------------


def test_reconcile_with_the_register_of_the_settings_else_with_the_approved_sheet(tmp_path: Path, home: Path) -> None:
    cluster = made_clusters(1)[0]
    source = as_xlsx(register_of([made_draft(cluster)]), tmp_path / "register.xlsx")
    path = Path(issue_templates(CENTER, tmp_path / "a.xlsx", register=source, cluster=cluster.id)[0].path)
    book, messages = pressed(path, "reconcile")
    assert messages == ["Сверено с листом «Утверждено»: различий нет."]
    sheet = book.impl.formulas["План"]
    row = next(row for row in range(7, 200) if str(sheet.cell(row, 1).value) == "1.1.1")
    book.sheets["План"].range((row, 6)).value = 777
    home.mkdir(parents=True, exist_ok=True)
    (home / SETTINGS).write_text(f'register = "{source}"\n', encoding="utf-8")
    run("reconcile")
    assert messages[-1].startswith(f"Сверено с реестром {source}: различий 1.")
    assert [(row["Правило"], row["Значение"]) for row in remarks(book)] == [("C-101", "777")]


def test_a_mistake_in_the_settings_is_said(tmp_path: Path, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / SETTINGS).write_text('regster = "x"\n', encoding="utf-8")
    _, messages = pressed(draw(tmp_path / "a.xlsx"), "reconcile")
    assert SETTINGS in messages[0] and "regster" in messages[0]


# --- whatever happens, a message --------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Смета", 5])  # type: ignore[union-attr]
    workbook.save(tmp_path / "смета.xlsx")
    return tmp_path / "смета.xlsx"


@pytest.mark.parametrize("action", [a for a in desk.ACTIONS if a not in ("send", "help")])
def test_no_workbook_that_is_not_ours_is_touched(foreign: Path, action: str) -> None:
    book = open_book(foreign)
    before = state(book)
    run(action)
    assert state(book) == before
    (message,) = book.app.impl.messages
    assert "Титул" in message or "нечего" in message


@pytest.mark.parametrize("action", desk.ACTIONS)
def test_every_press_ends_in_one_message(tmp_path: Path, action: str) -> None:
    book = open_book(draw(tmp_path / "a.xlsx", title={"period": "2026, II квартал"}, actuals=CLEAN_ACTUALS))
    run(action)
    assert len(book.app.impl.messages) == 1 and book.app.impl.messages[0]


def test_a_bug_becomes_a_message_with_the_path_of_the_log(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def buggy(_: xw.Book) -> str:
        raise RuntimeError("бум")

    monkeypatch.setitem(desk.ACTIONS, "check", buggy)  # type: ignore[arg-type]
    _, messages = pressed(draw(tmp_path / "a.xlsx"), "check")
    log = home / "xlkit.log"
    assert str(log) in messages[0] and "RuntimeError: бум" in log.read_text(encoding="utf-8")


COM = "(-2147352567, 'Ошибка', (0, 'Microsoft Excel', '{}', None, 0, -2146827284), None)"


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("(-2147418111, 'Call was rejected by callee.', None, None)", "правите ячейку"),
        (COM.format("The file is in Protected View"), "просмотр"),
        (COM.format("Файл доступен только для чтения"), "только для чтения"),
        (COM.format("Ячейка на защищенном листе"), "защищены"),
    ],
)
def test_what_excel_refuses_is_told_in_a_persons_words(raised: str, said: str) -> None:
    assert said in (explain_failure(RuntimeError(raised)) or "")


def test_another_failure_is_not_explained_away() -> None:
    assert explain_failure(ValueError("something else")) is None


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No caller of one test is left to another."""
    yield
    if hasattr(xw.Book, "_mock_caller"):
        del xw.Book._mock_caller


def test_a_list_that_was_lost_or_hidden_is_there_again_and_somebodys_own_sheet_stays(tmp_path: Path) -> None:
    draft = real_drafts()[0]
    path = tmp_path / "center.xlsx"
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    expected = len(check([path]).files[0].findings)
    hidden = open_book(path)
    hidden.impl.formulas["Замечания"].sheet_state = "veryHidden"
    run("check")
    assert hidden.impl.formulas["Замечания"].sheet_state == "visible" and len(remarks(hidden)) == expected
    lost = open_book(path)
    for workbook in (lost.impl.formulas, lost.impl.values):
        del workbook["Замечания"]
    run("check")
    assert len(remarks(lost)) == expected
    own = open_book(path)
    for workbook in (own.impl.formulas, own.impl.values):
        workbook["Замечания"].title = "Прежние"
        workbook.create_sheet("Замечания")["A5"] = "наше"
    run("check")
    assert own.impl.formulas["Замечания"]["A5"].value == "наше"
    assert own.impl.formulas["Замечания xlkit"]["I5"].value == "V-114"
    assert "на листе «Замечания xlkit»" in own.app.impl.messages[-1]
    run("clear_findings")
    assert own.impl.formulas["Замечания"]["A5"].value == "наше"
    assert own.impl.formulas["Замечания xlkit"]["I5"].value is None


def test_a_workbook_without_its_tables_is_not_called_right(tmp_path: Path) -> None:
    draft = real_drafts()[0]
    path = tmp_path / "center.xlsx"
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    book = open_book(path)
    for workbook in (book.impl.formulas, book.impl.values):
        for name in ("План", "Показатели", "Факт"):
            del workbook[name]
    run("recompute")
    assert "не найдены таблицы формы" in book.app.impl.messages[-1]
