"""A workbook edited at random as people do it, with what reconcile must tell of each edit."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.filling import columns_of, rows_of
from xlkit.rules.registered import Cluster, Figure, Register

NAMES = {"План": "Наименование результата мероприятия", "Показатели": "Показатель критерия"}
UNIT = "Единица измерения"

Told = tuple[str, str, str | None, str, int | None, object, object, float | None]
"""(status, sheet, cell, key, year, workbook, register, delta)."""


@dataclass
class Desk:
    """An opened workbook with the approved figures beside it, and what its edits must be told as."""

    workbook: openpyxl.Workbook
    figures: dict[tuple[str, str], list[Figure]]
    chance: random.Random
    expected: list[Told] = field(default_factory=list)

    def sheet(self, name: str) -> tuple[Worksheet, dict[str, int], dict[str, int]]:
        """A sheet with its columns by caption and its rows by key, as they now stand."""
        sheet = self.workbook[name]
        header, columns = columns_of(sheet)
        return sheet, columns, rows_of(sheet, header, columns["№ п/п"])

    def expect(
        self, status: str, place: tuple[str, str | None, str], year: int | None, ours: object, theirs: object,
        delta: float | None = None,
    ) -> None:  # fmt: skip
        sheet, cell, key = place
        self.expected.append((status, sheet, cell, key, year, ours, theirs, delta))


def edit_at_random(content: bytes, register: Register, cluster: Cluster, seed: int) -> tuple[openpyxl.Workbook, Desk]:
    """1 to 8 edits of distinct cells; rows are deleted and added first, so that addresses are the final ones."""
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    sheets = {"plan": "План", "indicators": "Показатели"}
    figures: dict[tuple[str, str], list[Figure]] = {}
    for figure in register.figures_of(cluster.id, cluster.form or ""):
        figures.setdefault((sheets[figure.table], figure.key), []).append(figure)
    desk = Desk(workbook, figures, random.Random(seed))
    count = desk.chance.randint(1, 8)
    structural = [c for _ in range(min(count, 3)) if (c := desk.chance.choice((delete_row, add_row, None, None)))]
    touched: set[str] = set()
    for change in sorted(structural, key=(delete_row, add_row).index):
        change(desk, touched)
    count -= len(structural)
    edit_cells(desk, count)
    return workbook, desk


def delete_row(desk: Desk, touched: set[str]) -> None:
    """A measure or a specialty goes; every approved year of it is only in the register."""
    holders = {key.rpartition("/")[0] for _, key in desk.figures}
    keys = [k for s, k in desk.figures if s == "План" and k.count(".") >= 2 and k not in holders]
    key = desk.chance.choice([k for k in keys if result_of(k) not in touched])
    touched.add(result_of(key))
    sheet, _, rows = desk.sheet("План")
    sheet.delete_rows(rows[key])
    for figure in desk.figures.pop(("План", key)):
        desk.expect("only_in_register", ("План", None, key), figure.year, None, figure.value)


def add_row(desk: Desk, touched: set[str]) -> None:
    """A measure is written into the spare row of a result, with or without its number."""
    sheet, columns, rows = desk.sheet("План")
    results = [k for k in rows if k.count(".") == 1 and k not in touched and k not in ("3.1", "3.2")]
    result = desk.chance.choice(results)
    touched.add(result)
    row = rows[result] + 1
    while any(sheet.cell(row, columns[c]).value for c in ("№ п/п", NAMES["План"])):
        row += 1
    free = next(n for n in range(1, 99) if f"{result}.{n}" not in rows)
    entries = {"№ п/п": desk.chance.choice((f"{result}.{free}", f"{result}.{free}.", None)),
               NAMES["План"]: "Проведены дни открытых дверей", "Учёт": "за год", UNIT: "ед."}  # fmt: skip
    for caption, content in entries.items():
        if caption in columns:
            sheet.cell(row, columns[caption]).value = content
    for year in years_of(columns):
        value = desk.chance.choice((7, "-", None, 12))
        cell = sheet.cell(row, columns[str(year)])
        cell.value = value
        if value is not None:
            desk.expect("only_in_workbook", ("План", cell.coordinate, f"{result}.{free}"), year, value, None)


def result_of(key: str) -> str:
    return ".".join(key.split("/")[0].split(".")[:2])


def years_of(columns: dict[str, int]) -> list[int]:
    return [int(c) for c in columns if c.isdigit()]


def edit_cells(desk: Desk, count: int) -> None:
    """Values, units and wordings of distinct cells."""
    spots: list[tuple[str, str, str | int]] = [
        (sheet, key, what)
        for (sheet, key), figures in desk.figures.items()
        for what in [*(f.year for f in figures), "name", "unit"]
        if what != "unit" or figures[0].unit
    ]
    by_kind = desk.chance.choices(("value", "unit", "name"), (6, 2, 1), k=count)
    for kind in by_kind:
        fitting = [s for s in spots if s[2] == kind or (kind == "value" and isinstance(s[2], int))]
        if fitting:
            spot = desk.chance.choice(fitting)
            spots.remove(spot)
            edit_cell(desk, *spot)


def edit_cell(desk: Desk, sheet_name: str, key: str, what: str | int) -> None:
    sheet, columns, rows = desk.sheet(sheet_name)
    first = desk.figures[sheet_name, key][0]
    if what == "unit":
        cell = sheet.cell(rows[key], columns[UNIT])
        cell.value = desk.chance.choice([u for u in ("ед.", "чел.", "%", "га") if u != first.unit and u[:2] != "ед"])
        if cell.value == "чел." and first.unit == "человек":
            return  # a synonym
        desk.expect("unit_differs", (sheet_name, cell.coordinate, key), None, cell.value, first.unit)
    elif what == "name":
        cell = sheet.cell(rows[key], columns[NAMES[sheet_name]])
        cell.value = f"{first.name} (уточнено)"
        desk.expect("wording_differs", (sheet_name, cell.coordinate, key), None, cell.value, first.name)
    else:
        caption = str(what) if str(what) in columns else f"на 31.12.{what}"
        cell = sheet.cell(rows[key], columns[caption])
        old = next(f.value for f in desk.figures[sheet_name, key] if f.year == what)
        status, cell.value = new_value(old, desk.chance)
        numbers = isinstance(old, int) and isinstance(cell.value, (int, float))
        delta = float(cell.value - old) if numbers else None
        if status:
            place = (sheet_name, cell.coordinate, key)
            desk.expect(status, place, int(what), cell.value, old, delta)


def new_value(old: object, chance: random.Random) -> tuple[str, object]:
    """(the status it must be told by, a new content); no status where it means the same."""
    never = ("not_comparable", chance.choice(("по плану", "98 чел.", "1.234", "нет", "1О")))
    if isinstance(old, int):
        return chance.choice(
            (("differs", old + chance.choice((-1, 1, 0.5, 1000))), ("differs", "-"), ("differs", None), never,
             ("", f"{old}"), ("", f" {old:,}".replace(",", "\u00a0")))
        )  # fmt: skip
    if old == "да":
        return chance.choice((("differs", "-"), ("differs", 1), ("differs", None), never, ("", "Да"), ("", " да ")))
    return chance.choice((("differs", 5), ("differs", 0), ("differs", None), never, ("", "—"), ("", "–")))
