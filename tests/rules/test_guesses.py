"""Explanations of a gap: what a person most likely did, the likeliest first, never a correction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlkit.rules.guesses import MAX_GUESSES, Neighbour, explain_gap
from xlkit.texts import Text


def near(number: float, name: str = "a row") -> Neighbour:
    return Neighbour(Text(f"строка {name}", name), number)


def guesses(found: float, expected: float, **more: list[Neighbour]) -> list[str]:
    return [guess.en for guess in explain_gap(found, expected, **more)]


@pytest.mark.parametrize(
    "found, expected, words",
    [
        (1160, 1460, "one digit mistyped: 1160 instead of 1460"),
        (1061, 1160, None),  # two wrong digits that are no neighbours
        (1106, 1160, "two digits swapped: 1106 instead of 1160"),
        (11160, 1160, "one digit too many: 11160 instead of 1160"),
        (116, 1126, "one digit too few: 116 instead of 1126"),
        (-5, 5, "a minus sign is lost or added"),
        (10000, 10, "larger a thousand times"),
        (10, 10000, "smaller a thousand times"),
        (10_000_000, 10, "larger a million times"),
        (0.87, 87, "smaller a hundred times"),
        (1160, 116, "larger ten times"),
        (116, 1160, "smaller ten times"),
        (5, 7, None),  # a digit of a figure of one digit says nothing
        (99547, 19547, "one digit mistyped: 99547 instead of 19547"),
        (0, 5, None),
    ],
)
def test_what_a_slip_of_the_hand_looks_like(found: float, expected: float, words: str | None) -> None:
    said = guesses(found, expected)
    assert (said == []) if words is None else said[0].startswith(words)


def test_the_neighbour_whose_figure_was_copied() -> None:
    assert guesses(2460, 1160, neighbours=[near(2460, "row 1 of 2027"), near(3340, "row 1 of 2028")]) == [
        "taken from next door: row 1 of 2027"
    ]


@pytest.mark.parametrize(
    "found, words",
    [(10000, "an addend is missing, 9\u00a0547: 3.2"), (29094, "an addend too many, 9\u00a0547: 3.2")],
)
def test_an_addend_missing_or_too_many(found: float, words: str) -> None:
    assert guesses(found, 19547, addends=[near(10001, "3.1"), near(9547, "3.2")]) == [words]


def test_the_rule_books_own_explanation_comes_first() -> None:
    declared = Text("средства региона", "regional money")
    first, *others = explain_gap(99547, 19547, declared=declared)
    assert first == declared
    assert others  # what else it may be is told as well


numbers = st.one_of(st.integers(-(10**6), 10**6).map(float), st.floats(-1e6, 1e6))


@given(numbers, numbers, st.lists(numbers, max_size=4), st.lists(numbers, max_size=4))
def test_guesses_are_few_and_different(
    found: float, expected: float, neighbours: list[float], addends: list[float]
) -> None:
    said = explain_gap(found, expected, [near(n) for n in neighbours], [near(n) for n in addends])
    assert len(said) <= MAX_GUESSES
    assert len(set(said)) == len(said)


@given(st.integers(10, 10**6), st.integers(0, 5), st.integers(0, 9))
def test_any_single_mistyped_digit_is_recognised(expected: int, place: int, digit: int) -> None:
    digits = str(expected)
    at = place % len(digits)
    found = digits[:at] + str(digit) + digits[at + 1 :]
    if found != digits and found[0] != "0":
        assert f"one digit mistyped: {found} instead of {digits}" in guesses(float(found), float(expected))


@given(st.integers(1, 10**5), st.integers(1, 10**5))
def test_a_missing_addend_is_always_named(total: int, addend: int) -> None:
    said = guesses(float(total), float(total + addend), addends=[near(float(addend), "the one")])
    assert len(said) == MAX_GUESSES or any(one.endswith("the one") for one in said)
