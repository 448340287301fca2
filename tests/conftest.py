"""For all tests: xlkit has a temporary home, what takes longest begins first, measurements come last."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import OFFICE
from tests.readers import Readers
from xlkit.isolation import pool
from xlkit.isolation.process import start_process

TESTS = Path(__file__).parent
LONGEST = ("excel/test_libreoffice.py", "test_packages.py", "excel/test_bundle.py", "test_wheel.py", "test_demo.py",
           "test_rules_each.py", "test_crash.py")  # fmt: skip
"""Each keeps one worker busy for long: at the end the other would wait, or make the same fixtures once more."""
INTERPRETERS = ("bench", "hostile")
"""In these folders every process that opens files is an interpreter of its own, as on systems that copy none."""
READERS = Readers()
_HOME = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """A home for this process and those that it starts; already modules that are collected read rule books."""
    config.stash[_HOME] = os.environ["XLKIT_HOME"] = tempfile.mkdtemp(prefix="xlkit-tests-")
    if sys.platform == "linux":  # elsewhere no process can be copied
        pool.start_process = READERS.start


def pytest_unconfigure(config: pytest.Config) -> None:
    READERS.end()
    OFFICE.end()
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Where a test stands in the run; measurements come when the other processes have nothing left to do."""
    name = item.path.relative_to(TESTS).as_posix()
    if name in LONGEST:
        return LONGEST.index(name)
    return len(LONGEST) + name.startswith("bench/")


def pytest_collection_finish() -> None:
    """What is there by now stays: looking through it for circles, again and again, was a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for what xlkit keeps: settings, log, undo, what was read before."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module", autouse=True)
def _interpreters(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name in INTERPRETERS:
            patch.setattr(pool, "start_process", start_process)
        yield
