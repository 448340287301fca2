"""What the summary shows of the totals: one table of a form, its rows, years and groups in order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlkit.consolidate import ALL, DISTRICT, INDUSTRY, REGION, UNSTATED, Passport, Standing, Total
from xlkit.rules.edition import load_edition
from xlkit.rules.model import Table
from xlkit.values import folded, squeezed

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult

_SHORTENED = (
    ("среднего профессионального образования", "СПО"),
    ("среднее профессиональное образование", "СПО"),
    ("Российской Федерации", "РФ"),
    ("федерального проекта «Профессионалитет»", "ФП «Профессионалитет»"),
)

SIGN_SAID = (
    "Знак «?» — в сумме есть числа под вопросом: на их ячейке, номере, единице или учёте предупреждение, либо в "
    "реестре другое значение."
)
"""What is said wherever sums with figures in question have a sign."""

NAME_SHOWN = 130
"""A row's name is here to recognise it by; differing wordings stand whole in the columns of values."""


@dataclass(frozen=True)
class Figures:
    """The totals of one yearly table of a form, ready to be looked up.

    ``registered`` counts the form's clusters of the register by dimension and group, ``entered`` those that are
    in the sums.
    """

    form: str
    table_id: str
    table: Table
    keys: tuple[str, ...]
    years: tuple[int, ...]
    totals: dict[tuple[str, str, str, int], Total]
    registered: dict[tuple[str, str], int]
    entered: dict[tuple[str, str], int]

    def total(self, dimension: str, group: str, key: str, year: int) -> Total | None:
        return self.totals.get((dimension, group, key, year))

    def whole(self, key: str, year: int) -> Total | None:
        """The total over all clusters."""
        return self.totals.get((ALL, "", key, year))

    def row(self, key: str) -> Total:
        """Any total of a row, for its name, unit and mode."""
        return next(t for year in self.years if (t := self.whole(key, year)) is not None)

    def groups(self, dimension: str) -> list[str]:
        """The groups of a dimension: districts in their official order, others by name, what is unstated last."""
        found = {group for place, group in (*self.registered, *self.entered) if place == dimension}
        official = {name: i for i, name in enumerate(load_edition(self.form).districts)}
        return sorted(found, key=lambda g: (g == UNSTATED, official.get(g, 99), folded(g)))

    @property
    def same_rows(self) -> bool:
        """Whether every cluster has the same rows, so that they can stand side by side."""
        return all(level.fixed for level in self.table.levels)

    @property
    def chart_year(self) -> int:
        """The last year that most clusters have: an odd cluster's fourth year makes no chart."""
        filled = {y: sum(t.numbers for k in self.keys if (t := self.whole(k, y))) for y in self.years}
        return max(year for year in self.years if filled[year] >= 0.8 * max(filled.values()))


def forms_of(result: ConsolidateResult) -> list[str]:
    """The forms that are expected or came, the larger first."""
    counts: dict[str, int] = defaultdict(int)
    for line in result.intake:
        if line.form:
            counts[line.form] += 1
    return sorted(counts, key=lambda form: (-counts[form], form))


def figures_of(result: ConsolidateResult, form: str) -> list[Figures]:
    """The yearly tables of a form that have totals, those with the same rows for everybody first."""
    registered = _registered(result, form)
    by_table: dict[str, list[Total]] = defaultdict(list)
    for total in result.totals:
        if total.form == form and not total.quarter:
            by_table[total.table].append(total)
    tables = load_edition(form).book.tables
    found = []
    for name, totals in by_table.items():
        entered: dict[tuple[str, str], int] = defaultdict(int)
        for total in totals:
            place = total.dimension, total.group
            entered[place] = max(entered[place], total.clusters)
        found.append(
            Figures(
                form, name, tables[name], tuple(dict.fromkeys(t.key for t in totals)),
                tuple(sorted({t.year for t in totals})),
                {(t.dimension, t.group, t.key, t.year): t for t in totals}, registered, dict(entered),
            )
        )  # fmt: skip
    return sorted(found, key=lambda figures: not figures.same_rows)


def _registered(result: ConsolidateResult, form: str) -> dict[tuple[str, str], int]:
    clusters = {
        line.identity[0]: line.passport
        for line in result.intake
        if line.form == form and (line.expected or line.standing is not Standing.REFUSED)
    }
    return count_groups(clusters.values())


def count_groups(passports: Iterable[Passport]) -> dict[tuple[str, str], int]:
    """How many clusters each group of each dimension has."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for p in passports:
        for place in ((ALL, ""), (DISTRICT, p.district), (INDUSTRY, p.industry), (REGION, p.region)):
            counts[place] += 1
    return dict(counts)


def short_title(name: str, length: int) -> str:
    """A row's name cut at a word, with the programme's usual abbreviations."""
    name = squeezed(name)
    for words, short in _SHORTENED:
        name = name.replace(words, short)
    name = re.sub(r"\s*\((человек|единиц|тыс\. рублей)\)$", "", name)
    if len(name) <= length:
        return name
    cut = name[:length].rpartition(" ")[0] or name[:length]
    return re.sub(r"[\s,;:–(-]+$", "", re.sub(r"(\s(и|в|с|на|по|для|из|их|к|о|от|(и|или)))+$", "", cut)) + "…"


def district_abbreviation(name: str) -> str:
    """«Северо-Кавказский федеральный округ» is СКФО; other texts stay."""
    words = name.split(" ")
    if words[-2:] != ["федеральный", "округ"]:
        return name
    return "".join(part[0].upper() for part in words[0].split("-")) + "ФО"


def largest(figures: Figures, dimension: str, key: str, year: int, count: int) -> list[tuple[str, float]]:
    """The groups with the largest sums, the largest first."""
    sums: Sequence[tuple[str, float]] = [
        (group, total.amount)
        for group in figures.groups(dimension)
        if (total := figures.total(dimension, group, key, year)) is not None and total.amount is not None
    ]
    return sorted(sums, key=lambda one: -one[1])[:count]
