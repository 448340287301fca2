"""The outbox: what is written down lasts, and a letter goes from state to state in no other way."""

from __future__ import annotations

import datetime as dt
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from xlkit.errors import XlkitError
from xlkit.mail.outbox import (
    ATTEMPTS,
    FAILED,
    IN_DOUBT,
    QUEUED,
    REFUSED,
    SENDING,
    SENT,
    WAITS,
    WITHDRAWN,
    Letter,
    Outbox,
    queue,
)

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
LETTER = Letter("1@a.ru", b"Subject: x\r\n\r\nx\r\n", "s@a.ru", ("a@b.ru", "c@d.ru"), "тема", "00", "submission")
BOTH = LETTER.recipients


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "home" / "outbox.sqlite") as made:
        yield made


def states(outbox: Outbox) -> list[str]:
    return [one.state for one in outbox.standings()]


def test_a_letter_is_queued_once(outbox: Outbox) -> None:
    assert outbox.queue(LETTER, NOW)
    assert not outbox.queue(LETTER, NOW)
    assert states(outbox) == [QUEUED, QUEUED]
    assert outbox.letter("1@a.ru") == LETTER
    assert outbox.due(NOW) == ["1@a.ru"]
    with pytest.raises(XlkitError, match="нет"):
        outbox.letter("2@a.ru")


