"""What a workbook says, cell by cell, as hashes that saving it in another program leaves alone.

A hash binds its cell: nobody finds another content for it. It does not conceal: whoever guesses a small number can
try it. Values and formulas are hashed apart, because programs spell formulas in their own ways and some drop the
computed values.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from xlkit.address import cell_name, cell_position
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.values import ExcelError, Uncached

_HASH_CHARACTERS = 32
"""128 bits: enough that two contents for one hash cannot be made by trying."""
_SIGNIFICANT, _COARSE = 15, 12
"""Digits of a number that every program keeps, and of the grids; programs round the 16th in their own ways."""
_TEXTS = re.compile(r'("(?:[^"]|"")*")')
_SPELLING = re.compile(r"_XLFN\.|_XLWS\.|[\s$']|(?<=TRUE)\(\)|(?<=FALSE)\(\)")
"""Prefixes of newer functions, spaces, ``$``, quotes of sheets' names, the brackets of truth values."""
_NUMBER = re.compile(r"(?<![A-Z_0-9.])[0-9]+(?:\.[0-9]*)?(?:E[+-]?[0-9]+)?(?![A-Z_0-9.(!])")


class CellHash(NamedTuple):
    """A cell's value and its formula, each hashed; empty where there is none.

    ``near`` are two hashes of a number in two coarse grids, shifted by half a step: numbers that differ in their last
    digit only agree in one of them at least. Sealed are those of numbers with more digits than every program keeps.
    """

    value: str
    formula: str = ""
    near: tuple[str, ...] = ()


_NOTHING = CellHash("")

Place = tuple[str, str]
"""A sheet's name and a cell such as ``E14``."""

Content = Mapping[Place, CellHash]


def content_of(book: RawWorkbook, to_seal: bool = False) -> dict[Place, CellHash]:
    """All cells of a workbook that was read with its formulas, sheet by sheet, row by row."""
    return {(sheet.name, cell): one for sheet in book.sheets for cell, one in _hashes(sheet, to_seal)}


def _hashes(sheet: RawSheet, to_seal: bool) -> Iterator[tuple[str, CellHash]]:
    filled = {
        (r, c) for r, row in enumerate(sheet.grid, start=1) for c, raw in enumerate(row, start=1) if raw is not None
    }
    for row, column in sorted(filled | sheet.formulas):
        cell = cell_name(row, column)
        raw = sheet.at(row, column)
        text = _text(raw)
        formula = _normal(sheet.formula_texts.get((row, column), "")) if (row, column) in sheet.formulas else None
        yield (
            cell,
            CellHash(
                "" if text is None else _hash(sheet.name, cell, text),
                "" if formula is None else _hash(sheet.name, cell, f"={formula}"),
                tuple(_hash(sheet.name, cell, one) for one in _near(raw, to_seal)),
            ),
        )


def _text(raw: object) -> str | None:
    """A content as text that differs where the contents do; ``None`` for no value."""
    if raw is None or isinstance(raw, Uncached):
        return None
    if isinstance(raw, bool):
        return f"bool {int(raw)}"
    if isinstance(raw, (int, float)):
        return f"number {float(raw) + 0.0:.{_SIGNIFICANT}g}"
    if isinstance(raw, ExcelError):
        return f"error {raw.code}"
    if isinstance(raw, dt.timedelta):
        return f"duration {round(raw.total_seconds(), 3)}"
    if isinstance(raw, dt.datetime):
        return f"date {raw.date().isoformat()}" if raw.time() == dt.time() else f"date {raw.isoformat(' ', 'seconds')}"
    if isinstance(raw, dt.time):
        return f"time {raw.isoformat('seconds')}"
    if isinstance(raw, dt.date):
        return f"date {raw.isoformat()}"
    return "text " + str(raw).replace("\r\n", "\n")


def _near(raw: object, to_seal: bool) -> Iterator[str]:
    """A number in the two grids, as texts; nothing for what has no digits to lose."""
    if not isinstance(raw, float) or raw.is_integer() or not math.isfinite(raw):
        return
    kept = Decimal(f"{raw:.{_SIGNIFICANT}g}")
    if to_seal and float(kept) == raw:
        return
    # Just below a power of ten the grids change their scale at different numbers, so that one of them holds there.
    scales = (kept.adjusted(), Decimal(f"{kept:.{_COARSE}g}").adjusted())
    for shift, scale in zip((Decimal(0), Decimal("0.5")), scales, strict=True):
        yield f"near {shift} {scale} {math.floor(kept.scaleb(_COARSE - 1 - scale) + shift)}"


def _normal(formula: str) -> str:
    """A formula without what programs spell differently; its texts stay as they are."""
    pieces = _TEXTS.split(formula)
    return "".join(piece if number % 2 else _bare(piece.upper()) for number, piece in enumerate(pieces))


def _bare(piece: str) -> str:
    return _NUMBER.sub(lambda found: f"{float(found[0]):.{_SIGNIFICANT}g}", _SPELLING.sub("", piece))


def _hash(sheet: str, cell: str, text: str) -> str:
    """The place is part of it, so that equal values are not seen to be equal."""
    return hashlib.sha256(f"{sheet}\0{cell}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_CHARACTERS]


def changed_cells(sealed: Content, found: Content, formulas_known: bool = True) -> list[Place]:
    """The cells that say something else than when they were sealed, in the order of sheets, rows and columns.

    A new result of the same formula counts only where nothing else explains it: no changed cell, no formula that was
    sealed without a result. Without ``formulas_known`` (.xls, .xlsb) a formula and its value are not told apart.
    """
    changed, recomputed, unfinished = [], [], False
    for place in dict.fromkeys([*sealed, *found]):
        before, after = sealed.get(place, _NOTHING), found.get(place, _NOTHING)
        if _is_changed(before, after, formulas_known):
            changed.append(place)
        elif after.value and not _is_same(before, after):
            unfinished = unfinished or not before.value
            recomputed.append(place)
    told = changed if changed or unfinished else recomputed
    sheets = {sheet: number for number, sheet in enumerate(dict.fromkeys(sheet for sheet, _ in [*sealed, *found]))}
    return sorted(told, key=lambda place: (sheets[place[0]], cell_position(place[1])))


def _is_changed(before: CellHash, after: CellHash, formulas_known: bool) -> bool:
    if formulas_known and bool(before.formula) != bool(after.formula):
        return True  # a figure in the place of a formula, or the other way round
    if before.value and _is_same(before, after):
        return False  # a formula in another spelling, which gives the same
    return before.formula != after.formula if formulas_known and before.formula else not _is_same(before, after)


def _is_same(before: CellHash, after: CellHash) -> bool:
    near = zip(before.near, after.near, strict=False)
    return before.value == after.value or any(one == other for one, other in near)


def digest(content: Content) -> dict[str, str]:
    """One hash of all values that people typed, one of all formulas, one of what formulas gave."""
    parts: dict[str, list[str]] = {"values": [], "formulas": [], "results": []}
    for (sheet, cell), one in sorted(content.items()):
        parts["results" if one.formula else "values"].append(f"{sheet}\0{cell}\0{one.value}")
        if one.formula:
            parts["formulas"].append(f"{sheet}\0{cell}\0{one.formula}")
    return {name: hashlib.sha256("\n".join(lines).encode()).hexdigest() for name, lines in parts.items()}
