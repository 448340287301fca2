"""Mistakes of a rule book that its models alone cannot see: names that lead nowhere, codes of the wrong form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from xlkit.rules.codes import level_of
from xlkit.rules.mistakes import Path_, problem
from xlkit.rules.model import RuleBook, Table, TypicalRow, Unit
from xlkit.rules.relationcheck import Known, relation_problems
from xlkit.rules.rowfiles import INDUSTRY, YEARS, keyed, table_modes
from xlkit.rules.tablecheck import book_problems, level_problems, table_problems
from xlkit.rules.yamlfile import YamlFile
from xlkit.texts import Text

Lines = dict[str, list[tuple[int, TypicalRow]]]


def cross_check(book: RuleBook, units: dict[str, Unit], lines: Lines, source: YamlFile, title_name: str) -> list[Text]:
    """All such mistakes, each with file and line.

    ``lines`` are the typical rows with their lines, ``title_name`` is the name of the title sheet.
    """

    def say(at: Path_, ru: str, en: str) -> Text:
        return problem(source.path, source.line_of(at), ru, en)

    problems = [*book_problems(book, title_name, say)]
    broken = set()
    for name, table in book.tables.items():
        levels = list(level_problems(name, table, say))
        own = [*table_problems(name, table, book, say), *levels]
        problems += own
        problems += _Rows(name, table, book, units, lines, source.path.parent / table.rows).problems(not levels)
        broken |= {name} if own else set()
    rows = {name: dict(keyed(book.tables[name], [row for _, row in numbered])) for name, numbered in lines.items()}
    known = Known(book, rows, frozenset(broken))
    seen: set[str] = set()
    for i, relation in enumerate(book.relations):
        if relation.id in seen:
            at: Path_ = ("relations", i, "id")
            problems.append(say(at, f"номер {relation.id} повторяется", f"the id {relation.id} stands twice"))
        seen.add(relation.id)
        problems += relation_problems(i, relation, known, say)
    return list(dict.fromkeys(problems))


class _Rows:
    """One walk over a table's typical rows in the order of their file."""

    def __init__(
        self, name: str, table: Table, book: RuleBook, units: dict[str, Unit], lines: Lines, path: Path
    ) -> None:
        self.table, self.book, self.path = table, book, path
        self.lines = lines[name]
        self.has_units = book.units is not None
        self.units = {text for unit in units.values() for text in (unit.unit, *unit.synonyms)}
        links = {c.to for c in table.columns.values() if c.kind == "link"}
        self.links = {row.code for link in links for _, row in lines.get(link, ())}
        self.levels = {level.id: level for level in table.levels}
        self.seen: set[tuple[str, str]] = set()
        self.holder: TypicalRow | None = None

    def problems(self, levels_are_sound: bool) -> Iterator[Text]:
        for line, row in self.lines:
            for one in (*(self._place(row) if levels_are_sound else ()), *self._content(row)):
                yield problem(self.path, line, one.ru, one.en)

    def _place(self, row: TypicalRow) -> Iterator[Text]:
        """A row's code: of its level, under its parent, once."""
        level = level_of(row.code, self.table.levels)
        if level is None or row.level not in self.levels or level.id != row.level:
            yield Text(
                f"код {row.code} не подходит уровню «{row.level}»",
                f"the code {row.code} does not fit the level {row.level!r}",
            )
            return
        if level.within:
            if self.holder is None or self.holder.level != level.within:
                yield Text(
                    f"строка {row.code} должна стоять под строкой уровня «{level.within}»",
                    f"the row {row.code} must stand under a row of the level {level.within!r}",
                )
        else:
            self.holder = row
            parent = row.code.rpartition(".")[0]
            above = parent and level_of(parent, self.table.levels)
            if above and ("", parent) not in self.seen:
                yield Text(f"выше нет строки {parent} для {row.code}", f"no row {parent} above {row.code}")
        key = (self.holder.code if level.within and self.holder else "", row.code)
        if key in self.seen:
            yield Text(f"код {row.code} повторяется", f"the code {row.code} stands twice")
        self.seen.add(key)

    def _content(self, row: TypicalRow) -> Iterator[Text]:
        modes = table_modes(self.table)
        if not row.name.strip():
            yield Text(f"у строки {row.code} нет наименования", f"the row {row.code} has no name")
        rest = row.name.replace(INDUSTRY, "").replace(YEARS, "")
        if re.search("[{}]", rest):
            ru = f"в наименовании допустимы только подстановки {INDUSTRY} и {YEARS}: {_around_brace(rest)}"
            yield Text(ru, f"a name may hold the placeholders {INDUSTRY} and {YEARS} only: {_around_brace(rest)}")
        if row.mode and row.mode not in self.book.modes:
            yield Text(f"нет учёта «{row.mode}»", f"no mode {row.mode!r}")
        elif row.mode and modes and row.mode not in modes:
            listed = ", ".join(f"«{mode}»" for mode in modes)
            ru = f"учёт «{row.mode}» не из тех, что бывают в этой таблице: {listed}"
            yield Text(ru, f"the mode {row.mode!r} is none of this table: {', '.join(modes)}")
        elif modes and row.values and not row.mode and not self.table.mode:
            yield Text(f"у строки {row.code} со значениями нет учёта", f"the row {row.code} carries values and no mode")
        if row.unit and self.has_units and row.unit not in self.units:
            yield Text(f"нет единицы «{row.unit}»", f"no unit {row.unit!r}")
        if row.link and row.link not in self.links:
            yield Text(f"нет показателя {row.link}", f"no indicator {row.link}")


def _around_brace(name: str) -> str:
    found = re.search(r"[^{}]{0,12}[{}][^{}]{0,12}\}?", name)
    return f"«{found[0]}»" if found else ""
