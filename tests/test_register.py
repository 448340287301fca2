"""A register is never half read in silence, never overwritten, and its password never shown."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.registers import as_sqlite, as_xlsx, register_of
from xlkit.cli import main
from xlkit.consolidate import due_submissions
from xlkit.demo.draft import Draft
from xlkit.demo.made import made_clusters, made_draft
from xlkit.demo.real import real_drafts
from xlkit.errors import XlkitError
from xlkit.register import read_register
from xlkit.register.emails import read_emails
from xlkit.rules.edition import load_edition, table_modes
from xlkit.rules.registered import Register
from xlkit.templates.build import build_workbook

DRAFT = made_draft(made_clusters(1)[0])
WHOLE = register_of([DRAFT])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of one cluster, and the cluster's workbook beside it."""
    folder = tmp_path_factory.mktemp("kept")
    as_xlsx(WHOLE, folder / "register.xlsx")
    (folder / "book.xlsx").write_bytes(build_workbook(DRAFT.edition, DRAFT.finish("")[0]))
    return folder


def edited(kept: Path, path: Path, sheet: str, edit: Callable[[Any, dict[str, int]], None]) -> Register:
    """The register read after a person's edit of one sheet."""
    workbook = openpyxl.load_workbook(kept / "register.xlsx")
    captions = {cell.value: cell.column for cell in workbook[sheet][1]}
    edit(workbook[sheet], captions)
    workbook.save(path / "r.xlsx")
    return read_register(str(path / "r.xlsx"))


def put(row: int, caption: str, content: object) -> Callable[[Any, dict[str, int]], None]:
    def edit(sheet: Any, captions: dict[str, int]) -> None:
        sheet.cell(row, captions[caption]).value = content

    return edit


def repeat(row: int) -> Callable[[Any, dict[str, int]], None]:
    return lambda sheet, _: sheet.append([cell.value for cell in sheet[row]])


def test_a_register_without_faults_has_no_notes(kept: Path) -> None:
    assert read_register(str(kept / "register.xlsx")).notes == ()


