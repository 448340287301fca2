"""Approved figures: records with the keys of their rows.

A figure is one approved value: cluster × form × row (key) × year. Its raw content stays as it is; the one
parser of cell values reads it like a workbook's cell.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from xlkit.errors import XlkitError
from xlkit.register.notes import Notes
from xlkit.register.tables import Records
from xlkit.rules.codes import Code, FreeCodes, assign_keys, read_code
from xlkit.rules.edition import Edition, list_editions, load_edition, table_modes
from xlkit.rules.period import read_year
from xlkit.rules.registered import Cluster, Figures
from xlkit.texts import Text
from xlkit.values import as_text, cluster_key, folded, of_each

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


Forms = Mapping[str, str | None]
"""The form that each cluster of the register fills, by the cluster's key; ``None`` for an unknown kind."""


def cluster_forms(clusters: Sequence[Cluster]) -> Forms:
    """The forms of clusters; those of one kind fill the same."""
    kinds: dict[str, str | None] = {}
    for cluster in clusters:
        if cluster.kind not in kinds:
            kinds[cluster.kind] = cluster.form
    return {cluster.key: kinds[cluster.kind] for cluster in clusters}


def form_names() -> dict[str, str]:
    """Form by everything that names it: its id, its title, its clusters' kind."""
    names: dict[str, str] = {}
    for form in dict.fromkeys(path.parent.name for path in list_editions()):
        book = load_edition(form).book
        names |= {folded(text): form for text in (book.form, book.title.ru, book.cluster_kind)}
    return names


def read_figures(table_id: str, records: Records, forms_of: Forms, notes: Notes) -> Figures:
    """Figures with their keys; rows of one cluster and form are numbered together.

    A record without a form is of the form that its cluster fills (``forms_of``). Columns are understood one by one:
    what stands in a column thousands of times is looked at once.
    """
    records, groups, forms = _usable(table_id, records, forms_of, notes)
    keys = _keys(table_id, records, groups, forms)
    years, modes = records.texts("year"), records.texts("mode")
    columns: dict[str, Sequence[Any]] = {
        "cluster": records.texts("cluster_id"),
        "form": forms,
        "table": [table_id] * len(records),
        "parent": of_each(lambda key: key.rpartition("/")[0] or key.rpartition(".")[0], keys),
        "code": of_each(lambda key: key.rpartition("/")[2], keys),
        "key": keys,
        "name": records.texts("name"),
        "unit": records.texts("unit"),
        "mode": _modes(table_id, modes, forms),
        "link": of_each(lambda text: text.rstrip("."), records.texts("indicator")),
        "year": of_each(read_year, years),
        "value": of_each(_content, records.contents("value")),
        "approved_on": of_each(_approved_on, records.contents("approved_on")),
        "edition": of_each(lambda text: text.removesuffix(".0"), records.texts("edition")),
        "line": records.numbers,
    }
    kept = _kept(table_id, groups, columns, years, modes, notes)
    if len(kept) < len(records):
        columns = {name: [contents[at] for at in kept] for name, contents in columns.items()}
    return Figures({**columns, "mode": [mode or "" for mode in columns["mode"]]})


# --- whose they are ---------------------------------------------------------------------------------------


class _Owner(NamedTuple):
    """Whose a record is: the cluster's key, whether the register knows it, the form, why it cannot be used."""

    cluster: str
    known: bool
    form: str
    trouble: Text | None


def _usable(table_id: str, records: Records, forms_of: Forms, notes: Notes) -> tuple[Records, list[int], list[str]]:
    """The records that can be used, those of one cluster and form together; each one's group, by number, and form."""
    pairs = list(zip(records.texts("cluster_id"), records.texts("form"), strict=True))
    owners = _owners(table_id, forms_of, dict.fromkeys(pairs))
    if not all(one.known and one.trouble is None for one in owners.values()):
        for number, pair in zip(records.numbers, pairs, strict=True):
            one = owners[pair]
            if not one.known:
                notes.say(table_id, number, _NO_CLUSTER, pair[0])
            if one.trouble is not None:
                notes.say(table_id, number, one.trouble, pair[1] or one.form)
    numbers: dict[tuple[str, str], int] = {}
    usable = {pair: one for pair, one in owners.items() if one.trouble is None}
    group_of = {pair: numbers.setdefault((one.cluster, one.form), len(numbers)) for pair, one in usable.items()}
    groups = [group_of.get(pair, -1) for pair in pairs]
    if -1 in groups or groups != sorted(groups):
        order = sorted((at for at, group in enumerate(groups) if group >= 0), key=groups.__getitem__)
        records, groups, pairs = records.at(order), [groups[at] for at in order], [pairs[at] for at in order]
    return records, groups, [owners[pair].form for pair in pairs]


