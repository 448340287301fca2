"""The parser of strict YAML files, over PyYAML.

PyYAML alone reads ``010`` as 8, ``NO`` as False and ``12:30`` as 750, and keeps the last of two equal keys.
Here such a value must be put in quotes, and an equal key is a mistake.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from xlkit.rules.mistakes import Path_, RuleBookError, problem
from xlkit.rules.yamlwords import bad_character, yaml_mistake
from xlkit.texts import Text

_CANONICAL: dict[str, tuple[re.Pattern[str], Callable[[str], object]]] = {
    "tag:yaml.org,2002:int": (re.compile(r"-?(0|[1-9][0-9]*)"), int),
    "tag:yaml.org,2002:float": (re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+"), float),
    "tag:yaml.org,2002:bool": (re.compile(r"true|false"), lambda written: written == "true"),
    "tag:yaml.org,2002:null": (re.compile(r"null"), lambda written: None),
}
"""How a value of each kind is written, and what it means."""

_CODE_LIKE = re.compile(r"[-+]?[0-9]+(\.[0-9]*)+")
"""A code or date that PyYAML alone takes for text (2.3.1), although its like (2.3) is a number to it."""


@dataclass
class Parsed:
    """Plain Python data, the line of every key and item, and every scalar as it is written."""

    path: Path
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    written: dict[Path_, str] = field(default_factory=dict)


def parse(text: str, path: Path) -> Parsed:
    """The meaning of a file's text; raises RuleBookError, which names ``path``."""
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        line, words = yaml_mistake(error)
        raise RuleBookError([problem(path, line, words.ru, words.en)]) from error
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        words = bad_character(error)
        raise RuleBookError([problem(path, line, words.ru, words.en)]) from error
    except RecursionError as error:
        raise RuleBookError([problem(path, None, "слишком много скобок", "too many brackets")]) from error
    _refuse_aliases(text, path)
    result = Parsed(path)
    problems: list[Text] = []
    result.data = _construct(node, (), result, problems) if node is not None else {}
    if problems:
        raise RuleBookError(problems)
    return result


def _composed(text: str) -> yaml.Node | None:
    """The tree of nodes. libyaml is ten times faster; of what it refuses PyYAML's own parser says more."""
    fast = getattr(yaml, "CSafeLoader", None)
    if fast is not None and text.count("[") + text.count("{") < _MANY_BRACKETS:
        with contextlib.suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=fast)
    return yaml.compose(text, Loader=yaml.SafeLoader)


_MANY_BRACKETS = 5000
"""So many open brackets may be too deep for libyaml, which does not notice."""


def _refuse_aliases(text: str, path: Path) -> None:
    if "*" not in text:
        return
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else None
            raise RuleBookError([problem(path, line, "ссылки «*» не допускаются", "aliases «*» are not allowed")])


def _construct(node: yaml.Node, at: Path_, out: Parsed, problems: list[Text]) -> Any:
    out.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, out, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*at, i), out, problems) for i, item in enumerate(node.value)]
    return _scalar(node, at, out, problems)


def _mapping(node: yaml.MappingNode, at: Path_, out: Parsed, problems: list[Text]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value)
        if key == "<<":
            problems.append(problem(out.path, line, "слияние «<<» не допускается", "merge keys are not allowed"))
        elif key in result:
            problems.append(
                problem(
                    out.path,
                    line,
                    f"ключ «{key}» повторяется: оставьте один",
                    f"the key {key!r} stands twice: keep one",
                )
            )
        out.lines[(*at, key)] = line
        result[key] = _construct(value_node, (*at, key), out, problems)
    return result


def _scalar(node: yaml.Node, at: Path_, out: Parsed, problems: list[Text]) -> Any:
    written = out.written[at] = str(node.value)
    plain = not getattr(node, "style", None)
    if not plain or (node.tag == "tag:yaml.org,2002:str" and not _CODE_LIKE.fullmatch(written)):
        return written
    canonical = _CANONICAL.get(node.tag)
    if canonical is None or not canonical[0].fullmatch(written):
        problems.append(
            problem(
                out.path,
                node.start_mark.line + 1,
                f'значение «{written}» читается по-разному: возьмите его в кавычки ("{written}")'
                if written
                else 'значения нет: впишите его, а если оно пусто, поставьте кавычки ("")',
                f'{written!r} can be read in two ways: put it in quotes ("{written}")'
                if written
                else 'the value is missing: write it, or if it is empty, put quotes ("")',
            )
        )
        return written
    return canonical[1](written)
