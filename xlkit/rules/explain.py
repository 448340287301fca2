"""What Pydantic found wrong in a rule book, told to a methodologist: file, line, what and how to mend it.

Pydantic speaks English and of Python; every kind of its errors has a sentence here in both languages, and what
has none is told as a value that will not do.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from pydantic import BaseModel, ValidationError

from xlkit.rules import model
from xlkit.rules.mistakes import Path_, problem
from xlkit.rules.yamlfile import YamlFile
from xlkit.texts import Text

_TEXT = Text("«{name}»: нужен текст, а стоит {given}", "{name!r}: a text is needed, not {given}")
_WHOLE = Text("«{name}»: нужно целое число, а стоит {given}", "{name!r}: a whole number is needed, not {given}")
_NUMBER = Text("«{name}»: нужно число, а стоит {given}", "{name!r}: a number is needed, not {given}")
_PAIRS = Text(
    "«{name}»: нужны пары «слово: значение», а стоит {given}", "{name!r}: pairs «word: value» are needed, not {given}"
)
_LIST = Text("«{name}»: нужен список в скобках [ ], а стоит {given}", "{name!r}: a list in [ ] is needed, not {given}")
_EMPTY = Text("«{name}»: не может быть пустым", "{name!r} may not be empty")
_ALLOWED = Text(
    "«{name}»: значение {given} не подходит, допустимо: {allowed}", "{name!r}: {given} will not do, allowed: {allowed}"
)
_FALLBACK = Text("«{name}»: значение {given} не подходит", "{name!r}: {given} will not do")

_SENTENCES = {
    "missing": Text("не хватает «{name}»", "{name!r} is missing"),
    "union_tag_not_found": Text("не хватает «{name}.kind»", "'{name}.kind' is missing"),
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": Text("«{name}»: нужно «true» или «false», а стоит {given}", "{name!r}: true or false, not {given}"),
    "dict_type": _PAIRS,
    "model_type": _PAIRS,
    "model_attributes_type": _PAIRS,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "greater_than_equal": Text(
        "«{name}»: нужно не меньше {ge}, а стоит {given}", "{name!r}: at least {ge} is needed, not {given}"
    ),
    "less_than_equal": Text(
        "«{name}»: нужно не больше {le}, а стоит {given}", "{name!r}: at most {le} is allowed, not {given}"
    ),
    "too_short": _EMPTY,
    "string_too_short": _EMPTY,
    "literal_error": _ALLOWED,
    "enum": _ALLOWED,
    "union_tag_invalid": _ALLOWED,
    "both_languages": Text(
        '«{name}»: нужны надписи на двух языках: {{ru: "…", en: "…"}}',
        '{name!r}: it needs both languages: {{ru: "…", en: "…"}}',
    ),
    "operand_one_of": Text(
        "«{name}»: нужно ровно одно из слов «code», «feeds», «sum», «number»",
        "{name!r}: exactly one of code, feeds, sum, number is needed",
    ),
    "operand_table": Text("«{name}»: рядом с «{word}» нужна «table»", "{name!r}: {word!r} needs its table"),
    "operand_extra": Text(
        "«{name}»: «{word}» ставится только рядом с «code» или «feeds»",
        "{name!r}: {word!r} belongs only beside code or feeds",
    ),
}

_PATTERNS = {
    model.WORD: Text("латинские строчные буквы и «_»", "small Latin letters and «_»"),
    model.CSV_NAME: Text(
        "имя файла «….csv», который лежит рядом с книгой правил", "the name of a .csv file beside the rule book"
    ),
    model.RELATION_ID: Text("буква R и три цифры: «R-101»", "the letter R and three digits: 'R-101'"),
    model.YEAR: Text("год из четырёх цифр", "a year of four digits"),
    model.FINDING_ID: Text(
        "буква F, S, T, V или C и три цифры: «V-101»", "one letter of F, S, T, V, C and three digits: 'V-101'"
    ),
}
_UNIONS = {
    "tolerance": Text(
        '"unit", число не меньше 0 или {decimals: 2}', '"unit", a number of at least 0, or {decimals: 2}'
    ),
    "times": Text("число", "a number"),
    "number": Text("число", "a number"),
}
"""What fields of several kinds take: Pydantic complains of each kind apart."""

_NOT_A_BOOK = Text(
    "это не книга правил: в файле должны стоять пары «слово: значение»",
    "this is no rule book: the file should hold pairs «word: value»",
)


def explain_model_errors(error: ValidationError, source: YamlFile) -> list[Text]:
    """One sentence per mistake, in the order of the file."""
    found: dict[Path_, dict[str, Any]] = {}
    for one in error.errors():
        found.setdefault(_yaml_path(one["loc"], one["type"], source), dict(one))
    # Of a field that may be several things, the complaint that goes deepest fits what was meant.
    outer = {at[:depth] for at in found for depth in range(len(at))}
    told = [(source.line_of(at), _sentence(one, at, source)) for at, one in found.items() if at not in outer]
    ordered = sorted(told, key=lambda pair: pair[0] or 0)
    return [problem(source.path, line, text.ru, text.en) for line, text in ordered]


def _yaml_path(loc: tuple[int | str, ...], kind: str, source: YamlFile) -> Path_:
    """Pydantic's place without the tags of unions, which the file does not have."""
    path: Path_ = ()
    for i, part in enumerate(loc):
        if source.has((*path, part)) or (kind == "missing" and i == len(loc) - 1):
            path = (*path, part)
    return path


