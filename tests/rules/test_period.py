"""Reporting periods in the ways in which people write them; what could be two periods is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlkit.rules.period import QUARTERS, Period, periods_of, read_period

Q1, Q2, Q3, Q4 = (Period(2026, quarter) for quarter in (1, 2, 3, 4))


@pytest.mark.parametrize(
    "text, period",
    [
        ("2026, I квартал", Q1),
        ("2026, II квартал", Q2),
        ("2026, III квартал", Q3),
        ("2026, IV квартал", Q4),
        ("I квартал 2026", Q1),
        ("I квартал 2026 г.", Q1),
        ("II кв. 2026 года", Q2),
        ("за III квартал 2026 года", Q3),
        ("ІІ квартал 2026", Q2),  # the Ukrainian letter
        ("1 квартал 2026", Q1),
        ("2 кв 2026", Q2),
        ("3-й квартал 2026", Q3),
        ("4кв.2026", Q4),
        ("2026 Q3", Q3),
        ("Q4 2026", Q4),
        ("3 месяца 2026", Q1),
        ("6 месяцев 2026 года", Q2),
        ("9 месяцев 2026", Q3),
        ("12 месяцев 2026", Q4),
        ("полугодие 2026", Q2),
        ("первое полугодие 2026 года", Q2),
        ("2026", Q4),
        ("2026 г.", Q4),
        ("2026г", Q4),
        ("2026 год", Q4),
        ("за 2026 год", Q4),
        ("За 2026 г.", Q4),
        ("  2026,\nII\u00a0квартал ", Q2),
    ],
)
def test_a_period_is_read(text: str, period: Period) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "скоро",
        "I квартал",
        "2026, V квартал",
        "2026, VI квартал",
        "5 квартал 2026",
        "0 квартал 2026",
        "2026–2027, I квартал",
        "2026 2027",
        "I квартал и III квартал 2026",
        "01.04.2026",
        "12026",
        "20261",
        "1926, I квартал",
        "апрель 2026",
        "2026 кварталов",
    ],
)
def test_what_is_no_period(text: str) -> None:
    assert read_period(text) is None


@pytest.mark.parametrize("text", ["второе полугодие 2026", "2 полугодие 2026", "II полугодие 2026 года"])
def test_the_second_half_year_is_not_the_second_quarter(text: str) -> None:
    """It ends with the year; if it is not understood it must be none, never a wrong quarter."""
    assert read_period(text) in (Q4, None)


@given(st.integers(2000, 2099), st.integers(1, 4))
def test_a_period_is_read_as_it_is_shown(year: int, quarter: int) -> None:
    assert read_period(str(Period(year, quarter))) == Period(year, quarter)


@given(st.text(alphabet="2026 0279квартлзgQqIiVІгод.,-пом", max_size=20))
def test_reading_never_raises(text: str) -> None:
    period = read_period(text)
    assert period is None or (str(period.year) in text and 1 <= period.quarter <= len(QUARTERS))


def test_periods_of_a_programme_are_in_order() -> None:
    periods = periods_of((2026, 2027, 2028))
    assert len(periods) == 12
    assert periods == sorted(periods)
    assert (periods[0], periods[-1]) == (Q1, Period(2028, 4))
