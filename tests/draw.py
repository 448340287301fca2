"""Draws workbooks from small Markdown tables, so that a test shows what it is about and nothing else.

``draw(path)`` gives a complete and clean programme of a center: check finds nothing in it. Tables override rows
of it by their key, the other arguments edit single cells, sheet names and document properties of the package.

    draw(path, plan='''
        | code  | 2026    | 2027 |
        | 1.1.1 | 98 чел. |      |
    ''')

The first column names the row (``1.1.3/38.02.01`` within its measure); the others are ``2026``…, ``I``…``IV``,
``opening``, ``note``, or ``number``, ``name``, ``unit``, ``mode``, ``link`` for what stands in those columns. An
empty field empties the cell, ``~`` leaves it as it is, ``'5`` is the text «5». A key that the form does not have
is a new row at the end of its parent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

import openpyxl

from tests.edited_parts import edited_package
from xlkit.address import cell_name
from xlkit.books.captions import NO_PERIOD
from xlkit.rules.codes import level_of
from xlkit.rules.edition import Edition, keyed, load_edition
from xlkit.rules.period import QUARTERS
from xlkit.rules.title import title_sheet
from xlkit.templates.build import build_workbook
from xlkit.templates.content import Content, RowContent, typical_content
from xlkit.templates.layout import lay_out

CENTER, EDUCATIONAL = "program_center", "program_educational"

_TITLES = {
    CENTER: {"cluster_id": "ОПЦ-001", "industry": "Машиностроение"},
    EDUCATIONAL: {"cluster_id": "ОК-001", "industry": "Педагогика"},
}
_COMMON_TITLE = {
    "cluster_name": "Кластер «Пример»",
    "region": "Калужская область",
    "district": "Центральный федеральный округ",
    "base": "ГБПОУ «Пример»",
    "contact": "Специалист по учёту",
    "phone": "+7 000 000-00-00",
    "email": "cluster@example.ru",
}

# The real figures of the two programmes, with what is irregular in them mended.
_CLEAN = {
    CENTER: {
        "plan": """
        | code  | 2026  | 2027 | 2028 |
        | 1.1.1 | 25    | 26   | 27   |
        | 1.1.2 | 47    | 53   | 54   |
        | 1.1.3 | 47    | 53   | 54   |
        | 1.2.1 | 47    | 53   | 54   |
        | 1.3.1 | 1     | -    | -    |
        | 1.3.2 | 7     | -    | -    |
        | 1.3.3 | 2     | 2    | 2    |
        | 1.4.1 | -     | -    | 18   |
        | 1.5.1 | 1     | 1    | 1    |
        | 1.5.2 | 1     | 1    | 1    |
        | 1.5.3 | 1     | 1    | 1    |
        | 1.6.1 | 1160  | 2460 | 3340 |
        | 2.1.1 | 16    | 2    | 2    |
        | 2.2.1 | 1     | -    | -    |
        | 2.3.1 | 14    | 16   | 18   |
        | 2.3.2 | 50    | 95   | 150  |
        | 2.4.1 | 14    | 2    | 2    |
        | 3.1   | 10000 | -    | -    |
        | 3.2   | 9547  | -    | -    |
        | 4.1.1 | 35    | 40   | 45   |
        | 4.2.1 | 14    | 21   | 28   |
        | 4.3.1 | 35    | 40   | 45   |
        | 5.1.1 | 55    | 110  | 170  |
        | 5.2.1 | 3     | 1    | 1    |
        | 5.3.1 | 7     | -    | -    |
        | 5.4.1 | -     | -    | 87   |
        | 6.1.1 | 72    | 75   | 80   |
        | 6.1.2 | 82    | 94   | 110  |
        | 6.2.1 | 23    | -    | 1    |
        | 6.3.1 | 1200  | 1450 | 2050 |
        | 6.4.1 | 68    | 80   | 94   |
        | 6.5.1 | 7     | -    | -    |
        """,
        "indicators": """
        | code | 2026  | 2027  | 2028  |
        | 1    | 1160  | 2460  | 3340  |
        | 2    | 23    | 23    | 24    |
        | 3    | 50    | 95    | 150   |
        | 4    | 55    | 110   | 170   |
        | 5    | 98    | 133   | 165   |
        | 6    | 68    | 80    | 94    |
        | 7    | 19547 | 19547 | 19547 |
        """,
    },
    EDUCATIONAL: {
        "plan": """
        | code           | 2024 | 2025 | 2026 |
        | 1.1.1/38.02.01 | 1    | -    | -    |
        | 1.1.1/38.02.04 | 1    | -    | -    |
        | 1.1.1/40.02.02 | 1    | -    | -    |
        | 1.1.2          | да   | -    | -    |
        | 1.1.3/38.02.01 | да   | -    | -    |
        | 1.1.3/38.02.04 | да   | -    | -    |
        | 1.1.3/40.02.02 | да   | -    | -    |
        | 1.1.4          | 9    | 10   | 10   |
        | 1.2.1          | -    | 9    | 10   |
        | 1.2.1/38.02.01 | -    | 1    | 1    |
        | 1.2.1/38.02.04 | -    | 1    | 1    |
        | 1.2.1/40.02.02 | -    | 1    | 1    |
        | 1.2.2          | 3    | 5    | 6    |
        | 1.3.1          | да   | да   | да   |
        | 1.3.2          | да   | да   | да   |
        | 1.3.3          | -    | да   | да   |
        | 1.4.1/38.02.01 | -    | да   | -    |
        | 1.4.1/38.02.04 | -    | да   | -    |
        | 1.4.1/40.02.02 | -    | да   | -    |
        | 1.4.2/38.02.01 | -    | -    | да   |
        | 1.4.2/38.02.04 | -    | -    | да   |
        | 1.4.2/40.02.02 | -    | -    | да   |
        | 1.4.3          | 4    | 4    | 4    |
        | 1.4.4          | -    | 1    | 1    |
        | 1.5.1          | да   | да   | -    |
        | 1.6.1          | да   | да   | да   |
        | 1.6.2          | да   | да   | да   |
        | 2.1.1          | да   | -    | -    |
        | 2.1.2          | да   | да   | да   |
        | 2.2.1          | да   | -    | -    |
        | 2.2.2          | да   | да   | да   |
        | 3.1.1          | да   | -    | -    |
        """,
    },
}

SECOND_QUARTER = "2026, II квартал"
CLEAN_ACTUALS = """
    | code | opening | I    | II  | III | IV |
    | 1    | -       | 500  | 160 | х   | х  |
    | 2    | -       | 20   | 3   | х   | х  |
    | 3    | -       | 25   | 20  | х   | х  |
    | 4    | -       | 30   | -   | х   | х  |
    | 5    | -       | 90   | 98  | х   | х  |
    | 6    | -       | 60   | 66  | х   | х  |
    | 7    | -       | 9547 | -   | х   | х  |
