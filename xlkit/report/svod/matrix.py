"""The summary's sections about a table with the same rows for everybody: sums, charts, and groups × rows × years."""

from __future__ import annotations

from dataclasses import dataclass

from xlkit.consolidate import ALL, DISTRICT, INDUSTRY, REGION, UNSTATED, Total
from xlkit.report.svod.charts import YEAR_COLOURS, ChartSpec, Series, insert_chart
from xlkit.report.svod.figures import SIGN_SAID, Figures, district_abbreviation, largest, short_title
from xlkit.report.svod.grid import Cell, Count, Grid, Look, Sum
from xlkit.store.places import Tally
from xlkit.templates.styles import MUTED, PALE_BLUE, QUESTIONED, YELLOW, text_lines

COUNT_CAPTIONS = ("Прочерк", "Пусто", "Ошибка", "Иная единица или учёт", "Нет строки", "Под вопросом")
_COUNTS = ("dashes", "blank", "doubtful", "other", "absent", "questioned")
_DIMENSIONS = {
    DISTRICT: ("По федеральным округам", "Федеральный округ"),
    INDUSTRY: ("По отраслям", "Отрасль"),
    REGION: ("По субъектам РФ", "Субъект РФ"),
}
_DISTRICT = "Федеральный округ"
_PER_ROW, _CHART_HEIGHT = 4, 260
_TOP = 15
_CENTRED = {"align": "center"}
_FIRST = 4
"""The first column of sums; before it: number, name, clusters in the register, clusters in the sums."""


def fit_matrix(grid: Grid, figures: Figures) -> None:
    """Widen the grid's columns for a table's sums."""
    for i, key in enumerate(figures.keys):
        for j, year in enumerate(figures.years):
            total = figures.whole(key, year)
            grid.fit({_FIRST + i * len(figures.years) + j: total.amount if total else None})
    grid.last = max(grid.last, _FIRST + len(figures.keys) * len(figures.years) - 1)


def write_matrices(grid: Grid, figures: Figures, form: str) -> None:
    """Sums of all clusters, then by federal district, industry and region, each with its charts."""
    grid.section(
        f"{form}: {figures.table.sheet.lower()}",
        "Суммы по принятым книгам: числа всех кластеров в единице формы. Жёлтым отмечены неполные суммы: у части "
        "кластеров значение не заполнено, с ошибкой или в иной единице; справа — сколько таких значений за все годы. "
        f"{SIGN_SAID} Состав каждой суммы — на листе «Итоги».",
    )
    write_totals(grid, figures)
    grid.new_page()
    rows = _write_groups(grid, figures, DISTRICT)
    _district_charts(grid, figures, rows)
    grid.new_page()
    rows = _write_groups(grid, figures, INDUSTRY)
    _industry_charts(grid, figures, rows)
    grid.new_page()
    _write_groups(grid, figures, REGION)
    grid.new_page()
    _region_chart(grid, figures)


# --- sums over all clusters -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Places:
    """The columns of a table of sums, from the right edge of the grid; the name takes what is left."""

    name: int
    unit: int
    mode: int | None
    years: tuple[int, ...]
    counts: int


def _places(grid: Grid, figures: Figures, modes: bool) -> _Places:
    counts = grid.last - len(COUNT_CAPTIONS) + 1
    years = tuple(counts - 3 * (len(figures.years) - i) for i in range(len(figures.years)))
    mode = years[0] - 3 if modes else None
    unit = (mode if mode is not None else years[0]) - 1
    return _Places(unit - 1, unit, mode, years, counts)


def write_totals(grid: Grid, figures: Figures, modes: bool = False) -> None:
    """One line per row of the form: for every year the sum and how many clusters are in it; then why not all."""
    at = _places(grid, figures, modes)
    captions = [(0, 0, "№ п/п"), (1, at.name, "Наименование"), (at.unit, at.unit, "Ед.")]
    captions += [(at.mode, at.mode + 2, "Учёт")] if at.mode is not None else []
    for column, year in zip(at.years, figures.years, strict=True):
        captions += [(column, column + 1, str(year)), (column + 2, column + 2, "в сумме")]
    captions += [(at.counts + i, at.counts + i, text) for i, text in enumerate(COUNT_CAPTIONS)]
    grid.captions(captions)
    for key in figures.keys:
        _total_line(grid, figures, key, at)