def _owners(table_id: str, forms_of: Forms, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], _Owner]:
    """Whose the records are that name a cluster and a form."""
    forms = form_names()

    def owner(cluster: str, said: str) -> _Owner:
        key = cluster_key(cluster)
        form = forms.get(folded(said)) if said else forms_of.get(key)
        edition = _known_edition(form)
        if form is None or edition is None:
            return _Owner(key, key in forms_of, "", _NO_FORM)
        return _Owner(key, key in forms_of, form, None if table_id in edition.book.tables else _NO_TABLE)

    return {pair: owner(*pair) for pair in pairs}


def _known_edition(form: str | None) -> Edition | None:
    try:
        return load_edition(form or "")
    except XlkitError:
        return None


# --- their rows -------------------------------------------------------------------------------------------


def _keys(table_id: str, records: Records, groups: list[int], forms: list[str]) -> list[str]:
    """Keys of the register's rows. The parent is given beside the code, so rows may stand in any order."""
    parents, codes = (of_each(_code, records.contents(name)) for name in ("parent_code", "code"))
    rows = list(zip(parents, codes, forms, strict=True))
    known = {row: _key(*row, table_id) if row[1] else "" for row in set(rows)}
    keys = [known[row] for row in rows]
    if "" in known.values():
        _number(keys, groups, parents, records.texts("name"))
    return keys


def _number(keys: list[str], groups: list[int], parents: list[str], names: list[str]) -> None:
    """Give rows without a code the next free number under their parent: the records of one name are one row."""
    used: dict[int, set[str]] = {group: set() for group, key in zip(groups, keys, strict=True) if not key}
    for group, key in zip(groups, keys, strict=True):
        if key and group in used:
            used[group].add(key)
    free = {group: FreeCodes(taken) for group, taken in used.items()}
    given: dict[tuple[int, str, str], str] = {}
    for at, group in enumerate(groups):
        if not keys[at]:
            row = group, parents[at], folded(names[at])
            if row not in given:
                given[row] = free[group].first(parents[at])
                used[group].add(given[row])
            keys[at] = given[row]


def _code(raw: object) -> str:
    return read_code(raw).text


@lru_cache(maxsize=65536)
def _key(parent: str, code: str, form: str, table_id: str) -> str:
    codes = [Code(parent), Code(code)] if parent else [Code(code)]
    return assign_keys(codes, load_edition(form).book.tables[table_id].levels)[-1].key


def _modes(table_id: str, texts: list[str], forms: list[str]) -> list[str | None]:
    pairs = list(zip(texts, forms, strict=True))
    known = {pair: _mode(*pair, table_id) for pair in set(pairs)}
    return [known[pair] for pair in pairs]


def _mode(text: str, form: str, table_id: str) -> str | None:
    """A mode's id, from its caption or its id; empty for none, ``None`` for one that the table does not have."""
    edition = load_edition(form)
    table = edition.book.tables[table_id]
    if not text or text in table_modes(table):
        return text
    return edition.mode_of(text, table)


# --- one of each ------------------------------------------------------------------------------------------


def _kept(
    table_id: str,
    groups: list[int],
    columns: dict[str, Sequence[Any]],
    years: list[str],
    modes: list[str],
    notes: Notes,
) -> list[int]:
    """Which records count: one of each row and year; of two that differ the one approved later, in its place.

    ``years`` and ``modes`` are as they stand in the register.
    """
    kept: dict[tuple[int, str, int | None], int] = {}
    values, days, numbers, known_modes = (columns[name] for name in ("value", "approved_on", "line", "mode"))
    for at, place in enumerate(zip(groups, columns["key"], columns["year"], strict=True)):
        if place[2] is None:
            notes.say(table_id, numbers[at], _NO_YEAR, years[at])
            continue
        if known_modes[at] is None:
            notes.say(table_id, numbers[at], _NO_MODE, modes[at])
        first = kept.setdefault(place, at)
        if first != at:
            same = folded(as_text(values[first])) == folded(as_text(values[at]))
            said = f"{columns['cluster'][at]}, {place[1]}, {place[2]}"
            notes.say(table_id, numbers[at], _TWICE if same else _TWO_VALUES, said)
            if not same and _day(days[at]) > _day(days[first]) > "":
                kept[place] = at
    return list(kept.values())


def _day(text: str) -> str:
    """The day of approval in the order of days; empty where it is not understood."""
    found = re.search(r"(20\d\d)-(\d\d)-(\d\d)|(\d\d)\.(\d\d)\.(20\d\d)", text)
    if found is None:
        return ""
    return "".join(found.group(1, 2, 3) if found[1] else found.group(6, 5, 4))


def _approved_on(raw: Any) -> str:
    return raw.isoformat()[:10] if isinstance(raw, dt.date) else as_text(raw)


def _content(value: object) -> object:
    """A database's value as a cell's content."""
    if value is None or isinstance(value, (str, int, float, bool, dt.date)):
        return value
    try:
        return float(str(value))  # Decimal of a NUMERIC column
    except (TypeError, ValueError):
        return str(value)
