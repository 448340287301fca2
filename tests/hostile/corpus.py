"""Hostile and odd files, each with what must become of it: the rule that refuses it, or the cells that it says.

They are built here, not kept: nobody's virus scanner meets a zip bomb in a checkout.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.books import (
    DECLARATION,
    MAIN,
    Part,
    biff8,
    brt,
    brt_error,
    brt_number,
    brt_row,
    cell,
    ods,
    ods_table,
    ole,
    relations,
    sheet,
    strings,
    styles,
    types,
    workbook,
    xls,
    xlsb,
    xlsx,
    xlsx_parts,
    zip_of,
    zipped,
)

Seen = Mapping[str, tuple[str, object]]
"""Cells of the first sheet: address → kind and value, as ``xlkit cells --json`` gives them."""


@dataclass(frozen=True)
class Hostile:
    """One file. ``rule`` refuses it; with ``None`` it is read and ``cells`` are all that it holds."""

    id: str
    make: Callable[[Path], None]
    rule: str | None = None
    cells: Seen | None = None
    name: str = ""
    remarks: frozenset[str] = field(default_factory=frozenset)

    @property
    def file_name(self) -> str:
        return self.name or f"{self.id}.xlsx"


def of(content: bytes | Callable[[], bytes]) -> Callable[[Path], None]:
    """A maker that writes a content, built only when it is needed."""
    return lambda path: void(path.write_bytes(content() if callable(content) else content))


def void(_: object) -> None:
    """Makers return nothing."""


def refused(rule: str, **files: bytes | Callable[[], bytes]) -> list[Hostile]:
    return [Hostile(name.replace("_", " "), of(content), rule) for name, content in files.items()]


def reads(name: str, content: bytes | Callable[[], bytes], cells: Seen, *remarks: str, suffix: str = "xlsx") -> Hostile:
    return Hostile(name, of(content), None, cells, f"{name}.{suffix}", frozenset(remarks))


def one(kind: str, value: object) -> Seen:
    return {"A1": (kind, value)}


# --- other types under the name of a workbook -------------------------------------------------------------

XML_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
DOCX = {
    "[Content_Types].xml": types(),
    "_rels/.rels": relations({"rId1": ("officeDocument", "word/document.xml")}),
    "word/document.xml": "<w/>",
}

TYPES = [
    *refused("F-004", empty=b""),
    *refused("F-005", random_bytes=bytes(range(256)) * 8, zeros=bytes(5000), unknown_OLE=ole({"Other": b"x"}),
             zip_with_workbook_missing=zipped({"[Content_Types].xml": types(),
                                               "_rels/.rels": relations({"a": ("officeDocument", "xl/none.xml")})}),
             executable=b"MZ\x90\0\x03" + bytes(300), SQLite=b"SQLite format 3\0" + bytes(100)),
    *refused("F-008", encrypted_xlsx=ole({"EncryptedPackage": b"x", "EncryptionInfo": b"y"}),
             encrypted_xls=ole({"Workbook": biff8({}, more=struct.pack("<2H6s", 0x2F, 6, b"\1\0\1\0\1\0"))}),
             encrypted_parts=zip_of(Part(n, c if isinstance(c, bytes) else c.encode(), flags=0x801)
                                    for n, c in xlsx_parts().items()),
             encrypted_ods=ods("", **{"META-INF/manifest.xml":
                                      '<m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry>'
                                      '</m:manifest>'})),
    *refused("F-020", HTML=b"<html><body><table><tr><td>1</td></tr></table></body></html>",
             HTML_with_doctype="\ufeff\n<!DOCTYPE html>\n<html></html>".encode(), HTML_table=b"<table><tr><td>5",
             HTML_of_Excel=b'<?xml version="1.0"?><html xmlns:x="urn:schemas-microsoft-com:office:excel"></html>',
             HTML_in_UTF_16="<html><body>".encode("utf-16")),
    *refused("F-021", CSV="код;значение\n1.1;5\n".encode(), CSV_in_cp1251="код;значение\n".encode("cp1251"),
             CSV_in_UTF_16="код\t5\n".encode("utf-16"), DDE_in_CSV=b"=cmd|'/C calc'!A0\n", JSON=b'{"a": 1}',
             one_space=b" ", text_that_begins_like_CSV_injection=b"@SUM(1)\n", base64=b"UEsDBBQABgAIAAAAIQ=="),
    *refused("F-022", XML_2003=XML_2003.encode(), XML_2003_in_UTF_16=XML_2003.encode("utf-16")),
    *refused("F-023", XML=b"<?xml version='1.0'?><data/>", SVG=b"<svg xmlns='http://www.w3.org/2000/svg'/>",
             flat_ODS=b"<?xml version='1.0'?><office:document xmlns:office='o'/>",
             XXE_in_bare_XML=b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    *refused("F-024", docx=zipped(DOCX), doc=ole({"WordDocument": b"x", "1Table": b"y"}),
             ppt=ole({"PowerPoint Document": b"x"}), RTF=rb"{\rtf1\ansi text}",
             pptx=zipped(DOCX | {"_rels/.rels": relations({"a": ("officeDocument", "ppt/presentation.xml")}),
                                 "ppt/presentation.xml": "<p/>"}),
             odt=zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})),
    *refused("F-025", PDF=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    *refused("F-026", PNG=b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", JPEG=b"\xff\xd8\xff\xe0\0\x10JFIF", GIF=b"GIF89a",
             TIFF=b"II*\0\x08\0\0\0"),
    *refused("F-027", RAR=b"Rar!\x1a\x07\x01\0", seven_zip=b"7z\xbc\xaf\x27\x1c\0\4", gzip=b"\x1f\x8b\x08\0",
             ZIP_of_workbooks=zipped({"a.xlsx": xlsx(), "b.xlsx": xlsx()}), ZIP_of_nothing=zipped({}),
             ZIP_without_content_types=zipped({k: v for k, v in xlsx_parts().items() if k[0] != "["})),
    *refused("F-028", msg=ole({"__properties_version1.0": b"x"}),
             eml=b"From: a@example.ru\r\nMIME-Version: 1.0\r\nSubject: x\r\n\r\nbody"),
]  # fmt: skip

# --- zip files that lie -----------------------------------------------------------------------------------

GOOD = {name: c.encode() if isinstance(c, str) else c for name, c in xlsx_parts(cell("<v>1000</v>")).items()}
SHEET = "xl/worksheets/sheet1.xml"


def parts_with(name: str, **changes: object) -> bytes:
    """The good workbook with one member changed."""
    return zip_of(Part(n, c, **(changes if n == name else {})) for n, c in GOOD.items())  # type: ignore[arg-type]


def with_parts(**more: bytes) -> bytes:
    return zip_of([*(Part(n, c) for n, c in GOOD.items()), *(Part(n, c) for n, c in more.items())])


def flipped(part: str) -> Callable[[], bytes]:
    """The last byte of a stored part's text content changed: only the CRC can tell."""

    def build() -> bytes:
        content = bytearray(zip_of(Part(n, c, packed=False) for n, c in xlsx_parts_all().items()))
        at = content.find(xlsx_parts_all()[part]) + len(xlsx_parts_all()[part]) // 2
        content[at] ^= 1
        return bytes(content)

    return build


