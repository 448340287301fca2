"""Strict YAML: every value means what its writer sees, and every mistake names file and line.

What a file says is remembered by its content (``remembered``): the parser is imported only for a file that has not
been seen, or to tell a mistake's line.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlkit.errors import system_reason
from xlkit.rules import remembered
from xlkit.rules.mistakes import Path_, RuleBookError, problem

if TYPE_CHECKING:
    from xlkit.rules.yamlparse import Parsed


@dataclass(frozen=True)
class YamlFile:
    """A read YAML file: its text and its plain Python data; lines and spellings for whoever tells a mistake."""

    path: Path
    text: str
    data: Any

    @cached_property
    def _parsed(self) -> Parsed:
        from xlkit.rules.yamlparse import parse

        return parse(self.text, self.path)

    @property
    def written(self) -> dict[Path_, str]:
        """Every scalar as it is written."""
        return self._parsed.written

    def has(self, path: Path_) -> bool:
        """Whether the file has a key or an item at ``path``."""
        return path in self._parsed.lines

    def line_of(self, path: Path_) -> int | None:
        """The line of the value at ``path``, or of the nearest thing around it."""
        lines = self._parsed.lines
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path)


def read_yaml(path: Path) -> YamlFile:
    """Read one strict YAML file; raises RuleBookError."""
    text = _text_of(path)
    known = remembered.recall(text)
    if known is None:
        from xlkit.rules.yamlparse import parse

        known = {"data": parse(text, path).data}
        remembered.remember(text, known)
    return YamlFile(path, text, known["data"])


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = system_reason(error)
        raise RuleBookError([problem(path, None, reason.ru, reason.en)]) from error
    except UnicodeDecodeError as error:
        ru = "файл не в кодировке UTF-8: сохраните его в ней"
        raise RuleBookError([problem(path, None, ru, "the file is not UTF-8: save it in that encoding")]) from error


def as_tuples(data: Any) -> Any:
    """YAML lists as tuples, which the frozen models hold."""
    if isinstance(data, dict):
        return {k: as_tuples(v) for k, v in data.items()}
    if isinstance(data, list):
        return tuple(as_tuples(v) for v in data)
    return data
