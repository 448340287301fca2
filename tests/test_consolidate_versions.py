"""Two versions of one submission: nothing is added up before somebody says which counts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.submissions import amount, book, cluster, register
from xlkit.actions.consolidate import consolidate
from xlkit.consolidate import Standing
from xlkit.errors import XlkitError
from xlkit.rules.registered import Register


@pytest.fixture
def twice(tmp_path: Path) -> tuple[Path, Path, Register]:
    old = book(tmp_path, "ОПЦ-003", "старая.xlsx")
    new = book(tmp_path, "ОПЦ-003", "новая.xlsx", indicators="| code | 2026 |\n| 5 | 99 |")
    os.utime(old, (1_700_000_000, 1_700_000_000))
    os.utime(new, (1_700_000_100, 1_700_000_100))
    return old, new, register(cluster("ОПЦ-003"))


def test_two_versions_enter_only_once_one_is_preferred(twice: tuple[Path, Path, Register]) -> None:
    old, new, known = twice
    unresolved = consolidate([old, new], known)
    assert {i.standing for i in unresolved.intake} == {Standing.TWICE}
    assert unresolved.totals == ()
    for prefer, kept in (("newest", new), (str(new), new), (old.name, old), (["newest"], new)):
        result = consolidate([old, new], known, prefer=prefer)
        assert {Path(i.file or ""): i.standing for i in result.intake} == {
            kept: Standing.ACCEPTED,
            (old if kept is new else new): Standing.SUPERSEDED,
        }
        assert amount(result, "5").amount == (99 if kept is new else 98)
        assert [Path(one.line.file or "") for one in result.findings] == [kept]


def test_equal_times_decide_nothing(twice: tuple[Path, Path, Register]) -> None:
    old, new, known = twice
    os.utime(new, (1_700_000_000, 1_700_000_000))
    assert {i.standing for i in consolidate([old, new], known, "newest").intake} == {Standing.TWICE}


def test_a_preferred_file_that_is_not_there_is_said(twice: tuple[Path, Path, Register]) -> None:
    old, new, known = twice
    with pytest.raises(XlkitError, match="другая"):
        consolidate([old, new], known, prefer="другая.xlsx")


def test_a_repeat_of_one_version_follows_it(twice: tuple[Path, Path, Register]) -> None:
    old, new, known = twice
    again = Path(shutil.copy2(new, new.with_name("новая ещё раз.xlsx")))
    unresolved = {Path(i.file or ""): i.standing for i in consolidate([old, new, again], known).intake}
    assert unresolved == {old: Standing.TWICE, new: Standing.TWICE, again: Standing.REPEAT}
    chosen = {Path(i.file or ""): i.standing for i in consolidate([old, new, again], known, str(again)).intake}
    assert chosen == {old: Standing.SUPERSEDED, new: Standing.REPEAT, again: Standing.ACCEPTED}


def test_how_a_value_is_written_makes_no_version(tmp_path: Path) -> None:
    one = book(tmp_path, "ОПЦ-001", "1.xlsx")
    two = book(
        tmp_path, "ОПЦ-001", "2.xlsx", plan="| code | 2026 | 2027 |\n| 3.1 | '10 000 | – |", title={"phone": "новый"}
    )
    result = consolidate([one, two], register(cluster("ОПЦ-001")))
    assert [i.standing for i in result.intake] == [Standing.ACCEPTED, Standing.REPEAT]
