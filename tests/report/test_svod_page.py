"""The свод as a page: complete, traceable to every cell, the same to the byte, and closed to what strangers write."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.report.page_field import CLOSING, REGISTER
from xlkit.actions.consolidate import ConsolidateResult, consolidate
from xlkit.cli import main
from xlkit.consolidate import DIMENSIONS, Standing
from xlkit.report.svod import page as svod_page
from xlkit.report.svod.page import harmless_json, write_page
from xlkit.report.svod.page_data import came_late, page_data
from xlkit.resources import rule_books_folder
from xlkit.templates.registerbook import register_workbook
from xlkit.texts import using_language

PAGES = Path(svod_page.__file__).parents[1] / "pages"


@pytest.fixture
def folder(page_folder: Path) -> Path:
    return page_folder


@pytest.fixture
def result(page_result: ConsolidateResult) -> ConsolidateResult:
    return page_result


@pytest.fixture
def data(result: ConsolidateResult, folder: Path) -> dict[str, Any]:
    """What a browser reads of the page."""
    page = write_page(result, folder).decode()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = json.loads(found[1])
    assert loaded == page_data(result, folder)
    return loaded


# --- what it holds ----------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes(result: ConsolidateResult, folder: Path) -> None:
    written = write_page(result, folder)
    assert write_page(consolidate([folder], REGISTER), folder) == written
    with using_language("en"):
        assert write_page(result, folder) == written, "the page is Russian whatever the language of messages"


def members(table: dict[str, Any], row: int, when: int) -> Iterator[tuple[int, object, bool]]:
    """What the page makes a total of: cluster, figure, whether it is in question."""
    width = 2 if table["actuals"] else 1
    for cluster, _, _, periods, _, rows, questioned in table["books"]:
        if when in periods:
            at, line = next(((i, one) for i, one in enumerate(rows) if one[0] == row), (0, None))
            yield cluster, line[2 + periods.index(when) * width] if line else None, [at, when] in questioned


def test_every_total_is_the_sum_of_what_it_opens_to(data: dict[str, Any], result: ConsolidateResult) -> None:
    marks = ["-", "=", "", "!", "~"]
    checked = in_question = 0
    for table in data["tables"]:
        for dimension, group, row, when, amount, planned, *counts in table["totals"]:
            name = DIMENSIONS[dimension]
            field = ["id", "name", "industry", "region", "district"].index(name) if dimension else None
            wanted = table["groups"][name][group]
            mine = [
                (figure, questioned) for cluster, figure, questioned in members(table, row, when)
                if field is None or data["clusters"][cluster][field] == wanted
            ]  # fmt: skip
            figures = [figure for figure, _ in mine]
            numbers = [figure for figure in figures if isinstance(figure, (int, float))]
            texts = [figure[:1] for figure in figures if isinstance(figure, str)]
            found = [len(numbers), *(texts.count(mark) for mark in marks), figures.count(None)]
            found.append(sum(questioned for _, questioned in mine))
            assert found == counts + [0] * (8 - len(counts))
            in_question += found[-1]
            assert amount is None or amount == pytest.approx(sum(numbers))
            checked += planned is not None
    assert checked, "there are totals of actuals with their plan"
    assert in_question == 4 * len(DIMENSIONS), "each of them in a total of every dimension"
    assert sum(len(table["totals"]) for table in data["tables"]) == len(result.totals)


def test_every_figure_names_the_cell_that_holds_it(data: dict[str, Any], folder: Path) -> None:
    books: dict[str, Any] = {}
    checked = 0
    for table in (one for one in data["tables"] if not one["actuals"]):
        for _, file, sheet, _, columns, rows, _ in table["books"]:
            name = data["files"][file][0]
            books.setdefault(name, openpyxl.load_workbook(folder / name, data_only=True))
            for _, number, *figures in rows:
                for column, figure in zip(columns, figures, strict=True):
                    held = books[name][sheet][f"{column}{number}"].value
                    if isinstance(figure, (int, float)):
                        assert held == figure
                        checked += 1
                    elif figure and figure[0] in "!~":
                        assert str("" if held is None else held) == figure[1:]
    assert checked > 100


def test_actuals_name_the_cells_from_the_first_to_the_quarter(data: dict[str, Any], folder: Path) -> None:
    (table,) = (one for one in data["tables"] if one["actuals"])
    ((_, file, sheet, _, (columns,), rows, _),) = table["books"]
    cells = openpyxl.load_workbook(folder / data["files"][file][0], data_only=True)[sheet]
    first, last = columns.split(":")
    for _, number, figure, _ in rows:
        held = [cell.value for cell in cells[f"{first}{number}:{last}{number}"][0]]
        assert len(held) == 3, "the beginning of the year and two quarters"
        if figure == 660:
            assert held == ["-", 500, 160]
            return
    raise AssertionError("the row was not found")


def test_intake_findings_and_differences_are_complete(data: dict[str, Any], result: ConsolidateResult) -> None:
    assert [line[4] for line in data["intake"]] == [line.standing.value for line in result.intake]
    told = [one for found in result.findings for one in found.findings if one.severity.value != "info"]
    assert [(line[3], line[5]) for line in data["findings"]] == [(one.rule, one.location.cell or "") for one in told]
    assert len(data["differences"]) == sum(len(one.differences) for _, one in result.reconciled)
    assert data["counts"] == result.counts | {"late": 1}


def test_late_is_what_changed_after_the_last_second(result: ConsolidateResult) -> None:
    late = {Path(line.file or "").name for line in result.intake if came_late(line)}
    assert late == {"ОПЦ-002.xlsx"}
    line = next(line for line in result.intake if line.standing is Standing.NOT_SUBMITTED)
    assert not came_late(replace(line, modified=9e9)), "what did not come is not late but missing"


def test_every_region_has_one_tile() -> None:
    with (PAGES / "svod" / "tiles.csv").open(encoding="utf-8") as file:
        tiles = list(csv.DictReader(file))
    with (rule_books_folder() / "regions.csv").open(encoding="utf-8") as file:
        regions = [one["region"] for one in csv.DictReader(file)]
    assert sorted(one["region"] for one in tiles) == sorted(regions)
    assert len({(one["column"], one["row"]) for one in tiles}) == len({one["label"] for one in tiles}) == 89


# --- what it must not do ----------------------------------------------------------------------------------


def test_no_text_ends_the_data_or_runs(result: ConsolidateResult, folder: Path) -> None:
    page = write_page(result, folder).decode()
    assert page.count("</script") == 5, "the data, three libraries, and what is ours"
    assert "<!--" not in page
    assert "<img" not in page
    assert "window.taken=1" in page, "it is there, as a text"
    text = harmless_json({"a": f"{CLOSING}&'\u2028\u2029\udcff"})
    assert not re.search("[<>&'\u2028\u2029]", text)
    assert json.loads(text) == {"a": f"{CLOSING}&'\u2028\u2029\udcff"}


def test_the_policy_lets_only_our_scripts_run(result: ConsolidateResult) -> None:
    page = write_page(result).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 4
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]
    assert policy[1] == f"default-src 'none'; style-src 'unsafe-inline'; script-src {' '.join(hashes)}"


def test_libraries_lie_with_their_licences() -> None:
    told = (PAGES / "vendor" / "README.md").read_text(encoding="utf-8")
    for name in svod_page._VENDOR:
        library, version = re.match(r"(\w+)-([0-9.]+[0-9])", name).groups()  # type: ignore[union-attr]
        assert version in (PAGES / "vendor" / name).read_text(encoding="utf-8")[:200] or library == "plot"
        assert (PAGES / "vendor" / f"{library}-LICENSE.txt").is_file()
        assert f"`{name}`" in told
        assert f" {version}," in told


# --- the command ------------------------------------------------------------------------------------------


@pytest.fixture
def desk(folder: Path, tmp_path: Path) -> dict[str, Path]:
    """A register and one workbook, and where the results go."""
    register = tmp_path / "реестр.xlsx"
    register.write_bytes(register_workbook(REGISTER))
    book = tmp_path / "книги" / "ОК-001.xlsx"
    book.parent.mkdir()
    book.write_bytes((folder / "ОК-001.xlsx").read_bytes())
    return {"register": register, "book": book, "svod": tmp_path / "свод.xlsx", "page": tmp_path / "свод.html"}


def consolidated(desk: dict[str, Path], report: object) -> int:
    arguments = ["consolidate", desk["book"].parent, "--register", desk["register"], "-o", desk["svod"]]
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in (*arguments, "--report", report)])
    return int(ended.value.code or 0)


def test_the_command_writes_both(desk: dict[str, Path]) -> None:
    assert consolidated(desk, desk["page"]) in (0, 1)
    assert desk["svod"].is_file()
    page = desk["page"].read_bytes()
    assert page.startswith(b"<!doctype html>")
    assert '["ОК-001.xlsx","./%D0%BA'.encode() in page, "links lead from where the page stands"


@pytest.mark.parametrize("name", ["book", "register", "svod"])
def test_the_page_replaces_nothing_that_is_read_or_written(desk: dict[str, Path], name: str) -> None:
    before = desk[name].read_bytes() if desk[name].exists() else None
    assert consolidated(desk, desk[name]) == 2
    assert (desk[name].read_bytes() if desk[name].exists() else None) == before
    assert not desk["svod"].exists()


def test_an_earlier_page_among_the_workbooks_is_nothing_to_tell(desk: dict[str, Path]) -> None:
    page = desk["book"].with_name("свод.html")
    written = [consolidated(desk, page) and page.read_bytes() for _ in range(2)]
    assert written[0] == written[1]
    assert consolidated(desk, "-") == 2