def _total_line(grid: Grid, figures: Figures, key: str, at: _Places) -> None:
    row = figures.row(key)
    holder, _, code = key.rpartition("/")
    name = short_title(f"{code} {row.name}" if holder else row.name, 190)
    cells: list[Cell] = [
        (0, holder or code, {"align": "center"}),
        (1, name, {"text_wrap": True, "indent": 2 if holder else 1, "to": at.name}),
        (at.unit, row.unit, {"align": "center", "text_wrap": True}),
    ]
    if at.mode is not None:
        cells.append((at.mode, row.mode, {"align": "center", "to": at.mode + 2}))
    found = [figures.whole(key, year) for year in figures.years]
    for column, total in zip(at.years, found, strict=True):
        cells.append((column, amount_cell(total), {**amount_look(total), "to": column + 1}))
        cells.append((column + 2, _opens(_counted(total), total), _CENTRED | {"font_color": MUTED}))
    totals = [t for t in found if t is not None]
    for column, why in enumerate(_COUNTS, at.counts):
        count = sum(getattr(t, why) for t in totals)
        tally = Tally(why, figures.form, table=figures.table_id, key=key)
        cells.append((column, Count(count or None, tally), _CENTRED | (count_look(why) if count else {})))
    lines = max(text_lines(name, grid.room(1, at.name), 10), text_lines(row.unit, grid.width(at.unit), 10))
    grid.line(cells, lines=lines)


def _counted(total: Total | None) -> object:
    """How many clusters are in a sum, or in a count of «да»."""
    return (total.given or None) if total is not None else None


def amount_shown(total: Total | None) -> object:
    """A sum; «да: 5» where a state is counted; «х» for what is not added up; nothing where no figure came."""
    if total is None or not total.clusters:
        return None
    if total.yes and not total.numbers:
        return f"да: {total.yes}"
    if total.amount is not None:
        return total.amount
    return "х" if total.numbers else ("-" if total.dashes else None)


def amount_cell(total: Total | None) -> object:
    """The same as a cell that opens its total."""
    return _opens(amount_shown(total), total)


def _opens(shown: object, total: Total | None) -> object:
    return shown if total is None else Sum(shown, total)


def amount_look(total: Total | None) -> Look:
    """A sum is yellow where it is not complete; where a figure of it is questionable a «?» follows, in a colour."""
    sign = total is not None and total.questioned > 0 and (total.amount is not None or total.yes > 0)
    look: Look = {"align": "right", "sign": sign} | (count_look("questioned") if sign else {})
    return look | {"bg_color": YELLOW} if total is not None and total.missing else look


def count_look(name: str) -> Look:
    """How a count that is not 0 stands out: what is not in a sum, or questionable in it."""
    if name == "questioned":
        return {"font_color": QUESTIONED}
    return {} if name == "dashes" else {"bg_color": YELLOW}


# --- groups × rows × years --------------------------------------------------------------------------------


def _write_groups(grid: Grid, figures: Figures, dimension: str) -> tuple[int, int]:
    """A table of one dimension; returns its first and last group row."""
    heading, caption = _DIMENSIONS[dimension]
    grid.subheading(heading)
    count = len(figures.years)
    above = []
    for i, key in enumerate(figures.keys):
        row = figures.row(key)
        title = f"{key}. {short_title(row.name, 44)}, {row.unit}"
        above.append((_FIRST + i * count, _FIRST + (i + 1) * count - 1, title))
    grid.captions(above)
    fixed = [
        (0, 0, "Округ" if dimension == DISTRICT else "№"),
        (1, 1, caption),
        (2, 2, "в реестре"),
        (3, 3, "в сумме"),
    ]
    years = [
        (_FIRST + i * count + j, _FIRST + i * count + j, str(year))
        for i in range(len(figures.keys))
        for j, year in enumerate(figures.years)
    ]
    grid.captions([*fixed, *years])
    first = grid.row
    groups = figures.groups(dimension)
    for number, group in enumerate(groups, start=1):
        label = district_abbreviation(group) if dimension == DISTRICT and group != UNSTATED else number
        _group_line(grid, figures, dimension, group, label, number % 2 == 0)
    _group_line(grid, figures, ALL, "", None, False)
    grid.space()
    return first, first + len(groups) - 1


