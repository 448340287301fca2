"""What has changed since the свод before: its sheet «Изменения», as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from xlkit.consolidate import ALL, DISTRICT, INDUSTRY, REGION, Standing
from xlkit.report.gate_text import when
from xlkit.report.json import Document
from xlkit.report.lists.bulk import columns_of
from xlkit.report.lists.listing import Listing
from xlkit.report.lists.rows import Column
from xlkit.report.svod.figures import NAME_SHOWN, short_title
from xlkit.report.svod.rows import common_folder, form_name, period_name, short_name
from xlkit.report.text import Paint, unpainted
from xlkit.rules.edition import load_edition
from xlkit.rules.period import QUARTERS, Period
from xlkit.store.changes import (
    NEW,
    REPLACED,
    STANDING,
    WITHDRAWN,
    Changes,
    ClusterChange,
    FigureChange,
    FileChange,
    TotalChange,
)
from xlkit.templates.styles import GREEN, GREY, PALE_BLUE, YELLOW
from xlkit.texts import Text, figure, visible

CHANGES = "Изменения"

_KINDS = {
    NEW: Text("новая книга", "new workbook"),
    WITHDRAWN: Text("книги больше нет", "workbook withdrawn"),
    REPLACED: Text("книга заменена", "workbook replaced"),
    STANDING: Text("приём изменился", "standing changed"),
}
_COLOURS = {NEW: GREEN, WITHDRAWN: GREY, REPLACED: YELLOW, STANDING: PALE_BLUE}
_PAINTS = {NEW: "green", WITHDRAWN: "red", REPLACED: "yellow", STANDING: "cyan"}
DIMENSION_WORDS = {
    ALL: Text("всего", "all clusters"),
    DISTRICT: Text("федеральный округ", "federal district"),
    INDUSTRY: Text("отрасль", "industry"),
    REGION: Text("субъект РФ", "region"),
}
_FIELDS = {
    "region": DIMENSION_WORDS[REGION],
    "district": DIMENSION_WORDS[DISTRICT],
    "industry": DIMENSION_WORDS[INDUSTRY],
    "expected": Text("ожидается в своде", "expected"),
}
_SHOWN, _FEW = 30, 10
_NOTHING = Text("ничего", "nothing")


def sheet_title(form: str, table: str) -> str:
    """The sheet on which a form has a table."""
    known = load_edition(form).book.tables.get(table)
    return known.sheet if known is not None else table


def period_title(year: int, quarter: int) -> str:
    """«2027», or «2026, II квартал»."""
    return str(Period(year, quarter)) if quarter else str(year)


# --- the sheet --------------------------------------------------------------------------------------------


_COLUMNS = (
    Column("Что изменилось", 17, "centre"),
    Column("Идентификатор кластера или группа", 22, "wrap"),
    Column("Форма", 9, "centre"),
    Column("Лист", 13),
    Column("Ячейка", 10, "centre"),
    Column("№ п/п", 12, "centre"),
    Column("Наименование", 44, "wrap"),
    Column("Период", 12, "centre"),
    Column("Было", 22, "value"),
    Column("Стало", 22, "value"),
    Column("Разница", 13, "signed"),
    Column("Кластеров было", 11, "number"),
    Column("Кластеров стало", 11, "number"),
    Column("Файл", 26, "wrap"),
)


def changes_listing(changes: Changes) -> Listing:
    """Workbooks first, then what is known of clusters, then values, then totals."""
    folder = common_folder([one.file or one.earlier_file or "" for one in changes.files])
    rows = [
        *(_file_row(one, folder) for one in changes.files),
        *(_cluster_row(one) for one in changes.clusters),
        *(_figure_row(one, folder) for one in changes.figures),
        *(_total_row(one) for one in changes.totals),
    ]
    fills = {(i, 0): _COLOURS[one.kind] for i, one in enumerate(changes.files)}
    since = when(changes.since) if changes.since else ""
    note = (
        f"С прошлого свода ({since}) до этого ({when(changes.made_at)}, время московское). У заменённой книги — её "
        "изменённые значения; у новой и у той, которой больше нет, значения не перечислены, но входят в разницу сумм. "
        "У кластера — другие сведения о нём (из реестра, а без него с титула): от них меняются суммы групп."
    )
    cells = columns_of(len(_COLUMNS), rows, fills)
    return Listing(CHANGES, note, _COLUMNS, cells, frozen=2, empty="Изменений нет")


def _file_row(one: FileChange, folder: str) -> list[object]:
    old, new = (Standing(s).word.ru if s else None for s in (one.earlier_standing, one.standing))
    period = period_name(Period(one.year, one.quarter) if one.quarter else None) if one.form else ""
    file = short_name(one.file or one.earlier_file, folder)
    return [_KINDS[one.kind].ru, one.cluster, form_name(one.form), None, None, None, None, period, old, new, None, None,
            None, file]  # fmt: skip


def _cluster_row(one: ClusterChange) -> list[object]:
    return [f"кластер: {_FIELDS[one.field].ru}", one.cluster, *[None] * 6, one.old, one.new, *[None] * 4]


def _figure_row(one: FigureChange, folder: str) -> list[object]:
    return ["значение", one.cluster, form_name(one.form), one.sheet, one.cell, one.key,
            short_title(one.name, NAME_SHOWN), _figure_period(one), one.old, one.new,
            _difference(one.old_number, one.new_number), None, None, short_name(one.file, folder)]  # fmt: skip


def _total_row(one: TotalChange) -> list[object]:
    return [f"сумма: {DIMENSION_WORDS[one.dimension].ru}", one.group_name or "все кластеры", form_name(one.form),
            sheet_title(one.form, one.table_id), None, one.key, short_title(one.name, NAME_SHOWN),
            period_title(one.year, one.quarter), one.old, one.new, _difference(one.old, one.new), one.old_clusters,
            one.new_clusters, None]  # fmt: skip


def _figure_period(one: FigureChange) -> str:
    """The year; of a quarterly table the quarter, or its column of the year's beginning."""
    if one.quarter:
        return f"{one.year}, {QUARTERS[one.quarter - 1]} кв."
    column = load_edition(one.form).book.tables[one.table_id].columns.get(one.field)
    return str(one.year) if getattr(column, "per", None) else f"{one.year}, {getattr(column, 'caption', one.field)}"


