"""«Добавить строку»: a new measure under the selected row, with formulas, formats and the next free number."""

from __future__ import annotations

from collections.abc import Sequence

import xlwings as xw

from xlkit.books.captions import NO_PERIOD
from xlkit.books.submission import Submission
from xlkit.books.tables import FoundTable, TableRow
from xlkit.errors import XlkitError
from xlkit.rules.codes import FreeCodes
from xlkit.rules.model import Level
from xlkit.texts import Text
from xlkit.values import folded

_ABOVE, _BELOW = "format_from_left_or_above", "format_from_right_or_below"


def insert_row(book: xw.Book, submission: Submission) -> str:
    """Insert a row under the selected one; returns what was done. XlkitError where no measure can stand there."""
    selected = book.app.selection
    if selected is None:
        raise _nowhere()
    found = _table_at(submission, selected.sheet.name)
    levels = submission.edition.book.tables[found.table].levels
    own = {level.id for level in levels if not level.fixed and not level.within}
    above = [row for row in found.rows if row.row <= selected.row]
    if not own or not above or not _holds_measures(levels, above[-1], own):
        raise _nowhere()
    last, parent = _end_of(found, above[-1], own)
    number = FreeCodes({row.key.key for row in found.rows}).first(parent)
    fixed_above = last.key.level not in own
    place = book.sheets[found.sheet].range(f"{last.row + 1}:{last.row + 1}")
    place.insert("down", _BELOW if fixed_above else _ABOVE)
    _fill_row(book.sheets[found.sheet], submission, found, last.row + 1, own)
    code = found.columns["code", NO_PERIOD]
    book.sheets[found.sheet].range((last.row + 1, code)).value = f"'{number}"
    return f"Добавлена строка {number} (лист «{found.sheet}», строка {last.row + 1}). Впишите мероприятие и значения."


def _nowhere() -> XlkitError:
    return XlkitError(
        Text(
            "Поставьте курсор в строку результата или мероприятия таблицы «План» и нажмите кнопку ещё раз",
            "Select a row of a result or measure of the table «План» and press the button again",
        )
    )


def _table_at(submission: Submission, sheet: str) -> FoundTable:
    for found in submission.tables.values():
        if folded(found.sheet) == folded(sheet):
            return found
    raise _nowhere()


def _holds_measures(levels: Sequence[Level], row: TableRow, own: set[str]) -> bool:
    """Whether a measure may follow a row: a measure, what stands within one, or a result, but no section."""
    parts = max((level.parts for level in levels if level.id in own), default=0)
    return row.key.level in own or "/" in row.key.key or len(row.key.code.split(".")) == parts - 1


def _end_of(found: FoundTable, at: TableRow, own: set[str]) -> tuple[TableRow, str]:
    """After which row to insert, and under which parent: specialties stay with the measure that holds them."""
    holder = at.key.parent if "/" in at.key.key else at.key.key
    inner = [row for row in found.rows if row.key.key.startswith(f"{holder}/")]
    last = inner[-1] if inner else at
    parent = holder if at.key.level not in own and "/" not in at.key.key else holder.rpartition(".")[0]
    return last, parent


def _fill_row(sheet: xw.Sheet, submission: Submission, found: FoundTable, row: int, own: set[str]) -> None:
    """Formulas, formats and drop-downs of a measure's row, and nothing that somebody has typed there."""
    source = next((one.row for one in found.rows if one.key.level in own and one.row != row), None)
    if source is not None:
        at = source if source < row else source + 1
        sheet.range(f"{at}:{at}").copy(sheet.range(f"{row}:{row}"))
    columns = submission.edition.book.tables[found.table].columns
    for (column, _), number in found.columns.items():
        if columns[column].kind not in ("running_total", "lookup", "difference", "percentage"):
            sheet.range((row, number)).value = None
    for note in list(sheet.notes):
        if note.location.row == row:
            note.delete()  # copied with the row