"""
"""The sheet «Факт» of the clean center, reported up to ``SECOND_QUARTER``."""


def draw(
    path: Path,
    form: str = CENTER,
    *,
    title: Mapping[str, object] | None = None,
    plan: str = "",
    indicators: str = "",
    actuals: str = "",
    drop: Mapping[str, tuple[str, ...]] | None = None,
    cells: Mapping[str, object] | None = None,
    merge: Sequence[str] = (),
    sheets: Mapping[str, str] | None = None,
    properties: Mapping[str, str] | None = None,
) -> Path:
    """Write the clean workbook of a form with these changes; returns its path.

    ``drop`` takes rows out by table and key; ``cells`` puts any content (an :class:`ExcelError`, an
    :class:`Uncached` formula, a date, None for nothing) at ``"План!E14"``; ``merge`` merges ``"План!F9:G9"`` and
    leaves the contents; ``sheets`` renames sheets; ``properties`` sets custom document properties.
    """
    tables = tuple((n, t) for n, t in (("plan", plan), ("indicators", indicators), ("actuals", actuals)) if t)
    dropped = tuple((name, tuple(keys)) for name, keys in (drop or {}).items())
    built = _built(form, tuple((title or {}).items()), tables, dropped)
    path.write_bytes(edited_package(built, cells or {}, merge, sheets or {}, properties or {}))
    return path


def address(form: str, place: str, drop: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The cell of ``"plan 1.1.1 2026"`` or ``"title region"`` as ``"План!F9"``; ``plan 1.1.1 total 2026`` too.

    ``plan caption 2026`` is the caption of a column, ``plan free name`` a field of the first spare row, ``plan extra``
    a caption's place right of the table.
    """
    table_id, _, rest = place.partition(" ")
    edition = load_edition(form)
    if table_id == "title":
        layout = lay_out(edition, clean_content(form))
        return f"{title_sheet().sheet}!{cell_name(layout.title_row(rest), 2)}"
    content = _without(edition, clean_content(form), tuple((drop or {}).items()))
    table = lay_out(edition, content).tables[table_id]
    row_name, _, column = rest.partition(" ")
    if row_name == "extra":
        return f"{table.table.sheet}!{cell_name(table.header, table.width + 1)}"
    # The first spare row is the first one without a code.
    keys = [key or "free" for key in _keys(edition, table_id, table.rows)]
    rows = {"caption": table.header} | {key: table.first + i for i, key in reversed(list(enumerate(keys)))}
    number = table.columns[_column(edition, column)]
    return f"{table.table.sheet}!{cell_name(rows[row_name], number)}"


