"""What the register holds: clusters, approved figures, deadlines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import chain, groupby
from typing import Any, overload

from xlkit.rules.edition import list_editions, load_edition
from xlkit.rules.registerspec import register_spec
from xlkit.texts import Text
from xlkit.values import cluster_key, folded


@dataclass(frozen=True)
class Figure:
    """One approved value of a row and year. ``value`` is the raw content, read by the one parser of cell values.

    ``line`` is the number of its record: the row of a sheet, or the place in a table; 0 where it comes from nowhere.
    """

    cluster: str
    form: str
    table: str
    parent: str
    code: str
    key: str
    name: str
    unit: str
    mode: str
    link: str
    year: int
    value: object
    approved_on: str = ""
    edition: str = ""
    line: int = field(default=0, compare=False)


class Figures(Sequence[Figure]):
    """Many figures, kept column by column under the names of :class:`Figure`: tens of thousands are read at once and
    compared by columns. A ``Figure`` is made where somebody asks for one, and then stays the same object."""

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._columns = columns

    @classmethod
    def of(cls, figures: Iterable[Figure]) -> Figures:
        """Figures by columns, whatever way they come."""
        if isinstance(figures, Figures):
            return figures
        every = list(figures)
        return cls({name: [getattr(one, name) for one in every] for name in FIGURE_FIELDS})

    @classmethod
    def joined(cls, parts: Sequence[Figures]) -> Figures:
        """The figures of several parts in their order."""
        return cls({n: list(chain.from_iterable([part.column(n) for part in parts])) for n in FIGURE_FIELDS})

    def column(self, name: str) -> Sequence[Any]:
        """What all figures have under one name."""
        return self._columns[name]

    def within(self, spans: Sequence[slice]) -> Figures:
        """Those that stand in some spans."""
        if len(spans) == 1:
            return Figures({name: column[spans[0]] for name, column in self._columns.items()})
        return Figures.joined([self.within([span]) for span in spans])

    @cached_property
    def _made(self) -> tuple[Figure, ...]:
        return tuple(map(Figure, *map(self.column, FIGURE_FIELDS)))

    def __len__(self) -> int:
        return len(self.column("key"))

    @overload
    def __getitem__(self, at: int) -> Figure: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Figure, ...]: ...
    def __getitem__(self, at: int | slice) -> Figure | tuple[Figure, ...]:
        return self._made[at]

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._made)

    def __eq__(self, other: object) -> bool:
        return self._made == tuple(other) if isinstance(other, (Figures, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._made)


FIGURE_FIELDS = tuple(one.name for one in fields(Figure))


@dataclass(frozen=True)
class Cluster:
    """A cluster of the register."""

    id: str
    name: str = ""
    kind: str = ""
    industry: str = ""
    region: str = ""
    federal_district: str = ""
    base_organisation: str = ""
    first_year: int | None = None
    emails: tuple[str, ...] = ()
    status: str = ""

    @property
    def key(self) -> str:
        return cluster_key(self.id)

    @property
    def active(self) -> bool:
        """Whether workbooks are expected of it: its status does not say that it has left the programme."""
        status = folded(self.status)
        return not any(status.startswith(folded(one)) for one in register_spec().inactive)

    @property
    def form(self) -> str | None:
        """The form that a cluster of this kind fills; ``None`` for an unknown kind."""
        for path in list_editions():
            if folded(load_edition(path.parent.name).book.cluster_kind) == folded(self.kind):
                return path.parent.name
        return None


@dataclass(frozen=True)
class Deadline:
    """Until when a form of a period is due; Moscow time, as it is written in the register."""

    form: str
    period: str
    deadline: str


@dataclass(frozen=True)
class Register:
    """The register, read whole.

    ``figures`` in the order of the register, ``absent`` the tables of figures that it does not keep, ``notes`` on
    what could not be used.
    """

    source: str
    clusters: tuple[Cluster, ...] = ()
    figures: Sequence[Figure] = ()
    deadlines: tuple[Deadline, ...] = ()
    absent: frozenset[str] = frozenset()
    notes: tuple[Text, ...] = ()

    def cluster(self, identifier: str) -> Cluster | None:
        """A cluster by its id, whatever its dashes, case and spaces."""
        return self._by_key.get(cluster_key(identifier))

    def figures_of(self, identifier: str, form: str) -> Figures:
        """The approved figures of one cluster and form."""
        return self._by_column.within(self._by_owner.get((cluster_key(identifier), form), []))

    @cached_property
    def _by_key(self) -> dict[str, Cluster]:
        return {c.key: c for c in reversed(self.clusters)}

    @cached_property
    def _by_column(self) -> Figures:
        return Figures.of(self.figures)

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], list[slice]]:
        owners: dict[tuple[str, str], list[slice]] = {}
        at = 0
        for (cluster, form), run in groupby(zip(*map(self._by_column.column, ("cluster", "form")), strict=True)):
            end = at + sum(1 for _ in run)
            owners.setdefault((cluster_key(cluster), form), []).append(slice(at, end))
            at = end
        return owners
