"""The workbooks that a total is made of, line by line and as JSON: their rows, cells and what is said of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from xlkit.consolidate import ALL, Standing, Total
from xlkit.report.json import Document
from xlkit.report.svod.changes import sheet_title
from xlkit.report.svod.rows import form_name
from xlkit.report.text import Paint
from xlkit.rules.period import QUARTERS
from xlkit.store.explain import IN_SUM, NO_ROW, Absence, Cell, Entry, Figure, Remark
from xlkit.texts import Text, figure, visible
from xlkit.values import Kind

STANDINGS = {
    IN_SUM: Text("в сумме", "in the sum"),
    "yes": Text("«да» (считается, не складывается)", "«да» (counted, not added)"),
    "dashes": Text("прочерк", "a dash"),
    "blank": Text("не заполнено", "not filled in"),
    "doubtful": Text("с ошибкой, в сумму не входит", "in doubt, not in the sum"),
    "other": Text("иная единица или учёт, в сумму не входит", "another unit or mode, not in the sum"),
}
COLOURS = {"blank": "yellow", "doubtful": "red", "other": "red"}
ROW_IS_MISSING = Text("в книге нет такой строки", "the workbook has no such row")
_TWICE = Text("строка с этим номером стоит в книге дважды", "the row's number stands twice in the workbook")
QUESTIONED = Text("под вопросом", "in question")


def entry_lines(one: Entry, total: Total, paint: Paint) -> Iterator[str]:
    cells = one.cells
    whole = total.quarter > 0
    amount = figure(one.amount) if one.amount is not None else cell_shown(cells[0]) if cells and not whole else "—"
    group = f"  {one.group}" if one.group and total.dimension == ALL else ""
    where = "" if whole or not cells else f"  {one.sheet}!{cells[0].cell}"
    yield f"  {one.cluster}  {visible(amount)}  {one.file}{where}{group}"
    if whole and cells:
        said = "; ".join(f"{_column(cell, total)} {cell_shown(cell)} ({cell.cell})" for cell in cells)
        yield f"      {one.sheet}: {visible(said)}"
    if one.standing == "other":
        yield f"      {_other(one, total)}"
    if one.twice and one.standing == "doubtful":
        yield f"      {_TWICE}"
    yield from remark_lines(one, paint)


def remark_lines(of: Entry | Figure, paint: Paint) -> Iterator[str]:
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


def cell_shown(cell: Cell) -> str:
    """What stands in a cell, as a form prints it."""
    if cell.kind == Kind.NUMBER and cell.number is not None:
        return figure(cell.number)
    return cell.raw or str(Text("пусто", "empty"))


def absent_lines(absent: Sequence[Absence], paint: Paint) -> Iterator[str]:
    by_reason: dict[str, list[Absence]] = {}
    for one in absent:
        by_reason.setdefault(one.why, []).append(one)
    for why, mine in by_reason.items():
        word = ROW_IS_MISSING if why == NO_ROW else Standing(why).word
        yield paint(f"{capital(str(word))}: {len(mine)}", "yellow")
        for one in mine:
            deadline = str(Text(f"срок {one.deadline}", f"due {one.deadline}")) if one.deadline else ""
            parts = [one.cluster or "—", one.cluster_name, one.file or "", deadline, str(one.note or "")]
            yield "  " + " · ".join(part for part in parts if part)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- JSON ----------------------------------------------------------------------------------------------------


def absence_document(one: Absence) -> Document:
    return asdict(one) | {"note": None if one.note is None else str(one.note)}


def entry_document(one: Entry) -> Document:
    names = ("cluster", "cluster_name", "group", "file", "sheet", "standing", "amount", "planned", "name", "unit",
             "questioned")  # fmt: skip
    return {name: getattr(one, name) for name in names} | places_document(one)


def places_document(of: Entry | Figure) -> dict[str, Any]:
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


def named_in_words(form: str, table: str) -> str:
    """How a command names a form and a table, in the words of the workbooks."""
    return f'--form "{form_name(form)}" --table {sheet_title(form, table)}'
