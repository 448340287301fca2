"""What has changed since the свод before: workbooks, clusters, values, totals. Found by DuckDB, kept in the store.

The new store keeps what differs with the old and the new value, not the whole of the earlier one: that is as much as
anybody asks, and a store stays as large as one свод.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeVar

from xlkit.address import cell_name
from xlkit.store.database import About

if TYPE_CHECKING:
    import duckdb

NEW, WITHDRAWN, REPLACED, STANDING = "new", "withdrawn", "replaced", "standing"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A workbook that is new, withdrawn, replaced by another content, or has another standing in the intake."""

    kind: str
    cluster: str
    form: str
    year: int
    quarter: int
    file: str | None
    earlier_file: str | None
    standing: str | None
    earlier_standing: str | None


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """What is known of a cluster and was otherwise: ``field`` is region, district, industry, or expected («да», «нет»).

    The register says it, else the title sheet; the groups' sums change with it although no workbook did.
    """

    cluster: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A value of a replaced workbook. The cell is the new one, of a row that is gone the old one."""

    cluster: str
    form: str
    file: str
    sheet: str
    row_number: int
    column_number: int
    table_id: str
    key: str
    name: str
    field: str
    year: int
    quarter: int
    old_number: float | None
    old_text: str | None
    new_number: float | None
    new_text: str | None

    @property
    def cell(self) -> str:
        return cell_name(self.row_number, self.column_number)

    @property
    def old(self) -> float | str | None:
        return self.old_text if self.old_number is None else self.old_number

    @property
    def new(self) -> float | str | None:
        return self.new_text if self.new_number is None else self.new_number


@dataclass(frozen=True, slots=True)
class TotalChange:
    """A total whose sum, or whose number of clusters, is another one."""

    form: str
    table_id: str
    key: str
    name: str
    unit: str
    year: int
    quarter: int
    dimension: str
    group_name: str
    old: float | None
    new: float | None
    old_clusters: int | None
    new_clusters: int | None
    old_missing: int | None
    new_missing: int | None


@dataclass(frozen=True)
class Changes:
    """Since when, until when, and what; false where nothing has changed. ``since`` is ``None`` for a first свод."""

    since: dt.datetime | None
    made_at: dt.datetime
    files: tuple[FileChange, ...] = ()
    figures: tuple[FigureChange, ...] = ()
    totals: tuple[TotalChange, ...] = ()
    clusters: tuple[ClusterChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.clusters or self.figures or self.totals)


def find_changes(database: duckdb.DuckDBPyConnection) -> None:
    """Compare the store with the one attached as ``earlier`` and keep what differs in the tables ``changed_…``."""
    found = list(enumerate(_changed_files(database), start=1))
    if found:
        marks = ", ".join("?" * (1 + len(fields(FileChange))))
        rows = [(number, *astuple(change)) for number, change in found]
        database.executemany(f"INSERT INTO changed_files VALUES ({marks})", rows)
    database.execute(f"INSERT INTO changed_clusters {_CLUSTERS}")
    database.execute(f"INSERT INTO changed_figures {_FIGURES}")
    database.execute(f"INSERT INTO changed_totals {_TOTALS}")


def read_changes(database: duckdb.DuckDBPyConnection, about: About) -> Changes:
    """What a store says has changed."""
    return Changes(
        about.previous,
        about.made_at,
        tuple(_read(database, "changed_files", FileChange)),
        tuple(_read(database, "changed_figures", FigureChange)),
        tuple(_read(database, "changed_totals", TotalChange)),
        tuple(_read(database, "changed_clusters", ClusterChange)),
    )


_Record = TypeVar("_Record")


def _read(database: duckdb.DuckDBPyConnection, table: str, kind: type[_Record]) -> Iterator[_Record]:
    names = ", ".join(field.name for field in fields(kind))  # type: ignore[arg-type]
    for row in database.execute(f"SELECT {names} FROM {table} ORDER BY no").fetchall():
        yield kind(*row)


# --- files ------------------------------------------------------------------------------------------------

_FILE = ("path", "sha256", "cluster", "cluster_key", "form", "year", "quarter", "standing")
_FILES = f"""
SELECT {", ".join(f"n.{name}" for name in _FILE)}, {", ".join(f"o.{name}" for name in _FILE)}
FROM (SELECT * FROM main.files WHERE path IS NOT NULL) n
FULL JOIN (SELECT * FROM earlier.files WHERE path IS NOT NULL) o ON n.path = o.path
WHERE n.path IS NULL OR o.path IS NULL OR n.sha256 IS DISTINCT FROM o.sha256 OR n.standing <> o.standing
ORDER BY coalesce(n.no, 1000000000), o.no
"""

_File = tuple[Any, ...]


def _changed_files(database: duckdb.DuckDBPyConnection) -> Iterator[FileChange]:
    """Files by their paths; one that went and one that came for the same submission are one that was replaced."""
    width = len(_FILE)
    rows = [(row[:width], row[width:]) for row in database.execute(_FILES).fetchall()]
    gone = [old for new, old in rows if new[0] is None]
    for new, same in rows:
        if new[0] is None:
            continue
        old = same if same[0] is not None else _taken(gone, new)
        if old is None or (old[1], old[7]) != (new[1], new[7]):
            yield _file_change(new, old)
    for old in gone:
        yield _file_change(None, old)


def _taken(gone: list[_File], new: _File) -> _File | None:
    """The file that went away whose place a new one takes: the same content first, else the first of its submission."""
    likely = [old for old in gone if _identity(old) == _identity(new)]
    found = next((old for old in likely if old[1] == new[1]), likely[0] if likely else None)
    if found is not None:
        gone.remove(found)
    return found


def _identity(file: _File) -> tuple[object, ...]:
    """Cluster, form and period; of a file that nobody could read its name."""
    return tuple(file[3:7]) if file[3] else (PurePath(file[0]).name,)


def _file_change(new: _File | None, old: _File | None) -> FileChange:
    path, _, cluster, _, form, year, quarter, standing = new or old or ()
    kind = NEW if old is None else WITHDRAWN if new is None else REPLACED if new[1] != old[1] else STANDING
    return FileChange(
        kind, cluster, form, year, quarter, path if new else None, old[0] if old else None,
        standing if new else None, old[7] if old else None,
    )  # fmt: skip


# --- clusters ---------------------------------------------------------------------------------------------


def _known(schema: str) -> str:
    """What a store says of each cluster; where its workbooks disagree, the first that enters counts."""
    first = "CASE WHEN enters THEN no ELSE 1000000000 + no END"
    said = ", ".join(f"arg_min({name}, {first}) AS {name}" for name in ("cluster", "region", "district", "industry"))
    return f"""
    SELECT cluster_key, {said}, CASE WHEN bool_or(expected) THEN 'да' ELSE 'нет' END AS expected
    FROM {schema}.files WHERE cluster_key <> '' GROUP BY cluster_key"""


_CLUSTERS = f"""
WITH n AS ({_known("main")}), o AS ({_known("earlier")}), said AS (
    SELECT coalesce(n.cluster_key, o.cluster_key) AS cluster_key, coalesce(n.cluster, o.cluster) AS cluster,
        n.cluster_key IS NULL OR o.cluster_key IS NULL AS one_sided,
        unnest([1, 2, 3, 4]) AS place, unnest(['region', 'district', 'industry', 'expected']) AS field,
        unnest([o.region, o.district, o.industry, coalesce(o.expected, 'нет')]) AS old,
        unnest([n.region, n.district, n.industry, coalesce(n.expected, 'нет')]) AS new
    FROM n FULL JOIN o ON n.cluster_key = o.cluster_key
)
SELECT row_number() OVER (ORDER BY cluster_key, place), cluster, field, old, new
FROM said WHERE old <> new AND (field = 'expected' OR NOT one_sided) ORDER BY 1
"""


# --- figures and totals -----------------------------------------------------------------------------------


def _side(schema: str) -> str:
    """The values of the submissions that entered both times and whose content, or rules, are others now."""
    return f"""
    SELECT f.cluster, f.cluster_key, f.form, f.year AS of_year, f.quarter AS of_quarter, f.path, r.table_id, r.key,
        r.nth, r.sheet, r.row_number, r.name, c.column_number, c.field, c.year, c.quarter, c.number,
        CASE c.kind WHEN 'blank' THEN NULL WHEN 'number' THEN NULL WHEN 'dash' THEN '-' WHEN 'yes' THEN 'да'
            WHEN 'cross' THEN 'х' ELSE c.raw END AS said
    FROM {schema}.files f JOIN {schema}.rows r ON r.file = f.no JOIN {schema}.cells c ON c.row_no = r.no
    SEMI JOIN other ON f.cluster_key = other.cluster_key AND f.form = other.form AND f.year = other.year
        AND f.quarter = other.quarter
    WHERE f.enters"""


_KEYS = (
    "cluster_key", "form", "of_year", "of_quarter", "table_id", "key", "nth", "field", "year", "quarter"
)  # fmt: skip


def _either(names: Sequence[str]) -> str:
    return ", ".join(f"coalesce(n.{name}, o.{name}) AS {name}" for name in names)


_FIGURES = f"""
WITH other AS (
    SELECT n.cluster_key, n.form, n.year, n.quarter FROM main.files n JOIN earlier.files o
    ON n.cluster_key = o.cluster_key AND n.form = o.form AND n.year = o.year AND n.quarter = o.quarter
    WHERE n.enters AND o.enters AND (n.sha256 IS DISTINCT FROM o.sha256 OR n.rules IS DISTINCT FROM o.rules)
), n AS ({_side("main")}), o AS ({_side("earlier")}), differ AS (
    SELECT {_either((*_KEYS, "cluster", "path", "sheet", "row_number", "column_number", "name"))},
        o.number AS old_number, o.said AS old_text, n.number AS new_number, n.said AS new_text
    FROM n FULL JOIN o ON {" AND ".join(f"n.{name} = o.{name}" for name in _KEYS)}
    WHERE n.number IS DISTINCT FROM o.number OR n.said IS DISTINCT FROM o.said
)
SELECT row_number() OVER (ORDER BY cluster_key, form, of_year, of_quarter, table_id, row_number, column_number, key,
        nth, field, year, quarter),
    cluster, form, path, sheet, row_number, column_number, table_id, key, name, field, year, quarter, old_number,
    old_text, new_number, new_text
FROM differ ORDER BY 1
"""

_PLACE = ("form", "table_id", "key", "year", "quarter", "dimension", "group_name")
_MISSING = "{0}.blank + {0}.doubtful + {0}.other + {0}.absent"
_TOTALS = f"""
WITH differ AS (
    SELECT coalesce(n.no, 1000000000 + o.no) AS place, {_either((*_PLACE, "name", "unit"))}, o.amount AS old,
        n.amount AS new, o.numbers + o.yes AS old_clusters, n.numbers + n.yes AS new_clusters,
        {_MISSING.format("o")} AS old_missing, {_MISSING.format("n")} AS new_missing
    FROM main.totals n FULL JOIN earlier.totals o ON {" AND ".join(f"n.{name} = o.{name}" for name in _PLACE)}
)
SELECT row_number() OVER (ORDER BY place), form, table_id, key, name, unit, year, quarter, dimension, group_name, old,
    new, old_clusters, new_clusters, old_missing, new_missing
FROM differ
WHERE (old IS NULL) <> (new IS NULL) OR abs(new - old) > 1e-9 * greatest(abs(new), abs(old))
    OR old_clusters IS DISTINCT FROM new_clusters OR old_missing IS DISTINCT FROM new_missing
ORDER BY 1
"""
