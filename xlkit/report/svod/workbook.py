"""The свод as a workbook: summary with charts, all rows, findings, differences, intake, and every total."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from xlkit.address import quoted_sheet
from xlkit.consolidate import ALL, DISTRICT, INDUSTRY, REGION, IntakeLine, Standing, Total
from xlkit.finding import Finding, Severity
from xlkit.report.differences import STATUS_COLOURS, difference_rows
from xlkit.report.lists.bulk import cells_of, columns_of
from xlkit.report.lists.links import Leads, Link, leads_of
from xlkit.report.lists.listing import Listing, report_book, write_listing
from xlkit.report.lists.paging import first_row, place_of, sheet_names, sheet_rows
from xlkit.report.lists.rows import Column
from xlkit.report.svod.changes import CHANGES, changes_listing
from xlkit.report.svod.figures import NAME_SHOWN, short_title
from xlkit.report.svod.grid import Grid
from xlkit.report.svod.leads import Place, Whereabouts
from xlkit.report.svod.rows import (
    common_folder,
    form_name,
    period_name,
    short_name,
    short_note,
    source_name,
    table_listing,
    table_sheets,
)
from xlkit.report.svod.summary import write_summary
from xlkit.rules.edition import load_edition
from xlkit.rules.period import Period
from xlkit.store.places import ListedSheet, ListedTotals, Places
from xlkit.templates.styles import GREEN, GREY, NAVY, PALE_BLUE, RED, YELLOW
from xlkit.texts import using_language

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult
    from xlkit.store.changes import Changes

SUMMARY, FINDINGS, RECONCILED, INTAKE, TOTALS = "Сводка", "Замечания", "Сверка", "Приём", "Итоги"

STANDING_COLOURS = {
    Standing.ACCEPTED: GREEN,
    Standing.WITH_FINDINGS: YELLOW,
    Standing.TWICE: RED,
    Standing.NOT_SUBMITTED: GREY,
    Standing.REFUSED: RED,
    Standing.REPEAT: PALE_BLUE,
    Standing.SUPERSEDED: PALE_BLUE,
}
_BRIEF = 160
_SEVERITY_COLOURS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.INFO: PALE_BLUE}
_DIMENSION_NAMES = {ALL: "всего", DISTRICT: "федеральный округ", INDUSTRY: "отрасль", REGION: "субъект РФ"}


def write_svod(result: ConsolidateResult) -> bytes:
    """The свод as an .xlsx workbook; the same result gives the same bytes."""
    return write_placed_svod(result)[0]


def write_placed_svod(result: ConsolidateResult, changes: Changes | None = None) -> tuple[bytes, Places]:
    """The same with the places of its figures; what has changed since the last one is a sheet of its own."""
    stream = io.BytesIO()
    with using_language("ru"), report_book(stream, "Свод по кластерам") as book:
        listed = [table_listing(result, name) for name in table_sheets(result)]
        rows = list(chain(*(places for _, places in listed)))
        where = Whereabouts(result.parts, rows)
        findings, found_at = _findings(result, where)
        differences, differ_at = _differences(result, where)
        lists = {listing.title: listing for listing, _ in listed} | {FINDINGS: findings, RECONCILED: differences}
        lists |= {CHANGES: changes_listing(changes)} if changes else {}
        lists |= {INTAKE: _intake(result, found_at, differ_at), TOTALS: _totals(result.totals)}
        names = {name: sheet_names(name, listing.count) for name, listing in lists.items()}
        summary = book.add(SUMMARY)
        sheets = {name: [book.add(one) for one in pages] for name, pages in names.items()}
        shown = write_summary(book, summary, result, list(chain(*names.values())), _Links(result.totals))
        for name, listing in lists.items():
            write_listing(book, sheets[name], listing)
        _colour_tabs({SUMMARY: [summary]} | sheets)
    return stream.getvalue(), _places(result.totals, shown, rows)


class _Links:
    """Of a total the link to the line on the last sheet that says what it is made of."""

    def __init__(self, totals: Sequence[Total]) -> None:
        self.numbers = {id(total): number for number, total in enumerate(totals)}

    def __call__(self, total: Total) -> Link:
        sheet, row = place_of(TOTALS, self.numbers[id(total)])
        doubts = f"Под вопросом: {total.questioned}. " if total.questioned else ""
        return Link(
            "", f"internal:{quoted_sheet(sheet)}!J{row}", f"{doubts}Состав суммы — лист «{sheet}», строка {row}"
        )


def _places(totals: Sequence[Total], shown: Grid, lists: Sequence[ListedSheet]) -> Places:
    """Where what stands: totals and counters on the summary, totals on the last sheets, rows on the lists."""
    numbers = {id(total): number for number, total in enumerate(totals)}
    listed = [
        ListedTotals(name, first_row(), range(*span))
        for name, span in zip(sheet_names(TOTALS, len(totals)), sheet_rows(len(totals)), strict=True)
    ]
    sums = [(SUMMARY, row + 1, column + 1, numbers[id(total)]) for row, column, total in shown.sums]
    counters = [
        (SUMMARY, row + 1, first + 1, last + 1, count.shown, count.tally) for row, first, last, count in shown.counters
    ]
    return Places(sums, listed, lists, counters)


def _colour_tabs(sheets: Mapping[str, Sequence[Any]]) -> None:
    colours = {SUMMARY: NAVY, FINDINGS: "#C55A11", RECONCILED: "#C55A11", INTAKE: "#548235", TOTALS: NAVY}
    for name, pages in sheets.items():
        for sheet in pages:
            sheet.set_tab_color(colours.get(name, "#8EA9DB"))


# --- findings ---------------------------------------------------------------------------------------------


def _findings(result: ConsolidateResult, where: Whereabouts) -> tuple[Listing, dict[str, int]]:
    """The findings of every file that nothing stands in for, and the row (from 0) where each file's begin."""
    columns = (
        Column("Файл", 20, "wrap"),
        Column("Идентификатор кластера", 17, "wrap"),
        Column("Важность", 17, "centre"),
        Column("Правило", 11, "centre"),
        Column("Лист", 13),
        Column("Ячейка", 10, "centre"),
        Column("Что не так", 52, "wrap"),
        Column("Значение", 22, "value"),
        Column("Ожидается", 20, "value"),
        Column("Как исправить", 42, "wrap"),
    )
    folder = common_folder(result.files)
    rows: list[list[object]] = []
    places: list[Place] = []
    fills: dict[tuple[int, int], str] = {}
    begins: dict[str, int] = {}
    for one in result.findings:
        if one.findings and one.line.file:
            begins[one.line.file] = len(rows)
        for finding in one.findings:
            fills[len(rows), 2] = _SEVERITY_COLOURS[finding.severity]
            rows.append([short_name(one.line.file, folder), one.line.passport.id, *_finding(finding)])
            places.append((one.line.file, finding.location.sheet, finding.location.cell))
    note = "Все замечания книг, кроме повторов и заменённых. С ошибкой книга неверна, остальное — к сведению."
    leads = where.leads(places)
    cells = columns_of(len(columns), rows, fills, {5: leads})
    return Listing(FINDINGS, note + _said_of(leads), columns, cells, frozen=1, empty="Замечаний нет"), begins


