"""The difference report: both values side by side, coloured and linked; the same in text and JSON."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.draw import CENTER, clean_content, draw
from tests.schemas import SCHEMAS, mistakes
from tests.zips import parts
from xlkit.actions.reconcile import ReconcileResult, reconcile
from xlkit.reconcile import Status
from xlkit.report.differences import STATUS_COLOURS, write_differences
from xlkit.report.differences_text import STATUS_WORDS, differences_text, reconcile_document
from xlkit.report.json import dump
from xlkit.report.lists.links import Link, writable_link
from xlkit.report.lists.paging import first_row
from xlkit.rules.edition import load_edition, with_industry
from xlkit.rules.registered import Cluster, Figure, Register
from xlkit.texts import using_language

HEADER = first_row() - 1
INDUSTRY = "Машиностроение"


def approved() -> tuple[Figure, ...]:
    """The clean center as the register holds it."""
    edition, content = load_edition(CENTER), clean_content(CENTER)
    return tuple(
        Figure("ОПЦ-001", CENTER, table, row.code.rpartition(".")[0], row.code, row.code,
               with_industry(row.name, INDUSTRY), row.unit, "", row.link, year, row.values.get(("value", period)))
        for table in ("plan", "indicators")
        for row in content.tables[table]
        if row.carries
        for period, year in enumerate(edition.years(content.first_year))
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("книги и отчёт")
    plan = """
        | code  | number | name                               | unit | 2026    | 2027 |
        | 1.3.2 | ~      | Заключены договоры о взаимодействии | ~    | 8       | ~    |
        | 1.5.1 | ~      | ~                                  | чел. | ~       | ~    |
        | 2.1.1 | ~      | ~                                  | ~    | '=1+1   | -    |
        | 6.1.7 | ~      | @Своё мероприятие                  | ед.  | 4       | -    |
    """
    draw(folder / "со всеми.xlsx", plan=plan, drop={"plan": ("6.5.1",)})
    draw(folder / "верная.xlsx")
    (folder / "сломанная.xlsx").write_bytes(b"PK\x03\x04")
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> ReconcileResult:
    files = [folder / name for name in ("со всеми.xlsx", "верная.xlsx", "сломанная.xlsx")]
    known = Register("реестр.xlsx", (Cluster("ОПЦ-001", kind="ОПЦ(К)"),), approved())
    return reconcile(files, known)


@pytest.fixture(scope="module")
def report(result: ReconcileResult, folder: Path) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(write_differences(result, folder / "отчёты")))


def test_the_field_has_every_status(result: ReconcileResult) -> None:
    assert {status for status, count in result.statuses.items() if count} == set(Status)


def test_the_summary_has_a_line_per_file(result: ReconcileResult, report: Workbook) -> None:
    rows = list(report["Сводка"].iter_rows(min_row=HEADER, values_only=True))
    captions = [str(c) for c in rows[0]]
    shown = [dict(zip(captions, row, strict=True)) for row in rows[1:]]
    assert [line["Итог"] for line in shown] == ["расходится", "совпадает", "не сверено"]
    assert [line["Файл"] for line in shown] == [Path(one.file).name for one in result.files]
    counts = Counter(d.status for d in result.files[0].differences)
    for status, count in counts.items():
        assert shown[0][STATUS_WORDS[status].ru.capitalize()] == count
    assert str(shown[2]["Почему не сверено"]).startswith("Файл повреждён")


def test_the_summary_leads_to_the_files(result: ReconcileResult, report: Workbook, folder: Path) -> None:
    for row, one in enumerate(result.files, HEADER + 1):
        target = str(report["Сводка"].cell(row, 1).hyperlink.target).replace("\\", "/").replace("%20", " ")
        assert (folder / "отчёты" / target).resolve() == Path(one.file).resolve()


def test_every_difference_has_both_values_its_colour_and_a_link(
    result: ReconcileResult, report: Workbook, folder: Path
) -> None:
    sheet = report["Различия"]
    captions = {str(cell.value): cell.column for cell in sheet[HEADER]}
    differences = [d for one in result.files for d in one.differences]
    assert sheet.max_row == HEADER + len(differences)
    for row, one in enumerate(differences, HEADER + 1):
        cells = {caption: sheet.cell(row, column) for caption, column in captions.items()}
        assert (cells["Ячейка"].value, cells["В книге"].value) == (one.cell, one.workbook)
        assert (cells["В реестре"].value, cells["Разница"].value) == (one.register, one.delta)
        assert cells["Год"].value == (str(one.year) if one.year else None)
        assert cells["Что различается"].value == STATUS_WORDS[one.status].ru
        assert cells["Что различается"].fill.fgColor.rgb == "FF" + STATUS_COLOURS[one.status].removeprefix("#")
        link = cells["Ячейка"].hyperlink
        assert (link is None) == (one.cell is None)
        if link is not None:
            target = str(link.target).replace("\\", "/").replace("%20", " ")
            assert (folder / "отчёты" / target).resolve() == (folder / "со всеми.xlsx").resolve()
            assert link.location == f"'{one.sheet}'!{one.cell}"
    assert sheet.freeze_panes == f"B{HEADER + 1}"
    assert sheet.print_title_rows == f"${HEADER}:${HEADER}"


def test_texts_stay_texts(result: ReconcileResult) -> None:
    written = write_differences(result)
    sheets = [content for name, content in parts(written).items() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in sheet for sheet in sheets)
    values = [c.value for row in openpyxl.load_workbook(io.BytesIO(written))["Различия"].iter_rows() for c in row]
    assert {"=1+1", "@Своё мероприятие"} <= set(values)


def test_every_sheet_is_valid_and_the_bytes_are_the_same(result: ReconcileResult, folder: Path) -> None:
    written = write_differences(result, folder)
    assert write_differences(result, folder) == written
    with using_language("en"):
        assert write_differences(result, folder) == written
    if not SCHEMAS.is_dir():
        pytest.skip("the ECMA-376 schemas are not beside the checkout (../shared)")
    assert mistakes(written) == []


def test_nothing_to_report_gives_a_report(folder: Path) -> None:
    result = reconcile([folder / "верная.xlsx"], Register("реестр.xlsx", (Cluster("ОПЦ-001"),), approved()))
    book = openpyxl.load_workbook(io.BytesIO(write_differences(result)))
    assert book["Различия"].cell(HEADER + 1, 1).value == "Различий нет"
    own = reconcile([folder / "верная.xlsx"])
    captions = [c.value for c in openpyxl.load_workbook(io.BytesIO(write_differences(own)))["Различия"][HEADER]]
    assert "Утверждено" in captions


def test_links_that_would_lead_elsewhere_are_not_made() -> None:
    good = Link("E14", "external:./книга 1.xlsx#'План'!E14")
    assert writable_link(good.url)
    for file in ("№#1.xlsx", "100%25.xlsx", "a" * 1000, "\udcff.xlsx", "a\nb.xlsx"):
        assert not writable_link(f"external:./{file}#'План'!E14"), file


# --- JSON and text ----------------------------------------------------------------------------------------


def test_json_is_the_contract(result: ReconcileResult) -> None:
    with using_language("en"):
        document = json.loads(dump(reconcile_document(result)))
    assert set(document) == {"files", "totals"}
    assert document["totals"] == {"files": 3, "matches": 1, "differs": 1, "refused": 1, "differences": 10}
    for one in document["files"]:
        assert set(one) - {"refusal"} == {"file", "cluster", "verdict", "differences"}
        assert ("refusal" in one) == (one["verdict"] == "refused")
        for difference in one["differences"]:
            assert set(difference) == {"status", "sheet", "cell", "code", "year", "workbook", "register", "delta"}
    first = next(d for d in document["files"][0]["differences"] if d["code"] == "1.3.2" and d["year"] == 2026)
    assert first == {"status": "differs", "sheet": "План", "cell": first["cell"], "code": "1.3.2", "year": 2026,
                     "workbook": 8, "register": 7, "delta": 1}  # fmt: skip


def test_text_shows_both_sides_in_both_languages(result: ReconcileResult) -> None:
    said = "\n".join(differences_text(result))
    assert re.search(r"расходится  План!\w+  1\.3\.2 «Заключены договоры о взаимодействии», 2026", said)
    assert "в книге 8 · в реестре 7 · +1" in said
    assert "3 файла: совпадает 1, расходится 1, не сверено 1; различий 10" in said
    with using_language("en"):
        english = "\n".join(differences_text(result))
    assert "workbook 8 · register 7 · +1" in english
    assert "files 3: match 1, differ 1, refused 1; differences 10" in english
