"""The workbook's own formulas, recalculated by LibreOffice, agree with Python cell by cell."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.filling import read_submission
from tests.office import OFFICE, converted
from xlkit.books.captions import NO_PERIOD
from xlkit.books.raw import RawSheet
from xlkit.books.reader import read_workbook
from xlkit.demo.made import made_clusters, made_draft
from xlkit.rules.edition import load_edition
from xlkit.rules.sheetnames import CONTROL
from xlkit.templates.build import build_workbook
from xlkit.templates.content import typical_content
from xlkit.templates.layout import Layout, TableLayout, lay_out
from xlkit.templates.mirror import mirror_submission
from xlkit.values import as_text

FORMS = ("program_center", "program_educational")
NUMBERS = [7, 0, 1160, 12.5, -3]
TEXTS = ["-", "–", "—", " - ", "да", "Да", "нет", "98 чел.", "10 000", "1.234", "х"]
FORMULAS = [{"formula": "=1/0"}, {"formula": "=2+3"}, {"formula": "=NA()"}]
PERIODS = ["{year}, II квартал", "II квартал {year}", "2 кв. {year}", "{year}", "за 9 месяцев {year} года", ""]
EVERY_KIND = [*NUMBERS, *TEXTS, *FORMULAS, None, None]


@pytest.mark.office
@pytest.mark.parametrize("made", [2, pytest.param(6, marks=pytest.mark.long)])
def test_cached_values_of_fresh_templates(made: int, tmp_path: Path) -> None:
    """Protected View shows caches: in a fresh template each equals what LibreOffice computes."""
    sources = []
    for form in FORMS:
        edition = load_edition(form)
        for name, content in (("blank", typical_content(edition)), ("other", typical_content(edition, 2031))):
            sources.append(tmp_path / f"{form}-{name}.xlsx")
            sources[-1].write_bytes(build_workbook(edition, content))
    for cluster in made_clusters(made):
        draft = made_draft(cluster)
        sources.append(tmp_path / f"made-{cluster.id}.xlsx")
        sources[-1].write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    compared = 0
    for source, recalculated in zip(sources, converted(sources, tmp_path / "office"), strict=True):
        ours, theirs = read_workbook(source), read_workbook(recalculated)
        for sheet, other in zip(ours.sheets, theirs.sheets, strict=True):
            for position in sheet.formulas:
                a, b = shown(sheet, position), shown(other, position)
                assert a == b, f"{source.name} {sheet.name} {position}: cached {a!r}, LibreOffice {b!r}"
                compared += 1
    assert compared > 250 * len(sources)


def shown(sheet: RawSheet, position: tuple[int, int]) -> object:
    """A formula's value; an empty text and no value at all look the same."""
    raw = sheet.at(*position)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return round(float(raw), 9)
    return "" if raw is None or str(raw).startswith("=") else as_text(raw)


@pytest.mark.office
def test_random_fillings(tmp_path: Path) -> None:
    agree_on(range(8), tmp_path)


@pytest.mark.office
@pytest.mark.long
def test_random_fillings_all(tmp_path: Path) -> None:
    agree_on(range(200), tmp_path)


