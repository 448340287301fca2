"""Finding a form's tables in a raw sheet: columns by their captions, rows by code under their parent.

Nothing is found by position: users insert rows, move columns and save with other programs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from xlkit.address import cell_name
from xlkit.books.captions import COMPUTED, NO_PERIOD, Captions, ColumnKey, caption_key, captions_of, expected_captions
from xlkit.books.raw import RawSheet
from xlkit.finding import Finding, Location
from xlkit.rules.catalogue import finding, refusal
from xlkit.rules.codes import Code, FreeCodes, RowKey, assign_keys, read_code
from xlkit.rules.edition import INDUSTRY, Edition, with_industry
from xlkit.rules.model import Table
from xlkit.rules.phrases import row_label
from xlkit.texts import Text, joined
from xlkit.values import ExcelError, Uncached, as_text, folded, homoglyphs, lookalike_digits, squeezed

HEADER_ROWS = 40


class TableRow(NamedTuple):
    """A row of a table: where it stands, what it is, and its cells' raw contents at the places of their columns."""

    row: int
    key: RowKey
    code: Code
    contents: tuple[object, ...]
    places: Mapping[ColumnKey, int]

    def at(self, column: str, period: int = NO_PERIOD) -> object:
        """A cell's raw content; ``None`` also where the table has no such column."""
        place = self.places.get((column, period))
        return None if place is None else self.contents[place]

    def text(self, column: str) -> str:
        """A cell of a column without periods, as squeezed text."""
        return squeezed(as_text(self.at(column)))


@dataclass(frozen=True)
class FoundTable:
    """A table as it was found on its sheet."""

    table: str
    sheet: str
    header: int
    columns: dict[ColumnKey, int]
    years: tuple[int, ...]
    rows: tuple[TableRow, ...]
    formulas: frozenset[tuple[int, int]]

    def cell(self, row: int, column: str, period: int = NO_PERIOD) -> str | None:
        """The address of a cell; ``None`` where the column is missing."""
        number = self.columns.get((column, period))
        return cell_name(row, number) if number else None


@dataclass
class _Search:
    """One search for a table; collects findings on the way."""

    sheet: RawSheet
    file: str
    edition: Edition
    table_id: str
    table: Table
    captions: Captions
    industry: str = ""
    findings: list[Finding] = field(default_factory=list)

    def place(self, row: int | None = None, column: int | None = None) -> Location:
        cell = cell_name(row, column) if row and column else None
        return Location(self.file, self.sheet.name, cell)

    def say(self, rule: str, row: int | None, column: int | None, value: object = None, /, **params: object) -> None:
        self.findings.append(finding(rule, self.place(row, column), value, **params))


def find_table(
    sheet: RawSheet, file: str, edition: Edition, table_id: str, first_year: int | None, industry: str = ""
) -> tuple[FoundTable | None, list[Finding]]:
    """Find one table on its sheet.

    ``first_year`` and ``industry`` are the title sheet's; where the year is missing or contradicts the captions,
    the captions tell the years. Returns the table (``None`` where not even its captions were found) and
    structural findings.
    """
    search = _Search(
        sheet, file, edition, table_id, edition.book.tables[table_id], captions_of(edition, table_id), industry
    )
    header = _header_row(search)
    if header is None:
        code = next(c for c in search.table.columns.values() if c.kind == "code")
        search.say("S-102", None, None, sheet=sheet.name, caption=code.caption)
        return None, search.findings
    captions = _captions(sheet, header)
    years = _years(search, captions, first_year)
    columns = _columns(search, header, captions, years)
    if ("code", NO_PERIOD) not in columns:
        return None, search.findings  # which row is which cannot be known; the missing column is told
    rows = _with_names(search, _rows(search, header, columns))
    found = FoundTable(table_id, sheet.name, header, columns, years, rows, sheet.formulas)
    _check_rows(search, found)
    return found, search.findings


# --- columns ----------------------------------------------------------------------------------------------


