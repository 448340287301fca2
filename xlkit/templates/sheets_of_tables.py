"""Writing the sheets of a form's tables: «План», «Показатели», «Факт»."""

from __future__ import annotations

import datetime as dt
from typing import Any

from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD, ColumnKey
from xlkit.rules.edition import INDUSTRY, table_modes, with_industry
from xlkit.rules.model import Level
from xlkit.templates.bookwriter import BookWriter, must
from xlkit.templates.content import RowContent
from xlkit.templates.findingslist import colour_findings
from xlkit.templates.formulas import computed_cell, industry_name
from xlkit.templates.layout import TableLayout
from xlkit.templates.mirror import COMPUTED
from xlkit.templates.styles import BLUE, GREY, INDENT, INPUT, MUTED, PALE_BLUE, RED, row_height, text_lines
from xlkit.values import DASHES, YES, ExcelError, Uncached

WIDTHS = {
    "code": 10, "unit": 13, "mode": 16, "link": 13, "value": 11.5, "running_total": 14, "lookup": 13,
    "difference": 13, "percentage": 13, "text": 30,
}  # fmt: skip
_SHEET_WIDTH, _NAME_WIDTHS = 185, (60, 95)
_SHORT_MODE = 11
"""A column of short modes, where nobody can choose «нарастающим итогом»."""
_ONE_PAGE = 12
"""Tables of at most so many fixed rows print on one page: a last row alone on the next looks lost."""
_CENTERED = ("code", "unit", "mode", "link", "value", "running_total", "lookup", "difference", "percentage")
_WHOLE, _BROKEN = "#,##0", "#,##0.0##"

_TABLE_NOTE = (
    "Кластер заполняет белые и желтоватые ячейки; серые считаются сами. "
    "Если ничего не планируется, поставьте прочерк «-», не ноль и не пробел."
)


def column_width(table: TableLayout, key: ColumnKey) -> float:
    """A column's width in characters; the names take what the other columns leave of a landscape page."""
    kind = table.spec(key).kind
    if kind == "mode" and _fixed(table) and not any("нарастающим" in row.mode for row in table.rows):
        return _SHORT_MODE
    if kind != "name":
        return WIDTHS[kind]
    others = sum(column_width(table, k) for k in table.columns if k != key)
    return min(max(_SHEET_WIDTH - others, _NAME_WIDTHS[0]), _NAME_WIDTHS[1])


def _fixed(table: TableLayout) -> bool:
    """Whether all rows are the form's own."""
    return all(level.fixed for level in table.table.levels)


def write_table(book: BookWriter, table: TableLayout) -> None:
    """One table's sheet with its formulas, drop-downs, validation, live colours and print setup."""
    sheet = book.sheets[table.table.sheet]
    _write_head(book, sheet, table)
    for offset, row in enumerate(table.rows):
        _write_row(book, sheet, table, table.first + offset, row)
    footer = book.styles.get(top=2, top_color=MUTED, locked=True)
    sheet.set_row(table.footer - 1, 6)
    for column in range(table.width):
        sheet.write_blank(table.footer - 1, column, None, footer)
    _add_validation(book, sheet, table)
    _add_colours(book, sheet, table)
    name_column = table.columns["name", NO_PERIOD]
    sheet.freeze_panes(table.header, name_column)
    one_page = _fixed(table) and len(table.rows) <= _ONE_PAGE
    book.page(sheet, table.footer, table.width, repeat=table.header, one_page=one_page)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{cell_name(table.footer, table.width)}"})
    book.protect(sheet)


def _write_head(book: BookWriter, sheet: Any, table: TableLayout) -> None:
    styles = book.styles
    for key, column in table.columns.items():
        sheet.set_column(column - 1, column - 1, column_width(table, key))
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, table.table.heading.ru, styles.heading())
    sheet.set_row(1, 20)
    must(sheet.write_formula(1, 0, book.cluster_line(), styles.subheading(), book.cluster_line_shown()))
    sheet.set_row(2, 18)
    sheet.write_string(2, 0, _TABLE_NOTE, styles.note())
    sheet.set_row(3, 6)
    values = [c for k, c in table.columns.items() if table.spec(k).kind == "value" and k[1] >= 0]
    sheet.set_row(4, 18)
    if table.table.group_caption and values:
        must(sheet.merge_range(4, min(values) - 1, 4, max(values) - 1, table.table.group_caption, styles.caption()))
    heights = [text_lines(caption, column_width(table, key), 10, bold=True) for key, caption in table.captions.items()]
    sheet.set_row(table.header - 1, row_height(max(heights), 10) + 4)
    for key, column in table.columns.items():
        sheet.write_string(table.header - 1, column - 1, table.captions[key], styles.caption())


