"""The list of findings in a workbook that is being written, or alone, and the colours that look into it."""

from __future__ import annotations

import io
from typing import Any

from xlkit.address import column_letters, quoted_sheet
from xlkit.finding import Severity
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.bookwriter import must, set_page
from xlkit.templates.remarksheet import FINDING_CAPTIONS, FINDINGS_HEADER, FINDINGS_LAST, FINDINGS_NAMES
from xlkit.templates.styles import MUTED, RED, YELLOW, Styles

LIST_NOTE = "Заполняется проверкой: кнопкой «Проверить» или командой xlkit check."
_NARROW = 18
"""Columns of the list up to this width are centred."""
_COLOURS = ((Severity.ERROR, RED), (Severity.WARNING, YELLOW))


def lay_out_findings(workbook: Any, sheet: Any, name: str, styles: Styles) -> None:
    """Captions, formats of columns, colours and defined names of the list on the sheet of that name."""
    sheet.set_row(FINDINGS_HEADER - 1, 24)
    for column, (caption, width) in enumerate(FINDING_CAPTIONS):
        centred = {"align": "center"} if width <= _NARROW else {"align": "left", "indent": 1}
        link = {"font_color": "#0563C1", "underline": 1} if caption == "Ячейка" else {}
        look = styles.get(text_wrap=True, valign="vcenter", **centred, **link)
        sheet.set_column(column, column, width, look)
        sheet.write_string(FINDINGS_HEADER - 1, column, caption, styles.caption())
    for defined, column in FINDINGS_NAMES.items():
        span = f"${column_letters(column)}${FINDINGS_HEADER + 1}:${column_letters(column)}${FINDINGS_LAST}"
        must(workbook.define_name(defined, f"={quoted_sheet(name)}!{span}"))
    for severity, colour in _COLOURS:
        rule = {
            "type": "formula",
            "criteria": f'=$B{FINDINGS_HEADER + 1}="{severity.word.ru}"',
            "format": workbook.add_format({"bg_color": colour}),
        }
        must(sheet.conditional_format(FINDINGS_HEADER, 1, FINDINGS_LAST - 1, 1, rule))
    framed = workbook.add_format({"border": 1, "border_color": MUTED})
    area = (FINDINGS_HEADER, 0, FINDINGS_LAST - 1, len(FINDING_CAPTIONS) - 1)
    rule = {"type": "formula", "criteria": f'=$A{FINDINGS_HEADER + 1}<>""', "format": framed}
    must(sheet.conditional_format(*area, rule))
    sheet.freeze_panes(FINDINGS_HEADER, 0)


def lone_list(name: str) -> bytes:
    """A workbook with nothing but an empty list of this name, its texts within its cells."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as workbook:
        sheet, styles = workbook.add_worksheet(name), Styles(workbook)
        sheet.set_row(0, 26)
        sheet.write_string(0, 0, FINDINGS, styles.heading())
        sheet.write_string(2, 0, LIST_NOTE, styles.note())
        lay_out_findings(workbook, sheet, name, styles)
        set_page(sheet, None, len(FINDING_CAPTIONS), "Проверка xlkit", repeat=FINDINGS_HEADER)
    return stream.getvalue()


def colour_findings(workbook: Any, sheet: Any, name: str, area: tuple[int, int, int, int]) -> None:
    """Colour the cells of an area (rows and columns from 0) of which the list speaks."""
    quoted = name.replace('"', '""')
    here = f'xl_finding_sheet,"{quoted}",xl_finding_cell,ADDRESS(ROW(),COLUMN(),4)'
    for severity, colour in _COLOURS:
        rule = f'=COUNTIFS({here},xl_finding_level,"{severity.word.ru}")>0'
        look = workbook.add_format({"bg_color": colour})
        must(sheet.conditional_format(*area, {"type": "formula", "criteria": rule, "format": look}))
