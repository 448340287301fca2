"""How many times one thing costs another, both measured in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

Costs = Sequence[float]
"""Of one thing, a figure for each run."""


def ratio_of(ours: Costs, theirs: Costs) -> float:
    """The smaller of two estimates: of the least disturbed runs, and of pairs whose halves a busy machine slows alike.

    ``ours`` and ``theirs`` are as long as each other: the runs of a pair stand in the same place.
    """
    return min(min(ours) / min(theirs), median(a / b for a, b in zip(ours, theirs, strict=True)))


def ratio_within(at_most: float, measure: Callable[[], tuple[Costs, Costs]], rounds: int = 5) -> float:
    """The ratio of what ``measure`` finds, round after round, until it is within ``at_most`` or the rounds are over."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        more = measure()
        ours += more[0]
        theirs += more[1]
        if ratio_of(ours, theirs) <= at_most:
            break
    return ratio_of(ours, theirs)
