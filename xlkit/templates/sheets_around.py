"""Writing the sheets around the tables: title, control, findings, approved figures, help, hidden lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from xlkit.address import cell_name, column_letters, quoted_sheet
from xlkit.books import approved
from xlkit.rules.edition import table_modes
from xlkit.rules.model import Operand
from xlkit.rules.period import Period, periods_of, read_period
from xlkit.rules.relations import Outcome
from xlkit.rules.sheetnames import APPROVED, CONTROL, FINDINGS, HELP, LISTS
from xlkit.rules.title import TitleField, title_sheet
from xlkit.templates.bookwriter import BookWriter, must
from xlkit.templates.content import ApprovedRow
from xlkit.templates.findingslist import LIST_NOTE, lay_out_findings
from xlkit.templates.formulas import REPORT_YEAR, operand_value, outcome, report_year, row_position
from xlkit.templates.helptext import help_lines
from xlkit.templates.layout import TITLE_FIRST_ROW
from xlkit.templates.mirror import ControlLine
from xlkit.templates.remarksheet import FINDING_CAPTIONS, FINDINGS_HEADER
from xlkit.templates.sheets_of_tables import write_content
from xlkit.templates.styles import (
    BLUE,
    GREEN,
    GREY,
    INDENT,
    INPUT,
    MUTED,
    NAVY,
    RED,
    YELLOW,
    row_height,
    text_lines,
)
from xlkit.values import as_text

OUTCOME_COLOURS = {
    Outcome.HOLDS: GREEN,
    Outcome.BROKEN: RED,
    Outcome.BLANK: GREY,
    Outcome.BAD: YELLOW,
}
CONTROL_HEADER = 10
_SENTENCE = 98
"""The width of a relation's sentence."""


# --- title ------------------------------------------------------------------------------------------------


def write_title(book: BookWriter) -> None:
    """«Титул»: captions in A, input in B, nothing merged; below, how the lines of «Контроль» stand."""
    sheet, styles = book.sheets[title_sheet().sheet], book.styles
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 72)
    sheet.set_column(2, 2, 52)
    sheet.set_row(0, 22)
    sheet.write_string(0, 0, "Федеральный проект «Профессионалитет»", styles.subheading())
    sheet.set_row(1, 30)
    sheet.write_string(1, 0, book.edition.book.title.ru, styles.heading())
    years = f"{book.layout.years[0]}–{book.layout.years[-1]} годы"
    sheet.write_string(2, 0, f"{years}, редакция формы {book.edition.book.edition}", styles.note())
    for name, field in title_sheet().fields.items():
        _write_title_field(book, sheet, name, field)
    _write_title_summary(book, sheet)
    last = TITLE_FIRST_ROW + len(title_sheet().fields) + 1
    sheet.freeze_panes(TITLE_FIRST_ROW - 1, 0)
    book.page(sheet, last, 3)
    book.protect(sheet)
    sheet.activate()


def _write_title_field(book: BookWriter, sheet: Any, name: str, field: TitleField) -> None:
    styles = book.styles
    row = book.layout.title_row(name) - 1
    value = _title_value(book.content.title.get(name))
    sheet.set_row(row, row_height(max(text_lines(as_text(value), 72 - INDENT), 1)) + 4)
    sheet.write_string(row, 0, field.caption, styles.cell(bold=True, bg_color=BLUE, font_color=NAVY, indent=1))
    number_format = {"num_format": "0"} if name == "first_year" else {"num_format": "@"}
    look = {"locked": field.locked, "text_wrap": True, "align": "left", "indent": 1, **number_format}
    if field.locked:
        look["bg_color"] = GREY
    write_content(sheet, (row, 1), value, styles.cell(**look))
    sheet.write_string(row, 2, field.prompt, styles.note(text_wrap=True, indent=1))
    if not field.locked:
        blank = {"type": "formula", "criteria": f'=TRIM($B${row + 1})=""', "format": _fill(book, INPUT)}
        must(sheet.conditional_format(row, 1, row, 1, blank))
    options = _title_validation(name, field)
    if options is not None:
        must(sheet.data_validation(row, 1, row, 1, options))


def _title_validation(name: str, field: TitleField) -> dict[str, Any] | None:
    """In-cell validation of a field of the title sheet."""
    if field.list:
        return {
            "validate": "list",
            "source": f"=xl_{field.list}",
            "error_title": "Значение не из списка",
            "error_message": "Выберите значение из списка.",
            "error_type": "warning",
        }
    if name == "first_year":
        return {
            "validate": "integer",
            "criteria": "between",
            "minimum": 2000,
            "maximum": 2099,
            "error_title": "Это не год",
            "error_message": "Впишите год четырьмя цифрами, например 2026.",
        }
    return None