def _captions(sheet: RawSheet, row: int) -> dict[int, str]:
    """What stands in a row, as captions are compared, by column."""
    return {
        i: caption_key(text)
        for i, content in enumerate(sheet.grid[row - 1], start=1)
        if content is not None and (text := as_text(content)).strip()
    }


def _header_row(search: _Search) -> int | None:
    """The row of most known captions within the first rows; at least the code or the name and one more."""
    best, best_count = None, 1
    for row in range(1, min(len(search.sheet.grid), HEADER_ROWS) + 1):
        count = search.captions.known(_captions(search.sheet, row).values())
        if count > best_count:
            best, best_count = row, count
            if count == search.captions.count:
                break
    return best


def _years(search: _Search, captions: dict[int, str], first_year: int | None) -> tuple[int, ...]:
    count = search.edition.book.years
    if not search.captions.yearly:
        return search.edition.years(first_year or search.edition.book.first_year)
    found = search.captions.years_in(captions.values())
    whole = len(found) == count and found[-1] - found[0] == count - 1
    if first_year is not None and not whole:
        return search.edition.years(first_year)
    return search.edition.years(found[0] if found else search.edition.book.first_year)


def _columns(search: _Search, header: int, captions: dict[int, str], years: tuple[int, ...]) -> dict[ColumnKey, int]:
    columns: dict[ColumnKey, int] = {}
    used: set[int] = set()
    for column_id, column in search.table.columns.items():
        for period, caption in expected_captions(column, years):
            wanted = caption_key(caption)
            places = [i for i, text in captions.items() if text == wanted]
            used.update(places)
            if not places:
                if column.kind not in ("text", *COMPUTED):
                    search.say(
                        "S-102", header, columns.get(("code", NO_PERIOD), 1), sheet=search.sheet.name, caption=caption
                    )
                continue
            if len(places) > 1:
                cells = ", ".join(cell_name(header, i) for i in places)
                search.say("S-103", header, places[1], caption, caption=caption, cells=cells)
            columns[column_id, period] = places[0]
            written = as_text(search.sheet.at(header, places[0]))
            if letters := homoglyphs(written):
                search.say("S-112", header, places[0], squeezed(written), letters=joined(letters))
    _say_foreign_years(search, header, captions, used)
    return columns


def _say_foreign_years(search: _Search, header: int, captions: dict[int, str], used: set[int]) -> None:
    for i, text in captions.items():
        if i not in used and search.captions.is_of_a_year(text):
            caption = squeezed(as_text(search.sheet.at(header, i)))
            search.say("S-119", header, i, caption, caption=caption)


# --- rows -------------------------------------------------------------------------------------------------


def _rows(search: _Search, header: int, columns: dict[ColumnKey, int]) -> tuple[TableRow, ...]:
    found: list[tuple[int, Code, tuple[object, ...]]] = []
    places = {key: place for place, key in enumerate(columns)}
    code_column = columns.get(_CODE)
    again = _HeaderAgain(search, header, columns)
    inputs = [place for key, place in places.items() if key[0] in search.captions.inputs]
    naming = {place for key, place in places.items() if key[0] in _NAMING}
    picked, last = _picker(columns), max(columns.values())
    for row, line in enumerate(search.sheet.grid[header:], start=header + 1):
        contents = picked(line if len(line) >= last else [*line, *repeat(None, last - len(line))])
        filled = {place for place in inputs if (raw := contents[place]) is not None and _says(raw)}
        if not filled:
            continue
        code = read_code(contents[places[_CODE]])
        if again.is_in(contents, filled):
            search.say("S-117", row, code_column)
            continue
        if not code.text and filled <= naming:
            if not code.blank:
                written = as_text(contents[places[_CODE]])
                search.say("S-120", row, code_column, written, raw=written, letters=_letters(written))
            else:
                search.say("S-117", row, code_column or columns.get(("name", NO_PERIOD)))
            continue
        if len(found) == _MOST_ROWS:
            raise refusal("F-031", what=_ROWS)
        found.append((row, code, contents))
    keys = assign_keys([code for _, code, _ in found], search.table.levels)
    return tuple(
        TableRow(row, key, code, contents, places) for key, (row, code, contents) in zip(keys, found, strict=True)
    )


