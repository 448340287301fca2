"""An opened total as text and as JSON: what it is made of, what is missing from it, what is in doubt and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from xlkit.consolidate import ALL, Total
from xlkit.report.counter_text import counter_document, counter_text
from xlkit.report.explain_lines import (
    COLOURS,
    QUESTIONED,
    STANDINGS,
    absence_document,
    absent_lines,
    capital,
    cell_shown,
    entry_document,
    entry_lines,
    named_in_words,
    places_document,
    remark_lines,
)
from xlkit.report.json import Document
from xlkit.report.svod.changes import DIMENSION_WORDS, period_title, sheet_title
from xlkit.report.svod.figures import short_title
from xlkit.report.svod.rows import form_name
from xlkit.report.text import Paint, unpainted
from xlkit.store.explain import NO_ROW, Entry, Figure, Opened
from xlkit.texts import Text, figure, joined, plural, visible

if TYPE_CHECKING:
    from xlkit.actions.explain import ExplainResult

_NAME = 110
_CAPTIONS = (
    Text("Сумма", "Sum"),
    Text("В сумме", "In the sum"),
    Text("Под вопросом", "In question"),
    Text("Не хватает", "Missing"),
    Text("Без принятой книги", "Without a workbook"),
)
_SOURCE = Text("Источник", "Source")


def explain_text(result: ExplainResult, paint: Paint = unpainted, details: bool = False) -> Iterator[str]:
    """The lines of an opened figure; of groups a table, with ``details`` each group's clusters and cells as well."""
    if result.figure is not None:
        yield from _figure_lines(result.figure, result.cell, paint)
    elif result.counter is not None:
        yield from counter_text(result.counter, result.cell, paint)
    elif result.whole is None:
        for opened in result.totals:
            yield _title(opened.total)
            yield from _total_lines(opened, paint)
    else:
        yield _title(result.whole.total)
        yield from _sum_lines(result.whole)
        yield from _table_lines(result.totals)
        for opened in result.totals if details else ():
            yield ""
            yield from _total_lines(opened, paint)
        if result.elsewhere:
            yield ""
            yield from absent_lines(result.elsewhere, paint)
        if not details:
            yield str(Text("Кластеры и ячейки каждой группы: --details", "Clusters and cells of each group: --details"))


# --- a total ----------------------------------------------------------------------------------------------


def _title(total: Total) -> str:
    place = f"{form_name(total.form)} · {sheet_title(total.form, total.table)}"
    return f"{place} · {total.key}. {short_title(total.name, _NAME)}, {period_title(total.year, total.quarter)}"


def _total_lines(opened: Opened, paint: Paint) -> Iterator[str]:
    yield from _sum_lines(opened)
    for standing, word in STANDINGS.items():
        mine = [one for one in opened.entries if one.standing == standing]
        if mine:
            yield _heading(word, mine, COLOURS.get(standing, "green"), paint)
        for one in sorted(mine, key=lambda one: not one.questioned):
            yield from entry_lines(one, opened.total, paint)
    yield from absent_lines(opened.absent, paint)


def _heading(word: Text, entries: Sequence[Entry], colour: str, paint: Paint) -> str:
    """How many workbooks count as this; those in question come first."""
    said = paint(f"{capital(str(word))}: {len(entries)}", colour)
    questioned = sum(one.questioned for one in entries)
    some = Text(f", из них под вопросом {questioned}", f", {questioned} of them in question")
    return f"{said}{paint(str(some), 'yellow')}" if questioned else said


def _sum_lines(opened: Opened) -> Iterator[str]:
    total, without = opened.total, _without_book(opened)
    group = "" if total.dimension == ALL else f"{DIMENSION_WORDS[total.dimension]} {visible(total.group)}: "
    unit = f" {total.unit}" if total.unit else ""
    mode = f" ({total.mode})" if total.mode else ""
    counted = Text("в сумме", "in the sum") if total.numbers or not total.yes else Text("«да» у", "with «да»")
    counts = Text(
        f"{counted.ru} кластеров {total.given} из {total.clusters} с принятой книгой, не хватает {total.missing}",
        f"clusters {counted.en} {total.given} of {total.clusters} with an accepted workbook, missing {total.missing}",
    )
    doubts = Text(f"; под вопросом {total.questioned}", f"; {total.questioned} in question")
    more = Text(
        f"; ещё {plural(without, 'кластер', 'кластера', 'кластеров')} без принятой книги",
        f"; {without} more without an accepted workbook",
    )
    yield f"{group}{_amount(total)}{unit}{mode}; {counts}{doubts if total.questioned else ''}{more if without else ''}"
    if total.planned is not None:
        yield str(Text("План тех же кластеров: ", "Plan of the same clusters: ")) + figure(total.planned)


