"""Pressing a button: the caller's workbook, one action, one message."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime

import xlwings as xw

from xlkit.errors import XlkitError
from xlkit.excel.desk import ACTIONS
from xlkit.excel.failures import explain_failure
from xlkit.settings import LOG, home
from xlkit.texts import using_language

TITLE = "xlkit"
_LONGEST = 900
"""A message box of Excel takes 1,023 characters."""


def press(action: str) -> None:
    """Run one action on the calling workbook and tell the person how it went."""
    with using_language("ru"):
        try:
            book = xw.Book.caller()
        except Exception as error:  # noqa: BLE001 - nothing to show a message in: the log is all there is
            _log(action, error)
            return
        said, wrong = _run(ACTIONS[action], action, book)
        book.app.alert(said[:_LONGEST], TITLE, mode="critical" if wrong else "info")


def _run(act: Callable[[xw.Book], str], action: str, book: xw.Book) -> tuple[str, bool]:
    """What to say, and whether something went wrong."""
    try:
        return act(book), False
    except XlkitError as error:
        return str(error), True
    except Exception as error:  # noqa: BLE001 - a button is never dead: every failure becomes a message
        known = explain_failure(error)
        place = _log(action, error)
        return (
            known or f"Не получилось: внутренняя ошибка. Книга не изменена или изменена частично. Подробности: {place}",
            True,
        )


def _log(action: str, error: BaseException) -> str:
    """Write a failure into the log; returns the log's path."""
    path = home() / LOG
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{datetime.now().isoformat(timespec='seconds')} {action}\n")
            stream.writelines(traceback.format_exception(error))
            stream.write("\n")
    except OSError:
        return "журнал не записан"
    return str(path)
