"""An xlwings engine over a file, with openpyxl: the buttons without any office program (tests, servers).

Formulas are kept, not computed: a cell shows the value that was saved with its formula. Rows are not inserted,
since openpyxl would not move the formulas that look at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import xlwings as xw
from openpyxl.comments import Comment
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.cell_range import CellRange
from xlwings import base_classes

from xlkit.address import cell_name
from xlkit.excel.members import Apps, PlainEngine, activate, literal, rows_of


class App(base_classes.App):
    """The program that is not there: it remembers what it was told to show, and has one answer to all questions."""

    display_alerts = True  # xlwings turns it off while it saves

    def __init__(self) -> None:
        self.engine = PlainEngine("openpyxl", None)
        self.messages: list[str] = []
        self.answer = "ok"
        self.selected: Range | None = None

    @property
    def pid(self) -> int:
        return 1

    @property
    def selection(self) -> Range | None:
        return self.selected

    def activate(self, steal_focus: bool = False) -> None:
        """There is no window to bring to the front."""

    def alert(self, prompt: str, title: str | None, buttons: str, mode: str | None, callback: str | None) -> str:
        self.messages.append(prompt)
        return self.answer


class Book(base_classes.Book):
    """A workbook read twice: with its formulas, and with the values saved with them."""

    def __init__(self, app: App, path: Path) -> None:
        self._app, self.path = app, path
        self.formulas = openpyxl.load_workbook(path, keep_vba=path.suffix.lower() == ".xlsm")
        self.values = openpyxl.load_workbook(path, data_only=True)

    @property
    def app(self) -> App:
        return self._app

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def fullname(self) -> str:
        return str(self.path)

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    def activate(self) -> None:
        """There is one workbook."""

    def save(self, path: str | None = None, password: str | None = None) -> None:
        self.formulas.save(path or self.path)


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    def __call__(self, name_or_index: str | int) -> Sheet:
        names = self.book.formulas.sheetnames
        name = names[name_or_index - 1] if isinstance(name_or_index, int) else name_or_index
        return Sheet(self.book, name)

    def __len__(self) -> int:
        return len(self.book.formulas.sheetnames)

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self.book, name) for name in self.book.formulas.sheetnames)

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        """A new last sheet, which is where the buttons add one."""
        for workbook in (self.book.formulas, self.book.values):
            workbook.create_sheet(name)
        return Sheet(self.book, name or self.book.formulas.sheetnames[-1])


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name
        self.formulas, self.values = book.formulas[name], book.values[name]

    @property  # type: ignore[misc] # read only: no button renames a sheet
    def name(self) -> str:
        return self._name

    @property
    def book(self) -> Book:
        return self._book

    @property
    def notes(self) -> list[Note]:
        cells = (cell for row in self.formulas.iter_rows() for cell in row)
        return [Note(self, cell.row or 1, cell.column or 1) for cell in cells if cell.comment]

    @property
    def used_range(self) -> Range:
        return Range(self, 1, 1, max(self.formulas.max_row, 1), max(self.formulas.max_column, 1))

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        if isinstance(arg1, str):
            left, top, right, bottom = (int(edge or 1) for edge in range_boundaries(arg1))
            return Range(self, top, left, bottom, right)
        last = arg2 or arg1
        if isinstance(arg1, Range):
            return Range(self, *arg1.first, *last.last)
        return Range(self, arg1[0], arg1[1], last[0], last[1])

    @property
    def visible(self) -> bool:
        return bool(self.formulas.sheet_state == "visible")

    @visible.setter
    def visible(self, value: bool) -> None:
        self.formulas.sheet_state = "visible" if value else "hidden"

    @property
    def api(self) -> Sheet:
        return self  # has what is asked of Excel's own objects

    @property
    def FilterMode(self) -> bool:  # noqa: N802 - Excel's name
        return bool(self.formulas.auto_filter.filterColumn)

    def ShowAllData(self) -> None:  # noqa: N802 - Excel's name
        """Take back what a filter has chosen."""
        self.formulas.auto_filter.filterColumn = []
        self.range((1, 1), (self.formulas.max_row, 1)).row_hidden = False

    def activate(self) -> None:
        self._book.formulas.active = self._book.formulas.sheetnames.index(self._name)


class Range(base_classes.Range):
    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        self.sheet: Sheet = sheet
        self._top, self._left, self._bottom, self._right = top, left, bottom, right

    @property
    def first(self) -> tuple[int, int]:
        return self._top, self._left

    @property
    def last(self) -> tuple[int, int]:
        return self._bottom, self._right

    def __call__(self, row: int, column: int | None = None) -> Range:
        at = self._top + row - 1, self._left + (column or 1) - 1
        return Range(self.sheet, *at, *at)

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        return self.sheet.name, self._top, self._left, *self.shape

    @property
    def api(self) -> Sheet:
        return self.sheet  # xlwings asks whether there is one

    @property
    def row(self) -> int:
        return self._top

    @property
    def column(self) -> int:
        return self._left

    @property
    def shape(self) -> tuple[int, int]:
        return self._bottom - self._top + 1, self._right - self._left + 1

    @property
    def address(self) -> str:
        return f"{cell_name(self._top, self._left)}:{cell_name(self._bottom, self._right)}"

    @property
    def raw_value(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in self._cells(self.sheet.values)]

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        for target, contents in zip(self._cells(self.sheet.formulas), rows_of(value, *self.shape), strict=True):
            for cell, given in zip(target, contents, strict=True):
                self._write(cell, given)

    @property
    def formula(self) -> Any:
        texts = tuple(
            tuple("" if cell.value is None else _formula(cell) for cell in row)
            for row in self._cells(self.sheet.formulas)
        )
        return texts[0][0] if self.shape == (1, 1) else texts

    @formula.setter
    def formula(self, value: Any) -> None:
        self.raw_value = value

    def clear_contents(self) -> None:
        for row in self._cells(self.sheet.formulas):
            for cell in row:
                self._write(cell, None)

    @property
    def row_hidden(self) -> bool | None:
        """Whether its rows are hidden; ``None`` where some are and some are not."""
        hidden = {bool(self.sheet.formulas.row_dimensions[row].hidden) for row in range(self._top, self._bottom + 1)}
        return hidden.pop() if len(hidden) == 1 else None

    @row_hidden.setter
    def row_hidden(self, value: bool) -> None:
        for row in range(self._top, self._bottom + 1):
            self.sheet.formulas.row_dimensions[row].hidden = value

    @property
    def merge_cells(self) -> bool | None:
        """Whether its cells are merged; ``None`` where some are and some are not."""
        areas = self._merged()
        return False if not areas else (True if areas[0] >= self._ref() else None)

    @property
    def merge_area(self) -> Range:
        bounds = [one.bounds for one in self._merged()]
        left, top, right, bottom = bounds[0] if bounds else (self._left, self._top, self._right, self._bottom)
        return Range(self.sheet, top, left, bottom, right)

    def _merged(self) -> list[CellRange]:
        return [one for one in self.sheet.formulas.merged_cells.ranges if not one.isdisjoint(self._ref())]

    def _ref(self) -> CellRange:
        return CellRange(min_col=self._left, min_row=self._top, max_col=self._right, max_row=self._bottom)

    @property
    def note(self) -> Note | None:
        cell = self.sheet.formulas.cell(self._top, self._left)
        return Note(self.sheet, self._top, self._left) if cell.comment else None

    def add_note(self, text: str) -> Note:
        cell = self.sheet.formulas.cell(self._top, self._left)
        if cell.comment:
            raise ValueError("the cell has a note")
        cell.comment = Comment(text, "xlkit")
        return Note(self.sheet, self._top, self._left)

    def _cells(self, sheet: Any) -> Iterator[tuple[Any, ...]]:
        cells: Iterator[tuple[Any, ...]] = sheet.iter_rows(self._top, self._bottom, self._left, self._right)
        return cells

    def _write(self, cell: Any, given: Any) -> None:
        content, is_formula = literal(given)
        cell.value = None if content == "" else content
        if isinstance(content, str) and content and not is_formula:
            cell.data_type = "s"  # a text that begins with «=» is no formula
        shown = self.sheet.values.cell(cell.row, cell.column)
        shown.value = None if is_formula or content == "" else content
        if isinstance(content, str) and content and not is_formula:
            shown.data_type = "s"


def _formula(cell: Any) -> Any:
    value = cell.value
    return getattr(value, "text", None) or value if cell.data_type == "f" else value


class Note(base_classes.Note):
    def __init__(self, sheet: Sheet, row: int, column: int) -> None:
        self._sheet, self._row, self._column = sheet, row, column
        self._cell: Any = sheet.formulas.cell(row, column)

    @property  # type: ignore[misc] # read only: a note is deleted and written anew
    def text(self) -> str:
        return str(self._cell.comment.text)

    @property
    def location(self) -> Range:
        return Range(self._sheet, self._row, self._column, self._row, self._column)

    def delete(self) -> None:
        self._cell.comment = None


def open_book(path: Path) -> xw.Book:
    """Open a file under this engine and make it the caller of the next press."""
    app = App()
    app.engine.apps = Apps(app)
    activate(app.engine)
    book = xw.Book(impl=Book(app, path))
    book.set_mock_caller()
    return book