def xlsx_parts_all() -> dict[str, bytes]:
    parts = xlsx_parts(cell("<v>0</v>", ' t="s"'), strings=strings("<si><t>слово</t></si>"))
    parts["docProps/custom.xml"] = '<Properties xmlns="p"><property name="a"><v>1</v></property></Properties>'
    return {name: c.encode() if isinstance(c, str) else c for name, c in parts.items()}


def overlapping() -> bytes:
    """Fifty members that share one packed megabyte of zeros."""
    content = zip_of([*(Part(n, c) for n, c in GOOD.items()), Part("xl/media/1.bin", bytes(6 * 2**20))])
    start = content.rfind(b"PK\x01\x02")
    end = content.rfind(b"PK\x05\x06")
    entry = content[start:end]
    entries = b"".join(entry.replace(b"1.bin", bytes([0x61 + i % 25, 0x61 + i // 25]) + b"bin") for i in range(50))
    directory_at = struct.unpack_from("<I", content, end + 16)[0]
    count = struct.unpack_from("<H", content, end + 8)[0] - 1 + 50
    directory = content[directory_at:start] + entries
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), directory_at, 0)
    return content[:directory_at] + directory + tail


def bomb(size: int, declared: int | None = None) -> Callable[[], bytes]:
    return lambda: zip_of([*(Part(n, c) for n, c in GOOD.items()), Part("xl/media/a.bin", bytes(size), size=declared)])


def sheet_bomb(size: int, declared: int) -> Callable[[], bytes]:
    """A sheet that inflates to more than its directory says, which is the size of what would be asked for."""

    def build() -> bytes:
        content = sheet(" " * size).encode()
        return zip_of(Part(n, content if n == SHEET else c, size=declared if n == SHEET else None)
                      for n, c in GOOD.items())  # fmt: skip

    return build


whole = zip_of(Part(n, c) for n, c in GOOD.items())

ZIPS = [
    *refused("F-006", truncated_at_100=whole[:100], truncated_in_the_directory=whole[:-30],
             truncated_by_one=whole[:-1], truncated_in_the_middle=whole[: len(whole) // 2],
             only_a_signature=b"PK\x03\x04", only_an_end=b"PK\x05\x06" + bytes(8),
             the_same_part_twice=with_parts(**{SHEET: b"<a/>"}),
             parts_that_differ_by_case=with_parts(**{SHEET.upper(): b"<a/>"}),
             wrong_CRC_of_the_sheet=parts_with(SHEET, crc=1), wrong_size_of_the_sheet=parts_with(SHEET, size=50),
             too_large_a_size=parts_with(SHEET, size=5000), another_local_name=parts_with(SHEET, local_name="xl/x.xml"),
             unknown_packing=parts_with(SHEET, method=99), LZMA=parts_with(SHEET, method=14),
             stored_said_to_be_packed=parts_with(SHEET, packed=False, method=8),
             sheet_that_inflates_to_more=sheet_bomb(2**20, 500),
             sheet_bomb_of_a_gigabyte_undeclared=sheet_bomb(200 * 2**20, 500)),
    *[Hostile(f"flipped byte in {part.rpartition('/')[2]}", of(flipped(part)), "F-006")
      for part in ("_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, "xl/styles.xml",
                   "xl/sharedStrings.xml", "docProps/custom.xml")],
    *refused("F-007", bomb_of_20_MB=bomb(20 * 2**20), a_gigabyte_declared=bomb(1000, 2**30),
             four_gigabytes_declared=bomb(1000, 2**32 - 2), overlapping_members=overlapping,
             too_many_parts=lambda: with_parts(**{f"xl/media/{i}.bin": b"" for i in range(2001)})),
    *refused("F-029", path_upwards=with_parts(**{"../../evil.xml": b""}), absolute_path=with_parts(**{"/etc/x": b""}),
             path_upwards_inside=with_parts(**{"xl/../../x": b""}), backslashes=with_parts(**{"xl\\x.xml": b""}),
             windows_drive=with_parts(**{"C:/x.xml": b""}), NUL_in_a_name=with_parts(**{"xl/a\0.xml": b""}),
             network_path=with_parts(**{"//server/x": b""}), the_sheet_by_an_absolute_name=zip_of(
                 Part(f"/{n}" if n == SHEET else n, c) for n, c in GOOD.items())),
    Hostile("bytes before the zip file", of(b"MZ" * 100 + whole), "F-005"),
]  # fmt: skip

# --- XML --------------------------------------------------------------------------------------------------

LAUGHS = "<!DOCTYPE a [<!ENTITY l0 'ha'>" + "".join(
    f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10)) + "]>"  # fmt: skip
QUADRATIC = f"<!DOCTYPE a [<!ENTITY q '{'x' * 50_000}'>]>"
XXE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
OUTSIDE = '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">'


def after_declaration(xml: str, words: str) -> str:
    return xml.replace(DECLARATION, DECLARATION + words)


def in_utf16(xml: str) -> bytes:
    return xml.replace("UTF-8", "UTF-16").encode("utf-16")


ATTACKED = {
    "sheet": sheet(cell("<is><t>&l9;</t></is>", ' t="inlineStr"')),
    "strings": strings("<si><t>&l9;</t></si>"),
    "workbook": workbook(),
    "styles": styles(),
    "relations": relations({"rId1": ("worksheet", "worksheets/sheet1.xml")}),
}

XML = [
    *[Hostile(f"billion laughs in {part}", of(xlsx(cell("<v>1</v>"), **{part: after_declaration(xml, LAUGHS)})),
              "F-030") for part, xml in ATTACKED.items() if part != "strings"],
    *refused("F-030",
             billion_laughs_in_strings=xlsx(strings=after_declaration(ATTACKED["strings"], LAUGHS)),
             quadratic_entities=xlsx(sheet=after_declaration(sheet(cell(f"<is><t>{'&q;' * 5000}</t></is>",
                                                                        ' t="inlineStr"')), QUADRATIC)),
             XXE=xlsx(strings=after_declaration(strings("<si><t>&x;</t></si>"), XXE)),
             outside_DTD=xlsx(sheet=after_declaration(sheet(""), OUTSIDE)),
             DOCTYPE_in_UTF_16=xlsx(sheet=in_utf16(after_declaration(sheet(""), XXE))),
             DOCTYPE_in_custom_properties=zipped(xlsx_parts() | {"docProps/custom.xml": f"{XXE}<a/>"}),
             DOCTYPE_in_ODS=ods("", before=XXE)),
    *refused("F-006", deep_nesting=xlsx(sheet=sheet("<row>" + "<a>" * 5000 + "</a>" * 5000 + "</row>")),
             huge_attribute=lambda: xlsx(sheet=sheet(f'<row r="1" x="{os.urandom(6 * 2**20).hex()}"><!-- --></row>')),
             invalid_UTF_8=xlsx(sheet=sheet(cell("<v>\ufffd</v>", ' t="str"')).encode().replace(b"\xef\xbf\xbd",
                                                                                               b"\xff\xfe")),
             overlong_UTF_8=xlsx(sheet=sheet(cell("<v>@</v>", ' t="str"')).encode().replace(b"@", b"\xc0\xbc")),
             NUL_in_the_sheet=xlsx(sheet=sheet(cell("<v>1\0</v>")).encode()),
             control_character=xlsx(sheet=sheet(cell("<v>\x01</v>", ' t="str"'))),
             reference_to_a_control_character=xlsx(sheet=sheet(cell("<v>&#1;</v>", ' t="str"'))),
             unknown_entity=xlsx(sheet=sheet(cell("<v>&nbsp;</v>", ' t="str"'))),
             bare_ampersand=xlsx(sheet=sheet(cell("<v>a & b</v>", ' t="str"'))),
             unclosed_tag=xlsx(sheet=sheet('<row r="1"><c r="A1"><v>1</row>')),
             cut_off_sheet=xlsx(sheet=sheet(cell("<v>1</v>"))[:-40]),
             text_after_the_end=xlsx(sheet=sheet(cell("<v>1</v>")) + "<x/>"),
             unknown_encoding=xlsx(sheet=sheet("").replace("UTF-8", "rot13")),
             UTF_7=xlsx(sheet=sheet("").replace("UTF-8", "utf-7")),
             lying_UTF_16=xlsx(sheet=b"\xff\xfe" + sheet("").encode() + b"x"),
             another_root=xlsx(sheet=sheet("").replace("worksheet", "html")),
             another_namespace=xlsx(sheet=sheet(cell("<v>1</v>")).replace(MAIN, "urn:x")),
             empty_sheet_part=xlsx(sheet=""), workbook_of_zeros=xlsx(workbook="\0" * 500),
             broken_styles=xlsx(styles=styles().replace("</styleSheet>", "</style>")),
             broken_workbook=xlsx(workbook=workbook().replace("<sheets>", "<sheets"))),
]  # fmt: skip

# --- sheets -----------------------------------------------------------------------------------------------

far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
dense = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(1, 400))


def many(count: int, item: str) -> str:
    return item * count


SHEETS = [
    *refused("F-010", two_far_cells=xlsx(far), far_cells_in_any_form=xlsx(far.replace("<v>1</v>", "<v><!-- -->1</v>")),
             last_column_of_many_rows=xlsx(dense),
             far_cells_under_a_small_dimension=xlsx(sheet=sheet(far, before='<dimension ref="A1"/>')),
             ODS_of_a_million_rows=ods(ods_table('<table:table-row table:number-rows-repeated="1048576">'
                                                 '<table:table-cell table:number-columns-repeated="16384" '
                                                 'office:value-type="float" office:value="1"/></table:table-row>')),
             ODS_far_cell=ods(ods_table('<table:table-row table:number-rows-repeated="1000000"/><table:table-row>'
                                        '<table:table-cell table:number-columns-repeated="16000"/><table:table-cell '
                                        'office:value-type="float" office:value="1"/></table:table-row>')),
             XLSB_far_cells=xlsb(brt_row(1) + brt_number(1, 1) + brt_row(1048576) + brt_number(16384, 1))),
    *refused("F-006", column_16385=xlsx(cell("<v>1</v>", address="XFE1")),
             row_1048577=xlsx(cell("<v>1</v>", address="A1048577")),
             row_of_ten_digits=xlsx(cell("<v>1</v>", address="A4294967297")),
             negative_row=xlsx('<row r="-1"><c><v>1</v></c></row>'), row_zero=xlsx('<row r="0"><c><v>1</v></c></row>'),
             cell_in_row_zero=xlsx(cell("<v>1</v>", address="A0")),
             row_that_is_no_number=xlsx('<row r="first"><c><v>1</v></c></row>'),
             address_that_is_none=xlsx('<row r="1"><c r="1A"><v>1</v></c></row>'),
             empty_address=xlsx('<row r="1"><c r="A"><v>1</v></c></row>'),
             one_cell_twice=xlsx('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
             one_cell_in_two_rows=xlsx(cell("<v>1</v>") + cell("<v>9</v>")),
             string_that_does_not_exist=xlsx(cell("<v>7</v>", ' t="s"'), strings=strings("<si><t>a</t></si>")),
             string_minus_one=xlsx(cell("<v>-1</v>", ' t="s"'), strings=strings("<si><t>a</t></si>")),
             string_that_is_no_number=xlsx(cell("<v>x</v>", ' t="s"'), strings=strings("<si><t>a</t></si>")),
             string_without_strings=xlsx(cell("<v>0</v>", ' t="s"')),
             ODS_negative_repeat=ods(ods_table('<table:table-row table:number-rows-repeated="-5"/>')),
             ODS_broken_XML=ods("<table:table>"), XLSB_cut_off=xlsb(b"\x05\xff\xff\xff\x7f"),
             XLSB_column_16385=xlsb(brt_row(1) + brt_number(16385, 1)),
             XLSB_sheet_without_a_name=zipped({"[Content_Types].xml": types(), "_rels/.rels": relations(
                 {"a": ("officeDocument", "xl/workbook.bin")}), "xl/workbook.bin": brt(156, bytes(4))}),
             ODS_without_content=zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})),
    *refused("F-006", relation_that_is_missing=xlsx(workbook=workbook().replace('r:id="rId1"', 'r:id="rId99"')),
             sheet_part_that_is_missing=xlsx(relations=relations({"rId1": ("worksheet", "worksheets/none.xml")})),
             styles_that_are_missing=zipped({n: c for n, c in xlsx_parts().items() if "styles" not in n})),
    *refused("F-011", workbook_without_sheets=xlsx(workbook=workbook().replace(' r:id="rId1"', "")),
             chart_sheets_only=xlsx(relations=relations({"rId1": ("chartsheet", "chartsheets/sheet1.xml")})),
             sheet_by_a_relation_of_another_kind=xlsx(relations=relations({"rId1": ("theme", "workbook.xml")})),
             xls_without_its_records=ole({"Workbook": b"x" * 5000}), ODS_without_sheets=ods(""),
             xls_cut_off=xls({(1, 1): 5.0})[:1800]),
    *refused("F-031", sheets_without_number=lambda: xlsx(
                 workbook=workbook({f"Лист{i}": "" for i in range(1001)}),
                 relations=relations({f"rId{i}": ("worksheet", "worksheets/sheet1.xml") for i in range(1, 1002)})),
             merges_without_number=lambda: xlsx(sheet=sheet("", after="<mergeCells>" + "".join(
                 f'<mergeCell ref="A{i}:B{i}"/>' for i in range(1, 100_002)) + "</mergeCells>")),
             styles_without_number=lambda: xlsx(styles=styles().replace("<cellXfs>", "<cellXfs>" + "".join(
                 f'<xf numFmtId="{i}"/>' for i in range(100_001)))),
             names_without_number=lambda: xlsx(workbook=workbook(after="<definedNames>" + "".join(
                 f'<definedName name="n{i}">A{i}</definedName>' for i in range(100_001)) + "</definedNames>"))),
    *refused("F-006", relations_that_lead_to_themselves=xlsx(
        relations=relations({"rId1": ("worksheet", "_rels/workbook.xml.rels")}))),
    reads("full sheet merged", xlsx(sheet=sheet(cell("<v>1</v>"), after='<mergeCells count="1"><mergeCell '
                                                'ref="A1:XFD1048576"/></mergeCells>')), one("number", 1)),
    reads("ten million strings by their count", xlsx(cell("<v>0</v>", ' t="s"'), strings=strings(
        "<si><t>a</t></si>", ' count="10000000" uniqueCount="10000000"')), one("text", "a")),
    reads("dimension that lies", xlsx(sheet=sheet(cell("<v>1</v>"), before='<dimension ref="A1:XFD1048576"/>')),
          one("number", 1)),
    reads("styled cells far away", xlsx(cell("<v>1</v>") + '<row r="1048576"><c r="XFD1048576" s="1"/></row>'),
          one("number", 1)),
    reads("sheets equal by case", zipped(xlsx_parts(cell("<v>1</v>")) | {
        "xl/workbook.xml": workbook({"План": "", "ПЛАН": ""}),
        "xl/_rels/workbook.xml.rels": relations({"rId1": ("worksheet", "worksheets/sheet1.xml"),
                                                 "rId2": ("worksheet", "worksheets/sheet2.xml")}),
        "xl/worksheets/sheet2.xml": sheet(cell("<v>2</v>"))}), one("number", 1)),
    reads("parts of other case", zipped({n.replace("sheet1", "Sheet1").replace("[C", "[c"): c for n, c in
                                         xlsx_parts(cell("<v>1</v>")).items()}), one("number", 1)),
    reads("absolute targets", xlsx(cell("<v>1</v>"), relations=relations(
        {"rId1": ("worksheet", "/xl/worksheets/sheet1.xml")})), one("number", 1)),
    reads("targets with dots", xlsx(cell("<v>1</v>"), relations=relations(
        {"rId1": ("worksheet", "../xl/./worksheets/sheet1.xml")})), one("number", 1)),
    reads("no styles and no strings", zipped({n: c for n, c in xlsx_parts(cell("<v>1</v>"), relations=relations(
        {"rId1": ("worksheet", "worksheets/sheet1.xml")})).items() if "styles" not in n}), one("number", 1)),
    reads("no shared strings although named", xlsx(cell("<v>1</v>")), one("number", 1)),
    reads("chart sheet beside", zipped(xlsx_parts(cell("<v>1</v>")) | {
        "xl/workbook.xml": workbook({"Диаграмма": "", "Лист1": ""}),
        "xl/_rels/workbook.xml.rels": relations({"rId1": ("chartsheet", "chartsheets/sheet1.xml"),
                                                 "rId2": ("worksheet", "worksheets/sheet1.xml")}),
        "xl/chartsheets/sheet1.xml": f'<chartsheet xmlns="{MAIN}"/>'}), one("number", 1)),
    reads("hidden and very hidden", xlsx(cell("<v>1</v>"), workbook=workbook({"Лист1": ' state="veryHidden"'})),
          one("number", 1), "F-041"),
    reads("settings of buttons", xlsx(cell("<v>1</v>"), workbook=workbook({"xlwings.conf": ""})), one("number", 1),
          "F-045"),
    reads("macros", zipped(xlsx_parts(cell("<v>1</v>")) | {"xl/vbaProject.bin": b"\xd0\xcf"}), one("number", 1),
          "F-044", suffix="xlsm"),
    reads("link to another file", zipped(xlsx_parts(cell("<v>1</v>")) | {
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": relations(
            {"rId1": ("externalLinkPath", "file:///C:/tmp/other.xlsx")}, ' TargetMode="External"')}),
          one("number", 1), "F-042"),
    reads("DDE link", zipped(xlsx_parts(cell("<v>1</v>")) | {
        "xl/externalLinks/externalLink1.xml":
            f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'}),
          one("number", 1), "F-043"),
    reads("DDE formula", xlsx(cell("<f>cmd|'/C calc'!A0</f><v>1</v>")), one("number", 1), "F-043"),
    reads("connections", zipped(xlsx_parts(cell("<v>1</v>")) | {"xl/connections.xml": "<c/>"}), one("number", 1),
          "F-046"),
]  # fmt: skip

# --- values -----------------------------------------------------------------------------------------------

ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!",
          "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#EXTERNAL!")  # fmt: skip


