"""Approved figures: records with the keys of their rows.

A figure is one approved value: cluster × form × row (key) × year. Its raw content stays as it is; the one
parser of cell values reads it like a workbook's cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import repeat
from typing import NamedTuple

from xlkit.errors import XlkitError
from xlkit.register.notes import Notes
from xlkit.register.tables import Record
from xlkit.rules.codes import Code, FreeCodes, assign_keys, read_code
from xlkit.rules.edition import Edition, list_editions, load_edition, table_modes
from xlkit.rules.period import read_year
from xlkit.rules.registered import Cluster, Figure
from xlkit.texts import Text
from xlkit.values import as_text, cluster_key, folded, squeezed

_NO_FORM = Text("форма «{value}» неизвестна, значение не прочитано", "unknown form «{value}», the figure is left out")
_NO_TABLE = Text(
    "у формы «{value}» нет такой таблицы, значение не прочитано",
    "the form «{value}» has no such table, the figure is left out",
)
_NO_YEAR = Text("год «{value}» не распознан, значение не прочитано", "«{value}» is not a year, the figure is left out")
_NO_CLUSTER = Text(
    "кластера «{value}» нет среди кластеров реестра", "the cluster «{value}» is not among the register's clusters"
)
_TWICE = Text("значение {value} записано дважды и одинаково", "the figure {value} stands twice and is the same")
_TWO_VALUES = Text(
    "значение {value} записано дважды и по-разному: верным считается утверждённое позже, иначе первое",
    "the figure {value} stands twice and differs: the one approved later counts, else the first",
)
_NO_MODE = Text("учёт «{value}» этой таблицей не предусмотрен", "the mode «{value}» is none of this table's")


def form_names() -> dict[str, str]:
    """Form by everything that names it: its id, its title, its clusters' kind."""
    names: dict[str, str] = {}
    for form in dict.fromkeys(path.parent.name for path in list_editions()):
        book = load_edition(form).book
        names |= {folded(text): form for text in (book.form, book.title.ru, book.cluster_kind)}
    return names


class _Line(NamedTuple):
    """A record with its texts."""

    record: Record
    cluster_id: str
    form: str
    edition: str
    name: str
    unit: str
    mode: str
    indicator: str
    year: str


def _lines(records: Sequence[Record]) -> Iterator[_Line]:
    """All records of a table with their texts, column by column: that is cheaper than record by record."""

    def texts(name: str) -> Iterable[str]:
        at = records[0].places.get(name)
        if at is None:
            return repeat("")
        column = [record.contents[at] for record in records]
        return [squeezed(raw if type(raw) is str else as_text(raw)) for raw in column]

    return map(_Line, records, *map(texts, _Line._fields[1:])) if records else iter(())


def read_figures(
    table_id: str, records: Sequence[Record], clusters: Sequence[Cluster], notes: Notes
) -> Iterator[Figure]:
    """Figures with their keys; rows of one cluster and form are numbered together.

    A record without a form is of the form that its cluster fills.
    """
    groups: dict[tuple[str, str], list[_Line]] = {}
    owner = _owners(table_id, clusters)
    for line in _lines(records):
        key, known, form, trouble = owner(line.cluster_id, line.form)
        if not known:
            notes.say(table_id, line.record, _NO_CLUSTER, line.cluster_id)
        if trouble is not None:
            notes.say(table_id, line.record, trouble, line.form or form)
        else:
            groups.setdefault((key, form), []).append(line)
    for (_, form), group in groups.items():
        yield from _keyed(table_id, form, group, notes)


def _owners(table_id: str, clusters: Sequence[Cluster]) -> Callable[[str, str], tuple[str, bool, str, Text | None]]:
    """Whose a record is that names a cluster and a form: the cluster's key, whether it is known, the form, or why
    the record cannot be used. Thousands of records name the same ones."""
    forms = form_names()
    known = {cluster.key: cluster.form for cluster in clusters}

    @cache
    def owner(cluster: str, said: str) -> tuple[str, bool, str, Text | None]:
        key = cluster_key(cluster)
        form = forms.get(folded(said)) if said else known.get(key)
        edition = _known_edition(form)
        if form is None or edition is None:
            return key, key in known, "", _NO_FORM
        return key, key in known, form, None if table_id in edition.book.tables else _NO_TABLE

    return owner