@pytest.mark.parametrize(
    ("sheet", "edit", "said"),
    [
        ("План", put(5, "Год", "скоро"), "лист «План», строка 5: год «скоро» не распознан"),
        ("План", put(5, "Год", None), "год «» не распознан"),
        ("План", put(5, "Форма", "program_moon"), "форма «program_moon» неизвестна"),
        ("План", put(5, "Идентификатор кластера", "ОПЦ-777"), "кластера «ОПЦ-777» нет среди кластеров"),
        ("План", put(5, "Учёт", "прирост"), "учёт «прирост» этой таблицей не предусмотрен"),
        ("План", repeat(5), "записано дважды"),
        ("Кластеры", repeat(2), "кластер «ОПЦ-100» записан дважды"),
        ("Кластеры", put(2, "Первый год программы", "скоро"), "«скоро» — не год"),
        ("Кластеры", lambda sheet, _: sheet.append([None, "Без номера"]), "нет идентификатора кластера"),
        ("Сроки", lambda sheet, _: sheet.append(["program_moon", "план", "2026-03-01"]), "срок не учтён"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_used_is_told(
    kept: Path, tmp_path: Path, sheet: str, edit: Callable[[Any, dict[str, int]], None], said: str
) -> None:
    (note,) = edited(kept, tmp_path, sheet, edit).notes
    assert said in note.ru and f"«{sheet}»" in note.ru
    assert not re.search("[а-яё]{4}", re.sub("«[^»]*»", "", note.en)), note.en


def test_like_notes_are_told_together(kept: Path, tmp_path: Path) -> None:
    def edit(sheet: Any, captions: dict[str, int]) -> None:
        for row in range(5, 12):
            sheet.cell(row, captions["Год"]).value = "?"

    (note,) = edited(kept, tmp_path, "План", edit).notes
    assert "строка 5" in note.ru and "таких строк 7" in note.ru


def test_a_missing_sheet_of_figures_is_told(kept: Path, tmp_path: Path) -> None:
    workbook = openpyxl.load_workbook(kept / "register.xlsx")
    del workbook["Показатели"]
    workbook.save(tmp_path / "r.xlsx")
    (note,) = read_register(str(tmp_path / "r.xlsx")).notes
    assert "«Показатели»" in note.ru


@pytest.mark.parametrize("written", ["2026 год", "2026 г.", "2026.0", 2026.0, " 2026 "])
def test_years_as_people_write_them(kept: Path, tmp_path: Path, written: object) -> None:
    row = next(i for i, f in enumerate((f for f in WHOLE.figures if f.table == "plan"), start=2) if f.year == 2026)
    read = edited(kept, tmp_path, "План", put(row, "Год", written))
    assert read.notes == () and len(read.figures) == len(WHOLE.figures)


def test_a_figure_without_a_form_is_of_its_clusters_form(kept: Path, tmp_path: Path) -> None:
    read = edited(kept, tmp_path, "План", put(5, "Форма", None))
    assert read.notes == () and len(read.figures) == len(WHOLE.figures)


@pytest.mark.parametrize("draft", [*real_drafts(), DRAFT], ids=lambda draft: draft.cluster.id)
def test_modes_are_those_of_the_table(draft: Draft) -> None:
    tables = load_edition(draft.edition.form).book.tables
    said = {(f.table, f.mode) for f in register_of([draft]).figures if f.mode}
    assert said and all(mode in table_modes(tables[table]) for table, mode in said)


def test_modes_are_written_as_workbooks_say_them(kept: Path) -> None:
    sheet = openpyxl.load_workbook(kept / "register.xlsx")["План"]
    column = next(cell.column for cell in sheet[1] if cell.value == "Учёт")
    said = {sheet.cell(row, column).value for row in range(2, sheet.max_row + 1)} - {None}
    assert said <= {"за год", "нарастающим итогом", "на дату", "да-нет"}


@pytest.mark.parametrize(("status", "expected"), [("действует", 1), ("", 1), ("Исключён в 2026", 0), ("архив", 0)])
def test_a_cluster_that_left_is_not_expected(status: str, expected: int) -> None:
    due, notes = due_submissions(Register("", (replace(DRAFT.cluster, status=status),)))
    assert len(due) == expected
    assert [status in note.ru for note in notes] == [True] * (1 - expected)


# --- the outputs spare it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["register.xlsx", "register.db", "sqlite:///{}/register.db"])
@pytest.mark.parametrize(
    "command",
    [
        ["reconcile", "{book}", "--register", "{register}", "-o", "{output}"],
        ["template", "program_center", "--register", "{register}", "--cluster", "ОПЦ-100", "-o", "{output}"],
        ["consolidate", "{book}", "--register", "{register}", "-o", "{output}"],
        ["consolidate", "{folder}", "--register", "{register}", "-o", "{book}"],
    ],
    ids=lambda command: command[0],
)
def test_no_output_replaces_the_register_or_a_workbook(
    kept: Path, tmp_path: Path, store: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(kept / "register.xlsx", tmp_path)
    shutil.copy(kept / "book.xlsx", tmp_path)
    as_sqlite(WHOLE, tmp_path / "register.db")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    source = store.format(tmp_path) if "{}" in store else str(tmp_path / store)
    places = {"book": tmp_path / "book.xlsx", "folder": tmp_path, "register": source,
              "output": tmp_path / store.rpartition("/")[2]}  # fmt: skip
    with pytest.raises(SystemExit) as stop:
        main([word.format(**places) for word in command])
    assert stop.value.code == 2
    assert "укажите" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_sqlite_file_needs_no_url(tmp_path: Path) -> None:
    as_sqlite(WHOLE, tmp_path / "register.db")
    assert read_register(str(tmp_path / "register.db")).figures == WHOLE.figures


@pytest.mark.parametrize("url", ["postgresql://someone:secret@127.0.0.1:1/base", "moon://someone:secret@host/base"])
def test_no_password_is_shown(url: str) -> None:
    with pytest.raises(XlkitError) as refused:
        read_register(url)
    for said in (refused.value.text.ru, refused.value.text.en):
        assert "secret" not in said and "***" in said


def test_a_database_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    import sqlite3

    as_sqlite(WHOLE, tmp_path / "register.db")
    with sqlite3.connect(tmp_path / "register.db") as base:
        base.execute("alter table plan rename column value to worth")
    with pytest.raises(XlkitError, match=r"value|Значение"):
        read_register(str(tmp_path / "register.db"))


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("a@b.ru, c@d.ru;e@f.ru\ng@h.ru i@колледж.рф", ("a@b.ru", "c@d.ru", "e@f.ru", "g@h.ru", "i@колледж.рф"), ()),
        ('"Иванов, И." <e@f.org>, Пётр Петров <p@f.org>; x@y.ru', ("e@f.org", "p@f.org", "x@y.ru"), ()),
        ("mailto:q@w.ru <MAILTO:r@w.ru>", ("q@w.ru", "r@w.ru"), ()),
        ("x@b..ru a@b.ru", ("a@b.ru",), ("x@b..ru",)),
        ("нет, a@@b.ru", (), ("нет", "a@@b.ru")),
        ("", (), ()),
    ],
)
def test_addresses_of_a_cluster(text: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    assert read_emails(text) == (good, bad)
