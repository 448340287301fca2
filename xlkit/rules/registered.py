"""What the register holds: clusters, approved figures, deadlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

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
    figures: tuple[Figure, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    absent: frozenset[str] = frozenset()
    notes: tuple[Text, ...] = ()

    def cluster(self, identifier: str) -> Cluster | None:
        """A cluster by its id, whatever its dashes, case and spaces."""
        return self._by_key.get(cluster_key(identifier))

    def figures_of(self, identifier: str, form: str) -> list[Figure]:
        """The approved figures of one cluster and form."""
        return self._by_owner.get((cluster_key(identifier), form), [])

    @cached_property
    def _by_key(self) -> dict[str, Cluster]:
        return {c.key: c for c in reversed(self.clusters)}

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], list[Figure]]:
        owners: dict[tuple[str, str], list[Figure]] = {}
        for figure in self.figures:
            owners.setdefault((cluster_key(figure.cluster), figure.form), []).append(figure)
        return owners
