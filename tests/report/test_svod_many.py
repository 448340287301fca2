"""Lists that one sheet does not hold, more links than Excel keeps, more findings than a page shows."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

import numpy as np
import openpyxl
import pytest
from lxml import etree
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

import xlkit.report.lists.links as links
import xlkit.report.lists.paging as paging
import xlkit.report.svod.page_lists as page_lists
from tests.draw import CLEAN_ACTUALS, SECOND_QUARTER, draw
from tests.led import FINDINGS, HEADER, RECONCILED, assert_led_home, led, pages
from tests.schemas import mistakes, needs_schemas
from xlkit.actions.consolidate import ConsolidateResult, consolidate
from xlkit.address import cell_name
from xlkit.report.lists.bulk import AT, Fragments, cells_of
from xlkit.report.svod.leads import Whereabouts
from xlkit.report.svod.page_data import page_data
from xlkit.report.svod.workbook import write_placed_svod, write_svod
from xlkit.rules.registered import Cluster, Figure, Register
from xlkit.store.places import Places

ROWS = 50
LISTS = ("План", "Показатели", "Факт", "Замечания", "Сверка", "Приём", "Итоги")
LINKED = {"Сводка", "Замечания", "Сверка", "Приём"}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ConsolidateResult:
    """Two workbooks with many findings and differences, one of them with actuals."""
    folder = tmp_path_factory.mktemp("many")
    plan = "| code | 2026 | 2027 |\n| 1.3.2 | десять | много |\n| 6.1.2 | сто | ~ |"
    draw(folder / "1.xlsx", title={"cluster_id": "ОПЦ-001"}, plan=plan)
    draw(folder / "2.xlsx", title={"cluster_id": "ОПЦ-002", "period": SECOND_QUARTER}, actuals=CLEAN_ACTUALS)
    clusters = tuple(
        Cluster(f"ОПЦ-00{i}", f"Кластер {i}", "ОПЦ(К)", "Металлургия", "Калужская область", "ЦФО") for i in (1, 2)
    )
    figures = [
        Figure(one.id, "program_center", "indicators", "", key, key, "", "", "", "", 2026, float(value))
        for one in clusters
        for value, key in enumerate("1234567", start=10)
    ]
    return consolidate([folder], Register("реестр.xlsx", clusters, tuple(figures)))


@pytest.fixture(scope="module")
def whole(result: ConsolidateResult) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(write_svod(result)))


@pytest.fixture(scope="module")
def cut(result: ConsolidateResult) -> Iterator[tuple[bytes, Workbook, Places]]:
    """The same on sheets of a few rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "MAX_ROWS", ROWS)
        written, places = write_placed_svod(result)
    yield written, openpyxl.load_workbook(io.BytesIO(written)), places


def rows(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(min_row=HEADER + 1, values_only=True))


def linked(sheet: Worksheet) -> list[tuple[str, str]]:
    return [(cell.coordinate, str(cell.hyperlink.location)) for row in sheet for cell in row if cell.hyperlink]


# --- sheets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_goes_on_on_further_sheets(whole: Workbook, cut: tuple[bytes, Workbook, Places], name: str) -> None:
    _, book, _ = cut
    sheets = pages(book, name)
    assert list(chain(*map(rows, sheets))) == rows(whole[name])
    assert [sheet.title for sheet in sheets] == [name, *(f"{name} ({i})" for i in range(2, len(sheets) + 1))]
    for sheet in sheets:
        assert 0 < len(rows(sheet)) <= ROWS
        assert [c.value for c in sheet[HEADER]] == [c.value for c in whole[name][HEADER]]
        assert sheet.freeze_panes == whole[name].freeze_panes
        assert sheet.print_title_rows == whole[name].print_title_rows
        assert sheet.auto_filter.ref == f"A{HEADER}:{cell_name(HEADER + len(rows(sheet)), sheet.max_column)}"
    notes = [str(sheet["A2"].value) for sheet in sheets]
    for before, after in pairwise(sheets):
        assert f"Продолжение — на листе «{after.title}»." in str(before["A2"].value)
        assert f"Начало — на листе «{name}»." in str(after["A2"].value)
    assert "Продолжение" not in notes[-1]


def test_some_lists_are_long_enough_to_try_it(cut: tuple[bytes, Workbook, Places]) -> None:
    assert {name for name in LISTS if len(pages(cut[1], name)) > 1} >= {"План", "Сверка", "Итоги"}


