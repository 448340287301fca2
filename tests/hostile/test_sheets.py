"""Taking a sheet's XML apart fast gives what lxml gives, and both what other readers of the same file say."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from xml.parsers import expat

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.filling import blank_template
from tests.hostile.books import MAIN, biff8, ods, ods_table, ole, sheet, strings, styles, xlsx, xlsx_parts, zipped
from xlkit.address import cell_name
from xlkit.books.contents import Book, SheetCells
from xlkit.books.dates import date_styles
from xlkit.books.reader import read_workbook
from xlkit.books.sheettree import read_string_tree, read_tree
from xlkit.books.sheetxml import _read_bytes, _read_plain_strings, read_sheet, read_strings
from xlkit.books.xmltext import utf8_xml
from xlkit.errors import Unreadable
from xlkit.limits import DEFAULT_LIMITS
from xlkit.values import ExcelError, Uncached

BOOK = Book(strings=[f"строка {i}" for i in range(100)], dates=date_styles(styles().encode()))

ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")
FORMULAS = ("1+1", "SUM(A1:A3)", 'IF(A1<>B1,"да","-")', "'Лист 1'!A1&\"я\"", "A1>2", "")
texts = st.sampled_from(["текст", '<c r="A1" t="e"><v>#REF!</v></c>', "a & b", "]]>", " ", "=1"])


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def numeric(text: str) -> str:
    """As openpyxl writes what is not ASCII."""
    return escaped(text).encode("ascii", "xmlcharrefreplace").decode()


@st.composite
def cells(draw: st.DrawFn) -> tuple[str, str]:
    """A cell's type and content, in the forms of Excel, LibreOffice, openpyxl and XlsxWriter."""
    write = draw(st.sampled_from([escaped, numeric]))
    kind = draw(st.sampled_from(["empty", "number", "shared", "inline", "error", "formula"]))
    if kind == "number":
        return "", f"<v>{draw(st.integers(-9, 9))}</v>"
    if kind == "shared":
        return ' t="s"', f"<v>{draw(st.integers(0, 3))}</v>"
    if kind == "inline":
        return ' t="inlineStr"', f'<is><t xml:space="preserve">{write(draw(texts))}</t></is>'
    if kind == "error":
        return ' t="e"', f"<v>{draw(st.sampled_from(ERRORS))}</v>"
    if kind == "empty":
        return "", ""
    formula = write(draw(st.sampled_from(FORMULAS)))
    form = draw(st.sampled_from(["<f>{}</f>", '<f t="shared" ref="A1:A9" si="0">{}</f>', '<f aca="false">{}</f>',
                                 '<f t="shared" si="0"/>', '<f t="array" ref="A1">{}</f>', "<f></f>"]))  # fmt: skip
    value, kind = draw(
        st.sampled_from(
            [("<v>5</v>", ""), ("<v>да</v>", ' t="str"'), ("<v></v>", ' t="str"'), ("", ""), ("<v/>", ""),
             ("<v></v>", ""), ("", ' t="str"'), ("<v>#REF!</v>", ' t="e"'), ("<v>1</v>", ' t="b"')]
        )
    )  # fmt: skip
    return kind, form.format(formula) + value


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """A whole sheet; styles stand before or after the type, as in different programs."""
    grid = draw(st.lists(st.lists(cells(), max_size=6), max_size=6))
    styled = draw(st.sampled_from([' r="{r}"{t}', ' r="{r}" s="3"{t}', ' r="{r}"{t} s="3"']))
    gap = draw(st.sampled_from(["", "\n", "  "]))
    rows = []
    for i, row in enumerate(grid, start=1):
        inner = []
        for j, (kind, content) in enumerate(row, start=1):
            head = "<c" + styled.format(r=cell_name(i, j), t=kind)
            inner.append(f"{head}>{content}</c>" if content else f"{head}/>")
        rows.append(f'<row r="{i}" spans="1:6">{gap.join(inner)}</row>')
    data = f"<sheetData>{gap.join(rows)}</sheetData>"
    rule = '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>A1=1</formula></cfRule>'
    areas = draw(st.lists(st.sampled_from(["B2:D3", "A1", "?", ""]), max_size=3))
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
    merged = f"<mergeCells>{merged}</mergeCells>" if areas else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}">{data}{merged}'
        f"{rule}</conditionalFormatting></worksheet>"
    ).encode()


def seen(cells: SheetCells | None) -> object:
    return None if cells is None else (cells.grid, cells.formulas, cells.merges)


def fast(xml: bytes) -> object:
    return seen(_read_bytes("Лист", xml, BOOK))


def slow(xml: bytes) -> object:
    return seen(read_tree("Лист", xml, BOOK))


