"""The свод as a workbook: summary with charts, all rows, findings, differences, intake, and every total."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlkit.address import quoted_sheet
from xlkit.consolidate import ALL, DISTRICT, INDUSTRY, REGION, IntakeLine, Standing, Total
from xlkit.finding import Finding, Severity
from xlkit.report.differences import STATUS_COLOURS, difference_rows
from xlkit.report.listing import Column, Link, Listing, first_row, report_book, write_listing
from xlkit.report.svod_changes import CHANGES, changes_listing
from xlkit.report.svod_figures import NAME_SHOWN, short_title
from xlkit.report.svod_rows import (
    common_folder,
    form_name,
    period_name,
    short_name,
    short_note,
    source_name,
    table_listing,
    table_sheets,
)
from xlkit.report.svod_summary import write_summary
from xlkit.rules.edition import load_edition
from xlkit.rules.period import Period
from xlkit.store.places import Places
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
    lists, changed = [], [CHANGES] if changes else []
    with using_language("ru"), report_book(stream, "Свод по кластерам") as book:
        tables = table_sheets(result)
        names = [SUMMARY, *tables, FINDINGS, RECONCILED, *changed, INTAKE, TOTALS]
        sheets = {name: book.add(name) for name in names}
        findings, found_at = _findings(result)
        differences, differ_at = _differences(result)
        shown = write_summary(book, sheets[SUMMARY], result, names[1:], _links(result.totals))
        for name in tables:
            listing, listed = table_listing(result, name)
            write_listing(book, sheets[name], listing)
            lists.append(listed)
        write_listing(book, sheets[FINDINGS], findings)
        write_listing(book, sheets[RECONCILED], differences)
        if changes:
            write_listing(book, sheets[CHANGES], changes_listing(changes))
        write_listing(book, sheets[INTAKE], _intake(result, found_at, differ_at))
        write_listing(book, sheets[TOTALS], _totals(result.totals))
        _colour_tabs(sheets, names)
    return stream.getvalue(), Places(_sums(result.totals, shown), lists)


def _links(totals: Sequence[Total]) -> dict[int, Link]:
    """By a total's identity the line on the last sheet that says what it is made of."""
    sheet = quoted_sheet(TOTALS)
    return {
        id(total): Link("", f"internal:{sheet}!J{row}", f"Состав суммы — лист «{TOTALS}», строка {row}")
        for row, total in enumerate(totals, start=first_row())
    }


def _sums(totals: Sequence[Total], shown: Sequence[tuple[int, int, Total]]) -> list[tuple[str, int, int, int]]:
    """Where which total stands, on the summary and on the last sheet."""
    numbers = {id(total): number for number, total in enumerate(totals)}
    summary = [(SUMMARY, row + 1, column + 1, numbers[id(total)]) for row, column, total in shown]
    return summary + [(TOTALS, first_row() + number, 0, number) for number in range(len(totals))]


def _colour_tabs(sheets: dict[str, object], names: Sequence[str]) -> None:
    colours = {SUMMARY: NAVY, FINDINGS: "#C55A11", RECONCILED: "#C55A11", INTAKE: "#548235", TOTALS: NAVY}
    for name in names:
        sheets[name].set_tab_color(colours.get(name, "#8EA9DB"))  # type: ignore[attr-defined]


# --- findings ---------------------------------------------------------------------------------------------


def _findings(result: ConsolidateResult) -> tuple[Listing, dict[str, int]]:
    """The findings of every file that nothing stands in for, and the row where each file's begin."""
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
    fills: dict[tuple[int, int], str] = {}
    begins: dict[str, int] = {}
    for one in result.findings:
        if one.findings and one.line.file:
            begins[one.line.file] = first_row() + len(rows)
        for finding in one.findings:
            fills[len(rows), 2] = _SEVERITY_COLOURS[finding.severity]
            rows.append([short_name(one.line.file, folder), one.line.passport.id, *_finding(finding)])
    note = "Все замечания книг, кроме повторов и заменённых. С ошибкой книга неверна, остальное — к сведению."
    return Listing(FINDINGS, note, columns, rows, frozen=1, fills=fills, empty="Замечаний нет"), begins


