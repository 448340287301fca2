"""Open a total of a свод down to the cells that it is made of; say what has changed since the свод before."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from xlkit.address import cell_position
from xlkit.consolidate import DISTRICT, INDUSTRY, REGION
from xlkit.errors import XlkitError
from xlkit.report.explain_lines import named_in_words
from xlkit.rules.edition import load_edition
from xlkit.rules.period import QUARTERS
from xlkit.store.changes import Changes, read_changes
from xlkit.store.counters import OpenedCounter, open_counter
from xlkit.store.database import opened_store
from xlkit.store.explain import Absence, Explainer, Figure, Opened
from xlkit.texts import Text
from xlkit.values import folded

if TYPE_CHECKING:
    import duckdb

DIMENSIONS = {"region": REGION, "district": DISTRICT, "industry": INDUSTRY}
_USUAL = "indicators"
"""The table that is meant where several have a row of the number."""
_TELLING = 3
"""Letters that the beginning of a name has at least; no two sheets, or kinds of clusters, share so many."""


@dataclass(frozen=True)
class ExplainResult:
    """What was asked for (``cell``: as it was named) and what it is: totals, a value that a list repeats, or a counter.

    Where groups were asked for, ``totals`` are their parts of ``whole`` (which may be of a group itself) and
    ``elsewhere`` are clusters of it without a workbook whose groups have no total at all.
    """

    svod: str
    cell: str
    made_at: dt.datetime
    totals: tuple[Opened, ...] = ()
    figure: Figure | None = None
    elsewhere: tuple[Absence, ...] = ()
    whole: Opened | None = None
    counter: OpenedCounter | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A total by what it is: a row's number and a year; table, form and quarter where they are not sure."""

    key: str
    year: int | None = None
    table: str | None = None
    form: str | None = None
    quarter: int | None = None


def explain(svod: str | Path, wanted: str | Wanted, by: str | None = None) -> ExplainResult:
    """Open a figure of a свод: a cell («Сводка!E14»), or a total by what it is.

    ``by`` (region, district, industry) opens what each group of a total has in it instead. Raises XlkitError where
    there is no store of this свод, no such cell or total, or the cell holds no figure.
    """
    with opened_store(svod) as (database, about):
        explainer = Explainer(database)
        if isinstance(wanted, Wanted):
            found: Opened | Figure | OpenedCounter = _wanted(explainer, wanted)
        else:
            found = _at(database, wanted)
        name = wanted if isinstance(wanted, str) else ""
        if isinstance(found, Figure):
            return ExplainResult(str(svod), name, about.made_at, figure=found)
        if isinstance(found, OpenedCounter):
            return ExplainResult(str(svod), name, about.made_at, counter=found)
        if by is None:
            return ExplainResult(str(svod), name, about.made_at, (found,))
        groups = explainer.parts(found.total, DIMENSIONS[by])
        told = {(gone.cluster, gone.file) for group in groups for gone in group.absent}
        elsewhere = tuple(gone for gone in found.absent if (gone.cluster, gone.file) not in told)
        return ExplainResult(str(svod), name, about.made_at, groups, elsewhere=elsewhere, whole=found)


def changes(svod: str | Path) -> Changes:
    """What has changed in a свод since the one before. Raises XlkitError where there is no store of this свод."""
    with opened_store(svod) as (database, about):
        return read_changes(database, about)


# --- a cell -----------------------------------------------------------------------------------------------


def _at(database: duckdb.DuckDBPyConnection, name: str) -> Opened | Figure | OpenedCounter:
    said, _, cell = name.rpartition("!")
    try:
        position = cell_position(cell.strip()) if said.strip() else None
    except ValueError:
        position = None
    if position is None:
        raise XlkitError(
            Text(
                f"«{name}» — не ячейка свода: назовите лист и ячейку, например «Сводка!E14»",
                f"«{name}» is no cell of the consolidation: name sheet and cell, like «Сводка!E14»",
            )
        )
    explainer = Explainer(database)
    known = explainer.sheets()
    sheet = _known(said.strip("'"), known)
    found = explainer.at(sheet, *position) or open_counter(database, sheet, *position) if sheet else None
    if found is None:
        raise _no_figure(name, said.strip("'"), known)
    return found


def _known(said: str, sheets: Iterable[str]) -> str | None:
    return next((one for one in sheets if folded(one) == folded(said)), None)


