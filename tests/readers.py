"""The processes that open files, made quickly: copies of one that knows what they need, as those of a command line.

A test process has numpy and threads, so it would start an interpreter for each, which imports the reader and reads the
rule books before it does anything: a quarter of what all tests cost. This starts one process beside the tests, alone
and without numpy, which makes the copies by ``xlkit.isolation.process`` and hands over their streams. What is asked
and answered, the limits and the deaths are the same. The tests of those processes themselves have interpreters:
``conftest.INTERPRETERS``.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import socket
import struct
import subprocess
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NoReturn, cast

from xlkit.isolation.process import Process, allow_copies, start_process

_HEAD, _CODE = struct.Struct("<Q"), struct.Struct("<i")
_KILL, _WAIT = b"k", b"w"
_PROGRAM = "import sys; sys.path[:] = {path!r}; from tests.readers import serve; serve({door})"


class Readers:
    """The process that makes copies, started when the first is needed; each pytest process has its own."""

    def __init__(self) -> None:
        self._address = ""
        self._maker: subprocess.Popen[bytes] | None = None

    def start(self, said: IO[bytes]) -> Process:
        """As ``xlkit.isolation.process.start_process``: a new process at ``worker.main``."""
        if self._maker is None:
            self._maker = self._started()
        known = pickle.dumps((dict(os.environ), str(Path.cwd())))
        with ExitStack() as undone:
            line = undone.enter_context(socket.socket(socket.AF_UNIX))
            line.connect(self._address)
            socket.send_fds(line, [_HEAD.pack(len(known))], [said.fileno()])
            line.sendall(known)
            _, (requests, answers), _, _ = socket.recv_fds(line, 1, 2)
            undone.pop_all()
        return _Copy(line, os.fdopen(requests, "wb"), os.fdopen(answers, "rb"))

    def end(self) -> None:
        """Also the copies end then, which get no requests any more."""
        if self._maker is not None and self._maker.stdin is not None:
            self._maker.stdin.close()
            self._maker.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        self._address = f"\0{uuid.uuid4()}"  # a name that is in no folder, and free again with its last socket
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(self._address)
            door.listen(100)
            program = _PROGRAM.format(path=sys.path, door=door.fileno())
            return subprocess.Popen(
                [sys.executable, "-c", program], stdin=subprocess.PIPE, pass_fds=[door.fileno()], close_fds=True
            )


class _Copy:
    """A process that another has started for us."""

    def __init__(self, line: socket.socket, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self._line = line
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self.returncode: int | None = None

    def kill(self) -> None:
        if self.returncode is None:
            self._line.sendall(_KILL)

    def wait(self) -> int:
        if self.returncode is None:
            self._line.sendall(_WAIT)
            (self.returncode,) = _CODE.unpack(_received(self._line, _CODE.size))
            self._line.close()
        return cast(int, self.returncode)


# --- in the process that makes them -----------------------------------------------------------------------


def serve(number: int) -> NoReturn:
    """Make copies for whoever comes to the door, until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the tests' affair, at whose end this one ends too
    allow_copies()
    _know_what_they_need()
    copies: dict[socket.socket, Process] = {}
    door = socket.socket(fileno=number)
    with selectors.DefaultSelector() as waiting:
        waiting.register(door, selectors.EVENT_READ)
        waiting.register(0, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj == 0:
                    os._exit(0)
                line = door.accept()[0] if key.fileobj is door else cast(socket.socket, key.fileobj)
                try:
                    if line in copies:
                        _obey(line, copies[line])
                    else:
                        copies[line] = _made(line)
                        waiting.register(line, selectors.EVENT_READ)
                except ConnectionError:  # who asked has heard of the end of the copy, or was killed
                    if copies.pop(line, None) is not None:
                        waiting.unregister(line)
                    line.close()


def _know_what_they_need() -> None:
    import xlkit.books.extract
    import xlkit.books.packed
    import xlkit.isolation.worker
    import xlkit.patch.workbook  # noqa: F401
    from xlkit.rules.edition import list_editions, load_edition

    for path in list_editions():
        load_edition(path.parent.name, path.stem)


def _made(line: socket.socket) -> Process:
    """A copy in the environment and the folder of who asks, its streams handed over."""
    head, numbers, _, _ = socket.recv_fds(line, _HEAD.size, 1)
    if not numbers:
        raise ConnectionError
    with os.fdopen(numbers[0], "wb", 0) as said:
        environment, folder = pickle.loads(_received(line, *_HEAD.unpack(head)))
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        process = start_process(said)
    assert not isinstance(process, subprocess.Popen), "something is imported that copies are not made with"
    assert process.stdin is not None and process.stdout is not None
    with process.stdin, process.stdout:
        socket.send_fds(line, [b"."], [process.stdin.fileno(), process.stdout.fileno()])
    return process


def _obey(line: socket.socket, process: Process) -> None:
    """Kill a copy, or wait for its end: who asks to wait has killed it before, or seen that it has ended."""
    if _received(line, 1) == _KILL:
        process.kill()
    else:
        line.sendall(_CODE.pack(process.wait()))


def _received(line: socket.socket, size: int) -> bytes:
    content = line.recv(size, socket.MSG_WAITALL)
    if len(content) < size:
        raise ConnectionError
    return content
