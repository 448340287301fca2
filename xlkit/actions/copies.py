"""Where the copies of workbooks go: never over an input, never two on one name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from xlkit.actions.intake import Entry
from xlkit.books.sniff import XLSX
from xlkit.errors import XlkitError
from xlkit.safefile import real_path
from xlkit.texts import Text


def copies_in(entries: Sequence[Entry], folder: Path) -> dict[str, Path]:
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


def copies_beside(entries: Sequence[Entry], mark: str) -> dict[str, Path]:
    """A new path beside every file, with a mark in its name: «Книга (проверено).xlsx», «Книга (проверено 2).xlsx».

    An earlier copy stays: somebody may have gone on working in it.
    """
    copies: dict[str, Path] = {}
    for entry in _each(entries):
        path = _named(entry)
        names = (f"{path.stem} ({mark}{f' {n}' if n > 1 else ''}){path.suffix}" for n in count(1))
        free = (path.with_name(name) for name in names)
        copies[entry.file] = next(one for one in free if one not in copies.values() and not os.path.lexists(one))
    return copies


def _each(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Every file once."""
    yield from {entry.file: entry for entry in entries}.values()


def _named(entry: Entry) -> Path:
    """The file, or what it would be called as an .xlsx where it is of another kind, whatever its name says."""
    path = Path(entry.file)
    if entry.submission is None or entry.submission.raw.kind == XLSX:
        return path
    return path.with_name(f"{path.stem}.xlsx")
