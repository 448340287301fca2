"""Made clusters: plausible programmes that keep every relation of their form."""

from __future__ import annotations

import random
from itertools import accumulate

from xlkit.demo.draft import Draft, DraftRow, year_values
from xlkit.demo.real import title_of
from xlkit.rules.edition import Edition, keyed, load_edition, with_industry
from xlkit.rules.registered import Cluster
from xlkit.templates.content import typical_rows

_FORMS = ("program_center", "program_educational")
_SEED = 20260302


def made_clusters(count: int) -> list[Cluster]:
    """Clusters over all industries and federal districts; the same for the same count."""
    editions = {form: load_edition(form) for form in _FORMS}
    industries = [(form, industry) for form in _FORMS for industry in editions[form].industries]
    regions = _spread_regions(editions[_FORMS[0]])
    clusters = []
    for i in range(count):
        form, industry = industries[(i * 7) % len(industries)]
        edition = editions[form]
        region = regions[i % len(regions)]
        kind = edition.book.cluster_kind
        clusters.append(
            Cluster(
                id=f"{'ОПЦ' if form == _FORMS[0] else 'ОК'}-{100 + i}",
                name=f"Кластер «{industry}», {region}",
                kind=kind,
                industry=industry,
                region=region,
                federal_district=edition.regions[region],
                base_organisation=f"Колледж № {i + 1}, {region}",
                first_year=edition.book.first_year,
                emails=(f"cluster{100 + i}@example.org",),
                status="действует",
            )
        )
    return clusters


def _spread_regions(edition: Edition) -> list[str]:
    """Regions so ordered that neighbours lie in different districts."""
    by_district = {d: [r for r, of in edition.regions.items() if of == d] for d in edition.districts}
    longest = max(len(regions) for regions in by_district.values())
    return [regions[i] for i in range(longest) for regions in by_district.values() if i < len(regions)]


def made_draft(cluster: Cluster) -> Draft:
    """A complete and clean programme of a made cluster."""
    form = cluster.form or _FORMS[0]
    edition = load_edition(form)
    year = cluster.first_year or edition.book.first_year
    chance = random.Random(f"{_SEED} {cluster.id}")
    tables = {name: _blank_rows(edition, name, year, cluster) for name in edition.book.tables}
    draft = Draft(cluster, edition, year, title_of(cluster, edition), tables)
    for name, rows in tables.items():
        if edition.book.tables[name].stage == "plan":
            for row in rows:
                if row.carries:
                    year_values(row, _values(row, chance))
    if form == "program_center":
        _relate_center(draft, chance)
        _vary(draft, chance)
    else:
        _relate_educational(draft, chance)
    return draft


def _blank_rows(edition: Edition, table: str, year: int, cluster: Cluster) -> list[DraftRow]:
    keys = [key for key, _ in keyed(edition.book.tables[table], edition.rows[table])]
    return [
        DraftRow(
            key=key,
            level=row.level,
            code=row.code,
            name=with_industry(row.name, cluster.industry),
            unit=row.unit,
            mode=row.mode,
            link=row.link,
            carries=row.carries,
        )
        for key, row in zip(keys, typical_rows(edition, table, year), strict=True)
    ]


def _values(row: DraftRow, chance: random.Random) -> list[object]:
    """Three years of a row on its own, by its mode and unit."""
    if row.mode == "да-нет":
        first = chance.choice((0, 0, 1))
        return ["да" if i >= first else "-" for i in range(3)]
    if row.unit == "%":
        return ["-", "-", chance.randint(70, 98)]
    if row.unit.startswith("тыс"):
        return [chance.randint(10, 90) * 250, chance.choice(("-", 1500, 2750)), "-"]
    steps = [chance.randint(2, 60) for _ in range(3)]
    if row.mode in ("нарастающим итогом", ""):
        return list(accumulate(steps))
    return [steps[0], chance.choice((steps[1], "-")), chance.choice((steps[2], "-"))]


def _numbers(row: DraftRow) -> list[int]:
    return [v if isinstance(v, int) else 0 for v in (row.values.get(("value", i)) for i in range(3))]


def _relate_center(draft: Draft, chance: random.Random) -> None:
    """Make the relations of the center form hold."""

    def copy(source: list[int], table: str, key: str) -> None:
        year_values(draft.row(table, key), source)

    programmes = sorted(chance.sample(range(12, 60), 3))
    for key in ("1.1.2", "1.1.3", "1.2.1"):
        copy(programmes, "plan", key)
    teachers = [chance.randint(20, 60) for _ in range(3)]
    for key in ("4.1.1", "4.3.1"):
        copy(teachers, "plan", key)
    trained = list(accumulate(_numbers(draft.row("plan", "2.4.1"))))
    copy(trained, "plan", "2.3.1")
    copy([t + chance.randint(20, 80) + 90 * i for i, t in enumerate(trained)], "plan", "2.3.2")
    students = list(accumulate(chance.randint(300, 1400) for _ in range(3)))
    copy(students, "plan", "1.6.1")
    copy([s // chance.randint(12, 13) for s in students[:1]] + [s // 11 for s in students[1:]], "plan", "5.1.1")
    for indicator, key in (("1", "1.6.1"), ("3", "2.3.2"), ("4", "5.1.1"), ("6", "6.4.1")):
        copy(_numbers(draft.row("plan", key)), "indicators", indicator)
    copy(list(accumulate(_numbers(draft.row("plan", "6.2.1")))), "indicators", "2")
    money = [a + b for a, b in zip(_numbers(draft.row("plan", "3.1")), _numbers(draft.row("plan", "3.2")), strict=True)]
    copy(list(accumulate(money)), "indicators", "7")


def _vary(draft: Draft, chance: random.Random) -> None:
    """Clusters drop measures and add their own."""
    plan = draft.tables["plan"]
    if chance.random() < 0.4:
        plan.remove(draft.row("plan", "1.5.3"))
    if chance.random() < 0.4:
        after = plan.index(draft.row("plan", "6.1.2"))
        row = DraftRow(
            "6.1.3", "measure", "6.1.3", "Проведены экскурсии школьников на предприятия кластера", "ед.", "за год"
        )
        year_values(row, [chance.randint(4, 40) for _ in range(3)])
        plan.insert(after + 1, row)


def _relate_educational(draft: Draft, chance: random.Random) -> None:
    """Make the relations of the educational form hold."""
    launched = [chance.randint(4, 15) for _ in range(3)]
    year_values(draft.row("plan", "1.1.4"), launched)
    year_values(draft.row("plan", "1.2.1"), ["-", *launched[:2]])
    for row in draft.tables["plan"]:
        if row.key.startswith("1.4.1/"):
            year_values(row, ["-", "да", "-"])
        elif row.key.startswith("1.4.2/"):
            year_values(row, ["-", "-", "да"])
