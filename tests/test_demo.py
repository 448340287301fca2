"""The demo finds what it planted, at any size, and writes what it promises."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from python_calamine import CalamineSheet, CalamineWorkbook

from tests.led import FINDINGS, RECONCILED, TABLES, assert_led_home, led, lines, origin
from xlkit.actions.demo import DemoResult, demo
from xlkit.actions.explain import Wanted, explain
from xlkit.address import cell_name, cell_position
from xlkit.demo.faults import KINDS
from xlkit.errors import XlkitError
from xlkit.report.demo_text import demo_text
from xlkit.store.database import opened_store
from xlkit.store.explain import Entry, Explainer
from xlkit.texts import Text


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    return demo(tmp_path_factory.mktemp("demo") / "new", 40)


def test_every_planted_fault_is_found_and_nothing_else(result: DemoResult) -> None:
    assert result.missed == ()
    assert result.unplanted == ()
    assert result.exit_code == 0


def test_at_least_twenty_kinds(result: DemoResult) -> None:
    kinds = {one.kind for one in result.kinds}
    assert {kind.name for kind in KINDS} <= kinds
    assert "real" in kinds
    assert len(kinds) >= 20
    assert all(one.planted > 0 for one in result.kinds)


def test_files(result: DemoResult) -> None:
    root = Path(result.folder)
    with (root / "planted.csv").open(encoding="utf-8-sig", newline="") as stream:
        planted = list(csv.DictReader(stream))
    assert list(planted[0]) == ["workbook", "sheet", "cell", "kind", "rule"]
    assert len(planted) == sum(one.planted for one in result.kinds)
    assert (root / "register.xlsx").is_file()
    assert (root / "svod.xlsx").is_file()
    assert (root / "svod.html").is_file()
    assert len(list((root / "workbooks").glob("*.xlsx"))) >= 42


def test_what_is_said(result: DemoResult) -> None:
    """A folder with spaces in its name is one name."""
    assert list(demo_text(replace(result, folder="мои папки/демо")))[-1].startswith(
        "Посмотрите в папке «мои папки/демо»:"
    )


def test_clean_workbooks_have_no_errors(result: DemoResult) -> None:
    """No error finding in a workbook without a planted fault; the two real programmes have exactly theirs."""
    with (Path(result.folder) / "planted.csv").open(encoding="utf-8-sig", newline="") as stream:
        faulty = {row["workbook"] for row in csv.DictReader(stream)}
    clean = [one for one in result.checked.files if Path(one.file).name not in faulty]
    assert clean
    assert all(one.verdict == "valid" for one in clean)


@pytest.mark.parametrize("clusters", [0, 7])
def test_other_sizes(tmp_path: Path, clusters: int) -> None:
    said: list[Text] = []
    made = demo(tmp_path / "demo", clusters, said.append)
    assert (made.missed, made.unplanted) == ((), ())
    assert said[0].ru == f"Реестр и книги: {'2 кластера' if clusters == 0 else '9 кластеров'}"


@pytest.mark.long
def test_a_larger_field(tmp_path: Path) -> None:
    """Every pair of neighbouring kinds meets in some workbook."""
    made = demo(tmp_path / "demo", 300)
    assert (made.missed, made.unplanted) == ((), ())


def test_again_in_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {p.name: p.read_bytes() for p in _made(tmp_path)}
    assert {p.name: p.read_bytes() for p in _made(tmp_path)} == first


def _made(folder: Path) -> list[Path]:
    made = demo(folder / "demo", 1)
    assert (made.missed, made.unplanted) == ((), ())
    files = (folder / "demo").rglob("*")
    return sorted(p for p in files if p.is_file() and p.suffix != ".duckdb")  # which tells when it was made


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("important")
    with pytest.raises(XlkitError):
        demo(tmp_path, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


# --- its свод opens down to the cells ---------------------------------------------------------------------


def svod_of(result: DemoResult) -> Path:
    return Path(result.folder) / "svod.xlsx"


def test_a_hundred_totals_open_to_cells_that_hold_their_values(result: DemoResult) -> None:
    """The rows sum to the total; what they say stands in the source workbook as openpyxl reads it."""
    totals = [t for t in result.consolidated.totals if t.amount is not None]
    chosen = random.Random(6).sample([t for t in totals if t.table == "plan"], 50)
    chosen += random.Random(6).sample([t for t in totals if t.table != "plan"], 50)
    sheets, seen = source_reader(), Counter[str]()
    with opened_store(svod_of(result)) as (store, _):
        explainer = Explainer(store)
        for total in chosen:
            place = total.form, total.table, total.key, (total.year, total.quarter), total.dimension, total.group
            opened = explainer.total(*place)
            counted = [one for one in opened.entries if one.standing == "numbers"]
            assert sum(one.amount or 0 for one in counted) == pytest.approx(total.amount, abs=1e-6)
            assert Counter(one.standing for one in opened.entries) == counts(total)
            assert sum(one.why == "no_row" for one in opened.absent) == total.absent
            for entry in counted:
                assert own_sum(entry, total.mode) == pytest.approx(entry.amount)
                seen[total.table] += len(entry.cells)
                for cell in entry.cells:
                    assert sheets(entry.file, entry.sheet)[cell.cell] in (cell.number, cell.raw)
    assert min(seen["plan"], seen["indicators"], seen["actuals"]) > 0 and seen.total() > 150


def counts(total: Any) -> dict[str, int]:
    names = ("numbers", "dashes", "yes", "blank", "doubtful", "other")
    return {name: getattr(total, name) for name in names if getattr(total, name)}


def own_sum(entry: Entry, mode: str) -> float:
    """What a row's cells come to: one cell of a year; of quarters their sum, or the last of them."""
    numbers = [cell.number for cell in entry.cells if cell.number is not None]
    return sum(numbers) if mode == "прирост" else numbers[-1]