def _no_figure(name: str, said: str, figures: Sequence[str]) -> XlkitError:
    """Why there is nothing to open in a cell; ``figures`` are the sheets that hold totals and values."""
    from xlkit.report.svod.changes import CHANGES
    from xlkit.report.svod.workbook import FINDINGS, INTAKE, RECONCILED, SUMMARY, TOTALS

    others = (SUMMARY, FINDINGS, RECONCILED, INTAKE, TOTALS, CHANGES)
    sheet = _known(said, figures) or _known(re.sub(r" \(\d+\)$", "", said), others)
    there = ", ".join(f"«{one}»" for one in figures)
    if sheet is None:
        return _no_sheet(said, (*others, *figures), there)
    if sheet == SUMMARY:
        return XlkitError(
            Text(
                f"В ячейке {name} нет ни суммы, ни счётчика: назовите ячейку с числом",
                f"The cell {name} holds neither a total nor a counter: name a cell with a number",
            )
        )
    return XlkitError(
        Text(
            f"В ячейке {name} нет ни суммы, ни значения кластера: они стоят на листах {there}",
            f"The cell {name} holds neither a total nor a cluster's value: these stand on the sheets {there}",
        )
    )


def _no_sheet(said: str, sheets: Iterable[str], there: str) -> XlkitError:
    by_word = {folded(one): one for one in sheets}
    near = [by_word[one] for one in get_close_matches(folded(said), by_word, 1)]
    like = Text(f"похожий — «{near[0]}»; ", f"«{near[0]}» is like it; ") if near else Text("", "")
    return XlkitError(
        Text(
            f"Листа «{said}» в своде нет: {like.ru}суммы и значения кластеров стоят на листах {there}",
            f"There is no sheet «{said}»: {like.en}totals and clusters' values stand on the sheets {there}",
        )
    )


# --- a total by what it is --------------------------------------------------------------------------------


def _wanted(explainer: Explainer, wanted: Wanted) -> Opened:
    key = wanted.key.strip().rstrip(".")
    found = explainer.tables(key)
    chosen = [one for one in found if _means(wanted.form, wanted.table, *one)]
    if wanted.quarter is not None:
        chosen = [one for one in chosen if any(quarter for _, quarter in explainer.periods(*one, key))]
    if len(chosen) > 1:
        chosen = [one for one in chosen if one[1] == _USUAL] or chosen
    if len(chosen) != 1:
        raise _no_total(key, chosen or found, bool(chosen))
    form, table = chosen[0]
    period = _period(explainer.periods(form, table, key), wanted)
    return explainer.total(form, table, key, period)


def _means(form: str | None, table: str | None, of_form: str, of_table: str) -> bool:
    """Whether a form and table are the ones that were named, by their ids or in the words of the workbooks."""
    book = load_edition(of_form).book
    forms = form is None or _names(form, book.cluster_kind, of_form, book.title.ru)
    return forms and (table is None or _names(table, book.tables[of_table].sheet, of_table))


def _names(said: str, name: str, *others: str) -> bool:
    """Whether a word is one of these names, or the beginning of the first: «опц» is «ОПЦ(К)»."""
    word = folded(said)
    begins = len(word) >= _TELLING and folded(name).startswith(word)
    return begins or word in {folded(one) for one in (name, *others)}


def _no_total(key: str, found: Sequence[tuple[str, str]], several: bool) -> XlkitError:
    there = _some(named_in_words(*one) for one in found)
    if several:
        said = Text(f"Строка {key} есть в нескольких таблицах", f"Several tables have a row {key}")
    elif found:
        said = Text(f"Такой суммы нет; строка {key} есть здесь", f"There is no such total; these have a row {key}")
    else:
        return XlkitError(
            Text(
                f"Сумм по строке {key} в своде нет: номера — на листе «Итоги»",
                f"There are no totals of a row {key}: the sheet «Итоги» has the numbers",
            )
        )
    return XlkitError(Text(f"{said.ru}: {there}", f"{said.en}: {there}"))


def _period(known: Sequence[tuple[int, int]], wanted: Wanted) -> tuple[int, int]:
    """The year and quarter that are meant: of a reported year the latest quarter, where none is named."""
    fits = [
        (year, quarter)
        for year, quarter in known
        if year == wanted.year and (wanted.quarter is None or quarter == wanted.quarter)
    ]
    if fits:
        return fits[-1]
    there = _some(f"--year {year}" + (f" --quarter {quarter}" if quarter else "") for year, quarter in known)
    if wanted.year is None:
        raise XlkitError(Text(f"Укажите год: {there}", f"Name the year: {there}"))
    when = f"{wanted.year}" + (f", {QUARTERS[wanted.quarter - 1]} кв." if wanted.quarter else "")
    raise XlkitError(Text(f"Сумм за {when} нет; есть: {there}", f"There are no totals of {when}; there are: {there}"))


def _some(names: Iterable[str]) -> str:
    return "; ".join(names)
