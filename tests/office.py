"""LibreOffice as a peer: one process recalculates, edits, saves again and renders the files of all tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

_SCRIPT = Path(__file__).with_name("office_jobs.py")
_SECONDS = 1800
_FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML", ".xls": "MS Excel 97", ".ods": "calc8", ".pdf": "calc_pdf_Export"
}  # fmt: skip


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


def need_uno() -> str:
    """The Python that has LibreOffice's ``uno``; skips or fails as :func:`need_office` does."""
    need_office()
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode:
        if os.environ.get("CI"):
            pytest.fail("CI must install python3-uno")
        pytest.skip("python3-uno is not installed")
    return python


def converted(files: Sequence[Path], folder: Path, to: str = "xlsx") -> list[Path]:
    """Files opened, recalculated and saved by LibreOffice; returns the new files in order."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{f.stem}.{to}" for f in files]
    assert len({*made, *files}) == 2 * len(made), "a file would be lost"
    OFFICE.do([{"source": str(file), "target": str(target)} for file, target in zip(files, made, strict=True)])
    return made


class Office:
    """A LibreOffice, started when the first job is there; each pytest process has its own."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - it lives as long as the process

    def do(self, jobs: Sequence[dict[str, Any]]) -> list[Any]:
        """What the jobs tell (see ``office_jobs.py``), in order; the filter goes by the suffix of the target."""
        whole = [{**job, "filter": _FILTERS[Path(job["target"]).suffix]} if "target" in job else job for job in jobs]
        process = self._process or self._started()
        self._process = None  # a job that fails takes the process along, and the next begins with another
        assert process.stdin is not None and process.stdout is not None
        watch = threading.Timer(_SECONDS, process.kill)
        watch.start()
        try:
            process.stdin.write(json.dumps(whole) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            watch.cancel()
            watch.join()
        assert line, self._last_words(process)
        self._process = process
        told: list[Any] = json.loads(line)
        return told

    def end(self) -> None:
        if self._process is not None:
            self._close(self._process)
        self._said.close()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [need_uno(), str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True
        )

    def _last_words(self, process: subprocess.Popen[str]) -> str:
        self._close(process)
        self._said.seek(0)
        return self._said.read()[-2000:]

    def _close(self, process: subprocess.Popen[str]) -> None:
        with process:  # closes its standard input, at whose end it ends, and waits
            pass


OFFICE = Office()
