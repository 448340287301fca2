"""What two registers say differently: clusters, figures, deadlines added, removed, changed. A pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from xlkit.register.records import iso_day
from xlkit.rules.registered import Cluster, Deadline, Figure, Register
from xlkit.rules.registerspec import FIGURES
from xlkit.values import Kind, cluster_key, folded, parse_value


class Change(StrEnum):
    """How something of one register stands to the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class RegisterChange:
    """One cluster, figure or deadline; ``old`` or ``new`` is ``None`` where one register lacks it.

    ``fields``: the names of the register's columns that differ, with both contents.
    """

    change: Change
    old: Cluster | Figure | Deadline | None
    new: Cluster | Figure | Deadline | None
    fields: tuple[tuple[str, object, object], ...] = ()

    @property
    def one(self) -> Cluster | Figure | Deadline:
        """What it is about, as the newer register has it if it has it."""
        found = self.new if self.new is not None else self.old
        assert found is not None
        return found


@dataclass(frozen=True)
class RegisterDiff:
    """Everything that differs between two registers, in the order of the second one, what it lacks last."""

    clusters: tuple[RegisterChange, ...] = ()
    figures: tuple[RegisterChange, ...] = ()
    deadlines: tuple[RegisterChange, ...] = ()

    @property
    def parts(self) -> dict[str, tuple[RegisterChange, ...]]:
        return {"clusters": self.clusters, "figures": self.figures, "deadlines": self.deadlines}

    @property
    def count(self) -> int:
        return sum(map(len, self.parts.values()))


_FIELDS: Mapping[type, Mapping[str, str]] = {
    Cluster: {name: name for name in ("id", "name", "kind", "industry", "region", "federal_district",
                                      "base_organisation", "first_year", "emails", "status")},
    Figure: {"edition": "edition", "name": "name", "unit": "unit", "mode": "mode", "link": "indicator",
             "value": "value", "approved_on": "approved_on"},
    Deadline: {"deadline": "deadline"},
}  # fmt: skip
"""What is compared, by the names of the register's columns."""


def diff_registers(old: Register, new: Register) -> RegisterDiff:
    """What ``new`` says differently from ``old``; a value means the same written as a number or as its text."""
    return RegisterDiff(
        tuple(_changes(old.clusters, new.clusters, lambda one: one.key)),
        tuple(_changes(old.figures, new.figures, figure_key)),
        tuple(_changes(old.deadlines, new.deadlines, lambda one: (one.form, folded(one.period)))),
    )


def figure_key(one: Figure) -> tuple[str, str, int, str, int]:
    """What names one figure of a register."""
    return cluster_key(one.cluster), one.form, FIGURES.index(one.table), one.key, one.year


def _changes(old: Iterable[Any], new: Iterable[Any], key: Callable[[Any], Any]) -> Iterator[RegisterChange]:
    before, after = {key(one): one for one in old}, {key(one): one for one in new}
    for at, one in after.items():
        was = before.get(at)
        if was is None:
            yield RegisterChange(Change.ADDED, None, one)
        elif was is not one and (fields := tuple(_fields(was, one))):
            yield RegisterChange(Change.CHANGED, was, one, fields)
    for at, one in before.items():
        if at not in after:
            yield RegisterChange(Change.REMOVED, one, None)


def _fields(old: Any, new: Any) -> Iterator[tuple[str, object, object]]:
    for name, column in _FIELDS[type(new)].items():
        a, b = getattr(old, name), getattr(new, name)
        if a != b and _meaning(name, a) != _meaning(name, b):
            yield column, a, b


def _meaning(name: str, content: Any) -> object:
    if name == "approved_on":
        return iso_day(content)
    if name != "value":
        return content
    value = parse_value(content)
    if value.kind is Kind.NUMBER:
        return value.number
    plain = value.kind in (Kind.DASH, Kind.YES, Kind.CROSS, Kind.BLANK)
    return value.kind if plain else (value.kind, folded(str(content)))
