"""Texts that a person reads, in Russian and English, chosen when they are shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar

LANGUAGES = ("ru", "en")

_chosen: ContextVar[str | None] = ContextVar("xlkit_language", default=None)


def language() -> str:
    """The language in force: the chosen one, else ``XLKIT_LANG``, else Russian."""
    chosen = _chosen.get() or os.environ.get("XLKIT_LANG", "ru")
    return chosen if chosen in LANGUAGES else "ru"


def choose_language(name: str | None) -> None:
    """Set the language for this context; ``None`` goes back to ``XLKIT_LANG``."""
    _chosen.set(name)


@contextmanager
def using_language(name: str) -> Iterator[None]:
    """Run a block in one language, for output that has a language of its own (a workbook is Russian)."""
    token = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(token)


@dataclass(frozen=True)
class Text:
    """One sentence in both languages; ``str()`` gives it in the language in force."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "strict": True}

    ru: str
    en: str

    def __str__(self) -> str:
        return self.en if language() == "en" else self.ru

    def format(self, **params: object) -> Text:
        """Fill the ``{placeholders}`` of both sentences; a ``Text`` parameter gives each its own language."""
        return Text(
            self.ru.format(**{k: v.ru if isinstance(v, Text) else v for k, v in params.items()}),
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in params.items()}),
        )


_FORBIDDEN = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")


def printable(text: str) -> str:
    """A text without the characters that XML forbids, which no workbook can hold; tabs and line breaks stay."""
    return _FORBIDDEN.sub("", text)


_STEERING = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


def visible(text: object) -> str:
    """A text as one line that no terminal obeys.

    Control characters, line breaks and what turns the direction of writing stand as their escapes: ``\\n``, ``\\x1b``.
    """
    return _STEERING.sub(lambda match: match[0].encode("unicode_escape").decode(), str(text))


def is_one_line(text: str) -> bool:
    """Whether a text has no line break, no control character and none that turns the reading direction."""
    return not _STEERING.search(text)


def joined(parts: Sequence[Text], separator: str = "; ") -> Text:
    """Several sentences as one."""
    return Text(separator.join(p.ru for p in parts), separator.join(p.en for p in parts))


def plural(count: int, one: str, few: str, many: str) -> str:
    """A Russian noun with its number: ``plural(14, "ячейка", "ячейки", "ячеек")`` is «14 ячеек»."""
    tens, units = abs(count) % 100, abs(count) % 10
    if 10 < tens < 20 or units == 0 or units > 4:
        return f"{count} {many}"
    return f"{count} {one if units == 1 else few}"


_TOO_LONG = 1e15


def figure(value: object) -> str:
    """A value as a Russian form prints it: ``99547.0`` is «99 547», ``0.5`` is «0,5», ``None`` is empty.

    A number of more digits than a double holds is shown as Excel shows it: ``1e308`` is «1E+308».
    """
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if abs(value) >= _TOO_LONG:
        return f"{value:.15G}".replace(".", ",")
    text = f"{value:,.10f}".rstrip("0").rstrip(".")
    return text.replace(",", "\u00a0").replace(".", ",")
