"""What starting costs: ``xlkit --help`` beside a bare click program, ``xlkit check`` beside importing its libraries.

Run it by hand: ``python tests/bench/start_up.py [PAIRS]``. A pair is two whole processes in turn. Their CPU seconds
are those of the process with the children that it has waited for, as the system counts them: the process that reads
the workbook is one, and the end of the interpreter is in both.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import xlkit
from xlkit.demo.real import real_drafts
from xlkit.errors import EXIT_FINDINGS, EXIT_OK
from xlkit.templates.build import build_workbook

_HIDDEN = 'import sys; sys.modules["hypothesis"] = None\n'
"""pandera imports it where it is, as it is here and not on a person's machine."""
_XLKIT = _HIDDEN + "from xlkit.cli import main; main()"
_CLICK = """
import click
@click.group()
def cli(): "A program."
@cli.command()
def check(): "Its command."
cli()
"""
_LIBRARIES = _HIDDEN + "import pandas, pandera.pandas"


@dataclass(frozen=True)
class Cost:
    """Seconds of a whole process: of the processors, with its children's, and by the clock."""

    cpu: float
    wall: float


Pairs = list[tuple[Cost, Cost]]
"""What ours cost, and what it is compared with."""


def measure_help(pairs: int, folder: Path) -> Pairs:
    """The help of xlkit, and that of a program of click's which does nothing."""
    return _in_turn(pairs, folder, (_XLKIT, "--help"), (_CLICK, "--help"))


def measure_check(pairs: int, folder: Path) -> Pairs:
    """A check of one programme, read as every file from outside, and the import of pandas and pandera alone."""
    draft = real_drafts()[0]
    book = folder / "center.xlsx"
    book.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    ours = (_XLKIT, "check", str(book))
    # The rule books are remembered from then on. What a programme of real life holds is a finding or two.
    first = subprocess.run(_command(ours), env=_environment(folder), capture_output=True, check=False)
    assert (first.returncode, first.stderr) == (EXIT_FINDINGS, b""), first
    return _in_turn(pairs, folder, ours, (_LIBRARIES,))


def cpu_of(pairs: Pairs) -> tuple[list[float], list[float]]:
    """The CPU seconds of ours and of the others."""
    return [ours.cpu for ours, _ in pairs], [theirs.cpu for _, theirs in pairs]


def _in_turn(pairs: int, folder: Path, ours: Sequence[str], theirs: Sequence[str]) -> Pairs:
    compileall.compile_dir(Path(xlkit.__file__).parent, quiet=1)  # as pip leaves an installed package
    return [(_cost(ours, folder), _cost(theirs, folder)) for _ in range(pairs)]


def _cost(words: Sequence[str], folder: Path) -> Cost:
    began = time.perf_counter()
    process = subprocess.Popen(_command(words), stdout=subprocess.DEVNULL, env=_environment(folder))
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (EXIT_OK, EXIT_FINDINGS), words
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began)


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-B", "-c", *words]


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {"XLKIT_HOME": str(folder / "home")}


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for name, measure in (
        ("--help beside a bare click program", measure_help),
        ("check beside its libraries", measure_check),
    ):
        with tempfile.TemporaryDirectory() as folder:
            found = measure(pairs, Path(folder))
        print(f"{name}, {pairs} pairs")
        for kind in ("cpu", "wall"):
            ours, theirs = ([getattr(one, kind) for one in side] for side in zip(*found, strict=True))
            print(
                f"  {kind:4} medians {median(ours):.3f} and {median(theirs):.3f}, "
                f"least {min(ours):.3f} and {min(theirs):.3f}, "
                f"ratio of the least {min(ours) / min(theirs):.2f}, "
                f"median of pairs {median(a / b for a, b in zip(ours, theirs, strict=True)):.2f}"
            )


if __name__ == "__main__":
    main()
