"""Every rule has a workbook that breaks it, and it alone, in the cell that a person would be sent to.

A case is the clean workbook with one edit. The edit and the place are written as ``plan 1.1.1 2026`` and turned
into cells by the layout of the template, so that the table stays true when a template grows a row.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, SECOND_QUARTER, address, draw, resaved, zipped
from tests.hostile.books import ods, ods_table, ole, relations, styles, workbook, xls, xlsx
from xlkit.actions.check import CheckResult, FileCheck, check
from xlkit.finding import Finding, Severity
from xlkit.isolation import pool as isolated
from xlkit.rules.catalogue import catalogue
from xlkit.rules.edition import list_editions, read_edition
from xlkit.values import ExcelError, Uncached

Place = tuple[str | None, str | None]
"""Sheet and cell of a finding."""


@dataclass(frozen=True)
class Case:
    """One edit of the clean workbook and where its rule is to be told.

    ``at`` is a place of :func:`tests.draw.address`, a sheet's name, or empty for the file as a whole; a tuple
    where one edit breaks the rule in several cells.
    """

    rule: str
    at: str | tuple[str, ...] = ""
    name: str = ""
    form: str = CENTER
    put: Mapping[str, object] = field(default_factory=dict)
    drawn: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.rule} {self.name}".strip()

    def draw(self, folder: Path) -> Path:
        cells = {address(self.form, place): content for place, content in self.put.items()}
        return draw(folder / f"{self.id}.xlsx", self.form, cells=cells, **self.drawn)

    @property
    def expected(self) -> list[tuple[str, Place]]:
        places = (self.at,) if isinstance(self.at, str) else self.at
        return sorted(((self.rule, self._place(place)) for place in places), key=str)

    def _place(self, place: str) -> Place:
        if place.partition(" ")[0] not in ("title", "plan", "indicators", "actuals"):
            return place or None, None
        sheet, _, cell = address(self.form, place, self.drawn.get("drop")).partition("!")
        return sheet, cell


def put(rule: str, at: str, content: object, name: str = "", form: str = CENTER) -> Case:
    """A case whose one changed cell is the one that is told."""
    return Case(rule, at, name, form, {at: content})


def rows(rule: str, at: str | tuple[str, ...], name: str = "", form: str = CENTER, **drawn: Any) -> Case:
    """A case whose edit is drawn as Markdown tables or title entries."""
    return Case(rule, at, name, form, drawn=drawn)


def area(first: str, last: str) -> tuple[str, ...]:
    """Two corners as an area to merge."""
    return (f"{address(CENTER, first)}:{address(CENTER, last).partition('!')[2]}",)


def merged(rule: str, first: str, last: str, name: str = "") -> Case:
    """A case of two corners whose area is merged; what stood there stays."""
    return Case(rule, first, name, drawn={"merge": area(first, last)})


REPORT: dict[str, Any] = {"title": {"period": SECOND_QUARTER}, "actuals": CLEAN_ACTUALS}
"""The clean center with its report on the second quarter."""


def reported(rule: str, at: str, content: object, name: str = "") -> Case:
    """A case on the sheet «Факт» of the clean report."""
    return Case(rule, at, name, CENTER, {at: content}, REPORT)


STRUCTURE = [
    rows("S-101", "Показатели", sheets={"Показатели": "Лист1"}),
    # what follows from a missing column is no second fault
    Case("S-102", "plan caption code", put={"plan caption 2027": "две тысячи двадцать седьмой"}),
    Case("S-102", "indicators caption code", "unit", put={"indicators caption unit": "Ед."}),
    Case("S-102", "plan caption code", "mode", put={"plan caption mode": "Как считать"}),
    Case("S-102", "plan caption number", "number", put={"plan caption number": "Номер"}),
    Case("S-103", "plan extra", put={"plan extra": "2026"}),
    put("S-104", "plan 1.5.3 number", "1.5.2"),
    rows("S-105", "plan caption number", drop={"plan": ("6.5", "6.5.1")}),
    rows("S-105", "indicators caption number", "indicator", drop={"indicators": ("5",)}),
    rows("S-105", "plan caption number", "result with its measures left", drop={"plan": ("1.5",)}),
    rows(
        "S-105", ("plan caption number", "plan caption number"), "section with its result", drop={"plan": ("6", "6.5")}
    ),
    put("S-106", "plan 2.2.1 number", None),
    put("S-107", "plan 1.3.2 number", "1.З.2"),
    put("S-107", "plan 1.3.2 number", dt.date(2002, 3, 1), "date"),
    rows("S-108", "План ", sheets={"Справка": "План "}),
    put("S-109", "plan 1.5.3 number", "1.9.1"),
    put("S-110", "plan 1.5.3 name", None),
    put("S-111", "plan 6 name", "Мероприятия по популяризации"),
    put("S-112", "plan 1.5.3 name", "Проведeн семинар по совершенствованию воспитательной работы обучающихся"),
    rows("S-112", "title cluster_id", "cluster", title={"cluster_id": "ОПЦ-кластеp-001"}),
    put("S-113", "plan 1.5.3 number", "1.5.3."),
    rows("S-114", "title cluster_id", properties={"xlkit_cluster": "ОПЦ-777"}),
    rows("S-115", "", properties={"xlkit_rules": "0" * 64}),
    put("S-116", "plan 6.5.1 number", "7"),
    put("S-116", "plan 1.5.3 number", "1.7", "result"),
    put("S-116", "plan 1.5.3 number", 153, "a number that lost its points"),
    Case("S-117", "plan free number", put={"plan free name": "Примечание: см. приложение"}),
    Case("S-120", "plan free number", put={"plan free number": "1.б", "plan free name": "Своё мероприятие"}),
    merged("S-121", "plan 1.1.1 2026", "plan 1.1.1 2027"),
    merged("S-121", "plan 1.1.1 unit", "plan 1.1.3 unit", "down"),
    merged("S-121", "plan 1.1 number", "plan 1.1 name", "the name of a row without values"),
    Case("S-118", "indicators 4 number", put={"plan 5.1.1 link": None}),
    Case("S-119", "plan extra", put={"plan extra": "2031"}),
]

TITLE = [
    put("T-101", "title cluster_id", None),
    put("T-101", "title cluster_id", "  ", "spaces"),
    put("T-101", "title cluster_id", " – ", "a dash"),
    put("T-102", "title first_year", "скоро"),
    put("T-102", "title first_year", None, "blank"),
    Case("T-103", "title first_year", put={"title first_year": 2027}),
    put("T-104", "title region", "Калужская обл."),
    put("T-104", "title industry", "Машиностроительная", "industry"),
    put("T-104", "title district", "СЗФО", "district by its initials"),
    put("T-105", "title district", "Уральский федеральный округ"),
    put("T-107", "title period", "скоро"),
    put("T-108", "title phone", None),
    rows("T-109", "title period", title={"period": "2031, II квартал"}, actuals=CLEAN_ACTUALS),
    put("T-110", "title email", "нет почты"),
    put("T-110", "title email", "a@example.ru, b@example.ru", "two"),
    put("T-112", "title kind", "ОК"),
    Case("T-113", "actuals 1 opening", drawn={"actuals": CLEAN_ACTUALS}),
]

VALUES = [
    put("V-101", "plan 1.1.1 2026", None),
    put("V-101", "plan 1.1.1 2026", " ", "space"),
    put("V-101", "plan 1.4.1/40.02.02 2026", None, "educational", EDUCATIONAL),
    put("V-101", "indicators 5 2026", None, "indicator"),
    reported("V-101", "actuals 5 II", None, "quarter"),
    put("V-102", "plan 1.1.1 2026", "98 чел."),
    put("V-102", "plan 1.1.1 2027", True, "bool"),
    put("V-103", "plan 6.1.1 2026", "1.234"),
    put("V-104", "plan 1.1.1 2026", dt.date(2026, 1, 5)),
    put("V-105", "plan 1.1.1 2026", ExcelError("#REF!")),
    put("V-105", "plan 1.1.2 2027", ExcelError("#N/A"), "in a relation"),
    put("V-106", "plan 1.1.1 2026", Uncached("12+13")),
    put("V-105", "plan 1.5.3 name", ExcelError("#REF!"), "name"),
    put("V-106", "plan 1.5.3 name", Uncached("A1"), "name"),
    put("V-107", "plan 1.1.1 2026", 25.5),
    put("V-107", "indicators 5 2028", 165.5, "indicator"),
    put("V-108", "plan 1.1.1 2026", -25),
    put("V-109", "plan 5.4.1 2028", 101),
    put("V-110", "plan 1.1.2 2024", 5, "", EDUCATIONAL),
    put("V-110", "plan 1.1.2 2024", "сделано", "text", EDUCATIONAL),
    put("V-111", "plan 1.1.1 2026", "да"),
    put("V-112", "plan 4.2.1 2027", 10),
    put("V-112", "indicators 5 2027", 97, "indicator"),
    rows("V-113", "plan 4.2.1 2027", plan="|code|2026|2027|2028|\n|4.2.1|14|-|28|"),
    put("V-113", "indicators 5 2028", "-", "indicator"),
    put("V-114", "plan 4.2.1 2027", None),
    put("V-115", "plan 1.3.1 total 2027", 2),
    put("V-115", "plan 1.1.1 total 2026", 25, "level"),
    put("V-115", "plan 1.3.1 total 2027", "нет", "text"),
    put("V-116", "plan 1.3.1 total 2027", None),
    reported("V-115", "actuals 5 total", 99, "actuals"),
    reported("V-115", "actuals 5 deviation", 1, "deviation"),
    reported("V-117", "actuals 5 III", 99),
    reported("V-119", "actuals 5 II", "х"),
    put("V-119", "plan 1.1.1 2026", "х", "plan"),
    put("V-120", "plan 6.3.1 2026", "1 200"),
    put("V-120", "plan 1.1.2 2024", "Да", "yes", EDUCATIONAL),
    put("V-120", "plan 1.3.1 2027", "−", "dash"),
    put("V-121", "plan 1.5.3 unit", None),
    put("V-122", "plan 1.5.3 unit", "вёдра"),
    put("V-123", "plan 1.1.1 unit", "человек"),
    put("V-124", "plan 1.5.3 mode", None),
    put("V-125", "plan 1.5.3 mode", "как-нибудь"),
    put("V-126", "plan 1.5.3 link", "9"),
    put("V-127", "plan 5.4.1 2026", 1, "a hundred per cent as Excel keeps it"),
    put("V-127", "plan 5.4.1 2028", 0.87),
    Case("V-128", "plan 1.1.1 mode", put={"plan 1.1.1 link": "5"}),
]

RELATIONS = [
    put("R-101", "indicators 1 2026", 1161),
    Case("R-101", "indicators 2 2028", "2", put={"plan 6.2.1 2028": 2}),
    Case("R-101", "indicators 3 2026", "3", put={"plan 2.3.2 2026": 51}),
    Case("R-101", "indicators 4 2028", "4", put={"plan 5.1.1 2028": 171}),
    put("R-101", "indicators 6 2027", 81, "6"),
    put("R-107", "indicators 7 2028", 99547),
    put("R-111", "plan 2.3.1 2028", 19),
    Case("R-112", "plan 1.1.2 2028", put={"plan 1.1.3 2028": 55}),
    Case("R-113", "plan 1.1.2 2027", put={"plan 1.2.1 2027": 50}),
    Case("R-113", "plan 1.1.2 2027", "dash", put={"plan 1.2.1 2027": "-"}),
    Case("R-114", "plan 4.1.1 2026", put={"plan 4.3.1 2026": 34}),
    Case("R-121", "plan 2.3.1 2028", put={
        "plan 2.3.2 2026": 15, "plan 2.3.2 2027": 16, "plan 2.3.2 2028": 17,
        "indicators 3 2026": 15, "indicators 3 2027": 16, "indicators 3 2028": 17,
    }),
    Case("R-122", "plan 5.1.1 2028", put={"plan 5.1.1 2028": 3341, "indicators 4 2028": 3341}),
    put("R-201", "plan 1.2.1 2025", 8, "", EDUCATIONAL),
    rows("R-202", "plan 1.4.1/38.02.01 2024", "", EDUCATIONAL, plan="|code|2024|\n|1.4.2/38.02.01|да|"),
]  # fmt: skip

CASES = [*STRUCTURE, *TITLE, *VALUES, *RELATIONS]

# What stays silent although it is close to a rule's edge.
PASSING = [
    Case("T-102", name="a year with its word", put={"title first_year": "2026 год"}),
    Case("T-103", name="no year in the captions is contradicted", put={"title first_year": "2026 г."}),
    Case("T-107", name="period", drawn=REPORT),
    Case("T-108", name="optional period", put={"title period": None}),
    Case("S-114", name="the same id in other signs", put={"title cluster_id": "опц – 001"}),
    Case("S-117", name="an empty spare row"),
    Case("S-121", name="a heading over its row", drawn={"merge": area("plan 1.1 name", "plan 1.1 2028")}),
    Case("S-121", name="one cell", drawn={"merge": area("plan 1.1.1 2026", "plan 1.1.1 2026")}),
    Case("S-118", name="the link moves to another measure", drawn={
        "plan": "|code|name|unit|mode|link|2026|2027|2028|\n|5.1.1|~|~|~||~|~|~|\n"
                "|5.1.2|Договоры с новыми работодателями|ед.|нарастающим итогом|4|55|110|170|",
    }),
    Case("V-101", name="a dash is a value", put={"plan 1.1.1 2026": "-"}),
    Case("V-107", name="money has kopecks", put={
        "plan 3.1 2026": 10000.5, "indicators 7 2026": 19547.5, "indicators 7 2027": 19547.5,
        "indicators 7 2028": 19547.5,
    }),
    Case("V-108", name="zero", put={"plan 1.1.1 2026": 0}),
    Case("V-109", name="exactly all", put={"plan 5.4.1 2028": 100}),
    Case("V-112", name="equal to the year before", put={"plan 4.2.1 2027": 14}),
    Case("V-113", name="a dash before the first number", put={"plan 4.2.1 2026": "-"}),
    Case("V-115", name="a right total typed", put={"plan 1.3.1 total 2027": 1}),
    Case("V-115", name="a cross typed for a level", put={"plan 1.1.1 total 2026": "х"}),
    Case("V-119", name="a cross in a quarter to come", drawn=REPORT),
    Case("V-123", name="the indicators' own unit", drawn={"indicators": "|code|unit|\n|1|человек|"}),
    Case("V-127", name="nought per cent", put={"plan 5.4.1 2028": 0}),
    Case("V-128", name="a link of a row with a total", put={"plan 6.5.1 link": "5"}),
    Case("R-112", name="a measure of the cluster's own", drawn={
        "plan": "|code|name|2028|\n|1.1.3|Открыта столовая|1|",
    }),
    Case("R-107", name="within a kopeck's rounding", put={"indicators 7 2028": 19547.01}),
    Case("R-201", name="the first year has none before", form=EDUCATIONAL, put={"plan 1.2.1 2024": 3}),
    Case("R-202", name="in the same year", form=EDUCATIONAL, drawn={"plan": "|code|2025|\n|1.4.2/38.02.01|да|"}),
]  # fmt: skip


# --- files that are refused -------------------------------------------------------------------------------


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


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
        parts = parts_of(path)
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)
        path.write_bytes(zipped(parts))
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
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts_of(path).items():
            package.writestr(name, content)
    assert stream.getvalue().count(b"<v>77777<") == 1
    path.write_bytes(stream.getvalue().replace(b"<v>77777<", b"<v>77778<"))
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
    path.write_bytes(zipped(parts_of(path) | {f"xl/media/{i}.bin": b"" for i in range(2001)}))
    return path


def with_a_part(name: str, content: bytes = b"") -> Callable[[Path], Path]:
    """A maker of the clean workbook with one part more."""

    def make(folder: Path) -> Path:
        path = draw(folder / "book.xlsx")
        path.write_bytes(zipped(parts_of(path) | {name: content}))
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
    parts = {"xl/externalLinks/externalLink1.xml": b"<a/>", "xl/externalLinks/_rels/externalLink1.xml.rels": link}
    path.write_bytes(zipped(parts_of(path) | parts))
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
    ("F-032", "seconds = 1", slow),
    ("F-033", "memory_mb = 150\nratio = 10000", hungry),
]


@pytest.mark.parametrize("rule, limit, make", COSTLY, ids=["time", "memory"])
def test_a_file_that_costs_too_much_is_refused(
    rule: str, limit: str, make: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text(f"[limits]\n{limit}\n")
    bad, good = make(tmp_path), draw(tmp_path / "good.xlsx")
    found = check([bad, good, bad]).files
    assert [one.verdict for one in found] == ["refused", "valid", "refused"]
    assert told(found[0].findings) == told(found[2].findings) == [(rule, (None, None))]


def test_a_file_that_crashes_its_reader_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-034: the process that reads the file dies of it; the files before and after are checked."""
    monkeypatch.setattr(isolated, "_PROGRAM", CRASHES + isolated._PROGRAM)
    good = draw(tmp_path / "good.xlsx")
    bad = tmp_path / "crash.xlsx"
    bad.write_bytes(good.read_bytes())
    found = check([good, bad, good, bad]).files
    assert [one.verdict for one in found] == ["valid", "refused", "valid", "refused"]
    assert told(found[1].findings) == [("F-034", (None, None))]
    assert "SIGSEGV" in str(found[1].findings[0].message)


