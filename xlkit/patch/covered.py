"""Notes of cells that a merged area covers: no program shows them there, so they go to the area's first cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlkit.address import Box


def at_seen_cells(notes: Mapping[tuple[int, int], str], areas: Sequence[Box], ours: str) -> dict[tuple[int, int], str]:
    """The notes by the (row, column) that is seen; those that meet there become one, with ``ours`` once before it."""
    seen: dict[tuple[int, int], str] = {}
    for (row, column), text in notes.items():
        covering = (one[:2] for one in areas if one[0] <= row <= one[2] and one[1] <= column <= one[3])
        at = next(covering, (row, column))
        seen[at] = seen[at] + text.removeprefix(ours) if at in seen else text
    return seen
