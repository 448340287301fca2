"""Extracts pass between processes and into the journal unchanged; what is none runs nothing and is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.draw import EDUCATIONAL
from tests.submissions import book
from xlkit.actions.intake import WholeEntry, reading, take_in, take_in_whole
from xlkit.books import packed as packing
from xlkit.books.extract import Extract, content_digest
from xlkit.books.packed import packed, unpacked
from xlkit.finding import Location
from xlkit.isolation import pool
from xlkit.isolation.messages import Answer
from xlkit.limits import Limits

WRONG = "| code | 2026 |\n| 5 | девяносто |"
"""A text that is no number; the workbook's other figures are right."""


def whole(path: Path) -> Extract:
    (entry,) = take_in_whole([path])
    assert isinstance(entry, WholeEntry) and entry.extract is not None
    return entry.extract


@pytest.fixture(scope="module", params=["center", "educational"])
def extract(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Extract:
    folder = tmp_path_factory.mktemp("extract")
    if request.param == "educational":
        return whole(book(folder, "ОК-001", form=EDUCATIONAL))
    return whole(book(folder, "ОПЦ-001", indicators=WRONG, title={"period": "2 кв. 2026", "email": "нет"}))


def assert_same(one: Extract | None, other: Extract) -> None:
    assert one is not None and one.edition is other.edition and one.sha256 == other.sha256
    assert one.tables == other.tables and one.title == other.title
    assert list(one.findings) == list(other.findings)


def test_it_comes_back_as_it_was(extract: Extract) -> None:
    assert_same(unpacked(packed(extract), extract.file), extract)
    elsewhere = unpacked(packed(extract), "другая.xlsx")
    assert {one.location for one in elsewhere.findings} == {
        Location("другая.xlsx", one.location.sheet, one.location.cell) for one in extract.findings
    }


def test_a_process_of_its_own_gives_what_this_one_does(extract: Extract) -> None:
    (entry,) = take_in([extract.file])
    assert_same(entry.extract, extract)


class Malice:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return Path.touch, (Path("malice"),)  # type: ignore[return-value]


def other_rules(extract: Extract) -> bytes:
    return packed(replace(extract, edition=replace(extract.edition, digest="0" * 64)))


def a_short_column(extract: Extract) -> bytes:
    name, table = next(iter(extract.tables.items()))
    return packed(replace(extract, tables={name: replace(table, kinds=table.kinds[1:])}))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda extract: packed(extract)[:-9],
        lambda _: b"",
        lambda _: pickle.dumps(("program_center",)),
        lambda _: pickle.dumps(Malice()),
        a_short_column,
        other_rules,
    ],
    ids=["cut off", "empty", "another thing", "malice", "a short column", "other rule books"],
)
def test_what_is_none_is_told(
    extract: Extract, spoil: Callable[[Extract], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="no extract"):
        unpacked(spoil(extract), extract.file)
    assert list(tmp_path.iterdir()) == []


def test_what_another_rule_book_understood_is_understood_again(
    extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine of a cluster whose rule books are others."""
    answers: list[Answer] = [(other_rules(extract), "", {}, None)]
    monkeypatch.setattr(pool, "extract_each", lambda *_: pool.Outcomes((one for one in answers), bytes))
    (entry,) = take_in([extract.file])
    assert_same(entry.extract, extract)
    monkeypatch.setattr(packing, "unpacked", lambda *_: (_ for _ in ()).throw(ValueError()))
    (entry,) = take_in([extract.file])
    assert entry.extract is None and entry.refusal is not None and entry.refusal.rule == "F-034"


@pytest.mark.parametrize("jobs, processes", [(None, 4), (1, 1), (7, 7)])
def test_so_many_files_are_read_at_a_time_as_is_asked(
    jobs: int | None, processes: int, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Limits] = []

    begin = pool.extract_each

    def started(files: list[str], sheets: set[str], limits: Limits) -> pool.Outcomes[bytes]:
        asked.append(limits)
        return begin(files, sheets, limits)

    monkeypatch.setattr(pool, "extract_each", started)
    with reading([extract.file], jobs=jobs) as entries:
        assert_same(next(entries).extract, extract)
    assert [one.processes for one in asked] == [processes]


def test_equal_content_is_told_from_other_content(tmp_path: Path) -> None:
    first = whole(book(tmp_path, "ОПЦ-001", "1.xlsx"))
    same = whole(book(tmp_path, "ОПЦ-002", "2.xlsx", title={"email": "a@b.ru"}))
    other = whole(book(tmp_path, "ОПЦ-001", "3.xlsx", indicators="| code | 2026 |\n| 5 | 99 |"))
    unit = whole(book(tmp_path, "ОПЦ-001", "4.xlsx", indicators="| code | unit |\n| 5 | шт. |"))
    assert content_digest(first) == content_digest(same)
    assert len({content_digest(one) for one in (first, other, unit)}) == 3
