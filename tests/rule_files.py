"""Files that are refused, read with a remark, or cost too much, by the rule that says so."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.draw import CENTER, address, draw
from tests.hostile.books import ods, ods_table, ole, relations, styles, workbook, xls, xlsx
from tests.zips import parts, rewritten, zipped


def file_of(content: bytes) -> Callable[[Path], Path]:
    """A maker of a file with this content."""

    def make(folder: Path) -> Path:
        (folder / "book.xlsx").write_bytes(content)
        return folder / "book.xlsx"

    return make


def changed(part: str, old: bytes, new: bytes) -> Callable[[Path], Path]:
    """A maker of the clean workbook with the bytes of one part changed."""

    def make(folder: Path) -> Path:
        path = draw(folder / "book.xlsx")
        contents = parts(path)
        assert old in contents[part]
        contents[part] = contents[part].replace(old, new, 1)
        rewritten(path, contents)
        return path

    return make


def a_folder(folder: Path) -> Path:
    (folder / "book.xlsx").mkdir()
    return folder / "book.xlsx"


def a_fifo(folder: Path) -> Path:
    """Reading it would wait for ever."""
    os.mkfifo(folder / "book.xlsx")
    return folder / "book.xlsx"


def a_lock_file(folder: Path) -> Path:
    (folder / "~$book.xlsx").write_bytes(b"\x05user")
    return folder / "~$book.xlsx"


def truncated(folder: Path) -> Path:
    path = draw(folder / "book.xlsx")
    path.write_bytes(path.read_bytes()[:-1000])
    return path


def with_a_flipped_byte(folder: Path) -> Path:
    """Stored, so that the flip changes a figure and not the compression: only the CRC can tell."""
    path = draw(folder / "book.xlsx", cells={address(CENTER, "plan 1.1.1 2026"): 77777})
    stored = zipped(parts(path), zipfile.ZIP_STORED)
    assert stored.count(b"<v>77777<") == 1
    path.write_bytes(stored.replace(b"<v>77777<", b"<v>77778<"))
    return path


def with_a_part_twice(folder: Path) -> Path:
    path = draw(folder / "book.xlsx")
    with zipfile.ZipFile(path, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("xl/workbook.xml", "<workbook/>")
    return path


def a_zip_bomb(folder: Path) -> Path:
    path = folder / "book.xlsx"
    path.write_bytes(zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": bytes(4 * 2**20)}))
    return path


def with_too_many_parts(folder: Path) -> Path:
    path = draw(folder / "book.xlsx")
    rewritten(path, parts(path) | {f"xl/media/{i}.bin": b"" for i in range(2001)})
    return path


def with_a_part(name: str, content: bytes = b"") -> Callable[[Path], Path]:
    """A maker of the clean workbook with one part more."""

    def make(folder: Path) -> Path:
        path = draw(folder / "book.xlsx")
        rewritten(path, parts(path) | {name: content})
        return path

    return make


def a_foreign_workbook(folder: Path) -> Path:
    workbook = openpyxl.Workbook()
    workbook.save(folder / "book.xlsx")
    workbook.close()
    return folder / "book.xlsx"


def with_two_far_cells(folder: Path) -> Path:
    return draw(folder / "book.xlsx", cells={"План!XFD1048576": 1})


def of_unknown(**properties: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return draw(folder / "book.xlsx", properties=properties)

    return make


def of_another_size(folder: Path) -> Path:
    """More can be read than the file is said to have, as when somebody is writing it."""
    (folder / "book.xlsx").symlink_to("/proc/version")
    return folder / "book.xlsx"


def a_loop_of_links(folder: Path) -> Path:
    """Stands for a file without permission, which the tests' user may well be allowed to read."""
    (folder / "book.xlsx").symlink_to(folder / "book.xlsx")
    return folder / "book.xlsx"


