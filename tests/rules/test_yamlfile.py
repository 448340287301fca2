"""Strict YAML: what PyYAML would quietly turn into something else is a mistake that names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlkit.rules.yamlfile import RuleBookError, YamlFile, read_yaml


def read(tmp_path: Path, text: str) -> YamlFile:
    file = tmp_path / "book.yml"
    file.write_text(text, encoding="utf-8")
    return read_yaml(file)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(RuleBookError) as caught:
        read(tmp_path, text)
    return [problem.en for problem in caught.value.problems]


def test_plain_values_mean_what_they_say(tmp_path: Path) -> None:
    text = 'a: 5\nb: -1.5\nc: true\nd: null\ne: [слово, "010"]\nf: {g: "NO", h: \'12:30\'}\ni: |\n  строка\n'
    assert read(tmp_path, text).data == {
        "a": 5,
        "b": -1.5,
        "c": True,
        "d": None,
        "e": ["слово", "010"],
        "f": {"g": "NO", "h": "12:30"},
        "i": "строка\n",
    }


@pytest.mark.parametrize(
    "written",
    ["010", "NO", "no", "Yes", "on", "OFF", "True", "12:30", "1:30:00", "0x1F", "0b11", "1_000", "+5", ".5", "5.",
     "1.5e+3", ".inf", ".nan", "~", "", "2026-01-02", "2026-01-02 10:00:00", "Null"],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_must_be_quoted(tmp_path: Path, written: str) -> None:
    (said,) = mistakes(tmp_path, f"a: 1\nb: {written}\n")
    assert said.startswith("book.yml:2: ")
    assert "quotes" in said
    assert read(tmp_path, f'a: 1\nb: "{written}"\n').data["b"] == written


def test_keys_are_texts_as_they_stand(tmp_path: Path) -> None:
    """A key is looked up by what its writer sees, so 010 and NO are no trap there."""
    assert read(tmp_path, "010: a\nNO: b\n12:30: c\n").data == {"010": "a", "NO": "b", "12:30": "c"}


@pytest.mark.parametrize(
    "text, line",
    [
        ("a: 1\nb: 2\na: 3\n", 3),
        ("t:\n  x: 1\n  y: 2\n  x: 1\n", 4),
        ("- {x: 1, x: 2}\n", 1),
        ('"a": 1\na: 2\n', 2),
    ],
)
def test_a_repeated_key_is_told(tmp_path: Path, text: str, line: int) -> None:
    (said,) = mistakes(tmp_path, text)
    assert said.startswith(f"book.yml:{line}: ")
    assert "twice" in said


def test_equal_keys_in_different_mappings_are_none(tmp_path: Path) -> None:
    assert read(tmp_path, "a: {x: 1}\nb: {x: 2}\n").data == {"a": {"x": 1}, "b": {"x": 2}}


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    said = mistakes(tmp_path, "a: 010\nb: NO\nc: 1\nc: 2\n")
    assert [one.split(": ")[0] for one in said] == ["book.yml:1", "book.yml:2", "book.yml:4"]


def test_merge_keys_are_not_allowed(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, "a: &a {x: 1}\nb:\n  <<: *a\n")
    assert said.startswith("book.yml:3: ")


def test_a_value_within_itself_is_told(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, "a: 1\nb: &b {c: *b}\n")
    assert said.startswith("book.yml:2: ")


@pytest.mark.parametrize(
    "text, line",
    [("a: [1, 2\nb: 3\n", 2), ("a: 'x\n", 2), ("a: b: c\n", 1), ("a: 1\n\tb: 2\n", 2), ("a: 1\n---\nb: 2\n", 2)],
)
def test_what_is_not_yaml_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    (said,) = mistakes(tmp_path, text)
    assert said.startswith(f"book.yml:{line}: ")


def test_a_control_character_pasted_from_word_is_told(tmp_path: Path) -> None:
    """U+000B is Word's line break; PyYAML raises another error for it than for all other mistakes."""
    (said,) = mistakes(tmp_path, 'a: 1\nb: "одно\u000bдва"\n')
    assert said.startswith("book.yml")


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "book.yml"
    file.write_bytes("a: слово\n".encode("cp1251"))
    with pytest.raises(RuleBookError, match=r"book\.yml"):
        read_yaml(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleBookError, match=r"none\.yml"):
        read_yaml(tmp_path / "none.yml")


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing\n").data == {}


@pytest.mark.parametrize(
    "path, line",
    [(("t", "x"), 3), (("t", "list", 1), 6), (("t", "absent"), 2), (("nowhere",), 2), ((), 2)],
)
def test_lines_of_values(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    """What is missing is told at the nearest thing around it."""
    source = read(tmp_path, "# a comment\nt:\n  x: 1\n  list:\n    - a\n    - b\n")
    assert source.line_of(path) == line


def test_mistakes_speak_both_languages(tmp_path: Path) -> None:
    with pytest.raises(RuleBookError) as caught:
        read(tmp_path, "a: 1\na: 2\n")
    (told,) = caught.value.problems
    assert told.ru == "book.yml:2: ключ «a» повторяется: оставьте один"
    assert told.en == "book.yml:2: the key 'a' stands twice: keep one"