def source_reader() -> Any:
    @cache
    def sheets(file: str, sheet: str) -> dict[str, object]:
        with closing(openpyxl.load_workbook(file, read_only=True)) as book:
            return {
                one.coordinate: one.value for row in book[sheet].iter_rows() for one in row if one.value is not None
            }

    return sheets


@pytest.fixture(scope="module")
def svod(result: DemoResult) -> Workbook:
    return openpyxl.load_workbook(svod_of(result))


def test_every_sum_of_the_summary_opens_and_leads_to_its_line(result: DemoResult, svod: Workbook) -> None:
    """The store says of each cell which total it is; the свод has the same number there, and a link to «Итоги»."""
    summary, every = svod["Сводка"], svod["Итоги"]
    with opened_store(svod_of(result)) as (store, _):
        places = store.execute("SELECT row_number, column_number, total FROM sums WHERE sheet = 'Сводка'").fetchall()
    links = 0
    for row, column, number in places:
        total, cell = result.consolidated.totals[number], summary.cell(row, column)
        if isinstance(cell.value, (int, float)):
            done = round(100 * total.amount / total.planned, 1) if total.amount is not None and total.planned else None
            assert cell.value in (total.amount, total.planned, done, total.given)
        if cell.hyperlink and cell.value == total.amount:
            target = every[cell.hyperlink.location.rpartition("!")[2]]
            assert (target.value, every.cell(target.row, 5).value) == (total.amount, total.key)
            links += 1
    assert links > 500


def test_what_is_found_leads_to_its_row_and_year(result: DemoResult, svod: Workbook) -> None:
    """By what the sender's own workbook says at the cell: code and year. What the свод does not list leads nowhere."""
    read = cache(lambda file: CalamineWorkbook.from_path(f"{result.folder}/workbooks/{file}"))
    listed = {origin(row) for name in TABLES for row in lines(svod[name])}
    years, plain = 0, 0
    for line, there in chain(led(svod, FINDINGS), led(svod, RECONCILED)):
        assert (there is not None) == (origin(line) in listed), line
        if there is None:
            plain += 1
            continue
        assert_led_home(there)
        code, caption = told_at(read(line["Файл"]).get_sheet_by_name(line["Лист"]), line["Ячейка"])
        assert digits(code) in ("", digits(there.row["№ п/п"])), "a row without a number takes the next one"
        year = re.search(r"20\d\d", caption)
        assert there.caption == year[0] if year else not there.caption.isdigit()
        years += year is not None
    assert years > 80
    assert plain > 5


def told_at(sheet: CalamineSheet, cell: str) -> tuple[str, str]:
    """The code in the row of a cell, and the caption of its column, as a workbook has them."""
    contents = sheet.to_python(skip_empty_area=False)
    row, column = cell_position(cell)
    head, at = next(
        (captions, captions.index(one)) for captions in contents for one in captions
        if re.fullmatch(r"№\s*п\s*/\s*п", str(one).strip())
    )  # fmt: skip
    return str(contents[row - 1][at]), str(head[column - 1])


def digits(code: str) -> str:
    """A code without what may stand around its figures; one of them may be a letter that looks like it."""
    return re.sub(r"\W", "", code).replace("З", "3")


@pytest.mark.parametrize("sheet", ["План", "Показатели", "Итоги"])
def test_figures_of_the_lists_lead_to_their_source(result: DemoResult, sheet: str) -> None:
    sheets = source_reader()
    with closing(openpyxl.load_workbook(svod_of(result), read_only=True)) as svod:
        rows = list(svod[sheet].iter_rows(min_row=3, values_only=True))
    column = next(i for i, caption in enumerate(rows[0], start=1) if caption in ("2027", "Сумма"))
    filled = [row for row, content in enumerate(rows, start=3) if row > 3 and content[column - 1] is not None]
    for row in random.Random(sheet).sample(filled, 5):
        shown = rows[row - 3][column - 1]
        found = explain(svod_of(result), f"{sheet}!{cell_name(row, column)}")
        if sheet == "Итоги":
            assert found.totals[0].total.amount == shown
            continue
        assert found.figure is not None
        (cell,) = found.figure.cells
        assert sheets(found.figure.file, found.figure.sheet).get(cell.cell) in (cell.number, cell.raw)
        assert shown in (cell.number, cell.raw)


def test_groups_of_a_dimension_make_the_whole(result: DemoResult) -> None:
    (whole,) = explain(svod_of(result), Wanted("1", 2027)).totals
    for by in ("region", "district", "industry"):
        found = explain(svod_of(result), Wanted("1", 2027), by)
        groups = found.totals
        assert sum(one.total.amount or 0 for one in groups) == whole.total.amount
        assert {entry.group for one in groups for entry in one.entries} == {one.total.group for one in groups}
        assert sum(len(one.absent) for one in groups) + len(found.elsewhere) == len(whole.absent)


def test_the_store_can_be_asked_with_sql(result: DemoResult) -> None:
    """The view «figures» has a line per value cell, with all that is known of it."""
    with opened_store(svod_of(result)) as (store, _):
        answer = store.execute(
            "SELECT sum(number) FROM figures WHERE table_id = 'indicators' AND key = '1' AND year = 2027 "
            "AND standing = 'numbers'"
        ).fetchone()
        letters = store.execute("SELECT n, letters(n) FROM range(1, 16385) t(n)").fetchall()
    assert answer == (explain(svod_of(result), Wanted("1", 2027)).totals[0].total.amount,)
    assert all(f"{text}1" == cell_name(1, n) for n, text in letters)
