"""Mistakes of a rule book that its models alone cannot see: names that lead nowhere, codes of the wrong form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from xlkit.rules.codes import level_of
from xlkit.rules.model import Operand, Relation, RuleBook, Table, TypicalRow, Unit
from xlkit.rules.placeholders import placeholder_mistakes, sentence_mistakes
from xlkit.rules.yamlfile import Path_, YamlFile, problem
from xlkit.texts import Text

Say = Callable[[Path_, str, str], Text]


def cross_check(
    book: RuleBook, units: dict[str, Unit], lines: dict[str, list[tuple[int, TypicalRow]]], source: YamlFile
) -> list[Text]:
    """All such mistakes, each with file and line; ``lines`` are the typical rows with their lines."""
    rows = {name: tuple(row for _, row in numbered) for name, numbered in lines.items()}

    def say(at: Path_, ru: str, en: str) -> Text:
        return problem(source.path, source.line_of(at), ru, en)

    problems: list[Text] = []
    for name, table in book.tables.items():
        problems += _table_problems(name, table, book, say)
        problems += _row_problems(name, table, book, units, lines, source)
    seen: set[str] = set()
    for i, relation in enumerate(book.relations):
        at: Path_ = ("relations", i)
        if relation.id in seen:
            problems.append(say((*at, "id"), f"номер {relation.id} повторяется", f"the id {relation.id} stands twice"))
        seen.add(relation.id)
        problems += _relation_problems(relation, book, rows, partial(say, at))
    return problems


def _table_problems(name: str, table: Table, book: RuleBook, say: Say) -> Iterator[Text]:
    at: Path_ = ("tables", name)
    used = [table.mode] if table.mode else []
    for column_id, column in table.columns.items():
        place = (*at, "columns", column_id)
        if column.kind == "mode":
            used += column.modes
        if column.kind == "link" and column.to not in book.tables:
            yield say(place, f"нет таблицы «{column.to}»", f"no table {column.to!r}")
        if column.kind == "lookup" and column.table not in book.tables:
            yield say(place, f"нет таблицы «{column.table}»", f"no table {column.table!r}")
        for attribute in ("of", "opening", "minus", "base"):
            other = getattr(column, attribute, None)
            if other is not None and other not in table.columns:
                yield say(place, f"{attribute}: нет столбца «{other}»", f"{attribute}: no column {other!r}")
        per = getattr(column, "per", None)
        if per and "{" + per + "}" not in column.caption:
            yield say(place, f"в заголовке нет {{{per}}}", f"the caption lacks {{{per}}}")
    for mode in used:
        if mode not in book.modes:
            yield say(at, f"нет учёта «{mode}» среди modes", f"no mode {mode!r} among modes")
    for kind in ("code", "name"):
        if sum(c.kind == kind for c in table.columns.values()) != 1:
            yield say(at, f"нужен ровно один столбец вида {kind}", f"exactly one column of kind {kind} is needed")


def _row_problems(
    name: str,
    table: Table,
    book: RuleBook,
    units: dict[str, Unit],
    lines: dict[str, list[tuple[int, TypicalRow]]],
    source: YamlFile,
) -> Iterator[Text]:
    path = source.path.parent / table.rows
    levels = {level.id for level in table.levels}
    links = {c.to for c in table.columns.values() if c.kind == "link"}
    known = {row.code for link in links for _, row in lines.get(link, ())}
    seen: set[tuple[str, str]] = set()
    holder = ""
    for line, row in lines[name]:
        level = level_of(row.code, table.levels)
        if row.level not in levels or level is None or level.id != row.level:
            yield problem(
                path,
                line,
                f"код {row.code} не подходит уровню «{row.level}»",
                f"the code {row.code} does not fit the level {row.level!r}",
            )
            continue
        holder = holder if level.within else row.code
        key = (holder if level.within else "", row.code)
        if key in seen:
            yield problem(path, line, f"код {row.code} повторяется", f"the code {row.code} stands twice")
        seen.add(key)
        if row.mode and row.mode not in book.modes:
            yield problem(path, line, f"нет учёта «{row.mode}»", f"no mode {row.mode!r}")
        if row.unit and not any(row.unit in (u.unit, *u.synonyms) for u in units.values()):
            yield problem(path, line, f"нет единицы «{row.unit}»", f"no unit {row.unit!r}")
        if row.link and row.link not in known:
            yield problem(path, line, f"нет показателя {row.link}", f"no indicator {row.link}")


def _relation_problems(
    relation: Relation,
    book: RuleBook,
    rows: dict[str, tuple[TypicalRow, ...]],
    say: Callable[[str, str], Text],
) -> Iterator[Text]:
    allowed = {"year"} | ({"code"} if relation.each.code else set())
    allowed |= {"specialty"} if relation.each.specialty else set()
    codes = [*_codes_of(relation.left), *_codes_of(relation.right)]
    mistakes = [*placeholder_mistakes(relation.say, allowed)]
    mistakes += placeholder_mistakes(relation.explain, ()) if relation.explain else []
    mistakes += [one for code in codes for one in sentence_mistakes(code, allowed)]
    for wrong in mistakes:
        yield say(f"{relation.id}: {wrong.ru}", f"{relation.id}: {wrong.en}")
    if mistakes:
        return
    for operand in (*_flat(relation.left), *_flat(relation.right)):
        if operand.table is None:
            continue
        table = book.tables.get(operand.table)
        if table is None:
            yield say(f"{relation.id}: нет таблицы «{operand.table}»", f"{relation.id}: no table {operand.table!r}")
            continue
        if operand.take == "running_total" and not any(c.kind == "running_total" for c in table.columns.values()):
            yield say(
                f"{relation.id}: в таблице «{operand.table}» нет столбца итогов",
                f"{relation.id}: the table {operand.table!r} has no running totals",
            )
        sources = [operand.table] if operand.code is not None else _linked_tables(table)
        known = {row.code for name in sources for row in rows.get(name, ())}
        codes = [code for text in _filled(operand.code or operand.feeds or "", relation) for code in text.split("/")]
        codes += [relation.each.specialty] if relation.each.specialty else []
        for code in dict.fromkeys(codes):
            if "{" not in code and code not in known:
                file = ", ".join(book.tables[name].rows for name in sources if name in book.tables) or operand.table
                yield say(f"{relation.id}: строки {code} нет в {file}", f"{relation.id}: no row {code} in {file}")


def _linked_tables(table: Table) -> list[str]:
    """The tables whose rows a table's rows may feed."""
    return [column.to for column in table.columns.values() if column.kind == "link"]


def _filled(text: str, relation: Relation) -> list[str]:
    """A code with ``{code}`` filled in each way; ``{specialty}`` stays."""
    return [text.replace("{code}", code) for code in relation.each.code or ("",)]


def _flat(operand: Operand) -> Iterator[Operand]:
    yield operand
    for inner in operand.sum or ():
        yield from _flat(inner)


def _codes_of(operand: Operand) -> Iterator[str]:
    for one in _flat(operand):
        yield from (text for text in (one.code, one.feeds) if text)
