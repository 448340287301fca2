"""A workbook being written: its sheets, formats, layout and cached values, and what every sheet shares."""

from __future__ import annotations

from functools import cache
from typing import Any

from xlkit.rules.edition import Edition
from xlkit.templates.content import Content
from xlkit.templates.layout import Layout
from xlkit.templates.mirror import Cached
from xlkit.templates.styles import Styles
from xlkit.templates.textsheet import text_worksheet


class BookWriter:
    """The workbook being written: its sheets, formats, layout and cached values."""

    def __init__(self, workbook: Any, layout: Layout, content: Content, cached: Cached) -> None:
        self.workbook = workbook
        self.layout = layout
        self.content = content
        self.cached = cached
        self.styles = Styles(workbook)
        self.sheets: dict[str, Any] = {}

    @property
    def edition(self) -> Edition:
        return self.layout.edition

    def add(self, name: str) -> Any:
        self.sheets[name] = self.workbook.add_worksheet(name, worksheet_class=_plain_worksheet())
        return self.sheets[name]

    def name_range(self, name: str, reference: str) -> None:
        """Define a workbook-wide name."""
        must(self.workbook.define_name(name, f"={reference}"))

    def cluster_line(self) -> str:
        """The cluster as every sheet shows it under its heading: a formula over the title sheet."""
        name, number = self.layout.title_cell("cluster_name"), self.layout.title_cell("cluster_id")
        return (
            f'=IF(TRIM({name})="","Кластер не указан",TRIM({name}))&IF(TRIM({number})=""," "," (№ "&TRIM({number})&")")'
        )

    def cluster_line_shown(self) -> str:
        name, number = (str(self.content.title.get(n) or "").strip() for n in ("cluster_name", "cluster_id"))
        return (name or "Кластер не указан") + (f" (№ {number})" if number else " ")

    def page(
        self, sheet: Any, last_row: int | None, last_column: int, repeat: int | None = None, one_page: bool = False
    ) -> None:
        """Print setup, see :func:`set_page`; the footer names the edition."""
        footer = f"Форма xlkit, редакция {self.edition.book.edition}"
        set_page(sheet, last_row, last_column, footer, repeat, one_page)

    def protect(self, sheet: Any) -> None:
        """Protection without a password: against slips, not against people."""
        sheet.protect(
            "",
            {
                "insert_rows": True,
                "delete_rows": True,
                "format_cells": True,
                "format_rows": True,
                "format_columns": True,
                "sort": True,
                "autofilter": True,
                "insert_hyperlinks": True,
                "objects": True,
                "scenarios": True,
            },
        )


def set_page(
    sheet: Any, last_row: int | None, last_column: int, footer: str, repeat: int | None = None, one_page: bool = False
) -> None:
    """Print setup: A4 landscape, one page wide, captions (of the row ``repeat``) on every page, page numbers.

    Without a last row everything that is filled is printed.
    """
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1 if one_page else 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.center_horizontally()
    if last_row is not None:
        sheet.print_area(0, 0, last_row - 1, last_column - 1)
    sheet.set_footer(f"&L&8&A&C&8{footer}&R&8Стр. &P из &N")
    if repeat:
        sheet.repeat_rows(repeat - 1)
    sheet.hide_gridlines(2)


@cache
def _plain_worksheet() -> Any:
    """A worksheet that takes formulas as they are.

    XlsxWriter looks in each formula for the functions of Excel 365, which is half the time of building a
    template; ours are those of Excel 2010.
    """

    class PlainWorksheet(text_worksheet()):  # type: ignore[misc]
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            return formula.removeprefix("=")

    return PlainWorksheet


def must(code: int | None) -> None:
    """XlsxWriter warns, returns a negative code and drops what it does not accept; here that is a bug."""
    if code is not None and code < 0:
        raise ValueError(f"XlsxWriter refused a part of the template (code {code})")
