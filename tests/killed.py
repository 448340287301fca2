"""A process that is killed at a named step, as by a power cut: SIGKILL, nothing is run afterwards."""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any

STEPS: dict[str, tuple[str, bool]] = {
    "the output is claimed": ("xlkit.claim._is_still", True),
    "the journal is made": ("xlkit.consolidate.journal._opened", True),
    "the files are expected": ("xlkit.consolidate.journal.Journal.expect", True),
    "a file is about to be read": ("xlkit.isolation.pool._Worker.ask", False),
    "a file was read": ("xlkit.isolation.pool._Worker.ask", True),
    "a reading is kept": ("xlkit.consolidate.journal.Journal.keep", True),
    "all was read": ("xlkit.actions.consolidate.batches", False),
    "the store is begun": ("xlkit.store.writing.NewStore.__init__", True),
    "the store is filled": ("xlkit.store.writing.NewStore.put", True),
    "the свод is made": ("xlkit.actions.svod.write_placed_svod", True),
    "the store is written": ("xlkit.store.writing.NewStore.finish", True),
    "the store is about to be renamed": ("xlkit.safefile._settled", False),
    "a copy is about to be made": ("xlkit.actions.originals._planned", False),
    "the temporary file is made": ("tempfile.mkstemp", True),
    "the temporary file is written": ("os.fsync", False),
    "the temporary file has lasted": ("os.fsync", True),
    "about to be renamed": ("xlkit.safefile._rename", False),
    "renamed": ("xlkit.safefile._rename", True),
    "the journal is about to end": ("xlkit.consolidate.journal.Journal.finish", False),
    "the journal has ended": ("xlkit.consolidate.journal.Journal.finish", True),
}
"""Step → (function, whether after it)."""


def killed_at(step: str, work: Callable[[], object], count: int = 1) -> bool:
    """Run ``work`` in a child that dies at the ``count``-th time of a step; whether it died there."""
    return killed_in(*STEPS[step], work, count)


def killed_in(name: str, after: bool, work: Callable[[], object], count: int = 1) -> bool:
    """The same for any function, by its full name: ``after`` its ``count``-th call, or before it."""
    return _in_child(work, lambda: _deadly(name, after, count))


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Run ``work`` in a child that is killed after some seconds; whether it was still at work."""
    return _in_child(work, lambda: None, seconds)


def _in_child(work: Callable[[], object], prepare: Callable[[], None], seconds: float | None = None) -> bool:
    child = os.fork()
    if child == 0:
        try:
            prepare()
            work()
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _deadly(name: str, after: bool, count: int) -> None:
    """Make a function kill its process at its ``count``-th call."""
    owner, _, attribute = name.rpartition(".")
    holder: Any
    try:
        holder = importlib.import_module(owner)
    except ModuleNotFoundError:
        module, _, cls = owner.rpartition(".")
        holder = getattr(importlib.import_module(module), cls)
    original = getattr(holder, attribute)
    calls = 0

    def deadly(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return original(*arguments, **named)
        finally:
            if calls == count:
                os.kill(os.getpid(), signal.SIGKILL)

    setattr(holder, attribute, deadly)