def _difference(old: float | None, new: float | None) -> float | None:
    return round(new - old, 9) if old is not None and new is not None and new != old else None


# --- text -------------------------------------------------------------------------------------------------


def changes_text(changes: Changes, paint: Paint = unpainted) -> Iterator[str]:
    """What has changed, for a terminal; of many values and totals the first."""
    if changes.since is None:
        yield str(Text("Это первый свод: сравнивать не с чем", "This is the first consolidation: nothing to compare"))
        return
    span = f"{when(changes.since)} → {when(changes.made_at)}"
    if not changes:
        yield str(Text(f"Изменений нет ({span})", f"Nothing has changed ({span})"))
        return
    yield str(Text(f"Изменения ({span}, время московское)", f"Changes ({span}, Moscow time)"))
    for one in changes.files:
        yield from _file_lines(one, paint)
    clusters = Text("Сведения о кластерах (из реестра, а без него с титула):", "What is known of the clusters:")
    yield from _some([_cluster_line(one) for one in changes.clusters], clusters)
    yield from _some([_figure_line(one) for one in changes.figures], Text("Значения:", "Values:"))
    yield from _total_lines(changes.totals)
    yield _summary(changes)


def _total_lines(totals: Sequence[TotalChange]) -> Iterator[str]:
    """The sums of all clusters; where none of them is another one, a few of the groups' sums."""
    whole = [_total_line(one) for one in totals if one.dimension == ALL]
    if whole:
        yield from _some(whole, Text("Суммы:", "Totals:"))
    else:
        groups = [f"{DIMENSION_WORDS[one.dimension]} «{one.group_name}», {_total_line(one)}" for one in totals]
        heading = Text("Суммы по всем кластерам те же, другие только суммы групп:",
                       "The totals of all clusters are the same, only those of groups are not:")  # fmt: skip
        yield from _some(groups, heading, _FEW)


