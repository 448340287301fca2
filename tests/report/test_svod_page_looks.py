"""The page of the свод in a browser: by mouse and by keyboard, in both themes and printed, without a request."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Page, chromium
from tests.office import need_program
from tests.report.page_field import CLOSING, IMAGE, VOLGA
from xlkit.actions.consolidate import ConsolidateResult
from xlkit.report.svod.page import write_page

SHOWN = "[...document.querySelectorAll('{} tbody tr')].map(row => row.cells[{}].textContent)"
TITLE = "document.querySelector('#drill-title').textContent"
FOCUSED = """(element => [getComputedStyle(element).outline.match(/3px|solid/g).sort().join(" "), element.textContent])(
document.activeElement)"""
OPEN = "document.querySelector('#drill').open"

OUTSIDE = """
[...document.querySelectorAll("header button, .controls select, .controls button, .tiles button")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth).map(e => e.textContent)
"""

CONTRASTS = """
(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const shade = colours => {
    context.fillStyle = "#fff"; context.fillRect(0, 0, 1, 1);
    for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let count = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest('script, noscript, option, [aria-disabled="true"]')) continue;
    const backs = [];
    for (let e = element; e; e = e.parentElement) backs.unshift(getComputedStyle(e).backgroundColor);
    const style = getComputedStyle(element), ink = element.closest("svg text") ? style.fill : style.color;
    const [a, b] = [shade(backs), shade([...backs, ink])].sort((x, y) => y - x);
    count += 1;
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${element.tagName} ${element.className} ${walker.currentNode.data}`);
  }
  return [count, [...new Set(poor)]];
})()
"""


@pytest.fixture(scope="module")
def opened(page_result: ConsolidateResult, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("looks") / "свод.html"
    file.write_bytes(write_page(page_result, file.parent))
    with chromium() as browser:
        browser.open(file, "document.documentElement?.dataset.ready")
        assert browser.requests == [file.as_uri()]
        yield browser


@pytest.fixture
def page(opened: Page) -> Iterator[Page]:
    """The page, as an earlier test may have left it; it has said nothing and asked for nothing but itself."""
    opened.theme("light")
    if opened.run(OPEN):
        opened.press("Escape")
    yield opened
    assert opened.console == []
    assert len(opened.requests) == 1
    assert opened.run("window.taken") is None, "a text of a workbook was run"


def column(page: Page, table: str, number: int) -> list[str]:
    shown: list[str] = page.run(SHOWN.format(table, number))
    return shown


def choose(page: Page, label: str, text: str) -> None:
    """By keyboard: focus a choice by its label and type the beginning of an option."""
    chosen = (
        f"[...document.querySelectorAll('label')].find(e => e.firstChild.data === '{label}').querySelector('select')"
    )
    page.run(f"{chosen}.focus()")
    page.run("window.choice = document.activeElement")
    options = page.run("[...choice.options].map(one => one.text)")
    page.press("Home")
    for _ in range(options.index(text)):
        page.press("ArrowDown")
    assert page.run("choice.selectedOptions[0].text") == text


def test_names_that_look_like_markup_are_texts(page: Page) -> None:
    assert page.run("document.querySelectorAll('img, b b, td script').length") == 0
    assert page.run(r"document.body.innerText.match(/\b(All|Search|Show|Next)\b/)") is None, "all words are Russian"
    first = column(page, "#intake-table", 0)[0]
    assert first == f"ОПЦ-001 {IMAGE}"
    page.click("#intake-table tbody button")
    opened = page.run("document.querySelector('#drill').textContent")
    assert CLOSING in opened
    assert "<b>книга & сын.xlsx" in opened
    page.press("Escape")


def test_intake_is_filtered_by_choice_search_and_headline(page: Page) -> None:
    assert len(column(page, "#intake-table", 0)) == 7
    choose(page, "Федеральный округ", VOLGA)
    assert [text[:7] for text in column(page, "#intake-table", 0)] == ["ОПЦ-002", "ОПЦ-003", "ОК-001 ", "ОПЦ-003"]
    choose(page, "Приём", "не представлено")
    assert [text[:7] for text in column(page, "#intake-table", 0)] == ["ОПЦ-003"]
    page.click("#headline li:nth-child(6) button")
    assert column(page, "#intake-table", 6) == ["сломанная.xlsx"], "as many as the headline says"
    page.click("#intake-controls button")
    page.run("document.querySelector('#intake-table input').focus()")
    page.type("сломанная")
    assert column(page, "#intake-table", 6) == ["сломанная.xlsx"]
    page.click("#intake-controls button")
    assert len(column(page, "#intake-table", 0)) == 7
    assert page.run("document.querySelector('#intake-table input').value") == ""
    page.click("#headline li:nth-child(7) button")
    assert ["после срока" in text for text in column(page, "#intake-table", 4)] == [True]
    page.click("#intake-controls button")


def test_tables_are_sorted_by_mouse_and_by_keyboard(page: Page) -> None:
    head = "#intake-table th:nth-child(1)"
    before = column(page, "#intake-table", 0)
    page.click(f"{head} .dt-column-order")
    page.wait(f"document.querySelector('{head}').getAttribute('aria-sort') === 'ascending'")
    ascending = column(page, "#intake-table", 0)
    assert ascending != before
    page.run(f"document.querySelector('{head} .dt-column-order').focus()")
    page.press("Enter")
    page.wait(f"document.querySelector('{head}').getAttribute('aria-sort') === 'descending'")
    assert column(page, "#intake-table", 0) == ascending[::-1]


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_total_opens_to_clusters_and_a_cluster_to_its_cells(page: Page, by: str) -> None:
    def go(selector: str) -> None:
        if by == "mouse":
            page.click(selector)
            return
        page.run(f"document.querySelector({selector!r}).focus()")
        page.press("Enter")

    choose(page, "Разрез", "Субъект РФ")
    go("#totals-table tbody tr:nth-child(1) td:nth-child(2) button")
    page.wait(OPEN)
    assert page.run(TITLE).endswith(": Калужская область")
    assert column(page, "#drill-body", 2) == ["1\u00a0160"]
    assert column(page, "#drill-body", 4) == ["<b>книга & сын.xlsxПоказатели!D7"]
    go("#drill-body tbody button")
    page.wait(f"{TITLE} === 'Кластер ОПЦ-001'")
    assert "D7" in page.run("document.querySelector('#drill-body').textContent")
    go("#drill-back")
    assert page.run(TITLE).endswith(": Калужская область")
    page.press("Escape")
    page.wait(f"!{OPEN}")
    assert page.run("document.activeElement.closest('#totals-table') !== null"), "the focus goes back to where it was"


def test_a_sum_with_a_figure_in_question_has_a_sign(page: Page) -> None:
    choose(page, "Разрез", "Федеральный округ")
    rows = page.run("[...document.querySelectorAll('#totals-controls select')[1].options].map(one => one.text)")
    first, last = rows[0], rows[-1]
    choose(page, "Показатель или строка плана", last)
    sums = column(page, "#totals-table", 1)
    assert sums == ["19\u00a0547", "39\u00a0095?", "58\u00a0642?"]
    assert column(page, "#totals-table", 6) == ["", "1", "1"]
    page.click("#totals-table tbody tr:nth-child(2) td:nth-child(2) button")
    assert ["под вопросом" in text for text in column(page, "#drill-body", 3)] == [True, False]
    assert "Под вопросом" in page.run("document.querySelector('#drill-body dl').textContent")
    page.click("#drill-close")
    choose(page, "Показатель или строка плана", first)


def test_a_bar_opens_what_it_shows(page: Page) -> None:
    choose(page, "Разрез", "Федеральный округ")
    page.click('#totals-chart g[aria-label="bar"] rect')
    assert page.run(TITLE).endswith(f": {VOLGA}")
    page.click("#drill-close")
    page.wait(f"!{OPEN}")


def test_the_map_shows_a_measure_and_opens_a_region(page: Page) -> None:
    assert page.run("document.querySelectorAll('#map-tiles button').length") == 89
    samara = '#map-tiles [data-region="Самарская область"]'
    said = f"document.querySelector('{samara}').getAttribute('aria-label')"
    assert page.run(said) == "Самарская область: 50"
    first = page.run("document.querySelector('#map-controls optgroup:nth-child(2) option').text")
    choose(page, "Что показать", first)
    assert page.run(said) == "Самарская область: 3\u00a0340"
    page.run(f"document.querySelector('{samara}').focus()")
    page.press("Space")
    page.wait(OPEN)
    assert column(page, "#drill-body", 2) == ["3\u00a0340"]
    page.press("Escape")


def test_actuals_stand_against_the_plan(page: Page) -> None:
    rows = page.run(SHOWN.format("#progress-table", 5))
    facts = column(page, "#progress-table", 4)
    assert any(rows), "a share of the plan is shown"
    place = next(i for i, text in enumerate(facts) if text)
    page.click(f"#progress-table tbody tr:nth-child({place + 1}) button")
    assert "Факт!" in column(page, "#drill-body", 5)[0]
    page.press("Escape")


def test_every_text_can_be_read_in_both_themes(page: Page) -> None:
    page.run("document.querySelector('#map details').open = true")
    for scheme in ("light", "dark"):
        page.theme(scheme)
        count, poor = page.run(CONTRASTS)
        assert count > 300
        assert poor == []
        page.click("#intake-table tbody button")
        assert page.run(CONTRASTS)[1] == []
        page.press("Escape")
        page.wait(f"!{OPEN}")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.run(ground)
    for wanted in (False, True):
        page.click("#theme")
        assert (page.run(ground) == before) is wanted


def test_the_keyboard_is_seen_and_everything_has_a_name(page: Page) -> None:
    page.run("document.querySelector('.skip').focus()")
    seen = {page.run(FOCUSED)[1]}
    for _ in range(30):
        page.press("Tab")
        outline, name = page.run(FOCUSED)
        assert outline == "3px solid", name
        seen.add(name)
    assert {"К содержанию", "Печать", "Карта", "Показать все"} <= seen
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "combobox", "searchbox", "link", "image", "img", "table")
    named = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored")]
    found = [one for one in named if one[0] in roles]
    assert {role for role, _ in found} >= {"button", "combobox", "link", "image", "table"}
    assert [one for one in found if not one[1].strip()] == []


@pytest.mark.parametrize("width", [360, 420, 1280])
def test_nothing_runs_off_the_side_of_a_screen(page: Page, width: int) -> None:
    """Wide tables scroll by themselves; the page and what opens over it never do."""
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    try:
        assert page.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.run(OUTSIDE) == []
        page.click("#intake-table tbody button")
        assert page.run("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#drill'))")
        page.press("Escape")
    finally:
        page.call("Emulation.clearDeviceMetricsOverride")


def test_it_prints_on_a4_in_light_colours_whatever_the_theme(page: Page, tmp_path: Path) -> None:
    reader = need_program("poppler", "pdftotext")
    page.theme("dark")
    page.click("#map-tiles button")
    for name, holds in (("open", "В реестре нет кластеров этого субъекта"), ("closed", "Карта субъектов РФ")):
        path = page.pdf(tmp_path / f"{name}.pdf")
        text = subprocess.run([reader, path, "-"], capture_output=True, text=True, check=True).stdout
        assert holds in text
        assert ("Карта субъектов РФ" in text) is (name == "closed"), "what is open is printed alone"
        page.press("Escape")
        page.wait(f"!{OPEN}")
    box = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert "A4" in box
    page.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.call("Emulation.setEmulatedMedia", media="")
