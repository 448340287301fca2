"""Taking a sheet apart row by row gives what lxml gives, or leaves it to the other ways."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.hostile.books import sheet
from tests.hostile.test_sheets import BOOK, seen, slow
from xlkit.books.contents import Book, SheetCells
from xlkit.books.sheetrows import LONG, read_rows
from xlkit.books.sheetxml import read_sheet
from xlkit.errors import Unreadable
from xlkit.limits import DEFAULT_LIMITS

CELLS = ("", '<c r="{}" t="s"><v>7</v></c>', '<c r="{}"><v>2026</v></c>', '<c r="{}" s="3"/>', '<c r="{}" s="1"/>',
         '<c r="{}" t="n"><v>0.5</v></c>', '<c r="{}" t="e"><v>#N/A</v></c>', '<c r="{}" t="b"><v>1</v></c>',
         '<c r="{}" s="2"><v>46000</v></c>', '<c r="{}" t="str"><v>word_x0041_</v></c>', '<c r="{}"><v></v></c>',
         '<c r="{}"><v>1E309</v></c>', '<c r="{}" t="d"><v>2026-03-02</v></c>')  # fmt: skip
HEADS = ("", ' spans="1:6"', ' ht="12.8" customHeight="1"')


def rows(count: int, seed: int = 1) -> str:
    """Rows of some of the columns A to F; now and then one is missing or empty."""
    chance = random.Random(seed)
    lines = []
    for i in range(1, count + 1):
        if chance.random() < 0.1:
            continue
        filled = "" if chance.random() < 0.1 else "".join(chance.choice(CELLS).format(f"{c}{i}") for c in "ABCDEF")
        lines.append(f'<row r="{i}"{chance.choice(HEADS)}>{filled}</row>')
    return "".join(lines)


def read(xml: bytes, book: Book = BOOK) -> SheetCells | None:
    return read_rows("Лист", xml, book)


def test_a_long_sheet_of_rows_alike() -> None:
    xml = sheet(rows(4000)).encode()
    assert len(xml) > 2 * LONG
    found = read(xml)
    assert found is not None and seen(found) == slow(xml) == seen(read_sheet("Лист", xml, BOOK))
    again = read_sheet("Лист", sheet(rows(4000, seed=2)).encode(), replace(BOOK, with_formulas=True))
    assert seen(again) != seen(found), "the comparison can fail"


ODD = {
    "an open cell": '<row r="1"><c r="A1"><c r="B1"><v>1</v></c></row>',
    "an open row": '<row r="1"><c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>1</v></c></row>',
    "text between rows": '<row r="1"><c r="A1"><v>1</v></c></row>text<row r="2"><c r="A2"><v>1</v></c></row>',
    "text before the rows": 'text<row r="1"><c r="A1"><v>1</v></c></row>',
    "cells of another row": '<row r="1"><c r="A2"><v>1</v></c></row>',
    "a row twice": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
    "rows in another order": '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
    "cells in another order": '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
    "an attribute twice": '<row r="1" r="1"><c r="A1"><v>1</v></c></row>',
    "an attribute without quotes": '<row r="1" ht=3><c r="A1"><v>1</v></c></row>',
    "an unknown prefix": '<row r="1" y:z="3"><c r="A1"><v>1</v></c></row>',
    "an entity": '<row r="1"><c r="A1" t="str"><v>&amp;</v></c></row>',
    "an unknown entity": '<row r="1"><c r="A1" t="str"><v>&x;</v></c></row>',
    "a word in Cyrillic": '<row r="1"><c r="A1" t="str"><v>да</v></c></row>',
    "a formula": '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>',
    "a row that is closed twice": '<row r="1" /></row>',
    "no such string": '<row r="1"><c r="A1" t="s"><v>100</v></c></row>',
    "beyond the last row": '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
    "a column that comes late": '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="AZ2"><v>1</v></c></row>',
    "another table of cells": '<row r="1"><c r="A1"><v>1</v></c></row></sheetData><sheetData>',
    "a comment": '<row r="1"><!-- x --><c r="A1"><v>1</v></c></row>',
    "no rows": "",
}  # fmt: skip


def told(xml: bytes) -> object:
    try:
        return slow(xml)
    except Unreadable:
        return "refused"


def agree(xml: bytes) -> None:
    try:
        assert seen(read(xml)) in (told(xml), None), xml
    except Unreadable:
        assert told(xml) == "refused", xml


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_is_of_another_form_is_left_to_others(odd: str) -> None:
    agree(sheet(odd).encode())


def test_damage_is_never_read_as_something_else() -> None:
    xml, chance = sheet(rows(12)).encode(), random.Random(3)
    pieces = (b"<", b">", b"/", b'"', b"&", b"1", b"A", b"</row>", b"<c ", b"\xff", b"\0", b"<!--", b"-->", b"")
    for _ in range(600):
        at = chance.randrange(len(xml))
        agree(xml[:at] + chance.choice(pieces) + xml[at + chance.randrange(3) :])


def test_more_cells_than_the_limit_are_refused() -> None:
    few = replace(BOOK, limits=replace(DEFAULT_LIMITS, cells=2000))
    xml = sheet(rows(4000)).encode()
    assert read(xml, few) is None
    with pytest.raises(Unreadable) as refused:
        read_sheet("Лист", xml, few)
    assert refused.value.rule == "F-031"
