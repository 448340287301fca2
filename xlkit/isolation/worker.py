"""The process that opens files for another: a crash, a hang or too much memory costs it, and nobody else.

It takes requests from standard input and answers on standard output, one at a time, each with its length before it.
It imports the reader, and what understands workbooks or makes copies once that is asked for; why a file cannot be read
is put in words by the process that asked.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from xlkit.books.raw import RawWorkbook
from xlkit.books.reader import read_raw
from xlkit.errors import FileRefused, Unreadable
from xlkit.isolation.messages import LENGTH, MAX_ANSWER, Answer, ExtractRequest, PatchRequest, Request, refusing
from xlkit.limits import Limits

_GRACE_SECONDS = 5
_OBJECTS_BEFORE_A_LOOK = 500_000


def main() -> None:
    """Answer requests until standard input ends. The first message holds the limits."""
    requests, answers = sys.stdin.buffer, _own_output()
    limits: Limits = _message(requests)
    _limit_memory(limits)
    # A sheet taken apart is many small tuples, none of them in a circle: looking for circles takes a fifth of the time.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK)
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the asking process ends this one
    while (request := _message(requests)) is not None:
        _watch(limits.seconds + _GRACE_SECONDS)
        answer = _bounded(_answer(request, limits))
        _watch(0)  # who asked may take its time; should it be gone, the pipe says so
        answers.write(LENGTH.pack(len(answer)))
        answers.write(answer)
        answers.flush()


def _own_output() -> BinaryIO:
    """Standard output for answers alone: what a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _message(stream: BinaryIO) -> Any:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return pickle.loads(stream.read(*LENGTH.unpack(head)))


def _answer(request: Request, limits: Limits) -> Answer:
    try:
        return _opened(request, limits), "", {}, None
    except Unreadable as error:
        return refusing(error.rule, **error.params)
    except FileRefused as error:
        return None, error.rule, {}, (error.text.ru, error.text.en)
    except MemoryError:
        return refusing("F-033")
    except Exception as error:  # noqa: BLE001 - whatever a file makes a library raise, it costs that file only
        return refusing("F-034", what=type(error).__name__)


def _opened(request: Request, limits: Limits) -> RawWorkbook | bytes:
    if isinstance(request, PatchRequest):
        from xlkit.patch.workbook import patch_file

        return patch_file(Path(request.file), request.sha256, request.edits, request.ours, request.added, limits)
    if isinstance(request, ExtractRequest):
        return _extract(request, limits)
    return read_raw(Path(request.file), request.sheets, limits, request.with_formulas)


def _extract(request: ExtractRequest, limits: Limits) -> bytes:
    from xlkit.books.extract import extract_of
    from xlkit.books.packed import packed
    from xlkit.books.submission import submission_of

    raw = read_raw(Path(request.file), request.sheets, limits)
    return packed(extract_of(submission_of(raw, request.file)))


def _bounded(answer: Answer) -> bytes:
    with contextlib.suppress(MemoryError):
        content = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        if len(content) <= MAX_ANSWER:
            return content
    return pickle.dumps(refusing("F-033"))


def _limit_memory(limits: Limits) -> None:
    """Address space, where the system has such limits; Windows has none without job objects."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, limits.memory_bytes), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # macOS knows RLIMIT_AS but refuses it
            resource.setrlimit(kind, (most, most))


def _watch(seconds: int) -> None:
    """End this process after so many seconds, should nobody be left to do it; 0 ends the watch."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