def resaved(path: Path) -> Path:
    """A workbook as openpyxl saves it: formulas lose their cached values, all else that we read stays."""
    workbook = openpyxl.load_workbook(path)
    again = path.with_name(f"resaved-{path.name}")
    workbook.save(again)
    workbook.close()
    return again


# --- content ----------------------------------------------------------------------------------------------


@cache
def clean_content(form: str) -> Content:
    """The complete and clean content of a form's first programme."""
    edition = load_edition(form)
    content = typical_content(edition, title=_TITLES[form] | _COMMON_TITLE)
    return _overridden(edition, content, tuple(_CLEAN[form].items()))


@lru_cache(maxsize=256)
def _built(
    form: str,
    title: tuple[tuple[str, object], ...],
    tables: tuple[tuple[str, str], ...],
    drop: tuple[tuple[str, tuple[str, ...]], ...],
) -> bytes:
    edition = load_edition(form)
    content = _without(edition, _overridden(edition, clean_content(form), tables), drop)
    return build_workbook(edition, replace(content, title={**content.title, **dict(title)}))


def _overridden(edition: Edition, content: Content, tables: tuple[tuple[str, str], ...]) -> Content:
    rows = {name: list(of_table) for name, of_table in content.tables.items()}
    for name, drawing in tables:
        for line in _lines(drawing):
            key = str(line.pop("code"))
            keys = _keys(edition, name, rows[name])
            if key not in keys:
                _insert(edition, name, rows[name], keys, key)
                keys = _keys(edition, name, rows[name])
            at = keys.index(key)
            rows[name][at] = _changed(edition, rows[name][at], line)
    return replace(content, tables=rows)


def _changed(edition: Edition, row: RowContent, line: dict[str, object]) -> RowContent:
    values = dict(row.values)
    texts: dict[str, str] = {}
    for caption, content in line.items():
        name, period = _column(edition, caption)
        if name in ("code", "name", "unit", "mode", "link"):
            texts[name] = "" if content is None else str(content)
        else:
            values[name, period] = content
    return replace(row, values=values, **texts)


def _insert(edition: Edition, table: str, rows: list[RowContent], keys: list[str], key: str) -> None:
    parent, code = key.split("/") if "/" in key else (key.rpartition(".")[0], key)
    within = [i for i, one in enumerate(keys) if one == parent or one.startswith((f"{parent}.", f"{parent}/"))]
    level = level_of(code, edition.book.tables[table].levels)
    assert level is not None, f"{code} is no code of {table}"
    rows.insert(within[-1] + 1, RowContent(level=level.id, code=code, carries=True))


def _without(edition: Edition, content: Content, drop: tuple[tuple[str, tuple[str, ...]], ...]) -> Content:
    rows = dict(content.tables)
    for name, dropped in drop:
        keys = _keys(edition, name, rows[name])
        rows[name] = [row for key, row in zip(keys, rows[name], strict=True) if key not in dropped]
    return replace(content, tables=rows)


def _keys(edition: Edition, table: str, rows: object) -> list[str]:
    return [key for key, _ in keyed(edition.book.tables[table], tuple(rows))]  # type: ignore[arg-type]


def _column(edition: Edition, caption: str) -> tuple[str, int]:
    """The id and period of a column named as in a drawing."""
    words = caption.split()
    field = "total" if words[0] == "total" else "value"
    if words[-1].isdigit():
        return field, int(words[-1]) - edition.book.first_year
    if words[-1] in QUARTERS:
        return field, QUARTERS.index(words[-1])
    return ("code" if caption == "number" else caption), NO_PERIOD


def _lines(drawing: str) -> list[dict[str, object]]:
    """A Markdown table as dictionaries by its first line; fields with ``~`` are left out."""
    split = [[f.strip(" ") for f in line.strip(" ")[1:-1].split("|")] for line in drawing.split("\n") if "|" in line]
    captions, *rows = split
    return [
        {c: (text if c == "code" else _content(text)) for c, text in zip(captions, row, strict=True) if text != "~"}
        for row in rows
    ]


def _content(text: str) -> object:
    if text.startswith("'"):
        return text[1:]
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]+\.[0-9]+", text) else text or None
