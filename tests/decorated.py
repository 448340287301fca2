"""Workbooks as people make of a template: with pictures, charts, data bars, sparklines, notes, lists of their own."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import xlsxwriter

from xlkit.rules.edition import Edition
from xlkit.templates.build import build_workbook
from xlkit.templates.content import Content
from xlkit.templates.macros import macro_workbook

OWN_NOTE = "Проверено бухгалтерией"


def decorated(edition: Edition, content: Content, seed: int) -> tuple[bytes, str]:
    """A filled template with some decorations, which ``seed`` chooses, and the suffix of its name."""
    chosen = random.Random(seed)
    macros = chosen.random() < 0.4
    build = macro_workbook if macros else build_workbook
    with _before_closing(lambda workbook: _decorate(workbook, chosen)):
        return build(edition, content), ".xlsm" if macros else ".xlsx"


@contextmanager
def _before_closing(work: Any) -> Iterator[None]:
    close = xlsxwriter.Workbook.close

    def closed(self: Any) -> None:
        if not self.fileclosed:
            work(self)
        close(self)

    xlsxwriter.Workbook.close = closed
    try:
        yield
    finally:
        xlsxwriter.Workbook.close = close


def _decorate(workbook: Any, chosen: random.Random) -> None:
    plan = workbook.get_worksheet_by_name("План")
    for work in chosen.sample([_picture, _chart, _data_bar, _sparkline, _array, _notes, _properties, _new_sheet], 4):
        work(workbook, plan)


def _picture(workbook: Any, plan: Any) -> None:
    plan.insert_image("N3", "seal.png", {"image_data": BytesIO(_png())})


def _chart(workbook: Any, plan: Any) -> None:
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "='План'!$F$9:$H$9"})
    plan.insert_chart("N10", chart)


def _data_bar(workbook: Any, plan: Any) -> None:
    plan.conditional_format("M1:M40", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})


def _sparkline(workbook: Any, plan: Any) -> None:
    plan.add_sparkline("M5", {"range": "'План'!F9:H9"})


def _array(workbook: Any, plan: Any) -> None:
    plan.write_dynamic_array_formula("O2:O4", "=SEQUENCE(3)", None, 1)


def _notes(workbook: Any, plan: Any) -> None:
    for cell in ("B9", "F9", "C41"):
        plan.write_comment(cell, OWN_NOTE, {"author": "бухгалтерия"})


def _properties(workbook: Any, plan: Any) -> None:
    workbook.set_custom_property("Согласовано", "да", "text")


def _new_sheet(workbook: Any, plan: Any) -> None:
    mine = workbook.add_worksheet("Мой расчёт")
    mine.write_string("A1", "=СУММ(1;2)")
    mine.write_comment("A1", OWN_NOTE)
    mine.add_table("C1:D4", {"columns": [{"header": "Год"}, {"header": "Сумма"}]})


def _png() -> bytes:
    """A small red square."""
    rows = b"".join(b"\0" + b"\xc0\x20\x20" * 8 for _ in range(8))
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ):
        made += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return made
