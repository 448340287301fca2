"""Clusters, registers and workbooks for consolidation, and one total of its result."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.draw import CENTER, draw
from xlkit.actions.consolidate import ConsolidateResult
from xlkit.consolidate import ALL, Total
from xlkit.rules.registered import Cluster, Deadline, Register

KALUGA = "Калужская область"
VOLGA, CENTRAL = "Приволжский федеральный округ", "Центральный федеральный округ"


def cluster(identifier: str, industry: str = "Машиностроение", region: str = KALUGA, kind: str = "") -> Cluster:
    kind = kind or ("ОК" if identifier.startswith("ОК") else "ОПЦ(К)")
    district = CENTRAL if region == KALUGA else VOLGA
    return Cluster(identifier, f"Кластер {identifier}", kind, industry, region, district)


def register(*clusters: Cluster, deadlines: Iterable[Deadline] = ()) -> Register:
    return Register("made", clusters, (), tuple(deadlines))


def book(folder: Path, identifier: str, name: str = "", form: str = CENTER, **changes: object) -> Path:
    title = {"cluster_id": identifier, **changes.pop("title", {})}  # type: ignore[dict-item]
    return draw(folder / (name or f"{identifier}.xlsx"), form, title=title, **changes)  # type: ignore[arg-type]


def amount(result: ConsolidateResult, key: str, year: int = 2026, **where: object) -> Total:
    wanted = {"form": CENTER, "table": "indicators", "dimension": ALL, "group": "", "quarter": 0, **where}
    found = [
        t for t in result.totals
        if (t.key, t.year) == (key, year) and all(getattr(t, name) == value for name, value in wanted.items())
    ]  # fmt: skip
    assert len(found) == 1, found
    return found[0]
