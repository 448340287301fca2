"""An xlwings engine over a document that is open in LibreOffice: the buttons for colleges without Excel.

LibreOffice's own Python has none of xlkit's packages, so xlkit runs in its own interpreter and asks the toolbar's
side (``macros/libreoffice/xlkit_office.py``) for each operation: a line of JSON out, a line of JSON back.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import IO, Any

import xlwings as xw
from xlwings import base_classes

from xlkit.address import Box, cell_name
from xlkit.excel.members import Apps, PlainEngine, activate, literal, rows_of


class OfficeRefused(Exception):
    """LibreOffice refused an operation."""


class Link:
    """The line to LibreOffice."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests, self._answers = requests, answers

    def ask(self, operation: str, **arguments: Any) -> Any:
        """Have one operation done; raises OfficeRefused with LibreOffice's reason."""
        self._requests.write(json.dumps({"do": operation, **arguments}) + "\n")
        self._requests.flush()
        reply = json.loads(self._answers.readline() or '{"error": "LibreOffice has gone"}')
        if "error" in reply:
            raise OfficeRefused(reply["error"])
        return reply["answer"]


class App(base_classes.App):
    """LibreOffice."""

    display_alerts = True  # xlwings turns it off while it saves

    def __init__(self, link: Link) -> None:
        self.link = link
        self.engine = PlainEngine("libreoffice", Apps(self))
        self.book = Book(self)

    @property
    def pid(self) -> int:
        return 1

    @property
    def selection(self) -> Range | None:
        place = self.link.ask("selection")
        return Range(Sheet(self.book, place[0]), tuple(place[1:])) if place else None

    def activate(self, steal_focus: bool = False) -> None:
        """Its window is in front: a button in it was pressed."""

    def alert(self, prompt: str, title: str | None, buttons: str, mode: str | None, callback: str | None) -> str:
        return str(self.link.ask("alert", text=prompt, wrong=mode == "critical", choice=buttons == "ok_cancel"))


