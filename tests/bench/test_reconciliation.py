"""What reconciles the figures finds what a merge of pandas, DuckDB and datacompy find, and sooner."""

from __future__ import annotations

import gc
import statistics
import time

import pandas as pd
import pytest

from tests.bench.reconciliation import WAYS, by_pandas, by_xlkit, in_order, installed, make_tables

AT_MOST = 0.6


@pytest.mark.parametrize("way", [way for way in WAYS if way != "pandas.merge" and installed(way)])
def test_all_ways_find_the_same(way: str) -> None:
    ours, theirs = make_tables(5000)
    told = in_order(by_pandas(ours, theirs))
    kinds = (
        told["value"].isna().sum(),
        told["approved"].isna().sum(),
        told[["value", "approved"]].notna().all(axis=1).sum(),
    )
    assert min(kinds) > 5
    pd.testing.assert_frame_equal(in_order(WAYS[way](ours, theirs)), told, check_dtype=False)


@pytest.mark.long
def test_five_million_figures() -> None:
    ours, theirs = make_tables(5_000_000)
    taken = {}
    for way in (by_pandas, by_xlkit):
        times = []
        for _ in range(3):
            gc.collect()
            began = time.process_time()
            way(ours, theirs)
            times.append(time.process_time() - began)
        taken[way] = statistics.median(times)
    assert taken[by_xlkit] <= AT_MOST * taken[by_pandas], taken
