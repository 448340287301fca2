"""The protocol of a check as a page: what a browser shows of it, and that a stranger's texts stay texts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.draw import draw
from tests.office import need_program
from xlkit.actions.check import check
from xlkit.report.protocol import check_page
from xlkit.texts import using_language

HOSTILE = '<script>document.title="taken"</script><img src=x onerror="document.title=1">&amp;=cmd|\'/C calc\'!A0'


def shown(page: Path) -> str:
    """The page's elements after a browser has opened it and run what it would run."""
    profile = page.with_name("profile")
    program = need_program("Chromium", "chromium", "google-chrome")
    done = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom",
         "--virtual-time-budget=2000", page.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = draw(tmp_path / "<b>книга & сын.xlsx")
    workbook = openpyxl.load_workbook(path)
    cell = workbook["План"]["F9"]
    cell.value, cell.data_type = HOSTILE, "s"
    workbook["Титул"]["B5"].value = "<i>ОПЦ</i>"
    workbook.save(path)
    return path


def test_a_browser_shows_texts_as_they_are_and_runs_nothing(hostile: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(check_page(check([hostile])))
    dom = shown(page)
    assert "<title>Протокол проверки</title>" in dom
    assert not re.search("<script|<img|<i>|<b>", dom)
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert escaped in dom and "&lt;i&gt;ОПЦ&lt;/i&gt;" in dom and "&lt;b&gt;книга &amp; сын.xlsx" in dom


def test_the_page_needs_nothing_from_elsewhere(hostile: Path) -> None:
    page = check_page(check([hostile])).decode()
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page


def test_every_finding_stands_in_the_page_in_the_language_asked_for(tmp_path: Path) -> None:
    path = draw(tmp_path / "book.xlsx", plan="| code | 2026 |\n| 1.1.1 | много |")
    missing = str(tmp_path / "missing.xlsx")
    for language, title in (("ru", "Протокол проверки"), ("en", "Protocol of the check")):
        with using_language(language):
            result = check([path, missing])
            page = check_page(result).decode()
            assert f'<html lang="{language}">' in page and f"<h1>{title}</h1>" in page
            rules = re.findall(r'<td class="rule">([^<]*)</td>', page)
            assert rules == [one.rule for file in result.files for one in file.findings]
            assert page.count("<h2>") == 2


def test_the_form_has_its_name_and_a_place_breaks_between_sheet_and_cell(hostile: Path) -> None:
    page = check_page(check([hostile])).decode()
    assert "program_center" not in page and "центра (кластера), редакция 2026 · " in page
    assert "План!<wbr>F9<" in page