def _title_value(value: object) -> object:
    return str(value) if isinstance(value, Period) else value


def _write_title_summary(book: BookWriter, sheet: Any) -> None:
    """How the lines of «Контроль» stand, live and in its own words."""
    styles, row = book.styles, TITLE_FIRST_ROW + len(title_sheet().fields)
    states = f"{quoted_sheet(CONTROL)}!$F${CONTROL_HEADER + 1}:$F${_control_last(book)}"
    formula = "=" + '&", "&'.join(f'"{one.value} — "&COUNTIF({states},"{one.value}")' for one in Outcome)
    counts = Counter(line.outcome for line in book.cached.control)
    shown = ", ".join(f"{one.value} — {counts[one.value]}" for one in Outcome)
    sheet.set_row(row - 1, 10)
    sheet.set_row(row, row_height(1) + 4)
    sheet.write_string(row, 0, CONTROL, styles.cell(bold=True, bg_color=BLUE, font_color=NAVY, indent=1))
    must(sheet.write_formula(row, 1, formula, styles.cell(bg_color=GREY, text_wrap=True, indent=1), shown))
    sheet.write_string(row, 2, "Считается сам по листу «Контроль»", styles.note(text_wrap=True, indent=1))
    for one in (Outcome.BROKEN, Outcome.BAD):
        alert = {"criteria": "not containing", "value": f"{one.value} — 0", "format": _fill(book, OUTCOME_COLOURS[one])}
        must(sheet.conditional_format(row, 1, row, 1, {"type": "text", **alert}))


def _fill(book: BookWriter, colour: str) -> Any:
    return book.workbook.add_format({"bg_color": colour})


# --- control ----------------------------------------------------------------------------------------------


def _control_last(book: BookWriter) -> int:
    return CONTROL_HEADER + max(len(book.cached.control), 1)


def write_control(book: BookWriter) -> None:
    """«Контроль»: every relation as a live line; hidden columns hold the rows that the sides read."""
    sheet, styles = book.sheets[CONTROL], book.styles
    for column, width in enumerate((10, _SENTENCE, 9, 16, 16, 18)):
        sheet.set_column(column, column, width)
    _write_sheet_head(book, sheet, "Контрольные соотношения", "Пересчитывается сам при каждом вводе.")
    counts = Counter(line.outcome for line in book.cached.control)
    for offset, one in enumerate(Outcome):
        sheet.write_string(3 + offset, 1, one.value, styles.cell(align="right", indent=1))
        formula = f'=COUNTIF($F${CONTROL_HEADER + 1}:$F${_control_last(book)},"{one.value}")'
        look = styles.cell(align="center", bold=True, bg_color=OUTCOME_COLOURS[one], num_format="0")
        must(sheet.write_formula(3 + offset, 2, formula, look, counts[one.value]))
    captions = ("№", "Что должно выполняться", "Год", "Левая часть", "Правая часть", "Состояние")
    sheet.set_row(CONTROL_HEADER - 1, 24)
    for column, caption in enumerate(captions):
        sheet.write_string(CONTROL_HEADER - 1, column, caption, styles.caption())
    before = ""
    for number, line in enumerate(book.cached.control, start=CONTROL_HEADER + 1):
        said = _said(book, line)
        _write_control_line(book, sheet, number, line, again=said == before)
        before = said
    for one, colour in OUTCOME_COLOURS.items():
        rule = {"type": "cell", "criteria": "==", "value": f'"{one.value}"', "format": _fill(book, colour)}
        must(sheet.conditional_format(CONTROL_HEADER, 5, _control_last(book) - 1, 5, rule))
    width = max(_helper_columns(line) for line in book.cached.control) if book.cached.control else 0
    if width:
        sheet.set_column(6, 5 + width, 6, None, {"hidden": True})
    sheet.freeze_panes(CONTROL_HEADER, 0)
    book.page(sheet, _control_last(book), 6, repeat=CONTROL_HEADER)
    book.protect(sheet)


def _leaves(operand: Operand) -> tuple[Operand, ...]:
    return operand.sum if operand.sum is not None else (operand,)


def _helper_columns(control: ControlLine) -> int:
    return sum(2 * len(_leaves(o)) for o in (control.line.relation.left, control.line.relation.right))


def _said(book: BookWriter, control: ControlLine) -> str:
    return control.line.sentence(book.layout.years[control.line.period]).ru


