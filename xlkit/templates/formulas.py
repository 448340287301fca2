"""The workbook's own formulas, generated from the rule book; Excel 2010+ and LibreOffice compute them.

They count true numbers only: text that looks like a number shows as «не число», so that the person sees it.
What they compute is mirrored by :mod:`xlkit.rules.totals` and :mod:`xlkit.rules.relations` in the live view;
a test compares the two in LibreOffice.
"""

from __future__ import annotations

from xlkit.books.captions import NO_PERIOD
from xlkit.rules.edition import ANY_INDUSTRY, INDUSTRY, table_modes
from xlkit.rules.model import (
    DifferenceColumn,
    LookupColumn,
    Operand,
    PercentageColumn,
    RunningTotalColumn,
)
from xlkit.rules.relations import Line, Outcome, tolerance_of
from xlkit.rules.totals import DASH, NO_TOTAL, NOT_A_NUMBER
from xlkit.rules.views import total_column, value_column
from xlkit.templates.layout import Layout, TableLayout
from xlkit.values import CROSSES, DASHES, YES

REPORT_YEAR = "xlkit_report_year"
"""Defined name: which of the programme's years is reported (1…), 0 for none."""

_MAX_LITERAL = 250


def text_literal(text: str) -> str:
    """A string in a formula; long ones as several joined by &, since Excel takes 255 characters each."""
    pieces = [text[i : i + _MAX_LITERAL] for i in range(0, len(text), _MAX_LITERAL)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def _array(texts: tuple[str, ...]) -> str:
    return "{" + ",".join(f'"{t}"' for t in texts) + "}"


_DASH_SET = _array((*DASHES, *CROSSES))
_EMPTY_SET = _array(("", *DASHES, *CROSSES))


def is_dash(cell: str) -> str:
    """A dash, or the cross of a period that has not come."""
    return f"IF(ISTEXT({cell}),OR(LOWER(TRIM({cell}))={_DASH_SET}),FALSE)"


def is_empty(cell: str) -> str:
    """Blank, a dash or a cross."""
    return f"IF(ISTEXT({cell}),OR(LOWER(TRIM({cell}))={_EMPTY_SET}),ISBLANK({cell}))"


def is_yes(cell: str) -> str:
    return f'IF(ISTEXT({cell}),LOWER(TRIM({cell}))="{YES}",FALSE)'


# --- running totals ---------------------------------------------------------------------------------------


def _running_total(layout: Layout, table: TableLayout, spec: RunningTotalColumn, period: int, row: int) -> str:
    """The running total of a row at a period, by the mode that its cell «Учёт» names."""
    cells = _summed_cells(table, spec, period, row)
    mode_column = next((n for n, c in table.table.columns.items() if c.kind == "mode"), None)
    expression = '""'
    for mode_id in reversed(table_modes(table.table)):
        mode = layout.edition.mode(mode_id)
        computed = _TOTALS[mode.total](cells)
        if mode_column is None:
            expression = computed
        else:
            cell = f"${table.letters(mode_column)}{row}"
            expression = f'IF(LOWER(TRIM({cell}))="{mode.caption}",{computed},{expression})'
    return f'=IFERROR({expression},"")'


def _summed_cells(layout: TableLayout, spec: RunningTotalColumn, period: int, row: int) -> list[str]:
    cells = [f"${layout.letters(spec.opening)}{row}"] if spec.opening else []
    periods = sorted(p for c, p in layout.columns if c == spec.of)
    last = period if spec.per else periods[-1]
    return cells + [f"${layout.letters(spec.of, p)}{row}" for p in periods if p <= last]


def _nothing_yet(cells: list[str]) -> str:
    return f'IF(OR({",".join(is_dash(c) for c in cells)}),"{DASH}","")'


def _sum(cells: list[str]) -> str:
    sound = ",".join(f"OR(ISNUMBER({c}),{is_empty(c)})" for c in cells)
    refs = ",".join(cells)
    return f'IF(AND({sound}),IF(COUNT({refs})>0,SUM({refs}),{_nothing_yet(cells)}),"{NOT_A_NUMBER}")'


def _last(cells: list[str]) -> str:
    expression = _nothing_yet(cells)
    for cell in cells:
        expression = f'IF(ISNUMBER({cell}),{cell},IF({is_empty(cell)},{expression},"{NOT_A_NUMBER}"))'
    return expression


def _once(cells: list[str]) -> str:
    yes = ",".join(is_yes(c) for c in cells)
    empty = ",".join(is_empty(c) for c in cells)
    return f'IF(OR({yes}),"{YES}",IF(AND({empty}),{_nothing_yet(cells)},"{NOT_A_NUMBER}"))'


def _none(_: list[str]) -> str:
    return f'"{NO_TOTAL}"'


_TOTALS = {"sum": _sum, "last": _last, "once": _once, "none": _none}


# --- other computed columns -------------------------------------------------------------------------------


def computed_cell(layout: Layout, table: TableLayout, column: str, period: int, row: int) -> str:
    """The formula of any computed column."""
    spec = table.table.columns[column]
    if isinstance(spec, RunningTotalColumn):
        return _running_total(layout, table, spec, period, row)
    if isinstance(spec, LookupColumn):
        return _lookup(layout, table, spec, row)
    if isinstance(spec, DifferenceColumn):
        a, b = (f"{table.letters(c)}{row}" for c in (spec.of, spec.minus))
        return _of_two(a, b, f"{a}-{b}")
    assert isinstance(spec, PercentageColumn)
    a, b = (f"{table.letters(c)}{row}" for c in (spec.of, spec.base))
    return _of_two(a, b, f'IF({b}=0,"{DASH}",100*{a}/{b})')


def _lookup(layout: Layout, table: TableLayout, spec: LookupColumn, row: int) -> str:
    source = layout.tables[spec.table]
    periods = sorted(p for c, p in source.columns if c == spec.column)
    spans = ",".join(source.span(spec.column, p) for p in periods)
    code = _bare(f"${table.letters('code')}{row}")
    cell = f"INDEX(CHOOSE({REPORT_YEAR},{spans}),{_match(code, source.span('code'))})"
    return f'=IF({REPORT_YEAR}=0,"",IFERROR({classify(cell)},""))'


def _of_two(a: str, b: str, computed: str) -> str:
    def bad(cell: str) -> str:
        return f'AND(ISTEXT({cell}),{cell}<>"",{cell}<>"{DASH}")'

    numbers = f'IF(AND(ISNUMBER({a}),ISNUMBER({b})),{computed},"{DASH}")'
    return f'=IF(OR({bad(a)},{bad(b)}),"{NOT_A_NUMBER}",IF(OR({a}="",{b}=""),"",{numbers}))'


def classify(cell: str, crosses: bool = True) -> str:
    """A cell's content as relations see it: the number, «-», «да», nothing, or «не число»."""
    dashes = _DASH_SET if crosses else _array(DASHES)
    text = (
        f'IF(TRIM({cell})="","",IF(OR(LOWER(TRIM({cell}))={dashes}),"{DASH}",'
        f'IF(LOWER(TRIM({cell}))="{YES}","{YES}","{NOT_A_NUMBER}")))'
    )
    return f'IF(ISNUMBER({cell}),{cell},IF(ISBLANK({cell}),"",IF(ISTEXT({cell}),{text},"{NOT_A_NUMBER}")))'


def industry_name(name: str, layout: Layout) -> str:
    """A row's name as a formula over the title sheet's industry; it shows what ``with_industry`` gives."""
    before, _, after = name.partition(INDUSTRY)
    cell = layout.title_cell("industry")
    industry = f'IF(TRIM({cell})="","{ANY_INDUSTRY}","отрасли «"&TRIM({cell})&"»")'
    return f"={text_literal(before)}&{industry}&{text_literal(after)}"


def report_year(layout: Layout) -> str:
    """Which year of the programme the title sheet's period names, wherever in its text the year stands."""
    cell = layout.title_cell("period")
    expression = "0"
    for number, year in reversed(list(enumerate(layout.years, start=1))):
        expression = f'IF(ISNUMBER(SEARCH("{year}",{cell})),{number},{expression})'
    return f"={expression}"


# --- relations --------------------------------------------------------------------------------------------


def row_position(layout: Layout, operand: Operand, line: Line) -> str:
    """The row of an operand's key within its table's span; 0 where there is none."""
    table = layout.tables[operand.table or ""]
    key = line.key_of(operand)
    holder, _, inner = key.rpartition("/")
    codes = table.span("code")
    if not holder:
        return f"=IFERROR({_match(_needle(key), codes)},0)"
    start = _match(_needle(holder), codes)
    following = _next_outer(layout, operand.table or "", holder)
    end = f"IFERROR({_match(_needle(following), codes)},ROWS({codes}))" if following else f"ROWS({codes})"
    span = f"INDEX({codes},{start}):INDEX({codes},{end})"
    return f"=IFERROR({start}-1+{_match(_needle(inner), span)},0)"


def _needle(code: str) -> str:
    return f'"{code}."'


def _bare(cells: str) -> str:
    """Codes as :func:`xlkit.rules.codes.read_code` compares them: no spaces, and all with one final dot."""
    expression = f'{cells}&"."'
    for stray in ('" "', '"\u00a0"', "CHAR(10)"):
        expression = f'SUBSTITUTE({expression},{stray},"")'
    return f'SUBSTITUTE({expression},"..",".")'


def _match(needle: str, span: str) -> str:
    """Where a bare code stands among codes as people write them; SUMPRODUCT lets MATCH see an array of texts."""
    return f"SUMPRODUCT(MATCH({needle},{_bare(span)},0))"


def _next_outer(layout: Layout, table_id: str, holder: str) -> str | None:
    codes = [key for key in layout.edition.typical[table_id] if "/" not in key]
    at = codes.index(holder) + 1 if holder in codes else len(codes)
    return codes[at] if at < len(codes) else None


def operand_value(layout: Layout, operand: Operand, line: Line, position: str, parts: str) -> str:
    """The value of one side.

    ``position`` is the cell that holds the row found by :func:`row_position`, ``parts`` the range of the
    addends of a sum.
    """
    if operand.number is not None:
        return f"={operand.number * operand.times}"
    if operand.sum is not None:
        expression = (
            f'IF(COUNTIF({parts},"{NOT_A_NUMBER}")>0,"{NOT_A_NUMBER}",'
            f'IF(COUNTIF({parts},"")>0,"",IF(COUNT({parts})>0,SUM({parts}),"{DASH}")))'
        )
    else:
        table = layout.tables[operand.table or ""]
        period = line.period_of(operand)
        span = table.span(*_taken(table, operand.take, period))
        expression = (
            _fed(table, line.key_of(operand), span)
            if operand.feeds is not None
            else f'IF({position}=0,"",{classify(f"INDEX({span},{position})", operand.take == "value")})'
        )
    if operand.times != 1:
        expression = f"IF(ISNUMBER({expression}),{operand.times}*{expression},{expression})"
    return f"={expression}"


def _taken(table: TableLayout, take: str, period: int) -> tuple[str, int]:
    """The column that an operand reads; without a total column, a table of one mode is read as it stands."""
    found = total_column(table.table) if take == "running_total" else None
    name, column = found or value_column(table.table) or ("value", None)
    return name, period if getattr(column, "per", None) else NO_PERIOD


def _fed(table: TableLayout, code: str, span: str) -> str:
    link = next(n for n, c in table.table.columns.items() if c.kind == "link")
    fed = f"({_bare(table.span(link))}={_needle(code)})"

    def count(condition: str) -> str:
        return f"SUMPRODUCT({fed}*{condition})"

    all_rows, numbers = f"SUMPRODUCT({fed}*1)", count(f"ISNUMBER({span})")
    blanks, dashes = count(f'({span}="")'), "+".join(count(f'({span}="{dash}")') for dash in DASHES)
    total = f'IF({blanks}>0,"",IF({numbers}>0,SUMPRODUCT({fed}*1,{span}),"{DASH}"))'
    sound = f'IF({all_rows}>{numbers}+{blanks}+{dashes},"{NOT_A_NUMBER}",{total})'
    return f'IFERROR(IF({all_rows}=0,"",{sound}),"{NOT_A_NUMBER}")'


def outcome(layout: Layout, line: Line, left: str, right: str) -> str:
    """The state of a line from the cells of its sides."""

    def number(cell: str) -> str:
        return f'IF({cell}="{YES}",1,IF({cell}="{DASH}",0,{cell}))'

    tolerance = f"{tolerance_of(layout.edition, line):.10g}"
    gap = f"{number(left)}-{number(right)}"
    fits = {"=": f"ABS({gap})<={tolerance}", "<=": f"{gap}<={tolerance}", ">=": f"{gap}>=-{tolerance}"}[
        line.relation.op
    ]
    if line.relation.dash == "differs":
        fits = f'IF(({left}="{DASH}")<>({right}="{DASH}"),FALSE,{fits})'
    elif line.relation.dash == "skip":
        fits = f'IF(OR({left}="{DASH}",{right}="{DASH}"),TRUE,{fits})'
    return (
        f'=IF(OR({left}="{NOT_A_NUMBER}",{right}="{NOT_A_NUMBER}"),"{Outcome.BAD}",'
        f'IF(OR({left}="",{right}=""),"{Outcome.BLANK}",IF({fits},"{Outcome.HOLDS}","{Outcome.BROKEN}")))'
    )
