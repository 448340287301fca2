"""The two real programmes, word for word, with the three faults that they really have."""

from __future__ import annotations

import csv
from pathlib import Path

from xlkit.demo.draft import Draft, DraftRow, year_values
from xlkit.rules.codes import assign_keys, read_code
from xlkit.rules.edition import Edition, load_edition
from xlkit.rules.registered import Cluster
from xlkit.templates.content import typical_rows

_FOLDER = Path(__file__).resolve().parent / "programmes"
KIND = "real"

CENTER = Cluster(
    id="ОПЦ-16-2026-01",
    name="Образовательно-производственный центр (кластер) топливно-энергетической отрасли",
    kind="ОПЦ(К)",
    industry="Топливно-энергетический комплекс",
    region="Республика Татарстан",
    federal_district="Приволжский федеральный округ",
    base_organisation="Базовый колледж кластера топливно-энергетической отрасли",
    first_year=2026,
    emails=("center-16@example.org",),
    status="действует",
)
EDUCATIONAL = Cluster(
    id="ОК-63-2024-01",
    name="Образовательный кластер правоохранительной сферы и управления",
    kind="ОК",
    industry="Правоохранительная сфера и управление",
    region="Самарская область",
    federal_district="Приволжский федеральный округ",
    base_organisation="Базовый колледж кластера правоохранительной сферы",
    first_year=2024,
    emails=("cluster-63@example.org",),
    status="действует",
)


def real_drafts() -> list[Draft]:
    """The center programme of 2026 and the educational one of 2024."""
    return [_center(), _educational()]


def _center() -> Draft:
    edition = load_edition("program_center", "2026")
    plan = _rows(edition, "plan", "plan_center_2026.csv", 2026)
    indicators = _rows(edition, "indicators", "indicators_center_2026.csv", 2026)
    actuals = [
        DraftRow(r.code, r.level, r.code, r.name, r.unit, r.mode, values={})
        for r in typical_rows(edition, "actuals", 2026)
    ]
    tables = {"plan": plan, "indicators": indicators, "actuals": actuals}
    draft = Draft(CENTER, edition, 2026, title_of(CENTER, edition), tables)
    volume = draft.row("indicators", "7")
    draft.expect(KIND, "V-114", "indicators", volume, "value", 1)
    draft.expect(KIND, "V-113", "indicators", volume, "value", 2)
    draft.expect(KIND, "R-107", "indicators", volume, "value", 0)
    draft.expect(KIND, "S-106", "plan", draft.row("plan", "2.2.1"), "code")
    for key in ("2.3.2", "4.3.1"):
        draft.expect(KIND, "V-121", "plan", draft.row("plan", key), "unit")
    return draft


def _educational() -> Draft:
    edition = load_edition("program_educational", "2024")
    plan = _rows(edition, "plan", "plan_educational_2024.csv", 2024)
    draft = Draft(EDUCATIONAL, edition, 2024, title_of(EDUCATIONAL, edition), {"plan": plan})
    draft.expect(KIND, "V-101", "plan", draft.row("plan", "1.4.1/40.02.02"), "value", 2)
    return draft


def title_of(cluster: Cluster, edition: Edition) -> dict[str, object]:
    """A filled title sheet; the contact is made up."""
    return {
        "cluster_id": cluster.id,
        "cluster_name": cluster.name,
        "kind": edition.book.cluster_kind,
        "region": cluster.region,
        "district": cluster.federal_district,
        "industry": cluster.industry,
        "base": cluster.base_organisation,
        "first_year": cluster.first_year,
        "contact": "Ответственный за программу",
        "phone": "+7 000 000-00-00",
        "email": cluster.emails[0] if cluster.emails else "",
    }


def _rows(edition: Edition, table: str, file: str, first_year: int) -> list[DraftRow]:
    with (_FOLDER / file).open(encoding="utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    levels = edition.book.tables[table].levels
    keys = assign_keys([read_code(r["code"]) for r in records], levels)
    rows = []
    for record, key in zip(records, keys, strict=True):
        mode = record.get("mode", "")
        row = DraftRow(
            key=key.key,
            level=record.get("level", key.level),
            code=record["code"],
            name=record["name"],
            unit=record.get("unit", ""),
            mode=edition.mode(mode).caption if mode else "",
            link=record.get("indicator", ""),
            carries=bool(mode) or table == "indicators",
        )
        if row.carries:
            year_values(row, [_typed(record[f"y{year}"]) for year in edition.years(first_year)])
        rows.append(row)
    return rows


def _typed(text: str) -> object:
    """A cell as the programme has it: digits alone are a number, anything else is text as it stands."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else text