def _write_control_line(book: BookWriter, sheet: Any, number: int, control: ControlLine, again: bool) -> None:
    """One line; where the sentence stands ``again`` for another year it is grey, and a line sets each one apart."""
    styles, line = book.styles, control.line
    said = _said(book, control)
    group: dict[str, Any] = {} if again else {"top": 2, "top_color": NAVY}
    text = {**group, "font_color": MUTED} if again else {**group, "bold": True}
    sheet.set_row(number - 1, row_height(text_lines(said, _SENTENCE - INDENT, bold=not again)))
    sheet.write_string(number - 1, 0, line.relation.id, styles.cell(align="center", **text))
    sheet.write_string(number - 1, 1, said, styles.cell(text_wrap=True, indent=1, **text))
    year = book.layout.years[line.period]
    sheet.write_number(number - 1, 2, year, styles.cell(align="center", num_format="0", **group))
    look = styles.cell(align="center", num_format="#,##0.###;-#,##0.###;0", **group)
    helper = 7
    for column, operand, shown, row in (
        (4, line.relation.left, control.left, control.left_row),
        (5, line.relation.right, control.right, control.right_row),
    ):
        helper = _write_side(book, sheet, number, column, operand, control, shown, row, helper, look)
    formula = outcome(book.layout, line, f"$D{number}", f"$E{number}")
    state = styles.cell(align="center", bold=True, **group)
    must(sheet.write_formula(number - 1, 5, formula, state, control.outcome))


def _write_side(
    book: BookWriter, sheet: Any, number: int, column: int, operand: Operand, control: ControlLine,
    shown: float | str, row: int, helper: int, look: Any,
) -> int:  # fmt: skip
    """One side with its hidden helpers: per leaf the row found and (in a sum) its value.

    Returns the next free column.
    """
    leaves = _leaves(operand)
    first = helper
    for leaf in leaves:
        position = f"${column_letters(helper)}{number}"
        if leaf.code is not None:
            table = book.layout.tables[leaf.table or ""]
            at = row - table.header + 1 if row and operand.sum is None else 0
            must(sheet.write_formula(number - 1, helper - 1, row_position(book.layout, leaf, control.line), None, at))
        if operand.sum is not None:
            value = operand_value(book.layout, leaf, control.line, position, "")
            must(sheet.write_formula(number - 1, helper - 1 + len(leaves), value, None, ""))
        helper += 1
    parts = f"${column_letters(helper)}{number}:${column_letters(helper + len(leaves) - 1)}{number}"
    formula = operand_value(book.layout, operand, control.line, f"${column_letters(first)}{number}", parts)
    must(sheet.write_formula(number - 1, column - 1, formula, look, shown))
    return first + 2 * len(leaves)


def _write_sheet_head(book: BookWriter, sheet: Any, heading: str, note: str) -> None:
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, heading, book.styles.heading())
    sheet.set_row(1, 20)
    must(sheet.write_formula(1, 0, book.cluster_line(), book.styles.subheading(), book.cluster_line_shown()))
    sheet.write_string(2, 0, note, book.styles.note())


# --- findings ---------------------------------------------------------------------------------------------


def write_findings(book: BookWriter) -> None:
    """«Замечания»: empty in a template; the check fills it, and the colours of the other sheets look into it."""
    sheet = book.sheets[FINDINGS]
    _write_sheet_head(book, sheet, FINDINGS, LIST_NOTE)
    lay_out_findings(book.workbook, sheet, FINDINGS, book.styles)
    book.page(sheet, None, len(FINDING_CAPTIONS), repeat=FINDINGS_HEADER)


# --- approved figures -------------------------------------------------------------------------------------


def write_approved(book: BookWriter) -> None:
    """«Утверждено»: the cluster's figures from the register, locked."""
    sheet, styles = book.sheets[APPROVED], book.styles
    note = (
        f"Утверждено {book.content.approved_on}. Значения реестра ФИРПО; изменить их может только ФИРПО."
        if book.content.approved
        else "Заполняется при выдаче шаблона из реестра ФИРПО. Пока утверждённых значений нет."
    )
    _write_sheet_head(book, sheet, "Утверждённые значения", note)
    captions = approved.captions(book.layout.years)
    sheet.set_row(approved.HEADER_ROW - 1, 34)
    for column, (caption, width) in enumerate(captions):
        sheet.set_column(column, column, width)
        sheet.write_string(approved.HEADER_ROW - 1, column, caption, styles.caption())
    name_width = dict(captions)[approved.NAME]
    for number, row in enumerate(book.content.approved, start=approved.HEADER_ROW):
        sheet.set_row(number, row_height(text_lines(row.name, name_width - INDENT)))
        for column, content in enumerate(_approved_cells(book, row)):
            align = {"align": "left", "indent": 1} if column == approved.NAME_COLUMN else {"align": "center"}
            look = styles.cell(text_wrap=True, **align, bg_color=GREY, num_format="#,##0.###;-#,##0.###;0")
            write_content(sheet, (number, column), content, look)
    sheet.freeze_panes(approved.HEADER_ROW, 0)
    last = approved.HEADER_ROW + max(len(book.content.approved), 1)
    book.page(sheet, last, len(captions), repeat=approved.HEADER_ROW)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{cell_name(last, len(captions))}"})
    book.protect(sheet)