REFUSED: list[tuple[str, Callable[[Path], Path]]] = [
    ("F-001", lambda folder: folder / "missing.xlsx"),
    ("F-002", a_folder),
    ("F-002", a_fifo),
    ("F-003", a_lock_file),
    ("F-004", file_of(b"")),
    ("F-005", file_of(bytes(range(256)))),
    ("F-005", file_of(ole({"Other": b""}))),
    ("F-006", truncated),
    ("F-006", with_a_flipped_byte),
    ("F-006", with_a_part_twice),
    ("F-006", file_of(b"PK\x03\x04 and no more")),
    ("F-006", changed("xl/workbook.xml", b"<sheets>", b"<sheets")),
    ("F-007", a_zip_bomb),
    ("F-007", with_too_many_parts),
    ("F-008", file_of(ole({"EncryptedPackage": b""}))),
    ("F-009", a_foreign_workbook),
    ("F-010", with_two_far_cells),
    ("F-006", changed("xl/styles.xml", b"</styleSheet>", b"</style>")),
    ("F-011", file_of(xlsx(relations=relations({"rId1": ("chartsheet", "chartsheets/sheet1.xml")})))),
    ("F-012", a_loop_of_links),
    ("F-013", of_unknown(xlkit_form="program_moon")),
    ("F-013", of_unknown(xlkit_edition="1999")),
    ("F-014", of_another_size),
    ("F-020", file_of(b"<html><body><table/></body></html>")),
    ("F-021", file_of("код;значение\n".encode())),
    ("F-022", file_of(b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>')),
    ("F-023", file_of(b"<?xml version='1.0'?><data/>")),
    ("F-024", file_of(ole({"WordDocument": b""}))),
    ("F-025", file_of(b"%PDF-1.7")),
    ("F-026", file_of(b"\x89PNG\r\n\x1a\n")),
    ("F-027", file_of(zipped({"book.xlsx": b""}))),
    ("F-028", file_of(ole({"__properties_version1.0": b""}))),
    ("F-029", with_a_part("../../evil.xml")),
    ("F-030", changed("xl/workbook.xml", b"<workbook ", b"<!DOCTYPE a><workbook ")),
    ("F-031", file_of(xlsx(styles=styles().replace("<cellXfs>", "<cellXfs>" + "<xf />" * 100_001)))),
]


# --- files that are read, with something that a person should know -----------------------------------------

TITLE_SHEET = {(1, 1): "Титул", (2, 1): "Идентификатор кластера", (2, 2): "ОПЦ-1", (3, 1): "Первый год программы",
               (3, 2): 2026.0}  # fmt: skip


def an_xls(folder: Path) -> Path:
    (folder / "book.xls").write_bytes(xls(TITLE_SHEET, "Титул"))
    return folder / "book.xls"


def an_ods(folder: Path) -> Path:
    rows = "".join(
        f'<table:table-row><table:table-cell office:value-type="string"><text:p>{caption}</text:p></table:table-cell>'
        f'<table:table-cell office:value-type="string"><text:p>{said}</text:p></table:table-cell></table:table-row>'
        for caption, said in (("Идентификатор кластера", "ОПЦ-1"), ("Первый год программы", "2026"))
    )
    (folder / "book.ods").write_bytes(ods(ods_table(rows, "Титул")))
    return folder / "book.ods"


def with_a_link(folder: Path) -> Path:
    path = draw(folder / "book.xlsx")
    link = relations({"rId1": ("externalLinkPath", "file:///C:/other.xlsx")}, ' TargetMode="External"').encode()
    linked = {"xl/externalLinks/externalLink1.xml": b"<a/>", "xl/externalLinks/_rels/externalLink1.xml.rels": link}
    rewritten(path, parts(path) | linked)
    return path


REMARKED: list[tuple[str, str | None, Callable[[Path], Path]]] = [
    ("F-040", None, an_ods),
    ("F-041", "Справка", changed("xl/workbook.xml", 'name="Справка"'.encode(),
                                 'name="Справка" state="veryHidden"'.encode())),
    ("F-042", None, with_a_link),
    ("F-043", None, with_a_part("xl/externalLinks/externalLink1.xml", b"<a><ddeLink/></a>")),
    ("F-044", None, with_a_part("xl/vbaProject.bin")),
    ("F-045", "xlwings.conf", lambda folder: draw(folder / "book.xlsx", sheets={"Справка": "xlwings.conf"})),
    ("F-046", None, with_a_part("xl/connections.xml", b"<a/>")),
    ("F-047", None, an_xls),
]  # fmt: skip

# --- files that cost too much ----------------------------------------------------------------------------


def slow(folder: Path, rows: int = 400_000) -> Path:
    """Read in a way that takes seconds: comments keep its cells off the fast way."""
    cells = "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c><!-- --></row>' for i in range(1, rows + 1))
    (folder / "book.xlsx").write_bytes(xlsx(cells, workbook=workbook({"План": ""})))
    return folder / "book.xlsx"


def hungry(folder: Path) -> Path:
    """A text of five megabytes, asked for again and again, with an escape that makes a copy of it each time."""
    text = "_x0041_" + "я" * 2_500_000
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="str"><v>{text}</v></c></row>' for i in range(1, 16))
    (folder / "book.xlsx").write_bytes(xlsx(cells, workbook=workbook({"План": ""})))
    return folder / "book.xlsx"


COSTLY: list[tuple[str, str, Callable[[Path], Path]]] = [
    ("F-032", "seconds = 2", slow),
    ("F-033", "memory_mb = 150\nratio = 10000", hungry),
]


CRASHES = (
    "import os, signal; from pathlib import Path; stat = Path.stat; "
    "Path.stat = lambda p, **how: os.kill(os.getpid(), signal.SIGSEGV) if p.name == 'crash.xlsx' else stat(p, **how); "
)


REMARKS = {rule for rule, _, _ in REMARKED}
