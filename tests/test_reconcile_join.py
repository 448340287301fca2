"""Two tables of figures are matched as a dictionary would match them, whatever their keys are."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from xlkit.reconcile.join import KIND_CODES, Side, compare, match
from xlkit.values import Kind

Pairs = tuple[list[tuple[int, int]], list[int], list[int]]


def expected(ours: Sequence[tuple[Any, ...]], theirs: Sequence[tuple[Any, ...]]) -> Pairs:
    """The first of a key with the other side's first, the second with its second."""
    waiting: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for j, key in enumerate(theirs):
        waiting[key].append(j)
    pairs = [(i, waiting[key].pop(0)) for i, key in enumerate(ours) if waiting[key]]
    lone = sorted(set(range(len(ours))) - {i for i, _ in pairs})
    return pairs, lone, sorted(set(range(len(theirs))) - {j for _, j in pairs})


def columns(rows: Sequence[tuple[Any, ...]], kinds: str) -> list[Any]:
    """The columns of keys as arrays: ``i`` for whole numbers, ``o`` for objects."""
    made = list(zip(*rows, strict=True)) if rows else [()] * len(kinds)
    return [np.array(c, dtype=int if kind == "i" else object) for c, kind in zip(made, kinds, strict=True)]


def found(ours: Sequence[tuple[Any, ...]], theirs: Sequence[tuple[Any, ...]], kinds: str) -> Pairs:
    one = match(columns(ours, kinds), columns(theirs, kinds))
    pairs = list(zip(one.ours.tolist(), one.theirs.tolist(), strict=True))
    return pairs, one.only_ours.tolist(), one.only_theirs.tolist()


WORDS = ("1.1", "1.1.", "", "ОПЦ-001", "опц-001", "38.02.01", None)
DRAWN = {
    "few keys, many twins": (lambda r: (r.randrange(3), r.choice(WORDS)), "io"),
    "years": (lambda r: (r.choice(WORDS), 2024 + r.randrange(4)), "oi"),
    "numbers far apart": (lambda r: (r.choice([0, 7, 10**12, -(10**15)]), r.choice([3, 10**14])), "ii"),
    "more keys than a number holds": (lambda r: tuple(f"{r.randrange(3)}{'x' * i}" for i in range(45)), "o" * 45),
}


@pytest.mark.parametrize("drawn", DRAWN)
@pytest.mark.parametrize("sizes", [(0, 0), (0, 5), (5, 0), (1, 1), (40, 60), (300, 200)])
def test_matches_are_those_of_a_dictionary(drawn: str, sizes: tuple[int, int]) -> None:
    chance = random.Random(f"{drawn}{sizes}")
    draw, kinds = DRAWN[drawn]
    ours, theirs = ([draw(chance) for _ in range(size)] for size in sizes)
    if drawn == "more keys than a number holds":
        theirs = [*theirs, *chance.sample(ours, len(ours) // 2)]
    told = expected(ours, theirs)
    assert found(ours, theirs, kinds) == told
    assert min(sizes) < 40 or (told[0] and (told[1] or told[2])), "there was something to match and something not"


def side(*figures: tuple[str, Kind, float]) -> Side:
    keys, kinds, numbers = zip(*figures, strict=True)
    codes = np.array([KIND_CODES[kind] for kind in kinds], dtype=np.int8)
    return Side([np.array(keys, dtype=object)], codes, np.array(numbers, dtype=float))


NAN = float("nan")


@pytest.mark.parametrize(
    ("ours", "theirs", "looked_at"),
    [
        ((Kind.NUMBER, 5), (Kind.NUMBER, 5), False),
        ((Kind.NUMBER, 5), (Kind.NUMBER, 5.009), False),
        ((Kind.NUMBER, 5), (Kind.NUMBER, 5.02), True),
        ((Kind.NUMBER, 9e307), (Kind.NUMBER, -9e307), True),
        ((Kind.NUMBER, 0), (Kind.BLANK, NAN), True),
        ((Kind.DASH, NAN), (Kind.DASH, NAN), False),
        ((Kind.DASH, NAN), (Kind.NUMBER, 0), True),
        ((Kind.BLANK, NAN), (Kind.BLANK, NAN), False),
        ((Kind.TEXT, NAN), (Kind.TEXT, NAN), True),
    ],
)
@pytest.mark.parametrize("tolerances", [0.01, np.array([0.0, 0.01])], ids=["one", "each"])
def test_what_is_plainly_equal_is_not_looked_at(
    ours: tuple[Kind, float], theirs: tuple[Kind, float], looked_at: bool, tolerances: Any
) -> None:
    every, told = compare(side(("x", Kind.BLANK, NAN), ("a", *ours)), side(("a", *theirs)), tolerances)
    assert (every.ours.tolist(), every.theirs.tolist(), every.only_ours.tolist()) == ([1], [0], [0])
    assert told.ours.tolist() == ([1] if looked_at else [])
    assert told.only_ours.tolist() == [], "a lone blank is nothing"


def test_what_one_side_lacks_is_looked_at() -> None:
    _, told = compare(side(("a", Kind.NUMBER, 1)), side(("b", Kind.BLANK, NAN), ("c", Kind.DASH, NAN)))
    assert (told.ours.tolist(), told.only_ours.tolist(), told.only_theirs.tolist()) == ([], [0], [1])