def _picker(columns: Mapping[ColumnKey, int]) -> Callable[[Sequence[object]], tuple[object, ...]]:
    """Takes the contents of the columns out of a line."""
    numbers = [number - 1 for number in columns.values()]
    if len(numbers) == 1:
        return lambda line: (line[numbers[0]],)
    return itemgetter(*numbers)


def _says(raw: object) -> bool:
    """Whether a content is more than spaces."""
    return bool(raw.strip()) if isinstance(raw, str) else bool(as_text(raw).strip())


_CODE: ColumnKey = ("code", NO_PERIOD)
_NAMING = {"code", "name", "note"}
_MOST_ROWS = 3000
"""Ten times the rows of the longest plan: what is more is no form of ours, and every row costs time."""
_ROWS = Text("строки таблицы", "rows of a table")


class _HeaderAgain:
    """Tells rows that repeat the captions (a page break) or number the columns («1 2 3 …»)."""

    def __init__(self, search: _Search, header: int, columns: dict[ColumnKey, int]) -> None:
        self._captions = [folded(as_text(search.sheet.at(header, number))) for number in columns.values()]
        numbers = list(columns.values())
        self._first = sorted(range(len(numbers)), key=numbers.__getitem__)[:3]

    def is_in(self, contents: Sequence[object], filled: Set[int]) -> bool:
        if len(filled) <= 2:
            return False
        if all(self._captions[place] == folded(as_text(contents[place])) for place in filled):
            return True
        numbers = [folded(as_text(contents[place])) if place in filled else "" for place in self._first]
        return numbers == ["1", "2", "3"]


def _letters(raw: str) -> Text:
    """The letters that stand for digits in a code, in brackets; nothing where there are none."""
    letters = joined(lookalike_digits(raw))
    return Text(f" ({letters.ru})", f" ({letters.en})") if letters.ru else letters


def _with_names(search: _Search, rows: tuple[TableRow, ...]) -> tuple[TableRow, ...]:
    """Rows whose name is the template's formula over the industry, saved without its value: Python computes it."""
    ours = {key: row.name for key, row in search.edition.typical[search.table_id].items() if INDUSTRY in row.name}
    return tuple(
        _renamed(row, with_industry(ours[row.key.key], search.industry))
        if isinstance(row.at("name"), Uncached) and row.key.key in ours
        else row
        for row in rows
    )


def _renamed(row: TableRow, name: str) -> TableRow:
    place = row.places["name", NO_PERIOD]
    return row._replace(contents=(*row.contents[:place], name, *row.contents[place + 1 :]))


def _check_rows(search: _Search, found: FoundTable) -> None:
    code_column = found.columns.get(("code", NO_PERIOD))
    name_column = found.columns.get(("name", NO_PERIOD))
    keys = [row.key.key for row in found.rows]
    used = set(keys)
    missing = [key for key in _fixed_keys(search) if key not in used]
    free = FreeCodes(used)
    told_missing = used.union(missing)  # rows under a fixed row that is missing need no finding of their own
    first: dict[str, int] = {}
    for row in found.rows:
        _check_code(search, row, code_column)
        if row.key.key in first and not row.key.assigned:
            place = cell_name(first[row.key.key], code_column) if code_column else ""
            said = {"code": row.key.code, "first": place, "free": free.first(row.key.parent)}
            search.say("S-104", row.row, code_column, row.code.text, **said)
        first.setdefault(row.key.key, row.row)
        if row.key.parent and not {row.key.parent} & told_missing and not row.key.assigned:
            search.say("S-109", row.row, code_column, row.key.code, code=row.key.code, parent=row.key.parent)
        _check_name(search, row, name_column)
    _check_code_style(search, found, code_column)
    _check_fixed_rows(search, found, missing, code_column)


