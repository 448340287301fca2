"""Building a workbook from a rule book and a content; the same content gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from xlkit.books.submission import (
    APPROVED,
    PROPERTY_CLUSTER,
    PROPERTY_EDITION,
    PROPERTY_FORM,
    PROPERTY_RULES,
)
from xlkit.rules.edition import Edition
from xlkit.rules.title import title_sheet
from xlkit.templates import sheets_around, sheets_of_tables
from xlkit.templates.bookwriter import CONTROL, FINDINGS, HELP, LISTS, BookWriter
from xlkit.templates.content import Content, printable_content
from xlkit.templates.layout import lay_out
from xlkit.templates.mirror import mirror_content

_CREATED = dt.datetime(2026, 1, 1)
"""A fixed time of creation, so that a template is the same to the byte."""


def build_workbook(edition: Edition, content: Content) -> bytes:
    """A complete .xlsx workbook with every formula's value cached."""
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
        sheets_around.write_lists(book)
        _set_properties(workbook, edition, content)
    finally:
        workbook.close()
    return stream.getvalue()


def _set_properties(workbook: Any, edition: Edition, content: Content) -> None:
    workbook.set_properties(
        {
            "title": edition.book.title.ru,
            "subject": "Федеральный проект «Профессионалитет»",
            "comments": "Заполните белые ячейки и проверьте книгу командой xlkit check",
            "created": _CREATED,
        }
    )
    for name, value in (
        (PROPERTY_FORM, edition.form),
        (PROPERTY_EDITION, edition.book.edition),
        (PROPERTY_RULES, edition.digest),
        (PROPERTY_CLUSTER, str(content.title.get("cluster_id") or "")),
    ):
        if value:
            workbook.set_custom_property(name, value, "text")
