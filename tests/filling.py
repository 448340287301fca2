"""Fills a template as an outside person would: with openpyxl, columns by caption, rows by code under their parent.

Nothing here uses xlkit's own layout, so that a mistake in it cannot hide itself.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from xlkit.actions.template import template_contents
from xlkit.books.reader import read_workbook
from xlkit.books.submission import Submission, declared_sheets, submission_of
from xlkit.rules.edition import load_edition

T = TypeVar("T")
PROGRAMMES = Path(__file__).resolve().parent.parent / "xlkit" / "demo" / "programmes"
MODES = {
    "increment": "за год", "cumulative": "нарастающим итогом", "level": "на дату", "flag": "да-нет",
}  # fmt: skip
SPECIALTY = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}")
PLAN_CAPTIONS = {"code": "№ п/п", "name": "Наименование результата мероприятия", "unit": "Единица измерения",
                 "mode": "Учёт", "indicator": "Показатель №"}  # fmt: skip
INDICATOR_CAPTIONS = {"code": "№ п/п", "name": "Показатель критерия", "unit": "Единица измерения"}


def blank_template(form: str, edition: str | None = None, first_year: int | None = None) -> bytes:
    """The bytes of a blank template."""
    ((_, content),) = template_contents(form, edition, first_year)
    return content


@dataclass(frozen=True)
class Programme:
    """A real programme: its form, its years, its CSV file by sheet, and what the title sheet says."""

    form: str
    years: tuple[int, ...]
    files: Mapping[str, str]
    title: Mapping[str, object]


_CONTACT = {"Контактное лицо": "Ответственный за программу", "Телефон": "+7 000 000-00-00",
            "Электронная почта": "cluster@example.org"}  # fmt: skip
CENTER = Programme(
    "program_center", (2026, 2027, 2028),
    {"План": "plan_center_2026.csv", "Показатели": "indicators_center_2026.csv"},
    {"Идентификатор кластера": "ОПЦ-16-2026-01", "Наименование кластера": "Центр топливно-энергетической отрасли",
     "Субъект РФ": "Республика Татарстан", "Федеральный округ": "Приволжский федеральный округ",
     "Отрасль": "Топливно-энергетический комплекс", "Базовая организация": "Базовый колледж кластера", **_CONTACT},
)  # fmt: skip
EDUCATIONAL = Programme(
    "program_educational", (2024, 2025, 2026),
    {"План": "plan_educational_2024.csv"},
    {"Идентификатор кластера": "ОК-63-2024-01", "Наименование кластера": "Кластер правоохранительной сферы",
     "Субъект РФ": "Самарская область", "Федеральный округ": "Приволжский федеральный округ",
     "Отрасль": "Правоохранительная сфера и управление", "Базовая организация": "Базовый колледж кластера",
     **_CONTACT},
)  # fmt: skip
PROGRAMMES_BY_FORM = {p.form: p for p in (CENTER, EDUCATIONAL)}


def fill_programme(programme: Programme, path: Path, title: Mapping[str, object] | None = None) -> Path:
    """Fill the form's template with a programme's CSV rows word for word and save it."""
    entries = {**programme.title, **(title or {})}
    path.write_bytes(_filled(programme.form, tuple(entries.items()), load_edition(programme.form).digest))
    return path


@lru_cache(maxsize=32)
def _filled(form: str, title: tuple[tuple[str, object], ...], digest: str) -> bytes:
    """The same for the same rules, of which ``digest`` is the sum: many tests begin with it."""
    programme = PROGRAMMES_BY_FORM[form]
    workbook = openpyxl.load_workbook(io.BytesIO(blank_template(form)))
    fill_title(workbook, dict(title))
    for sheet, file in programme.files.items():
        fill_table(workbook[sheet], file, programme.years)
    saved = io.BytesIO()
    workbook.save(saved)
    workbook.close()
    return saved.getvalue()


def fill_title(workbook: Workbook, entries: Mapping[str, object]) -> None:
    """Write entries beside their captions; a caption that is not there is an error."""
    sheet = workbook["Титул"]
    rows = {str(cell.value): cell.row for cell in sheet["A"] if cell.value}
    for caption, content in entries.items():
        sheet.cell(rows[caption], 2).value = content


def fill_table(sheet: Worksheet, file: str, years: tuple[int, ...]) -> None:
    """Write every CSV row into the row of its key, empty cells cleared."""
    captions = INDICATOR_CAPTIONS if sheet.title == "Показатели" else PLAN_CAPTIONS
    header, columns = columns_of(sheet)
    rows = rows_of(sheet, header, columns["№ п/п"])
    for key, record in csv_rows(file):
        row = rows[key]
        for field, caption in captions.items():
            if field in record and caption in columns:
                text = MODES.get(record[field], record[field]) if field == "mode" else record[field]
                sheet.cell(row, columns[caption]).value = typed(text)
        for year in years:
            caption = str(year) if str(year) in columns else f"на 31.12.{year}"
            sheet.cell(row, columns[caption]).value = typed(record[f"y{year}"])


def typed(text: str) -> object:
    """What Excel makes of a typed text: digits alone are a number, anything else stays text."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else text


def columns_of(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """The row of captions (the one that has «№ п/п») and the columns by caption."""
    for cells in sheet.iter_rows(max_row=40):
        texts = {str(cell.value): cell.column for cell in cells if cell.value is not None}
        if "№ п/п" in texts:
            return cells[0].row, texts
    raise AssertionError(f"{sheet.title}: no row of captions")


def rows_of(sheet: Worksheet, header: int, code_column: int) -> dict[str, int]:
    """Rows by code; a specialty stands under the measure above it (``1.4.1/40.02.02``)."""
    codes = [(row, str(sheet.cell(row, code_column).value or "")) for row in range(header + 1, sheet.max_row + 1)]
    return {key: row for key, row in _keyed(codes) if key}


def csv_rows(file: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a programme with the keys under which a person looks for them."""
    with (PROGRAMMES / file).open(encoding="utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    # The real plan has one row without a number; anybody sees that it is the first (and only one) under 2.2.
    codes = [(record, record["code"] or "2.2.1") for record in records]
    yield from _keyed(codes)


def _keyed(codes: Iterable[tuple[T, str]]) -> Iterator[tuple[str, T]]:
    holder = ""
    for one, text in codes:
        code = text.rstrip(".")
        if SPECIALTY.fullmatch(code):
            yield f"{holder}/{code}", one
        else:
            holder = code
            yield code, one


def cell_of(path: Path, sheet: str, key: str, caption: str) -> str:
    """The address of a cell in a filled workbook, found as a person finds it; ``2.2.1`` is the unnumbered row."""
    rows, columns = _rows_and_columns(path.read_bytes(), sheet)
    row = rows["2.2"] + 1 if key == "2.2.1" and key not in rows else rows[key]
    return f"{get_column_letter(columns[caption])}{row}"


@lru_cache(maxsize=32)
def _rows_and_columns(content: bytes, sheet: str) -> tuple[dict[str, int], dict[str, int]]:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    header, columns = columns_of(workbook[sheet])
    rows = rows_of(workbook[sheet], header, columns["№ п/п"])
    workbook.close()
    return rows, columns


def read_submission(path: Path) -> Submission:
    """A workbook as the actions understand it."""
    return submission_of(read_workbook(path, declared_sheets()), str(path))
