"""What LibreOffice shows of an .ods file is what is read: tables inside of sheets are nobody's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.books import ods, ods_table
from xlkit.actions.cells import seen_sheets
from xlkit.books.reader import read_workbook


def number(value: int) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def cell(inner: str, attributes: str = 'office:value-type="string"') -> str:
    return row(f"<table:table-cell {attributes}>{inner}</table:table-cell>")


INNER = ods_table(row(number(99)), "inner")
FRAME = '<d:frame xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0">{}</d:frame>'
OBJECT = "<office:document><office:body><office:{0}>{1}</office:{0}></office:body></office:document>"
HIDDEN = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
DDE = f"<table:dde-links><table:dde-link>{ods_table(row(number(777)))}</table:dde-link></table:dde-links>"
TWO = {"A1": 1, "A2": 2}


@pytest.mark.parametrize(
    ("rows", "after", "seen"),
    [
        (row(number(1)), DDE, {"A1": 1}),
        (cell(FRAME.format(INNER)) + row(number(2)), "", {"A2": 2}),
        (cell(INNER) + row(number(2)), "", {"A2": 2}),
        (f"<table:shapes>{FRAME.format(OBJECT.format('chart', INNER))}</table:shapes>" + row(number(1)), "", {"A1": 1}),
        (f"<table:shapes>{FRAME.format(OBJECT.format('spreadsheet', INNER))}</table:shapes>" + row(number(1)),
         "", {"A1": 1}),
        (row(number(1)), ods_table(row(number(5)), "'file:///tmp/e.ods'#$Лист"), {"A1": 1}),
        (f"<table:table-header-rows>{row(number(1))}</table:table-header-rows><table:table-row-group>"
         f"<table:table-row-group>{row(number(2))}</table:table-row-group></table:table-row-group>", "", TWO),
        (f"<table:table-rows>{row(number(1))}</table:table-rows>{row(number(2))}", "", TWO),
    ],
    ids=["links by DDE", "table in a frame", "subtable", "chart", "embedded sheet", "another file's table", "groups",
         "rows"],
)  # fmt: skip
def test_only_the_sheets_own_rows_count(tmp_path: Path, rows: str, after: str, seen: dict[str, int]) -> None:
    (tmp_path / "a.ods").write_bytes(ods(ods_table(rows) + after))
    (sheet,) = seen_sheets(book := read_workbook(tmp_path / "a.ods"))
    assert book.sheet_names == ("Лист1",)
    assert {one.cell: one.value for one in sheet.cells} == seen


def test_the_style_of_an_object_hides_no_sheet(tmp_path: Path) -> None:
    styled = ods_table("", "Лист2").replace("<table:table ", '<table:table table:style-name="ta1" ')
    (tmp_path / "a.ods").write_bytes(ods(ods_table(f"<table:shapes>{HIDDEN}</table:shapes>") + styled))
    assert [one.state for one in read_workbook(tmp_path / "a.ods").sheets] == ["visible", "visible"]


FORMULA = 'table:formula="of:=A1" office:value-type="float" office:value="{}"'


@pytest.mark.parametrize(
    ("xml", "kind", "value"),
    [
        *[(cell(f"<text:p>{said}</text:p>", FORMULA.format(0)), "error", said)
          for said in ("#ССЫЛ!", "#ССЫЛКА!", "#ДЕЛ/0!", "#Н/Д", "#ИМЯ?", "#REF!", "#N/A", "#NOM?", "Ошибка:502")],
        (cell("<text:p>#1</text:p>", FORMULA.format(1)), "number", 1),
        (cell("<text:p>#REF!</text:p>", 'office:value-type="float" office:value="0"'), "number", 0),
        *[(cell("<text:p>x</text:p>", f'office:value-type="boolean" office:boolean-value="{said}"'), "bool", value)
          for said, value in (("true", True), ("TRUE", True), ("1", True), ("false", False), ("0", False))],
        (cell("<text:p>x</text:p>", 'office:value-type="boolean" office:boolean-value="maybe"'), "text", "maybe"),
        (cell("<text:p>а<text:note><text:note-body><text:p>сноска</text:p></text:note-body></text:note>"
              "<text:span>б</text:span></text:p>"), "text", "аб"),
        (cell(f"<text:p>а{FRAME.format('<text:p>в рамке</text:p>')}б</text:p>"), "text", "аб"),
        (cell("<text:p><text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>かん</text:ruby-text></text:ruby>"
              "</text:p>"), "text", "漢"),
    ],
)  # fmt: skip
def test_values(tmp_path: Path, xml: str, kind: str, value: object) -> None:
    (tmp_path / "a.ods").write_bytes(ods(ods_table(xml)))
    (sheet,) = seen_sheets(read_workbook(tmp_path / "a.ods"))
    assert [(one.kind, one.value) for one in sheet.cells] == [(kind, value)]
