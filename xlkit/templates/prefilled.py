"""A workbook issued to one cluster: its title sheet filled, its approved rows in place of the typical ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlkit.rules.edition import Edition
from xlkit.rules.registered import Cluster, Figure
from xlkit.templates.content import ApprovedRow, Content, RowContent, typical_content


def prefilled_content(
    edition: Edition, cluster: Cluster, figures: Sequence[Figure], first_year: int | None = None
) -> Content:
    """The content of a cluster's workbook.

    Where the register has approved figures of a table, its measures are the cluster's own and the values are
    filled in; otherwise the typical rows stand there, without values.
    """
    year = first_year or cluster.first_year or edition.book.first_year
    blank = typical_content(edition, year, _title(cluster))
    tables = {
        name: _rows(edition, name, blank.tables[name], [f for f in figures if f.table == name], year)
        if edition.book.tables[name].stage == "plan"
        else blank.tables[name]
        for name in edition.book.tables
    }
    days = sorted({f.approved_on for f in figures if f.approved_on})
    return Content(year, blank.title, tables, _approved(edition, figures), days[-1] if days else "")


def _title(cluster: Cluster) -> dict[str, object]:
    return {
        "cluster_id": cluster.id,
        "cluster_name": cluster.name,
        "region": cluster.region,
        "district": cluster.federal_district,
        "industry": cluster.industry,
        "base": cluster.base_organisation,
        "email": cluster.emails[0] if cluster.emails else "",
    }


def _grouped(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    rows: dict[str, list[Figure]] = {}
    for figure in figures:
        rows.setdefault(figure.key, []).append(figure)
    return rows


def _rows(
    edition: Edition, table_id: str, blank: Sequence[RowContent], figures: list[Figure], first_year: int
) -> list[RowContent]:
    approved = _grouped(figures)
    if not approved:
        return list(blank)
    table = edition.book.tables[table_id]
    fixed = table.fixed_levels
    result: list[RowContent] = []
    used = {row.code for row in blank if row.level in fixed}
    for row in blank:
        if row.level in fixed:
            result.append(_filled(edition, table_id, row, approved.get(row.code, []), first_year))
            result += _measures(edition, table_id, row.code, approved, used, first_year)
    for key in sorted(set(approved) - used, key=_order):
        result.append(_own(edition, table_id, approved[key], first_year))
    return result


def _measures(
    edition: Edition, table_id: str, parent: str, approved: dict[str, list[Figure]], used: set[str], first_year: int
) -> list[RowContent]:
    """The approved measures under a fixed row, each followed by its specialties."""
    typical = edition.typical[table_id]
    holders = {key.rpartition("/")[0] for key in approved if "/" in key}
    keys = {key for key in approved if "/" not in key and key.rpartition(".")[0] == parent} - used
    keys |= {key for key in holders if key.rpartition(".")[0] == parent} - used
    rows: list[RowContent] = []
    for key in sorted(keys, key=_order):
        used.add(key)
        if key in approved:
            rows.append(_own(edition, table_id, approved[key], first_year))
        elif key in typical:
            rows.append(RowContent(typical[key].level, key, typical[key].name))
        inner = sorted((k for k in approved if k.rpartition("/")[0] == key), key=_order)
        rows += [_own(edition, table_id, approved[k], first_year) for k in inner]
        used.update(inner)
    return rows


def _order(key: str) -> list[int]:
    return [int(part) for part in key.replace("/", ".").split(".")]


def _own(edition: Edition, table_id: str, figures: list[Figure], first_year: int) -> RowContent:
    """A row as the register has it."""
    first = figures[0]
    levels = edition.book.tables[table_id].levels
    inner = next((level.id for level in levels if level.within), "")
    outer = [level.id for level in levels if not level.within]
    level = inner if "/" in first.key else outer[min(first.key.count("."), len(outer) - 1)]
    typical = edition.typical[table_id].get(first.key)
    name = first.name or (typical.name if typical else "")
    row = RowContent(level, first.code, name, first.unit, _caption(edition, first.mode), first.link, True)
    return _filled(edition, table_id, row, figures, first_year)


def _caption(edition: Edition, mode: str) -> str:
    return edition.mode(mode).caption if mode else ""


def _filled(edition: Edition, table_id: str, row: RowContent, figures: list[Figure], first_year: int) -> RowContent:
    if not figures:
        return row
    years = edition.years(first_year)
    values = {("value", years.index(f.year)): f.value for f in figures if f.year in years}
    first = figures[0]
    mode = _caption(edition, first.mode) or row.mode
    return RowContent(row.level, row.code, row.name, first.unit or row.unit, mode, first.link or row.link, True, values)


def _approved(edition: Edition, figures: Sequence[Figure]) -> list[ApprovedRow]:
    rows = []
    for name in edition.book.tables:
        for row in _grouped(f for f in figures if f.table == name).values():
            first = row[0]
            values = {f.year: f.value for f in row}
            caption = _caption(edition, first.mode)
            rows.append(
                ApprovedRow(name, first.parent, first.code, first.name, first.unit, caption, first.link, values)
            )
    return rows
