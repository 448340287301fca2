"""The ledger's file: of an earlier version, of a later one, changed by others, and where nothing can be written."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from xlkit.errors import XlkitError
from xlkit.mail import ledger as ledger_module
from xlkit.mail.ledger import LEDGER, Ledger, begun, opened
from xlkit.mail.ledger_lines import ACCEPTED, MessageLine, SubmissionLine

CAME = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)
MESSAGE = MessageLine("k", "1@x", "a@b.ru", "s", CAME, ACCEPTED, "", 1, "")
BOOK = SubmissionLine("k", 1, ACCEPTED, "f" * 64, "а.xlsx", CAME, "ИРПО-2026-000001", "ОПЦ-101", counts_from=CAME)


@pytest.fixture
def intake(tmp_path: Path) -> Path:
    """An intake with a message and a workbook."""
    with opened(tmp_path) as ledger:
        ledger.record("u", MESSAGE, [BOOK], None, CAME)
    return tmp_path


def change(intake: Path, *statements: str) -> None:
    with sqlite3.connect(intake / LEDGER) as connection:
        for one in statements:
            connection.execute(one)
    connection.close()


def test_a_ledger_of_before_is_carried_on(intake: Path) -> None:
    columns = ("doubt", "sealed_at", "counts_from", "settled_at")
    change(
        intake,
        "DROP INDEX same_letters",
        *(f"ALTER TABLE submissions DROP COLUMN {one}" for one in columns),
        *(f"ALTER TABLE messages DROP COLUMN {one}" for one in ("letter", "bounced")),
        "PRAGMA user_version = 0",
    )
    with opened(intake) as ledger:
        assert ledger.submissions() == [BOOK] and ledger.messages() == [MESSAGE]


@pytest.mark.parametrize(
    "statement, words",
    [
        ("PRAGMA user_version = 99", "более новой версией xlkit: обновите"),
        ("ALTER TABLE submissions RENAME COLUMN seal TO seal2", "нет столбцов submissions.seal:"),
    ],
)
def test_a_ledger_that_is_another_is_refused(intake: Path, statement: str, words: str) -> None:
    change(intake, statement)
    before = (intake / LEDGER).read_bytes()
    for attempt in (begun, opened):
        with pytest.raises(XlkitError, match=words), attempt(intake):
            pass
    assert (intake / LEDGER).read_bytes() == before


def test_a_column_more_does_no_harm(intake: Path) -> None:
    change(intake, "ALTER TABLE submissions ADD COLUMN more TEXT NOT NULL DEFAULT ''")
    with begun(intake) as ledger:
        assert ledger.submissions() == [BOOK]


def test_it_is_read_where_nothing_can_be_written(intake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module.os, "access", lambda *_: False)
    with begun(intake) as ledger:
        assert ledger.submissions() == [BOOK]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            ledger.note_place("x", "k")
    assert sorted(one.name for one in intake.iterdir()) == [LEDGER]


def test_it_is_read_while_another_process_writes(intake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(intake / LEDGER) as writing:
        writing.note_place("x", "k")
        assert (intake / f"{LEDGER}-wal").stat().st_size
        monkeypatch.setattr(ledger_module.os, "access", lambda *_: False)
        with begun(intake) as ledger:
            assert ledger.knows_place("x")