CRASHES = (
    "import os, signal; from pathlib import Path; stat = Path.stat; "
    "Path.stat = lambda p: os.kill(os.getpid(), signal.SIGSEGV) if p.name == 'crash.xlsx' else stat(p); "
)


@pytest.mark.parametrize("rule, sheet, make", REMARKED, ids=lambda value: getattr(value, "__name__", str(value)))
def test_what_a_person_should_know_is_told(
    rule: str, sheet: str | None, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    (one,) = check([make(tmp_path)]).files
    assert one.verdict != "refused"
    assert [found for found in told(one.findings) if found[0] in REMARKS] == [(rule, (sheet, None))]
    assert one.verdict == "valid" or Path(one.file).suffix != ".xlsx"


REMARKS = {rule for rule, _, _ in REMARKED}


# --- one check for all ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileCheck]:
    """Every drawn workbook by its case's id, judged in one call: no file's fault may touch another's verdict."""
    folder = tmp_path_factory.mktemp("each")
    files = {case.id: case.draw(folder) for case in [*CASES, *PASSING]}
    files |= {f"clean {form}": draw(folder / f"{form}.xlsx", form) for form in (CENTER, EDUCATIONAL)}
    result = check(files.values())
    assert [one.file for one in result.files] == [str(file) for file in files.values()]
    return dict(zip(files, result.files, strict=True))


def told(findings: Sequence[Finding]) -> list[tuple[str, Place]]:
    return sorted(((one.rule, (one.location.sheet, one.location.cell)) for one in findings), key=str)


def severity_of(rule: str) -> Severity:
    if rule in catalogue():
        return catalogue()[rule].severity
    return next(r.severity for path in list_editions() for r in read_edition(path).book.relations if r.id == rule)


def test_the_clean_workbooks_have_no_finding_at_all(checked: dict[str, FileCheck]) -> None:
    for form in (CENTER, EDUCATIONAL):
        assert checked[f"clean {form}"].verdict == "valid"
        assert told(checked[f"clean {form}"].findings) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_rule_is_told_alone_and_in_its_cell(case: Case, checked: dict[str, FileCheck]) -> None:
    one = checked[case.id]
    assert told(one.findings) == case.expected
    assert one.verdict == ("invalid" if severity_of(case.rule) is Severity.ERROR else "valid")


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case.id)
def test_what_is_right_is_not_told(case: Case, checked: dict[str, FileCheck]) -> None:
    assert told(checked[case.id].findings) == []