def _finding(one: Finding) -> list[object]:
    return [
        one.severity.word.ru, one.rule, one.location.sheet, one.location.cell, one.message.ru, _brief(one.value),
        _brief(one.expected), one.hint.ru if one.hint else None,
    ]  # fmt: skip


def _said_of(leads: Leads) -> str:
    """What the links of a list are for, where it has any."""
    return " Подчёркнутая ячейка ведёт к своей строке в этом своде." if (leads.pages >= 0).any() else ""


def _brief(content: object) -> object:
    """A cell's content as far as it takes to know it again; the whole stands in the cell itself."""
    if not isinstance(content, str) or len(content) <= _BRIEF:
        return content
    return content[: _BRIEF - 1].rstrip() + "…"


# --- differences ------------------------------------------------------------------------------------------


def _differences(result: ConsolidateResult, where: Whereabouts) -> tuple[Listing, dict[str, int]]:
    columns = (
        Column("Файл", 20, "wrap"),
        Column("Идентификатор кластера", 17, "wrap"),
        Column("Лист", 13),
        Column("Ячейка", 10, "centre"),
        Column("№ п/п", 13, "centre"),
        Column("Наименование", 46, "wrap"),
        Column("Год", 8, "centre"),
        Column("В книге", 26, "value"),
        Column("В реестре", 26, "value"),
        Column("Разница", 14, "signed"),
        Column("Что различается", 16, "centre"),
    )
    folder = common_folder(result.files)
    rows: list[list[object]] = []
    places: list[Place] = []
    fills: dict[tuple[int, int], str] = {}
    begins: dict[str, int] = {}
    for line, one in result.reconciled:
        if one.differences:
            begins[one.file] = len(rows)
        for difference, own in zip(one.differences, difference_rows(one), strict=True):
            for column in (7, 8, 10):
                fills[len(rows), column] = STATUS_COLOURS[difference.status]
            rows.append([short_name(one.file, folder), line.passport.id, *own])
            places.append((one.file, difference.sheet, difference.cell))
    note = f"Книги против реестра {source_name(result.source)}. Другая формулировка расхождением не считается."
    leads = where.leads(places)
    cells = columns_of(len(columns), rows, fills, {3: leads})
    return Listing(RECONCILED, note + _said_of(leads), columns, cells, frozen=1, empty="Различий нет"), begins


# --- intake -----------------------------------------------------------------------------------------------


