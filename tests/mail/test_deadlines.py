"""Deadlines in Moscow time: what their texts mean, who they are for, and the one second that decides."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlkit.mail.deadlines import MOSCOW, Assignment, is_late, read_assignments, read_deadline, schedule_of
from xlkit.rules.mistakes import RuleBookError
from xlkit.rules.period import Period
from xlkit.rules.registered import Cluster, Deadline, Register

CENTER, EDUCATIONAL = "program_center", "program_educational"
END_OF_DAY = dt.datetime(2026, 11, 10, 23, 59, 59, tzinfo=MOSCOW)
AT_THREE = dt.datetime(2026, 11, 10, 15, tzinfo=MOSCOW)
MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2090, 1, 1))
CLUSTERS = tuple(Cluster(f"ОПЦ-{n}", kind="ОПЦ(К)", first_year=2026) for n in (1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "10.11.2026", "10.11.2026 г.", "до 10.11.2026", "2026-11-10", "10 ноября 2026", "10 ноября 2026 года",
        "10.11.2026 24:00", "10.11.2026 23:59:59", "не позднее 10.11.2026 г", "2026-11-10 23:59:59",
    ],
)  # fmt: skip
def test_a_date_is_its_whole_day(text: str) -> None:
    assert read_deadline(text) == END_OF_DAY


@pytest.mark.parametrize(
    "text",
    [
        "10.11.2026 15:00", "10.11.2026, 15:00", "2026-11-10 15:00:00", "2026-11-10T15:00", "10.11.2026 15:00 МСК",
        "до 10.11.2026 г. 15:00 (МСК)", "10 ноября 2026 г. в 15:00 по московскому времени", "10.11.2026 до 15:00",
        "2026-11-10 15:00:00.000000", "2026-11-10T15:00:00+03:00",
    ],
)  # fmt: skip
def test_a_time_is_its_second(text: str) -> None:
    assert read_deadline(text) == AT_THREE


@pytest.mark.parametrize(
    "text",
    [
        "", "скоро", "10.11", "10.11.26", "31.02.2026", "10.13.2026", "10.11.2026 25:00", "10.11.2026 15",
        "ноябрь 2026",
        "10.11.2026 или 12.11.2026", "10.11.2026 15:00 UTC", "2026-11-10T15:00:00+05:00", "10 никабря 2026",
    ],
)  # fmt: skip
def test_what_is_no_deadline(text: str) -> None:
    assert read_deadline(text) is None


@given(MOMENTS)
def test_written_and_read_again(moment: dt.datetime) -> None:
    minute = moment.replace(second=0, microsecond=0, tzinfo=MOSCOW)
    assert read_deadline(f"{moment:%d.%m.%Y %H:%M}") == minute
    assert read_deadline(str(moment.replace(microsecond=0))) == moment.replace(microsecond=0, tzinfo=MOSCOW)
    last = moment.replace(hour=23, minute=59, second=59, microsecond=0, tzinfo=MOSCOW)
    assert read_deadline(f"{moment:%d.%m.%Y}") == last


@given(MOMENTS, st.integers(-12, 14), st.integers(0, 999_999))
def test_the_last_second_is_in_time_in_every_zone(moment: dt.datetime, hours: int, part: int) -> None:
    deadline = moment.replace(microsecond=0, tzinfo=MOSCOW)
    zone = dt.timezone(dt.timedelta(hours=hours))
    last = deadline.astimezone(zone).replace(microsecond=part)
    assert not is_late(last, deadline)
    assert is_late(last + dt.timedelta(seconds=1), deadline)
    assert not is_late(last, None)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    read_deadline(text)


# --- whose ------------------------------------------------------------------------------------------------


def test_by_the_register() -> None:
    deadlines = (Deadline(CENTER, "План", "10.11.2026"), Deadline(CENTER, "2026, I квартал", "когда-нибудь"))
    schedule = schedule_of(Register("r", CLUSTERS, deadlines=deadlines))
    assert set(schedule.due) == {("опц-1", CENTER, None), ("опц-2", CENTER, None),
                                 ("опц-1", CENTER, Period(2026, 1)), ("опц-2", CENTER, Period(2026, 1))}  # fmt: skip
    assert schedule.deadline(("опц-1", CENTER, None)) == END_OF_DAY
    assert schedule.deadline(("опц-1", CENTER, Period(2026, 1))) is None
    assert ["когда-нибудь" in str(note) for note in schedule.notes] == [True]


def test_a_cluster_of_its_own_goes_before_all() -> None:
    assignments = (
        Assignment(CENTER, None, AT_THREE, frozenset({"опц-2"})),
        Assignment(CENTER, None, END_OF_DAY),
        Assignment(CENTER, Period(2026, 1), END_OF_DAY, frozenset({"опц-2"})),
    )
    schedule = schedule_of(Register("r", CLUSTERS), assignments)
    assert {key: schedule.deadline(key) for key in schedule.due} == {
        ("опц-1", CENTER, None): END_OF_DAY,
        ("опц-2", CENTER, None): AT_THREE,
        ("опц-2", CENTER, Period(2026, 1)): END_OF_DAY,
    }


def test_a_file_of_assignments(tmp_path: Path) -> None:
    path = tmp_path / "сроки.yml"
    path.write_text(
        'deadlines:\n  - {form: program_center, period: план, deadline: "10.11.2026"}\n'
        '  - {form: program_educational, period: "2026, I квартал", deadline: "10.11.2026 15:00", clusters: [ОПЦ‑1]}\n',
        encoding="utf-8",
    )
    assert read_assignments(path) == (
        Assignment(CENTER, None, END_OF_DAY),
        Assignment(EDUCATIONAL, Period(2026, 1), AT_THREE, frozenset({"опц-1"})),
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("[]", "deadlines"),
        ("deadlines: 1", "deadlines"),
        ("deadlines:\n  - {form: x, period: план, deadline: «10.11.2026»}", "сроки.yml:2: форма «x»"),
        ("deadlines:\n  - {form: program_center, period: план, deadline: 10.11.2026}", "кавычки"),
        ('deadlines:\n  - {form: program_center, period: весна, deadline: "10.11.2026"}', "период «весна»"),
        ('deadlines:\n  - {form: program_center, period: план, deadline: "завтра"}', "срок «завтра»"),
        ('deadlines:\n  - {form: program_center, period: план, dedline: "10.11.2026"}', "form, period, deadline"),
        ('deadlines:\n  - {form: program_center, period: план, deadline: "10.11.2026", clusters: []}', "clusters"),
        ('deadlines:\n  - &a {form: program_center, period: план, deadline: "10.11.2026"}\n'
         '  - {form: program_center, period: план, deadline: "11.11.2026"}', "сроки.yml:3: этот срок уже"),
    ],
)  # fmt: skip
def test_mistakes_in_it_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "сроки.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleBookError) as error:
        read_assignments(path)
    assert words in error.value.text.ru
