"""Strict CSV beside the rule books: known columns, whole rows, and every mistake with its file and line."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from xlkit.rules.yamlfile import RuleBookError, problem


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One record: the line on which it begins, and its fields by column."""

    line: int
    fields: dict[str, str]


def read_csv(path: Path, required: tuple[str, ...]) -> list[CsvRow]:
    """Read a CSV file; raises RuleBookError where it is missing, not UTF-8, or its rows are not whole."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _mistake(path, None, "файла нет", "there is no such file") from error
    except UnicodeDecodeError as error:
        ru = "файл не в кодировке UTF-8: сохраните его как «CSV UTF-8»"
        raise _mistake(path, None, ru, "the file is not UTF-8: save it as «CSV UTF-8»") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows = []
    begins = 1
    try:
        for record in reader:
            if record and not header:
                header = _header(path, record, required)
            elif record:
                rows.append(CsvRow(begins, _fields(path, begins, header, record)))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _mistake(path, reader.line_num, f"запись CSV: {error}", f"not valid CSV: {error}") from error
    if not header:
        raise _mistake(path, 1, "файл пуст", "the file is empty")
    return rows


def _header(path: Path, record: list[str], required: tuple[str, ...]) -> list[str]:
    missing = [name for name in required if name not in record]
    if missing:
        ru = f"нет столбца «{missing[0]}»; столбцы отделяются запятой"
        raise _mistake(path, 1, ru, f"no column {missing[0]!r}; columns are separated by commas")
    return record


def _fields(path: Path, line: int, header: list[str], record: list[str]) -> dict[str, str]:
    if len(record) != len(header):
        raise _mistake(
            path,
            line,
            f"в строке {len(record)} полей вместо {len(header)}: текст с запятой возьмите в кавычки",
            f"{len(record)} fields instead of {len(header)}: put text that has a comma in quotes",
        )
    return dict(zip(header, record, strict=True))


def _mistake(path: Path, line: int | None, ru: str, en: str) -> RuleBookError:
    return RuleBookError([problem(path, line, ru, en)])
