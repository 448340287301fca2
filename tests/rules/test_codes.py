"""Codes of rows and the keys made of them: «1.1.2.», a specialty within its measure, a row without a number."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlkit.rules.codes import Code, FreeCodes, assign_keys, level_of, read_code
from xlkit.rules.edition import keyed, load_edition
from xlkit.rules.model import Level
from xlkit.values import ExcelError

PLAN = load_edition("program_educational", "2024").book.tables["plan"]
INDICATORS = load_edition("program_center", "2026").book.tables["indicators"]


@pytest.mark.parametrize(
    "raw, code",
    [
        ("1.1.2", Code("1.1.2")),
        ("1.1.2.", Code("1.1.2", final_dot=True)),
        (" 1.1.2 ", Code("1.1.2")),
        ("1. 1.\n2\u00a0.", Code("1.1.2", final_dot=True)),
        ("38.02.01", Code("38.02.01")),
        ("4", Code("4")),
        (4, Code("4")),
        (4.0, Code("4")),
        (1.1, Code("1.1")),  # Excel makes a number of «1.1» where the point is its decimal mark
        (None, Code("", blank=True)),
        ("", Code("", blank=True)),
        (" \n", Code("", blank=True)),
        ("1.З.2", Code("", suggestion="1.3.2")),  # the letter З
        ("1.l.2", Code("", suggestion="1.1.2")),
        ("1,1,2", Code("", suggestion="1.1.2")),
        (dt.datetime(2002, 3, 1), Code("", suggestion="1.3.2")),  # what Excel makes of «1.3.2»
        (dt.date(2002, 3, 1), Code("", suggestion="1.3.2")),
        ("п. 1", Code("")),
        ("1..2", Code("")),
        (".1", Code("")),
        (ExcelError("#REF!"), Code("")),
        (True, Code("")),
    ],
)
def test_reading_a_code(raw: object, code: Code) -> None:
    assert read_code(raw) == code


@given(st.lists(st.integers(1, 99), min_size=1, max_size=4), st.booleans(), st.sampled_from(["", " ", "\n", "\u00a0"]))
def test_dots_and_spaces_do_not_count(parts: list[int], dot: bool, space: str) -> None:
    text = ".".join(map(str, parts))
    written = space + text.replace(".", f".{space}") + ("." if dot else "") + space
    assert read_code(written) == Code(text, final_dot=dot)


@given(st.one_of(st.text(max_size=12), st.floats(allow_nan=True), st.dates(), st.booleans()))
def test_reading_a_code_never_raises_and_never_invents_one(raw: object) -> None:
    code = read_code(raw)
    assert set(code.text) <= set("0123456789.")
    assert not code.blank or not code.text


@pytest.mark.parametrize(
    "code, level",
    [
        ("1", "section"),
        ("1.1", "result"),
        ("10.12", "result"),
        ("1.1.2", "measure"),
        ("38.02.01", "specialty"),
        ("10.11.12", "specialty"),  # three numbers of two digits each are a specialty's
        ("1.11.12", "measure"),
        ("1.1.1.1", None),
        ("01.1.1", None),
        ("0", None),
    ],
)
def test_levels_by_the_form_of_a_code(code: str, level: str | None) -> None:
    found = level_of(code, PLAN.levels)
    assert (found.id if found else None) == level


@given(st.text(alphabet="0123456789.ОЗ", max_size=8))
def test_looking_for_a_level_never_raises(code: str) -> None:
    """A methodologist's CSV holds codes as they were typed: «1.1.» must be a mistake, not a crash."""
    level = level_of(code, PLAN.levels)
    assert level is None or read_code(code).text == code


# --- keys -------------------------------------------------------------------------------------------------


def keys(*codes: str, levels: tuple[Level, ...] = PLAN.levels) -> list[str]:
    return [key.key for key in assign_keys([read_code(code) for code in codes], levels)]