class Book(base_classes.Book):
    """The document in which a button was pressed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._told = app.link.ask("book")

    @property
    def app(self) -> App:
        return self._app

    @property
    def name(self) -> str:
        return str(self._told["name"])

    @property
    def fullname(self) -> str:
        return str(self._told["fullname"])

    @property
    def sheets(self) -> Sheets:
        return Sheets(self, self._told["sheets"])

    def activate(self) -> None:
        """It is the active one."""

    def save(self, path: str | None = None, password: str | None = None) -> None:
        """Save it where it lies, in the format that it has."""
        self._app.link.ask("save")


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book, names: list[str]) -> None:
        self.book, self._names = book, names

    def __call__(self, name_or_index: str | int) -> Sheet:
        name = self._names[name_or_index - 1] if isinstance(name_or_index, int) else name_or_index
        return Sheet(self.book, name)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[Sheet]:
        return (Sheet(self.book, name) for name in self._names)

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        """A new last sheet, which is where the buttons add one."""
        self.book.app.link.ask("add_sheet", name=name)
        self._names.append(str(name))
        return Sheet(self.book, str(name))


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    def ask(self, operation: str, **arguments: Any) -> Any:
        """One operation on this sheet."""
        return self._book.app.link.ask(operation, sheet=self._name, **arguments)

    @property  # type: ignore[misc] # read only: no button renames a sheet
    def name(self) -> str:
        return self._name

    @property
    def book(self) -> Book:
        return self._book

    @property
    def notes(self) -> list[Note]:
        return [Note(self, row, column, text) for row, column, text in self.ask("notes")]

    @property
    def used_range(self) -> Range:
        bottom, right = self.ask("used")
        return Range(self, (1, 1, bottom, right))

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        if isinstance(arg1, str):
            from openpyxl.utils import range_boundaries  # most presses do without it

            left, top, right, bottom = (int(edge or 1) for edge in range_boundaries(arg1))
            return Range(self, (top, left, bottom, right))
        last = arg2 or arg1
        if isinstance(arg1, Range):
            return Range(self, (*arg1.box[:2], *last.box[2:]))
        return Range(self, (*arg1, *last))

    @property
    def visible(self) -> bool:
        return bool(self.ask("is_visible"))

    @visible.setter
    def visible(self, value: bool) -> None:
        self.ask("show", visible=value)

    @property
    def api(self) -> Sheet:
        return self  # has what is asked of Excel's own objects

    FilterMode = True
    """Whether there is a filter, LibreOffice finds out when it is to take it back."""

    def ShowAllData(self) -> None:  # noqa: N802 - Excel's name
        """Take back what a filter has chosen."""
        self.ask("unfilter")

    def activate(self) -> None:
        self.ask("activate")


class Range(base_classes.Range):
    def __init__(self, sheet: Sheet, box: Box) -> None:
        self.sheet = sheet
        self.box = box

    def _ask(self, operation: str) -> Any:
        return self.sheet.ask(operation, **dict(zip(("top", "left", "bottom", "right"), self.box, strict=True)))

    def __call__(self, row: int, column: int | None = None) -> Range:
        at = self.box[0] + row - 1, self.box[1] + (column or 1) - 1
        return Range(self.sheet, (*at, *at))

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def api(self) -> Sheet:
        return self.sheet  # xlwings asks whether there is one

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        return self.sheet.name, *self.box[:2], *self.shape

    @property
    def row(self) -> int:
        return self.box[0]

    @property
    def column(self) -> int:
        return self.box[1]

    @property
    def shape(self) -> tuple[int, int]:
        top, left, bottom, right = self.box
        return bottom - top + 1, right - left + 1

    @property
    def address(self) -> str:
        top, left, bottom, right = self.box
        return f"{cell_name(top, left)}:{cell_name(bottom, right)}"

    @property
    def raw_value(self) -> list[list[Any]]:
        return [[_told(content) for content in row] for row in self._ask("values")]

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        rows = [[_asked(content) for content in row] for row in rows_of(value, *self.shape)]
        self.sheet.ask("write", top=self.box[0], left=self.box[1], rows=rows)

    @property
    def formula(self) -> Any:
        """Formulas in LibreOffice's notation, other cells as text, as Excel gives them."""
        rows = self._ask("formulas")
        return rows[0][0] if self.shape == (1, 1) else tuple(tuple(row) for row in rows)

    @formula.setter
    def formula(self, value: Any) -> None:
        self.raw_value = value

    def clear_contents(self) -> None:
        self._ask("clear")

    def insert(self, shift: str | None = None, copy_origin: str | None = None) -> None:
        """Insert whole rows; LibreOffice gives them the formats of the row above."""
        self.sheet.ask("insert_row", row=self.box[0])

    def copy(self, destination: xw.Range | None = None) -> None:
        """Copy a whole row to another one."""
        if destination is None:
            raise NotImplementedError("only to another row")
        self.sheet.ask("copy_row", source=self.box[0], target=destination.row)

    @property
    def row_hidden(self) -> bool | None:
        raise NotImplementedError("rows are only hidden and shown")

    @row_hidden.setter
    def row_hidden(self, value: bool) -> None:
        self.sheet.ask("show_rows", top=self.box[0], bottom=self.box[2], visible=not value)

    @property
    def merge_cells(self) -> bool | None:
        """``False`` where nothing is merged; LibreOffice does not tell some cells from all."""
        return None if self._ask("has_merged") else False

    @property
    def merge_area(self) -> Range:
        return Range(self.sheet, tuple(self._ask("merge_area")))

    @property
    def note(self) -> Note | None:
        return next((note for note in self.sheet.notes if (note.row, note.column) == self.box[:2]), None)

    def add_note(self, text: str) -> Note:
        row, column, *_ = self.box
        self.sheet.ask("add_note", row=row, column=column, text=text)
        return Note(self.sheet, row, column, text)


class Note(base_classes.Note):
    def __init__(self, sheet: Sheet, row: int, column: int, text: str) -> None:
        self._sheet, self.row, self.column, self._text = sheet, row, column, text

    @property  # type: ignore[misc] # read only: a note is deleted and written anew
    def text(self) -> str:
        return self._text

    @property
    def location(self) -> Range:
        return Range(self._sheet, (self.row, self.column, self.row, self.column))

    def delete(self) -> None:
        self._sheet.ask("delete_note", row=self.row, column=self.column)


def _told(content: Any) -> Any:
    """A content as LibreOffice's side tells it."""
    if isinstance(content, dict):
        return dt.datetime.fromisoformat(content["date"]) if "date" in content else content["bool"]
    return content


def _asked(given: Any) -> Any:
    """A content as LibreOffice's side takes it."""
    content, is_formula = literal(given)
    if content == "":
        return None
    return {"formula": content} if is_formula else content


def open_book(link: Link) -> xw.Book:
    """Make the document at the other end of the line the caller of the next press."""
    app = App(link)
    activate(app.engine)
    book = xw.Book(impl=app.book)
    book.set_mock_caller()
    return book
