"""The processes that read files: they may die, and nobody notices but the file."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import pytest

from tests.draw import draw
from tests.hostile.books import cell, workbook, xlsx
from tests.hostile.corpus import CORPUS
from tests.rule_files import slow
from xlkit.actions.check import check
from xlkit.books.raw import RawWorkbook
from xlkit.errors import FileRefused, Unreadable, XlkitError
from xlkit.isolation import pool as isolated
from xlkit.isolation import process
from xlkit.isolation.pool import read_each, read_one
from xlkit.limits import Limits
from xlkit.settings import read_settings


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    found = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                found.add(int(entry.name))
    return found


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture(autouse=True)
def nothing_is_left() -> object:
    """No process and no open file outlives a test."""
    before, opened = children(), descriptors()
    yield
    assert children() - before == set()
    assert descriptors() <= opened  # what another test has left may end meanwhile


def good_files(folder: Path, count: int) -> list[str]:
    content = draw(folder / "first.xlsx").read_bytes()
    names = [folder / f"good {i:03}.xlsx" for i in range(count)]
    for name in names:
        name.write_bytes(content)
    return [str(name) for name in names]


def test_a_hundred_good_files_among_all_hostile_ones(tmp_path: Path) -> None:
    """All hundred are accepted, and every result stands where its argument stood."""
    good, bad = good_files(tmp_path, 100), []
    for one in CORPUS:
        (folder := tmp_path / f"hostile {len(bad)}").mkdir()
        one.make(folder / one.file_name)
        bad.append(str(folder / one.file_name))
    mixed = [name for i, name in enumerate(bad) for name in ([name] if i % 3 else [name, *good[i // 3 : i // 3 + 1]])]
    assert set(good) <= set(mixed)
    result = check(mixed)
    assert [one.file for one in result.files] == mixed
    assert {one.verdict for one in result.files if one.file in set(good)} == {"valid"}
    assert result.totals["valid"] == 100 and result.totals["refused"] == len(bad)


def test_results_come_in_order_whatever_they_cost(tmp_path: Path) -> None:
    names = []
    for i in range(40):
        rows = "".join(f'<row r="{r}"><c r="A{r}"><v>{i}</v></c></row>' for r in range(1, 5000 if i % 7 == 0 else 3))
        (tmp_path / f"{i}.xlsx").write_bytes(xlsx(rows))
        names.append(str(tmp_path / f"{i}.xlsx"))
    found = [one.sheets[0].at(1, 1) for one in read_each(names) if isinstance(one, RawWorkbook)]
    assert found == [float(i) for i in range(40)]


def test_an_iterator_that_is_left_ends_its_workers(tmp_path: Path) -> None:
    outcomes = read_each(good_files(tmp_path, 40))
    assert isinstance(next(outcomes), RawWorkbook)
    outcomes.close()


def test_nothing_to_read_starts_nothing() -> None:
    assert list(read_each([])) == []


def test_a_worker_killed_from_outside_costs_one_file(tmp_path: Path) -> None:
    """As the system does when memory runs out: a fresh worker is tried once."""
    names = good_files(tmp_path, 3)
    before = children()
    outcomes = read_each(names, limits=Limits(processes=1))
    next(outcomes)
    (worker,) = children() - before
    os.kill(worker, signal.SIGKILL)
    assert [type(one) for one in outcomes] == [RawWorkbook, RawWorkbook]


def test_a_timeout_is_kept(tmp_path: Path) -> None:
    name = str(slow(tmp_path))
    began = time.monotonic()
    with pytest.raises(FileRefused) as refused:
        read_one(name, limits=Limits(seconds=1))
    assert refused.value.rule == "F-032" and time.monotonic() - began < 3


def test_what_python_cannot_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_PROGRAM", "raise SystemError('no {path!r:.0}such module')")
    with pytest.raises(XlkitError, match="no such module"):
        read_one(good_files(tmp_path, 1)[0])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(XlkitError):
        read_one(good_files(tmp_path, 1)[0])


class Evil:
    """What a parser that was taken over would send."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch /tmp/xlkit-was-here",)


def test_an_answer_runs_nothing() -> None:
    for answer in (Evil(), (Evil(), "", {}), Path("/"), b"no pickle"):
        content = answer if isinstance(answer, bytes) else pickle.dumps(answer)
        with pytest.raises(Unreadable):
            isolated._unpacked(content)
    assert not Path("/tmp/xlkit-was-here").exists()


def test_a_file_in_the_current_folder_is_never_imported(tmp_path: Path) -> None:
    """The inbox may hold a lxml.py."""
    for name in ("lxml", "zipfile", "pickle", "xlkit"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the inbox')")
    name = good_files(tmp_path, 1)[0]
    program = f"from xlkit.isolation.pool import read_one; print(len(read_one({name!r}).sheets))"
    script = tmp_path.parent / f"{tmp_path.name}.py"
    script.write_text(program)
    run = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGKILL, -9)], ids=["SIGINT", "SIGKILL"])
def test_the_end_of_the_asking_process_ends_its_workers(tmp_path: Path, number: int, code: int) -> None:
    name = str(slow(tmp_path, 150_000))
    command = [sys.executable, "-m", "xlkit", "check", *[name] * 20]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    workers = wait_for(lambda: group(running.pid) - {running.pid})
    time.sleep(0.5)
    running.send_signal(number)
    _, said = running.communicate(timeout=20)
    assert running.returncode == code and b"Traceback" not in said
    # A worker whose asker was killed ends when it has read its file, or by its own watch.
    assert wait_for(lambda: not (workers & group(running.pid)), 12)


def wait_for(condition: object, seconds: float = 10) -> set[int]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():  # type: ignore[operator]
            return found  # type: ignore[no-any-return]
        time.sleep(0.05)
    raise AssertionError("it did not come")


def group(leader: int) -> set[int]:
    """The processes of a session that still run."""
    found = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.add(int(entry.name))
    return found


@pytest.mark.parametrize(
    "text, wrong",
    [("[limits]\nsecond = 5", "limits.second"), ("[limits]\nseconds = 0", "limits.seconds"),
     ("[limits]\nseconds = true", "limits.seconds"), ("[limits]\nseconds = 1.5", "limits.seconds"),
     ("limits = 5", "limits"), ("register = 5", "register"), ("limit = 5", "limit")],
)  # fmt: skip
def test_mistakes_in_the_limits_are_named(
    text: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(XlkitError, match=f"«{wrong}»"):
        read_settings()


def test_limits_are_taken_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    (tmp_path / "settings.toml").write_text('register = "r.xlsx"\n[limits]\ncells = 10\n')
    assert read_settings().limits == Limits(cells=10) and read_settings().register == "r.xlsx"
    path = tmp_path / "book.xlsx"
    path.write_bytes(xlsx(cell("<v>1</v>", address="B20"), workbook=workbook({"План": ""})))
    (one,) = check([path]).files
    assert [found.rule for found in one.findings] == ["F-010"]


def test_the_guide_names_every_limit() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "установка.md").read_text(encoding="utf-8")
    for limit in fields(Limits):
        assert f"\n{limit.name} = {limit.default}\n" in text
