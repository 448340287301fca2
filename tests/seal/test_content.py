"""What counts as the same content: programs keep fifteen digits of a number and round the sixteenth as they like."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.seal.content import changed_cells, content_of
from xlkit.seal.manifest import Manifest, read_manifest

NUMBERS = st.floats(-1e12, 1e12, allow_subnormal=False).filter(lambda n: n == 0 or abs(n) > 1e-9)


def book(value: object) -> RawWorkbook:
    return RawWorkbook("a.xlsx", (RawSheet("Л", [[value]], frozenset()),), {}, ("Л",))


def is_changed(before: object, after: object) -> bool:
    sealed = read_manifest(Manifest({}, content_of(book(before), to_seal=True)).to_bytes())
    assert sealed is not None
    return bool(changed_cells(sealed.cells, content_of(book(after))))


@given(NUMBERS, st.sampled_from([ROUND_DOWN, ROUND_UP, ROUND_HALF_UP]))
@example(999999999999.9999, ROUND_DOWN)
def test_a_rounded_sixteenth_digit_is_no_change(number: float, way: str) -> None:
    exact = Decimal(repr(number))
    kept = float(exact.quantize(Decimal((0, (1,), exact.adjusted() - 14)), rounding=way)) if number else number
    assert not is_changed(number, number)
    assert not is_changed(number, kept)


@given(NUMBERS, st.integers(2, 11))
def test_a_digit_that_can_be_seen_is_one(number: float, digit: int) -> None:
    assume(number)
    exact = Decimal(repr(number))
    other = float(exact + Decimal((0, (1,), exact.adjusted() - digit + 1)))
    assert is_changed(number, other)


@given(st.integers(1, 10**15 - 2), st.integers(-6, 6))
def test_of_a_typed_number_every_digit_counts(digits: int, exponent: int) -> None:
    assert is_changed(float(f"{digits}e{exponent}"), float(f"{digits + 1}e{exponent}"))


@pytest.mark.parametrize("number", [100.0 - 2**-46, 0.1 + 0.2, 100 * 27 / 34, 1 - 2**-53, math.nextafter(1000, 0)])
def test_beside_a_power_of_ten(number: float) -> None:
    assert not is_changed(number, float(f"{number:.15g}"))
