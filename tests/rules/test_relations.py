"""Relations: which lines there are, what the sides are, and what comes of comparing them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.draw import CENTER, EDUCATIONAL, draw
from tests.filling import read_submission
from xlkit.books.extract import extract_of
from xlkit.books.frames import build_frames
from xlkit.finding import Severity
from xlkit.rules.edition import Edition, load_edition
from xlkit.rules.model import Decimals, Each, Operand, Relation
from xlkit.rules.relations import (
    Line,
    Outcome,
    Side,
    compare,
    evaluate,
    lines_of,
    specialties_within,
    tolerance_of,
)
from xlkit.rules.totals import State
from xlkit.rules.views import table_views

EDITION = load_edition(CENTER, "2026")
HOLDS, BROKEN, BLANK, BAD = Outcome
Cell = tuple[State, float]


def relation(op: str = "=", dash: str = "differs", **more: object) -> Relation:
    given_parts = {
        "id": "R-999",
        "say": {"ru": "{year}", "en": "{year}"},
        "left": Operand(table="plan", code="1.1.1"),
        "op": op,
        "right": Operand(table="plan", code="1.1.2"),
        "severity": Severity.ERROR,
        "dash": dash,
    }
    return Relation(**(given_parts | more))  # type: ignore[arg-type]


def side(*cells: Cell) -> Side:
    states, numbers = zip(*cells, strict=True)
    return Side(np.array(states, dtype=np.int8), np.array(numbers, dtype=float), np.zeros(len(cells), dtype=int))


# --- comparing --------------------------------------------------------------------------------------------


def naive(op: str, dash: str, left: Cell, right: Cell, tolerance: float) -> Outcome:
    """Two cells compared as the rule book words it."""
    both = {left[0], right[0]}
    if both & {State.BAD, State.NO_TOTAL}:
        return BAD
    if both & {State.BLANK, State.ABSENT}:
        return BLANK
    if State.DASH in both and dash == "skip":
        return HOLDS
    if len(both & {State.DASH}) and both != {State.DASH} and dash == "differs":
        return BROKEN
    a, b = ({State.NUMBER: n, State.YES: 1.0, State.DASH: 0.0}[s] for s, n in (left, right))
    fits = {"=": abs(a - b) <= tolerance, "<=": a - b <= tolerance, ">=": a - b >= -tolerance}
    return HOLDS if fits[op] else BROKEN


cells = st.sampled_from(list(State)).flatmap(
    lambda state: st.tuples(
        st.just(state), st.integers(-3, 3).map(float) if state is State.NUMBER else st.just(math.nan)
    )
)


@given(
    st.sampled_from(["=", "<=", ">="]),
    st.sampled_from(["differs", "zero", "skip"]),
    st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    st.sampled_from([0.0, 1.0, 1e-9]),
)
def test_comparing_many_workbooks_equals_comparing_each(
    op: str, dash: str, pairs: list[tuple[Cell, Cell]], tolerance: float
) -> None:
    line = Line(relation(op, dash), 0)
    left, right = side(*(a for a, _ in pairs)), side(*(b for _, b in pairs))
    assert list(compare(line, left, right, tolerance)) == [naive(op, dash, a, b, tolerance) for a, b in pairs]


@given(st.sampled_from(["differs", "zero", "skip"]), cells)
def test_a_side_never_breaks_against_itself(dash: str, cell: Cell) -> None:
    for op in ("=", "<=", ">="):
        assert compare(Line(relation(op, dash), 0), side(cell), side(cell), 0.0)[0] is not BROKEN


@pytest.mark.parametrize(
    "declared, code, expected",
    [
        (0, "1.1.1", 0.0),
        (2.5, "1.1.1", 2.5),
        (Decimals(decimals=0), "1.1.1", 0.5),
        (Decimals(decimals=2), "1.1.1", 0.005),
        ("unit", "1.1.1", 0.0),  # чел.
        ("unit", "3.1", 0.01),  # тыс. руб.
        ("unit", "5.4.1", 0.05),  # %
    ],
)
def test_how_far_the_sides_may_lie_apart(declared: object, code: str, expected: float) -> None:
    line = Line(relation(tolerance=declared, left=Operand(table="plan", code=code)), 0)
    assert tolerance_of(EDITION, line) == pytest.approx(expected, abs=1e-8)


# --- lines ------------------------------------------------------------------------------------------------


def with_relations(edition: Edition, *relations: Relation) -> Edition:
    book = edition.book.model_copy(update={"relations": relations})
    return Edition(book, edition.units, edition.rows, edition.regions, edition.industries, edition.digest)


@pytest.mark.parametrize(
    "more, expected",
    [
        ({}, [("", "", 0), ("", "", 1), ("", "", 2)]),
        ({"each": Each(year="last")}, [("", "", 2)]),
        ({"right": Operand(table="plan", code="1.1.2", year=-1)}, [("", "", 1), ("", "", 2)]),
        ({"each": Each(year="last", code=("1", "2"))}, [("1", "", 2), ("2", "", 2)]),
        ({"each": Each(year="last", specialty="1.4.2")}, [("", "38.02.01", 2), ("", "40.02.02", 2)]),
        ({"each": Each(year="last", specialty="1.1.1")}, []),
        ({"right": Operand(sum=(Operand(number=1), Operand(table="plan", code="1.1.2", year=-2)))}, [("", "", 2)]),
    ],
)
def test_lines_of_a_relation(more: dict[str, object], expected: list[tuple[str, str, int]]) -> None:
    lines = lines_of(with_relations(EDITION, relation(**more)), {"1.4.2": ["38.02.01", "40.02.02"]})
    assert [(line.code, line.specialty, line.period) for line in lines] == expected


def test_placeholders_are_filled() -> None:
    line = Line(
        relation(
            say={"ru": "код {code}, {specialty}, {year}", "en": "code {code}, {specialty}, {year}"},
            each=Each(code=("4",), specialty="1.4.2"),
        ),
        1,
        "4",
        "38.02.01",
    )
    assert line.key_of(Operand(table="plan", code="{code}.1/{specialty}")) == "4.1/38.02.01"
    assert line.key_of(Operand(table="plan", feeds="{code}")) == "4"
    assert line.sentence(2027).ru == "код 4, 38.02.01, 2027"
    assert line.sentence(2027).en == "code 4, 38.02.01, 2027"


# --- evaluating over workbooks ----------------------------------------------------------------------------


def evaluated(files: Sequence[Path], one: Relation, live: bool = False) -> list[list[tuple[object, object, Outcome]]]:
    """Per line: left, right and outcome for every workbook; a state instead of a number where there is none."""
    submissions = [read_submission(file) for file in files]
    edition = with_relations(submissions[0].edition, one)
    frames = build_frames(edition, [extract_of(one) for one in submissions])
    views = table_views(edition, frames.rows, frames.values, live=live)
    lines = lines_of(edition, specialties_within(frames.rows))

    def shown(of: Side, i: int) -> object:
        return float(of.numbers[i]) if of.states[i] == State.NUMBER else State(of.states[i])

    return [
        [(shown(left, i), shown(right, i), outcomes[i]) for i in range(len(files))]
        for _, left, right, outcomes in evaluate(edition, views, len(files), lines, live)
    ]


def last_year(one: Relation) -> Relation:
    return one.model_copy(update={"each": one.each.model_copy(update={"year": "last"})})


FEEDS = last_year(
    relation(left=Operand(table="indicators", code="7"), right=Operand(table="plan", feeds="7", take="running_total"))
)


def test_rows_that_feed_an_indicator_are_summed_per_workbook(tmp_path: Path) -> None:
    files = [
        draw(tmp_path / "clean.xlsx"),
        draw(tmp_path / "moved.xlsx", plan="|code|link|\n|3.1||\n|1.5.3|7|"),
        draw(tmp_path / "none.xlsx", plan="|code|link|\n|3.1||\n|3.2||"),
        draw(tmp_path / "dashes.xlsx", plan="|code|2026|2027|2028|\n|3.1|-|-|-|\n|3.2|-|-|-|"),
        draw(tmp_path / "blank.xlsx", plan="|code|2026|2027|2028|\n|3.1||||"),
        draw(tmp_path / "text.xlsx", plan="|code|2028|\n|3.1|много|"),
        draw(tmp_path / "final dot.xlsx", plan="|code|link|\n|3.1|7.|"),
    ]
    ((clean, moved, none, dashes, blank, text, final_dot),) = evaluated(files, FEEDS)
    assert clean == (19547.0, 19547.0, HOLDS)
    assert moved == (19547.0, 9550.0, BROKEN)
    assert none == (19547.0, State.ABSENT, BLANK)
    assert dashes == (19547.0, State.DASH, BROKEN)
    assert blank == (19547.0, State.BLANK, BLANK)
    assert text == (19547.0, State.BAD, BAD)
    assert final_dot == clean


def test_a_relation_on_typical_rows_leaves_a_clusters_own_measure_alone(tmp_path: Path) -> None:
    typical = last_year(relation(left=Operand(table="plan", code="1.1.2"), right=Operand(table="plan", code="1.1.3")))
    typical = typical.model_copy(update={"rows": "typical"})
    files = [
        draw(tmp_path / "same.xlsx", plan="|code|2028|\n|1.1.2|50|"),
        draw(tmp_path / "own.xlsx", plan="|code|name|2028|\n|1.1.2|Открыта столовая|50|"),
    ]
    ((same, own),) = evaluated(files, typical)
    assert same == (50.0, 54.0, BROKEN)
    assert own == (State.ABSENT, 54.0, BLANK)
    # A formula cannot compare wordings, so the workbook's own line does not leave it out.
    ((_, live),) = evaluated(files, typical, live=True)
    assert live == (50.0, 54.0, BROKEN)


def test_sums_numbers_factors_and_other_years(tmp_path: Path) -> None:
    row = Operand(table="plan", code="1.1.1", year=-1)
    total = Operand(sum=(Operand(table="plan", code="3.1", take="running_total"), Operand(number=7, times=2)), times=3)
    ((clean,),) = evaluated([draw(tmp_path / "clean.xlsx")], last_year(relation(left=row, right=total)))
    assert clean == (26.0, 3 * (10000.0 + 14), BROKEN)


def test_specialties_are_met_in_any_workbook(tmp_path: Path) -> None:
    each = Each(year="last", specialty="1.4.2")
    one = relation(
        op=">=",
        dash="zero",
        each=each,
        left=Operand(table="plan", code="1.4.1/{specialty}", take="running_total"),
        right=Operand(table="plan", code="1.4.2/{specialty}", take="running_total"),
    )
    files = [
        draw(tmp_path / "clean.xlsx", EDUCATIONAL),
        draw(
            tmp_path / "more.xlsx",
            EDUCATIONAL,
            plan="|code|name|mode|2024|2025|2026|\n|1.4.2/43.02.15|Поварское дело|да-нет|-|-|да|",
        ),
    ]
    lines = evaluated(files, one)
    assert len(lines) == 4
    assert [outcome for _, _, outcome in lines[0]] == [HOLDS, HOLDS]
    assert [outcome for _, _, outcome in lines[3]] == [BLANK, BLANK]
    assert lines[3][1][1] is State.YES
