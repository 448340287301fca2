"""Figures in question: a total says how many it holds, wherever it is shown, and ``explain`` says which and why."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from tests.draw import CENTER, CLEAN_ACTUALS, SECOND_QUARTER, address, draw
from tests.store.field import Field
from xlkit.actions.explain import Wanted, explain
from xlkit.actions.inputs import find_inputs
from xlkit.actions.svod import consolidate_to
from xlkit.consolidate import ALL, DISTRICT
from xlkit.report.explain_text import explain_document, explain_text
from xlkit.report.lists.paging import first_row
from xlkit.rules.registered import Cluster, Register
from xlkit.store.database import opened_store
from xlkit.store.explain import Entry, Explainer, Opened

QUESTIONED = {
    ("plan", "6.1.1", 2026, 0): {"V-121"},
    ("plan", "6.1.1", 2027, 0): {"V-121"},
    ("plan", "6.1.1", 2028, 0): {"V-121"},
    ("indicators", "7", 2026, 0): {"R-107"},
    ("indicators", "1", 2027, 0): {"C-101"},
    ("actuals", "5", 2026, 2): {"C-101"},
}
"""The totals with one questionable figure each, and why it is."""

Place = tuple[str, str, int, int]


@pytest.fixture(scope="module")
def opened(field: Field) -> dict[Place, Opened]:
    """The totals over all clusters, but of most of the plan, as ``explain`` opens them."""
    every = [(t.table, t.key, t.year, t.quarter) for t in field.result.totals if t.dimension == ALL]
    places = [place for place in every if place[0] != "plan" or place[1].startswith("6.1")]
    with opened_store(field.svod) as (store, _):
        explainer = Explainer(store)
        return {place: explainer.total(CENTER, place[0], place[1], place[2:]) for place in places}


def reasons(one: Entry) -> set[str]:
    return {remark.rule for remark in (*one.remarks, *(remark for cell in one.cells for remark in cell.remarks))}


def test_totals_count_what_is_in_question(field: Field) -> None:
    for dimension in (ALL, DISTRICT):
        mine = [t for t in field.result.totals if t.dimension == dimension]
        found = {(t.table, t.key, t.year, t.quarter): t.questioned for t in mine if t.questioned}
        assert found == dict.fromkeys(QUESTIONED, 1)
        assert all(t.questioned <= t.numbers + t.yes for t in mine)


def test_explain_says_which_and_why(opened: dict[Place, Opened]) -> None:
    told = {}
    for place, one in opened.items():
        assert sum(entry.questioned for entry in one.entries) == one.total.questioned
        for entry in one.entries:
            if entry.questioned:
                told[place] = reasons(entry)
            else:
                assert not reasons(entry) or entry.standing not in ("numbers", "yes"), place
    assert told == QUESTIONED


def test_what_is_in_question_is_told_first(field: Field) -> None:
    svod = field.svod
    found = explain(svod, Wanted("7", 2026, "Показатели"))
    said = list(explain_text(found))
    assert "в сумме кластеров 4 из 4 с принятой книгой, не хватает 0; под вопросом 1; ещё 2 кластера" in said[1]
    assert said[2] == "В сумме: 4, из них под вопросом 1"
    assert said[3].startswith("  ОПЦ-002  19") and said[4].startswith("      R-107 D13: ")
    rows = explain_document(found)["totals"][0]["rows"]
    assert [row["questioned"] for row in rows] == [False, True, False, False]
    groups = list(explain_text(explain(svod, Wanted("7", 2026, "Показатели"), "region")))
    assert groups[2].split("  ")[-4:-2] == ["В сумме", "Под вопросом"] and groups[3].split()[-4:] == list("3101")
    one = explain_document(explain(svod, Wanted("6.1.1", 2026)))["totals"][0]["rows"][0]
    assert [m["rule"] for m in one["findings"]] == ["V-121"]


def test_the_svod_marks_its_sums(field: Field) -> None:
    """A sign behind the number, which stays one; how many in a column of their own."""
    svod, result = field.svod, field.result
    book = openpyxl.load_workbook(io.BytesIO(svod.read_bytes()))
    summary, listed = book["Сводка"], book["Итоги"]
    with opened_store(svod) as (store, _):
        places = store.execute("SELECT row_number, column_number, total FROM sums WHERE sheet = 'Сводка'").fetchall()
    signed: dict[str, set[int]] = {'"?"': set(), "0_?": set()}
    for row, column, number in places:
        cell = summary.cell(row, column)
        if cell.number_format[-3:] in signed and isinstance(cell.value, (int, float)):
            signed[cell.number_format[-3:]].add(number)
            assert cell.value == result.totals[number].amount
            assert ("Под вопросом: 1" in cell.hyperlink.tooltip) is (result.totals[number].questioned > 0)
    shown = {number for *_, number in places if result.totals[number].amount is not None}
    assert signed['"?"'] == {number for number in shown if result.totals[number].questioned}
    assert signed["0_?"] == shown - signed['"?"']
    captions = [cell.value for cell in listed[first_row() - 1]]
    column = captions.index("Под вопросом")
    rows = list(listed.iter_rows(min_row=first_row(), values_only=True))
    assert [row[column] or 0 for row in rows] == [total.questioned for total in result.totals]
    last = [(row[0], row[25]) for row in summary.iter_rows(values_only=True) if isinstance(row[25], int)]
    assert last == [("1", 1), ("7", 1), ("5", 1), ("6.1.1", 3)], "of all years together; of actuals by period"


def test_actuals_of_another_mode_are_told_as_such(tmp_path: Path) -> None:
    cells = {address(CENTER, "actuals 5 mode"): "за год"}
    book = draw(
        tmp_path / "1.xlsx", title={"cluster_id": "ОПЦ-1", "period": SECOND_QUARTER}, actuals=CLEAN_ACTUALS, cells=cells
    )
    register = Register("реестр.xlsx", (Cluster("ОПЦ-1", "К", "ОПЦ(К)"),))
    consolidate_to(str(tmp_path / "свод.xlsx"), find_inputs([book]), register)
    (total,) = explain(tmp_path / "свод.xlsx", Wanted("5", 2026, "Факт", quarter=2)).totals
    assert (total.total.other, total.total.blank, total.total.amount) == (1, 0, None)
    (entry,) = total.entries
    assert entry.standing == "other" and reasons(entry) == {"V-125"}
