"""What our engines have in common: xlwings' base classes, of which only the members used here are filled in.

The BSD base classes raise ``NotImplementedError`` for everything else. An engine gives ``Book``, ``Sheet`` and
``Range`` the few members below; the front end of xlwings and our buttons work on it unchanged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import xlwings as xw
from xlwings import base_classes


class PlainEngine:
    """An engine's impl: how values cross between the program and xlwings."""

    type = "desktop"

    def __init__(self, name: str, apps: Any) -> None:
        self.name = name
        self.apps = apps

    @staticmethod
    def prepare_xl_data_element(x: Any, _: Any) -> Any:
        """A value on its way into a cell."""
        return "" if x is None else x

    @staticmethod
    def clean_value_data(
        data: Sequence[Sequence[Any]],
        datetime_builder: Callable[..., Any],
        empty_as: Any,
        number_builder: Callable[[float], Any] | None,
        err_to_str: bool,
    ) -> list[list[Any]]:
        """Values on their way out of cells: blanks and Excel errors as xlwings' own engines give them."""

        def clean(value: Any) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, str) and value in ERRORS:
                return value if err_to_str else None
            if isinstance(value, dt.datetime):
                return datetime_builder(
                    month=value.month, day=value.day, year=value.year, hour=value.hour, minute=value.minute,
                    second=value.second, microsecond=value.microsecond, tzinfo=None,
                )  # fmt: skip
            if number_builder is not None and isinstance(value, float):
                return number_builder(value)
            return value

        return [[clean(value) for value in row] for row in data]


class Apps(base_classes.Apps):
    """One program."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def keys(self) -> list[int]:
        return [self._app.pid]

    def __iter__(self) -> Iterator[Any]:
        return iter([self._app])

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _: Any) -> Any:
        return self._app


ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


def activate(engine: PlainEngine) -> xw.Engine:
    """Make an engine xlwings' active one."""
    registered = xw.Engine(impl=engine)
    xw.engines.add(registered)
    registered.activate()
    return registered


def rows_of(value: Any, height: int, width: int) -> list[list[Any]]:
    """What is written to an area as rows: one value fills it, a row or rows are laid out."""
    if not isinstance(value, (list, tuple)):
        return [[value] * width for _ in range(height)]
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in value]
    return rows if isinstance(value[0], (list, tuple)) else [list(value)]


def literal(value: Any) -> tuple[Any, bool]:
    """What a value means to Excel: content, and whether it is a formula. A leading apostrophe makes it text."""
    if isinstance(value, str):
        if value.startswith("'"):
            return value[1:], False
        return value, value.startswith("=") and len(value) > 1
    return value, False
