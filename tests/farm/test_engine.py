"""Reading on a cluster of machines gives what reading here gives, whatever becomes of its workers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from distributed import Client, LocalCluster

from tests.registers import as_xlsx
from xlkit.actions.inputs import find_inputs
from xlkit.actions.svod import consolidate_to
from xlkit.demo.field import Field, make_field
from xlkit.errors import XlkitError
from xlkit.isolation import farm
from xlkit.limits import DEFAULT_LIMITS
from xlkit.register import read_register
from xlkit.templates.build import build_workbook

CLUSTERS = 40
DISTINCT = 6
"""A workbook takes far longer to make than to read: the others are these again, of other clusters they are refused."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made:
        yield made


@pytest.fixture(scope="module")
def field() -> Field:
    return make_field(DISTINCT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, field: Field) -> Path:
    folder = tmp_path_factory.mktemp("farm") / "workbooks"
    folder.mkdir()
    contents = [build_workbook(draft.edition, draft.finish("")[0]) for draft in field.drafts]
    for number in range(CLUSTERS):
        (folder / f"{number:02} книга.xlsx").write_bytes(contents[number % len(contents)])
    (folder / "испорчена.xlsx").write_bytes(contents[0][:-100])
    as_xlsx(field.register(), folder.parent / "register.xlsx")
    return folder


def svod(folder: Path, output: Path, engine: str | None = None, progress: Any = None, source: str = "") -> bytes:
    register = read_register(str(folder.parent / "register.xlsx"))
    inputs = find_inputs([source or folder], register.source, output)
    return consolidate_to(str(output), inputs, register, progress=progress, engine=engine)[1]


@pytest.fixture(scope="module")
def here(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return svod(folder, tmp_path_factory.mktemp("here") / "svod.xlsx")


def test_the_svod_is_the_same_to_the_byte(
    folder: Path, here: bytes, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "CHUNK", 4)
    assert svod(folder, tmp_path / "svod.xlsx", cluster.scheduler_address) == here


def test_a_worker_is_killed_midway(
    folder: Path, here: bytes, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "CHUNK", 2)
    killed: list[int] = []

    def kill(_: str) -> None:
        if not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    assert svod(folder, tmp_path / "svod.xlsx", cluster.scheduler_address, kill) == here
    assert killed


def test_a_cluster_that_goes_away_leaves_the_rest_to_this_machine(folder: Path, here: bytes, tmp_path: Path) -> None:
    """Scheduler and worker die at once, as when the power fails."""
    address = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    parts = [
        subprocess.Popen([*dask, *words, "--scheduler-file", str(address)], stderr=subprocess.DEVNULL)
        for words in (
            ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", ":0"),
            ("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"),
        )
    ]

    def kill(_: str) -> None:
        for part in parts:
            part.kill()

    try:
        with Client(scheduler_file=str(address), timeout=60) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(1, timeout=60)
            engine = client.scheduler.address
        assert svod(folder, tmp_path / "svod.xlsx", engine, kill) == here
    finally:
        for part in parts:
            part.kill()
            part.wait()


@pytest.mark.parametrize("far", [False, True])
def test_urls_are_read_like_paths(folder: Path, here: bytes, cluster: Any, tmp_path: Path, far: bool) -> None:
    engine = cluster.scheduler_address if far else None
    by_url = svod(folder, tmp_path / "svod.xlsx", engine, source=f"local://{folder}")
    assert len(by_url) == pytest.approx(len(here), rel=0.05)  # the files are named otherwise


@pytest.mark.parametrize("engine", ["tcp://127.0.0.1:9", "127.0.0.1:1"])
def test_an_engine_that_is_none_is_told(
    folder: Path, tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "_CONNECT_SECONDS", 1)
    with pytest.raises(XlkitError, match="не отвечает"):
        svod(folder, tmp_path / "svod.xlsx", engine)


@pytest.mark.parametrize("engine", ["локально", "nonsense://x", "", "tcp://машина"])
def test_an_engine_that_is_no_address_is_told_before_it_is_tried(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("distributed.Client", None)
    with pytest.raises(XlkitError, match=f"«{engine}» — не адрес кластера: .*tcp://машина:8786"):
        list(farm.extract_far(["книга.xlsx"], [], engine=engine))


@pytest.mark.parametrize(
    ("url", "package", "said"),
    [
        ("s3://b/книга.xlsx", "s3fs", "pip install s3fs$"),
        ("simplecache::s3://b/книга.xlsx", "s3fs", "адресов s3://.*pip install s3fs$"),
        ("https://h/книга.xlsx", "aiohttp", "pip install requests aiohttp$"),
        ("hdfs://h/книга.xlsx", "pyarrow", "pip install pyarrow$"),
        ("ftpp://h/книга.xlsx", "", "адреса вида ftpp:// неизвестны"),
    ],
)
def test_what_a_kind_of_url_needs_is_told(url: str, package: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if package:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises((ImportError, ValueError)) as refused:
        fsspec.url_to_fs(url)
    assert re.search(said, farm.store_reason(url, refused.value).ru)
    (answer,) = farm.extract_chunk([url], (), DEFAULT_LIMITS)
    assert answer[1] == "F-012" and re.search(said, answer[2]["ru"])


def test_another_version_on_the_machines_is_refused(
    folder: Path, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "__version__", "9.9")
    with pytest.raises(XlkitError, match=r"должен стоять xlkit 9\.9"):
        svod(folder, tmp_path / "svod.xlsx", cluster.scheduler_address)


def test_what_a_url_lacks_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(XlkitError, match="не открывается"):
        svod(folder, tmp_path / "svod.xlsx", source="nonsense://x/y")
