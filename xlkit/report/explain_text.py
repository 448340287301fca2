"""An opened total as text and as JSON: what it is made of, what is missing from it, what is in doubt and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from xlkit.consolidate import ALL, Standing, Total
from xlkit.report.json import Document
from xlkit.report.svod_changes import DIMENSION_WORDS, period_title, sheet_title
from xlkit.report.svod_figures import short_title
from xlkit.report.svod_rows import form_name
from xlkit.report.text import Paint, unpainted
from xlkit.rules.period import QUARTERS
from xlkit.store.explain import IN_SUM, NO_ROW, Absence, Cell, Entry, Figure, Opened, Remark
from xlkit.texts import Text, figure, joined, plural, visible
from xlkit.values import Kind

if TYPE_CHECKING:
    from xlkit.actions.explain import ExplainResult

_NAME = 110
_STANDINGS = {
    IN_SUM: Text("в сумме", "in the sum"),
    "yes": Text("«да» (считается, не складывается)", "«да» (counted, not added)"),
    "dashes": Text("прочерк", "a dash"),
    "blank": Text("не заполнено", "not filled in"),
    "doubtful": Text("с ошибкой, в сумму не входит", "in doubt, not in the sum"),
    "other": Text("иная единица или учёт, в сумму не входит", "another unit or mode, not in the sum"),
}
_CAPTIONS = (
    Text("Сумма", "Sum"),
    Text("В сумме", "In the sum"),
    Text("Под вопросом", "In question"),
    Text("Не хватает", "Missing"),
    Text("Без принятой книги", "Without a workbook"),
)
_COLOURS = {"blank": "yellow", "doubtful": "red", "other": "red"}
_ROW_IS_MISSING = Text("в книге нет такой строки", "the workbook has no such row")
_TWICE = Text("строка с этим номером стоит в книге дважды", "the row's number stands twice in the workbook")
_QUESTIONED = Text("под вопросом", "in question")
_SOURCE = Text("Источник", "Source")


def explain_text(result: ExplainResult, paint: Paint = unpainted, details: bool = False) -> Iterator[str]:
    """The lines of an opened figure; of groups a table, with ``details`` each group's clusters and cells as well."""
    if result.figure is not None:
        yield from _figure_lines(result.figure, result.cell, paint)
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
            yield from _absent_lines(result.elsewhere, paint)
        if not details:
            yield str(Text("Кластеры и ячейки каждой группы: --details", "Clusters and cells of each group: --details"))


def named_in_words(form: str, table: str) -> str:
    """How a command names a form and a table, in the words of the workbooks."""
    return f'--form "{form_name(form)}" --table {sheet_title(form, table)}'


# --- a total ----------------------------------------------------------------------------------------------


def _title(total: Total) -> str:
    place = f"{form_name(total.form)} · {sheet_title(total.form, total.table)}"
    return f"{place} · {total.key}. {short_title(total.name, _NAME)}, {period_title(total.year, total.quarter)}"


def _total_lines(opened: Opened, paint: Paint) -> Iterator[str]:
    yield from _sum_lines(opened)
    for standing, word in _STANDINGS.items():
        mine = [one for one in opened.entries if one.standing == standing]
        if mine:
            yield _heading(word, mine, _COLOURS.get(standing, "green"), paint)
        for one in sorted(mine, key=lambda one: not one.questioned):
            yield from _entry_lines(one, opened.total, paint)
    yield from _absent_lines(opened.absent, paint)


def _heading(word: Text, entries: Sequence[Entry], colour: str, paint: Paint) -> str:
    """How many workbooks count as this; those in question come first."""
    said = paint(f"{_capital(str(word))}: {len(entries)}", colour)
    questioned = sum(one.questioned for one in entries)
    some = Text(f", из них под вопросом {questioned}", f", {questioned} of them in question")
    return f"{said}{paint(str(some), 'yellow')}" if questioned else said


