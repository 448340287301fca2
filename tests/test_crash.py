"""Killed, interrupted, crowded or without room: nothing is lost, nothing is half-written, a rerun gives the same."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.killed import STEPS, killed_after, killed_at
from tests.registers import as_xlsx, register_of
from xlkit.actions.annotate import annotate
from xlkit.actions.inputs import find_inputs
from xlkit.actions.svod import consolidate_to
from xlkit.claim import claimed
from xlkit.consolidate.journal import journal_path
from xlkit.demo.made import made_clusters, made_draft
from xlkit.demo.real import real_drafts
from xlkit.errors import XlkitError
from xlkit.isolation import pool as isolated
from xlkit.isolation.messages import Answer, Request
from xlkit.register import read_register
from xlkit.safefile import write_file
from xlkit.store.database import opened_store, store_path
from xlkit.templates.build import build_workbook

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
OF_ANNOTATE = (
    "a file is about to be read", "a file was read", "a copy is about to be made", "the temporary file is made",
    "the temporary file is written", "the temporary file has lasted", "about to be renamed", "renamed",
)  # fmt: skip
OF_CONSOLIDATE = tuple(step for step in STEPS if step != "a copy is about to be made")
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
MOMENTS = [pytest.param(12, id="twelve"), pytest.param(300, id="three hundred", marks=pytest.mark.long)]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register, the workbooks of two clusters, one with mistakes, and a file that is none."""
    folder = tmp_path_factory.mktemp("books")
    drafts = [made_draft(cluster) for cluster in made_clusters(2)]
    as_xlsx(register_of(drafts), folder / "register.xlsx")
    (folder / "in").mkdir()
    for draft in drafts:
        (folder / "in" / f"{draft.cluster.id}.xlsx").write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    real = real_drafts()[0]
    (folder / "in" / "real.xlsx").write_bytes(build_workbook(real.edition, real.finish("")[0]))
    (folder / "in" / "broken.xlsx").write_text("не книга", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(books: Path) -> bytes:
    """The свод of an uninterrupted run."""
    return gathered(books, books / "whole.xlsx", resume=False)


@pytest.fixture(scope="module")
def expected(books: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The annotated copies of an uninterrupted run."""
    return annotated(inputs_of(books), tmp_path_factory.mktemp("expected"))


def inputs_of(books: Path) -> list[str]:
    return sorted(str(path) for path in (books / "in").glob("*.xlsx"))


def gathered(books: Path, output: Path, resume: bool = True) -> bytes:
    register = read_register(str(books / "register.xlsx"))
    return consolidate_to(str(output), find_inputs([books / "in"]), register, resume=resume, now=NOW)[1]


def assert_whole(output: Path, allowed: set[bytes]) -> None:
    """The output is there as a whole or not at all."""
    assert not output.exists() or output.read_bytes() in allowed


def assert_clean(folder: Path, *kept: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {path.name for path in kept}


# --- killed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", OF_CONSOLIDATE)
def test_consolidate_killed_at_a_step(books: Path, whole: bytes, step: str, tmp_path: Path) -> None:
    output = tmp_path / "svod.xlsx"
    old = b"an older one"
    output.write_bytes(old)
    assert killed_at(step, lambda: gathered(books, output)), "the step was not reached"
    assert_whole(output, {old, whole})
    assert gathered(books, output) == whole == output.read_bytes()
    assert_clean(tmp_path, output, journal_path(output), store_path(output))
    with opened_store(output):
        pass  # the свод and its store belong together again


@pytest.mark.parametrize("count", MOMENTS)
def test_consolidate_killed_at_any_moment(books: Path, whole: bytes, count: int, tmp_path: Path) -> None:
    chosen = random.Random(20261121)
    output = tmp_path / "svod.xlsx"
    started = time.monotonic()
    gathered(books, output)
    lasts = time.monotonic() - started
    caught = 0
    for _ in range(count):
        caught += killed_after(chosen.random() * lasts, lambda: gathered(books, output))
        assert_whole(output, {whole})
        if chosen.random() < 0.3:
            journal_path(output).unlink(missing_ok=True)  # or somebody has taken the journal away
    assert caught > count / 3, "the kills came too late"
    assert gathered(books, output) == whole == output.read_bytes()
    assert_clean(tmp_path, output, journal_path(output), store_path(output))


@pytest.mark.parametrize("step", OF_ANNOTATE)
def test_annotate_killed_at_a_step(books: Path, expected: dict[str, str], step: str, tmp_path: Path) -> None:
    files = inputs_of(books)
    assert killed_at(step, lambda: annotate(files, tmp_path / "out"), count=2), "the step was not reached"
    for name, content in contents(tmp_path / "out").items():
        assert name.endswith(".tmp") or content == expected[name]
    assert annotated(files, tmp_path / "out") == expected


@pytest.mark.parametrize("count", MOMENTS)
def test_annotate_killed_at_any_moment(books: Path, count: int, tmp_path: Path) -> None:
    chosen = random.Random(count)
    files = inputs_of(books)
    started = time.monotonic()
    expected = annotated(files, tmp_path / "expected")
    lasts = time.monotonic() - started
    for _ in range(count):
        killed_after(chosen.random() * lasts, lambda: annotate(files, tmp_path / "out"))
        whole_ones = {name: one for name, one in contents(tmp_path / "out").items() if not name.endswith(".tmp")}
        assert whole_ones.items() <= expected.items()
    assert annotated(files, tmp_path / "out") == expected


def annotated(files: list[str], folder: Path) -> dict[str, str]:
    annotate(files, folder)
    return contents(folder)


def contents(folder: Path) -> dict[str, str]:
    found = folder.iterdir() if folder.is_dir() else []
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


# --- the journal ------------------------------------------------------------------------------------------


def test_a_rerun_reads_only_what_changed(books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "books"
    shutil.copytree(books, folder)
    output = tmp_path / "svod.xlsx"
    first = gathered(folder, output)
    read = watched(monkeypatch)
    assert gathered(folder, output) == first and read == []
    touched, changed, *_ = sorted((folder / "in").glob("*.xlsx"))
    os.utime(touched)  # the same content at another time
    draft = made_draft(made_clusters(5)[4])
    changed.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    again = gathered(folder, output)
    assert read == [changed.name]
    store_path(output).unlink()  # which would give the свод a sheet of what has changed
    assert again != gathered(folder, output) == gathered(folder, tmp_path / "other.xlsx", resume=False) != first


def test_another_content_of_the_same_size_and_time_is_read(
    books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rsync -t, cp -p and unpacked archives keep times."""
    folder = tmp_path / "books"
    shutil.copytree(books, folder)
    gathered(folder, tmp_path / "svod.xlsx")
    file = next((folder / "in").glob("*.xlsx"))
    content, times = file.read_bytes(), file.stat()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    read = watched(monkeypatch)
    gathered(folder, tmp_path / "svod.xlsx")
    assert read == [file.name]


@pytest.mark.skipif(os.name != "posix", reason="names of Windows are Unicode")
def test_names_that_are_no_unicode(books: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "books"
    shutil.copytree(books, folder)
    file = next((folder / "in").glob("*.xlsx"))
    file.rename(os.fsdecode(os.fsencode(folder / "in") + b"/\xcf\xeb\xe0\xed.xlsx"))
    output = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xf1.xlsx"))
    first = gathered(folder, output)
    read = watched(monkeypatch)
    assert gathered(folder, output) == first and read == []


def test_a_name_too_long_for_a_journal_is_told(books: Path, tmp_path: Path) -> None:
    with pytest.raises(XlkitError, match="имя файла слишком длинное; укажите имя покороче"):
        gathered(books, tmp_path / f"{'x' * 245}.xlsx")


def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read from now on."""
    read: list[str] = []
    original = isolated._Worker.ask

    def noting(worker: isolated._Worker, request: Request, following: Request | None = None) -> Answer:
        if Path(request[0]).parent.name == "in":
            read.append(Path(request[0]).name)
        return original(worker, request, following)

    monkeypatch.setattr(isolated._Worker, "ask", noting)
    return read


def test_every_file_ends_in_one_state(books: Path, tmp_path: Path) -> None:
    output = tmp_path / "svod.xlsx"
    gathered(books, output)
    with sqlite3.connect(journal_path(output)) as journal:
        states = dict(journal.execute("SELECT path, state FROM inputs"))
        (digest,) = journal.execute("SELECT output_sha256 FROM runs").fetchone()
    journal.close()
    assert states.keys() == {str(path) for path in (books / "in").iterdir()}
    assert set(states.values()) <= {"accepted", "with_findings", "refused"}
    assert states[str(books / "in" / "broken.xlsx")] == "refused"
    assert digest == hashlib.sha256(output.read_bytes()).hexdigest()


def test_a_damaged_journal_is_begun_anew(books: Path, whole: bytes, tmp_path: Path) -> None:
    output = tmp_path / "svod.xlsx"
    gathered(books, output)
    mark = journal_path(output).read_bytes()[:100]
    for damage in (mark + b"nothing of a database" * 100, b""):
        journal_path(output).write_bytes(damage)
        assert gathered(books, output) == whole


# --- interrupted, crowded, without room -------------------------------------------------------------------


@pytest.fixture
def running(books: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that has read its first file and waits."""
    wait = (
        "import sys, time; import xlkit.isolation.pool as isolated; original = isolated._Worker.ask\n"
        "def slow(worker, request, *following):\n"
        "    done = original(worker, request, *following)\n"
        "    if '/in/' in request[0]: print('reading', flush=True); time.sleep(60)\n"
        "    return done\n"
        "isolated._Worker.ask = slow\n"
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from xlkit.cli import main; main(sys.argv[1:])"
    )
    output = tmp_path / "svod.xlsx"
    output.write_bytes(b"old")
    command = [sys.executable, "-c", wait, "consolidate", str(books / "in"), "--register",
               str(books / "register.xlsx"), "-o", str(output), "--resume"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "reading\n"
        yield process
        process.kill()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_cleanly(running: subprocess.Popen[str], sent: signal.Signals, tmp_path: Path) -> None:
    running.send_signal(sent)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert errors.strip() == "Прервано"
    output = tmp_path / "svod.xlsx"
    assert output.read_bytes() == b"old"
    assert_clean(tmp_path, output, journal_path(output))


@pytest.mark.usefixtures("running")
def test_a_second_process_is_turned_away(books: Path, tmp_path: Path) -> None:
    with pytest.raises(XlkitError, match="другой процесс"):
        gathered(books, tmp_path / "svod.xlsx")


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_to_an_output_is_that_output(tmp_path: Path) -> None:
    (tmp_path / "svod.xlsx").write_bytes(b"old")
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "svod.xlsx")
    with claimed(tmp_path / "svod.xlsx"), pytest.raises(XlkitError), claimed(tmp_path / "link.xlsx"):
        pass
    assert journal_path(tmp_path / "link.xlsx") == journal_path(tmp_path / "svod.xlsx")


def test_a_claim_ends_with_its_process(tmp_path: Path) -> None:
    output = tmp_path / "svod.xlsx"
    with claimed(output), pytest.raises(XlkitError), claimed(output):
        pass
    with claimed(output):
        pass
    assert_clean(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_a_killed_run_left_of_its_claim_stops_nobody(
    running: subprocess.Popen[str], books: Path, whole: bytes, tmp_path: Path
) -> None:
    """The processes that read for it do not hold the claim on; the next run takes it over and away."""
    output = tmp_path / "svod.xlsx"
    lock = tmp_path / ".svod.xlsx.lock"
    assert holding(lock) == {running.pid}
    running.kill()
    running.wait()
    assert lock.exists()
    assert gathered(books, output) == whole == output.read_bytes()
    assert_clean(tmp_path, output, journal_path(output), store_path(output))


def holding(file: Path) -> set[int]:
    """The processes that have a file open."""
    found = set()
    for opened in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if opened.readlink() == file:
                found.add(int(opened.parts[2]))
    return found


def test_a_claim_that_a_colleague_left_behind_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be read and not written; a living one counts, one that may not even be read is named."""
    output, lock = tmp_path / "svod.xlsx", tmp_path / ".svod.xlsx.lock"
    original, refused = os.open, {os.O_RDWR}

    def theirs(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == lock and path.exists() and flags & 3 in refused:
            raise PermissionError(errno.EACCES, "theirs")
        return original(path, flags, mode)

    monkeypatch.setattr(os, "open", theirs)
    assert killed_at("the output is claimed", lambda: claimed(output).__enter__())
    refused.add(os.O_RDONLY)
    with pytest.raises(XlkitError, match=r"svod\.xlsx\.lock: нет доступа"), claimed(output):
        pass
    refused.remove(os.O_RDONLY)
    with claimed(output), pytest.raises(XlkitError, match="другой процесс"), claimed(output):
        pass
    assert_clean(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        if os.environ.get("CI"):
            pytest.fail(f"CI must be able to mount a tmpfs: {mounted.stderr!r}")
        pytest.skip("only root can mount a disk of 1 MB")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("options", [[], ["--resume"]])
def test_a_full_disk_leaves_the_old_file(books: Path, small_disk: Path, options: list[str]) -> None:
    output = small_disk / "svod.xlsx"
    output.write_bytes(b"old")
    (small_disk / "ballast").write_bytes(b"x" * 1000 * 1000)
    command = [sys.executable, "-m", "xlkit", "consolidate", str(books / "in"), "--register",
               str(books / "register.xlsx"), "-o", str(output), *options]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "мест" in done.stderr
    assert output.read_bytes() == b"old"
    assert not list(small_disk.glob(".*.tmp"))


def test_what_a_killed_process_left_is_swept_but_not_what_a_living_one_writes(tmp_path: Path) -> None:
    output = tmp_path / "book.xlsx"
    step = "the temporary file is written"
    assert killed_at(step, lambda: write_file(output, b"half"))
    assert len(list(tmp_path.iterdir())) == 1
    write_file(output, b"whole")
    assert_clean(tmp_path, output)


def test_a_damaged_row_of_the_journal_is_read_again(books: Path, whole: bytes, tmp_path: Path) -> None:
    output = tmp_path / "svod.xlsx"
    gathered(books, output)
    for damage in (b"\x00\xff", zlib.compress(b"{}"), None):
        with sqlite3.connect(journal_path(output)) as journal:
            journal.execute("UPDATE workbooks SET content = ?", (damage,))
        journal.close()
        assert gathered(books, output) == whole


@pytest.mark.parametrize("kind", ["database", "text"])
def test_somebody_elses_file_is_no_journal(books: Path, tmp_path: Path, kind: str) -> None:
    output = tmp_path / "svod.xlsx"
    theirs = journal_path(output)
    if kind == "text":
        theirs.write_text("заметки", encoding="utf-8")
    else:
        with sqlite3.connect(theirs) as database:
            database.execute("CREATE TABLE precious (one)")
        database.close()
    before = theirs.read_bytes()
    with pytest.raises(XlkitError, match="не журнал xlkit"):
        gathered(books, output)
    assert theirs.read_bytes() == before and not output.exists()


def test_a_workbook_that_cannot_be_read_does_not_stop_a_run_with_a_journal(books: Path, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    shutil.copytree(books, folder)
    (folder / "in" / "unreadable.xlsx").symlink_to("/proc/self/mem")  # regular by its kind, and reading it fails
    register = read_register(str(folder / "register.xlsx"))
    inputs = find_inputs([folder / "in"])
    result, _ = consolidate_to(str(tmp_path / "svod.xlsx"), inputs, register, resume=True)
    standings = {Path(line.file).name: line.standing.value for line in result.intake if line.file}
    assert standings["unreadable.xlsx"] == "refused" and len(standings) == len(inputs.files)
