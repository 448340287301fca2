"""A press starts as fast as its libraries let it."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.bench.cold_press import measure

AT_MOST, ROUNDS, PAIRS = 1.25, 5, 4


def test_a_cold_press_costs_little_more_than_its_imports(tmp_path: Path) -> None:
    """Two estimates of one ratio: of the least disturbed runs, and of pairs whose halves a busy machine slows alike."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(ROUNDS):
        more = measure(PAIRS, tmp_path)
        cold += more[0]
        warm += more[1]
        pairs = median(a / b for a, b in zip(cold, warm, strict=True))
        ratio = min(pairs, min(cold) / min(warm))
        if ratio <= AT_MOST:
            break
    assert ratio <= AT_MOST, (ratio, cold, warm)