def _check_code(search: _Search, row: TableRow, column: int | None) -> None:
    raw = as_text(row.at("code"))
    if row.code.blank:
        search.say("S-106", row.row, column, None, code=row.key.code)
    elif row.key.assigned:
        guess, parent = row.code.suggestion, row.key.parent
        # A guess that belongs elsewhere («2.3.26», which a date became, under 1.3) would only mislead.
        suggestion = f", {guess}" if guess and guess.startswith(f"{parent}.") else f", {row.key.code}"
        search.say(
            "S-107", row.row, column, raw, raw=raw, code=row.key.code, suggestion=suggestion, letters=_letters(raw)
        )


def _check_name(search: _Search, row: TableRow, column: int | None) -> None:
    name, raw = row.text("name"), row.at("name")
    if isinstance(raw, (Uncached, ExcelError)):
        caption = search.table.columns["name"].caption
        rule = "V-105" if isinstance(raw, ExcelError) else "V-106"
        search.say(rule, row.row, column, name, row=row_label(row.key.code, ""), period=f"«{caption}»")
        return
    typical = search.edition.typical[search.table_id].get(row.key.key)
    if not name:
        if ("name", NO_PERIOD) in row.places and raw is None:
            search.say("S-110", row.row, column, None, code=row.key.code)
        return
    if letters := homoglyphs(name):
        search.say("S-112", row.row, column, name, letters=joined(letters))
    elif typical is not None and typical.level in search.table.fixed_levels and not same_wording(name, typical.name):
        search.say("S-111", row.row, column, name, code=row.key.code)


@lru_cache(maxsize=65536)
def same_wording(text: str, declared: str) -> bool:
    """Whether a row's text is the declared one, whatever name stands in its ``{placeholders}``.

    Digits of footnotes («оборудования8»), which people copy with the official form, do not count.
    """
    wanted, said = folded(declared).rstrip(":. "), _FOOTNOTE.sub("", folded(text)).rstrip(":. ")
    return wanted == said or ("{" in wanted and _any_name_pattern(wanted).fullmatch(said) is not None)


@cache
def _any_name_pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\\\}", lambda _: _ANY_NAME, re.escape(wanted)))


_ANY_NAME = r'[^"]*(?:"[^"]*")?'
_FOOTNOTE = re.compile(r"(?<=[а-я])[0-9]{1,2}(?![0-9а-я])")


_NO_FINAL_DOT = Text("без точки в конце", "without a final dot")
_FINAL_DOT = Text("с точкой в конце", "with a final dot")


def _check_code_style(search: _Search, found: FoundTable, column: int | None) -> None:
    """Codes with and without the final dot in one table: the fewer are told, as an info."""
    inner = {level.id for level in search.table.levels if level.within}
    rows = [r for r in found.rows if r.code.text and r.key.level not in inner]
    counts = Counter(r.code.final_dot for r in rows)
    if len(counts) < 2:
        return
    usual = counts[True] >= counts[False]
    style = _NO_FINAL_DOT if usual else _FINAL_DOT
    for row in rows:
        if row.code.final_dot != usual:
            raw = as_text(row.at("code"))
            search.say("S-113", row.row, column, raw, raw=raw, style=style)


def _fixed_keys(search: _Search) -> list[str]:
    """The keys of the rows that the form sets."""
    typical = search.edition.typical[search.table_id]
    return [key for key, row in typical.items() if row.level in search.table.fixed_levels]


def _check_fixed_rows(search: _Search, found: FoundTable, missing: list[str], column: int | None) -> None:
    fixed = set(_fixed_keys(search))
    for row in found.rows:
        if row.key.level in search.table.fixed_levels and row.key.key not in fixed and not row.key.assigned:
            search.say("S-116", row.row, column, row.code.text, code=row.key.code)
    for key in missing:
        typical = search.edition.typical[search.table_id][key]
        name = with_industry(typical.name, search.industry)
        name = name if len(name) <= 80 else name[:79] + "…"
        search.say("S-105", found.header, column, None, code=typical.code, name=name)