def _sum_lines(opened: Opened) -> Iterator[str]:
    total, without = opened.total, _without_book(opened)
    group = "" if total.dimension == ALL else f"{DIMENSION_WORDS[total.dimension]} {visible(total.group)}: "
    unit = f" {total.unit}" if total.unit else ""
    mode = f" ({total.mode})" if total.mode else ""
    counts = Text(
        f"в сумме кластеров {total.numbers} из {total.clusters} с принятой книгой, не хватает {total.missing}",
        f"clusters in the sum {total.numbers} of {total.clusters} with an accepted workbook, missing {total.missing}",
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
    head = [_capital(str(DIMENSION_WORDS[groups[0].total.dimension])), *map(str, _CAPTIONS)]
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
        str(total.numbers),
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


def _entry_lines(one: Entry, total: Total, paint: Paint) -> Iterator[str]:
    cells = one.cells
    whole = total.quarter > 0
    amount = figure(one.amount) if one.amount is not None else _shown(cells[0]) if cells and not whole else "—"
    group = f"  {one.group}" if one.group and total.dimension == ALL else ""
    where = "" if whole or not cells else f"  {one.sheet}!{cells[0].cell}"
    yield f"  {one.cluster}  {visible(amount)}  {one.file}{where}{group}"
    if whole and cells:
        said = "; ".join(f"{_column(cell, total)} {_shown(cell)} ({cell.cell})" for cell in cells)
        yield f"      {one.sheet}: {visible(said)}"
    if one.standing == "other":
        yield f"      {_other(one, total)}"
    if one.twice and one.standing == "doubtful":
        yield f"      {_TWICE}"
    yield from _remark_lines(one, paint)


def _remark_lines(of: Entry | Figure, paint: Paint) -> Iterator[str]:
    for remark in dict.fromkeys((*(one for cell in of.cells for one in cell.remarks), *of.remarks)):
        colour = "red" if remark.severity == "error" else "yellow"
        yield f"      {paint(f'{remark.rule} {remark.cell}', colour)}: {remark.message}"
        if remark.hint is not None:
            yield f"        → {remark.hint}"


def _other(one: Entry, total: Total) -> Text:
    """What the row says instead of the form's unit."""
    return Text(
        f"в книге: {one.unit or 'единица не указана'}; в форме: {total.unit or '—'}, {total.mode or '—'}",
        f"in the workbook: {one.unit or 'no unit'}; in the form: {total.unit or '—'}, {total.mode or '—'}",
    )


def _column(cell: Cell, total: Total) -> str:
    if cell.quarter:
        return str(Text(f"{QUARTERS[cell.quarter - 1]} кв.", f"Q{cell.quarter}"))
    return str(Text("на начало года", "at the year's beginning"))


def _shown(cell: Cell) -> str:
    """What stands in a cell, as a form prints it."""
    if cell.kind == Kind.NUMBER and cell.number is not None:
        return figure(cell.number)
    return cell.raw or str(Text("пусто", "empty"))


def _absent_lines(absent: Sequence[Absence], paint: Paint) -> Iterator[str]:
    by_reason: dict[str, list[Absence]] = {}
    for one in absent:
        by_reason.setdefault(one.why, []).append(one)
    for why, mine in by_reason.items():
        word = _ROW_IS_MISSING if why == NO_ROW else Standing(why).word
        yield paint(f"{_capital(str(word))}: {len(mine)}", "yellow")
        for one in mine:
            deadline = str(Text(f"срок {one.deadline}", f"due {one.deadline}")) if one.deadline else ""
            parts = [one.cluster or "—", one.cluster_name, one.file or "", deadline, str(one.note or "")]
            yield "  " + " · ".join(part for part in parts if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- one value --------------------------------------------------------------------------------------------


def _figure_lines(one: Figure, cell: str, paint: Paint) -> Iterator[str]:
    """A value that a list of the свод repeats."""
    said = "; ".join(f"{_shown(c)} ({c.cell})" for c in one.cells) or "—"
    yield str(Text(f"{cell} — значение одного кластера", f"{cell} is the value of one cluster")) + f": {one.cluster}"
    yield f"{form_name(one.form)} · {one.key}. {short_title(one.name, _NAME)}, {one.year}"
    yield f"{_SOURCE}: {one.file} · {one.sheet}: {visible(said)}"
    yield str(_counts_as(one))
    yield from _remark_lines(one, paint)


def _counts_as(one: Figure) -> Text:
    if one.standing is None:
        return Text(
            "В суммы не входит: это своя строка кластера, или его план взят из другой книги",
            "In no total: a row of the cluster's own, or its plan is taken from another workbook",
        )
    said = joined([Text("В суммах", "In the totals"), _STANDINGS[one.standing]], ": ")
    said = joined([said, _QUESTIONED], ", ") if one.questioned else said
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
        "elsewhere": [_absence_document(one) for one in result.elsewhere],
        "figure": _figure_document(result.figure) if result.figure is not None else None,
    }


def _opened_document(opened: Opened) -> Document:
    return {
        **asdict(opened.total),
        "missing": opened.total.missing,
        "rows": [_entry_document(one) for one in opened.entries],
        "absent": [_absence_document(one) for one in opened.absent],
    }


def _absence_document(one: Absence) -> Document:
    return asdict(one) | {"note": None if one.note is None else str(one.note)}


def _entry_document(one: Entry) -> Document:
    names = ("cluster", "cluster_name", "group", "file", "sheet", "standing", "amount", "planned", "name", "unit",
             "questioned")  # fmt: skip
    return {name: getattr(one, name) for name in names} | _places_document(one)


def _figure_document(one: Figure) -> Document:
    names = ("cluster", "cluster_name", "form", "table_id", "key", "file", "sheet", "name", "standing", "year",
             "questioned")  # fmt: skip
    said = {"table" if name == "table_id" else name: getattr(one, name) for name in names}
    return said | _places_document(one)


def _places_document(of: Entry | Figure) -> dict[str, Any]:
    """The cells with the findings on them, and the findings at the row of all."""
    return {"cells": [_cell_document(cell) for cell in of.cells], "findings": _remarks_document(of.remarks)}


def _cell_document(cell: Cell) -> dict[str, Any]:
    names = ("cell", "field", "year", "quarter", "kind", "number", "raw")
    return {name: getattr(cell, name) for name in names} | {"findings": _remarks_document(cell.remarks)}


def _remarks_document(remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    return [
        {"rule": m.rule, "severity": m.severity, "cell": m.cell, "message": str(m.message),
         "hint": None if m.hint is None else str(m.hint)}
        for m in remarks
    ]  # fmt: skip