def value(name: str, inner: str, kind: str, content: object, attributes: str = "", **parts: str) -> Hostile:
    return reads(name, xlsx(cell(inner, attributes), **parts), one(kind, content))


def text(name: str, item: str, content: str) -> list[Hostile]:
    """The same text as a shared string and inside the cell."""
    return [
        reads(f"{name} shared", xlsx(cell("<v>0</v>", ' t="s"'), strings=strings(f"<si>{item}</si>")),
              one("text", content)),
        reads(f"{name} inline", xlsx(cell(f"<is>{item}</is>", ' t="inlineStr"')), one("text", content)),
    ]  # fmt: skip


def dated(name: str, serial: str, kind: str, content: object, style: int = 1, **parts: str) -> Hostile:
    return value(name, f"<v>{serial}</v>", kind, content, f' s="{style}"', **parts)


VALUES = [
    *[value(f"error {i} {code.strip('#!?').replace('/', '')}", f"<v>{code}</v>", "error", code, ' t="e"')
      for i, code in enumerate(ERRORS)],
    value("error of a formula", "<f>1/0</f><v>#DIV/0!</v>", "error", "#DIV/0!", ' t="e"'),
    value("formula without a value", "<f>SUM(B1:B2)</f>", "formula_without_value", "SUM(B1:B2)"),
    value("formula with an empty value", "<f>A2</f><v></v>", "formula_without_value", "A2"),
    value("formula with a value", "<f>A2</f><v>7</v>", "number", 7),
    reads("formula of an empty text", xlsx(cell("<f>A2</f><v></v>", ' t="str"')), {}),
    value("NaN", "<v>NaN</v>", "text", "NaN"),
    value("infinity", "<v>INF</v>", "text", "INF"),
    value("minus infinity", "<v>-inf</v>", "text", "-inf"),
    value("1E309", "<v>1e309</v>", "text", "1e309"),
    value("number with an underscore", "<v>1_000</v>", "text", "1_000"),
    value("hexadecimal number", "<v>0x10</v>", "text", "0x10"),
    value("comma", "<v>5,5</v>", "text", "5,5"),
    value("digits of another script", "<v>٣</v>", "text", "٣"),
    value("17 digits", "<v>0.12345678901234568</v>", "number", 0.12345678901234568),
    value("17 digits of a whole number", "<v>12345678901234568</v>", "number", 12345678901234568.0),
    value("smallest number", "<v>4.9406564584124654E-324</v>", "number", 5e-324),
    value("exponent", "<v>1.5E+3</v>", "number", 1500),
    value("spaces around a number", "<v> 5 </v>", "number", 5),
    value("line break around a number", "<v>\n5\r\n</v>", "number", 5),
    value("number as CDATA", "<v><![CDATA[5]]></v>", "number", 5),
    value("number as references", "<v>&#53;&#x30;</v>", "number", 50),
    value("comment within a number", "<v>1<!-- no -->2</v>", "number", 12),
    value("instruction within a number", "<v>1<?x y?>2</v>", "number", 12),
    value("true", "<v>1</v>", "bool", True, ' t="b"'),
    value("false", "<v>0</v>", "bool", False, ' t="b"'),
    value("two as truth", "<v>2</v>", "text", "2", ' t="b"'),
    value("text of a formula", "<f>A</f><v> a </v>", "text", " a ", ' t="str"'),
    value("unknown type", "<v>7</v>", "text", "7", ' t="zz"'),
    value("number in text", "<v>007</v>", "text", "007", ' t="str"'),
    value("ISO date", "<v>2026-01-05</v>", "date", "2026-01-05", ' t="d"'),
    value("ISO moment", "<v>2026-01-05T10:30:00</v>", "date", "2026-01-05T10:30:00", ' t="d"'),
    value("ISO nonsense", "<v>2026-13-45</v>", "text", "2026-13-45", ' t="d"'),
    *text("spaces", "<t>  a  </t>", "  a  "),
    *text("kept spaces", '<t xml:space="preserve">  a  </t>', "  a  "),
    *text("rich text", '<r><t>a</t></r><r><rPr><b/></rPr><t xml:space="preserve"> b</t></r>', "a b"),
    *text("phonetic run", '<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>', "東京"),
    *text("escape of a letter", "<t>_x0041_</t>", "A"),
    *text("escape of NUL", "<t>a_x0000_b</t>", "a\0b"),
    *text("escape of a line break", "<t>a_x000D_\nb</t>", "a\r\nb"),
    *text("escaped escape", "<t>_x005F_x0041_</t>", "_x0041_"),
    *text("escape of a pair", "<t>_xD83D__xDE00_</t>", "😀"),
    *text("escape that is none", "<t>_x41_ _X0041_</t>", "_x41_ _X0041_"),
    *text("line breaks", "<t>a\r\nb\rc&#13;d</t>", "a\nb\nc\rd"),
    *text("CDATA", "<t><![CDATA[<b>&amp;]]></t>", "<b>&amp;"),
    *text("markup", "<t>&lt;script&gt;alert(1)&lt;/script&gt;</t>", "<script>alert(1)</script>"),
    *text("DDE", "<t>=cmd|' /C calc'!A0</t>", "=cmd|' /C calc'!A0"),
    *text("formula signs", "<t>@SUM(1+1)*cmd|</t>", "@SUM(1+1)*cmd|"),
    *text("right to left", "<t>\u202egpj.xlsx</t>", "\u202egpj.xlsx"),
    *text("text that looks like an error", "<t>#REF!</t>", "#REF!"),
    reads("empty strings", xlsx(cell("<v>0</v>", ' t="s"'), strings=strings("<si/>")), {}),
    dated("date", "46027", "date", "2026-01-05"),
    dated("moment", "46027.4375", "date", "2026-01-05T10:30:00"),
    dated("first serial", "1", "date", "1900-01-01"),
    dated("serial 59", "59", "date", "1900-02-28"),
    dated("serial 60 is no day", "60", "number", 60),
    dated("serial 61", "61", "date", "1900-03-01"),
    dated("serial zero", "0", "date", "00:00:00"),
    dated("half a day", "0.5", "date", "12:00:00"),
    dated("negative serial", "-1", "number", -1),
    dated("last serial", "2958465", "date", "9999-12-31"),
    dated("serial after 9999", "2958466", "number", 2958466),
    dated("duration", "1.5", "date", "1 day, 12:00:00", 2),
    dated("1904", "1", "date", "1904-01-02", workbook=workbook(before='<workbookPr date1904="1"/>')),
    dated("1904 serial 60", "60", "date", "1904-03-01", workbook=workbook(before='<workbookPr date1904="true"/>')),
    dated("format of years", "46027", "date", "2026-01-05", 3, styles=styles("yyyy&quot; г.&quot;")),
    dated("format with letters in quotes", "5", "number", 5, 3, styles=styles("0&quot; days&quot;")),
    dated("format with an escaped letter", "5", "number", 5, 3, styles=styles(r"0\d")),
    dated("format in red", "5", "number", 5, 3, styles=styles("[Red]0.00")),
    dated("format with a locale", "46027", "date", "2026-01-05", 3, styles=styles("[$-419]d mmm yyyy;@")),
    dated("style that does not exist", "5", "number", 5, 99),
    reads("cells without addresses", xlsx("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"),
          {"A1": ("number", 1), "B1": ("number", 2), "A2": ("number", 3)}),
    reads("cells out of order", xlsx('<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>'
                                     '<row r="1"><c r="A1"><v>3</v></c></row>'),
          {"A1": ("number", 3), "A2": ("number", 2), "B2": ("number", 1)}),
    reads("row that lies about its cells", xlsx('<row r="5"><c r="A1"><v>1</v></c></row>'), one("number", 1)),
    reads("type before the address", xlsx('<row r="1"><c t="str" r="A1"><v>x</v></c></row>'), one("text", "x")),
    reads("single quotes", xlsx("<row r='1'><c r='A1' t='b'><v>1</v></c></row>"), one("bool", True)),
    reads("namespace prefix", xlsx(sheet=f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1">'
                                   "<x:v>4</x:v></x:c></x:row></x:sheetData></x:worksheet>"), one("number", 4)),
    reads("strict namespaces", zipped({n: (c if isinstance(c, str) else c.decode()).replace(
        MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships") for n, c in xlsx_parts(
            cell("<v>46027</v>", ' s="1"')).items()}), one("date", "2026-01-05")),
    reads("UTF-16 parts", zipped({n: in_utf16(c) if isinstance(c, str) and n != "[Content_Types].xml" else c
                                  for n, c in xlsx_parts(cell("<v>да</v>", ' t="str"')).items()}), one("text", "да")),
    reads("windows-1251 sheet", xlsx(sheet=sheet(cell("<v>да</v>", ' t="str"')).replace("UTF-8", "windows-1251")
                                     .encode("cp1251")), one("text", "да")),
    reads("byte order mark", xlsx(sheet=b"\xef\xbb\xbf" + sheet(cell("<v>1</v>")).encode()), one("number", 1)),
    reads("comment around a cell", xlsx('<!--<row r="1"><c r="A1"><v>9</v></c></row>--><row r="2"><c r="A2"><v>2</v>'
                                        "</c></row>"), {"A2": ("number", 2)}),
    reads("xls", xls({(1, 1): 5.5, (2, 1): "Титул"}), {"A1": ("number", 5.5), "A2": ("text", "Титул")}, "F-047",
          suffix="xls"),
    reads("xls named xlsx", xls({(1, 1): 5.5}), one("number", 5.5), "F-047"),
    reads("xlsb", xlsb(brt_row(1) + brt_number(1, 7.5)), one("number", 7.5), "F-040", suffix="xlsb"),
    reads("xlsb with an error", xlsb(brt_row(1) + brt_error(1, 0x17)), one("error", "#REF!"), "F-040", suffix="xlsb"),
    reads("xlsb with a NaN", xlsb(brt_row(1) + brt_number(1, float("nan"))), one("text", "nan"), "F-040",
          suffix="xlsb"),
    reads("ods", ods(ods_table('<table:table-row><table:table-cell office:value-type="float" office:value="5.5"/>'
                               '<table:table-cell table:number-columns-repeated="2" office:value-type="string">'
                               "<text:p>a<text:s text:c=\"2\"/>b</text:p><text:p>c</text:p></table:table-cell>"
                               "</table:table-row>")),
          {"A1": ("number", 5.5), "B1": ("text", "a  b\nc"), "C1": ("text", "a  b\nc")}, "F-040", suffix="ods"),
    reads("ods with an error", ods(ods_table('<table:table-row><table:table-cell table:formula="of:=1/0" '
                                             'office:value-type="string"><text:p>#DIV/0!</text:p></table:table-cell>'
                                             "</table:table-row>")), one("error", "#DIV/0!"), "F-040", suffix="ods"),
    reads("ods without a value", ods(ods_table('<table:table-row><table:table-cell table:formula="of:=[.B1]"/>'
                                               "</table:table-row>")), one("formula_without_value", "of:=[.B1]"),
          "F-040", suffix="ods"),
    reads("ods with empty rows without number", ods(ods_table(
        '<table:table-row><table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '</table:table-row><table:table-row table:number-rows-repeated="1048575"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>')), one("bool", True), "F-040", suffix="ods"),
]  # fmt: skip

# --- names and places -------------------------------------------------------------------------------------


def a_loop(path: Path) -> None:
    path.symlink_to(path)


def a_good_link(path: Path) -> None:
    aim = path.with_name("aim.bin")
    aim.write_bytes(whole)
    path.symlink_to(aim)


PLACES = [
    Hostile("missing", lambda path: None, "F-001"),
    Hostile("dangling link", lambda path: path.symlink_to("nowhere.xlsx"), "F-001"),
    Hostile("good link", a_good_link, None, one("number", 1000)),
    Hostile("loop of links", a_loop, "F-012"),
    Hostile("folder", lambda path: path.mkdir(), "F-002"),
    Hostile("pipe", lambda path: os.mkfifo(path), "F-002"),
    Hostile("lock file", of(b"\x05user" + bytes(160)), "F-003", name="~$book.xlsx"),
    Hostile("link to a device", lambda path: path.symlink_to("/dev/zero"), "F-002"),
    Hostile("line break in the name", of(whole), None, one("number", 1000), "line\nbreak.xlsx"),
    Hostile("header injection", of(whole), None, one("number", 1000), "a\r\nBcc: x@example.ru\r\n.xlsx"),
    Hostile("name that is no text", of(whole), None, one("number", 1000), os.fsdecode(b"\xff\xfe.xlsx")),
    Hostile("name like an option", of(whole), None, one("number", 1000), "--annotate.xlsx"),
    Hostile("name like a formula", of(whole), None, one("number", 1000), "=cmd|' calc'!A0.xlsx"),
    Hostile("name with markup", of(whole), None, one("number", 1000), "<img src=x onerror=alert(1)>.xlsx"),
    Hostile("name without a suffix", of(whole), None, one("number", 1000), "book"),
    Hostile("name of another kind", of(whole), None, one("number", 1000), "book.pdf"),
]

CORPUS = [*TYPES, *ZIPS, *XML, *SHEETS, *VALUES, *PLACES]
