"""Building a workbook from a rule book and a content; the same content gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from xlkit.books.passport import PASSPORT
from xlkit.rules.edition import Edition
from xlkit.rules.sheetnames import APPROVED, CONTROL, FINDINGS, HELP, LISTS
from xlkit.rules.title import title_sheet
from xlkit.templates import sheets_around, sheets_of_tables
from xlkit.templates.bookwriter import BookWriter
from xlkit.templates.content import Content, printable_content
from xlkit.templates.layout import lay_out
from xlkit.templates.mirror import mirror_content
from xlkit.templates.sheetbuttons import add_buttons

_CREATED = dt.datetime(2026, 1, 1)
"""A fixed time of creation, so that a template is the same to the byte."""


def build_workbook(edition: Edition, content: Content, with_buttons: bool = False) -> bytes:
    """A complete .xlsx workbook with every formula's value cached.

    ``with_buttons`` puts buttons into its sheets, whose macros :mod:`xlkit.templates.macros` adds.
    """
    import xlsxwriter

    content = printable_content(content)
    layout = lay_out(edition, content)
    cached = mirror_content(layout, content)
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    try:
        book = BookWriter(workbook, layout, content, cached)
        names = [title_sheet().sheet, *(t.sheet for t in edition.book.tables.values())]
        for name in [*names, CONTROL, FINDINGS, APPROVED, HELP, LISTS]:
            book.add(name)
        sheets_around.write_title(book)
        for table in layout.tables.values():
            sheets_of_tables.write_table(book, table)
        sheets_around.write_control(book)
        sheets_around.write_findings(book)
        sheets_around.write_approved(book)
        sheets_around.write_help(book)
        passport = _passport(edition, content)
        sheets_around.write_lists(book, passport)
        if with_buttons:
            add_buttons(book)
        _set_properties(workbook, edition, passport)
    finally:
        workbook.close()
    return stream.getvalue()


def _passport(edition: Edition, content: Content) -> dict[str, str]:
    """What the workbook is; it travels with the file."""
    cluster = str(content.title.get("cluster_id") or "")
    return dict(zip(PASSPORT, (edition.form, edition.book.edition, edition.digest, cluster), strict=True))


def _set_properties(workbook: Any, edition: Edition, passport: dict[str, str]) -> None:
    workbook.set_properties(
        {
            "title": edition.book.title.ru,
            "subject": "Федеральный проект «Профессионалитет»",
            "comments": "Заполните белые ячейки и проверьте книгу командой xlkit check",
            "created": _CREATED,
        }
    )
    for name, value in passport.items():
        if value:
            workbook.set_custom_property(name, value, "text")
