"""A byte that was changed on the way never comes back as another figure: the file is refused, or says the same."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.draw import draw
from tests.hostile.flips import changed, stored_and_packed
from xlkit.books.raw import RawWorkbook
from xlkit.books.reader import read_raw
from xlkit.errors import Unreadable
from xlkit.limits import DEFAULT_LIMITS

SMALL, LARGE = 1500, 100_000


@cache
def drawn(folder: Path) -> bytes:
    return draw(folder / "drawn.xlsx").read_bytes()


def content_of(kind: str, folder: Path) -> bytes:
    return drawn(folder) if kind == "ours" else stored_and_packed()[kind]


def read(content: bytes, folder: Path) -> RawWorkbook | str:
    path = folder / "flipped.bin"
    path.write_bytes(content)
    try:
        return replace(read_raw(path, None, DEFAULT_LIMITS), sha256="")
    except Unreadable as error:
        return error.rule


def never_another_figure(kind: str, count: int, folder: Path, seed: int) -> int:
    """How many were refused; every other gave the same cells."""
    content = content_of(kind, folder)
    original = read(content, folder)
    assert isinstance(original, RawWorkbook)
    refused = 0
    for number in range(count):
        found = read(changed(content, random.Random(f"{kind} {seed} {number}")), folder)
        if isinstance(found, str):
            refused += 1
        else:
            assert found == original, f"{kind} {seed} {number}"
    return refused


KINDS = pytest.mark.parametrize("kind", ["stored", "packed", "ods", "ours"])


@KINDS
def test_a_changed_byte_never_gives_another_figure(kind: str, tmp_path: Path) -> None:
    count = SMALL // 5 if kind == "ours" else SMALL
    assert count / 2 < never_another_figure(kind, count, tmp_path, 1) <= count


@pytest.mark.long
@KINDS
def test_many_changed_bytes_never_give_another_figure(kind: str, tmp_path: Path) -> None:
    never_another_figure(kind, LARGE // 10 if kind == "ours" else LARGE, tmp_path, 2)