@pytest.mark.parametrize("rule, make", REFUSED, ids=lambda value: getattr(value, "__name__", value))
def test_a_file_is_refused_by_its_rule(rule: str, make: Callable[[Path], Path], tmp_path: Path) -> None:
    (one,) = check([make(tmp_path)]).files
    assert (one.verdict, told(one.findings)) == ("refused", [(rule, (None, None))])
    assert (one.form, one.edition, one.cluster) == (None, None, None)


def test_no_rule_lacks_its_failing_workbook() -> None:
    # differences from the register (C-…) are told by reconcile, not by check
    ours = [rule for rule in catalogue() if not rule.startswith("C-")]
    declared = [*ours, *(r.id for path in list_editions() for r in read_edition(path).book.relations)]
    assert [rule for rule, count in Counter(declared).items() if count > 1] == []
    tested = {case.rule for case in CASES} | {rule for rule, _ in REFUSED} | REMARKS
    tested |= {rule for rule, _, _ in COSTLY} | {"F-034"}
    assert sorted(set(declared) - tested) == []
    assert sorted(tested - set(declared)) == []
    ids = [case.id for case in [*CASES, *PASSING]]
    assert len(set(ids)) == len(ids)


def test_every_finding_is_told_in_two_languages_without_gaps(checked: dict[str, FileCheck]) -> None:
    for one in checked.values():
        for finding in one.findings:
            for text in (finding.message, *([finding.hint] if finding.hint else [])):
                for said in (text.ru, text.en):
                    assert said.strip()
                    assert not re.search(r"[{}]|\bNone\b|\bnan\b", said), f"{finding.rule}: {said}"
            assert finding.location.file == one.file


