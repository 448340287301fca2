"""LibreOffice as a peer: recalculates, saves again and renders many files in one process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


def need_office() -> str:
    """The LibreOffice program; skips on a developer's machine without it, fails in CI."""
    return need_program("LibreOffice", "soffice", "libreoffice")


def need_program(title: str, *names: str) -> str:
    """A peer program by one of its names; skips on a developer's machine without it, fails in CI."""
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI must install {title}")
        pytest.skip(f"{title} is not installed")
    return program


def converted(files: Sequence[Path], folder: Path, to: str = "xlsx") -> list[Path]:
    """Files opened, recalculated and saved by one LibreOffice process; returns the new files in order."""
    program = need_office()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xlkit-office-") as profile:
        settings = Path(profile) / "user"
        settings.mkdir()
        (settings / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
        for start in range(0, len(files), 100):
            batch = [str(f) for f in files[start : start + 100]]
            subprocess.run(
                [program, f"-env:UserInstallation=file://{profile}", "--headless", "--norestore",
                 "--convert-to", to, "--outdir", str(folder), *batch],
                check=True, capture_output=True, timeout=600,
            )  # fmt: skip
    made = [folder / f"{f.stem}.{to}" for f in files]
    missing = [m.name for m in made if not m.is_file()]
    assert not missing, f"LibreOffice made no {missing}"
    return made


def need_uno() -> str:
    """The Python that has LibreOffice's ``uno``; skips or fails as :func:`need_office` does."""
    need_office()
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode:
        if os.environ.get("CI"):
            pytest.fail("CI must install python3-uno")
        pytest.skip("python3-uno is not installed")
    return python


def edited(jobs: Sequence[dict[str, object]], plan: Path) -> None:
    """Run a plan of edits in one LibreOffice process (see ``office_edits.py``)."""
    python = need_uno()
    plan.write_text(json.dumps(jobs), encoding="utf-8")
    script = Path(__file__).with_name("office_edits.py")
    done = subprocess.run([python, str(script), str(plan)], capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
