"""Mistakes of a rule book's tables: columns that lead nowhere, captions that cannot be told apart, odd levels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xlkit.rules.mistakes import Path_
from xlkit.rules.model import Column, Level, RuleBook, Table
from xlkit.rules.sheetnames import OURS, reserved_names, sheet_name_mistake
from xlkit.texts import Text
from xlkit.values import folded

Say = Callable[[Path_, str, str], Text]

BY_KIND = ("code", "name", "unit", "mode", "link")
"""Kinds of which a table has one column at most, which bears the name of its kind."""

_COMPUTED = ("running_total", "lookup", "difference", "percentage")
_FILLS = {"year": [str(year) for year in range(2000, 2100)], "quarter": ["I", "II", "III", "IV"], None: [""]}
LAST_YEAR = 2099


def book_problems(book: RuleBook, title_name: str, say: Say) -> Iterator[Text]:
    """What is wrong with the book itself and its sheets together."""
    if not book.cluster_kind.strip():
        yield say(("cluster_kind",), "«cluster_kind»: не может быть пустым", "'cluster_kind' may not be empty")
    last = book.first_year + book.years - 1
    if last > LAST_YEAR:
        ru = f"последний год программы {last}: годы должны быть не позже {LAST_YEAR}"
        yield say(("first_year",), ru, f"the programme's last year is {last}: years up to {LAST_YEAR} are understood")
    for name, mode in book.modes.items():
        if not mode.caption.strip() or '"' in mode.caption:
            ru = f"«caption» учёта «{name}»: нужен текст без прямых кавычек"
            yield say(("modes", name, "caption"), ru, f"the caption of the mode {name!r}: text without straight quotes")
    taken = reserved_names() | {folded(title_name): OURS}
    for name, table in book.tables.items():
        mistake = sheet_name_mistake(table.sheet, taken)
        if mistake is not None:
            yield say(("tables", name, "sheet"), mistake.ru, mistake.en)
        taken.setdefault(folded(table.sheet), Text(f"у таблицы «{name}»", f"the table {name!r} has it"))


def table_problems(name: str, table: Table, book: RuleBook, say: Say) -> Iterator[Text]:
    """What is wrong with one table, without its levels and rows."""
    at: Path_ = ("tables", name)
    yield from _mode_problems(at, table, book, say)
    for kind in ("code", "name"):
        if sum(c.kind == kind for c in table.columns.values()) != 1:
            yield say(at, f"нужен ровно один столбец вида «{kind}»", f"exactly one column of kind {kind} is needed")
    for column_id, column in table.columns.items():
        place = (*at, "columns", column_id)
        problems = [*_id_problems(column_id, column), *_reference_problems(column_id, table, book)]
        problems += [*_period_problems(column_id, table), *_caption_problems(column)]
        for one in problems:
            yield say(place, one.ru, one.en)
    yield from _twin_captions((*at, "columns"), table, say)
    if any(c.kind == "unit" for c in table.columns.values()) and not book.units:
        ru = "столбцу вида «unit» нужен файл единиц: «units: units.csv»"
        yield say((*at, "columns"), ru, "a column of kind unit needs the file of units: 'units: units.csv'")
    if table.group_caption is not None and _value_columns(table, book) == 1:
        ru = "«group_caption» стоит над несколькими столбцами значений, а здесь столбец один: уберите его"
        en = "group_caption stands above several value columns, and there is one: remove it"
        yield say((*at, "group_caption"), ru, en)


# --- modes ------------------------------------------------------------------------------------------------


def _mode_problems(at: Path_, table: Table, book: RuleBook, say: Say) -> Iterator[Text]:
    columns = {c.kind for c in table.columns.values()}
    listed = [m for c in table.columns.values() if c.kind == "mode" for m in c.modes]
    used = [*([table.mode] if table.mode else []), *listed]
    for mode in used:
        if mode not in book.modes:
            yield say(at, f"нет учёта «{mode}» среди «modes»", f"no mode {mode!r} among modes")
    if table.mode and "mode" in columns:
        ru = "учёт задан дважды: словом «mode» таблицы и столбцом вида «mode»"
        yield say((*at, "mode"), ru, "the mode is set twice: by the table's word mode and by a column of kind mode")
    if not used and columns & {"value", "running_total"}:
        ru = "нужен учёт: слово «mode» таблицы или столбец вида «mode»"
        yield say(at, ru, "a mode is needed: the table's word mode or a column of kind mode")
    captions: dict[str, str] = {}
    for mode in listed:
        caption = folded(book.modes[mode].caption) if mode in book.modes else mode
        if caption in captions:
            ru = f"учёты «{captions[caption]}» и «{mode}» называются в книге одинаково"
            yield say((*at, "columns"), ru, f"the modes {captions[caption]!r} and {mode!r} have one caption")
        captions[caption] = mode


# --- levels -----------------------------------------------------------------------------------------------


def level_problems(name: str, table: Table, say: Say) -> Iterator[Text]:
    """What is wrong with a table's levels: codes that could be of either, levels in no order."""
    at: Path_ = ("tables", name, "levels")
    levels = table.levels
    outer = {level.id: level for level in levels if not level.within}
    for i, level in enumerate(levels):
        if any(level.id == other.id for other in levels[:i]):
            yield say((*at, i), f"уровень «{level.id}» повторяется", f"the level {level.id!r} stands twice")
        elif any((level.parts, level.digits) == (other.parts, other.digits) for other in levels[:i]):
            ru = f"коды уровня «{level.id}» не отличить от кодов другого уровня: разные «parts» или «digits»"
            yield say((*at, i), ru, f"the codes of the level {level.id!r} look like another's: other parts or digits")
        if level.within is not None and level.within not in outer:
            ru = f"«within»: нет внешнего уровня «{level.within}»"
            yield say((*at, i), ru, f"within: no outer level {level.within!r}")
    if not outer:
        yield say(at, "нужен уровень без слова «within»", "a level without the word within is needed")
        return
    yield from _order_problems(at, list(outer.values()), table, say)