def test_a_ledger_queues_in_its_own_transaction(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    Outbox.tables(connection)
    connection.execute("BEGIN")
    assert queue(connection, LETTER, NOW)
    connection.execute("ROLLBACK")
    with Outbox(tmp_path / "ledger.sqlite") as outbox:
        assert outbox.due(NOW) == []
        connection.execute("BEGIN")
        assert queue(connection, LETTER, NOW) and not queue(connection, LETTER, NOW)
        connection.execute("COMMIT")
        assert outbox.due(NOW) == ["1@a.ru"]
    connection.close()


def test_what_a_killed_process_was_sending_is_in_doubt(outbox: Outbox) -> None:
    outbox.queue(LETTER, NOW)
    outbox.begin("1@a.ru", ["c@d.ru"], "t", NOW)
    outbox.close()
    with Outbox(outbox.path) as again:
        assert states(again) == [QUEUED, SENDING]
        again.doubt_interrupted()
        assert states(again) == [QUEUED, IN_DOUBT]
        assert again.letter("1@a.ru", NOW).recipients == ("a@b.ru",)
        again.resolve("1@a.ru", ["c@d.ru"], NOW)
        assert states(again) == [QUEUED, SENT]


def test_waits_grow_and_end(outbox: Outbox) -> None:
    outbox.queue(LETTER, NOW)
    now = NOW
    for minutes in WAITS:
        outbox.postpone("1@a.ru", ["a@b.ru"], now, 451, "позже")
        assert outbox.letter("1@a.ru", now + dt.timedelta(minutes=minutes, seconds=-1)).recipients == ("c@d.ru",)
        now += dt.timedelta(minutes=minutes)
        assert outbox.letter("1@a.ru", now).recipients == BOTH
    outbox.postpone("1@a.ru", ["a@b.ru"], now, 451, "позже")
    (one, _) = outbox.standings()
    assert (one.state, one.attempts, one.code, one.answer) == (FAILED, ATTEMPTS, 451, "позже")
    outbox.requeue("1@a.ru", ["a@b.ru"], now)
    assert outbox.standings()[0].attempts == 0 and outbox.letter("1@a.ru", now).recipients == BOTH


CHANGES: dict[str, Callable[[Outbox], None]] = {
    "begin": lambda outbox: outbox.begin("1@a.ru", BOTH, "t", NOW),
    "settle": lambda outbox: outbox.settle("1@a.ru", BOTH, SENT, NOW, 250, "OK"),
    "postpone": lambda outbox: outbox.postpone("1@a.ru", BOTH, NOW, 450, ""),
    "requeue": lambda outbox: outbox.requeue("1@a.ru", BOTH, NOW),
    "resolve": lambda outbox: outbox.resolve("1@a.ru", BOTH, NOW),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", [SENT, IN_DOUBT, FAILED, REFUSED])
def test_what_has_ended_changes_in_no_other_way(outbox: Outbox, state: str, change: str) -> None:
    """Above all: what was sent is never queued, and what is in doubt never becomes ``sending`` by itself."""
    outbox.queue(LETTER, NOW)
    outbox.begin("1@a.ru", BOTH, "t", NOW)
    outbox.settle("1@a.ru", BOTH, state, NOW, 250, "")
    allowed = (change == "requeue" and state != SENT) or (change == "resolve" and state == IN_DOUBT)
    if allowed:
        CHANGES[change](outbox)
    else:
        with pytest.raises(RuntimeError):
            CHANGES[change](outbox)
        assert states(outbox) == [state, state]


def test_what_went_out_lately_counts_for_the_rate(outbox: Outbox) -> None:
    outbox.queue(LETTER, NOW)
    outbox.settle("1@a.ru", BOTH, SENT, NOW, 250, "")
    assert outbox.transferred_since(NOW - dt.timedelta(minutes=1)) == [NOW]
    assert outbox.transferred_since(NOW + dt.timedelta(seconds=1)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_letters_are_for_their_owner_alone(outbox: Outbox) -> None:
    outbox.queue(LETTER, NOW)
    rights = {stat.S_IMODE(path.stat().st_mode) for path in outbox.path.parent.iterdir()}
    assert rights == {0o600}


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing of a database" * 100)
    with pytest.raises(XlkitError, match="не читается"):
        Outbox(tmp_path / "x")
    with pytest.raises(XlkitError, match="Не удалось записать"):
        Outbox(tmp_path)


# --- versions ---------------------------------------------------------------------------------------------


def version(number: int, *recipients: str, topic: str = "опц-1|план|") -> Letter:
    return replace(LETTER, message_id=f"{number}@a.ru", recipients=recipients or ("a@b.ru",), topic=topic)


@pytest.mark.parametrize(
    ("newer", "state", "left"),
    [
        (version(2), QUEUED, [WITHDRAWN, QUEUED]), (version(2, "A@b.ru"), SENT, [WITHDRAWN, SENT]),
        (version(2), IN_DOUBT, [WITHDRAWN, IN_DOUBT]), (version(2), REFUSED, [QUEUED, REFUSED]),
        (version(2), FAILED, [QUEUED, FAILED]), (version(2, "c@d.ru"), SENT, [QUEUED, SENT]),
        (version(2, topic="опц-2|план|"), SENT, [QUEUED, SENT]), (version(2, topic=""), SENT, [QUEUED, SENT]),
    ],
)  # fmt: skip
def test_a_newer_version_takes_the_place_of_one_that_waits(
    outbox: Outbox, newer: Letter, state: str, left: list[str]
) -> None:
    """Also where the clock was set back between them."""
    outbox.queue(version(1), NOW)
    outbox.queue(newer, NOW - dt.timedelta(hours=1))
    if state != QUEUED:
        outbox.settle(newer.message_id, newer.recipients, state, NOW, None, "")
    outbox.withdraw_replaced(NOW)
    assert states(outbox) == [left[1], left[0]], "the oldest by the clock stands first"
    assert outbox.letter("1@a.ru") == version(1)
    withdrawn = outbox.standings(states=(WITHDRAWN,))
    assert [one.answer for one in withdrawn] == ["2@a.ru"] * (WITHDRAWN in left)


def test_only_the_newest_of_three_goes_and_an_older_one_in_doubt_is_not_sent_after_it(outbox: Outbox) -> None:
    for number in (1, 2, 3):
        outbox.queue(version(number), NOW)
    outbox.begin("1@a.ru", ["a@b.ru"], "t", NOW)
    outbox.doubt_interrupted()
    outbox.withdraw_replaced(NOW)
    assert states(outbox) == [IN_DOUBT, WITHDRAWN, QUEUED] and outbox.standings()[1].answer == "3@a.ru"
    outbox.requeue("1@a.ru", ["a@b.ru"], NOW)  # mail resolve --again
    outbox.withdraw_replaced(NOW)
    assert states(outbox) == [WITHDRAWN, WITHDRAWN, QUEUED]


def test_only_what_was_not_sent_is_forgotten(outbox: Outbox) -> None:
    outbox.queue(version(1), NOW)
    with pytest.raises(RuntimeError):
        outbox.forget("1@a.ru")
    outbox.queue(version(2), NOW)
    outbox.withdraw_replaced(NOW)
    outbox.forget("1@a.ru")
    assert outbox.queue(version(1), NOW) and outbox.is_newest("1@a.ru") and not outbox.is_newest("2@a.ru")