def test_an_error_or_warning_says_how_to_mend_it(checked: dict[str, FileCheck]) -> None:
    silent = {
        finding.rule
        for one in checked.values()
        for finding in one.findings
        if finding.severity is not Severity.INFO and finding.hint is None
    }
    assert silent == set()


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.rule in ("V-101", "V-112", "R-101", "S-104")], ids=lambda c: c.id
)
def test_a_file_judged_alone_has_the_same_findings(case: Case, checked: dict[str, FileCheck]) -> None:
    (alone,) = check([checked[case.id].file]).files
    assert alone == checked[case.id]


def test_a_place_names_the_cell_that_a_person_sees(tmp_path: Path) -> None:
    """The other tests place their edits by the template's layout; here is a look from outside."""
    workbook = openpyxl.load_workbook(draw(tmp_path / "book.xlsx"))
    looks = {"plan 1.1.1 2026": 25, "plan caption 2027": "2027", "title region": "Калужская область",
             "indicators 7 2028": 19547, "plan 2.3.2 link": "3", "plan extra": None}  # fmt: skip
    for place, content in looks.items():
        sheet, _, cell = address(CENTER, place).partition("!")
        assert workbook[sheet][cell].value == content
    sheet, _, cell = address(CENTER, "plan 1.1.1 number").partition("!")
    assert (workbook[sheet][cell].value, workbook[sheet].title) == ("1.1.1", "План")
    workbook.close()


