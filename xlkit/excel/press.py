"""Pressing a button: the caller's workbook, one action, one message."""

from __future__ import annotations

import xlwings as xw

from xlkit.excel.desk import ACTIONS, TITLE
from xlkit.excel.failures import explain_failure
from xlkit.log import attempt, log_failure
from xlkit.texts import using_language

_LONGEST = 900
"""A message box of Excel takes 1,023 characters."""
_FAILED = "Не получилось: внутренняя ошибка. Книга не изменена или изменена частично."


def press(action: str) -> None:
    """Run one action on the calling workbook and tell the person how it went."""
    with using_language("ru"):
        try:
            book = xw.Book.caller()
        except Exception as error:  # noqa: BLE001 - nothing to show a message in: the log is all there is
            log_failure(action, error)
            return
        said, wrong = attempt(action, lambda: ACTIONS[action](book), _FAILED, explain_failure)
        book.app.alert(said[:_LONGEST], TITLE, mode="critical" if wrong else "info")