@needs_schemas
def test_the_workbook_is_valid(cut: tuple[bytes, Workbook, Places]) -> None:
    assert mistakes(cut[0]) == []


def test_the_contents_name_every_sheet(cut: tuple[bytes, Workbook, Places]) -> None:
    _, book, _ = cut
    leading = {str(cell.value) for row in book["Сводка"].iter_rows(max_row=40) for cell in row if cell.hyperlink}
    assert leading >= {name for name in book.sheetnames if name != "Сводка"}


def test_links_lead_to_the_line_they_mean(cut: tuple[bytes, Workbook, Places], result: ConsolidateResult) -> None:
    """From a sum to its line of the totals, from a count of the intake to the file's first line."""
    _, book, places = cut
    led = dict(linked(book["Сводка"]))
    for sheet, row, column, number in places.sums:
        target = re.fullmatch(r"'(.+)'!J(\d+)", led.get(cell_name(row, column), ""))
        if target is not None:
            assert (sheet, book[target[1]][f"J{target[2]}"].value) == ("Сводка", result.totals[number].amount)
            assert book[target[1]][f"E{target[2]}"].value == result.totals[number].key
    for intake in pages(book, "Приём"):
        files = {cell.row: cell.value for cell in intake["K"]}
        for place, location in linked(intake):
            target = re.fullmatch(r"'(.+)'!A(\d+)", location)
            assert target is not None
            assert book[target[1]][f"A{target[2]}"].value == files[intake[place].row]


def test_places_name_the_sheet_of_every_row(cut: tuple[bytes, Workbook, Places], result: ConsolidateResult) -> None:
    _, book, places = cut
    told = 0
    for listed in places.lists:
        captions = [cell.value for cell in book[listed.sheet][HEADER]]
        code = captions.index("№ п/п")
        for block in listed.rows:
            frame = result.parts[block.part].frames.rows
            shown = [book[listed.sheet].cell(block.first + i, code + 1).value for i in range(len(block.lines))]
            assert shown == frame["code"].loc[block.lines].tolist()
            told += len(shown)
    assert told == sum(len(rows(sheet)) for name in LISTS[:3] for sheet in pages(book, name))
    totals = [(one.sheet, one.first + i, number) for one in places.totals for i, number in enumerate(one.totals)]
    assert [book[sheet][f"E{row}"].value for sheet, row, _ in totals] == [result.totals[n].key for *_, n in totals]


# --- links ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [FINDINGS, RECONCILED])
@pytest.mark.parametrize("paged", [False, True])
def test_what_is_found_leads_to_its_row(
    whole: Workbook, cut: tuple[bytes, Workbook, Places], name: str, paged: bool
) -> None:
    """On whatever sheet the row stands, and the line of the list."""
    found = [there for _, there in led(cut[1] if paged else whole, name) if there]
    for one in found:
        assert_led_home(one)
        if name == RECONCILED:
            assert (one.line["№ п/п"], one.line["Год"]) == (one.row["№ п/п"], one.caption)
            assert one.line["В книге"] == one.row[one.caption]
    assert found
    assert any("(2)" in one.sheet for one in found) is (paged and name == RECONCILED)


def test_what_no_row_holds_leads_nowhere(cut: tuple[bytes, Workbook, Places], result: ConsolidateResult) -> None:
    """Captions above a table, what is below it, other sheets, other files, no cell at all."""
    (part,) = result.parts
    file, rows_frame = part.frames.files[0], part.frames.rows
    mine = rows_frame[(rows_frame["workbook"] == 0) & (rows_frame["sheet"] == "Показатели")]
    numbers = range(1, max(mine["row"]) + 3)
    where = Whereabouts(result.parts, cut[2].lists)
    leads = where.leads([(file, "Показатели", f"D{row}") for row in numbers])
    assert [row for row, page in zip(numbers, leads.pages, strict=True) if page >= 0] == mine["row"].tolist()
    others = [(file, "Титул", "B2"), (file, "Показатели", None), (file, None, None), ("нет.xlsx", "Показатели", "D7"),
              (None, None, None)]  # fmt: skip
    assert where.leads(others).pages.tolist() == [-1] * len(others)


def test_only_short_lists_have_links(whole: Workbook) -> None:
    assert {sheet.title for sheet in whole if linked(sheet)} <= LINKED
    assert links.MAX_LINKS <= 65_530


