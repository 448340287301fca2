"""A свод with everything that can be counted, or be in question."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.draw import CENTER, CLEAN_ACTUALS, SECOND_QUARTER, draw
from xlkit.actions.consolidate import ConsolidateResult
from xlkit.actions.inputs import find_inputs
from xlkit.actions.svod import consolidate_to
from xlkit.rules.registered import Cluster, Figure, Register

VOLGA, CENTRAL = "Приволжский федеральный округ", "Центральный федеральный округ"
INDICATORS = {"1": (1160, 2459, 3340), "2": (23, 23, 24), "3": (50, 95, 150), "4": (55, 110, 170), "5": (98, 133, 165),
              "6": (68, 80, 94), "7": (19548, 19547, 19547)}  # fmt: skip
"""What was approved for ОПЦ-002; its workbook says otherwise of the indicator 1 in 2027. Nothing of its plan was."""
FACTS = {"1": 660, "2": 23, "3": 45, "4": 30, "5": 97, "6": 66, "7": 9547}
"""What was approved for ОПЦ-003; its workbook says otherwise of 5, and of 1 nothing that can be compared."""


@dataclass(frozen=True)
class Field:
    """A свод and what it shows."""

    svod: Path
    result: ConsolidateResult


def approved(whose: str, table: str, key: str, year: int, value: object) -> Figure:
    return Figure(
        cluster=whose, form=CENTER, table=table, parent="", code=key, key=key, name="", unit="", mode="", link="",
        year=year, value=value,
    )  # fmt: skip


def make_field(folder: Path) -> Field:
    """A row without a unit; a warning of a relation; other figures than approved; errors; another unit; a missing row;
    actuals; one cluster with two workbooks, one with a repeat, one without; a file that is none.
    """
    svod, books = folder / "свод.xlsx", folder / "книги"
    books.mkdir()
    draw(books / "1.xlsx", title={"cluster_id": "ОПЦ-001"}, plan="| code | unit |\n| 6.1.1 | |")
    draw(books / "2.xlsx", title={"cluster_id": "ОПЦ-002"}, indicators="| code | 2026 |\n| 7 | 19548 |")
    whose = {"cluster_id": "ОПЦ-003", "period": SECOND_QUARTER}
    draw(books / "3.xlsx", title=whose, actuals=f"{CLEAN_ACTUALS}| 1 | - | много | 160 | х | х |\n")
    draw(books / "4.xlsx", title={"cluster_id": "ОПЦ-004"})
    draw(books / "4 новая.xlsx", title={"cluster_id": "ОПЦ-004"}, plan="| code | 2026 |\n| 6.1.2 | 83 |")
    odd = "| code | 2026 | 2027 | unit |\n| 1.3.2 | много | | ~ |\n| 6.2.1 | ~ | ~ | чел. |"
    draw(books / "5.xlsx", title={"cluster_id": "ОПЦ-005"}, plan=odd, drop={"plan": ("6.5.1",)})
    shutil.copy(books / "5.xlsx", books / "5 копия.xlsx")
    (books / "сломанная.xlsx").write_bytes(b"PK\x03\x04")
    places = ("Самарская область", VOLGA), *[("Калужская область", CENTRAL)] * 2
    clusters = [Cluster(f"ОПЦ-00{n}", f"К{n}", "ОПЦ(К)", "Металлургия", *places[n % 3]) for n in range(1, 7)]
    figures = [approved("ОПЦ-002", "indicators", key, 2026 + i, value)
               for key, values in INDICATORS.items() for i, value in enumerate(values)]  # fmt: skip
    figures += [approved("ОПЦ-003", "actuals", key, 2026, value) for key, value in FACTS.items()]
    register = Register("реестр.xlsx", tuple(clusters), tuple(figures))
    return Field(svod, consolidate_to(str(svod), find_inputs([books]), register)[0])
