"""What YAML files say is remembered, and never wrongly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xlkit.resources import rule_books_folder
from xlkit.rules import remembered
from xlkit.rules.mistakes import RuleBookError
from xlkit.rules.yamlfile import read_yaml
from xlkit.rules.yamlparse import parse

SHIPPED = sorted(rule_books_folder().rglob("*.yml"))
TEXT = "a: 1\nb: [2.5, true, null]\n"
READ = {"a": 1, "b": [2.5, True, None]}
pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "one.yml"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_it_is_what_the_parser_reads(path: Path) -> None:
    first, again = read_yaml(path), read_yaml(path)
    assert first.data == again.data == parse(path.read_text("utf-8"), path).data
    assert remembered.recall(first.text) == {"data": first.data}


def test_a_changed_file_is_read_anew(source: Path) -> None:
    assert read_yaml(source).data == READ
    moment = source.stat().st_mtime_ns
    source.write_text(TEXT.replace("1", "7"))
    os.utime(source, ns=(moment, moment))
    assert read_yaml(source).data == READ | {"a": 7}


def test_lines_are_known_of_a_remembered_file(source: Path) -> None:
    read_yaml(source)
    again = read_yaml(source)
    assert (again.line_of(("b", 1)), again.written[("b", 0)], again.has(("c",))) == (2, "2.5", False)


def test_mistakes_are_not_remembered(source: Path, home: Path) -> None:
    source.write_text("a: 010\n")
    for _ in range(2):
        with pytest.raises(RuleBookError, match=r"one\.yml:1"):
            read_yaml(source)
    assert not home.exists()


@pytest.mark.parametrize("damage", [
    lambda content: content.replace(b'"a": 1', b'"a": 9'),
    lambda content: content[:80],
    lambda content: b"",
    lambda content: content[:64] + b"[]",
])  # fmt: skip
def test_a_damaged_entry_is_no_entry(source: Path, home: Path, damage: object) -> None:
    read_yaml(source)
    (entry,) = (home / "cache").iterdir()
    entry.write_bytes(damage(entry.read_bytes()))  # type: ignore[operator]
    assert read_yaml(source).data == READ
    assert remembered.recall(TEXT) == {"data": READ}


def test_a_folder_that_takes_nothing_is_no_hindrance(source: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    assert read_yaml(source).data == READ


def test_old_entries_go(source: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_AT_MOST", 2)
    for value in range(4):
        source.write_text(f"a: {value}\n")
        read_yaml(source)
    assert [remembered.recall(f"a: {value}\n") is not None for value in range(4)] == [False, False, True, True]


def test_what_is_remembered_needs_no_parser() -> None:
    script = (
        "import sys; from xlkit.rules.edition import load_edition; from xlkit.rules.catalogue import catalogue;"
        "load_edition('program_center'); catalogue(); print('yaml' in sys.modules)"
    )
    told = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in "ab"]
    assert [one.stdout.strip() for one in told] == ["True", "False"]
