"""What Pydantic found wrong in a rule book, told to a methodologist: file, line, what and how to mend it."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

from xlkit.rules import model
from xlkit.rules.yamlfile import Path_, YamlFile, problem
from xlkit.texts import Text


def explain_model_errors(error: ValidationError, source: YamlFile) -> list[Text]:
    """One sentence per mistake, in the order of the file."""
    told = []
    for one in error.errors():
        at = _yaml_path(one["loc"], source)
        line = source.line_of(at) or 0
        told.append((line, _sentence(dict(one), at, source)))
    return [text for _, text in sorted(told, key=lambda pair: pair[0])]


def _yaml_path(loc: tuple[int | str, ...], source: YamlFile) -> Path_:
    """Pydantic's place without the tags of unions, which the file does not have."""
    path: Path_ = ()
    for part in loc:
        if (*path, part) in source.lines or part == loc[-1]:
            path = (*path, part)
    return path


def _sentence(one: dict[str, Any], at: Path_, source: YamlFile) -> Text:
    name = ".".join(str(p) for p in at)
    line = source.line_of(at)
    given = one.get("input")
    kind = one["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(at[-1]), _known_words(), n=1)
        hint_ru, hint_en = (f" Может быть, «{near[0]}»?", f" Did you mean {near[0]!r}?") if near else ("", "")
        return problem(
            source.path, line, f"неизвестное слово «{at[-1]}».{hint_ru}", f"unknown word {at[-1]!r}.{hint_en}"
        )
    if kind == "missing":
        return problem(source.path, line, f"не хватает «{name}»", f"{name!r} is missing")
    if kind == "string_type" and isinstance(given, (int, float)):
        return problem(
            source.path,
            line,
            f'«{name}»: код или текст {given} нужно взять в кавычки: "{given}"',
            f'{name!r}: the code or text {given} must stand in quotes: "{given}"',
        )
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        allowed = one.get("ctx", {}).get("expected") or one.get("ctx", {}).get("expected_tags", "")
        return problem(
            source.path,
            line,
            f"«{name}»: значение «{_shown(given)}» не подходит, допустимо: {allowed}",
            f"{name!r}: {_shown(given)!r} will not do, allowed: {allowed}",
        )
    return problem(source.path, line, f"«{name}»: {one['msg']}", f"{name!r}: {one['msg']}")


def _shown(given: object) -> str:
    if isinstance(given, dict):
        return str(given.get("kind", "…"))
    return str(given)


def _known_words() -> list[str]:
    words: set[str] = set()
    for one in vars(model).values():
        if isinstance(one, type) and issubclass(one, BaseModel):
            words |= set(one.model_fields)
    return sorted(words)