def _finding(one: Finding) -> list[object]:
    return [
        one.severity.word.ru, one.rule, one.location.sheet, one.location.cell, one.message.ru, _brief(one.value),
        _brief(one.expected), one.hint.ru if one.hint else None,
    ]  # fmt: skip


def _brief(content: object) -> object:
    """A cell's content as far as it takes to know it again; the whole stands in the cell itself."""
    if not isinstance(content, str) or len(content) <= _BRIEF:
        return content
    return content[: _BRIEF - 1].rstrip() + "…"


# --- differences ------------------------------------------------------------------------------------------


def _differences(result: ConsolidateResult) -> tuple[Listing, dict[str, int]]:
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
    fills: dict[tuple[int, int], str] = {}
    begins: dict[str, int] = {}
    for line, one in result.reconciled:
        if one.differences:
            begins[one.file] = first_row() + len(rows)
        for difference, own in zip(one.differences, difference_rows(one), strict=True):
            for column in (7, 8, 10):
                fills[len(rows), column] = STATUS_COLOURS[difference.status]
            rows.append([short_name(one.file, folder), line.passport.id, *own])
    note = f"Книги против реестра {source_name(result.source)}. Другая формулировка расхождением не считается."
    return Listing(RECONCILED, note, columns, rows, frozen=1, fills=fills, empty="Различий нет"), begins


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
    rows = []
    for line in result.intake:
        number = differences.get(line.file or "")
        rows.append(
            [*_whose(line), line.standing.word.ru, "да" if line.expected else "нет", short_name(line.file, folder),
             _count(line.errors, FINDINGS, found_at.get(line.file or "")) if line.file else None,
             line.warnings if line.file else None, _count(number, RECONCILED, differ_at.get(line.file or "")),
             short_note(line, folder)]
        )  # fmt: skip
    fills = {(number, 8): STANDING_COLOURS[line.standing] for number, line in enumerate(result.intake)}
    where = f" Папка: {folder}." if folder else ""
    note = (
        f"Строка на каждую ожидаемую книгу и на каждый полученный файл.{where} Замечания и сверка повторов и "
        "заменённых книг не приводятся."
    )
    return Listing(INTAKE, note, columns, rows, frozen=2, fills=fills, empty="Ничего не ожидалось и не получено")


def _whose(line: IntakeLine) -> list[object]:
    p = line.passport
    period = period_name(line.period) if line.form else ""
    known = [p.id, p.name, p.industry, p.region, p.district] if p.id else [""] * 5
    return [*known, form_name(line.form), period, line.deadline]


def _count(number: int | None, sheet: str, row: int | None) -> object:
    """A count that leads to the file's first line on another sheet."""
    return Link(number, f"internal:{quoted_sheet(sheet)}!A{row}") if number and row else number


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
)


def _totals(totals: Sequence[Total]) -> Listing:
    sheets = {
        (form, n): t.sheet for form in {t.form for t in totals} for n, t in load_edition(form).book.tables.items()
    }
    forms = {t.form: form_name(t.form) for t in totals}
    rows = [
        [forms[t.form], sheets.get((t.form, t.table), t.table), _DIMENSION_NAMES[t.dimension], t.group or "все", t.key,
         short_title(t.name, NAME_SHOWN), t.unit, t.mode, str(Period(t.year, t.quarter)) if t.quarter else str(t.year),
         t.amount, t.planned, t.clusters, t.numbers,
         *(count or None for count in (t.dashes, t.yes, t.blank, t.doubtful, t.other, t.absent))]
        for t in totals
    ]  # fmt: skip
    fills = {
        (number, column): YELLOW
        for number, t in enumerate(totals)
        if t.missing
        for column, count in ((15, t.blank), (16, t.doubtful), (17, t.other), (18, t.absent))
        if count
    }
    note = (
        "Каждая сумма «Сводки» и то, чего в ней нет. Складываются только числа строк формы в её единице и с её учётом; "
        "доли и «да» не складываются."
    )
    return Listing(TOTALS, note, _TOTALS_COLUMNS, rows, frozen=4, fills=fills, empty="Складывать нечего")