def prefixed(xml: bytes) -> bytes:
    """The same with a prefix before every tag, as some programs write."""
    root = etree.fromstring(xml)
    renamed = etree.Element(root.tag, nsmap={"x": MAIN})
    renamed.extend(list(root))
    text = etree.tostring(renamed)
    assert text.startswith(b"<x:worksheet")
    return text


@settings(max_examples=300, deadline=None)
@given(sheets())
def test_both_ways_agree(xml: bytes) -> None:
    assert fast(xml) in (slow(xml), None)
    assert seen(read_sheet("Лист", xml, BOOK)) == slow(xml)


@settings(max_examples=100, deadline=None)
@given(sheets())
def test_a_prefix_makes_no_difference(xml: bytes) -> None:
    assert seen(read_sheet("Лист", prefixed(xml), BOOK)) == slow(xml)


UNUSUAL = {
    "type before the address": '<c t="str" r="A1"><f>B1</f></c>',
    "value in single quotes": "<c r='A1' t='e'><v>#REF!</v></c>",
    "formula in single quotes": "<c r='A1'><f>B1</f></c>",
    "error without an address": '<c t="e"><v>#REF!</v></c>',
    "formula without an address": "<c><f>B1</f></c>",
    "line break between attributes": '<c\n r="A1"\n t="e"><v>#REF!</v></c>',
    "space before the end of the tag": '<c r="A1" t="e" ><v>#REF!</v></c >',
    "comment before the formula": '<c r="A1"><!-- x --><f>B1</f></c>',
    "formula as CDATA": '<c r="A1"><f><![CDATA[A2<3]]></f><v>1</v></c>',
    "error after an empty formula": '<c r="A1" t="e"><f/><v>#N/A</v></c>',
    "spaces around the error": '<c r="A1" t="e">\n  <v>#N/A</v>\n</c>',
    "spaces between formula and error": '<c r="A1" t="e">\n <f>B1</f>\n <v>#N/A</v></c>',
    "value with an attribute": '<c r="A1" t="e"><v xml:space="preserve">#N/A</v></c>',
    "extension after the value": '<c r="A1"><f>B1</f><v>1</v><extLst/></c>',
    "text of a formula as rich text": '<c r="A1" t="inlineStr"><f>B1</f><is><t>да</t></is></c>',
}  # fmt: skip


@pytest.mark.parametrize("cell", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_but_lawful_forms(cell: str) -> None:
    """Any program's XML: what the fast way cannot read must go through lxml."""
    xml = sheet(f'<row r="1">{cell}</row>').encode()
    assert seen(read_sheet("Лист", xml, BOOK)) == slow(xml) != ([], set(), [])


def test_other_encodings() -> None:
    xml = sheet('<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>').replace("UTF-8", "UTF-16").encode("utf-16")
    assert read_sheet("Лист", utf8_xml(xml), BOOK).grid == [[ExcelError("#REF!")]]


def test_our_templates_go_the_fast_way() -> None:
    for form in ("program_center", "program_educational"):
        with zipfile.ZipFile(io.BytesIO(blank_template(form))) as package:
            table = package.read("xl/sharedStrings.xml")
            texts = _read_plain_strings(table)
            assert texts is not None and texts == read_string_tree(table, DEFAULT_LIMITS)
            book = Book(texts, date_styles(package.read("xl/styles.xml")))
            for name in (n for n in package.namelist() if n.startswith("xl/worksheets/sheet")):
                xml = package.read(name)
                found = seen(_read_bytes(name, xml, book))
                assert found is not None and found == seen(read_tree(name, xml, book))


def test_a_large_sheet_is_taken_apart_in_pieces() -> None:
    cells = '<c r="A{0}"><v>{0}</v></c><c r="C{0}" t="s"><v>7</v></c>'
    rows = "".join(f'<row r="{i}">{cells.format(i)}</row>' for i in range(1, 40_000))
    xml = sheet(rows).encode()
    assert len(xml) > 2 * 2**20
    found = _read_bytes("Лист", xml, BOOK)
    assert found is not None and seen(found) == slow(xml)
    assert found.grid[-1] == [39999.0, None, "строка 7"]


CONTENTS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12).map(float), st.floats(-1e307, 1e307),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20),
    st.sampled_from(["  a  ", "a\nb", "<b>&amp;", "]]>", "=1+1", "_x0041_"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CONTENTS, max_size=5), max_size=6), st.booleans())
