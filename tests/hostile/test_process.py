"""A worker that is a copy of the asking process: made only where that is safe, and then like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.hostile.corpus import CORPUS
from tests.hostile.test_isolated import good_files, group, wait_for
from tests.rule_files import COSTLY
from xlkit.isolation import process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux alone")

_ALLOWED = """
import os, sys
from pathlib import Path
from xlkit.isolation.process import allow_copies
allow_copies()
"""
_READS = """
from xlkit.errors import FileRefused
from xlkit.isolation.pool import read_each, read_one
from xlkit.limits import Limits
def workers():
    own = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return {int(one): Path(f"/proc/{one}") for one in own.split()}
"""


def run(program: str, *words: str, folder: Path | None = None) -> str:
    """What a process prints that has nothing imported but what the program names."""
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    "first, is_copy",
    [
        (_ALLOWED, True),
        ("import os, sys; from pathlib import Path", False),
        (_ALLOWED + "sys.modules['numpy'] = sys", False),
        (_ALLOWED + "sys.modules['xlkit.vault'] = sys", False),
        (_ALLOWED + "import threading as t, time; t.Thread(target=time.sleep, args=(9,), daemon=True).start()", False),
        (_ALLOWED + "import _thread, time; _thread.start_new_thread(time.sleep, (9,))", False),
    ],
    ids=["safe", "another's program", "numpy", "secrets", "thread", "thread of a library"],
)  # fmt: skip
def test_a_copy_is_made_only_where_it_is_safe(first: str, is_copy: bool, tmp_path: Path) -> None:
    program = first + _READS + (
        "outcomes = read_each(sys.argv[1:]); next(outcomes)\n"
        "(place,) = workers().values()\n"
        "print((place / 'cmdline').read_bytes() == Path('/proc/self/cmdline').read_bytes())\n"
        "outcomes.close()\n"
    )  # fmt: skip
    assert run(program, *good_files(tmp_path, 2)) == f"{is_copy}\n"


def test_what_keeps_secrets_is_told_by_its_name() -> None:
    """The list of what must not be in a copy names modules: one that is renamed would be missed."""
    for name in process._NOT_IN_A_COPY:
        assert find_spec(name) is not None


def test_copies_have_their_streams_and_limits_and_nothing_else(tmp_path: Path) -> None:
    program = _ALLOWED + _READS + (
        "import json, time\n"
        "def seen(one):\n"
        "    try: return os.readlink(one)\n"
        "    except FileNotFoundError: return sys.argv[1]  # a workbook that was open a moment ago\n"
        "held = open(sys.executable, 'rb'); os.set_inheritable(held.fileno(), True)\n"
        "outcomes = read_each(sys.argv[1:], limits=Limits(processes=2)); next(outcomes)\n"
        "while not all(str(Limits().memory_bytes) in (place / 'limits').read_text() for place in workers().values()):\n"
        "    time.sleep(0.01)\n"
        "open_ones = [{seen(one) for one in (place / 'fd').iterdir()} for place in workers().values()]\n"
        "outcomes.close()\n"
        "print(json.dumps([[sorted(one) for one in open_ones], held.closed]))\n"
    )  # fmt: skip
    open_ones, closed = json.loads(run(program, *good_files(tmp_path, 30)))
    assert len(open_ones) == 2 and not closed
    pipes = [{name for name in one if name.startswith("pipe:")} for one in open_ones]
    assert [len(one) for one in pipes] == [2, 2] and not pipes[0] & pipes[1]
    books = str(tmp_path)  # a workbook is open while it is read
    others = {name for one in open_ones for name in one if not name.startswith(("pipe:", books))}
    assert {name for name in others if not name.endswith("(deleted)")} == {"/dev/null"}


def test_a_copy_writes_nothing_for_the_process_it_was_copied_from(tmp_path: Path) -> None:
    """What waited to be written is written once; what was to be done on a signal, is not done in the copy."""
    program = _ALLOWED + _READS + (
        "import atexit, signal\n"
        "signal.signal(signal.SIGTERM, lambda *_: Path('asked').touch())\n"
        "print('begun')\n"
        "outcomes = read_each(sys.argv[1:], limits=Limits(processes=1)); next(outcomes)\n"
        "(worker,) = workers(); os.kill(worker, signal.SIGTERM)\n"
        "print(*(type(one).__name__ for one in outcomes))\n"
    )  # fmt: skip
    assert run(program, *good_files(tmp_path, 3), folder=tmp_path) == "begun\nRawWorkbook RawWorkbook\n"
    assert not (tmp_path / "asked").exists()


def test_a_copy_that_is_left_alone_ends_as_no_other_code_sees(tmp_path: Path) -> None:
    """Neither what stands above its beginning is gone on with, nor what was to be run at the end of the process."""
    program = _ALLOWED + _READS + (
        "import atexit, signal\n"
        "atexit.register(Path('ended').touch)\n"
        "outcomes = read_each(sys.argv[1:], limits=Limits(processes=1))\n"
        "try:\n"
        "    next(outcomes)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "finally:\n"
        "    Path('came back').touch()\n"
    )  # fmt: skip
    command = [sys.executable, "-c", program, *good_files(tmp_path, 3)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True) as alone:
        alone.wait(20)
        wait_for(lambda: not group(alone.pid))
    assert not (tmp_path / "ended").exists() and not (tmp_path / "came back").exists()


def test_a_copy_without_standard_streams(tmp_path: Path) -> None:
    """The new pipes take the numbers of the standard streams then."""
    program = "import os; os.closerange(0, 3)\n" + _ALLOWED + _READS + (
        "read = len(read_one(sys.argv[1]).sheets)\n"
        "Path('read').write_text(str(read))\n"
    )  # fmt: skip
    (book,) = good_files(tmp_path, 1)
    assert subprocess.run([sys.executable, "-c", program, book], cwd=tmp_path, timeout=60).returncode == 0
    assert int((tmp_path / "read").read_text()) > 1


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.long)])
def test_what_costs_a_copy_its_life_costs_one_file(step: int, tmp_path: Path) -> None:
    """The costly files and the hostile ones, each in a copy of its own."""
    asked = []
    for number, one in enumerate(CORPUS[::step]):
        (folder := tmp_path / str(number)).mkdir()
        one.make(folder / one.file_name)
        asked.append((str(folder / one.file_name), {}, one.rule))
    for rule, text, make in COSTLY:
        (folder := tmp_path / rule).mkdir()
        settings = {name: int(value) for name, _, value in (line.partition(" = ") for line in text.split("\n"))}
        asked.append((str(make(folder)), settings, rule))
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    program = _ALLOWED + _READS + (
        "import json\n"
        "import xlkit.isolation.worker\n"
        "before = len(os.listdir('/proc/self/fd'))\n"
        "for path, limits, rule in json.loads(Path('asked.json').read_text()):\n"
        "    try:\n"
        "        read_one(path, limits=Limits(**limits))\n"
        "        found = None\n"
        "    except FileRefused as error:\n"
        "        found = error.rule\n"
        "    if found != rule: print(path, rule, found)\n"
        "print(len(os.listdir('/proc/self/fd')) - before, workers())\n"
    )  # fmt: skip
    assert run(program, folder=tmp_path) == "0 {}\n"
