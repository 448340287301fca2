"""Two tables of figures reconciled, beside what an analyst would do: seconds and memory, side by side.

Run it by hand: ``python tests/bench/reconciliation.py [ROWS…]`` (90,000 and 5,000,000). The data are made at random:
cluster, table, code and year as a key of texts and a number, a value and a unit; one figure of a hundred differs, as
many differ within the tolerance, some stand only on one side, and the two tables are in different orders. All ways get
the same two data frames and give the same differences as a data frame: a merge of pandas, a full outer join of DuckDB
(with both cores), datacompy where it is installed, and what ``xlkit.reconcile`` does, coding the keys included. Each
runs in a process of its own, three times; the ratios are of the medians of the CPU time.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from xlkit.reconcile.join import KIND_CODES, Side, compare
from xlkit.values import Kind

KEYS = ["cluster", "table", "code", "year"]
TOLERANCE = 0.01
ROUNDS = 3
_TABLES, _CODES, _YEARS = ("plan", "indicators"), 30, 3
_PER_CLUSTER = len(_TABLES) * _CODES * _YEARS
_KEPT = 0.9
Frames = tuple[pd.DataFrame, pd.DataFrame]


def make_tables(rows: int, seed: int = 1) -> Frames:
    """What workbooks say and what was approved, each of about as many rows."""
    chance = np.random.default_rng(seed)
    places = np.arange(int(rows / _KEPT))
    places = places[chance.random(len(places)) < _KEPT]
    value = np.round(chance.random(len(places)) * 1000, 2)
    ours = _table(places, value, chance.random(len(places)) > 0.003)
    kind = chance.random(len(places))
    approved = np.where(kind < 0.01, value + 1, np.where(kind < 0.02, value + TOLERANCE / 2, value))
    theirs = _table(places, approved, chance.random(len(places)) > 0.003)
    return ours, theirs.iloc[chance.permutation(len(theirs))].reset_index(drop=True)


def _table(places: Any, value: Any, kept: Any) -> pd.DataFrame:
    def words(found: list[str], at: Any) -> Any:
        return np.array(found, dtype=object)[at]

    places, value = places[kept], value[kept]
    clusters = [f"ОПЦ-{i:06d}" for i in range(int(places.max(initial=0)) // _PER_CLUSTER + 1)]
    codes = [f"{a}.{b}.{c}" for a in range(1, 6) for b in range(1, 4) for c in range(1, 3)]
    return pd.DataFrame(
        {
            "cluster": words(clusters, places // _PER_CLUSTER),
            "table": words(list(_TABLES), places // (_CODES * _YEARS) % len(_TABLES)),
            "code": words(codes, places // _YEARS % _CODES),
            "year": 2026 + places % _YEARS,
            "value": value,
            "unit": words(["чел.", "ед.", "тыс. руб."], places // _YEARS % 3),
        }
    )


# --- the ways: the differences as keys, value, approved; a figure that is not there is NaN ------------------


def by_pandas(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    joined = ours.merge(theirs, on=KEYS, how="outer", suffixes=("", "_approved"), indicator=True)
    apart = (joined["value"] - joined["value_approved"]).abs() > TOLERANCE
    found = joined[apart | (joined["_merge"] != "both")]
    return found[[*KEYS, "value", "value_approved"]].rename(columns={"value_approved": "approved"})


def by_duckdb(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    import duckdb

    with duckdb.connect(config={"threads": 2}) as base:
        base.register("ours", _for_duckdb(ours))
        base.register("theirs", _for_duckdb(theirs))
        keys = ", ".join(f'"{name}"' for name in KEYS)
        query = f"""
            SELECT {keys}, ours.value, theirs.value AS approved FROM ours FULL OUTER JOIN theirs USING ({keys})
            WHERE ours.value IS NULL OR theirs.value IS NULL OR abs(ours.value - theirs.value) > {TOLERANCE}"""
        return base.sql(query).df()


def _in_arrow(frame: pd.DataFrame) -> bool:
    """Whether pandas keeps texts in Arrow, as it does where that is installed."""
    return getattr(frame["cluster"].dtype, "storage", "") == "pyarrow"


def _for_duckdb(frame: pd.DataFrame) -> Any:
    if not _in_arrow(frame):
        return frame
    import pyarrow

    return pyarrow.Table.from_pandas(frame)


def by_datacompy(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    import datacompy

    compared = datacompy.PandasCompare(ours, theirs, join_columns=KEYS, abs_tol=TOLERANCE)
    differing = compared.intersect_rows[~compared.intersect_rows["value_match"]]
    return pd.concat(
        [
            differing[[*KEYS, "value_df1", "value_df2"]].set_axis([*KEYS, "value", "approved"], axis=1),
            compared.df1_unq_rows[[*KEYS, "value"]],
            compared.df2_unq_rows[[*KEYS, "value"]].rename(columns={"value": "approved"}),
        ]
    )


def by_xlkit(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    _, told = compare(_side(ours), _side(theirs), TOLERANCE)
    approved = theirs["value"].to_numpy()
    return pd.concat(
        [
            ours[[*KEYS, "value"]].take(told.ours).assign(approved=approved[told.theirs]),
            ours[[*KEYS, "value"]].take(told.only_ours),
            theirs[[*KEYS, "value"]].take(told.only_theirs).rename(columns={"value": "approved"}),
        ]
    )


def _side(frame: pd.DataFrame) -> Side:
    kinds = np.full(len(frame), KIND_CODES[Kind.NUMBER], dtype=np.int8)
    keys = [frame[name].array if _in_arrow(frame) else frame[name].to_numpy() for name in KEYS]
    return Side(keys, kinds, frame["value"].to_numpy())


WAYS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]] = {
    "pandas.merge": by_pandas,
    "DuckDB": by_duckdb,
    "datacompy": by_datacompy,
    "xlkit": by_xlkit,
}
NEEDS = {"DuckDB": "duckdb", "datacompy": "datacompy"}


def in_order(found: pd.DataFrame) -> pd.DataFrame:
    """Differences in one order, so that those of two ways can be compared."""
    return found[[*KEYS, "value", "approved"]].sort_values(KEYS).reset_index(drop=True).astype({"year": int})


def installed(way: str) -> bool:
    return way not in NEEDS or importlib.util.find_spec(NEEDS[way]) is not None


# --- measuring --------------------------------------------------------------------------------------------


def measure(way: str, rows: int) -> dict[str, Any]:
    """CPU and wall seconds of a way in this process, the memory that it took at most, what it found."""
    ours, theirs = make_tables(rows)
    cpu, wall = [], []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time(), time.perf_counter()
        found = WAYS[way](ours, theirs)
        cpu.append(time.process_time() - began[0])
        wall.append(time.perf_counter() - began[1])
    told = in_order(found)
    return {
        "cpu": statistics.median(cpu),
        "wall": statistics.median(wall),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "differences": len(told),
        "digest": int(pd.util.hash_pandas_object(told, index=False).sum()),
    }


def report(rows: int) -> None:
    found: dict[str, dict[str, Any]] = {}
    for way in filter(installed, WAYS):
        command = [sys.executable, __file__, "--one", way, str(rows)]
        found[way] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert len({one["digest"] for one in found.values()}) == 1, found
    differences = next(iter(found.values()))["differences"]
    print(f"{rows:,} rows on each side, the same {differences:,} differences by all")
    base = found["pandas.merge"]["cpu"]
    for way, one in found.items():
        ratio = f"{one['cpu'] / base:5.2f} × pandas.merge"
        print(f"{way:14} {one['cpu']:8.3f} s CPU {one['wall']:8.3f} s {ratio}  {one['memory']:.2f} GiB at most")


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
        return
    for rows in [int(word) for word in sys.argv[1:]] or [90_000, 5_000_000]:
        report(rows)


if __name__ == "__main__":
    main()
