"""Approved changes flow back into the register only as a whole, with a copy, a journal and a reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from tests.postgres import PostgresServer
from tests.register.made import BOOKS, DRAFTS, REGISTER, STORES, Edited, Make, edited
from xlkit.actions.intake import Entry, WholeEntry
from xlkit.actions.register_apply import ApplyResult, apply_changes
from xlkit.books.reader import read_workbook
from xlkit.books.submission import submission_of
from xlkit.cli import cli
from xlkit.errors import XlkitError
from xlkit.register import read_register, read_tables
from xlkit.register.diff import diff_registers
from xlkit.register.records import kept_records
from xlkit.report.register_text import diff_text
from xlkit.values import as_text

REASON = "Доп. соглашение № 4 от 01.11.2026"
DAY = dt.date(2026, 11, 2)
CLUSTER = DRAFTS[0].cluster.id
ASKED: dict[tuple[str, int], object] = {("6.1.1", 2026): 777, ("6.1.1", 2027): "-"}


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read workbooks here and find them good: how files are read and checked is tested elsewhere, and takes time."""

    def entries(files: list[Path], _: object = None) -> list[Entry]:
        return [WholeEntry.of(submission_of(read_workbook(Path(file)), str(file))) for file in files]

    monkeypatch.setattr("xlkit.actions.register_apply.take_in", entries)
    monkeypatch.setattr("xlkit.actions.register_apply.findings_of", lambda known, _: {one.file: [] for one in known})


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edited:
    monkeypatch.chdir(tmp_path)
    return edited(tmp_path / "книга.xlsx", ASKED)


def values(source: str) -> dict[tuple[str, int], object]:
    return {
        (f.key, f.year): f.value
        for f in read_register(source).figures
        if f.cluster == CLUSTER and f.table == "plan" and f.key.startswith("6.1.")
    }


def applied(source: str, book: Edited, **more: object) -> ApplyResult:
    return apply_changes(source, [book.path], REASON, DAY, only=["6.1.1"], **more)  # type: ignore[arg-type]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("kind", STORES)
def test_a_change_is_shown_made_and_told(store: Make, kind: str, book: Edited) -> None:
    source = store(kind)
    before = read_register(source)
    shown = applied(source, book, dry_run=True)
    assert read_register(source) == before and shown.backup is None
    done = applied(source, book)
    after = read_register(source)
    assert list(diff_text(shown.diff)) == list(diff_text(done.diff)) == list(diff_text(diff_registers(before, after)))
    assert {key: value for key, value in values(source).items() if key in ASKED} == ASKED
    assert {f.approved_on for f in after.figures if f.value == 777} == {"2026-11-02"}
    assert done.diff.count == 2 and done.backup is not None
    assert read_register(done.backup).figures == REGISTER.figures
    journal = kept_records(read_tables(source, ("changes",)))["changes"]
    old = [f.value for f in before.figures if f.cluster == CLUSTER and (f.key, f.year) in ASKED and f.table == "plan"]
    assert [(j["cluster_id"], j["row_key"], j["year"], j["old_value"], j["new_value"], j["reason"], j["cell"])
            for j in journal] == [
        (CLUSTER, at[0], str(at[1]), as_text(was), str(ASKED[at]), REASON, f"План!{book.cells[at]}")
        for at, was in zip(ASKED, old, strict=True)
    ]  # fmt: skip
    assert {j["sha256"] for j in journal} == {hashlib.sha256(book.path.read_bytes()).hexdigest()}
    assert all(j["changed_at"] and j["changed_by"] and j["source"] == "книга.xlsx" for j in journal)
    again = applied(source, book)
    assert again.diff.count == 0 and again.backup is None and read_register(source) == after
    assert len(kept_records(read_tables(source, ("changes",)))["changes"]) == 2


@pytest.mark.usefixtures("in_process")
def test_the_rest_of_an_xlsx_register_stays(store: Make, book: Edited) -> None:
    """Formulas, widths, other sheets: only the changed cells and the journal are new."""
    path = Path(store("xlsx"))
    workbook = openpyxl.load_workbook(path)
    workbook["План"]["Z1"] = "=1+1"
    workbook["План"].column_dimensions["F"].width = 71
    workbook.create_sheet("Заметки")["A1"] = "моё"
    del workbook["Журнал изменений"]
    workbook.save(path)
    before = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    applied(str(path), book)
    assert zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml") == before
    after = openpyxl.load_workbook(path)
    assert (after["План"]["Z1"].value, after["План"].column_dimensions["F"].width) == ("=1+1", 71)
    assert after["Заметки"]["A1"].value == "моё"
    assert [cell.value for cell in after["Журнал изменений"][1]][:2] == ["Когда", "Кто"]
    assert after["Журнал изменений"].max_row == 3


@pytest.mark.usefixtures("in_process")
def test_a_figure_that_the_register_lacks_is_added(store: Make, tmp_path: Path, book: Edited) -> None:
    for kind in ("xlsx", "postgres"):
        source = store(kind)
        missing = f"('{CLUSTER}', '6.1.1', 2026)"
        if kind == "xlsx":
            workbook = openpyxl.load_workbook(source)
            sheet = workbook["План"]
            row = next(r for r in range(2, 999) if (sheet.cell(r, 1).value, str(sheet.cell(r, 5).value),
                                                    sheet.cell(r, 10).value) == (CLUSTER, "6.1.1", 2026))  # fmt: skip
            sheet.delete_rows(row)
            workbook.save(source)
        else:
            engine = sa.create_engine(source if "://" in source else f"sqlite:///{source}")
            with engine.begin() as base:
                base.exec_driver_sql(f"DELETE FROM plan WHERE (cluster_id, code, year) = {missing}")
            engine.dispose()
        done = applied(source, book)
        assert [c.change.value for c in done.diff.figures] == ["changed", "added"]
        new = next(f for f in read_register(source).figures if f.value == 777)
        old = next(
            f for f in REGISTER.figures if (f.cluster, f.table, f.key, f.year) == (CLUSTER, "plan", "6.1.1", 2026)
        )
        assert (new.unit, new.mode, new.link, new.name) == (old.unit, old.mode, old.link, old.name)


