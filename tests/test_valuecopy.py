"""A copy of values: every content comes back as it was, and what cannot be kept is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.hostile.books import brt_error, brt_number, brt_row, xlsb
from tests.schemas import mistakes, needs_schemas
from xlkit.books.dates import Shown, date_of, serial_of
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.reader import read_workbook
from xlkit.errors import FileRefused
from xlkit.rules.sheetnames import sheet_name_mistake
from xlkit.templates import valuecopy
from xlkit.templates.valuecopy import copy_values
from xlkit.values import ExcelError, Uncached

TEXTS = (
    "=1+1", "+7 900", "-", "@SUM(1)", "_x0041_", "007", "  a  b ", "a\nb", "a\r\tb", "<b>&amp;", "<r><c/>&</r>",
)  # fmt: skip


def copied(book: RawWorkbook, folder: Path) -> Path:
    path = folder / "copy.xlsx"
    path.write_bytes(copy_values(book, {}).content)
    return path


def workbook_of(*grids: list[list[object]], names: tuple[str, ...] = ()) -> RawWorkbook:
    names = names or tuple(f"Лист{number}" for number in range(1, len(grids) + 1))
    sheets = tuple(RawSheet(name, grid, frozenset()) for name, grid in zip(names, grids, strict=True))
    return RawWorkbook("", sheets, {}, names, kind="ods")


def read_back(content: bytes, folder: Path) -> RawWorkbook:
    path = folder / "copy.xlsx"
    path.write_bytes(content)
    return read_workbook(path)


MOMENTS = st.one_of(
    st.dates(dt.date(1900, 1, 1)),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9999, 12, 31)).map(lambda d: d.replace(microsecond=0)),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.timedeltas(dt.timedelta(days=-5000), dt.timedelta(days=5000)).map(lambda d: dt.timedelta(d.days, d.seconds)),
)
CONTENTS = st.one_of(
    st.none(), st.booleans(), st.floats(-1e307, 1e307), st.sampled_from(TEXTS), MOMENTS,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from([ExcelError(code) for code in ("#REF!", "#N/A", "#DIV/0!", "#NULL!")]),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(CONTENTS, max_size=5), max_size=6))
@example([list(TEXTS), [0.1 + 0.2, 1e-300, -0.0, 2.0**53]])
@example([[dt.date(1900, 1, 1), dt.datetime(1900, 1, 1, 5), dt.date(1900, 2, 28), dt.date(1900, 3, 1)]])
def test_every_content_comes_back(tmp_path_factory: pytest.TempPathFactory, grid: list[list[object]]) -> None:
    (sheet,) = read_back(copy_values(workbook_of(grid), {}).content, tmp_path_factory.getbasetemp()).sheets
    for r, row in enumerate(grid, start=1):
        for c, content in enumerate(row, start=1):
            expected = content.date() if isinstance(content, dt.datetime) and content.time() == dt.time() else content
            assert sheet.at(r, c) == expected and type(sheet.at(r, c)) is type(expected)
    assert not sheet.formulas


@given(MOMENTS)
def test_serial_numbers_of_dates(moment: dt.date | dt.time | dt.timedelta) -> None:
    shown = Shown.DURATION if isinstance(moment, dt.timedelta) else Shown.DATE
    serial = serial_of(moment)
    assert serial is not None
    back = date_of(serial, shown, False)
    assert back == (moment.date() if isinstance(moment, dt.datetime) and moment.time() == dt.time() else moment)


LOSSES: list[tuple[object, object, str]] = [
    (Uncached("of:=1"), None, "формулы без сохранённого значения стали пустыми ячейками (Лист1!B2)"),
    ("я" * 32_768, "я" * 32_767, "обрезаны (Лист1!B2)"),
    ("😀" * 16_384, "😀" * 16_383, "обрезаны (Лист1!B2)"),
    (dt.date(1812, 9, 7), "07.09.1812", "даты до 1900 года записаны текстом (Лист1!B2)"),
    (ExcelError("Err:502"), ExcelError("#VALUE!"), "стали #ЗНАЧ! (Лист1!B2)"),
]


@pytest.mark.parametrize("content, became, said", LOSSES, ids=["uncached", "long", "long pairs", "date", "error"])
def test_what_cannot_be_copied_is_told(content: object, became: object, said: str, tmp_path: Path) -> None:
    copy = copy_values(workbook_of([["a"], [None, content]]), {})
    assert read_back(copy.content, tmp_path).sheets[0].at(2, 2) == became
    assert said in copy.note.ru and "Лист1!B2" in copy.note.en


def test_of_many_losses_the_first_are_named() -> None:
    copy = copy_values(workbook_of([[Uncached("")] * 30]), {})
    assert "(Лист1!A1, Лист1!B1" in copy.note.ru and "и ещё 22)" in copy.note.ru


def test_sheets_get_names_that_excel_has(tmp_path: Path) -> None:
    names = ("План", "план", "а:б", "я" * 40, "'q'", " ", "История/1\n", "History")
    copy = copy_values(workbook_of(*[[[name]] for name in names], names=names), {})
    assert all(sheet_name_mistake(name) is None for name in copy.sheet_names)
    assert copy.renamed["План"] == "План" and copy.renamed["план"] == "план (2)"
    assert "«а:б» → «а_б»" in copy.note.ru
    assert [sheet.at(1, 1) for sheet in read_back(copy.content, tmp_path).sheets] == list(names)


def test_merged_cells_stay_merged_and_keep_what_they_cover(tmp_path: Path) -> None:
    merges = ((1, 1, 2, 2), (2, 2, 3, 3), (3, 1, 3, 2), (5, 1, 5, 1), (4, 1, 2_000_000, 1))
    sheet = RawSheet("Лист", [["a", "b"], ["c", "d"], ["e"]], frozenset(), "visible", merges)
    (back,) = read_workbook(copied(RawWorkbook("", (sheet,), {}, ("Лист",), kind="ods"), tmp_path)).sheets
    assert back.merges == ((1, 1, 2, 2), (3, 1, 3, 2)), "areas over another are damage to Excel"
    assert back.grid[:2] == sheet.grid[:2]


@pytest.mark.parametrize("states", [("visible", "hidden", "veryHidden"), ("hidden", "visible", "hidden")])
def test_what_was_hidden_stays_hidden(states: tuple[str, ...], tmp_path: Path) -> None:
    sheets = tuple(RawSheet(f"Лист{n}", [["a"]], frozenset(), state) for n, state in enumerate(states))
    book = RawWorkbook("", sheets, {}, tuple(sheet.name for sheet in sheets), kind="xls")
    path = copied(book, tmp_path)
    workbook = openpyxl.load_workbook(path)
    assert tuple(sheet.sheet_state for sheet in workbook) == states
    assert workbook.active is not None and workbook.active.sheet_state == "visible"


def test_a_workbook_whose_sheets_are_all_hidden_can_be_opened(tmp_path: Path) -> None:
    book = RawWorkbook("", (RawSheet("Лист", [["a"]], frozenset(), "hidden"),), {}, ("Лист",), kind="xls")
    assert [sheet.sheet_state for sheet in openpyxl.load_workbook(copied(book, tmp_path))] == ["visible"]


def test_more_cells_than_a_copy_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valuecopy, "MAX_FILLED", 3)
    copy_values(workbook_of([[1.0, 2.0], [None, 3.0]]), {})
    with pytest.raises(FileRefused) as refusal:
        copy_values(workbook_of([[1.0, 2.0]], [[None, 3.0, 4.0]]), {})
    assert refusal.value.rule == "F-010" and "Лист2" in str(refusal.value)


@needs_schemas
def test_an_odd_copy_is_valid(tmp_path: Path) -> None:
    contents = [Uncached(""), ExcelError("#REF!"), True, dt.date(2026, 1, 1), dt.timedelta(hours=-1), *TEXTS]
    path = copied(workbook_of([contents, [], ["a"]], [], names=("a", "b")), tmp_path)
    assert mistakes(path) == []


def test_the_copy_is_made_the_same_twice() -> None:
    book = workbook_of([["a", 1.0]])
    assert copy_values(book, {}).content == copy_values(book, {}).content


def test_errors_of_an_xlsb_are_errors(tmp_path: Path) -> None:
    (tmp_path / "a.xlsb").write_bytes(xlsb(brt_row(1) + brt_error(1, 0x17) + brt_number(2, 7.5)))
    path = copied(read_workbook(tmp_path / "a.xlsb"), tmp_path)
    ((first, second),) = openpyxl.load_workbook(path)["Лист1"].iter_rows()
    assert (first.value, first.data_type, second.value) == ("#REF!", "e", 7.5)