def _order_problems(at: Path_, outer: list[Level], table: Table, say: Say) -> Iterator[Text]:
    parts, fixed = [level.parts for level in outer], [level.fixed for level in outer]
    if parts != sorted(parts):
        ru = "уровни перечисляются от внешнего к внутреннему: «parts» не убывают"
        yield say(at, ru, "levels are listed from the outermost inwards: parts do not fall")
    if fixed != sorted(fixed, reverse=True):
        ru = "уровень с «fixed: true» не может стоять внутри того, который меняет кластер"
        yield say(at, ru, "a level with fixed: true cannot lie within one that the cluster changes")
    elif table.spare_rows and (not fixed[0] or fixed[-1]):
        ru = "свободным строкам «spare_rows» нужны уровень с «fixed: true» и уровень без него внутри"
        yield say(at[:-1], ru, "spare_rows need a level with fixed: true and one without it inside")


# --- columns ----------------------------------------------------------------------------------------------


def _per(column: Column) -> str | None:
    return getattr(column, "per", None)


def _id_problems(column_id: str, column: Column) -> Iterator[Text]:
    """Columns are looked up by these names: in workbooks, in the register and in formulas."""
    if column.kind in BY_KIND and column_id != column.kind:
        yield Text(
            f"столбец вида «{column.kind}» должен называться «{column.kind}», а не «{column_id}»",
            f"a column of kind {column.kind} must be called {column.kind!r}, not {column_id!r}",
        )
    elif column_id in (*BY_KIND, "value") and column_id != column.kind:
        yield Text(
            f"имя «{column_id}» оставлено столбцу вида «{column_id}»",
            f"the name {column_id!r} is kept for the column of kind {column_id}",
        )
    elif column.kind == "value" and _per(column) and column_id != "value":
        yield Text(
            f"столбец значений по годам или кварталам должен называться «value», а не «{column_id}»",
            f"the column of values per year or quarter must be called 'value', not {column_id!r}",
        )


def _reference_problems(column_id: str, table: Table, book: RuleBook) -> Iterator[Text]:
    column = table.columns[column_id]
    if column.kind == "link" and column.to not in book.tables:
        yield Text(f"нет таблицы «{column.to}»", f"no table {column.to!r}")
    if column.kind == "lookup":
        yield from _lookup_problems(column.table, column.column, book)
    before = list(table.columns)[: list(table.columns).index(column_id)]
    for attribute in ("of", "opening", "minus", "base"):
        other = getattr(column, attribute, None)
        if other is None:
            continue
        if other not in table.columns:
            yield Text(f"«{attribute}»: нет столбца «{other}»", f"{attribute}: no column {other!r}")
        elif column.kind in ("difference", "percentage"):
            yield from _term_problems(attribute, other, table, before)
        elif attribute == "of" and (table.columns[other].kind != "value" or not _per(table.columns[other])):
            ru = f"«of»: итог складывается из столбца вида «value» по годам или кварталам, «{other}» не такой"
            yield Text(ru, f"of: a total adds up a column of kind value per year or quarter, and {other!r} is none")
        elif attribute == "opening" and (table.columns[other].kind != "value" or _per(table.columns[other])):
            ru = f"«opening»: нужен столбец вида «value» без «per», «{other}» не такой"
            yield Text(ru, f"opening: a column of kind value without per is needed, and {other!r} is none")


