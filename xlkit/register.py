"""FIRPO's master register: clusters, approved figures, deadlines; from an .xlsx file or a database.

A figure is one approved value: cluster × form × row (key) × year. Its raw content stays as it is; the one
parser of cell values reads it like a workbook's cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xlkit.books.reader import RawSheet, read_workbook
from xlkit.errors import FileRefused, XlkitError
from xlkit.rules.codes import Code, assign_keys, next_free, read_code
from xlkit.rules.edition import Edition, list_editions, load_edition
from xlkit.rules.model import Table
from xlkit.rules.registered import Cluster, Deadline, Figure, Register, cluster_key
from xlkit.rules.registerspec import FIGURES, RegisterColumn, register_spec
from xlkit.texts import Text
from xlkit.values import as_text, folded, squeezed

Record = Mapping[str, Any]
_HEADER_ROWS = 40


# --- reading ----------------------------------------------------------------------------------------------


def read_register(source: str) -> Register:
    """Read a register from the path of an .xlsx file or a database URL (``sqlite:///register.db``).

    Raises XlkitError where there is none or it lacks what it must have.
    """
    tables = _read_database(source) if re.match(r"[a-z0-9+]+://", source) else _read_xlsx(Path(source))
    spec = register_spec()
    if "clusters" not in tables:
        raise _unusable(source, f"нет листа «{spec.sheets['clusters']}»", "there is no table of clusters")
    forms = _form_names()
    return Register(
        source=source,
        clusters=tuple(_cluster(r) for r in tables["clusters"] if as_text(r.get("id")).strip()),
        figures=tuple(f for name in FIGURES for f in _figures(name, tables.get(name, []))),
        deadlines=tuple(
            Deadline(
                forms.get(folded(as_text(r.get("form"))), as_text(r.get("form"))),
                squeezed(as_text(r.get("period"))),
                as_text(r.get("deadline")),
            )
            for r in tables.get("deadlines", [])
        ),
    )


def _unusable(source: str, ru: str, en: str) -> XlkitError:
    return XlkitError(Text(f"Реестр {source} не читается: {ru}", f"The register {source} cannot be read: {en}"))


def _read_xlsx(path: Path) -> dict[str, list[Record]]:
    try:
        workbook = read_workbook(path)
    except FileRefused as refused:
        raise _unusable(str(path), refused.text.ru, refused.text.en) from refused
    tables = {}
    for table, name in register_spec().sheets.items():
        sheets = workbook.named(name)
        if sheets:
            tables[table] = list(_sheet_records(sheets[0], table, str(path)))
    return tables


def _sheet_records(sheet: RawSheet, table: str, source: str) -> Iterator[Record]:
    columns = register_spec().columns_of(table)
    header, places = _header(sheet, columns)
    missing = [c.caption for name, c in columns.items() if c.required and name not in places]
    if missing:
        ru = f"на листе «{sheet.name}» нет столбца «{missing[0]}»"
        raise _unusable(source, ru, f"the sheet «{sheet.name}» has no column «{missing[0]}»")
    for row in range(header + 1, len(sheet.grid) + 1):
        record = {name: sheet.at(row, column) for name, column in places.items()}
        if any(as_text(content).strip() for content in record.values()):
            yield record


def _header(sheet: RawSheet, columns: Mapping[str, RegisterColumn]) -> tuple[int, dict[str, int]]:
    names = {folded(text): name for name, c in columns.items() for text in (name, *c.also, c.caption)}
    best: tuple[int, dict[str, int]] = (0, {})
    for row in range(1, min(len(sheet.grid), _HEADER_ROWS) + 1):
        places: dict[str, int] = {}
        for column, content in enumerate(sheet.grid[row - 1], start=1):
            name = names.get(folded(as_text(content)))
            if name is not None:
                places.setdefault(name, column)
        if len(places) > len(best[1]):
            best = row, places
    return best


def _read_database(url: str) -> dict[str, list[Record]]:
    import sqlalchemy as sa

    spec = register_spec()
    path = re.match(r"sqlite:///(.+)", url)
    if path is not None and not Path(path[1]).is_file():
        raise _unusable(url, "файла нет", "there is no such file")
    try:
        engine = sa.create_engine(url)
        present = {folded(name): name for name in sa.inspect(engine).get_table_names()}
        tables: dict[str, list[Record]] = {}
        with engine.connect() as connection:
            for table, sheet in spec.sheets.items():
                name = present.get(table) or present.get(folded(sheet))
                if name is not None:
                    rows = connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).mappings()
                    tables[table] = [_english(dict(row), spec.columns_of(table)) for row in rows]
        engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise _unusable(url, str(error), str(error)) from error
    return tables


def _english(row: Record, columns: Mapping[str, RegisterColumn]) -> Record:
    names = {folded(text): name for name, c in columns.items() for text in (name, *c.also, c.caption)}
    return {names.get(folded(key), key): value for key, value in row.items()}


# --- records to objects -----------------------------------------------------------------------------------


def _cluster(record: Record) -> Cluster:
    text = {name: squeezed(as_text(content)) for name, content in record.items()}
    year = text.get("first_year", "")
    return Cluster(
        id=text["id"],
        name=text.get("name", ""),
        kind=text.get("kind", ""),
        industry=text.get("industry", ""),
        region=text.get("region", ""),
        federal_district=text.get("federal_district", ""),
        base_organisation=text.get("base_organisation", ""),
        first_year=int(year) if re.fullmatch("20[0-9]{2}", year) else None,
        emails=tuple(e for e in re.split(r"[\s,;]+", text.get("emails", "")) if e),
        status=text.get("status", ""),
    )


def _form_names() -> dict[str, str]:
    """Form by everything that names it: its id, its title, its clusters' kind."""
    names: dict[str, str] = {}
    for form in dict.fromkeys(path.parent.name for path in list_editions()):
        book = load_edition(form).book
        names |= {folded(text): form for text in (book.form, book.title.ru, book.cluster_kind)}
    return names


def _figures(table_id: str, records: Iterable[Record]) -> Iterator[Figure]:
    """Figures with their keys; rows of one cluster and form are numbered together."""
    groups: dict[tuple[str, str], list[Record]] = {}
    forms = _form_names()
    for record in records:
        cluster, form = cluster_key(as_text(record.get("cluster_id"))), as_text(record.get("form")).strip()
        groups.setdefault((cluster, forms.get(folded(form), form)), []).append(record)
    for (_, form), group in groups.items():
        yield from _keyed(table_id, form, group)


def _keyed(table_id: str, form: str, records: list[Record]) -> Iterator[Figure]:
    edition = _known_edition(form)
    table = edition.book.tables.get(table_id) if edition else None
    if edition is None or table is None:
        return
    lines: dict[tuple[str, str, str], str] = {}
    for record in records:
        lines.setdefault(_identity(record), "")
    keys = _keys(list(lines), table)
    for record in records:
        key = keys[_identity(record)]
        year = squeezed(as_text(record.get("year")))
        if not re.fullmatch("20[0-9]{2}", year):
            continue
        approved_on = record.get("approved_on")
        yield Figure(
            cluster=squeezed(as_text(record.get("cluster_id"))),
            form=form,
            table=table_id,
            parent=key.rpartition("/")[0] or key.rpartition(".")[0],
            code=key.rpartition("/")[2],
            key=key,
            name=squeezed(as_text(record.get("name"))),
            unit=squeezed(as_text(record.get("unit"))),
            mode=_mode(as_text(record.get("mode")), edition, table),
            link=as_text(record.get("indicator")).strip().rstrip("."),
            year=int(year),
            value=_content(record.get("value")),
            approved_on=approved_on.isoformat()[:10] if isinstance(approved_on, dt.date) else as_text(approved_on),
        )


def _identity(record: Record) -> tuple[str, str, str]:
    """What makes the records of several years one row: parent, code, and (without a code) the name."""
    code = read_code(record.get("code")).text
    name = "" if code else folded(as_text(record.get("name")))
    return read_code(record.get("parent_code")).text, code, name


def _keys(lines: list[tuple[str, str, str]], table: Table) -> dict[tuple[str, str, str], str]:
    """Keys of the register's rows. The parent is given beside the code, so rows may stand in any order."""
    keys: dict[tuple[str, str, str], str] = {}
    used: set[str] = set()
    unnumbered = []
    for line in lines:
        parent, code, _ = line
        if not code:
            unnumbered.append(line)
            continue
        key = assign_keys([Code(parent), Code(code)] if parent else [Code(code)], table.levels)[-1].key
        keys[line] = key
        used.add(key)
    for line in unnumbered:
        keys[line] = next_free(line[0], used)
        used.add(keys[line])
    return keys


def _mode(text: str, edition: Edition, table: Table) -> str:
    """A mode's id, from its caption or its id."""
    text = text.strip()
    return text if text in edition.book.modes else edition.mode_of(text, table) or ""


def _known_edition(form: str) -> Edition | None:
    try:
        return load_edition(form)
    except XlkitError:
        return None


def _content(value: object) -> object:
    """A database's value as a cell's content."""
    if value is None or isinstance(value, (str, int, float, bool, dt.date)):
        return value
    try:
        return float(str(value))  # Decimal of a NUMERIC column
    except (TypeError, ValueError):
        return str(value)