def _approved_cells(book: BookWriter, row: ApprovedRow) -> list[object]:
    """One row's contents in the order of the captions."""
    sheet = book.edition.book.tables[row.table].sheet
    values = [row.values.get(year) for year in book.layout.years]
    return [sheet, row.parent, row.code, row.name, row.unit, row.mode, row.link, *values]


# --- help and lists ---------------------------------------------------------------------------------------


def write_help(book: BookWriter) -> None:
    """«Справка»: how to fill the form, in plain Russian."""
    sheet, styles = book.sheets[HELP], book.styles
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, "Как заполнить эту книгу", styles.heading())
    number = 2
    for topic, text in help_lines(book.edition):
        lines = max(text_lines(text, 110 - INDENT), text_lines(topic, 30 - INDENT, bold=True))
        sheet.set_row(number, row_height(lines) + 3)
        sheet.write_string(number, 0, topic, styles.cell(bold=True, bg_color=BLUE, text_wrap=True, indent=1))
        sheet.write_string(number, 1, text, styles.cell(text_wrap=True, indent=1))
        number += 1
    book.page(sheet, number, 2, one_page=True)
    book.protect(sheet)


def write_lists(book: BookWriter, passport: Mapping[str, str]) -> None:
    """The hidden «Списки»: everything that drop-downs and formulas look up, each list under its name.

    The ``passport`` says what the workbook is to programs that cannot read its document properties.
    """
    sheet, edition = book.sheets[LISTS], book.edition
    linked = [c.to for t in edition.book.tables.values() for c in t.columns.values() if c.kind == "link"]
    links = [row.code for table in linked for row in edition.rows[table]]
    lists: dict[str, list[object]] = {
        "xl_regions": list(edition.regions),
        "xl_districts": list(edition.districts),
        "xl_industries": list(edition.industries),
        "xl_periods": [str(p) for p in periods_of(book.layout.years)],
        "xl_links": list(links),
    }
    for name, table in edition.book.tables.items():
        lists[f"xl_modes_{name}"] = [edition.mode(m).caption for m in table_modes(table)]
    units = unit_names(book)
    if units:
        specs = [edition.units[edition.unit_of(u) or ""] for u in units]
        lists["xl_units"] = list(units)
        lists["xl_min"] = [-1e300 if s.minimum is None else s.minimum for s in specs]
        lists["xl_max"] = [1e300 if s.maximum is None else s.maximum for s in specs]
        lists["xl_frac"] = [0 if s.whole else 1 for s in specs]
    column = 0
    for name, items in lists.items():
        if not items:
            continue
        sheet.write_string(0, column, name, book.styles.get(bold=True))
        for row, item in enumerate(items, start=1):
            write_content(sheet, (row, column), item, None)
        letters = column_letters(column + 1)
        book.name_range(name, f"{quoted_sheet(LISTS)}!${letters}$2:${letters}${len(items) + 1}")
        column += 1
    reported = read_period(as_text(_title_value(book.content.title.get("period"))))
    at = book.layout.years.index(reported.year) + 1 if reported and reported.year in book.layout.years else 0
    must(sheet.write_formula(1, column, report_year(book.layout), None, at))
    book.name_range(REPORT_YEAR, f"{quoted_sheet(LISTS)}!${column_letters(column + 1)}$2")
    sheet.write_string(0, column, REPORT_YEAR, book.styles.get(bold=True))
    for name, value in passport.items():
        column += 1
        sheet.write_string(0, column, name, book.styles.get(bold=True))
        sheet.write_string(1, column, value)
    sheet.hide()


def unit_names(book: BookWriter) -> list[str]:
    """The units of the drop-down: the canonical ones, and the ways in which the form itself writes them."""
    used = [row.unit for rows in book.edition.rows.values() for row in rows if row.unit]
    return list(dict.fromkeys([*book.edition.units, *used])) if book.edition.units else []