# --- the same workbook, otherwise saved -------------------------------------------------------------------


@pytest.mark.parametrize("form", [CENTER, EDUCATIONAL])
def test_a_clean_workbook_stays_clean_when_formulas_lose_their_values(form: str, tmp_path: Path) -> None:
    """Another program drops the caches of the template's formulas; they are no finding of the person's."""
    (one,) = check([resaved(draw(tmp_path / "book.xlsx", form))]).files
    assert told(one.findings) == []


@pytest.mark.parametrize(
    "edit",
    ["|code|2028|\n|2.3.1|19|", "|code|2027|\n|4.2.1|10|", "|code|mode|\n|2.4.1||"],
    ids=["R-111 on rows named by a formula", "V-112", "V-124"],
)
def test_findings_do_not_depend_on_who_saved_the_workbook(edit: str, tmp_path: Path) -> None:
    drawn = draw(tmp_path / "book.xlsx", plan=edit)
    ours, theirs = check([drawn, resaved(drawn)]).files
    assert told(ours.findings) != []
    assert told(theirs.findings) == told(ours.findings)


def test_rows_and_columns_may_move(tmp_path: Path) -> None:
    """A column put first and rows inserted above shift every cell, and nothing but the places changes."""
    drawn = draw(tmp_path / "book.xlsx", plan="|code|2026|\n|1.1.1|98 чел.|")
    workbook = openpyxl.load_workbook(drawn)
    sheet = workbook["План"]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    moved = workbook.create_sheet("Новый")
    for row in sheet.iter_rows(values_only=True):
        # Formulas would point elsewhere; they are dropped, and an absent total is an info at most.
        moved.append([None, "заметка", *(None if str(value).startswith("=") else value for value in row)])
    moved.insert_rows(1, 3)
    workbook.remove(sheet)
    moved.title = "План"
    workbook.save(tmp_path / "moved.xlsx")
    workbook.close()
    (one,) = check([tmp_path / "moved.xlsx"]).files
    errors = [f for f in one.findings if f.severity is Severity.ERROR and f.rule != "S-110"]
    assert told(errors) == [("V-102", ("План", "H12"))]


def test_check_never_raises_for_a_file_and_keeps_the_order(tmp_path: Path) -> None:
    clean = draw(tmp_path / "clean.xlsx")
    result: CheckResult = check([tmp_path, clean, tmp_path / "none.xlsx", str(clean)])
    assert [one.verdict for one in result.files] == ["refused", "valid", "refused", "valid"]
    assert [one.file for one in result.files] == [str(tmp_path), str(clean), str(tmp_path / "none.xlsx"), str(clean)]
    assert result.totals == {"files": 4, "valid": 2, "invalid": 0, "refused": 2, "errors": 2, "warnings": 0}
    assert result.exit_code == 1
