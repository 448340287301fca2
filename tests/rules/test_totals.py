"""Running totals: the vectorised arithmetic against a plain reading of the rules, one row at a time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlkit.rules.model import Mode
from xlkit.rules.totals import State, live_cell, parsed_states, running_totals, shown
from xlkit.values import ExcelError, Kind, Uncached, parse_value

B, N, D, Y, X = State.BLANK, State.NUMBER, State.DASH, State.YES, State.BAD
MODES = {
    "sum": Mode(caption="за год", total="sum"),
    "last": Mode(caption="нарастающим итогом", total="last", never_falls=True),
    "none": Mode(caption="на дату", total="none"),
    "once": Mode(caption="да-нет", total="once", values="flag"),
}
Cell = tuple[State, float]
Row = tuple[str, list[Cell]]


def naive(kind: str, cells: Sequence[Cell]) -> Cell:
    """The total of one row up to its last cell, as DOMAIN.md words it."""
    states = [state for state, _ in cells]
    numbers = [number for state, number in cells if state is N]
    nothing = (D if D in states else B, math.nan)
    if kind == "none":
        return State.NO_TOTAL, math.nan
    if kind == "once":
        if Y in states:
            return Y, math.nan
        return (X, math.nan) if X in states or N in states else nothing
    if kind == "sum":
        if X in states or Y in states:
            return X, math.nan
        return (N, sum(numbers)) if numbers else nothing
    for state, number in reversed(cells):
        if state is N:
            return N, number
        if state in (X, Y):
            return X, math.nan
    return nothing


def totals(rows: Sequence[Row]) -> list[list[Cell]]:
    """The vectorised totals of many rows as plain cells."""
    states = np.array([[state for state, _ in cells] for _, cells in rows], dtype=np.int8)
    numbers = np.array([[number for _, number in cells] for _, cells in rows], dtype=float)
    total_states, total_numbers = running_totals(states, numbers, [MODES.get(kind) for kind, _ in rows])
    return [
        [(State(s), float(n)) for s, n in zip(of_states, of_numbers, strict=True)]
        for of_states, of_numbers in zip(total_states, total_numbers, strict=True)
    ]


def same(one: Cell, other: Cell) -> bool:
    return one[0] is other[0] and (one[0] is not N or one[1] == other[1])


# Whole numbers, so that the sum does not depend on the order of the additions.
cells = st.sampled_from([B, N, N, N, D, Y, X]).flatmap(
    lambda state: st.tuples(
        st.just(state), st.integers(-(10**9), 10**9).map(float) if state is N else st.just(math.nan)
    )
)


@st.composite
def matrices(draw: st.DrawFn, kinds: Sequence[str] = tuple(MODES)) -> list[Row]:
    periods = draw(st.integers(1, 6))
    row = st.tuples(st.sampled_from(kinds), st.lists(cells, min_size=periods, max_size=periods))
    return draw(st.lists(row, min_size=1, max_size=8))


@given(matrices())
def test_vectorised_totals_equal_the_naive_ones(rows: list[Row]) -> None:
    for (kind, given_cells), computed in zip(rows, totals(rows), strict=True):
        for period, total in enumerate(computed):
            expected = naive(kind, given_cells[: period + 1])
            assert same(total, expected), f"{kind} {given_cells}: {total} instead of {expected}"


@given(matrices(kinds=("last", "once")))
def test_totals_of_totals_are_themselves(rows: list[Row]) -> None:
    """What recompute carries on must not change when it is recomputed."""
    computed = totals(rows)
    again = totals([(kind, one) for (kind, _), one in zip(rows, computed, strict=True)])
    assert all(same(a, b) for one, other in zip(computed, again, strict=True) for a, b in zip(one, other, strict=True))


@given(matrices(kinds=("sum",)))
def test_a_years_increase_of_the_sums_sums_up_to_them_again(rows: list[Row]) -> None:
    sums = [one for one in totals(rows) if all(state is N for state, _ in one)]
    steps = [[(N, b - a) for (_, a), (_, b) in zip([(N, 0.0), *one[:-1]], one, strict=True)] for one in sums]
    if sums:
        assert totals([("sum", one) for one in steps]) == sums


@given(matrices())
def test_a_total_does_not_know_the_future(rows: list[Row]) -> None:
    shorter = totals([(kind, one[:-1] or one) for kind, one in rows])
    for whole, part in zip(totals(rows), shorter, strict=True):
        assert all(same(a, b) for a, b in zip(whole, part, strict=False))


@given(matrices())
def test_rows_do_not_touch_each_other(rows: list[Row]) -> None:
    together, alone = totals(rows), [totals([row])[0] for row in rows]
    assert all(same(a, b) for one, other in zip(together, alone, strict=True) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "kind, cells, expected",
    [
        # the real figures: 6.2.1 makes indicator 2, 2.4.1 makes 2.3.1
        ("sum", [23, "-", 1], [23, 23, 24]),
        ("sum", [14, 2, 2], [14, 16, 18]),
        ("last", [1160, 2460, 3340], [1160, 2460, 3340]),
        ("last", [99547, None, "-"], [99547, 99547, 99547]),
        ("last", ["-", 7, "-"], ["-", 7, 7]),
        ("none", [25, 26, 27], ["х", "х", "х"]),
        ("once", ["-", "да", "-"], ["-", "да", "да"]),
        ("once", ["-", "-", "-"], ["-", "-", "-"]),
        ("once", [None, None, None], ["", "", ""]),
        ("sum", ["-", None, 5], ["-", "-", 5]),
        ("sum", [5, "98 чел.", 5], [5, "не число", "не число"]),
        ("last", [5, "98 чел.", 6], [5, "не число", 6]),
        ("sum", [0, 0, "-"], [0, 0, 0]),
    ],
)
def test_totals_as_a_person_reads_them(kind: str, cells: list[object], expected: list[object]) -> None:
    values = [parse_value(cell) for cell in cells]
    states = parsed_states([value.kind for value in values])
    numbers = np.array([[math.nan if value.number is None else value.number for value in values]])
    total_states, total_numbers = running_totals(states.reshape(1, -1), numbers, [MODES[kind]])
    assert [shown(s, n) for s, n in zip(total_states[0], total_numbers[0], strict=True)] == expected


def test_a_row_of_unknown_mode_has_no_total() -> None:
    assert [state for state, _ in totals([("unknown", [(N, 1.0), (N, 2.0)])])[0]] == [B, B]


def test_no_rows_have_no_totals() -> None:
    states, numbers = running_totals(np.zeros((0, 3), dtype=np.int8), np.zeros((0, 3)), [])
    assert states.shape == numbers.shape == (0, 3)


# --- the two views ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, state",
    [(Kind.NUMBER, N), (Kind.DASH, D), (Kind.CROSS, D), (Kind.YES, Y), (Kind.BLANK, B), (Kind.TEXT, X),
     (Kind.AMBIGUOUS, X), (Kind.DATE, X), (Kind.ERROR, X), (Kind.UNCACHED, X)],
)  # fmt: skip
def test_states_of_parsed_cells(kind: Kind, state: State) -> None:
    assert parsed_states([kind]).tolist() == [state]


@pytest.mark.parametrize(
    "raw, state, number",
    [
        (5, N, 5),
        ("5", X, None),  # a formula does not count text
        ("10 000", X, None),
        (None, B, None),
        ("", B, None),
        ("  ", B, None),
        ("-", D, None),
        (" – ", D, None),
        ("х", D, None),
        ("X", D, None),
        ("да", Y, None),
        ("Да ", Y, None),
        ("нет", X, None),
        ("\u00a0", X, None),  # TRIM leaves a no-break space
        (True, X, None),
        (ExcelError("#REF!"), X, None),
        (Uncached("A1"), X, None),
        (dt.date(1900, 3, 1), N, 61),  # a date is a number to a formula
        (dt.datetime(2026, 1, 1, 12), N, 46023.5),
    ],
)
def test_what_a_formula_sees(raw: object, state: State, number: float | None) -> None:
    seen, value = live_cell(raw)
    assert seen is state
    assert math.isnan(value) if number is None else value == number
