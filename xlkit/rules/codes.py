"""Codes of rows («1.1.2.», «38.02.01») and the keys made of them.

A code is compared without its final dot and spaces. A row's key is its code under its parent: «1.1.2» carries
its parent in itself, a specialty does not, so its key is ``1.1.3/38.02.01``. A row without a number takes the
next free number under its parent, in a workbook and in the register alike.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from xlkit.rules.model import Level
from xlkit.values import as_text, squeezed

_CODE = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_LOOKALIKES = str.maketrans("ОоOoЗзlIІ,", "000033111.")


@dataclass(frozen=True, slots=True)
class Code:
    """A read code: ``text`` without dot and spaces (empty where there is none or it is not understood)."""

    text: str
    blank: bool = False
    final_dot: bool = False
    suggestion: str | None = None


def read_code(raw: object) -> Code:
    """Read the cell of a code column: text, a number that Excel made of «4», or a date that it made of «1.3.2»."""
    if isinstance(raw, (dt.datetime, dt.date)):
        return Code("", suggestion=f"{raw.day}.{raw.month}.{raw.year % 100}")
    return _read_text(as_text(raw))


@lru_cache(maxsize=8192)
def _read_text(raw: str) -> Code:
    text = squeezed(raw).replace(" ", "")
    if not text:
        return Code("", blank=True)
    bare = text.rstrip(".")
    if _CODE.fullmatch(bare):
        return Code(bare, final_dot=text.endswith("."))
    guess = bare.translate(_LOOKALIKES)
    return Code("", suggestion=guess if _CODE.fullmatch(guess) else None)


def level_of(code: str, levels: Sequence[Level]) -> Level | None:
    """The level that a code belongs to by its form; ``None`` where no level has such codes."""
    at = _level_number(code, _shapes(levels))
    return None if at is None else levels[at]


_Shapes = tuple[tuple[int, int | None], ...]


def _shapes(levels: Sequence[Level]) -> _Shapes:
    """What tells the levels' codes: how many parts, and of how many digits each, where that is fixed."""
    return tuple((level.parts, level.digits) for level in levels)


@lru_cache(maxsize=65536)
def _level_number(code: str, shapes: _Shapes) -> int | None:
    if not _CODE.fullmatch(code):
        return None
    parts = code.split(".")
    for at, (count, digits) in sorted(enumerate(shapes), key=lambda one: one[1][1] is None):
        if len(parts) == count and (
            all(len(p) == digits for p in parts) if digits else all(p[0] != "0" for p in parts)
        ):
            return at
    return None


@dataclass(frozen=True, slots=True)
class RowKey:
    """Where a row belongs: its level, its code (given or assigned), its parent's key and its own."""

    level: str
    code: str
    parent: str
    key: str
    assigned: bool = False


def assign_keys(codes: Sequence[Code], levels: Sequence[Level]) -> list[RowKey]:
    """Keys of a table's rows in their order; unnumbered rows get the next free number under their parent."""
    shapes = _shapes(levels)
    numbers = [_level_number(code.text, shapes) if code.text else None for code in codes]
    found = [None if at is None else levels[at] for at in numbers]
    used = {code.text for code, level in zip(codes, found, strict=True) if level is not None and not level.within}
    deepest = _deepest(levels)
    free = FreeCodes(used)
    result: list[RowKey] = []
    parent = holder = ""
    for code, level in zip(codes, found, strict=True):
        if level is not None and level.within:
            result.append(RowKey(level.id, code.text, holder, f"{holder}/{code.text}"))
            continue
        if level is None:
            holder = free.first(parent)
            used.add(holder)
            result.append(RowKey(deepest.id, holder, parent, holder, assigned=True))
            continue
        holder = code.text
        above = code.text.rpartition(".")[0]
        parent = above if level is deepest else code.text
        result.append(RowKey(level.id, code.text, above, code.text))
    return result


def _deepest(levels: Sequence[Level]) -> Level:
    """The deepest level whose codes carry their parent: measures of a plan, indicators of a list."""
    return [one for one in levels if not one.within][-1]


class FreeCodes:
    """Codes that nobody has yet. ``used`` may grow meanwhile; where a search ended, the next one begins."""

    def __init__(self, used: Set[str]) -> None:
        self._used = used
        self._next: dict[str, int] = {}

    def first(self, parent: str) -> str:
        """The first one under ``parent``: with 2.2.1 and 2.2.3 in use it is 2.2.2."""
        prefix = f"{parent}." if parent else ""
        number = self._next.get(parent, 1)
        while f"{prefix}{number}" in self._used:
            number += 1
        self._next[parent] = number
        return f"{prefix}{number}"