def test_what_xlsxwriter_writes_is_read_back(grid: list[list[object]], constant_memory: bool) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "constant_memory": constant_memory}) as workbook:
        page = workbook.add_worksheet()
        for r, row in enumerate(grid):
            for c, content in enumerate(row):
                if isinstance(content, str):
                    page.write_string(r, c, content)
                elif isinstance(content, bool):
                    page.write_boolean(r, c, content)
                elif content is not None:
                    page.write_number(r, c, content)  # type: ignore[arg-type]
    with zipfile.ZipFile(stream) as package:
        table = "xl/sharedStrings.xml"
        texts = read_strings(package.read(table), DEFAULT_LIMITS) if table in package.namelist() else []
        found = read_sheet("Лист", package.read("xl/worksheets/sheet1.xml"), Book(texts))
    for r, row in enumerate(grid):
        for c, content in enumerate(row):
            line = found.grid[r] if r < len(found.grid) else []
            said = line[c] if c < len(line) else None
            assert said == (
                near(content) if isinstance(content, float) else content or (None if content == "" else content)
            )


def near(number: float) -> object:
    """XlsxWriter writes 16 digits."""
    return pytest.approx(number, rel=1e-15, abs=5e-324)


def chance_cell(chance: random.Random, row: int, column: int) -> str:
    return f'<c r="{cell_name(row, column)}"{chance.choice(KINDS)}</c>'


@pytest.mark.filterwarnings("ignore:Workbook contains no default style")
def test_openpyxl_reads_the_same(tmp_path: Path) -> None:
    """Two readers that share no line of code, on a workbook with every kind of content."""
    chance = random.Random(5)
    rows = "".join(
        f'<row r="{r}">{"".join(chance_cell(chance, r, c) for c in range(1, 12))}</row>' for r in range(1, 200)
    )
    table = "".join(f"<si><t>строка {i}</t></si>" for i in range(50))
    path = tmp_path / "book.xlsx"
    path.write_bytes(zipped(xlsx_parts(rows, strings=strings(table), styles=styles("0.00", "d mmm"))))
    theirs = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    (ours,) = read_workbook(path).sheets
    for row in theirs.iter_rows():
        for cell in row:
            said = ours.at(cell.row, cell.column)
            if isinstance(said, Uncached):
                assert cell.value is None
            elif isinstance(said, ExcelError):
                assert (cell.data_type, cell.value) == ("e", said.code)
            elif hasattr(cell.value, "isoformat"):
                assert cell.value.isoformat().removesuffix("T00:00:00") == said.isoformat()  # type: ignore[attr-defined]
            else:
                assert cell.value == said


