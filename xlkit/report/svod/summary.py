"""The sheet «Сводка»: headline figures, intake, sums of indicators and plan, charts, frequent findings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from xlkit.address import quoted_sheet
from xlkit.consolidate import ALL, DISTRICT, UNSTATED, IntakeLine, Standing, Total
from xlkit.finding import Finding, Severity
from xlkit.report.lists.links import Link
from xlkit.report.lists.listing import ReportBook, set_page
from xlkit.report.svod.charts import STATUS_COLOURS, ChartSpec, Series, insert_chart
from xlkit.report.svod.figures import SIGN_SAID, district_abbreviation, figures_of, forms_of, short_title
from xlkit.report.svod.grid import Cell, Count, Grid, Look, Sum
from xlkit.report.svod.matrix import (
    COUNT_CAPTIONS,
    amount_look,
    count_look,
    fit_matrix,
    write_matrices,
    write_totals,
)
from xlkit.report.svod.rows import form_name, source_name
from xlkit.rules.catalogue import catalogue
from xlkit.rules.edition import load_edition
from xlkit.rules.period import Period
from xlkit.store.places import Tally
from xlkit.templates.styles import MUTED, NAVY, PALE_BLUE, RED, YELLOW, text_lines
from xlkit.texts import plural

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult

_MOST_FREQUENT = 25
_STANDINGS = (Standing.ACCEPTED, Standing.WITH_FINDINGS, Standing.TWICE, Standing.NOT_SUBMITTED)

_CONTENTS = {
    "План": "Мероприятия и значения каждой принятой книги по годам",
    "Показатели": "Плановые показатели результативности каждой принятой книги",
    "Факт": "Фактические значения показателей за отчётные периоды",
    "Замечания": "Ошибки и предупреждения: что не так, в какой ячейке и как исправить",
    "Сверка": "Различия между книгами и реестром: оба значения рядом",
    "Изменения": "Что стало иначе с прошлого свода: книги, значения, суммы",
    "Приём": "Что ожидалось, что получено и что с этим стало",
    "Итоги": "Каждая сумма этого листа по округам, отраслям и субъектам РФ — и чего в ней нет",
}


def write_summary(
    book: ReportBook, sheet: Any, result: ConsolidateResult, others: Sequence[str], links: Callable[[Total], Link]
) -> Grid:
    """Fill the summary sheet; ``others`` are the sheets that it links to, ``links`` lead to its totals.

    Returns the grid, which knows where the totals and counters stand, with rows and columns from 0.
    """
    grid = Grid(book, sheet, links)
    forms = {form: figures_of(result, form) for form in forms_of(result)}
    for figures in (one for tables in forms.values() for one in tables if one.same_rows):
        fit_matrix(grid, figures)
    grid.set_columns()
    _write_head(grid, result, others)
    _write_intake(grid, result)
    for form, tables in forms.items():
        for figures in tables:
            if figures.same_rows:
                write_matrices(grid, figures, form_name(form))
        _write_actuals(grid, result, form)
        for figures in tables:
            if not figures.same_rows:
                grid.section(
                    f"{form_name(form)}: {figures.table.sheet.lower()}, типовые строки формы",
                    "Мероприятия кластера, которых нет в форме, здесь не складываются. «х» — доля или состояние на "
                    "дату, складывать нельзя; «да: 5» — пять кластеров. Справа — чего нет в суммах, за все годы. "
                    f"{SIGN_SAID}",
                    page=True,
                )
                write_totals(grid, figures, modes=True)
    _write_frequent(grid, result)
    set_page(sheet, grid.row, grid.last)
    sheet.set_h_pagebreaks(grid.starts)
    sheet.activate()
    sheet.set_first_sheet()
    return grid


# --- head -------------------------------------------------------------------------------------------------


def _write_head(grid: Grid, result: ConsolidateResult, others: Sequence[str]) -> None:
    counts = result.counts
    grid.sheet.set_row(0, 30)
    look = grid.book.styles.get(bold=True, font_size=20, font_color=NAVY)
    grid.sheet.write_string(0, 0, "Свод по кластерам «Профессионалитета»", look)
    grid.row = 1
    files = plural(counts["files"], "файл", "файла", "файлов")
    grid.note(f"Реестр: {source_name(result.source)}. Получено: {files}.")
    grid.space(6)
    tiles = [
        ("expected", "ожидалось книг", NAVY),
        ("accepted", "принято", "#548235"),
        ("with_findings", "принято с замечаниями", "#BF8F00"),
        ("submitted_twice", "представлено дважды", "#C00000"),
        ("not_submitted", "не представлено", MUTED),
        ("refused", "файлов не принято", "#C00000"),
        ("errors", "ошибок в книгах", "#C55A11"),
        ("differences", "различий с реестром", "#C55A11"),
    ]
    places = _tile_places(grid.last - 1, len(tiles))  # the column of counts in question widens the last one
    places[-1] = places[-1][0], grid.last
    for (first, last), (name, caption, colour) in zip(places, tiles, strict=True):
        _tile(grid, first, last, Count(counts[name], Tally(name)), caption, colour if counts[name] else MUTED)
    grid.sheet.set_row(grid.row, 36)
    grid.sheet.set_row(grid.row + 1, 20)
    grid.row += 2
    grid.space(6)
    _write_remarks(grid, result, counts)
    _write_contents(grid, others)


def _tile_places(last: int, count: int) -> list[tuple[int, int]]:
    """The columns of the headline figures: the first over number and name, the others over equal shares."""
    rest = last - 1
    edges = [2 + round(i * rest / (count - 1)) for i in range(count)]
    return [(0, 1), *((a, b - 1) for a, b in pairwise(edges))]


def _tile(grid: Grid, first: int, last: int, count: Count, caption: str, colour: str) -> None:
    edge = {"align": "center", "bg_color": PALE_BLUE, "left": 5, "left_color": "#FFFFFF"}
    big = grid.book.styles.get(bold=True, font_size=26, font_color=colour, num_format="#,##0", **edge)
    small = grid.book.styles.get(font_size=10, font_color="#595959", **edge)
    grid.sheet.merge_range(grid.row, first, grid.row, last, count.shown, big)
    grid.sheet.merge_range(grid.row + 1, first, grid.row + 1, last, caption, small)
    grid.counted(first, last, count, rows=2)


def _write_contents(grid: Grid, others: Sequence[str]) -> None:
    """The other sheets, each with a link and what it holds, in two columns; apart from the headline figures."""
    grid.section("Листы свода")
    link = grid.book.styles.get(font_size=11, font_color="#0563C1", underline=1, indent=1)
    about = grid.book.styles.get(font_size=10, font_color="#595959")
    half = -(-len(others) // 2)
    for number in range(half):
        grid.sheet.set_row(grid.row, 17)
        for name, (first, text, last) in zip(others[number::half], ((0, 2, 10), (12, 14, grid.last)), strict=False):
            grid.put(first, Link(name, f"internal:{quoted_sheet(name)}!A1"), link, text - 1)
            grid.put(text, _held_by(name), about, last)
        grid.row += 1


def _held_by(sheet: str) -> str:
    """What a sheet holds, in a few words."""
    page = re.fullmatch(r"(.+) \(\d+\)", sheet)
    return f"Продолжение листа «{page[1]}»" if page else _CONTENTS.get(sheet, "Строки принятых книг")


def _write_remarks(grid: Grid, result: ConsolidateResult, counts: dict[str, int]) -> None:
    said = []
    if counts["unexpected"]:
        said.append(f"сверх ожидаемого принято {plural(counts['unexpected'], 'книга', 'книги', 'книг')}")
    if counts["repeat"]:
        said.append(f"повторов (те же значения) {counts['repeat']}")
    if counts["superseded"]:
        said.append(f"заменено другой книгой того же кластера {counts['superseded']}")
    if counts["submitted_twice"]:
        said.append("книги, представленные дважды с разными значениями, в суммы не входят, пока не выбрана одна")
    if said:
        grid.note("; ".join(said)[:1].upper() + "; ".join(said)[1:] + ".")
    for note in result.notes:
        grid.note(f"{note.ru}.")


# --- intake -----------------------------------------------------------------------------------------------


def _write_intake(grid: Grid, result: ConsolidateResult) -> None:
    """Expected submissions by form and by federal district, with a chart beside them."""
    expected = [line for line in result.intake if line.expected and line.standing in _STANDINGS]
    expected = list({line.identity: line for line in expected}.values())
    grid.section("Приём", "Ожидаемые книги; полученные сверх ожидаемого и не принятые файлы — на листе «Приём».")
    if not expected:
        grid.note("Реестр ничего не ожидает.")
        return
    captions = ["Ожидалось", *(s.word.ru.capitalize() for s in _STANDINGS), "Получено, %"]
    heads = [(2 + 2 * i, 3 + 2 * i, text) for i, text in enumerate(captions)]
    top = grid.row
    grid.captions([(0, 1, "Форма"), *heads])
    for form in dict.fromkeys(line.form for line in expected):
        title = f"{form_name(form)} — {load_edition(form).book.title.ru}"
        _intake_line(grid, None, title, [line for line in expected if line.form == form], (form, ALL, ""))
    grid.captions([(0, 0, "Округ"), (1, 1, "Федеральный округ"), *heads])
    first = grid.row
    for district in _districts(expected):
        mine = [line for line in expected if line.passport.district == district]
        label = district_abbreviation(district) if district != UNSTATED else "—"
        _intake_line(grid, label, district, mine, ("", DISTRICT, district))
    rows = first, grid.row - 1
    _intake_line(grid, None, "Всего", expected, ("", ALL, ""), bold=True)
    _intake_chart(grid, rows, top)


def _districts(expected: Sequence[IntakeLine]) -> list[str]:
    order = load_edition(expected[0].form).districts
    found = {line.passport.district for line in expected}
    return sorted(found, key=lambda d: (d == UNSTATED, order.index(d) if d in order else 99, d))


def _intake_line(
    grid: Grid,
    label: str | None,
    name: str,
    lines: Sequence[IntakeLine],
    of: tuple[str, str, str],
    bold: bool = False,
) -> None:
    """``of``: the form, the dimension and the group that the lines are of."""
    counts = Counter(line.standing for line in lines)
    came = len(lines) - counts[Standing.NOT_SUBMITTED]
    head: list[Cell] = [(0, label, {"align": "center"}), (1, name, {})]
    if label is None:
        head = [(0, name, {"to": 1, "text_wrap": True})]
    figures = {"expected": len(lines), **{s.value: counts[s] or None for s in _STANDINGS}}
    figures["received"] = round(100 * came / len(lines))
    cells: list[Cell] = [
        (2 + 2 * i, Count(figure, Tally(what, *of)), {"to": 3 + 2 * i, "align": "center"})
        for i, (what, figure) in enumerate(figures.items())
    ]
    wrapped = text_lines(name, grid.room(0, 1), 10) if label is None else 1
    grid.line([*head, *cells], bold=bold, lines=wrapped)


def _intake_chart(grid: Grid, rows: tuple[int, int], top: int) -> None:
    """Beside the table, from its first line to its last."""
    left = sum(grid.column_pixels(c) for c in range(14)) + 16
    series = [
        Series(standing.word.ru, (rows[0], 4 + 2 * i, rows[1], 4 + 2 * i), colour)
        for i, (standing, colour) in enumerate(zip(_STANDINGS, STATUS_COLOURS, strict=True))
    ]
    spec = ChartSpec(
        "Приём книг по федеральным округам", "Федеральный округ", "Книг", (rows[0], 0, rows[1], 0), series, stacked=True
    )
    insert_chart(grid.book.workbook, grid.sheet, spec, (top, left, grid.pixels - left, 340))
    while (grid.row - top) * 22 < 350:
        grid.space(16)


# --- actuals ----------------------------------------------------------------------------------------------


def _write_actuals(grid: Grid, result: ConsolidateResult, form: str) -> None:
    """Every reported period: plan and actuals of the clusters that reported it."""
    totals = [t for t in result.totals if t.form == form and t.quarter and t.dimension == ALL]
    for period in sorted({Period(t.year, t.quarter) for t in totals}, reverse=True):
        mine = [t for t in totals if Period(t.year, t.quarter) == period]
        sheet = load_edition(form).book.tables[mine[0].table].sheet
        grid.section(
            f"{form_name(form)}: {sheet.lower()} нарастающим итогом, {period}",
            f"Отчитались: {plural(max(t.clusters for t in mine), 'кластер', 'кластера', 'кластеров')}. План — тех же "
            f"кластеров, чей факт вошёл в сумму. {SIGN_SAID}",
        )
        captions = ["Ед.", "План", "Факт", "Выполнение, %", "в сумме", "Прочерк", "Не заполнено", "С ошибкой"]
        start = grid.last - 2 * len(captions)
        heads = [(start + 2 * i, start + 2 * i + 1, text) for i, text in enumerate(captions)]
        heads.append((grid.last, grid.last, COUNT_CAPTIONS[-1]))
        grid.captions([(0, 0, "№ п/п"), (1, start - 1, "Показатель"), *heads])
        for total in mine:
            _actual_line(grid, total, start)


def _actual_line(grid: Grid, total: Total, start: int) -> None:
    name = short_title(total.name, 190)
    done = round(100 * total.amount / total.planned, 1) if total.amount is not None and total.planned else None
    doubt = {"bg_color": YELLOW}
    missing, wrong = total.blank + total.absent, total.doubtful + total.other
    tally = Tally("", total.form, table=total.table, key=total.key, year=total.year, quarter=total.quarter)
    figures: list[tuple[object, Look]] = [
        (total.unit, {"align": "center"}),
        (Sum(total.planned, total), {}),
        (Sum(total.amount, total), amount_look(total)),
        (Sum(done, total), {"num_format": "0.0"}),
        (Sum(total.numbers, total), {"font_color": MUTED, "align": "center"}),
        (Count(total.dashes or None, replace(tally, what="dashes")), {}),
        (Count(missing or None, replace(tally, what="blank absent")), doubt if missing else {}),
        (Count(wrong or None, replace(tally, what="doubtful other")), doubt if wrong else {}),
    ]
    cells: list[Cell] = [
        (start + 2 * i, content, {**look, "to": start + 2 * i + 1}) for i, (content, look) in enumerate(figures)
    ]
    questioned = Count(total.questioned or None, replace(tally, what="questioned"))
    cells.append((grid.last, questioned, {"align": "center"} | count_look("questioned")))
    head: list[Cell] = [(0, total.key, {"align": "center"}), (1, name, {"text_wrap": True, "to": start - 1})]
    grid.line([*head, *cells], lines=text_lines(name, grid.room(1, start - 1), 10))


# --- findings ---------------------------------------------------------------------------------------------


def _write_frequent(grid: Grid, result: ConsolidateResult) -> None:
    """The most frequent findings: how many, in how many workbooks, and one of them."""
    by_rule: dict[tuple[int, str], list[Finding]] = {}
    for found in result.findings:
        for one in found.findings:
            if one.severity is not Severity.INFO:
                by_rule.setdefault((one.severity.rank, one.rule), []).append(one)
    grid.section("Самые частые замечания", "Полный список — на листе «Замечания».")
    if not by_rule:
        grid.note("Ошибок и предупреждений нет.")
        return
    titles = rule_titles(result)
    grid.captions([(0, 0, "Правило"), (1, 3, "Что не так"), (4, 5, "Важность"), (6, 7, "Замечаний"), (8, 8, "Книг"),
                   (9, grid.last, "Например")])  # fmt: skip
    frequent = sorted(by_rule.items(), key=lambda item: (item[0][0], -len(item[1]), item[0][1]))
    for (_, rule), findings in frequent[:_MOST_FREQUENT]:
        _finding_line(grid, rule, titles.get(rule, ""), findings)


def _finding_line(grid: Grid, rule: str, title: str, findings: Sequence[Finding]) -> None:
    first = findings[0]
    place = f"{first.location.sheet}!{first.location.cell}: " if first.location.cell else ""
    example = place + first.message.ru
    tally = Tally("books", rule=rule, severity=first.severity.value)
    back = {"bg_color": RED if first.severity is Severity.ERROR else YELLOW}
    grid.line(
        [
            (0, rule, {"align": "center"}),
            (1, title, {"text_wrap": True, "to": 3}),
            (4, first.severity.word.ru, {"align": "center", "to": 5, **back}),
            (6, Count(len(findings), replace(tally, what="findings")), {"to": 7, "align": "center"}),
            (8, Count(len({one.location.file for one in findings}), tally), {"align": "center"}),
            (9, example, {"to": grid.last, "text_wrap": True}),
        ],
        lines=max(text_lines(title, grid.room(1, 3), 10), text_lines(example, grid.room(9, grid.last), 10)),
    )


def rule_titles(result: ConsolidateResult) -> dict[str, str]:
    """What a rule is about: its title in the catalogue, or a relation's sentence without its placeholders."""
    titles = {rule: entry.title.ru for rule, entry in catalogue().items()}
    for part in result.parts:
        for relation in part.edition.book.relations:
            titles.setdefault(relation.id, re.sub(r"\s*\{[^}]*\}", "", relation.say.ru))
    return titles
