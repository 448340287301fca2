"""Mistakes of a rule book's relations: sides that nothing can be read from, codes that no row has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import Formatter

from xlkit.rules.mistakes import Path_
from xlkit.rules.model import Operand, Relation, RuleBook, Table, TypicalRow
from xlkit.rules.placeholders import placeholder_mistakes, sentence_mistakes
from xlkit.texts import Text

SPECIALTY = "/{specialty}"
_PLAIN_CODE = re.compile("[0-9./]+")

Say = Callable[[Path_, str, str], Text]


@dataclass(frozen=True)
class Known:
    """What relations may name: the book, and the typical rows of every table by their keys.

    Of the tables in ``broken`` mistakes have been told already; what follows from them is not told again.
    """

    book: RuleBook
    rows: dict[str, dict[str, TypicalRow]]
    broken: frozenset[str]

    def codes(self, table: str) -> set[str]:
        return {row.code for row in self.rows.get(table, {}).values()}


def relation_problems(number: int, relation: Relation, known: Known, say: Say) -> Iterator[Text]:
    """What is wrong with the relation of this number in the file."""
    at: Path_ = ("relations", number)
    for mistake in dict.fromkeys(_mistakes(relation, known)):
        yield say(at, f"{relation.id}: {mistake.ru}", f"{relation.id}: {mistake.en}")


def _mistakes(relation: Relation, known: Known) -> Iterator[Text]:
    wrong = [*_placeholder_mistakes(relation)]
    yield from wrong
    if wrong:
        return
    yield from _each_mistakes(relation, known)
    yield from _side_mistakes(relation)
    for operand in (*flat(relation.left), *flat(relation.right)):
        yield from _operand_mistakes(operand, relation, known)


def flat(operand: Operand) -> Iterator[Operand]:
    """An operand and all operands within it."""
    yield operand
    for inner in operand.sum or ():
        yield from flat(inner)


# --- placeholders -----------------------------------------------------------------------------------------


def _placeholder_mistakes(relation: Relation) -> Iterator[Text]:
    fills = [name for name in ("code", "specialty") if getattr(relation.each, name)]
    yield from placeholder_mistakes(relation.say, {*fills, "year"})
    if relation.explain:
        yield from placeholder_mistakes(relation.explain, ())
    for operand in (*flat(relation.left), *flat(relation.right)):
        yield from sentence_mistakes(operand.code or operand.feeds or "", fills)


def _each_mistakes(relation: Relation, known: Known) -> Iterator[Text]:
    each = relation.each
    operands = [*flat(relation.left), *flat(relation.right)]
    used = {name for o in operands for _, name, _, _ in Formatter().parse(o.code or o.feeds or "") if name}
    for name in ("code", "specialty"):
        if getattr(each, name) and name not in used:
            yield Text(
                f"ни в одной части нет {{{name}}}, а «each» его задаёт", f"each sets {{{name}}}, no side uses it"
            )
    if each.code and len(set(each.code)) < len(each.code):
        yield Text("в «each» код повторяется", "a code stands twice in each")
    if each.specialty and "specialty" in used:
        tables = [o.table for o in operands if o.table and SPECIALTY in (o.code or "")]
        if not known.broken.intersection(tables) and not any(
            each.specialty in known.rows.get(table, {}) for table in tables
        ):
            yield _no_row(each.specialty, known, tables)


# --- sides ------------------------------------------------------------------------------------------------


def _side_mistakes(relation: Relation) -> Iterator[Text]:
    left = {o.table for o in flat(relation.left) if o.table}
    if not left:
        ru = "слева только числа, а замечание показывает на ячейку слева: поменяйте части местами"
        en = "there are only numbers on the left, where a finding points at a cell: swap the sides"
        yield Text(ru, en)
    elif any(inner.number is not None for inner in relation.left.sum or ()):
        yield Text(
            "число в сумме слева: перенесите его направо", "a number in the sum on the left: move it to the right"
        )
    elif len(left) > 1:
        ru = "слева строки разных таблиц: оставьте строки одной, остальные перенесите направо"
        en = "rows of several tables on the left: keep those of one and move the others to the right"
        yield Text(ru, en)
    if any(inner.sum is not None for side in (relation.left, relation.right) for inner in side.sum or ()):
        yield Text("«sum» внутри «sum»: перечислите все слагаемые в одном", "a sum within a sum: list all in one")


# --- operands ---------------------------------------------------------------------------------------------


def _operand_mistakes(operand: Operand, relation: Relation, known: Known) -> Iterator[Text]:
    if operand.table is None:
        return
    table = known.book.tables.get(operand.table)
    if table is None:
        yield Text(f"нет таблицы «{operand.table}»", f"no table {operand.table!r}")
        return
    if -operand.year >= known.book.years:
        yield Text(
            f"«year: {operand.year}» выходит за программу: в ней лет {known.book.years}",
            f"year: {operand.year} lies outside of the programme, which has {known.book.years} years",
        )
    if operand.table in known.broken:
        return
    yield from _column_mistakes(operand, table)
    if operand.feeds is not None:
        yield from _link_mistakes(operand, table, relation, known)
    else:
        for code in relation.each.code or ("",):
            yield from _row_mistakes(operand, (operand.code or "").replace("{code}", code), relation, known)


def _column_mistakes(operand: Operand, table: Table) -> Iterator[Text]:
    name = operand.table
    if not any(c.kind == "value" and c.per == "year" for c in table.columns.values()):
        yield Text(
            f"в таблице «{name}» нет значений по годам, а соотношения сравнивают годы",
            f"the table {name!r} has no values per year, and relations compare years",
        )
    totals = [c for c in table.columns.values() if c.kind == "running_total"]
    if operand.take == "running_total" and not totals:
        yield Text(f"в таблице «{name}» нет столбца итогов", f"the table {name!r} has no running totals")
    elif operand.take == "running_total" and totals[0].per != "year":
        yield Text(f"в таблице «{name}» нет итогов по годам", f"the table {name!r} has no running totals per year")


def _link_mistakes(operand: Operand, table: Table, relation: Relation, known: Known) -> Iterator[Text]:
    linked = [column.to for column in table.columns.values() if column.kind == "link"]
    if not linked:
        yield Text(
            f"«feeds»: в таблице «{operand.table}» нет столбца вида «link»",
            f"feeds: the table {operand.table!r} has no column of kind link",
        )
        return
    for code in relation.each.code or ("",):
        filled = (operand.feeds or "").replace("{code}", code)
        if not any(filled in known.codes(name) for name in linked):
            yield _no_row(filled, known, linked)


def _row_mistakes(operand: Operand, key: str, relation: Relation, known: Known) -> Iterator[Text]:
    """``key`` is the operand's code with ``{code}`` filled; ``{specialty}`` may stand at its end."""
    table = operand.table or ""
    rows = known.rows.get(table, {})
    holder = key.removesuffix(SPECIALTY)
    if "{" in holder or (holder != key and "/" in holder):
        yield Text(
            f"«{key}»: {{specialty}} стоит после кода и «/»", f"{key!r}: {{specialty}} stands after a code and «/»"
        )
    elif holder not in rows:
        yield _no_row(holder, known, [table])
    elif holder != key:
        if not any(level.within for level in known.book.tables[table].levels):
            yield Text(f"в таблице «{table}» нет уровня с «within»", f"the table {table!r} has no level with within")
    else:
        yield from _value_mistakes(operand, rows[key], known)


def _value_mistakes(operand: Operand, row: TypicalRow, known: Known) -> Iterator[Text]:
    table = known.book.tables[operand.table or ""]
    carries = row.values or any(level.id == row.level and level.values for level in table.levels)
    mode = known.book.modes.get(table.mode or row.mode)
    if not carries:
        yield Text(f"в строке {row.code} не бывает значений", f"the row {row.code} carries no values")
    elif operand.take == "running_total" and mode is not None and mode.total == "none":
        yield Text(
            f"у строки {row.code} учёт «{mode.caption}», итог по ней не считается",
            f"the row {row.code} has the mode {mode.caption!r}, which has no running total",
        )


def _no_row(code: str, known: Known, tables: list[str]) -> Text:
    files = ", ".join(dict.fromkeys(known.book.tables[t].rows for t in tables if t in known.book.tables))
    plain = _PLAIN_CODE.fullmatch(code)
    return Text(
        f"строки {code if plain else f'«{code}»'} нет в {files}", f"no row {code if plain else repr(code)} in {files}"
    )