def _write_row(book: BookWriter, sheet: Any, table: TableLayout, number: int, row: RowContent) -> None:
    level = next(one for one in table.table.levels if one.id == row.level)
    name = with_industry(row.name, book.content.title.get("industry"))
    heading = level.fixed and not level.values and not row.carries
    bold = level.fixed and not level.values
    room = column_width(table, ("name", NO_PERIOD)) - INDENT * _indent(level)
    words = [text_lines(getattr(row, one), column_width(table, (one, NO_PERIOD))) for one in ("unit", "mode")
             if table.has(one)]  # fmt: skip
    lines = max(text_lines(name, room, bold=bold), *words, 1)
    unlocked = book.styles.get(locked=False)
    sheet.set_row(number - 1, row_height(lines), None if level.fixed else unlocked)
    for key, column in table.columns.items():
        look = _look(table, key, row, heading, bold)
        if isinstance(row.at(table.spec(key).kind, key), dt.date):
            look["num_format"] = "dd.mm.yyyy"
        _write_cell(book, sheet, table, (number, column), key, row, book.styles.cell(**look))


def _indent(level: Level) -> int:
    """How far a row's name stands from the border."""
    return 3 if level.within else 1


def _look(table: TableLayout, key: ColumnKey, row: RowContent, heading: bool, bold: bool) -> dict[str, Any]:
    """Format properties of a cell by its level and column."""
    kind = table.spec(key).kind
    levels = [level.id for level in table.table.levels]
    level = next(one for one in table.table.levels if one.id == row.level)
    look: dict[str, Any] = {"text_wrap": kind in ("name", "unit", "mode", "text")}
    if bold:
        look["bg_color"] = BLUE if levels.index(row.level) == 0 else PALE_BLUE
        look["bold"] = kind in ("code", "name")
    if kind in _CENTERED:
        look["align"] = "center"
    if kind in ("code", "link"):
        look["num_format"] = "@"
    if kind in ("name", "text"):
        look |= {"align": "left", "indent": _indent(level)}
    if kind in COMPUTED:
        look["num_format"] = "0.0" if kind == "percentage" else _WHOLE
        if not heading:
            look |= {"bg_color": GREY, "font_color": "#404040"}
    if kind == "value":
        look["num_format"] = _WHOLE
    fixed_text = level.fixed and kind in ("code", "name", "unit", "mode", "link")
    computed_in_fixed = level.fixed and kind in COMPUTED
    look["locked"] = heading or fixed_text or computed_in_fixed
    return look


def _write_cell(
    book: BookWriter, sheet: Any, table: TableLayout, place: tuple[int, int], key: ColumnKey, row: RowContent, look: Any
) -> None:
    number, column = place
    at = number - 1, column - 1
    kind = table.spec(key).kind
    literal = row.at(kind, key)
    if kind in COMPUTED and literal is None and _carries(table, row):
        formula = computed_cell(book.layout, table, key[0], key[1], number)
        must(sheet.write_formula(*at, formula, look, book.cached.computed.get((table.table_id, *key, number), "")))
    elif kind == "name" and INDUSTRY in row.name:
        shown = with_industry(row.name, book.content.title.get("industry"))
        must(sheet.write_formula(*at, industry_name(row.name, book.layout), look, shown))
    else:
        write_content(sheet, at, literal, look)


def _carries(table: TableLayout, row: RowContent) -> bool:
    """Whether a row has computed cells: every row but the fixed headings."""
    level = next(one for one in table.table.levels if one.id == row.level)
    return row.carries or level.values


def write_content(sheet: Any, at: tuple[int, int], content: object, look: Any) -> None:
    """A content as a reader gives it: text stays text (never a formula or link), nothing is an empty cell."""
    if content is None or content == "":
        must(sheet.write_blank(*at, None, look))
    elif isinstance(content, bool):
        must(sheet.write_boolean(*at, content, look))
    elif isinstance(content, (int, float)):
        must(sheet.write_number(*at, content, look))
    elif isinstance(content, dt.date):
        must(sheet.write_datetime(*at, dt.datetime(content.year, content.month, content.day), look))
    elif isinstance(content, ExcelError):
        must(sheet.write_formula(*at, f"={content.code}", look, content.code))
    elif isinstance(content, Uncached):
        must(sheet.write_formula(*at, f"={content.formula}", look, ""))
    else:
        must(sheet.write_string(*at, str(content), look))


# --- validation and colours -------------------------------------------------------------------------------


