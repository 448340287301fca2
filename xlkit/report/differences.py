"""The difference report: every difference with both values side by side, coloured and linked."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from xlkit.address import quoted_sheet
from xlkit.reconcile import Difference, Status
from xlkit.report.differences_text import STATUS_WORDS, VERDICT_WORDS, row_code
from xlkit.report.lists.bulk import columns_of
from xlkit.report.lists.links import Link
from xlkit.report.lists.listing import Listing, report_book, write_listing
from xlkit.report.lists.paging import sheet_names
from xlkit.report.lists.rows import Column
from xlkit.report.svod.figures import NAME_SHOWN, short_title
from xlkit.report.svod.rows import common_folder, short_name, source_name
from xlkit.templates.styles import GREEN, GREY, RED, YELLOW
from xlkit.texts import using_language

if TYPE_CHECKING:
    from xlkit.actions.reconcile import FileReconciliation, ReconcileResult

STATUS_COLOURS = {
    Status.DIFFERS: RED,
    Status.ONLY_IN_WORKBOOK: YELLOW,
    Status.ONLY_IN_REGISTER: YELLOW,
    Status.UNIT_DIFFERS: YELLOW,
    Status.WORDING_DIFFERS: GREY,
    Status.NOT_COMPARABLE: RED,
}

_VERDICT_COLOURS = {"matches": GREEN, "differs": RED, "refused": YELLOW}

_SUMMARY, _DIFFERENCES = "Сводка", "Различия"


def write_differences(result: ReconcileResult, folder: str | Path | None = None) -> bytes:
    """The report of a reconciliation as an .xlsx workbook.

    Links to the cells lead from ``folder``, where the report will stand; without one, from the working folder.
    """
    stream = io.BytesIO()
    with using_language("ru"), report_book(stream, "Отчёт о различиях") as book:
        for name, listing in ((_SUMMARY, _summary(result, folder)), (_DIFFERENCES, _differences(result, folder))):
            write_listing(book, [book.add(one) for one in sheet_names(name, listing.count)], listing)
    return stream.getvalue()


def _against(result: ReconcileResult) -> str:
    return "В реестре" if result.source else "Утверждено"


def _summary(result: ReconcileResult, folder: str | Path | None) -> Listing:
    counts = result.totals
    source = f"реестром {source_name(result.source)}" if result.source else "листом «Утверждено» каждой книги"
    note = (
        f"Сверка с {source}. Файлов {counts['files']}: совпадает {counts['matches']}, расходится {counts['differs']}, "
        f"не сверено {counts['refused']}. Различий {counts['differences']}."
    )
    statuses = list(Status)
    columns = (
        Column("Файл", 30, "wrap"),
        Column("Кластер", 18, "wrap"),
        Column("Итог", 14, "centre"),
        Column("Различий", 12, "centre"),
        *(Column(STATUS_WORDS[s].ru.capitalize(), 15, "centre") for s in statuses),
        Column("Почему не сверено", 46, "wrap"),
    )
    rows, fills = [], {}
    common = common_folder([one.file for one in result.files])
    for number, one in enumerate(result.files):
        found = Counter(d.status for d in one.differences)
        refused = one.refusal.ru if one.refusal else ""
        rows.append(
            [_link(short_name(one.file, common), one, folder), one.cluster, VERDICT_WORDS[one.verdict].ru,
             len(one.differences) if not refused else None,
             *(found[s] or None for s in statuses), refused]
        )  # fmt: skip
        fills[number, 2] = _VERDICT_COLOURS[one.verdict]
        for i, status in enumerate(statuses):
            if found[status]:
                fills[number, 4 + i] = STATUS_COLOURS[status]
    cells = columns_of(len(columns), rows, fills)
    return Listing("Отчёт о различиях", note, columns, cells, frozen=1, empty="Нет файлов")


def _differences(result: ReconcileResult, folder: str | Path | None) -> Listing:
    columns = (
        Column("Файл", 22, "wrap"),
        Column("Кластер", 17, "wrap"),
        Column("Лист", 13),
        Column("Ячейка", 10, "centre"),
        Column("№ п/п", 13, "centre"),
        Column("Наименование", 46, "wrap"),
        Column("Год", 8, "centre"),
        Column("В книге", 26, "value"),
        Column(_against(result), 26, "value"),
        Column("Разница", 14, "signed"),
        Column("Что различается", 16, "centre"),
        Column("Сходство, %", 12, "centre"),
    )
    rows: list[list[object]] = []
    fills = {}
    common = common_folder([one.file for one in result.files])
    for one in result.files:
        for difference in one.differences:
            number = len(rows)
            rows.append([short_name(one.file, common), *_row(one, difference, folder)])
            for column in (7, 8, 10):
                fills[number, column] = STATUS_COLOURS[difference.status]
    note = (
        "Ячейка ведёт в книгу. Красным — значения расходятся или несопоставимы, жёлтым — строка или единица есть лишь "
        "с одной стороны, серым — формулировки (расхождением не считаются)."
    )
    cells = columns_of(len(columns), rows, fills)
    return Listing(_DIFFERENCES, note, columns, cells, frozen=1, empty="Различий нет")


def _row(one: FileReconciliation, d: Difference, folder: str | Path | None) -> list[object]:
    place: object = d.cell
    if d.cell:
        place = _link(d.cell, one, folder, f"#{quoted_sheet(d.sheet)}!{d.cell}")
    # A year is a name here, not a quantity: as text it gets no thousands separator.
    year = str(d.year) if d.year else None
    return [
        one.cluster, d.sheet, place, row_code(d), short_title(d.name, NAME_SHOWN), year, d.workbook, d.register,
        d.delta, STATUS_WORDS[d.status].ru, d.similarity,
    ]  # fmt: skip


def _link(text: str, one: FileReconciliation, folder: str | Path | None, place: str = "") -> Link:
    """A text that leads to a file, or to a place in it."""
    return Link(text, f"external:{_path_from(one.file, folder)}{place}")


def _path_from(file: str, folder: str | Path | None) -> str:
    """The path of a workbook from the report's folder; the whole path where it lies on another drive."""
    path = Path(file).resolve()
    try:
        return "./" + Path(os.path.relpath(path, Path(folder or ".").resolve())).as_posix()
    except ValueError:
        return path.as_posix()


def difference_rows(one: FileReconciliation) -> Iterator[list[object]]:
    """What the свод lists of a file's differences, without links."""
    for d in one.differences:
        year = str(d.year) if d.year else None
        name = short_title(d.name, NAME_SHOWN)
        yield [d.sheet, d.cell, row_code(d), name, year, d.workbook, d.register, d.delta, STATUS_WORDS[d.status].ru]
