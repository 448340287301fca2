"""Where the copies of workbooks go: never over an input, never two on one name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from xlkit.actions.intake import WholeEntry
from xlkit.books.sniff import XLSX
from xlkit.errors import XlkitError
from xlkit.safefile import real_path
from xlkit.texts import Text


def copies_in(entries: Sequence[WholeEntry], folder: Path) -> dict[str, Path]:
    """A path in a folder for the copy of every file; equal names from several folders get a number.

    A copy that is of another kind than its file replaces nothing that lies beside that file. Raises XlkitError
    where a copy would replace an input.
    """
    inputs = {real_path(entry.file) for entry in entries}
    copies: dict[str, Path] = {}
    for entry in _each(entries):
        path = _named(entry)
        beside = path.suffix != Path(entry.file).suffix and real_path(folder) == real_path(path.parent)
        names = (f"{path.stem}{f' ({n})' if n > 1 else ''}{path.suffix}" for n in count(1))
        free = (folder / name for name in names)
        target = next(one for one in free if one not in copies.values() and not (beside and os.path.lexists(one)))
        if real_path(target) in inputs:
            raise XlkitError(
                Text(
                    f"Копия {target} заменила бы исходный файл: укажите другую папку",
                    f"The copy {target} would replace an input: name another folder",
                )
            )
        copies[entry.file] = target
    return copies


def copies_beside(entries: Sequence[WholeEntry], mark: str) -> dict[str, Path]:
    """A new path beside every file, with a mark in its name: «Книга (проверено).xlsx», «Книга (проверено 2).xlsx».

    An earlier copy stays: somebody may have gone on working in it, and then the next copy of that has a higher number.
    """
    copies: dict[str, Path] = {}
    for entry in _each(entries):
        path = _named(entry)
        stem, number = _unmarked(path.stem, mark)
        names = (f"{stem} ({mark}{f' {n}' if n > 1 else ''}){path.suffix}" for n in count(number + 1))
        free = (path.with_name(name) for name in names)
        copies[entry.file] = next(one for one in free if one not in copies.values() and not os.path.lexists(one))
    return copies


def copies_among(files: Iterable[str], mark: str) -> set[str]:
    """Those of some files that bear the mark and whose original is another one of them, in the same folder."""
    named = {one: Path(one) for one in files}
    stems = {path.with_suffix("") for path in named.values()}
    unmarked = {one: path.with_name(_unmarked(path.stem, mark)[0]) for one, path in named.items()}
    return {one for one, stem in unmarked.items() if stem != named[one].with_suffix("") and stem in stems}


def _unmarked(stem: str, mark: str) -> tuple[str, int]:
    """«Книга (проверено 2)» is («Книга», 2), «Книга (проверено)» («Книга», 1), and a name without a mark 0."""
    found = re.fullmatch(rf"(.+) \({re.escape(mark)}(?: ([0-9]+))?\)", stem)
    return (found[1], int(found[2] or 1)) if found else (stem, 0)


def _each(entries: Sequence[WholeEntry]) -> Iterator[WholeEntry]:
    """Every file once."""
    yield from {entry.file: entry for entry in entries}.values()


def _named(entry: WholeEntry) -> Path:
    """The file, or what it would be called as an .xlsx where it is of another kind, whatever its name says."""
    path = Path(entry.file)
    if entry.submission is None or entry.submission.raw.kind == XLSX:
        return path
    return path.with_name(f"{path.stem}.xlsx")