def _area(table: TableLayout, column: int) -> tuple[int, int, int, int]:
    return table.first - 1, column - 1, table.last - 1, column - 1


def _add_validation(book: BookWriter, sheet: Any, table: TableLayout) -> None:
    for key, column in table.columns.items():
        kind = table.spec(key).kind
        if kind in ("unit", "mode", "link"):
            source = f"xl_{kind}s_{table.table_id}" if kind == "mode" else f"xl_{kind}s"
            options: dict[str, Any] = {
                "validate": "list",
                "source": f"={source}",
                "error_title": "Значение не из списка",
                "error_message": "Выберите значение из списка.",
                "error_type": "warning",
            }
        elif kind == "value":
            options = {
                "validate": "custom",
                "value": _value_rule(book, table, column),
                "error_title": "Проверьте значение",
                "error_message": _value_message(book, table),
            }
        else:
            continue
        must(sheet.data_validation(*_area(table, column), options))


def _value_rule(book: BookWriter, table: TableLayout, column: int) -> str:
    """What a value cell takes: a number of its unit's domain, a dash, «да» in a yes-no row, a cross in a quarter."""
    cell = cell_name(table.first, column)
    allowed = [*DASHES]
    modes = [book.edition.mode(m) for m in table_modes(table.table)]
    if any(m.values == "flag" for m in modes):
        allowed.append(YES)
    if any(getattr(c, "per", None) == "quarter" for c in table.table.columns.values()):
        allowed.append("х")
    texts = ",".join(f'{cell}="{text}"' for text in allowed)
    if not table.has("unit") or not book.edition.units:
        return f"=OR(ISNUMBER({cell}),{texts})"
    unit = f"${table.letters('unit')}{table.first}"
    at = f"MATCH({unit},xl_units,0)"
    return (
        f"=OR({texts},AND(ISNUMBER({cell}),{cell}>=IFERROR(INDEX(xl_min,{at}),{cell}),"
        f"{cell}<=IFERROR(INDEX(xl_max,{at}),{cell}),OR({cell}=INT({cell}),IFERROR(INDEX(xl_frac,{at}),1)=1)))"
    )


def _value_message(book: BookWriter, table: TableLayout) -> str:
    flags = any(book.edition.mode(m).values == "flag" for m in table_modes(table.table))
    yes = " В строках с учётом «да-нет» — «да» или прочерк." if flags else ""
    return f"Впишите только число (без единицы измерения) или прочерк «-».{yes} Для «чел.» и «ед.» число целое."


def _add_colours(book: BookWriter, sheet: Any, table: TableLayout) -> None:
    """Live colours: findings of the last check, text where a number belongs, cells still to be filled."""
    area = table.first - 1, 0, table.last - 1, table.width - 1
    colour_findings(book.workbook, sheet, table.table.sheet, area)
    broken = book.workbook.add_format({"num_format": _BROKEN})
    bad = book.workbook.add_format({"bg_color": RED, "font_color": "#9C0006"})
    todo = book.workbook.add_format({"bg_color": INPUT})
    for key, column in table.columns.items():
        if table.spec(key).kind != "value" and table.spec(key).kind not in COMPUTED:
            continue
        cell = cell_name(table.first, column)
        span = _area(table, column)
        fraction = f"=IF(ISNUMBER({cell}),{cell}<>INT({cell}),FALSE)"
        if table.spec(key).kind != "percentage":
            must(sheet.conditional_format(*span, {"type": "formula", "criteria": fraction, "format": broken}))
        rules: tuple[tuple[str, Any], ...]
        if table.spec(key).kind == "value":
            rules = ((_bad_rule(cell), bad), (_todo_rule(table, cell), todo))
        else:
            rules = ((f'={cell}="не число"', bad),)
        for criteria, look in rules:
            must(sheet.conditional_format(*span, {"type": "formula", "criteria": criteria, "format": look}))


def _bad_rule(cell: str) -> str:
    known = ",".join(f'LOWER(TRIM({cell}))="{text}"' for text in ("", *DASHES, YES, "х", "x"))
    return f"=IF(ISERROR({cell}),TRUE,IF(ISNUMBER({cell}),{cell}<0,IF(ISTEXT({cell}),NOT(OR({known})),FALSE)))"


def _todo_rule(table: TableLayout, cell: str) -> str:
    """An empty value cell in a row that is in use: it has a mode, or (a table without modes) a name."""
    sign = "mode" if table.has("mode") else "name"
    return f'=AND(ISBLANK({cell}),TRIM(${table.letters(sign)}{table.first})<>"")'