def _without_book(opened: Opened) -> int:
    """How many clusters of the register gave no workbook that could be taken."""
    return len({one.cluster or one.file for one in opened.absent if one.why != NO_ROW})


def _table_lines(groups: Sequence[Opened]) -> Iterator[str]:
    """A line per group: its sum, the clusters in it, those in question and those missing, those without a workbook."""
    if not groups:
        return
    head = [capital(str(DIMENSION_WORDS[groups[0].total.dimension])), *map(str, _CAPTIONS)]
    lines = [head, *(_table_line(one) for one in groups)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = (text.rjust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "  " + "  ".join((first.ljust(widths[0]), *cells))


def _table_line(opened: Opened) -> list[str]:
    total = opened.total
    amount = figure(total.amount) if total.amount is not None else f"«да»: {total.yes}" if total.yes else "—"
    return [
        visible(total.group),
        amount,
        str(total.given),
        str(total.questioned),
        str(total.missing),
        str(_without_book(opened)),
    ]


def _amount(total: Total) -> str:
    if total.amount is not None:
        return str(Text("Сумма ", "Sum ")) + figure(total.amount)
    if total.yes:
        return str(Text(f"«да»: {total.yes}", f"«да»: {total.yes}"))
    return str(Text("Не складывается", "Not added up") if total.numbers else Text("Суммы нет", "No sum"))


# --- one value --------------------------------------------------------------------------------------------


def _figure_lines(one: Figure, cell: str, paint: Paint) -> Iterator[str]:
    """A value that a list of the свод repeats."""
    said = "; ".join(f"{cell_shown(c)} ({c.cell})" for c in one.cells) or "—"
    yield str(Text(f"{cell} — значение одного кластера", f"{cell} is the value of one cluster")) + f": {one.cluster}"
    yield f"{form_name(one.form)} · {one.key}. {short_title(one.name, _NAME)}, {one.year}"
    yield f"{_SOURCE}: {one.file} · {one.sheet}: {visible(said)}"
    yield str(_counts_as(one))
    yield from remark_lines(one, paint)


def _counts_as(one: Figure) -> Text:
    if one.standing is None:
        return Text(
            "В суммы не входит: это своя строка кластера, или его план взят из другой книги",
            "In no total: a row of the cluster's own, or its plan is taken from another workbook",
        )
    said = joined([Text("В суммах", "In the totals"), STANDINGS[one.standing]], ": ")
    said = joined([said, QUESTIONED], ", ") if one.questioned else said
    ask = f"--indicator {one.key} --year {one.year} {named_in_words(one.form, one.table_id)}"
    return Text(f"{said.ru}. Вся сумма: {ask}", f"{said.en}. The whole total: {ask}")


# --- JSON -------------------------------------------------------------------------------------------------


def explain_document(result: ExplainResult) -> Document:
    """The result of ``explain --json``."""
    return {
        "svod": result.svod,
        "cell": result.cell or None,
        "made_at": result.made_at.isoformat(),
        "totals": [_opened_document(one) for one in result.totals],
        "elsewhere": [absence_document(one) for one in result.elsewhere],
        "figure": _figure_document(result.figure) if result.figure is not None else None,
        "counter": counter_document(result.counter) if result.counter is not None else None,
    }


def _opened_document(opened: Opened) -> Document:
    return {
        **asdict(opened.total),
        "missing": opened.total.missing,
        "rows": [entry_document(one) for one in opened.entries],
        "absent": [absence_document(one) for one in opened.absent],
    }


def _figure_document(one: Figure) -> Document:
    names = ("cluster", "cluster_name", "form", "table_id", "key", "file", "sheet", "name", "standing", "year",
             "questioned")  # fmt: skip
    said = {"table" if name == "table_id" else name: getattr(one, name) for name in names}
    return said | places_document(one)
