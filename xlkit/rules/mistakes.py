"""How a mistake in a rule book is told: file, line, sentence."""

from __future__ import annotations

from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.texts import Text

Path_ = tuple[str | int, ...]
"""A place in a YAML file: keys and numbers of items from the top."""


class RuleBookError(XlkitError):
    """Mistakes in a rule book, each with its file and line."""

    def __init__(self, problems: list[Text]) -> None:
        self.problems = problems
        super().__init__(Text("\n".join(p.ru for p in problems), "\n".join(p.en for p in problems)))


def problem(file: Path, line: int | None, ru: str, en: str) -> Text:
    """One mistake as ``file:line: sentence``."""
    place = f"{file.name}:{line}" if line else file.name
    return Text(f"{place}: {ru}", f"{place}: {en}")
