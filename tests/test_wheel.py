"""The wheel holds everything that is tracked, and works outside of the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = {"validation": "xlkit/_shipped/validation", "workbooks": "xlkit/_shipped/workbooks",
           "macros": "xlkit/_shipped/macros", "xlkit": "xlkit"}  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def test_holds_every_tracked_file(wheel: Path) -> None:
    """A folder missing from the wheel's configuration is silent; this is where it shows."""
    listed = subprocess.run(["git", "ls-files", "-z", *SHIPPED], cwd=ROOT, check=True, capture_output=True)
    tracked = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    wanted = set()
    for name in tracked:
        top, _, rest = name.partition("/")
        wanted.add(f"{SHIPPED[top]}/{rest}")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert wanted - names == set()
    assert not any(name.split("/")[0] in ("validation", "tests") for name in names)


def test_runs_the_demo_outside_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONWARNINGS": "error::ResourceWarning"}
    command = "import xlkit, sys; print(xlkit.__file__, file=sys.stderr); from xlkit.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "demo", "made", "--clusters", "3"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(site) in done.stderr
    assert (tmp_path / "made" / "svod.xlsx").is_file()