def _some(lines: Sequence[str], heading: Text, shown: int = _SHOWN) -> Iterator[str]:
    if lines:
        yield str(heading)
    for line in lines[:shown]:
        yield f"  {line}"
    if len(lines) > shown:
        left = len(lines) - shown
        yield str(
            Text(f"  и ещё {left} (все — в --json и на листе «{CHANGES}»)", f"  and {left} more (--json has all)")
        )


def _file_lines(one: FileChange, paint: Paint) -> Iterator[str]:
    old, new = (str(Standing(s).word) if s else "" for s in (one.earlier_standing, one.standing))
    moved = f" ← {one.earlier_file}" if one.earlier_file and one.file and one.file != one.earlier_file else ""
    standing = f"{old} → {new}" if old and new and old != new else new or old
    yield (
        f"{paint(str(_KINDS[one.kind]), _PAINTS[one.kind])}  {one.cluster or '—'} · "
        f"{one.file or one.earlier_file}{moved} · {standing}"
    )


def _cluster_line(one: ClusterChange) -> str:
    return f"{one.cluster}  {_FIELDS[one.field]}: {_shown(one.old)} → {_shown(one.new)}"


def _figure_line(one: FigureChange) -> str:
    return (
        f"{one.cluster}  {one.sheet}!{one.cell}  {one.key}, {_figure_period(one)}: {_shown(one.old)} → "
        f"{_shown(one.new)}  ({one.file})"
    )


def _total_line(one: TotalChange) -> str:
    counts = ""
    if (one.old_clusters or 0) != (one.new_clusters or 0):
        said = f"{one.old_clusters or 0} → {one.new_clusters or 0}"
        counts = str(Text(f"; кластеров {said}", f"; clusters {said}"))
    if (one.old_missing or 0) != (one.new_missing or 0):
        said = f"{one.old_missing or 0} → {one.new_missing or 0}"
        counts += str(Text(f"; не хватает {said}", f"; missing {said}"))
    place = f"{form_name(one.form)} {sheet_title(one.form, one.table_id)} {one.key}"
    unit = f" {one.unit}" if one.unit else ""
    period = period_title(one.year, one.quarter)
    return f"{place}, {period}: {_shown(one.old)} → {_shown(one.new)}{unit}{counts}"


def _shown(value: float | str | None) -> str:
    return visible(figure(value)) or str(_NOTHING)


def _summary(changes: Changes) -> str:
    kinds = Counter(one.kind for one in changes.files)
    books = ", ".join(f"{_KINDS[kind]} {kinds[kind]}" for kind in _KINDS if kinds[kind])
    figures, totals = len(changes.figures), len(changes.totals)
    clusters = len({one.cluster for one in changes.clusters})
    about = Text("", "")
    if clusters:
        about = Text(f"; другие сведения о кластерах: {clusters}", f"; clusters known otherwise: {clusters}")
    return str(
        Text(
            f"{books or 'книги те же'}{about.ru}; значений изменилось {figures}, сумм во всех разрезах {totals}",
            f"{books or 'the same workbooks'}{about.en}; values changed {figures}, totals in all breakdowns {totals}",
        )
    )


# --- JSON -------------------------------------------------------------------------------------------------


def changes_document(changes: Changes) -> Document:
    """The result of ``changes --json``."""
    return {
        "since": changes.since.isoformat() if changes.since else None,
        "until": changes.made_at.isoformat(),
        "files": [asdict(one) for one in changes.files],
        "clusters": [asdict(one) for one in changes.clusters],
        "figures": [_figure_document(one) for one in changes.figures],
        "totals": [{_renamed(k): v for k, v in asdict(one).items()} for one in changes.totals],
    }


def _figure_document(one: FigureChange) -> Document:
    names = ("cluster", "form", "file", "sheet", "cell", "key", "name", "field", "year", "quarter", "old", "new")
    return {"table": one.table_id, **{name: getattr(one, name) for name in names}}


def _renamed(name: str) -> str:
    return {"table_id": "table", "group_name": "group"}.get(name, name)