def test_what_is_not_taken_is_told(store: Make, tmp_path: Path, book: Edited) -> None:
    source = store("sqlite")
    with pytest.raises(XlkitError, match="--reason"):
        apply_changes(source, [book.path])
    (tmp_path / "вторая.xlsx").write_bytes(BOOKS[0])
    with pytest.raises(XlkitError, match="Две книги одного кластера"):
        apply_changes(source, [book.path, tmp_path / "вторая.xlsx"], REASON)
    gone = edited(tmp_path / "пусто.xlsx", {("6.1.1", 2026): None, ("6.1.2", 2026): "много"})
    told = apply_changes(source, [gone.path, tmp_path / "нет.xlsx"], REASON, only=["6.1.1", "9.9"], dry_run=True)
    assert told.diff.count == 0 and told.exit_code == 1
    assert "ошибки" in told.held[0].reason.ru and told.held[1].file.endswith("нет.xlsx")


@pytest.mark.usefixtures("in_process")
def test_a_row_that_no_workbook_has_is_told_and_nothing_taken(store: Make, book: Edited) -> None:
    source = store("sqlite")
    before = Path(source).read_bytes()
    with pytest.raises(XlkitError, match=r"Строки 7\.1\.99, 9\.9 \(--only\) ни в одной книге нет") as told:
        apply_changes(source, [book.path], REASON, only=["9.9", "6.1.1.", "7.1.99"])
    assert told.value.exit_code == 2 and Path(source).read_bytes() == before
    assert apply_changes(source, [book.path], REASON, only=["6.1.2."]).exit_code == 0  # a row without a difference


@pytest.mark.usefixtures("in_process")
def test_a_figure_is_emptied_only_where_that_was_asked(store: Make, tmp_path: Path) -> None:
    source = store("sqlite")
    gone = edited(tmp_path / "пусто.xlsx", {("6.1.1", 2026): None, ("6.1.1", 2027): "много"})
    kept = applied(source, gone)
    assert kept.diff.count == 0 and ["--removals" in h.reason.ru for h in kept.held] == [True, False]
    assert applied(source, gone, removals=True).diff.count == 1
    assert values(source)["6.1.1", 2026] is None


# --- nothing half-written ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("in_process")
def test_a_connection_that_breaks_midway_changes_nothing(store: Make, postgres: PostgresServer, book: Edited) -> None:
    source = store("postgres")
    before = read_register(source)
    seen: list[str] = []

    def cut(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)
        if sum("UPDATE" in one for one in seen) == 2:  # the first one is through
            postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'xlkit'")

    sa.event.listen(Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(XlkitError, match="не изменён"):
            applied(source, book)
    finally:
        sa.event.remove(Engine, "before_cursor_execute", cut)
    assert sum("UPDATE" in one for one in seen) == 2
    assert read_register(source) == before
    assert not any(read_tables(source, ("changes",)).records["changes"])


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("kind", STORES)
def test_a_change_of_somebody_else_is_not_overwritten(
    store: Make, kind: str, book: Edited, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = store(kind)

    def meanwhile(place: object, folder: object = None) -> str:
        if kind == "xlsx":
            workbook = openpyxl.load_workbook(source)
            workbook["План"]["Z1"] = "чужое"
            workbook.save(source)
        else:
            engine = sa.create_engine(source if "://" in source else f"sqlite:///{source}")
            with engine.begin() as base:
                base.exec_driver_sql("UPDATE plan SET value = 1 WHERE code = '6.1.1' AND year = 2027")
            engine.dispose()
        return "копия"

    target = "make_backup" if kind != "xlsx" else "_patched"
    if kind == "xlsx":
        from xlkit.actions import register_apply

        patched = register_apply._patched
        monkeypatch.setattr(register_apply, target, lambda *given: (meanwhile(None), patched(*given))[1])
    else:
        monkeypatch.setattr(f"xlkit.actions.register_apply.{target}", meanwhile)
    with pytest.raises(XlkitError, match="кто-то другой"):
        applied(source, book)
    assert values(source)["6.1.1", 2026] != 777
    assert not any(read_tables(source, ("changes",)).records["changes"])


# --- the command line -------------------------------------------------------------------------------------


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["register", *map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.stdout


def test_the_commands(store: Make, book: Edited, tmp_path: Path) -> None:
    source = store("sqlite")
    assert run("export", source, tmp_path / "до.xlsx")[0] == 0
    code, shown = run("apply", source, book.path, "--dry-run", "--only", "6.1.1")
    assert code == 0 and "изменено" in shown and "→ 777" in shown and "Пробный запуск: изменилось бы 2" in shown
    code, said = run("apply", source, book.path, "--reason", REASON, "--approved-on", "02.11.2026", "--backup",
                     tmp_path / "копии", "--json")  # fmt: skip
    document = json.loads(said)
    assert document["totals"] == {"clusters": 0, "figures": 2, "deadlines": 0}
    assert Path(document["backup"]).parent == tmp_path / "копии" and document["held"] == []
    code, said = run("diff", tmp_path / "до.xlsx", source, "--json")
    document = json.loads(said)
    assert code == 1 and [one["new"] for one in document["figures"]] == [777, "-"]
    assert run("diff", tmp_path / "до.xlsx", tmp_path / "до.xlsx")[0] == 0