def test_more_links_than_excel_keeps_are_texts(
    whole: Workbook, result: ConsolidateResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MAX_LINKS", 20)
    fewer = openpyxl.load_workbook(io.BytesIO(write_svod(result)))
    assert len(linked(whole["Сводка"])) > 20
    for name in ("Сводка", "Сверка"):
        assert linked(fewer[name]) == linked(whole[name])[:20] != linked(whole[name])
    for sheet in whole:
        assert list(sheet.values) == list(fewer[sheet.title].values)


def test_the_links_of_all_columns_of_a_sheet_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two columns on two sheets of three rows; a sheet has two links at most."""
    monkeypatch.setattr(links, "MAX_LINKS", 2)
    first, second = ([("План", 5) if led else None for led in column] for column in ((1, 0, 0, 1, 1, 1), (1,) * 6))
    kept = links.limited([links.leads_of(first), links.leads_of(second)], [(0, 3), (3, 6)])
    assert [one.pages.tolist() for one in kept] == [[0, -1, -1, 0, 0, -1], [0, -1, -1, -1, -1, -1]]


def test_names_of_sheets_are_written_safely() -> None:
    leads = links.leads_of([None, ('Д\'Арк & <"Ко">', 7)])
    (written,) = links.links_xml(3, leads, 0, 2, 10)
    (link,) = etree.fromstring(b"<all>" + written + b"</all>")
    assert dict(link.attrib) == {
        "ref": "C11", "location": "'Д''Арк & <\"Ко\">'!A7", "tooltip": "Лист «Д'Арк & <\"Ко\">», строка 7",
    }  # fmt: skip


# --- rows as XML ------------------------------------------------------------------------------------------


def test_rows_are_made_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlkit.report.lists.bulk._AT_ONCE", 2)
    made = Fragments()
    made.add(np.array([0, 1, 0, 1, 0]), [f"<a{AT}>", f"<b{AT}>"])
    pieces = list(made.row_xml(1, 5, 10))
    assert pieces == [b"<b10><a11>", b"<b12><a13>"]


def test_true_is_not_one() -> None:
    cells = cells_of([1, True, 1.0, "1", None])
    assert [cells.words[code] for code in cells.codes] == [1, "True", 1, "1", None]


def test_the_file_is_whole(cut: tuple[bytes, Workbook, Places]) -> None:
    with zipfile.ZipFile(io.BytesIO(cut[0])) as package:
        assert package.testzip() is None
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
        strings = package.read("xl/sharedStrings.xml").decode()
    told = re.search(r'count="(\d+)" uniqueCount="(\d+)"', strings)
    assert told is not None
    assert int(told[1]) >= sum(sheet.count('t="s"') for sheet in sheets)
    assert int(told[2]) == strings.count("<si>")
    assert not any("<!--" in sheet for sheet in sheets)


# --- the page ---------------------------------------------------------------------------------------------


def test_a_page_shows_the_first_findings_and_counts_all(
    result: ConsolidateResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: dict[str, Any] = page_data(result)
    monkeypatch.setattr(page_lists, "PER_RULE", 1)
    few = page_data(result)
    assert few["found"] == whole["found"]
    assert sum(count for *_, count, _ in few["found"]) == len(whole["findings"]) > len(few["findings"])
    kinds = [(severity, rule) for _, _, severity, rule, *_ in few["findings"]]
    assert len(set(kinds)) == len(kinds) == len(whole["found"])


def test_a_page_shows_the_largest_differences(result: ConsolidateResult, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: dict[str, Any] = page_data(result)
    monkeypatch.setattr(page_lists, "DIFFERENCES", 3)
    few = page_data(result)
    assert few["compared"] == len(whole["differences"]) > 3
    deltas = sorted((abs(line[9]) for line in whole["differences"] if line[9] is not None), reverse=True)
    assert sorted((abs(line[9]) for line in few["differences"]), reverse=True) == deltas[:3]


def test_a_text_stands_once_in_a_page(result: ConsolidateResult) -> None:
    data: dict[str, Any] = page_data(result)
    assert len(set(data["texts"])) == len(data["texts"])
    told = [one for found in result.findings for one in found.findings if one.severity.value != "info"]
    shown = [(data["texts"][line[4]], data["texts"][line[6]]) for line in data["findings"]]
    assert [sheet for sheet, _ in shown] == [one.location.sheet or "" for one in told]
    assert all(one.message.ru.startswith(said[:200].rstrip("…")) for one, (_, said) in zip(told, shown, strict=True))
