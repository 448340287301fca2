"""Strict YAML: what PyYAML would quietly turn into something else is a mistake that names its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xlkit.rules.mistakes import RuleBookError
from xlkit.rules.yamlfile import YamlFile, read_yaml


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
     "1.5e+3", ".inf", ".nan", "~", "", "2026-01-02", "2026-01-02 10:00:00", "Null",
     "2.3.1", "1.1.", "38.02.01", "31.12.2026", "-1.2.3", "1.2.3.4"],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_must_be_quoted(tmp_path: Path, written: str) -> None:
    (said,) = mistakes(tmp_path, f"a: 1\nb: {written}\n")
    assert said.startswith("book.yml:2: ")
    assert "quotes" in said
    assert read(tmp_path, f'a: 1\nb: "{written}"\n').data["b"] == written


@pytest.mark.parametrize("written", ["1.1.2 текст", "v1.2.3", "2026-2028", "1/2", "а.б.в", "1,5", "..."])
def test_what_only_begins_like_a_code_is_text(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"a: 1\nb: {written}\n").data["b"] == written


def test_a_code_without_quotes_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(RuleBookError) as caught:
        read(tmp_path, "left: {table: plan, code: 2.3.1}\n")
    (told,) = caught.value.problems
    assert told.ru == 'book.yml:1: значение «2.3.1» читается по-разному: возьмите его в кавычки ("2.3.1")'


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


@pytest.mark.parametrize(
    ("text", "ru", "en"),
    [
        ("a: [1, 2\nb: 3\n", "не закрыта скобка, открытая в строке 1", "the bracket opened on line 1 is not closed"),
        ("a: {b: 1 c: 2}\n", "между частями нет запятой", "a comma is missing"),
        ("a: [1]]\n", "лишняя скобка", "a bracket too many"),
        ("{a: 1}}\n", "лишняя скобка", "a bracket too many"),
        ("a: 'x\nb: 1\n", "не закрыта кавычка, открытая в строке 1", "the quotation mark opened on line 1"),
        ('a: "x\nb: 1\n', "не закрыта кавычка, открытая в строке 1", "the quotation mark opened on line 1"),
        ("a: 'it's'\n", "апостроф в тексте в апострофах не удвоен", "an apostrophe in text"),
        ('a: "x\nb: "y"\n', "кавычка не закрыта выше", "a quote above is not closed"),
        ("a: b: c\n", "лишнее двоеточие", "a colon too many"),
        ("a: 1\n b: 2\n", "лишнее двоеточие или неверный отступ", "a colon too many or a wrong indentation"),
        ("a:\n  b: 1\n c: 2\n", "отступ не такой, как у соседних строк", "the indentation differs"),
        ("a: - b\n", "отступ не такой", "the indentation differs"),
        ("a: 1\nb\nc: 2\n", "в строке нет двоеточия", "the line has no colon"),
        ("a:\n\tb: 2\n", "знак табуляции", "a tab character"),
        ("a: @x\n", "не может начинаться со знака «@»", "cannot begin with «@»"),
        ("a: `x`\n", "не может начинаться со знака «`»", "cannot begin with «`»"),
        ('a: "\\d"\n', "знак «d» после обратной черты", "the character «d» after a backslash"),
        ('a: "\\x1"\n', "неполный код знака", "an unfinished code"),
        ("a: *x\n", "знаки «*» и «&»", "«*» and «&»"),
        ("a: & x\n", "знаки «*» и «&»", "«*» and «&»"),
        ("a: !x!y z\n", "знак «!»", "«!» may not"),
        ("a: | x\n", "со следующей строки", "on the next line"),
        ("a: ]\n", "лишний знак", "a character too many"),
        ("a: 1\n---\nb: 2\n", "«---»", "«---»"),
        ("%YAML 2.0\n---\na: 1\n", "проверьте отступы, кавычки и двоеточия у столбца 1", "near column 1"),
        ("a: 1\nb: одно\u000bдва\n", "недопустимый знак U+000B", "not allowed U+000B"),
        ("[" * 5000, "слишком много скобок", "too many brackets"),
    ],
)
def test_what_is_not_yaml_is_told_in_both_languages(tmp_path: Path, text: str, ru: str, en: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        read(tmp_path, text)
    (told,) = caught.value.problems
    assert ru in told.ru and en in told.en
    assert not re.search("[A-Za-z]{2,}", told.ru.removeprefix("book.yml").replace("YAML", ""))
    assert not re.search("[А-Яа-я]", told.en)


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