def _group_line(grid: Grid, figures: Figures, dimension: str, group: str, label: object, shaded: bool) -> None:
    back = {"bg_color": PALE_BLUE} if shaded else {}
    place = dimension, group
    quiet = {"font_color": MUTED, "align": "center", **back}
    cells: list[Cell] = [
        (0, label, {"align": "center", **back}),
        (1, group or "Всего", dict(back)),
        (2, Count(figures.registered.get(place, 0), Tally("registered", figures.form, *place)), quiet),
        (3, Count(figures.entered.get(place, 0), Tally("entered", figures.form, *place, figures.table_id)), quiet),
    ]
    places = [(key, year) for key in figures.keys for year in figures.years]
    for i, (key, year) in enumerate(places):
        total = figures.total(dimension, group, key, year)
        cells.append((_FIRST + i, amount_cell(total), {**back, **amount_look(total)}))
    grid.line(cells, bold=dimension == ALL)


# --- charts -----------------------------------------------------------------------------------------------


def _district_charts(grid: Grid, figures: Figures, rows: tuple[int, int]) -> None:
    """Small multiples: the clusters and every row of the form by federal district, the years side by side."""
    count = len(figures.years)
    categories = _column(rows, 0)
    registered = Series("в реестре", _column(rows, 2), YEAR_COLOURS[4])
    entered = Series("в сумме", _column(rows, 3), YEAR_COLOURS[1])
    specs = []
    for i, key in enumerate(figures.keys):
        row = figures.row(key)
        series = [
            Series(str(year), _column(rows, _FIRST + i * count + j), YEAR_COLOURS[j % len(YEAR_COLOURS)])
            for j, year in enumerate(figures.years)
        ]
        specs.append(ChartSpec(f"{key}. {short_title(row.name, 52)}", _DISTRICT, row.unit, categories, series))
    specs.append(ChartSpec("Кластеры в реестре и в суммах", _DISTRICT, "кластеров", categories, [registered, entered]))
    width = grid.pixels // _PER_ROW
    top = grid.reserve(-(-len(specs) // _PER_ROW) * _CHART_HEIGHT + 10)
    for i, spec in enumerate(specs):
        place = (top + i // _PER_ROW * (_CHART_HEIGHT // 20), i % _PER_ROW * width, width - 6, _CHART_HEIGHT - 6)
        insert_chart(grid.book.workbook, grid.sheet, spec, place)
    grid.space()


def _industry_charts(grid: Grid, figures: Figures, rows: tuple[int, int]) -> None:
    """The first and the last row of the form by industry, in the year of most clusters."""
    year = figures.chart_year
    height = max(260, (rows[1] - rows[0] + 1) * 20 + 110)
    width = grid.pixels // 2
    top = grid.reserve(height + 10)
    for number, key in enumerate(dict.fromkeys((figures.keys[0], figures.keys[-1]))):
        column = _FIRST + figures.keys.index(key) * len(figures.years) + figures.years.index(year)
        row = figures.row(key)
        spec = ChartSpec(
            f"{key}. {short_title(row.name, 70)}, {year} год", "Отрасль", row.unit, _column(rows, 1),
            [Series(str(year), _column(rows, column), YEAR_COLOURS[1])], kind="bar", labels=True,
        )  # fmt: skip
        insert_chart(grid.book.workbook, grid.sheet, spec, (top, number * width, width - 8, height))
    grid.space()


def _region_chart(grid: Grid, figures: Figures) -> None:
    """The regions with the largest sum of the first row: a small table and its chart beside it."""
    key, year = figures.keys[0], figures.chart_year
    top = largest(figures, REGION, key, year, _TOP)
    if len(top) < 3:
        return
    row = figures.row(key)
    grid.subheading(f"Субъекты РФ с наибольшим значением: {key}. {short_title(row.name, 90)}, {year} год")
    grid.captions([(0, 0, "№"), (1, 1, "Субъект РФ"), (2, 2, row.unit)])
    first = grid.row
    for number, (group, amount) in enumerate(top, start=1):
        total = figures.total(REGION, group, key, year)
        grid.line([(0, number, {"align": "center"}), (1, group, {}), (2, _opens(amount, total), amount_look(total))])
    rows = first, grid.row - 1
    left = sum(grid.column_pixels(c) for c in range(3)) + 20
    height = max(len(top) * 23 + 40, 260)
    spec = ChartSpec(
        f"{key}. {short_title(row.name, 80)}, {year} год", "Субъект РФ", row.unit, _column(rows, 1),
        [Series(str(year), _column(rows, 2), YEAR_COLOURS[1])], kind="bar", labels=True,
    )  # fmt: skip
    insert_chart(grid.book.workbook, grid.sheet, spec, (first - 1, left, grid.pixels - left - 8, height))
    for _ in range(max(0, height // 23 - len(top))):
        grid.space(15)
    grid.space()


def _column(rows: tuple[int, int], column: int) -> tuple[int, int, int, int]:
    return rows[0], column, rows[1], column