def _lookup_problems(table_id: str, column_id: str, book: RuleBook) -> Iterator[Text]:
    source = book.tables.get(table_id)
    if source is None:
        yield Text(f"нет таблицы «{table_id}»", f"no table {table_id!r}")
        return
    column = source.columns.get(column_id)
    if column is None or column.kind != "value" or _per(column) != "year":
        yield Text(
            f"в таблице «{table_id}» нет столбца «{column_id}» со значениями по годам",
            f"the table {table_id!r} has no column {column_id!r} with values per year",
        )


def _term_problems(attribute: str, other: str, table: Table, before: list[str]) -> Iterator[Text]:
    column = table.columns[other]
    if column.kind not in _COMPUTED or _per(column):
        ru = f"«{attribute}»: «{other}» не вычисляется одним столбцом (итог, «lookup», «difference», «percentage»)"
        yield Text(ru, f"{attribute}: {other!r} is not computed in a single column (total, lookup, …)")
    elif other not in before:
        ru = f"«{attribute}»: столбец «{other}» должен стоять раньше"
        yield Text(ru, f"{attribute}: the column {other!r} must stand before")


def _period_problems(column_id: str, table: Table) -> Iterator[Text]:
    column = table.columns[column_id]
    if _per(column) == "quarter" and table.stage != "actuals":
        yield Text(
            "кварталы бывают только в таблице «stage: actuals»", "quarters belong into a table of stage: actuals"
        )
    if column.kind != "running_total":
        return
    source = table.columns.get(column.of)
    if _per(column) and source is not None and _per(source) not in (None, _per(column)):
        yield Text(
            f"«per» итога и столбца «{column.of}» различаются",
            f"per of the total and of the column {column.of!r} differ",
        )
    totals = [name for name, other in table.columns.items() if other.kind == "running_total"]
    if column_id != totals[0]:
        yield Text("в таблице может быть один столбец итогов", "a table may have one column of running totals")


# --- captions ---------------------------------------------------------------------------------------------


def _caption_problems(column: Column) -> Iterator[Text]:
    per = _per(column)
    rest = column.caption
    if per:
        rest = rest.replace("{" + per + "}", "", 1)
    if per and rest == column.caption:
        yield Text(f"в заголовке нет {{{per}}}", f"the caption lacks {{{per}}}")
    elif "{" in rest or "}" in rest:
        ru, en = (f"подстановка {{{per}}}, один раз", f"{{{per}}}, once") if per else ("текст без скобок", "no braces")
        yield Text(
            f"заголовок «{column.caption}»: допустимо только: {ru}",
            f"the caption {column.caption!r}: allowed in it: {en}",
        )
    if not column.caption.strip():
        yield Text("заголовок столбца пуст", "the column has no caption")


def _twin_captions(at: Path_, table: Table, say: Say) -> Iterator[Text]:
    """Columns are found by their captions, so no two may be alike in any year."""
    owners: dict[str, str] = {}
    for column_id, column in table.columns.items():
        per = _per(column)
        captions = [folded(column.caption.replace("{" + str(per) + "}", fill)) for fill in _FILLS[per]]
        twin = next((c for c in captions if c and owners.get(c, column_id) != column_id), None)
        if twin is not None:
            other = owners[twin]
            alike = column.caption if column.caption == table.columns[other].caption else twin
            ru = f"столбцы «{other}» и «{column_id}» имеют один заголовок: «{alike}»"
            yield say((*at, column_id), ru, f"the columns {other!r} and {column_id!r} have one caption: {alike!r}")
        for caption in captions:
            owners.setdefault(caption, column_id)


def _value_columns(table: Table, book: RuleBook) -> int:
    """How many columns stand under the group caption."""
    counts = {"year": book.years, "quarter": 4, None: 0}
    return sum(counts[_per(c)] for c in table.columns.values() if c.kind == "value")
