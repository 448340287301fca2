"""Every rule's workbook: the clean one with one edit that breaks the rule, or that comes close and does not.

The edit and the place are written as ``plan 1.1.1 2026`` and turned into cells by the layout of the template, so that
the table stays true when a template grows a row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, SECOND_QUARTER, address, draw
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
    put("V-129", "plan 1.1.1 2026", 1e308),
    put("V-129", "plan 1.1.1 2027", "1" + "0" * 308, "text"),
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