def _sentence(one: dict[str, Any], at: Path_, source: YamlFile) -> Text:
    kind, given, context = one["type"], one.get("input"), one.get("ctx", {})
    name = _name(at, source)
    if not at:
        return _NOT_A_BOOK
    if kind == "extra_forbidden":
        return _unknown_word(str(at[-1]))
    if kind == "string_type" and isinstance(given, (int, float)) and not isinstance(given, bool):
        written = source.written.get(at, given)
        return Text(
            f'«{name}»: код или текст {written} нужно взять в кавычки: "{written}"',
            f'{name!r}: the code or text {written} must stand in quotes: "{written}"',
        )
    sentence, allowed = _SENTENCES.get(kind, _FALLBACK), _allowed(kind, str(at[-1]), context)
    if allowed is not None:
        sentence = _ALLOWED
    shown = _shown(given, kind == "union_tag_invalid")
    facts = {key: context.get(key, "") for key in ("ge", "le", "word")}
    return Text(
        sentence.ru.format(name=name, given=shown.ru, allowed=allowed.ru if allowed else "", **facts),
        sentence.en.format(name=name, given=shown.en, allowed=allowed.en if allowed else "", **facts),
    )


def _name(at: Path_, source: YamlFile) -> str:
    """A place as its writer knows it: a relation by its id, not by its number in the list."""
    path: list[object] = list(at)
    if len(at) > 2 and at[0] == "relations":
        relation = source.data["relations"][at[1]]
        path[:2] = [relation.get("id", at[1])] if isinstance(relation, dict) else [at[1]]
    return ".".join(str(part) for part in path)


def _allowed(kind: str, field: str, context: dict[str, Any]) -> Text | None:
    """What may stand in a field, where that can be listed."""
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern", ""))
        return _PATTERNS.get(pattern)
    if field in _UNIONS and kind in ("literal_error", "float_type", "int_type", "model_type"):
        return _UNIONS[field]
    listed = context.get("expected") or context.get("expected_tags")
    if listed is None:
        return None
    words = re.findall("'([^']*)'", str(listed))
    return Text(", ".join(f"«{w}»" for w in words), ", ".join(repr(w) for w in words))


def _unknown_word(word: str) -> Text:
    near = difflib.get_close_matches(word, _known_words(), n=1)
    hint_ru, hint_en = (f" Может быть, «{near[0]}»?", f" Did you mean {near[0]!r}?") if near else ("", "")
    return Text(f"неизвестное слово «{word}».{hint_ru}", f"unknown word {word!r}.{hint_en}")


def _shown(given: object, by_kind: bool = False) -> Text:
    """A value as its writer sees it."""
    if isinstance(given, dict) and by_kind:
        given = str(given.get("kind", "…"))
    if given is None:
        return Text("пустое место", "nothing")
    if isinstance(given, bool):
        given = str(given).lower()
    if isinstance(given, dict):
        return Text("{…}", "{…}")
    if isinstance(given, (list, tuple)):
        return Text("[…]", "[…]")
    text = str(given)
    text = text if len(text) <= 60 else text[:59] + "…"
    return Text(f"«{text}»", repr(text))


def _known_words() -> list[str]:
    words: set[str] = set()
    for one in vars(model).values():
        if isinstance(one, type) and issubclass(one, BaseModel):
            words |= set(one.model_fields)
    return sorted(words)