@pytest.mark.parametrize(
    "codes, expected",
    [
        (["1", "1.1", "1.1.1"], ["1", "1.1", "1.1.1"]),
        (["1.", "1.1.", "1.1.1."], ["1", "1.1", "1.1.1"]),
        # the same specialty under two measures
        (
            ["1.1.1", "38.02.01", "38.02.04", "1.1.3", "38.02.01"],
            ["1.1.1", "1.1.1/38.02.01", "1.1.1/38.02.04", "1.1.3", "1.1.3/38.02.01"],
        ),
        # «Создана управляющая компания…» stands under 2.2 without a number
        (["2", "2.2", "", "2.3", "2.3.1"], ["2", "2.2", "2.2.1", "2.3", "2.3.1"]),
        (["2.2", "2.2.1", "", "2.2.3", ""], ["2.2", "2.2.1", "2.2.2", "2.2.3", "2.2.4"]),
        (["2.2", "", "2.2.1"], ["2.2", "2.2.2", "2.2.1"]),
        (["2.2", "", ""], ["2.2", "2.2.1", "2.2.2"]),
        # a row whose number is not understood counts as one without
        (["1.3", "1.3.1", "1.З.2"], ["1.3", "1.3.1", "1.3.2"]),
        # a number that an earlier row has taken stays a repeated number
        (["1.1", "1.1.1", "1.1.1"], ["1.1", "1.1.1", "1.1.1"]),
        # after a specialty the parent still is the result
        (["1.4", "1.4.1", "38.02.01", ""], ["1.4", "1.4.1", "1.4.1/38.02.01", "1.4.2"]),
        # specialties under a measure without a number belong to it, not to the measure before
        (
            ["1.4", "1.4.1", "38.02.01", "", "38.02.01"],
            ["1.4", "1.4.1", "1.4.1/38.02.01", "1.4.2", "1.4.2/38.02.01"],
        ),
        (["1.4", "", "38.02.01", "1.4.1"], ["1.4", "1.4.2", "1.4.2/38.02.01", "1.4.1"]),
    ],
)
def test_keys_of_a_plan(codes: list[str], expected: list[str]) -> None:
    assert keys(*codes) == expected


@pytest.mark.parametrize("codes, expected", [(["1.", "2.", "", "4"], ["1", "2", "3", "4"]), (["", ""], ["1", "2"])])
def test_keys_of_a_list_without_parents(codes: list[str], expected: list[str]) -> None:
    assert keys(*codes, levels=INDICATORS.levels) == expected


@pytest.mark.parametrize(
    "used, free", [(set(), "2.2.1"), ({"2.2.1", "2.2.3"}, "2.2.2"), ({"2.2.2"}, "2.2.1"), ({"2.1.1"}, "2.2.1")]
)
def test_the_next_free_number(used: set[str], free: str) -> None:
    assert FreeCodes(used).first("2.2") == free


def test_a_row_key_knows_its_parent() -> None:
    section, result, measure, specialty, assigned = assign_keys(
        [Code("1"), Code("1.4"), Code("1.4.1"), Code("38.02.01"), Code("", blank=True)], PLAN.levels
    )
    assert [k.parent for k in (section, result, measure, specialty, assigned)] == ["", "1", "1.4", "1.4.1", "1.4"]
    assert [k.assigned for k in (section, result, measure, specialty, assigned)] == [False] * 4 + [True]
    assert assigned.level == "measure"


plan_codes = st.lists(
    st.sampled_from(["", "1", "1.1", "1.2", "1.1.1", "1.1.2", "1.2.1", "2", "38.02.01", "40.02.02", "?"]), max_size=14
)


@given(plan_codes)
def test_an_assigned_key_is_nobody_elses(codes: list[str]) -> None:
    rows = assign_keys([read_code(code) for code in codes], PLAN.levels)
    assert len(rows) == len(codes)
    assigned = [row.key for row in rows if row.assigned]
    given_keys = {row.key for row in rows if not row.assigned}
    assert len(set(assigned)) == len(assigned)
    assert not set(assigned) & given_keys


@pytest.mark.parametrize("form, edition", [("program_center", "2026"), ("program_educational", "2024")])
def test_a_form_read_as_a_sheet_has_the_keys_of_the_rule_book(form: str, edition: str) -> None:
    """Two ways to the same keys: of typical rows in the rule book, and of codes as a sheet has them."""
    loaded = load_edition(form, edition)
    for name, table in loaded.book.tables.items():
        typical = [key for key, _ in keyed(table, loaded.rows[name])]
        assert keys(*(row.code for row in loaded.rows[name]), levels=table.levels) == typical
        assert len(set(typical)) == len(typical)


def test_many_unnumbered_rows_take_no_longer_than_numbered_ones() -> None:
    """Searching from 1 for each of 30,000 rows would look at 450 million codes."""
    began = time.process_time()
    keys = assign_keys([Code("", blank=True)] * 30_000, PLAN.levels)
    assert len({key.key for key in keys}) == 30_000
    assert time.process_time() - began < 5
