"""Reconcile lists exactly what was edited: a workbook against a register made from it differs in nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from tests.desk import Told, edit_at_random
from tests.filling import CENTER, EDUCATIONAL, Programme, columns_of, fill_programme, rows_of
from tests.registers import as_sqlite, as_xlsx, register_of
from xlkit.actions.reconcile import FileReconciliation, reconcile
from xlkit.actions.template import issue_templates
from xlkit.cli import cli, main
from xlkit.demo.draft import Draft
from xlkit.demo.made import made_clusters, made_draft
from xlkit.demo.real import real_drafts
from xlkit.reconcile import Difference, Status
from xlkit.register import read_register
from xlkit.rules.registered import Register
from xlkit.templates.build import build_workbook
from xlkit.templates.prefilled import prefilled_content


def told(one: Difference) -> Told:
    return one.status.value, one.sheet, one.cell, one.key, one.year, one.workbook, one.register, one.delta


def in_order(differences: Iterable[Told]) -> list[Told]:
    return sorted(differences, key=lambda t: [str(part) for part in t])


# --- the seeds --------------------------------------------------------------------------------------------


def test_seeds(tmp_path: Path) -> None:
    agree_on(8, tmp_path)


@pytest.mark.long
def test_seeds_all(tmp_path: Path) -> None:
    agree_on(200, tmp_path)


def agree_on(count: int, folder: Path) -> None:
    """Workbooks against the register made from them, before and after edits, from both kinds of store."""
    drafts = [made_draft(cluster) for cluster in made_clusters(count)]
    register = register_of(drafts)
    sources = [as_xlsx(register, folder / "register.xlsx"), as_sqlite(register, folder / "register.db")]
    unedited, edited, desks = [], [], []
    for seed, draft in enumerate(drafts):
        content = build_workbook(draft.edition, draft.finish("")[0])
        unedited.append(folder / f"{seed}.xlsx")
        unedited[-1].write_bytes(content)
        workbook, desk = edit_at_random(content, register, draft.cluster, seed)
        edited.append(folder / f"{seed}-edited.xlsx")
        workbook.save(edited[-1])
        desks.append(desk)
    for source in sources:
        clean = reconcile(unedited, source)
        assert [(Path(f.file).name, f.differences) for f in clean.files if f.verdict != "matches"] == []
        assert clean.totals["differences"] == 0 and clean.exit_code == 0
    results = [reconcile(edited, source) for source in sources]
    assert results[0].files == results[1].files, "xlsx and SQLite give the same"
    for seed, (one, desk) in enumerate(zip(results[0].files, desks, strict=True)):
        assert in_order(told(d) for d in one.differences) == in_order(desk.expected), f"seed {seed}, {one.file}"
        real = [t for t in desk.expected if t[0] != "wording_differs"]
        assert one.verdict == ("differs" if real else "matches")
    planted = {status: sum(t[0] == status for d in desks for t in d.expected) for status in Status}
    print(f"\n{count} workbooks: {sum(planted.values())} differences listed, none else: {planted}")
    assert all(planted.values()), "every status was planted"


# --- the sheet «Утверждено» -------------------------------------------------------------------------------


def test_without_a_register(tmp_path: Path) -> None:
    """An issued workbook carries its approved figures: the same edits are told against them."""
    drafts = [made_draft(cluster) for cluster in made_clusters(4)]
    register = register_of(drafts)
    unedited, edited, desks = [], [], []
    for seed, draft in enumerate(drafts):
        figures = register.figures_of(draft.cluster.id, draft.edition.form)
        content = build_workbook(draft.edition, prefilled_content(draft.edition, draft.cluster, figures))
        unedited.append(tmp_path / f"{seed}.xlsx")
        unedited[-1].write_bytes(content)
        workbook, desk = edit_at_random(content, register, draft.cluster, 1000 + seed)
        edited.append(tmp_path / f"{seed}-edited.xlsx")
        workbook.save(edited[-1])
        desks.append(desk)
    clean = reconcile(unedited)
    assert clean.source is None
    assert [f.differences for f in clean.files if f.verdict != "matches"] == []
    for one, desk in zip(reconcile(edited).files, desks, strict=True):
        assert in_order(told(d) for d in one.differences) == in_order(desk.expected), one.file


def test_without_a_register_and_without_approved_figures(tmp_path: Path) -> None:
    (one,) = reconcile([fill_programme(CENTER, tmp_path / "own.xlsx")]).files
    assert one.verdict == "refused" and one.refusal is not None and "--register" in one.refusal.ru


# --- the real programmes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("programme", [CENTER, EDUCATIONAL], ids=lambda p: p.form)
def test_real_programmes_match_a_register_made_of_them(programme: Programme, tmp_path: Path) -> None:
    """Word for word, the row without a number too: it takes the same number here as there."""
    register = register_of(real_drafts())
    unnumbered = tuple(replace(f, code="") if f.key == "2.2.1" and f.unit else f for f in register.figures)
    source = as_xlsx(replace(register, figures=unnumbered), tmp_path / "register.xlsx")
    (one,) = reconcile([fill_programme(programme, tmp_path / "own.xlsx")], source).files
    assert (one.verdict, one.differences) == ("matches", ())


# --- the register as people keep it -----------------------------------------------------------------------


@dataclass(frozen=True)
class Small:
    """One made center: its workbook as it was issued, its draft, its register."""

    path: Path
    draft: Draft
    register: Register

    def again(self, register: str | Register) -> FileReconciliation:
        return reconcile([self.path], register).files[0]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    draft = made_draft(made_clusters(1)[0])
    path = tmp_path / "workbook.xlsx"
    path.write_bytes(_first_made())
    return Small(path, draft, register_of([draft]))


@cache
def _first_made() -> bytes:
    draft = made_draft(made_clusters(1)[0])
    return build_workbook(draft.edition, draft.finish("")[0])


def renamed(path: Path, identifier: str) -> None:
    workbook = openpyxl.load_workbook(path)
    workbook["Титул"]["B5"].value = identifier
    workbook.save(path)


@pytest.mark.parametrize(
    "written",
    ["ОПЦ-100", "опц-100", "ОПЦ – 100", "ОПЦ—100", "ОПЦ−100", "  ОПЦ -100 ", "ОПЦ\u00a0-\u00a0100", "ОПЦ\u2011100"],
)
def test_cluster_ids_match_whatever_their_dashes_case_and_spaces(small: Small, written: str, tmp_path: Path) -> None:
    renamed(small.path, written)
    assert small.again(small.register).verdict == "matches"
    cluster = replace(small.draft.cluster, id=written)
    figures = tuple(replace(f, cluster=written) for f in small.register.figures)
    renamed(small.path, "ОПЦ-100")
    assert small.again(as_xlsx(Register("", (cluster,), figures), tmp_path / "r.xlsx")).verdict == "matches"


@pytest.mark.parametrize("written", ["ОПЦ-1000", "ОК-100", ""])
def test_unknown_cluster_is_refused(small: Small, written: str) -> None:
    renamed(small.path, written)
    one = small.again(small.register)
    assert one.verdict == "refused" and one.differences == ()
    assert one.refusal is not None and one.refusal.ru and one.refusal.en


def shuffled(register: Register) -> Register:
    figures = list(register.figures)
    random.Random(1).shuffle(figures)
    return replace(register, figures=tuple(figures))


REGISTERS: dict[str, Callable[[Register, Path], str]] = {
    "rows in any order": lambda register, path: as_xlsx(shuffled(register), path / "r.xlsx"),
    "values typed as text": lambda register, path: as_sqlite(register, path / "r.db", "text"),
    "values typed as numbers": lambda register, path: as_sqlite(register, path / "r.db", "numeric"),
    "final dots in codes": lambda register, path: as_xlsx(
        replace(register, figures=tuple(replace(f, code=f"{f.code}.") for f in register.figures)), path / "r.xlsx"
    ),
    "saved by openpyxl": lambda register, path: _saved_again(as_xlsx(register, path / "r.xlsx")),
}


def _saved_again(path: str) -> str:
    """Columns in another order too, and a heading above the captions."""
    workbook = openpyxl.load_workbook(path)
    for sheet in workbook:
        rows = [list(row)[::-1] for row in sheet.iter_rows(values_only=True)]
        sheet.delete_rows(1, sheet.max_row)
        for row in [["Реестр ФИРПО"], [], *rows]:
            sheet.append(row)
    workbook.save(path)
    return path


@pytest.mark.parametrize("kept", REGISTERS)
def test_registers_as_people_keep_them(small: Small, kept: str, tmp_path: Path) -> None:
    one = small.again(REGISTERS[kept](small.register, tmp_path))
    assert (one.verdict, one.differences) == ("matches", ())


@pytest.mark.parametrize(
    ("approved", "ours", "status"),
    [(2500.0, 2500.005, None), (2500.0, 2500.02, "differs"), (2500.0, "2 500,01", None), (0, "-", "differs"),
     ("-", 0, "differs"), ("-", "—", None)],
)  # fmt: skip
def test_tolerance_and_dashes(small: Small, approved: object, ours: object, status: str | None) -> None:
    """тыс. руб. are compared to a hundredth; a dash is not a zero."""
    figures = tuple(
        replace(f, value=approved) if (f.key, f.year) == ("3.1", 2026) else f for f in small.register.figures
    )
    workbook = openpyxl.load_workbook(small.path)
    sheet = workbook["План"]
    header, columns = columns_of(sheet)
    sheet.cell(rows_of(sheet, header, columns["№ п/п"])["3.1"], columns["2026"]).value = ours
    workbook.save(small.path)
    found = small.again(replace(small.register, figures=figures)).differences
    assert [d.status.value for d in found] == ([status] if status else [])


# --- command line -----------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["reconcile", *arguments], standalone_mode=False)
    return result.return_value, result.stdout, result.stderr


def test_json_document(small: Small, tmp_path: Path) -> None:
    """One document with the keys of the contract, whatever the language."""
    source = as_xlsx(small.register, tmp_path / "r.xlsx")
    workbook = openpyxl.load_workbook(small.path)
    workbook["План"]["F9"].value = 1
    workbook.save(small.path)
    code, out, _ = run(str(small.path), "--register", source, "--json")
    document = json.loads(out)
    assert code == 1
    assert set(document) == {"files", "totals"}
    (one,) = document["files"]
    assert (one["file"], one["cluster"], one["verdict"]) == (str(small.path), "ОПЦ-100", "differs")
    (difference,) = one["differences"]
    assert set(difference) == {"status", "sheet", "cell", "code", "year", "workbook", "register", "delta"}
    approved = small.draft.row("plan", "1.1.1").values["value", 0]
    assert isinstance(approved, int)
    assert difference["delta"] == 1 - approved and (difference["cell"], difference["code"]) == ("F9", "1.1.1")


def test_command_line_exit_codes(small: Small, tmp_path: Path) -> None:
    source = as_xlsx(small.register, tmp_path / "r.xlsx")
    assert run(str(small.path), "--register", source)[0] == 0
    assert run(str(small.path), str(tmp_path / "missing.xlsx"), "--register", source)[0] == 1


@pytest.mark.parametrize("register", ["missing.xlsx", "sqlite:///missing.db", "nosuch://host/base", "workbook.xlsx"])
def test_no_register_tries_nothing(
    small: Small, register: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small.path.parent)
    with pytest.raises(SystemExit) as stop:
        main(["reconcile", str(small.path), "--register", register, "--json"])
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == "" and register in printed.err


def test_register_is_read_back_as_it_was_written(small: Small, tmp_path: Path) -> None:
    for source in (as_xlsx(small.register, tmp_path / "r.xlsx"), as_sqlite(small.register, tmp_path / "r.db")):
        again = read_register(source)
        assert replace(again, source="made") == small.register


def test_an_issued_template_matches_the_register_that_issued_it(tmp_path: Path) -> None:
    """The form's own rows name the industry in their own words, and footnotes, on both sides: no other wording.

    What is left is a slip of the real programme: «материально- технической» with a space.
    """
    source = as_xlsx(register_of(real_drafts()), tmp_path / "r.xlsx")
    for draft in real_drafts():
        issued = issue_templates(draft.edition.form, tmp_path / f"{draft.edition.form}.xlsx", register=source,
                                 cluster=draft.cluster.id)  # fmt: skip
        (one,) = reconcile([issued[0].path], source).files
        assert one.verdict == "matches"
        assert [d.key for d in one.differences] == (["7"] if draft.edition.form == CENTER.form else [])
