"""A press starts as fast as its libraries let it."""

from __future__ import annotations

from pathlib import Path

from tests.bench.cold_press import measure
from tests.bench.ratio import ratio_within

AT_MOST = 1.25
PAIRS, ROUNDS = 2, 10
"""Four processes are a round: as few pairs as tell something, and as many rounds as a busy machine needs."""


def test_a_cold_press_costs_little_more_than_its_imports(tmp_path: Path) -> None:
    assert ratio_within(AT_MOST, lambda: measure(PAIRS, tmp_path), ROUNDS) <= AT_MOST