KINDS = (
    "><v>5</v>", "><v>0.1</v>", ' s="3"><v>12.5</v>', ' s="1"><v>45000.25</v>', ' s="4"><v>61</v>', ' s="1"><v>0.5</v>',
    ' t="s"><v>7</v>', ' t="b"><v>1</v>', ' t="b"><v>0</v>', ' t="e"><v>#N/A</v>',
    ' t="str"><f>A1</f><v>да &amp; нет</v>',
    ' t="inlineStr"><is><t>текст</t></is>', "><f>A1+1</f>", "><f>A1</f><v>8</v>", ">", ' s="1">',
    ' t="inlineStr"><is><r><t>два</t></r><r><t> слова</t></r></is>',
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", xlsx(sheet=sheet("", after='<mergeCells count="1"><mergeCell ref="D3:B2"/></mergeCells>'))),
        ("a.xls", ole({"Workbook": biff8({(2, 2): 5.0}, merges=[(2, 2, 3, 4)])})),
        ("a.ods", ods(ods_table('<table:table-row/><table:table-row><table:table-cell/><table:table-cell '
                                'table:number-rows-spanned="2" table:number-columns-spanned="3"/>'
                                '<table:covered-table-cell table:number-columns-repeated="2"/></table:table-row>'))),
    ],
)  # fmt: skip
def test_merged_areas_are_known_of_every_kind(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    book = read_workbook(tmp_path / name)
    assert [one.merges for one in book.sheets] == [((2, 2, 3, 4),)]


NOT_WELL_FORMED = (
    "<row><c",
    '<row r="1"><c r="A1"><v>1</c></row>',
    '</row><c r="A1"><v>1</v></c><row r="1">',
    '<row r="1"><c r="A1"><v>1</v></c>',
    '<c r="A1"><v>1</v></c></row>',
    '<row r=1 foo><c r="A1"><v>1</v></c></row>',
    '<row r="1" foo><c r="A1"><v>1</v></c></row>',
    '<row r="1" a="1"b="2"><c r="A1"><v>1</v></c></row>',
    '<row r="1" r="2"><c r="A1"><v>1</v></c></row>',
    '<row r="1" a:b="2"><c r="A1"><v>1</v></c></row>',
    '<row r="1" a="&b;"><c r="A1"><v>1</v></c></row>',
    '<row r="1"><c r="A1" cm="1" cm="1"><v>1</v></c></row>',
    '<row r="1"><c r="A1"><f t="a" t="a">B1</f><v>1</v></c></row>',
    '<row r="1"><c r="A1"><f t>B1</f><v>1</v></c></row>',
    '<row r="1"><c r="A1" t="str"><v>a]]>b</v></c></row>',
    '<row r="1"><c r="A1"><f>]]></f><v>1</v></c></row>',
    '<row r="1"><c r="A1" t="str"><v>\uffff</v></c></row>',
    '<row r="1"><c r="A1" t="str"><v>&#xD800;</v></c></row>',
)  # fmt: skip


@pytest.mark.parametrize("rows", NOT_WELL_FORMED)
def test_xml_that_is_not_well_formed_is_damage(rows: str) -> None:
    with pytest.raises(expat.ExpatError):
        expat.ParserCreate(namespace_separator=" ").Parse(sheet(rows).encode(), True)
    with pytest.raises(Unreadable, match="F-006"):
        read_sheet("Лист", sheet(rows).encode(), BOOK)


@pytest.mark.parametrize("tag", ["sheetData", "row", "c", "v", "f", "mergeCell"])
def test_a_prefix_that_stands_for_nothing_is_damage(tag: str) -> None:
    """lxml hands out elements of a part's first 32 KB before it says so; in a large part one of them is that."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><f>1</f><v>1</v></c></row>' for n in range(1, 3000))
    xml = sheet(rows).replace(f"<{tag}>", f"<x:{tag}>").replace(f"<{tag} ", f"<x:{tag} ")
    xml = xml.replace(f"</{tag}>", f"</x:{tag}>")
    with pytest.raises(Unreadable, match="F-006"):
        read_sheet("Лист", xml.replace("</worksheet>", "<x:mergeCell/></worksheet>").encode(), BOOK)


def test_strings_that_are_not_well_formed_are_damage() -> None:
    for item in ("<si><t>a]]>b</t></si>", "<si><t>&nbsp;</t></si>", "<si><t>\x01</t></si>", "<si><t>a</si>"):
        with pytest.raises(Unreadable, match="F-006"):
            read_strings(strings(item).encode(), DEFAULT_LIMITS)


ODD = {
    "a row in a row": '<row r="1"><row r="2"><c r="A2"><v>1</v></c></row></row>',
    "a row after a cell of a row": '<row r="1"><c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>1</v></c></row></row>',
    "an empty row in a row": '<row r="1"><row r="2"/><c r="A1"><v>1</v></c></row>',
    "cells outside of rows": '<c r="A1"><v>1</v></c><row r="2"><c r="A2"><v>1</v></c></row><c r="A3"><v>1</v></c>',
    "a cell after an empty row": '<row r="2"/><c r="A3"><v>1</v></c>',
    "an instruction": '<?x <row r="1"><c r="A1"><v>1</v></c></row>?>',
    "a reference with zeros": f'<row r="1"><c r="A1" t="str"><v>&#{"0" * 5000}65;</v></c></row>',
    "a bar as a reference": '<row r="1"><c r="A1"><f>cmd&#124;A0</f><v>1</v></c></row>',
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD)
def test_odd_rows_are_what_lxml_says(rows: str) -> None:
    xml = sheet(rows).encode()
    assert seen(read_sheet("Лист", xml, BOOK)) == slow(xml)
    assert read_sheet("Лист", xml, BOOK).barred == read_tree("Лист", xml, BOOK).barred


@pytest.mark.parametrize("number", ["0", "-1", "first", "1048577", "9" * 5000])
def test_the_number_of_a_row_is_one(number: str) -> None:
    with pytest.raises(Unreadable, match="F-006"):
        read_sheet("Лист", sheet(f'<row r="{number}"><c r="A1"><v>1</v></c></row>').encode(), BOOK)


@pytest.mark.parametrize("value", ["9" * 5000, "0" * 5000, " " + "9" * 5000])
def test_an_index_of_thousands_of_digits_is_damage(value: str) -> None:
    with pytest.raises(Unreadable, match="F-006"):
        read_sheet("Лист", sheet(f'<row r="1"><c r="A1" t="s"><v>{value}</v></c></row>').encode(), BOOK)


def test_a_sheet_that_is_cut_off_is_refused() -> None:
    for broken in ("<row><c", '<row r="1"><c r="A1"><v>1</c></row>', "</sheetData><sheetData>"):
        with pytest.raises(Unreadable):
            read_sheet("Лист", sheet(broken).encode().replace(b"</worksheet>", b""), BOOK)
