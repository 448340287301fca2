"""Every counter of the summary opens to just as many workbooks, clusters or figures as it shows."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.store.field import VOLGA, Field
from xlkit.actions.explain import explain
from xlkit.address import cell_name
from xlkit.consolidate import Standing
from xlkit.report.explain_text import explain_document, explain_text
from xlkit.store.counters import OpenedCounter, open_counter
from xlkit.store.database import opened_store

STANDINGS = ("accepted", "with_findings", "submitted_twice", "not_submitted", "refused")
NUMBERED = ("errors", "differences", "findings")
OF_ROWS = ("dashes", "doubtful", "other", "absent", "questioned", "doubtful other")


@pytest.fixture(scope="module")
def counters(field: Field) -> dict[str, OpenedCounter]:
    """The counters, opened at their last cells, by their first; of those of single rows one for each place of kinds."""
    chosen = (
        "SELECT row_number, first_column, last_column FROM counters "
        "WHERE key = '' OR what = 'dashes' AND key = '1.3.1' OR shown IS NOT NULL AND what <> 'dashes'"
    )
    with opened_store(field.svod) as (store, _):
        places = store.execute(chosen).fetchall()
        found = {}
        for row, first, last in places:
            opened = open_counter(store, "Сводка", row, last)
            assert opened is not None
            found[cell_name(row, first)] = opened
        return found


def counted(one: OpenedCounter) -> float:
    """How many there are of what a counter counts."""
    if one.tally.key:
        return sum(len(total.entries) + len(total.absent) for total in one.totals)
    if one.tally.what in NUMBERED:
        return sum(line.number or 0 for line in one.lines)
    if one.tally.what in ("refused", "books"):
        return len(one.lines)
    return len({(line.cluster, line.form, line.year, line.quarter) for line in one.lines})


def test_a_counter_opens_to_what_it_shows(field: Field, counters: dict[str, OpenedCounter]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(field.svod.read_bytes()))["Сводка"]
    shown = {cell: sheet[cell].value for cell in counters}
    assert {c: v for c, v in shown.items() if isinstance(v, (int, float))} == {
        c: one.shown for c, one in counters.items() if one.shown is not None and not isinstance(shown[c], str)
    }
    percents = {c for c, one in counters.items() if one.tally.what == "received"}
    assert {c: counted(one) for c, one in counters.items() if c not in percents} == {
        c: one.shown or 0 for c, one in counters.items() if c not in percents
    }
    kinds = {one.tally.what for one in counters.values() if one.shown}
    assert kinds >= {"expected", "received", *STANDINGS, *NUMBERED, "books", "registered", "entered", *OF_ROWS}


def test_a_share_opens_to_those_that_came(counters: dict[str, OpenedCounter]) -> None:
    every = {(o.tally.form, o.tally.group): counted(o) for o in counters.values() if o.tally.what == "expected"}
    shares = [one for one in counters.values() if one.tally.what == "received"]
    for one in shares:
        assert one.shown == round(100 * counted(one) / every[one.tally.form, one.tally.group])
    assert {one.shown for one in shares} == {0, 67, 100}


def test_counters_in_words(field: Field, counters: dict[str, OpenedCounter]) -> None:
    def said(what: str, **more: object) -> list[str]:
        found = (
            cell for cell, one in counters.items()
            if one.tally.what == what and one.shown and all(getattr(one.tally, n) == v for n, v in more.items())
        )  # fmt: skip
        lines = explain_text(explain(field.svod, f"Сводка!{next(found)}"))
        return [line.replace(f"{field.svod.parent}/книги/", "") for line in lines]

    first, heading, *files = said("submitted_twice")
    assert first.endswith(" — счётчик «представлено дважды»: 1") and heading == "Представлено дважды: 1 (файлов 2)"
    assert [line.split(" · ")[4] for line in files] == ["4.xlsx", "4 новая.xlsx"]
    first, *others = said("not_submitted", group=VOLGA)
    assert first.endswith(f"«не представлено»: 2 · федеральный округ: {VOLGA}")
    assert others == ["Не представлено: 2", "  ОПЦ-003 · К3 · ОПЦ(К) · план", "  ОПЦ-006 · К6 · ОПЦ(К) · план"]
    numbers = [int(line.split("различий: ")[1].split(" ")[0]) for line in said("differences")[4:7]]
    assert numbers == sorted(numbers, reverse=True) and all(numbers), "those with the most first"
    first, *others = said("questioned", key="6.1.1")
    assert first.endswith("«под вопросом»: 3 · ОПЦ(К) · План · строка 6.1.1")
    assert others[0] == "2026: 1" and others[1].startswith("  ОПЦ-001  72  1.xlsx  План!")
    assert said("absent", key="6.5.1")[1:3] == ["2026: 1", "В книге нет такой строки: 1"]


def test_a_counter_as_json(field: Field, counters: dict[str, OpenedCounter]) -> None:
    cell = next(c for c, one in counters.items() if one.tally.what == "errors")
    found = explain_document(explain(field.svod, f"Сводка!{cell}"))
    counter = found["counter"]
    assert found["totals"] == [] and (counter["what"], counter["shown"]) == ("errors", counters[cell].shown)
    assert sum(one["number"] for one in counter["files"]) == counter["shown"]
    assert {Standing(one["standing"]) for one in counter["files"]} >= {Standing.WITH_FINDINGS}
