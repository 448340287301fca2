"""Every hostile file has its verdict: the right rule, or exactly the cells that it says. An unexpected pass fails."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.hostile.corpus import CORPUS, Hostile
from xlkit.actions.cells import seen_sheets
from xlkit.errors import FileRefused
from xlkit.isolation.pool import Outcome, read_each
from xlkit.limits import DEFAULT_LIMITS
from xlkit.rules.catalogue import catalogue


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All files read in one go, by two processes."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = [made(one, folder) for one in CORPUS]
    began = time.monotonic()
    results = list(read_each([str(path) for path in paths]))
    assert time.monotonic() - began < DEFAULT_LIMITS.seconds, "a file that is slow belongs to the long tests"
    return {one.id: outcome for one, outcome in zip(CORPUS, results, strict=True)}


def made(one: Hostile, folder: Path) -> Path:
    path = folder / one.file_name
    one.make(path)
    return path


def test_there_are_enough_and_each_is_another() -> None:
    assert len(CORPUS) >= 150
    assert len({one.id for one in CORPUS}) == len({one.file_name for one in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("one", CORPUS, ids=lambda one: one.id)
def test_the_verdict(one: Hostile, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[one.id]
    if one.rule is not None:
        assert isinstance(outcome, FileRefused), "it was read"
        assert outcome.rule == one.rule
        assert outcome.rule in catalogue() and outcome.text.ru and outcome.text.en
        return
    assert not isinstance(outcome, FileRefused), str(outcome)
    cells = {cell.cell: (cell.kind, cell.value) for cell in seen_sheets(outcome)[0].cells}
    assert cells == one.cells
    assert {remark.rule for remark in outcome.remarks} == one.remarks
    json.dumps(cells, allow_nan=False)
