"""The свод as a workbook: complete, traceable to every cell, safe to open, and the same to the byte."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, SECOND_QUARTER, draw
from tests.schemas import faults, mistakes, needs_schemas
from tests.zips import parts
from xlkit.actions.consolidate import ConsolidateResult, consolidate
from xlkit.consolidate import ALL, DISTRICT, INDUSTRY, REGION, IntakeLine, Passport, Standing
from xlkit.report.lists.links import MAX_TEXT, clean
from xlkit.report.lists.paging import first_row
from xlkit.report.svod.figures import district_abbreviation, short_title
from xlkit.report.svod.rows import common_folder, short_name
from xlkit.report.svod.workbook import write_svod
from xlkit.report.svod_text import consolidate_text
from xlkit.rules.registered import Cluster, Register
from xlkit.templates.styles import text_lines
from xlkit.texts import using_language
from xlkit.values import squeezed

SHEETS = ["Сводка", "План", "Показатели", "Факт", "Замечания", "Сверка", "Приём", "Итоги"]
LISTS = SHEETS[1:]
CHARTS = 12
"""Intake, eight by federal district, two by industry, one of regions."""
HEADER = first_row() - 1
INJECTED = ("=1+1", "+7 900", "-5+5", "@SUM(A1)", '=HYPERLINK("http://x")', "http://example.org")


def cluster(identifier: str, industry: str, region: str, district: str, name: str = "") -> Cluster:
    kind = "ОК" if identifier.startswith("ОК") else "ОПЦ(К)"
    return Cluster(identifier, name or f"Кластер {identifier}", kind, industry, region, district)


CLUSTERS = (
    cluster("ОПЦ-001", "Машиностроение", "Калужская область", "Центральный федеральный округ", INJECTED[0]),
    cluster("ОПЦ-002", "Металлургия", "Республика Татарстан", "Приволжский федеральный округ", INJECTED[3]),
    cluster("ОПЦ-003", "Металлургия", "Самарская область", "Приволжский федеральный округ"),
    cluster("ОПЦ-004", "Машиностроение", "Калужская область", "Центральный федеральный округ"),
    cluster("ОК-001", "Педагогика", "Самарская область", "Приволжский федеральный округ"),
)


def make(folder: Path) -> ConsolidateResult:
    """Texts that look like formulas, errors of several kinds, actuals, a refused file and one that did not come."""
    names = [f"| 6.1.{5 + i} | {text} | за год | ед. | 1 | - | - |" for i, text in enumerate(INJECTED)]
    plan = "\n".join(["| code | name | mode | unit | 2026 | 2027 | 2028 |", *names])
    title = {"cluster_id": "ОПЦ-001"}
    draw(folder / "=1.xlsx", title=title, plan=plan)
    draw(folder / "ОПЦ-002.xlsx", title={"cluster_id": "ОПЦ-002"}, plan="| code | 2026 | 2027 |\n| 1.3.2 | '=2+2 | |")
    actuals = CLEAN_ACTUALS + "| 1 | ~ | ~ | ~ | ~ | ~ |\n"
    draw(folder / "ОПЦ-003.xlsx", title={"cluster_id": "ОПЦ-003", "period": SECOND_QUARTER}, actuals=actuals)
    draw(folder / "ОК-001.xlsx", EDUCATIONAL, title={"cluster_id": "ОК-001"})
    (folder / "сломанная.xlsx").write_bytes(b"PK\x03\x04")
    return consolidate([folder], Register("реестр.xlsx", CLUSTERS))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ConsolidateResult:
    return make(tmp_path_factory.mktemp("svod"))


@pytest.fixture(scope="module")
def written(result: ConsolidateResult) -> bytes:
    return write_svod(result)


@pytest.fixture(scope="module")
def svod(written: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(written))


def lines(sheet: Worksheet) -> list[dict[str, object]]:
    """A list sheet as dicts by caption."""
    rows = list(sheet.iter_rows(min_row=HEADER, values_only=True))
    captions = [str(c) for c in rows[0]]
    assert len(set(captions)) == len(captions)
    return [dict(zip(captions, row, strict=True)) for row in rows[1:]]


def test_the_sheets_in_their_order(svod: Workbook) -> None:
    assert svod.sheetnames == SHEETS
    assert svod.active is not None
    assert svod.active.title == "Сводка"


def test_lists_keep_their_captions_in_sight_and_print_on_a4(svod: Workbook) -> None:
    """The widest lists print on two pages across; the second repeats what names a row."""
    for name in LISTS:
        sheet = svod[name]
        assert str(sheet.freeze_panes).endswith(str(HEADER + 1)), name
        assert sheet.auto_filter.ref.startswith(f"A{HEADER}:"), name
        assert sheet.print_title_rows == f"${HEADER}:${HEADER}", name
    for name in SHEETS:
        sheet = svod[name]
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize or 0)) == ("landscape", 9)
        assert int(sheet.page_setup.fitToHeight) == 0, name
        wide = name in ("План", "Показатели", "Факт")
        assert int(sheet.page_setup.fitToWidth or 1) == (2 if wide else 1), name
        if wide:
            last = str(sheet.print_title_cols).rpartition("$")[2]
            assert sheet[f"{last}{HEADER}"].value == "Наименование"
            assert sheet.freeze_panes == f"{chr(ord(last) + 1)}{HEADER + 1}"


def test_nothing_is_cut_in_the_lists(svod: Workbook) -> None:
    """Every wrapped text has room: explicit heights, and names without line breaks."""
    for name in LISTS:
        sheet = svod[name]
        for row in sheet.iter_rows(min_row=HEADER + 1):
            for cell in row:
                text = str(cell.value or "")
                caption = str(sheet.cell(HEADER, cell.column).value)
                if caption == "Наименование":
                    assert text == squeezed(text), (name, cell.coordinate)
                if cell.alignment.wrap_text:
                    width = sheet.column_dimensions[get_column_letter(cell.column)].width
                    need = min(text_lines(text, width, 10) * 12.5, 400)
                    assert (sheet.row_dimensions[cell.row].height or 0) >= need, (name, cell.coordinate)


def test_links_to_the_sheets_stand_apart_from_the_counters(svod: Workbook) -> None:
    sheet = svod["Сводка"]
    links = {cell.value: cell.row for row in sheet.iter_rows() for cell in row if cell.hyperlink and cell.row < 30}
    assert sorted(str(name) for name in links) == sorted(LISTS)
    heading = next(cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value == "Листы свода")
    assert min(links.values()) == heading + 1
    assert not any(cell.value for cell in sheet[heading - 1])


def test_the_same_result_gives_the_same_bytes(result: ConsolidateResult, written: bytes) -> None:
    assert write_svod(result) == written
    with using_language("en"):
        assert write_svod(result) == written, "the свод is Russian whatever the language of messages"


# --- rows -------------------------------------------------------------------------------------------------


def test_every_row_leads_to_its_cell(result: ConsolidateResult, svod: Workbook) -> None:
    """The first value of every row stands in the named cell of the named file."""
    folder = Path(result.files[0]).parent
    books = {Path(f).name: openpyxl.load_workbook(f, data_only=True) for f in result.files if "сломан" not in f}
    count = 0
    for name, first in (("План", ("2024", "2026")), ("Показатели", ("2026",)), ("Факт", ("На начало года",))):
        for line in lines(svod[name]):
            found = books[str(line["Файл"])][str(line["Лист"])][str(line["Ячейка"])].value
            shown = [line[caption] for caption in first if line[caption] is not None][:1]
            assert shown == ([found] if found is not None else []), line
            assert (folder / str(line["Файл"])).is_file()
            count += 1
    rows = sum(int(part.frames.rows["declared"].sum()) for part in result.parts)
    actuals_not_asked = 2 * 7
    assert count == rows - actuals_not_asked


def test_rows_carry_their_cluster_and_what_became_of_it(svod: Workbook) -> None:
    found = {str(line["Идентификатор кластера"]): line for line in lines(svod["План"])}
    assert sorted(found) == ["ОК-001", "ОПЦ-001", "ОПЦ-002", "ОПЦ-003"]
    line = found["ОПЦ-002"]
    assert (line["Отрасль"], line["Субъект РФ"]) == ("Металлургия", "Республика Татарстан")
    assert (line["Форма"], line["Период"], line["Приём"]) == ("ОПЦ(К)", "план", "принято с замечаниями")
    assert found["ОПЦ-003"]["Период"] == SECOND_QUARTER


def test_cells_with_errors_are_named_and_coloured(svod: Workbook) -> None:
    sheet = svod["План"]
    row = next(i for i, line in enumerate(lines(sheet), HEADER + 1)
               if line["№ п/п"] == "1.3.2" and line["Идентификатор кластера"] == "ОПЦ-002")  # fmt: skip
    captions = {cell.value: cell.column for cell in sheet[HEADER]}
    assert sheet.cell(row, captions["2026"]).value == "=2+2"
    colours = [sheet.cell(row, captions[str(year)]).fill.fgColor.rgb for year in (2026, 2027, 2028)]
    assert colours[0] == colours[1] != colours[2]
    assert len(str(sheet.cell(row, captions["Ячейки с ошибками"]).value).split(", ")) == 2


def test_actuals_show_computed_columns(svod: Workbook) -> None:
    one, *_ = lines(svod["Факт"])
    wanted = {
        "План на 31.12": 1160, "На начало года": "-", "За I кв.": 500, "За II кв.": 160, "За III кв.": "х",
        "Нарастающим итогом": 660, "Отклонение": -500, "Выполнение, %": pytest.approx(56.9, abs=0.05),
    }  # fmt: skip
    assert {caption: one[caption] for caption in wanted} == wanted


def test_findings_differences_and_intake_are_complete(result: ConsolidateResult, svod: Workbook) -> None:
    findings = [f for one in result.findings for f in one.findings]
    assert [(line["Правило"], line["Ячейка"], line["Что не так"]) for line in lines(svod["Замечания"])] == [
        (f.rule, f.location.cell, f.message.ru) for f in findings
    ]
    differences = [d for _, one in result.reconciled for d in one.differences]
    assert [(line["Лист"], line["Ячейка"]) for line in lines(svod["Сверка"])] == [
        (d.sheet, d.cell) for d in differences
    ]
    assert [(line["Идентификатор кластера"], line["Приём"]) for line in lines(svod["Приём"])] == [
        (i.passport.id or None, i.standing.word.ru) for i in result.intake
    ]


def test_intake_leads_to_the_files_findings(result: ConsolidateResult, svod: Workbook) -> None:
    intake, findings = svod["Приём"], svod["Замечания"]
    captions = {cell.value: cell.column for cell in intake[HEADER]}
    led = 0
    for row, line in enumerate(result.intake, HEADER + 1):
        link = intake.cell(row, captions["Ошибок"]).hyperlink
        if link is not None:
            target = re.fullmatch(r"'Замечания'!A(\d+)", str(link.location))
            assert target is not None
            assert findings.cell(int(target[1]), 1).value == Path(line.file or "").name
            led += 1
    assert led == sum(bool(line.errors) for line in result.intake) == 2


# --- sums -------------------------------------------------------------------------------------------------


def test_the_list_of_totals_is_complete(result: ConsolidateResult, svod: Workbook) -> None:
    shown = lines(svod["Итоги"])
    assert len(shown) == len(result.totals)
    assert [line["Сумма"] for line in shown] == [t.amount for t in result.totals]
    for line, total in zip(shown, result.totals, strict=True):
        counts = ["Прочерк", "«да»", "Не заполнено", "С ошибкой", "Иная единица или учёт", "Нет строки"]
        assert line["Кластеров"] == total.clusters == line["Из них в сумме"] + sum(line[c] or 0 for c in counts)  # type: ignore[operator,misc]


def test_the_summary_shows_the_headline_and_the_sums(result: ConsolidateResult, svod: Workbook) -> None:
    values = [[cell for cell in row if cell is not None] for row in svod["Сводка"].iter_rows(values_only=True)]
    counts = result.counts
    tiles = ["expected", "accepted", "with_findings", "submitted_twice", "not_submitted", "refused", "errors",
             "differences"]  # fmt: skip
    assert [counts[name] for name in tiles] in values
    for dimension, group in ((DISTRICT, "Приволжский федеральный округ"), (INDUSTRY, "Металлургия"), (ALL, ""),
                             (REGION, "Калужская область")):  # fmt: skip
        sums = [t.amount for t in result.totals
                if (t.form, t.table, t.dimension, t.group) == (CENTER, "indicators", dimension, group)]  # fmt: skip
        assert len(sums) == 21
        wanted = [v for v in sums if v is not None]
        assert any([v for v in row if isinstance(v, (int, float))][-len(wanted) :] == wanted for row in values), group


def test_charts_are_native_titled_and_draw_the_sums(written: bytes) -> None:
    charts = [content for name, content in parts(written).items() if name.startswith("xl/charts/chart")]
    assert len(charts) == CHARTS
    space = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    for chart in map(etree.fromstring, charts):
        assert chart.xpath("boolean(c:chart/c:title)", namespaces=space)
        assert chart.xpath("count(.//c:catAx/c:title) + count(.//c:valAx/c:title)", namespaces=space) == 2
        references = chart.xpath(".//c:f/text()", namespaces=space)
        assert references
        assert all(reference.startswith("Сводка!$") for reference in references)


# --- safe to open -----------------------------------------------------------------------------------------


def test_nothing_in_the_svod_is_a_formula(written: bytes, svod: Workbook) -> None:
    contents = parts(written).items()
    sheets = [content for name, content in contents if name.startswith("xl/worksheets/sheet")]
    links = [content for name, content in contents if name.startswith("xl/worksheets/_rels")]
    assert len(sheets) == len(SHEETS)
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)
    assert not any(b"External" in part for part in links)
    texts = {cell.value for sheet in svod for row in sheet.iter_rows() for cell in row if cell.data_type == "s"}
    assert set(INJECTED) <= texts
    assert "=1.xlsx" in texts


@needs_schemas
def test_every_part_is_valid(written: bytes) -> None:
    assert mistakes(written) == []
    found = [name for name, content in parts(written).items() if name.startswith("xl/") and faults(content) == []]
    drawn = [name for name in found if name.startswith(("xl/drawings/drawing", "xl/charts/chart"))]
    sheets = [name for name in found if name.startswith("xl/worksheets/sheet")]
    assert (len(drawn), len(sheets)) == (1 + CHARTS, len(SHEETS))


def test_no_two_merged_cells_overlap(svod: Workbook) -> None:
    taken: set[tuple[int, int]] = set()
    for area in svod["Сводка"].merged_cells.ranges:
        cells = {(r, c) for r in range(area.min_row, area.max_row + 1) for c in range(area.min_col, area.max_col + 1)}
        assert not cells & taken, area
        taken |= cells


def test_texts_that_xml_forbids_and_very_long_ones(result: ConsolidateResult) -> None:
    assert clean("a\ud800b\uffff") == "a\ufffdb\ufffd"
    assert len(clean("ы" * 40_000)) == MAX_TEXT
    odd = IntakeLine(
        Passport("\x01\x0b\udcff", "ы" * 40_000), CENTER, None, Standing.REFUSED, False, file="\udcff.xlsx"
    )
    again = openpyxl.load_workbook(io.BytesIO(write_svod(replace(result, intake=(*result.intake, odd)))))
    assert lines(again["Приём"])[-1]["Файл"] == "\ufffd.xlsx"


@needs_schemas
def test_a_svod_of_nothing_accepted(tmp_path: Path) -> None:
    (tmp_path / "пустой.xlsx").write_bytes(b"")
    for known in (Register("реестр", CLUSTERS), Register("реестр")):
        written = write_svod(consolidate([tmp_path], known))
        assert mistakes(written) == []
        assert openpyxl.load_workbook(io.BytesIO(written)).sheetnames == SHEETS


# --- words ------------------------------------------------------------------------------------------------


def test_short_words() -> None:
    assert district_abbreviation("Северо-Кавказский федеральный округ") == "СКФО"
    assert district_abbreviation("не указано") == "не указано"
    assert (
        short_title("Количество обучающихся в образовательных организациях (человек)", 30) == "Количество обучающихся…"
    )
    assert common_folder(["a/b/1.xlsx", "a/c/2.xlsx"]) == "a"
    assert common_folder(["/a/1.xlsx", "b/2.xlsx"]) == ""
    assert short_name("a/b/1.xlsx", "a") == str(Path("b/1.xlsx"))


def test_text_for_the_terminal(result: ConsolidateResult) -> None:
    said = "\n".join(consolidate_text(result))
    assert "не принято" in said
    assert "сломанная.xlsx" in said
    assert "ожидалось 5 книг: принято 2, с замечаниями 1, представлено дважды 0, не представлено 2" in said
    with using_language("en"):
        english = "\n".join(consolidate_text(result))
    assert "expected 5: accepted 2" in english
    assert not re.search("[а-я]", re.sub(r"(?m)^.*(/|·).*$|^ .*$", "", english))
