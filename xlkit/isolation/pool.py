"""Opening files from outside in processes that may die: a few workers, one file at a time each, results in order.

A worker that crashes, hangs beyond the limit or asks for too much memory is replaced, and its file refused. What a
worker sends back is taken apart without running anything: a parser that was taken over by a file can lie about that
file, and no more.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import pickle
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from xlkit.books.plain import PlainUnpickler
from xlkit.books.raw import RawWorkbook
from xlkit.books.refused import refused
from xlkit.errors import FileRefused, Unreadable, XlkitError
from xlkit.isolation.messages import (
    LENGTH,
    MAX_ANSWER,
    Answer,
    ExtractRequest,
    PatchRequest,
    ReadRequest,
    Request,
    refusing,
)
from xlkit.isolation.process import Process, start_process
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.texts import Text

_FILES_PER_WORKER = 8
"""A worker takes as long to start as some ten ordinary files take to read."""
_LOOK_SECONDS = 0.1
_AHEAD = 4
"""How many files per worker are read ahead of the one that is asked for."""
_EXTRACTS_AHEAD = 256
"""Extracts are small: the workers need not wait while the asking process reads a register or validates."""
_OUT_OF_MEMORY = (b"memory allocation of", b"MemoryError", b"bad_alloc")
_PERHAPS_ANOTHERS = ("F-033", "F-034")

Outcome = RawWorkbook | FileRefused
_Result = TypeVar("_Result", RawWorkbook, bytes)


class Outcomes(Iterator[_Result | FileRefused]):
    """What became of every file, in order. The workers have begun already; close it, or use it up."""

    def __init__(self, answers: Generator[Answer, None, None], kind: type[_Result]) -> None:
        self._answers = answers
        self._kind: type[_Result] = kind

    def __next__(self) -> _Result | FileRefused:
        return outcome_of(next(self._answers), self._kind)

    def close(self) -> None:
        """End the workers."""
        self._answers.close()


def read_each(
    files: Sequence[str],
    sheets: Collection[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    with_formulas: bool = False,
) -> Outcomes[RawWorkbook]:
    """Every file's workbook, or why there is none, in the order of ``files``.

    ``sheets`` names the sheets to read (all without it); ``with_formulas`` asks what the formulas of an .xlsx say.
    Raises XlkitError where no worker can be started.
    """
    asked = [ReadRequest(file, None if sheets is None else tuple(sheets), with_formulas) for file in files]
    return Outcomes(answer_each(asked, limits), RawWorkbook)


def extract_each(files: Sequence[str], sheets: Collection[str], limits: Limits = DEFAULT_LIMITS) -> Outcomes[bytes]:
    """Every file's extract (of :func:`xlkit.books.packed.packed`), or why there is none, in the order of ``files``.

    ``sheets`` names the sheets to read. Raises XlkitError where no worker can be started.
    """
    asked = [ExtractRequest(file, tuple(sheets)) for file in files]
    return Outcomes(answer_each(asked, limits, _EXTRACTS_AHEAD), bytes)


def patch_each(requests: Sequence[PatchRequest], limits: Limits = DEFAULT_LIMITS) -> Outcomes[bytes]:
    """The content of every file's changed copy, or why there is none, in the order of ``requests``.

    Raises XlkitError where no worker can be started.
    """
    return Outcomes(answer_each(requests, limits), bytes)


def answer_each(asked: Sequence[Request], limits: Limits, ahead: int = _AHEAD) -> Generator[Answer, None, None]:
    """What the workers answer to requests, in their order; they begin at once. Close it, or use it up."""
    answers = _begun(asked, limits, ahead)
    next(answers)
    return cast("Generator[Answer, None, None]", answers)


def _begun(asked: Sequence[Request], limits: Limits, ahead: int) -> Generator[Answer | None, None, None]:
    """The answers after a first ``None``, by which the workers have been started."""
    count = min(limits.processes, 1 + len(asked) // _FILES_PER_WORKER, os.cpu_count() or 1)
    workers = [_Worker(limits) for _ in range(count)]
    try:
        for worker in workers[: len(asked)]:
            worker.start()  # before there are threads: see ``process``
        with _watch_over(workers):
            yield from _one_by_one(workers[0], asked) if count == 1 else _side_by_side(workers, asked, ahead * count)
    finally:
        for worker in workers:
            worker.end()


def read_one(
    file: str,
    sheets: Collection[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    with_formulas: bool = False,
) -> RawWorkbook:
    """One file's workbook; raises FileRefused, and XlkitError where no worker can be started."""
    (outcome,) = read_each([file], sheets, limits, with_formulas)
    if isinstance(outcome, FileRefused):
        raise outcome
    return outcome


