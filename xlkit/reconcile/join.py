"""Two tables of figures side by side: which belong together, and which of those say something else.

The key of a figure is coded as one whole number, the same on both sides, by which the figure finds its place in an
array at once: no row is looked at by itself, and only keys that stand twice are sorted. It serves one workbook and
millions of figures alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.books.extract import KINDS
from xlkit.values import Kind

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Column = Any
"""An array of whole numbers or of objects such as texts, of numpy or of pandas: texts in Arrow are coded there."""
KIND_CODES = {kind: code for code, kind in enumerate(KINDS)}
NOT_COMPARABLE = (Kind.TEXT, Kind.AMBIGUOUS, Kind.DATE, Kind.ERROR, Kind.UNCACHED)
"""Kinds whose contents are compared as texts, if at all."""
EXACT = 1e-9
"""What two numbers may differ by where nothing more is tolerated: sums of binary fractions are not exact."""
_ROOM = 4
"""An array may have so many places for each figure; where keys need more of them, they are numbered without gaps."""


@dataclass(frozen=True)
class Side:
    """A table of n figures by columns, each an array of n.

    ``keys``: what names a figure, column by column in the same order on both sides.
    ``kinds``: positions in :data:`~xlkit.books.extract.KINDS`; ``numbers``: NaN where a figure is none.
    """

    keys: Sequence[Column]
    kinds: Array
    numbers: Array


@dataclass(frozen=True)
class Matches:
    """Positions of figures in their tables: those at ``ours[i]`` and ``theirs[i]`` have one key, the others no partner.

    Of figures with one key the first belongs to the other side's first, the second to its second. Each array ascends
    in our order, ``only_theirs`` in theirs.
    """

    ours: Array
    theirs: Array
    only_ours: Array
    only_theirs: Array


def compare(ours: Side, theirs: Side, tolerances: Array | float = 0.0) -> tuple[Matches, Matches]:
    """All matches of two tables, and of them what is to be looked at: neither plainly equal nor a lone blank.

    ``tolerances``: what two numbers may differ by, for each of our figures or for all. Plainly equal are numbers
    within that, and equal kinds that say all there is; contents that are compared as texts are always looked at.
    """
    import numpy as np

    every = match(ours.keys, theirs.keys)
    kinds, other_kinds = ours.kinds[every.ours], theirs.kinds[every.theirs]
    with np.errstate(over="ignore"):  # between the largest numbers
        apart = np.abs(ours.numbers[every.ours] - theirs.numbers[every.theirs])
    allowed = (tolerances if isinstance(tolerances, float) else tolerances[every.ours]) + EXACT
    equal = (kinds == other_kinds) & ~np.isin(kinds, [KIND_CODES[kind] for kind in NOT_COMPARABLE])
    equal &= (kinds != KIND_CODES[Kind.NUMBER]) | (apart <= allowed)
    blank = KIND_CODES[Kind.BLANK]
    told = Matches(
        every.ours[~equal],
        every.theirs[~equal],
        every.only_ours[ours.kinds[every.only_ours] != blank],
        every.only_theirs[theirs.kinds[every.only_theirs] != blank],
    )
    return every, told


def match(ours: Sequence[Column], theirs: Sequence[Column]) -> Matches:
    """Which figures have the same key; the columns of the keys as in :class:`Side`."""
    import numpy as np

    mine, other, size = _numbered(*_coded(ours, theirs))
    place = np.full(size, -1, dtype=np.int64)
    place[other] = np.arange(len(other))
    partner = place[mine]
    found = partner >= 0
    taken = np.zeros(len(other), dtype=bool)
    taken[partner[found]] = True
    return Matches(np.flatnonzero(found), partner[found], np.flatnonzero(~found), np.flatnonzero(~taken))


def _coded(ours: Sequence[Column], theirs: Sequence[Column]) -> tuple[Array, Array, int]:
    """The keys as whole numbers below a size, which is at most a few times the number of figures."""
    import numpy as np

    count = len(ours[0]) + len(theirs[0])
    whole, size = np.zeros(count, dtype=np.int64), 1
    for mine, other in zip(ours, theirs, strict=True):
        codes, words = _codes(_together(mine, other))
        if size * words >= 2**62:
            whole, size = _dense(whole)
        whole *= words
        whole += codes
        size *= words
    if size > _ROOM * count:
        whole, size = _dense(whole)
    return whole[: len(ours[0])], whole[len(ours[0]) :], size


def _together(mine: Column, other: Column) -> Column:
    import numpy as np
    import pandas as pd

    if isinstance(mine, np.ndarray) and isinstance(other, np.ndarray):
        return np.concatenate([mine, other])
    return pd.concat([pd.Series(mine), pd.Series(other)], ignore_index=True).array


def _codes(column: Column) -> tuple[Array, int]:
    """A column of both sides as whole numbers below a size."""
    if column.dtype.kind in "iu" and len(column):
        least = int(column.min())
        size = int(column.max()) - least + 1
        if size <= len(column):
            return column - least, size
    return _dense(column)


def _dense(column: Column) -> tuple[Array, int]:
    import pandas as pd

    codes, words = pd.factorize(column)
    return codes + 1, len(words) + 1  # nothing, which is a key as well, is -1 there


def _numbered(ours: Array, theirs: Array, size: int) -> tuple[Array, Array, int]:
    """Codes that no two figures of a side have: the second with a key has one of its own, which is both sides'."""
    import numpy as np

    repeats = [_repeats(codes, size) for codes in (ours, theirs)]
    later = [(places[nth > 0], nth[nth > 0]) for places, nth in repeats]
    if not any(len(places) for places, _ in later):
        return ours, theirs, size
    deepest = max(int(nth.max(initial=0)) for _, nth in later) + 1
    keys = [codes[places] * deepest + nth for codes, (places, nth) in zip((ours, theirs), later, strict=True)]
    codes, more = _dense(np.concatenate(keys))
    ours, theirs = ours.copy(), theirs.copy()
    ours[later[0][0]] = size + codes[: len(keys[0])]
    theirs[later[1][0]] = size + codes[len(keys[0]) :]
    return ours, theirs, size + more


def _repeats(codes: Array, size: int) -> tuple[Array, Array]:
    """The places of figures that share a code with others of their side, and how many of those stand before each."""
    import numpy as np

    last = np.empty(size, dtype=np.int64)
    last[codes] = np.arange(len(codes))
    if (last[codes] == np.arange(len(codes))).all():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    places = np.flatnonzero(np.bincount(codes, minlength=size)[codes] > 1)
    places = places[np.argsort(codes[places], kind="stable")]
    shared = codes[places]
    first = np.flatnonzero(np.r_[True, shared[1:] != shared[:-1]])
    lengths = np.diff(np.r_[first, len(shared)])
    return places, np.arange(len(shared)) - np.repeat(first, lengths)
