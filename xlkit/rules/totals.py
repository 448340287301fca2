"""Running totals by mode: pure arithmetic on arrays of states and numbers.

A state says what a cell counts as. There are two views of the same cells: the *parsed* view of ``check``
(«10 000» typed as text is 10000) and the *live* view of the workbook's own formulas, which count true numbers
only. The arithmetic is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from xlkit.rules.model import Mode
from xlkit.values import CROSSES, DASHES, YES, Kind

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class State(IntEnum):
    """What a cell counts as in a total or relation."""

    BLANK = 0
    NUMBER = 1
    DASH = 2
    YES = 3
    BAD = 4
    NO_TOTAL = 5
    ABSENT = 6


NOT_A_NUMBER = "не число"
NO_TOTAL = "х"
DASH = "-"

LABELS = {
    State.BLANK: "",
    State.DASH: DASH,
    State.YES: YES,
    State.BAD: NOT_A_NUMBER,
    State.NO_TOTAL: NO_TOTAL,
    State.ABSENT: "",
}
"""What a formula shows in place of a number."""

_PARSED = {
    Kind.NUMBER: State.NUMBER,
    Kind.DASH: State.DASH,
    Kind.CROSS: State.DASH,
    Kind.YES: State.YES,
    Kind.BLANK: State.BLANK,
}

_EXCEL_EPOCH = dt.datetime(1899, 12, 30)


def parsed_states(kinds: Sequence[Kind]) -> Array:
    """States in the parsed view."""
    import numpy as np

    return np.array([_PARSED.get(kind, State.BAD) for kind in kinds], dtype=np.int8)


def live_cell(raw: object) -> tuple[State, float]:
    """What the workbook's formulas see in a cell: ISNUMBER, or text after TRIM."""
    if raw is None:
        return State.BLANK, float("nan")
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return State.NUMBER, float(raw)
    if isinstance(raw, (dt.date, dt.datetime)):
        moment = raw if isinstance(raw, dt.datetime) else dt.datetime(raw.year, raw.month, raw.day)
        return State.NUMBER, (moment - _EXCEL_EPOCH) / dt.timedelta(days=1)
    if not isinstance(raw, str):
        return State.BAD, float("nan")
    text = raw.strip(" ").casefold()
    if text == "":
        return State.BLANK, float("nan")
    if text in DASHES or text in CROSSES:
        return State.DASH, float("nan")
    return (State.YES if text == YES else State.BAD), float("nan")


def running_totals(states: Array, numbers: Array, modes: Sequence[Mode | None]) -> tuple[Array, Array]:
    """Running totals of many rows at once.

    ``states`` and ``numbers`` are n rows × p periods, ``modes`` n long (``None``: the mode is not known, no
    total). Returns states and numbers of the totals, n × p. A dash or blank carries the total on.
    """
    import numpy as np

    total_states = np.full(states.shape, State.BLANK, dtype=np.int8)
    totals = np.full(states.shape, np.nan)
    kinds = np.array([mode.total if mode else "" for mode in modes])
    for kind, compute in (("sum", _sums), ("last", _lasts), ("once", _onces)):
        chosen = kinds == kind
        if chosen.any():
            total_states[chosen], totals[chosen] = compute(states[chosen], numbers[chosen])
    total_states[kinds == "none"] = State.NO_TOTAL
    return total_states, totals


def _so_far(flags: Array) -> Array:
    import numpy as np

    return np.logical_or.accumulate(flags, axis=1)


def _empty(states: Array) -> Array:
    """What stands before the first number: a dash once there was one, else blank."""
    import numpy as np

    return np.where(_so_far(states == State.DASH), State.DASH, State.BLANK)


def _sums(states: Array, numbers: Array) -> tuple[Array, Array]:
    import numpy as np

    is_number = states == State.NUMBER
    result = np.where(_so_far(is_number), State.NUMBER, _empty(states))
    result = np.where(_so_far((states == State.BAD) | (states == State.YES)), State.BAD, result)
    sums = np.cumsum(np.where(is_number, numbers, 0.0), axis=1)
    return result, np.where(result == State.NUMBER, sums, np.nan)


def _lasts(states: Array, numbers: Array) -> tuple[Array, Array]:
    import numpy as np

    result = np.array(_empty(states))
    last = np.full(states.shape, np.nan)
    for period in range(states.shape[1]):
        now = states[:, period]
        if period:
            carried = (result[:, period - 1] == State.NUMBER) | (result[:, period - 1] == State.BAD)
            result[:, period] = np.where(carried, result[:, period - 1], result[:, period])
            last[:, period] = last[:, period - 1]
        result[:, period] = np.where(now == State.NUMBER, State.NUMBER, result[:, period])
        result[:, period] = np.where((now == State.BAD) | (now == State.YES), State.BAD, result[:, period])
        last[:, period] = np.where(now == State.NUMBER, numbers[:, period], last[:, period])
    return result, np.where(result == State.NUMBER, last, np.nan)


def _onces(states: Array, numbers: Array) -> tuple[Array, Array]:
    import numpy as np

    result = np.where(_so_far((states == State.BAD) | (states == State.NUMBER)), State.BAD, _empty(states))
    result = np.where(_so_far(states == State.YES), State.YES, result)
    return result, np.full(states.shape, np.nan)


def shown(state: int, number: float) -> float | str:
    """What a formula's cell shows for a state and number."""
    return float(number) if state == State.NUMBER else LABELS[State(state)]
