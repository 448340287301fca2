"""Strict CSV beside the rule books: known columns, whole rows, and every mistake with its file and line."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from xlkit.errors import system_reason
from xlkit.rules.mistakes import RuleBookError, problem


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One record: the line on which it begins, and its fields by column."""

    line: int
    fields: dict[str, str]


def read_csv(path: Path, required: tuple[str, ...], allowed: Collection[str] | None = None) -> list[CsvRow]:
    """Read a CSV file; raises RuleBookError where it is missing, not UTF-8, empty, or its rows are not whole.

    ``allowed`` are the columns that may stand there beside the required ones; ``None`` for any.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = system_reason(error)
        raise _mistake(path, None, reason.ru, reason.en) from error
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
                header = _header(path, record, required, allowed)
            elif record:
                rows.append(CsvRow(begins, _fields(path, begins, header, record)))
            begins = reader.line_num + 1
    except csv.Error as error:
        ru = "кавычка не закрыта или стоит внутри текста: внутри текста в кавычках её пишут дважды"
        en = "a quote is not closed or stands within text: inside of quoted text it is written twice"
        raise _mistake(path, begins, ru, en) from error
    if not header:
        raise _mistake(path, 1, "файл пуст", "the file is empty")
    if not rows:
        raise _mistake(path, 1, "в файле нет строк, кроме заголовков", "the file has no rows but its captions")
    return rows


def _header(path: Path, record: list[str], required: tuple[str, ...], allowed: Collection[str] | None) -> list[str]:
    missing = [name for name in required if name not in record]
    if missing:
        ru = f"нет столбца «{missing[0]}»; столбцы отделяются запятой"
        raise _mistake(path, 1, ru, f"no column {missing[0]!r}; columns are separated by commas")
    for i, name in enumerate(record):
        if name in record[:i]:
            raise _mistake(path, 1, f"столбец «{name}» повторяется", f"the column {name!r} stands twice")
        if allowed is not None and name not in required and name not in allowed:
            known = dict.fromkeys((*required, *sorted(allowed)))
            ru = f"неизвестный столбец «{name}»; бывают: {', '.join(f'«{k}»' for k in known)}"
            raise _mistake(path, 1, ru, f"unknown column {name!r}; there may be: {', '.join(map(repr, known))}")
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
