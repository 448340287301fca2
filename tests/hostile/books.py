"""Builders of workbooks as bytes, part by part, so that a test may put anything anywhere."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

# --- zip files that may lie -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """A member of a zip file. What is not None stands in the directory instead of the truth."""

    name: str
    content: bytes
    packed: bool = True
    size: int | None = None
    crc: int | None = None
    local_name: str | None = None
    flags: int = 0x800
    method: int | None = None


def zip_of(parts: Iterable[Part]) -> bytes:
    """A zip file, lies and all."""
    body, directory, count = bytearray(), bytearray(), 0
    for part in parts:
        deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = deflater.compress(part.content) + deflater.flush() if part.packed else part.content
        method = (8 if part.packed else 0) if part.method is None else part.method
        size = len(part.content) if part.size is None else part.size
        crc = zlib.crc32(part.content) if part.crc is None else part.crc
        name = part.name.encode()
        local = name if part.local_name is None else part.local_name.encode()
        numbers = struct.pack("<5H3I", 20, part.flags, method, 0, 33, crc, len(packed), size)
        directory += b"PK\x01\x02\x14\x00" + numbers
        directory += struct.pack("<5H2I", len(name), 0, 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + numbers + struct.pack("<2H", len(local), 0) + local + packed
        count += 1
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory) + end


def zipped(parts: Mapping[str, str | bytes], packed: bool = True) -> bytes:
    """An honest zip file."""
    contents = {name: c.encode() if isinstance(c, str) else c for name, c in parts.items()}
    return zip_of(Part(name, content, packed) for name, content in contents.items())


# --- .xlsx ------------------------------------------------------------------------------------------------


def types(main: str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml") -> str:
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = {"workbook": main, "sharedStrings": f"{content}.sharedStrings+xml", "styles": f"{content}.styles+xml",
             "worksheets/sheet1": f"{content}.worksheet+xml"}  # fmt: skip
    listed = "".join(f'<Override PartName="/xl/{part}.xml" ContentType="{kind}"/>' for part, kind in kinds.items())
    return (
        f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def relations(targets: Mapping[str, tuple[str, str]], mode: str = "") -> str:
    """Relationships: id → (last word of the type, target)."""
    inner = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'
        for name, (kind, target) in targets.items()
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def workbook(sheets: Mapping[str, str] | None = None, before: str = "", after: str = "") -> str:
    """The workbook part: names of sheets → attributes beside name and ids."""
    named = sheets or {"Лист1": ""}
    inner = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"{attributes}/>'
        for i, (name, attributes) in enumerate(named.items(), start=1)
    )
    names = f'xmlns="{MAIN}" xmlns:r="{OFFICE}"'
    return f"{DECLARATION}<workbook {names}>{before}<sheets>{inner}</sheets>{after}</workbook>"


def sheet(rows: str, after: str = "", before: str = "") -> str:
    return f'{DECLARATION}<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def strings(items: str, attributes: str = "") -> str:
    return f'{DECLARATION}<sst xmlns="{MAIN}"{attributes}>{items}</sst>'


def styles(*codes: str) -> str:
    """Cell styles: 0 is General, 1 dd.mm.yyyy (built in), 2 [h]:mm:ss, then one for each of ``codes``."""
    formats = "".join(f'<numFmt numFmtId="{164 + i}" formatCode="{code}"/>' for i, code in enumerate(codes))
    numbers = (0, 14, 46, *range(164, 164 + len(codes)))
    xfs = "".join(f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0"/>' for n in numbers)
    looks = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
    looks += "<cellStyleXfs><xf/></cellStyleXfs>"
    inner = f"<numFmts>{formats}</numFmts>{looks}<cellXfs>{xfs}</cellXfs>"
    return f'{DECLARATION}<styleSheet xmlns="{MAIN}">{inner}</styleSheet>'


def xlsx_parts(rows: str = "", **parts: str | bytes) -> dict[str, str | bytes]:
    """The parts of a workbook of one sheet; ``parts``: sheet, strings, styles, workbook, relations in its place."""
    targets = {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId8": ("sharedStrings", "sharedStrings.xml"),
               "rId9": ("styles", "styles.xml")}  # fmt: skip
    made: dict[str, str | bytes] = {
        "[Content_Types].xml": types(),
        "_rels/.rels": relations({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": parts.get("workbook", workbook()),
        "xl/_rels/workbook.xml.rels": parts.get("relations", relations(targets)),
        "xl/worksheets/sheet1.xml": parts.get("sheet", sheet(rows)),
        "xl/styles.xml": parts.get("styles", styles()),
    }
    if "strings" in parts:
        made["xl/sharedStrings.xml"] = parts["strings"]
    return made


def xlsx(rows: str = "", **parts: str | bytes) -> bytes:
    return zipped(xlsx_parts(rows, **parts))


def cell(inner: str, attributes: str = "", address: str = "A1") -> str:
    """One row with one cell."""
    row = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return f'<row r="{row}"><c r="{address}"{attributes}>{inner}</c></row>'


# --- .ods -------------------------------------------------------------------------------------------------

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_ODS_NAMES = "".join(f' xmlns:{name}="{_ODF}{name}:1.0"' for name in ("office", "table", "text", "style"))


def ods(tables: str, before: str = "", **parts: str | bytes) -> bytes:
    content = (
        f'{DECLARATION}{before}<office:document-content{_ODS_NAMES} office:version="1.3"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content, **parts})


def ods_table(rows: str, name: str = "Лист1") -> str:
    return f'<table:table table:name="{name}">{rows}</table:table>'


# --- OLE and .xls -----------------------------------------------------------------------------------------


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams at its top, each long enough to need no small sectors."""
    sector = 512
    contents = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    entries, chains, body, at = [], [], bytearray(), 1
    names = list(contents)
    directory_sectors = (len(names) + 4) // 4
    at = 1 + directory_sectors
    for name, content in contents.items():
        count = -(-len(content) // sector)
        entries.append((name, at, len(content)))
        chains += [*range(at + 1, at + count), 0xFFFFFFFE]
        body += content.ljust(count * sector, b"\0")
        at += count
    fat = [0xFFFFFFFD, *range(2, 1 + directory_sectors), 0xFFFFFFFE, *chains]
    assert len(fat) <= 128, "one sector of the table is enough for tests"
    fat += [0xFFFFFFFF] * (128 - len(fat))
    listed = [_ole_entry("Root Entry", 5, 0xFFFFFFFE, 0, 1 if names else 0xFFFFFFFF, 0xFFFFFFFF)]
    for i, (name, start, size) in enumerate(entries, start=1):
        listed.append(_ole_entry(name, 2, start, size, 0xFFFFFFFF, i + 1 if i < len(entries) else 0xFFFFFFFF))
    directory = b"".join(listed).ljust(directory_sectors * sector, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *([0xFFFFFFFF] * 108))
    return head + struct.pack("<128I", *fat) + directory + bytes(body)


def _ole_entry(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
    text = name.encode("utf-16-le").ljust(64, b"\0")
    head = text + struct.pack("<HBB3I", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return head.ljust(116, b"\0") + struct.pack("<IQ", start, size)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<2H", kind, len(body)) + body


def biff8(
    cells: Mapping[tuple[int, int], float | str],
    name: str = "Sheet",
    more: bytes = b"",
    merges: Sequence[tuple[int, int, int, int]] = (),
) -> bytes:
    """The stream of an .xls workbook of one sheet; ``more`` are records after the first, ``merges`` boxes from 1."""
    sheet_begin = struct.pack("<2H2HII", 0x600, 0x10, 0, 0, 0, 0)
    body = _record(0x809, sheet_begin)
    for (row, column), content in sorted(cells.items()):
        place = struct.pack("<3H", row - 1, column - 1, 0)
        if isinstance(content, str):
            body += _record(0x204, place + struct.pack("<HB", len(content), 1) + content.encode("utf-16-le"))
        else:
            body += _record(0x203, place + struct.pack("<d", content))
    areas = [struct.pack("<4H", top - 1, bottom - 1, left - 1, right - 1) for top, left, bottom, right in merges]
    if areas:
        body += _record(0xE5, struct.pack("<H", len(areas)) + b"".join(areas))
    body += _record(0x0A, b"")
    head = _record(0x809, struct.pack("<2H2HII", 0x600, 5, 0, 0, 0, 0)) + more
    sheet_name = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    listing = struct.pack("<IBB", 0, 0, 0) + sheet_name
    at = len(head) + 4 + len(listing) + 4
    return head + _record(0x85, struct.pack("<I", at) + listing[4:]) + _record(0x0A, b"") + body


def xls(cells: Mapping[tuple[int, int], float | str], name: str = "Sheet") -> bytes:
    return ole({"Workbook": biff8(cells, name)})


# --- .xlsb ------------------------------------------------------------------------------------------------


def brt(kind: int, body: bytes = b"") -> bytes:
    """A record of an .xlsb part."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, rest = b"", len(body)
    while True:
        length += bytes([rest & 0x7F | (0x80 if rest > 0x7F else 0)])
        rest >>= 7
        if not rest:
            return head + length + body


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(records: bytes, name: str = "Лист1", **parts: str | bytes) -> bytes:
    """A workbook of one sheet, whose rows and cells are ``records``."""
    listed = brt(143) + brt(156, struct.pack("<2I", 0, 1) + wide("rId1") + wide(name)) + brt(144)
    body = brt(129) + brt(148, struct.pack("<4I", 0, 9, 0, 9)) + brt(145) + records + brt(146) + brt(130)
    return zipped(
        {
            "[Content_Types].xml": types("application/vnd.ms-excel.sheet.binary.macroEnabled.main"),
            "_rels/.rels": relations({"rId1": ("officeDocument", "xl/workbook.bin")}),
            "xl/workbook.bin": brt(131) + listed + brt(132),
            "xl/_rels/workbook.bin.rels": relations({"rId1": ("worksheet", "worksheets/sheet1.bin")}),
            "xl/worksheets/sheet1.bin": body,
            **parts,
        }
    )


def brt_row(row: int) -> bytes:
    return brt(0, struct.pack("<I", row - 1) + bytes(13))


def brt_number(column: int, number: float) -> bytes:
    return brt(5, struct.pack("<2I", column - 1, 0) + struct.pack("<d", number))


def brt_error(column: int, code: int) -> bytes:
    return brt(3, struct.pack("<2IB", column - 1, 0, code))
