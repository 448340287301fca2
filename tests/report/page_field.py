"""A small field for the page of the свод, with names that a page must keep as texts."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, SECOND_QUARTER, draw
from xlkit.mail.deadlines import MOSCOW
from xlkit.rules.registered import Cluster, Deadline, Register

IMAGE, CLOSING = '<img src=x onerror="window.taken=1">', "</script><script>window.taken=1</script><!--<script>"
VOLGA, CENTRAL = "Приволжский федеральный округ", "Центральный федеральный округ"
CLUSTERS = (
    Cluster("ОПЦ-001", IMAGE, "ОПЦ(К)", CLOSING, "Калужская область", CENTRAL),
    Cluster("ОПЦ-002", "Кластер\u2028второй", "ОПЦ(К)", "Металлургия", "Республика Татарстан", VOLGA),
    Cluster("ОПЦ-003", "Третий", "ОПЦ(К)", "Металлургия", "Самарская область", VOLGA),
    Cluster("ОПЦ-004", "Четвёртый", "ОПЦ(К)", "Металлургия", "Калужская область", CENTRAL),
    Cluster("ОК-001", "Пятый", "ОК", "Педагогика", "Самарская область", VOLGA),
)
REGISTER = Register(
    "реестр.xlsx", CLUSTERS, (), (Deadline(CENTER, "план", "01.12.2026"), Deadline(EDUCATIONAL, "план", ""))
)


def fill(folder: Path) -> Path:
    """Errors of several kinds, warnings, another unit, actuals, a refused file, a late one, one that did not come."""
    folder.mkdir()
    draw(folder / "<b>книга & сын.xlsx", title={"cluster_id": "ОПЦ-001"})
    odd = f"| code | 2026 | 2027 | unit |\n| 1.3.2 | '{IMAGE} | | ~ |\n| 2.4.1 | 5 | 6 | ед. |"
    draw(folder / "ОПЦ-002.xlsx", title={"cluster_id": "ОПЦ-002"}, plan=odd)
    actuals = CLEAN_ACTUALS + "| 1 | ~ | ~ | ~ | ~ | ~ |\n"
    whose = {"cluster_id": "ОПЦ-003", "period": SECOND_QUARTER}
    draw(folder / "ОПЦ-003.xlsx", title=whose, indicators="| code | 2026 |\n| 7 | 19548 |", actuals=actuals)
    draw(folder / "ОК-001.xlsx", EDUCATIONAL, title={"cluster_id": "ОК-001"})
    (folder / "сломанная.xlsx").write_bytes(b"PK\x03\x04")
    for file in folder.iterdir():
        moment = dt.datetime(2026, 12, 2 if "002" in file.name else 1, 23, 59, 59, tzinfo=MOSCOW).timestamp()
        os.utime(file, (moment, moment))
    return folder
