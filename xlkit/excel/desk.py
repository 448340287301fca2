"""What each button does with the open workbook; the functions behind are those of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import xlwings as xw

from xlkit.errors import XlkitError
from xlkit.rules.sheetnames import HELP
from xlkit.texts import Text, figure

if TYPE_CHECKING:
    from xlkit.actions.check import FileCheck
    from xlkit.excel.undo import Rewritten

# What an action needs is imported by it: every press is a process of its own, and «Справка» needs next to nothing.

TITLE = "xlkit"
_SHOWN = 12
"""So many changes are listed in a message; the rest are counted."""


def check(book: xw.Book) -> str:
    """Check the workbook and show what is wrong in it."""
    from xlkit.excel.remarks import show_findings

    result = _checked(book)
    sheet = show_findings(book, result.findings)
    if result.findings:
        sheet.activate()
    return _verdict(result, sheet.name)


def _checked(book: xw.Book) -> FileCheck:
    from xlkit.actions.check import check_entries
    from xlkit.actions.intake import WholeEntry
    from xlkit.excel.reading import read_book

    return check_entries([WholeEntry.of(read_book(book))]).files[0]


def _verdict(result: FileCheck, sheet: str) -> str:
    from xlkit.finding import Severity
    from xlkit.report.text import counted

    if not result.findings:
        return "Замечаний нет: книгу можно отправлять."
    wrong = result.count(Severity.ERROR)
    ready = "Исправьте ошибки" if wrong else "Ошибок нет, книгу можно отправлять; предупреждения проверьте"
    return f"{counted(result)}.\n{ready}. Подробности — на листе «{sheet}»."


def recompute(book: xw.Book) -> str:
    """Make cumulative totals right; only the listed cells are written."""
    from xlkit.actions.intake import WholeEntry
    from xlkit.actions.recompute import propose_changes
    from xlkit.excel.reading import read_book
    from xlkit.excel.undo import Rewritten, remember

    changes = propose_changes(WholeEntry.of(read_book(book)))
    if not changes:
        return "Пересчитывать нечего: все итоги верны."
    written = [Rewritten(c.sheet, c.cell, _kept(book, c.sheet, c.cell), c.new) for c in changes]
    remember(book.fullname, written)
    for one in written:
        book.sheets[one.sheet].range(one.cell).value = one.new
    return f"Изменено ячеек: {len(written)}.\n{_listed(written)}\nВернуть прежние значения: «Отменить пересчёт»."


def _kept(book: xw.Book, sheet: str, cell: str) -> float | str | bool | None:
    """What stands in a cell; recompute writes over no formula."""
    content = book.sheets[sheet].range(cell).value
    return content if content is None or isinstance(content, (str, bool)) else float(content)


def _as_it_stood(old: float | str | bool | None) -> float | str | bool | None:
    """An old content as it must be written: the text «5 » would become the number 5 without its apostrophe."""
    return f"'{old}" if isinstance(old, str) else old


def _listed(written: list[Rewritten]) -> str:
    lines = [f"{one.sheet}!{one.cell}: {figure(one.old) or 'пусто'} → {figure(one.new)}" for one in written[:_SHOWN]]
    return "\n".join(lines) + (f"\n… и ещё {len(written) - _SHOWN}" if len(written) > _SHOWN else "")


def undo_recompute(book: xw.Book) -> str:
    """Put back what stood in the cells before the last recompute; a cell changed since is left alone."""
    from xlkit.excel.reading import read_book
    from xlkit.excel.undo import forget, recall

    changes = recall(book.fullname)
    if not changes:
        return "Отменять нечего: эту книгу не пересчитывали или пересчёт уже отменён."
    read_book(book)  # no workbook that is not ours is touched
    names = {sheet.name for sheet in book.sheets}
    left = []
    for one in changes:
        if one.sheet not in names or book.sheets[one.sheet].range(one.cell).value != one.new:
            left.append(f"{one.sheet}!{one.cell}")
        else:
            book.sheets[one.sheet].range(one.cell).value = _as_it_stood(one.old)
    forget(book.fullname)
    back = f"Возвращено ячеек: {len(changes) - len(left)}."
    return back if not left else f"{back} После пересчёта изменены и оставлены как есть: {', '.join(left[:_SHOWN])}."


def reconcile(book: xw.Book) -> str:
    """Compare with the register of the settings, else with the sheet «Утверждено»; differences become findings."""
    from xlkit.actions.intake import WholeEntry
    from xlkit.actions.reconcile import REFUSED, reconcile_entry
    from xlkit.excel.reading import read_book
    from xlkit.excel.remarks import show_findings
    from xlkit.register import read_register
    from xlkit.settings import read_settings

    source = read_settings().register
    register = read_register(source) if source else None
    result, findings = reconcile_entry(WholeEntry.of(read_book(book)), register)
    if result.verdict == REFUSED:
        raise XlkitError(result.refusal or Text("Сверить не удалось", "Nothing could be compared"))
    sheet = show_findings(book, findings)
    where = f"с реестром {register.source}" if register else "с листом «Утверждено»"
    if not findings:
        return f"Сверено {where}: различий нет."
    sheet.activate()
    return f"Сверено {where}: различий {len(findings)}. Подробности — на листе «{sheet.name}»."


def add_row(book: xw.Book) -> str:
    """Insert a row for a measure under the selected one, with its formulas and the next free number."""
    from xlkit.excel.reading import read_book
    from xlkit.excel.rows import insert_row

    return insert_row(book, read_book(book))


def send(book: xw.Book) -> str:
    """Check the workbook and, once the person agrees, save, seal and send it to the recipient of the settings."""
    from xlkit.actions.outbox import mail_settings
    from xlkit.actions.send import send as send_files
    from xlkit.excel.remarks import show_findings
    from xlkit.finding import Severity
    from xlkit.report.mail_text import send_text

    recipient = mail_settings().recipient
    if not recipient:
        raise XlkitError(Text("В настройках нет получателя: выполните xlkit mail setup", "No recipient is set"))
    path = _on_disk(book)
    result = _checked(book)
    if result.count(Severity.ERROR):
        sheet = show_findings(book, result.findings)
        sheet.activate()
        return f"Книга не отправлена. {_verdict(result, sheet.name)}"
    question = f"Книга будет сохранена, опечатана и отправлена на {recipient}. Отправить?"
    if book.app.alert(question, TITLE, buttons="ok_cancel") != "ok":
        return "Книга не отправлена."
    book.save()
    sent = send_files([str(path)])
    said = "\n".join(send_text(sent))
    if sent.exit_code:
        raise XlkitError(Text(said, said))
    return said


def _on_disk(book: xw.Book) -> Path:
    """Where the workbook lies; XlkitError before its first saving, or in a cloud."""
    path = Path(book.fullname)
    if not path.is_file():
        raise XlkitError(
            Text(
                "Сначала сохраните книгу в папку на этом компьютере: отправляется файл",
                "Save the workbook into a folder of this computer first: a file is sent",
            )
        )
    return path


def clear(book: xw.Book) -> str:
    """Take away what the last check has put into the workbook."""
    from xlkit.excel.reading import read_book
    from xlkit.excel.remarks import clear_findings

    read_book(book)
    clear_findings(book)
    return "Замечания убраны."


def show_help(book: xw.Book) -> str:
    """Open the sheet «Справка»."""
    if HELP not in [sheet.name for sheet in book.sheets]:
        raise XlkitError(Text(f"В книге нет листа «{HELP}»", f"The workbook has no sheet «{HELP}»"))
    book.sheets[HELP].activate()
    return f"Открыт лист «{HELP}»: там сказано, как заполнить книгу."


ACTIONS: Mapping[str, Callable[[xw.Book], str]] = {
    "check": check,
    "recompute": recompute,
    "undo_recompute": undo_recompute,
    "reconcile": reconcile,
    "add_row": add_row,
    "send": send,
    "clear_findings": clear,
    "help": show_help,
}
"""What the buttons of ``macros/ribbon.xml`` run."""
