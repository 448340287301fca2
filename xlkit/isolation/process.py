"""Starting a process that opens files: a copy of this one where that is safe, else an interpreter of its own.

A copy (``fork``) knows at once what this process has imported, the rule books among it; an interpreter needs a tenth
of a second to come so far. It is made on Linux alone, since the frameworks of macOS do not bear it, and only

- in a program that is ours as a whole (``allow_copies``): another's may hold connections and secrets in its memory;
- while there is one thread: a lock that another thread holds would stay locked in the copy for ever;
- before numpy is there, whose threads these are mostly, and whose memory would count against the copy's limit;
- before a secret is: what keeps passwords and private keys has not been imported. What a copy can learn from memory
  then, it could read from the same person's files, as every process of theirs.

Either kind has nothing of this process but its three streams, and ends without running anything that was to be run at
this process's end.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn, Protocol

_PROGRAM = "import sys; sys.path[:] = {path!r}; from xlkit.isolation.worker import main; main()"
_PIPE_BYTES = 2**20
"""Where the system lets it be chosen: an answer then goes through in one piece, without changing back and forth."""
_KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": (-3, 2**25), "MALLOC_TRIM_THRESHOLD_": (-1, 2**26)}
"""Said to glibc, which gives a file's memory back to the system and asks for it anew otherwise: a twentieth of the
time of reading it. The variable that says it to an interpreter, the number that says it to a running process, and how
many bytes. Other systems do not know the names."""
_NOT_IN_A_COPY = ("numpy", "xlkit.vault", "xlkit.mail.secrets", "xlkit.seal.private")

_ours_as_a_whole = False


class Process(Protocol):
    """A process that was started, as :class:`subprocess.Popen` shows it."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    returncode: int | None

    def kill(self) -> None: ...

    def wait(self) -> int: ...


def allow_copies() -> None:
    """To be said once by a program that has its process to itself, before it does anything."""
    global _ours_as_a_whole
    _ours_as_a_whole = True


def start_process(said: IO[bytes]) -> Process:
    """A new process at ``worker.main``; what it writes to standard error goes into ``said``. Raises OSError."""
    return _Copy(said) if _may_copy() else _interpreter(said)


def _may_copy() -> bool:
    if not _ours_as_a_whole or sys.platform != "linux" or any(name in sys.modules for name in _NOT_IN_A_COPY):
        return False
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _interpreter(said: IO[bytes]) -> Process:
    import subprocess

    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        pipesize=_PIPE_BYTES,
        env={**os.environ, **{name: str(most) for name, (_, most) in _KEPT_MEMORY.items()}},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


class _Copy:
    """A copy of this process that does a worker's work and nothing else."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def __init__(self, said: IO[bytes]) -> None:
        import ctypes  # numpy will import it anyway: each copy need not

        keep_memory = getattr(ctypes.CDLL(None), "mallopt", None)  # only glibc has it
        requests, self.stdin = _pipe()
        self.stdout, answers = _pipe()
        self.returncode: int | None = None
        # Who asks the copy to end while it still has our handlers must not be answered by them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._pid = os.fork()
            if self._pid == 0:
                _work((requests, answers, said), before, keep_memory)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        requests.close()
        answers.close()

    def kill(self) -> None:
        """End it at once; nothing where it has been waited for, since its number may be another's by now."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code once it has ended, as :meth:`subprocess.Popen.wait`."""
        if self.returncode is None:
            try:
                self.returncode = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
            except ChildProcessError:  # who started us made the system forget ended children
                self.returncode = 0
        return self.returncode


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    """What is read from and what is written to."""
    import fcntl

    reads, writes = os.pipe()
    with suppress(OSError):  # the system may grant less
        fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return os.fdopen(reads, "rb"), os.fdopen(writes, "wb")


def _work(
    streams: Sequence[IO[bytes]], signals: Collection[int], keep_memory: Callable[[int, int], int] | None
) -> NoReturn:
    """The life of a copy, which never comes back into the code that it was copied from."""
    code = 1
    gc.freeze()  # nothing that was dropped before is ended here, such as the connection to a database
    try:
        _take_streams(streams)
        _forget_signals()
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        if keep_memory is not None:
            for option, most in _KEPT_MEMORY.values():
                keep_memory(option, most)
        from xlkit.isolation.worker import main

        main()
        code = 0
    except BaseException:  # noqa: BLE001 - as an interpreter: what nobody caught is written down, and the code is 1
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _take_streams(streams: Sequence[IO[bytes]]) -> None:
    """Three streams in the place of the standard ones, and nothing else of what this process has open.

    Other numbers lead to nothing from now on and stay taken: an object that closes its own closes nothing of ours.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    beyond = [os.dup(stream.fileno()) for stream in streams]  # 0 to 2 are taken, by these if by nothing else
    for number, stream in enumerate(beyond):
        os.dup2(stream, number)
    for number in [int(open_one.name) for open_one in Path("/proc/self/fd").iterdir()]:
        if number > 2:
            with suppress(OSError):  # that of the folder itself is closed again
                os.fstat(number)
                os.dup2(nothing, number, inheritable=False)
    _kept.extend((sys.stdin, sys.stdout, sys.stderr))
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", 1, errors="backslashreplace", closefd=False) for n in (1, 2))


_kept: list[object] = []
"""The streams of the process that was copied: they may hold what they have not written yet, and it would do so too."""


def _forget_signals() -> None:
    """What this process does on a signal is not the copy's affair; what it ignores, the copy does too."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