def agree_on(seeds: range, folder: Path) -> None:
    """Fill, insert, delete and paste over at random in LibreOffice; then compare every formula with Python."""
    jobs: list[dict[str, object]] = []
    for form in FORMS:
        edition = load_edition(form)
        content = typical_content(edition, title={"cluster_id": "1"})
        source = folder / f"{form}.xlsx"
        source.write_bytes(build_workbook(edition, content))
        layout = lay_out(edition, content)
        for seed in seeds:
            if seed % len(FORMS) == FORMS.index(form):
                target = str(folder / f"{form}-{seed}.xlsx")
                year = edition.book.first_year + seed % 3
                period = PERIODS[seed // 2 % len(PERIODS)].format(year=year)
                edits = [["set", "Титул", layout.title_row("period"), 2, period], *random_edits(layout, seed)]
                jobs.append({"source": str(source), "target": target, "edits": edits})
    OFFICE.do(jobs)
    totals = controls = 0
    for job in jobs:
        a, b = compare_file(Path(str(job["target"])))
        totals, controls = totals + a, controls + b
    print(f"\n{len(jobs)} fillings: {totals} computed cells and {controls} control lines agree")
    assert totals > 100 * len(seeds) and controls > 15 * len(seeds)


def random_edits(layout: Layout, seed: int) -> list[list[object]]:
    chance = random.Random(seed)
    edits: list[list[object]] = []
    for table in layout.tables.values():
        plausible = chance.random() < 0.5
        for row in range(table.first, table.footer):
            edits += _filling(table, row, chance, plausible)
        edits += _pasted_over(table, chance)
    plan = layout.tables["plan"]
    levels = {level.id for level in plan.table.levels if level.fixed}
    own = [plan.first + i for i, row in enumerate(plan.rows) if row.level not in levels]
    for row in sorted(chance.sample(own, 3), reverse=True):
        edits.append([chance.choice(("insert", "delete")), plan.table.sheet, row])
    return edits


def _filling(table: TableLayout, row: int, chance: random.Random, plausible: bool) -> list[list[object]]:
    if not table.rows[row - table.first].carries and chance.random() < 0.9:
        return []
    edits: list[list[object]] = []
    for (name, period), column in table.columns.items():
        kind = table.table.columns[name].kind
        if kind == "value":
            steady = 10 * (period + 2) if period != NO_PERIOD else 5
            content = steady if plausible and chance.random() < 0.8 else chance.choice(EVERY_KIND)
            edits.append(["set", table.table.sheet, row, column, content])
        elif kind == "mode" and chance.random() < 0.15:
            captions = ["за год", "нарастающим итогом", "на дату", "да-нет", "прирост", "Всего", "", " за год "]
            edits.append(["set", table.table.sheet, row, column, chance.choice(captions)])
        elif kind == "link" and chance.random() < 0.1:
            edits.append(
                ["set", table.table.sheet, row, column, chance.choice(["1", "3", 4, "7", " 1", "3. ", "4.", None])]
            )
        elif kind == "code" and chance.random() < 0.3:
            edits.append(["set", table.table.sheet, row, column, written(table.rows[row - table.first].code, chance)])
    return edits


def written(code: str, chance: random.Random) -> str:
    """A code as people write it."""
    bare = code.rstrip(".")
    ways = (f" {bare}", f"{bare}. ", f"{bare}\u00a0", bare.replace(".", ". "), f"{bare}\n", bare, f"{bare}.")
    return chance.choice(ways)


def _pasted_over(table: TableLayout, chance: random.Random) -> list[list[object]]:
    """Formulas replaced by what somebody pasted over them."""
    computed = [c for (name, _), c in table.columns.items() if table.table.columns[name].kind == "running_total"]
    rows = range(table.first, table.footer)
    return [
        [
            "set",
            table.table.sheet,
            chance.choice(rows),
            chance.choice(computed),
            chance.choice([5, "-", "нет", 170, None]),
        ]
        for _ in range(3 if computed and table.table.stage == "plan" else 0)
    ]


def compare_file(path: Path) -> tuple[int, int]:
    submission = read_submission(path)
    cached = mirror_submission(submission)
    sheets = {table: submission.raw.named(found.sheet)[0] for table, found in submission.tables.items()}
    totals = 0
    for (table, column, period, row), expected in cached.computed.items():
        found = submission.tables[table]
        position = row, found.columns[column, period]
        if position in sheets[table].formulas:
            seen = shown(sheets[table], position)
            wanted = round(expected, 9) if isinstance(expected, float) else expected
            assert seen == wanted, f"{path.name} {found.sheet} {position}: LibreOffice {seen!r}, Python {wanted!r}"
            totals += 1
    return totals, _compare_control(path, cached.control)


def _compare_control(path: Path, lines: object) -> int:
    sheet = read_workbook(path, {CONTROL}).sheets[0]
    years = {}
    for line in lines:  # type: ignore[attr-defined]
        sentence = line.line.sentence(0).ru
        years.setdefault((line.line.relation.id, sentence), []).append(line)
    compared = 0
    seen: dict[tuple[str, str], int] = {}
    for row in range(1, len(sheet.grid) + 1):
        key = as_text(sheet.at(row, 1)), as_text(sheet.at(row, 2))
        if not key[0].startswith("R-"):
            continue
        at = seen.get(key, 0)
        seen[key] = at + 1
        state = as_text(sheet.at(row, 6))
        if key not in years:  # the rows that this line is about are gone
            assert state in ("не заполнено", "не число"), f"{path.name} {key}: {state}"
            continue
        line = years[key][at]
        sides = [line.left, line.right]
        wanted = [round(s, 9) if isinstance(s, float) else s for s in sides] + [line.outcome]
        got = [shown(sheet, (row, column)) for column in (4, 5, 6)]
        assert got == wanted, f"{path.name} {key} line {at}: LibreOffice {got}, Python {wanted}"
        compared += 1
    return compared