def _intake(result: ConsolidateResult, found_at: dict[str, int], differ_at: dict[str, int]) -> Listing:
    columns = (
        Column("Идентификатор кластера", 17, "wrap"),
        Column("Наименование кластера", 30, "wrap"),
        Column("Отрасль", 18, "wrap"),
        Column("Субъект РФ", 17, "wrap"),
        Column("Федеральный округ", 17, "wrap"),
        Column("Форма", 9, "centre"),
        Column("Период", 11, "centre"),
        Column("Срок", 12, "centre"),
        Column("Приём", 14, "centre"),
        Column("Ожидалось", 12, "centre"),
        Column("Файл", 20, "wrap"),
        Column("Ошибок", 10, "centre"),
        Column("Предупреждений", 17, "centre"),
        Column("Различий с реестром", 12, "centre"),
        Column("Примечание", 34, "wrap"),
    )
    folder = common_folder(result.files)
    differences = {one.file: len(one.differences) for _, one in result.reconciled}
    rows = [
        [*_whose(line), line.standing.word.ru, "да" if line.expected else "нет", short_name(line.file, folder),
         line.errors if line.file else None, line.warnings if line.file else None, differences.get(line.file or ""),
         short_note(line, folder)]
        for line in result.intake
    ]  # fmt: skip
    leads = {
        11: _beginnings(FINDINGS, (found_at.get(line.file or "") if line.errors else None for line in result.intake)),
        13: _beginnings(RECONCILED, (differ_at.get(line.file or "") for line in result.intake)),
    }
    fills = {(number, 8): STANDING_COLOURS[line.standing] for number, line in enumerate(result.intake)}
    where = f" Папка: {folder}." if folder else ""
    note = (
        f"Строка на каждую ожидаемую книгу и на каждый полученный файл.{where} Замечания и сверка повторов и "
        "заменённых книг не приводятся."
    )
    cells = columns_of(len(columns), rows, fills, leads)
    return Listing(INTAKE, note, columns, cells, frozen=2, empty="Ничего не ожидалось и не получено")


def _whose(line: IntakeLine) -> list[object]:
    p = line.passport
    period = period_name(line.period) if line.form else ""
    known = [p.id, p.name, p.industry, p.region, p.district] if p.id else [""] * 5
    return [*known, form_name(line.form), period, line.deadline]


def _beginnings(sheet: str, rows: Iterable[int | None]) -> Leads:
    """Of counts that lead to a file's first row (from 0) in another list."""
    return leads_of([place_of(sheet, row) if row is not None else None for row in rows])


# --- every total ------------------------------------------------------------------------------------------


_TOTALS_COLUMNS = (
    Column("Форма", 8, "centre"),
    Column("Таблица", 12),
    Column("Разрез", 13, "wrap"),
    Column("Группа", 22, "wrap"),
    Column("№ п/п", 13, "centre"),
    Column("Наименование", 46, "wrap"),
    Column("Единица измерения", 11, "centre"),
    Column("Учёт", 13, "centre"),
    Column("Период", 9, "centre"),
    Column("Сумма", 13, "number"),
    Column("План тех же кластеров", 11, "number"),
    Column("Кластеров", 11, "number"),
    Column("Из них в сумме", 8, "number"),
    Column("Прочерк", 10, "number"),
    Column("«да»", 6, "number"),
    Column("Не заполнено", 11, "number"),
    Column("С ошибкой", 9, "number"),
    Column("Иная единица или учёт", 10, "number"),
    Column("Нет строки", 8, "number"),
    Column("Под вопросом", 11, "number"),
)


def _totals(totals: Sequence[Total]) -> Listing:
    sheets = {
        (form, n): t.sheet for form in {t.form for t in totals} for n, t in load_edition(form).book.tables.items()
    }
    forms = {form: form_name(form) for form in {t.form for t in totals}}
    names = {name: short_title(name, NAME_SHOWN) for name in {t.name for t in totals}}
    periods = {when: str(Period(*when)) if when[1] else str(when[0]) for when in {(t.year, t.quarter) for t in totals}}
    contents: tuple[Sequence[object], ...] = (
        [forms[t.form] for t in totals],
        [sheets.get((t.form, t.table), t.table) for t in totals],
        [_DIMENSION_NAMES[t.dimension] for t in totals],
        [t.group or "все" for t in totals],
        [t.key for t in totals],
        [names[t.name] for t in totals],
        [t.unit for t in totals],
        [t.mode for t in totals],
        [periods[t.year, t.quarter] for t in totals],
        [t.amount for t in totals],
        [t.planned for t in totals],
        [t.clusters for t in totals],
        [t.numbers for t in totals],
        *([getattr(t, count) or None for t in totals] for count in ("dashes", "yes", *_STAND_OUT)),
    )
    first = len(contents) - len(_STAND_OUT)
    cells = [cells_of(column, _filled(column) if i >= first else None) for i, column in enumerate(contents)]
    note = (
        "Каждая сумма «Сводки» и то, чего в ней нет. Складываются только числа строк формы в её единице и с её учётом; "
        "доли и «да» не складываются. «Под вопросом» — сколько чисел и «да» из учтённых с предупреждением или не "
        "такие, как в реестре; какие — скажет xlkit explain."
    )
    return Listing(TOTALS, note, _TOTALS_COLUMNS, cells, frozen=4, empty="Складывать нечего")


_STAND_OUT = ("blank", "doubtful", "other", "absent", "questioned")


def _filled(column: Sequence[object]) -> dict[int, str]:
    """The counts that say what is not in a sum, or questionable in it, stand out."""
    return {row: YELLOW for row, content in enumerate(column) if content}
