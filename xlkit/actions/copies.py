"""Where the copies of workbooks go: never over an input, never two on one name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.safefile import real_path
from xlkit.texts import Text


def copies_in(files: Sequence[str], folder: Path) -> dict[str, Path]:
    """A path in a folder for every file's copy; equal names from several folders get a number.

    Raises XlkitError where a copy would replace an input.
    """
    inputs = {real_path(f) for f in files}
    copies: dict[str, Path] = {}
    for file in dict.fromkeys(files):
        target, number = folder / Path(file).name, 2
        while target in copies.values():
            target = folder / f"{Path(file).stem} ({number}){Path(file).suffix}"
            number += 1
        if real_path(target) in inputs:
            raise XlkitError(
                Text(
                    f"Копия {target} заменила бы исходный файл: укажите другую папку",
                    f"The copy {target} would replace an input: name another folder",
                )
            )
        copies[file] = target
    return copies


def copies_beside(files: Sequence[str], mark: str) -> dict[str, Path]:
    """A new path beside every file, with a mark in its name: «Книга (проверено).xlsx», «Книга (проверено 2).xlsx».

    An earlier copy stays: somebody may have gone on working in it.
    """
    copies: dict[str, Path] = {}
    for file in dict.fromkeys(files):
        path = Path(file)
        names = (f"{path.stem} ({mark}{f' {n}' if n > 1 else ''}){path.suffix}" for n in count(1))
        free = (path.with_name(name) for name in names)
        copies[file] = next(one for one in free if one not in copies.values() and not os.path.lexists(one))
    return copies