def _keyed(table_id: str, form: str, lines: list[_Line], notes: Notes) -> Iterator[Figure]:
    identities = [_identity(line) for line in lines]
    keys = _keys(list(dict.fromkeys(identities)), form, table_id)
    figures: dict[tuple[str, int], Figure] = {}
    for line, identity in zip(lines, identities, strict=True):
        key, year = keys[identity], read_year(line.year)
        if year is None:
            notes.say(table_id, line.record, _NO_YEAR, line.year)
            continue
        mode = _mode(line.mode, form, table_id)
        if mode is None:
            notes.say(table_id, line.record, _NO_MODE, line.mode)
        one, known = _figure(line, table_id, form, key, year, mode or ""), figures.get((key, year))
        if known is None:
            figures[key, year] = one
            continue
        same = folded(as_text(known.value)) == folded(as_text(one.value))
        notes.say(table_id, line.record, _TWICE if same else _TWO_VALUES, f"{one.cluster}, {key}, {year}")
        if not same and _day(one) > _day(known) > "":
            figures[key, year] = one
    yield from figures.values()


def _day(figure: Figure) -> str:
    """The day of approval in the order of days; empty where it is not understood."""
    found = re.search(r"(20\d\d)-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(20\d\d)", figure.approved_on)
    if found is None:
        return ""
    return "".join(found.group(1, 2, 3) if found[1] else found.group(6, 5, 4))


def _figure(line: _Line, table_id: str, form: str, key: str, year: int, mode: str) -> Figure:
    record, approved_on = line.record, line.record.get("approved_on")
    return Figure(
        cluster=line.cluster_id,
        form=form,
        edition=line.edition.removesuffix(".0"),
        table=table_id,
        parent=key.rpartition("/")[0] or key.rpartition(".")[0],
        code=key.rpartition("/")[2],
        key=key,
        name=line.name,
        unit=line.unit,
        mode=mode,
        link=line.indicator.rstrip("."),
        year=year,
        value=_content(record.get("value")),
        approved_on=approved_on.isoformat()[:10] if isinstance(approved_on, dt.date) else as_text(approved_on),
        line=record.number,
    )


def _identity(line: _Line) -> tuple[str, str, str]:
    """What makes the records of several years one row: parent, code, and (without a code) the name."""
    code = read_code(line.record.get("code")).text
    return read_code(line.record.get("parent_code")).text, code, "" if code else folded(line.name)


def _keys(lines: list[tuple[str, str, str]], form: str, table_id: str) -> dict[tuple[str, str, str], str]:
    """Keys of the register's rows. The parent is given beside the code, so rows may stand in any order."""
    keys: dict[tuple[str, str, str], str] = {}
    used: set[str] = set()
    unnumbered = []
    for line in lines:
        parent, code, _ = line
        if not code:
            unnumbered.append(line)
            continue
        key = _key(parent, code, form, table_id)
        keys[line] = key
        used.add(key)
    free = FreeCodes(used)
    for line in unnumbered:
        keys[line] = free.first(line[0])
        used.add(keys[line])
    return keys


@lru_cache(maxsize=65536)
def _key(parent: str, code: str, form: str, table_id: str) -> str:
    codes = [Code(parent), Code(code)] if parent else [Code(code)]
    return assign_keys(codes, load_edition(form).book.tables[table_id].levels)[-1].key


@lru_cache(maxsize=1024)
def _mode(text: str, form: str, table_id: str) -> str | None:
    """A mode's id, from its caption or its id; empty for none, ``None`` for one that the table does not have."""
    edition = load_edition(form)
    table = edition.book.tables[table_id]
    if not text or text in table_modes(table):
        return text
    return edition.mode_of(text, table)


def _known_edition(form: str | None) -> Edition | None:
    try:
        return load_edition(form or "")
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
