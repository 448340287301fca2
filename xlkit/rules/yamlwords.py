"""What PyYAML finds wrong in a file, in words that tell a methodologist what to mend.

PyYAML speaks English and of its own grammar; here its frequent texts are sentences in both languages, and the
rest one sentence that names the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from xlkit.texts import Text

Words = Text | Callable[[re.Match[str]], Text]

_INDENT = Text(
    "отступ не такой, как у соседних строк: выровняйте строку пробелами",
    "the indentation differs from the lines around: align the line with spaces",
)
_EXTRA_BRACKET = Text("лишняя скобка", "a bracket too many")
_AFTER_QUOTE = Text(
    "текст после закрытой кавычки: кавычка не закрыта выше или апостроф в тексте в апострофах не удвоен",
    "text after a closed quote: a quote above is not closed, or an apostrophe in text in apostrophes is not doubled",
)
_TAB = Text("знак табуляции: отступы делаются только пробелами", "a tab character: indent with spaces only")
_COLON = Text(
    "лишнее двоеточие или неверный отступ: текст, в котором есть двоеточие, возьмите в кавычки",
    "a colon too many or a wrong indentation: put text that has a colon in quotes",
)
_ONE_DOCUMENT = Text("строка «---» делит файл надвое: уберите её", "the line «---» splits the file in two: remove it")
_ESCAPE = (
    "после обратной черты в двойных кавычках: удвойте черту или возьмите текст в одинарные кавычки",
    "after a backslash in double quotes: double the backslash or put the text in single quotes",
)

_KNOWN: tuple[tuple[str, Words], ...] = (
    (r"found character '\\t'", _TAB),
    (r"found character (?P<mark>'.'|\".\")", lambda m: _cannot_start(m["mark"][1:-1])),
    (r"mapping values are not allowed|mapping keys are not allowed", _COLON),
    (r"sequence entries are not allowed", _INDENT),
    (r"could not find expected ':'", Text(
        "в строке нет двоеточия после слова, или не закрыта кавычка или скобка выше",
        "the line has no colon after its word, or a quote or bracket above is not closed")),
    (r"found unknown escape character (?P<mark>'.'|\".\")", lambda m: Text(
        f"знак «{m['mark'][1:-1]}» {_ESCAPE[0]}", f"the character «{m['mark'][1:-1]}» {_ESCAPE[1]}")),
    (r"expected escape sequence", Text(f"неполный код знака {_ESCAPE[0]}", f"an unfinished code {_ESCAPE[1]}")),
    (r"found undefined alias|expected alphabetic or numeric character", Text(
        "знаки «*» и «&» в начале значения не допускаются: возьмите его в кавычки",
        "«*» and «&» may not begin a value: put it in quotes")),
    (r"expected chomping|expected a comment or a line break|expected indentation indicator", Text(
        "после «|» и «>» текст начинается со следующей строки, с отступом",
        "after «|» and «>» the text begins on the next line, indented")),
    (r"found undefined tag handle|expected URI|expected '!'", Text(
        "знак «!» в начале значения не допускается: возьмите его в кавычки",
        "«!» may not begin a value: put it in quotes")),
    (r"(expected <block end>|expected '<document start>'), but found '[]}]'", _EXTRA_BRACKET),
    (r"expected <block end>, but found '<scalar>'", _AFTER_QUOTE),
    (r"but found another document", _ONE_DOCUMENT),
    (r"expected <block end>", _INDENT),
    (r"expected the node content", Text(
        "лишний знак, или значение пропущено", "a character too many, or a value is missing")),
)  # fmt: skip


def _cannot_start(mark: str) -> Text:
    return Text(
        f"значение не может начинаться со знака «{mark}»: возьмите его в кавычки",
        f"a value cannot begin with «{mark}»: put it in quotes",
    )


def yaml_mistake(error: yaml.MarkedYAMLError) -> tuple[int | None, Text]:
    """The line of a mistake and the sentence."""
    words = _unclosed(error) or _words(error)
    mark = error.problem_mark or error.context_mark
    return (mark.line + 1 if mark else None), Text(f"ошибка записи YAML: {words.ru}", f"not valid YAML: {words.en}")


def _unclosed(error: yaml.MarkedYAMLError) -> Text | None:
    """A quote or bracket whose end was not found: the line that opens it helps more than the end of the file."""
    context, opened = error.context or "", error.context_mark
    line = opened.line + 1 if opened else 1
    if "quoted scalar" in context and "found unexpected" in (error.problem or ""):
        return Text(
            f"не закрыта кавычка, открытая в строке {line}", f"the quotation mark opened on line {line} is not closed"
        )
    if "flow" in context and "expected ','" in (error.problem or ""):
        return Text(
            f"не закрыта скобка, открытая в строке {line}, или между частями нет запятой",
            f"the bracket opened on line {line} is not closed, or a comma is missing between parts",
        )
    return None


def _words(error: yaml.MarkedYAMLError) -> Text:
    said = f"{error.problem or ''} {error.context or ''}"
    for pattern, words in _KNOWN:
        found = re.search(pattern, said)
        if found:
            return words if isinstance(words, Text) else words(found)
    mark = error.problem_mark or error.context_mark
    column = mark.column + 1 if mark else 1
    return Text(
        f"проверьте отступы, кавычки и двоеточия у столбца {column}",
        f"check the indentation, quotes and colons near column {column}",
    )


def bad_character(error: yaml.YAMLError) -> Text:
    """A character that YAML does not take, such as Word's own line break."""
    code = getattr(error, "character", None)
    shown = f" U+{code:04X}" if isinstance(code, int) else ""
    return Text(
        f"недопустимый знак{shown}: наберите это место заново", f"a character that is not allowed{shown}: type it anew"
    )