@contextlib.contextmanager
def _watch_over(workers: Sequence[_Worker]) -> Iterator[None]:
    """One thread that looks after all workers: a timer for every file would cost a fiftieth of its reading."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_SECONDS):
            for worker in workers:
                worker.stop_if_overdue()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def outcome_of(answer: Answer, kind: type[_Result]) -> _Result | FileRefused:
    """The result of an answer, or the refusal with its sentences."""
    result, rule, params, said = answer
    if result is None:
        return refused(Unreadable(rule, **params)) if said is None else FileRefused(rule, Text(*said))
    return result if isinstance(result, kind) else refused(Unreadable("F-034", what=type(result).__name__))


def _one_by_one(worker: _Worker, asked: Sequence[Request]) -> Iterator[Answer | None]:
    """Answers in order; the worker knows its next file while the answer of the last one is on its way."""
    if asked:
        worker.expect(asked[0])
    yield None
    for request, following in itertools.zip_longest(asked, asked[1:]):
        yield worker.ask(request, following)


def _side_by_side(workers: Sequence[_Worker], asked: Sequence[Request], ahead: int) -> Iterator[Answer | None]:
    """Answers in order; a thread per worker waits for it, and only so many files are ahead as memory can bear."""
    idle = deque(workers)

    def ask(request: Request) -> Answer:
        worker = idle.popleft()  # as many threads as workers: there is always one
        try:
            return worker.ask(request)
        finally:
            idle.append(worker)

    with ThreadPoolExecutor(len(workers)) as threads:
        waiting = deque(threads.submit(ask, request) for request in asked[:ahead])
        try:
            yield None
            for request in asked[ahead:]:
                yield waiting.popleft().result()
                waiting.append(threads.submit(ask, request))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            for worker in workers:
                worker.end()


class _Worker:
    """A process that reads one file at a time; started when it is needed, and anew after it died."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: Process | None = None
        self._said: Any = None
        self._ended = False
        self._deadline: float | None = None
        self._overdue = False
        self._lock = threading.Lock()
        self._sent_ahead: Request | None = None
        self._has_answered = False

    def expect(self, request: Request) -> None:
        """Start the process and tell it what will be asked first."""
        _send(self._started(), request)
        self._sent_ahead = request

    def ask(self, request: Request, following: Request | None = None) -> Answer:
        """The worker's answer, or the rule by which its death refuses the file.

        ``following`` is what will be asked next: the worker is told at once and need not wait for it.
        A file that fails in a worker that has read others before is given a fresh one: memory that an earlier
        file left in pieces is not its fault.
        """
        fresh = self._process is None or not self._has_answered
        answer = self._ask_once(request, following)
        if answer[1] in _PERHAPS_ANOTHERS and not fresh and not self._ended:
            self._restart()
            answer = self._ask_once(request, None)
        if answer[1] in _PERHAPS_ANOTHERS:
            self._restart()
        return answer

    def _ask_once(self, request: Request, following: Request | None) -> Answer:
        process = self._started()
        with self._lock:
            self._overdue, self._deadline = False, time.monotonic() + self._limits.seconds
        try:
            if self._sent_ahead is not request:
                _send(process, request)
            if following is not None:
                _send(process, following)
            self._sent_ahead = following
            content = _received(process)
        finally:
            with self._lock:
                self._deadline = None
        if content is not None and not self._overdue:
            with contextlib.suppress(Unreadable):
                answer = _unpacked(content)
                self._has_answered = True
                return answer
        return self._died(process)

    def stop_if_overdue(self) -> None:
        """Stop the process if it has been at its file for longer than the limit."""
        with self._lock:
            if self._deadline is not None and self._process is not None and time.monotonic() > self._deadline:
                self._overdue = True
                self._process.kill()

    def end(self) -> None:
        """Stop the process, if there is one, and let none be started again."""
        self._ended = True
        self._restart()

    def _restart(self) -> None:
        """Stop the process, if there is one; the next request starts another."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            self._close(process)

    def start(self) -> None:
        """Start the process now: at the next request it would be late."""
        self._started()

    def _started(self) -> Process:
        with self._lock:
            if self._ended:
                raise XlkitError(Text("Чтение прервано", "Reading was interrupted"))
            if self._process is None:
                self._process, self._sent_ahead, self._has_answered = self._start(), None, False
                _send(self._process, self._limits)
            return self._process

    def _start(self) -> Process:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        try:
            return start_process(self._said)
        except OSError as error:
            self._said.close()
            raise _cannot_start(str(error)) from error

    def _died(self, process: Process) -> Answer:
        with self._lock:
            self._process = None
        self._said.seek(max(self._said.seek(0, os.SEEK_END) - 4096, 0))
        said = self._said.read()
        code = self._close(process)
        if self._overdue:
            return refusing("F-032", maximum=str(self._limits.seconds))
        if code == -getattr(signal, "SIGKILL", 9) or any(words in said for words in _OUT_OF_MEMORY):
            return refusing("F-033")
        if code == 1 and not self._ended:
            raise _cannot_start(said.decode(errors="replace").strip().rpartition("\n")[2])
        return refusing("F-034", what=_cause(code))

    def _close(self, process: Process) -> int:
        """Stop a process; its exit code."""
        process.kill()
        code = process.wait()
        for stream in (process.stdin, process.stdout, self._said):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        return code


def _send(process: Process, message: object) -> None:
    """A message to a worker; that it has died is seen when nothing comes back."""
    content = pickle.dumps(message)
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError):
        process.stdin.write(LENGTH.pack(len(content)) + content)
        process.stdin.flush()


def _received(process: Process) -> bytes | None:
    """A whole answer; ``None`` where the worker died before its end."""
    assert process.stdout is not None
    try:
        head = process.stdout.read(LENGTH.size)
        length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else MAX_ANSWER + 1
        content = process.stdout.read(length) if length <= MAX_ANSWER else b""
    except (OSError, ValueError):
        return None
    return content if len(content) == length else None


class _Unpickler(PlainUnpickler):
    """Takes a workbook's own classes and no others, so that nothing is run."""

    allows = frozenset(("xlkit.books.raw", name) for name in ("RawWorkbook", "RawSheet", "Remark"))


def _unpacked(content: bytes) -> Answer:
    try:
        result, rule, params, said = _Unpickler(io.BytesIO(content)).load()
    except Exception as error:  # what a broken pickle raises is not bounded
        raise Unreadable("F-034", what="pickle") from error
    return result, rule, params, said


def _cause(code: int) -> str:
    """What ended a process, by its exit code."""
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"0x{code & 0xFFFFFFFF:X}"


def _cannot_start(why: str) -> XlkitError:
    return XlkitError(
        Text(f"Процесс чтения книг не запускается: {why}", f"The process that reads workbooks cannot start: {why}")
    )
