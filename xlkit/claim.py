"""One process at a time for one output: a second one is turned away.

The system's own lock on a small hidden file, which dies with the process: after a crash nothing has to be mended. What
a killed process left of it is taken over, also by another user, and taken away with the next run's end.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlkit.errors import XlkitError, cannot_write
from xlkit.texts import Text


@contextmanager
def claimed(output: str | Path, busy: Text | None = None, patience: float = 0) -> Iterator[None]:
    """Work on an output alone; raises XlkitError where another process does, or its folder cannot be written.

    ``busy`` is said instead where another process has it, after ``patience`` seconds of waiting for it.
    """
    if str(output) == "-":
        yield
        return
    path = Path(os.path.realpath(output))  # two ways to one file are one file
    lock = path.with_name(f".{path.name}.lock")
    handle = _locked(lock, path, busy, time.monotonic() + patience)
    try:
        yield
    finally:
        if sys.platform == "win32":
            os.close(handle)  # Windows deletes no open file
        with contextlib.suppress(OSError):
            lock.unlink()
        if sys.platform != "win32":
            os.close(handle)


def _locked(lock: Path, output: Path, busy: Text | None, until: float) -> int:
    while True:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            handle = _opened(lock)
        except OSError as error:
            raise XlkitError(cannot_write(output, error)) from error
        if not try_lock(handle):
            os.close(handle)
            if time.monotonic() < until:
                time.sleep(_PAUSE)
                continue
            raise XlkitError(
                busy
                or Text(
                    f"{output} уже собирает другой процесс xlkit: дождитесь его или укажите другой файл (-o)",
                    f"Another xlkit process is working on {output}: wait for it or name another file (-o)",
                )
            )
        if _is_still(handle, lock):
            return handle
        os.close(handle)  # its owner has just finished and taken the file away: this one counts for nothing


def _opened(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError as refused:  # in a shared folder it may be a colleague's: who can read it can lock it
        try:
            return os.open(lock, os.O_RDONLY)
        except FileNotFoundError:
            raise refused from None
        except OSError as error:
            raise XlkitError(cannot_write(lock, error)) from error


_PAUSE = 0.05
"""Seconds between two attempts."""


def _is_still(handle: int, lock: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), lock.stat())
    return False


def try_lock(handle: int) -> bool:
    """Lock an open file for this process; whether it was free."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
