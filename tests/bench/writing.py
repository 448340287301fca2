"""What follows reading: CPU seconds and memory of adding up, the свод, its store and the page.

Run it by hand: ``python -m tests.bench.writing [WORKBOOKS] [TIMES]``. It takes the data of ``consolidation.py`` so many
times over, under other names: 500 and 20 is what 10,000 workbooks give. The least of three rounds, the memory of the
first.
"""

from __future__ import annotations

import datetime as dt
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tests.bench.consolidation import make_data
from xlkit.actions.consolidate import ConsolidateResult, FileFindings, consolidate
from xlkit.actions.svod import contents_of
from xlkit.books.frames import Frames
from xlkit.consolidate import IntakeLine, Part, add_up, count_figures
from xlkit.report.svod.page import write_page
from xlkit.report.svod.workbook import write_placed_svod
from xlkit.store.writing import NewStore

_Made = TypeVar("_Made")
_ROUNDS = 3
_least: dict[str, float] = {}


def many(result: ConsolidateResult, times: int) -> ConsolidateResult:
    """The same workbooks so many times, as other clusters' files."""
    numbers = range(times)
    parts = tuple(_part(part, times) for part in result.parts)
    counted = count_figures(parts)
    lines = tuple(_line(line, number) for number in numbers for line in result.intake)
    return replace(
        result,
        files=tuple(line.file for line in lines if line.file),
        intake=lines,
        parts=parts,
        counted=counted,
        totals=add_up(counted),
        findings=tuple(FileFindings(_line(o.line, n), o.findings) for n in numbers for o in result.findings),
        reconciled=tuple(
            (_line(line, number), replace(one, file=_name(one.file, number)))
            for number in numbers
            for line, one in result.reconciled
        ),
    )


def _name(file: str, number: int) -> str:
    return f"{file[:-5]}-{number}{file[-5:]}"


def _line(line: IntakeLine, number: int) -> IntakeLine:
    whose = replace(line.passport, id=f"{line.passport.id}-{number}", name=f"{line.passport.name} {number}")
    return replace(line, passport=whose, file=_name(line.file, number) if line.file else None)


def _part(part: Part, times: int) -> Part:
    import numpy as np
    import pandas as pd

    frames, numbers = part.frames, range(times)
    books, lines = len(frames.files), len(frames.rows)
    rows = [frames.rows.assign(workbook=frames.rows["workbook"] + books * n) for n in numbers]
    values = [
        frames.values.assign(workbook=frames.values["workbook"] + books * n, line=frames.values["line"] + lines * n)
        for n in numbers
    ]
    files = tuple(_name(file, n) for n in numbers for file in frames.files)
    whole = Frames(
        frames.edition, pd.concat(rows, ignore_index=True), pd.concat(values, ignore_index=True),
        frames.years * times, files,
    )  # fmt: skip
    notes = {(book + books * n, *place): text for n in numbers for (book, *place), text in part.notes.items()}
    mine = tuple(_line(line, n) if line is not None else None for n in numbers for line in part.lines)
    marks = np.tile(part.doubtful, times), np.tile(part.questioned, times)
    return Part(whole, mine, part.speaks * times, *marks, notes, part.digests * times)  # type: ignore[arg-type]


def measured(name: str, make: Callable[[], _Made]) -> _Made:
    """Make something; tells the seconds and, the first time, how far memory rises meanwhile (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, began = _memory("VmRSS"), time.process_time()
    made = make()
    taken = time.process_time() - began
    if name not in _least:
        print(f"{name:14} at most {_memory('VmHWM') - before:5} MiB more")
    _least[name] = min(taken, _least.get(name, taken))
    return made


def _memory(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) // 1024


def round_of(result: ConsolidateResult) -> tuple[int, int, int]:
    """All steps once; the sizes of the свод, its store and the page."""
    counted = measured("count_figures", lambda: count_figures(result.parts))
    totals = measured("add_up", lambda: add_up(counted))
    whole = replace(result, counted=counted, totals=totals)
    contents = contents_of(whole)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "svod.store.duckdb"
        with NewStore(place, place, dt.datetime(2026, 12, 1, tzinfo=dt.UTC)) as store:
            measured("store", lambda: store.put(contents))
            content, places = measured("свод", lambda: write_placed_svod(whole))
            measured("store's places", lambda: store.finish(contents, places, content))
        size = place.stat().st_size
    return len(content), size, len(measured("page", lambda: write_page(whole)))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    gc.set_threshold(50_000)
    register, books = make_data(count, Path(tempfile.gettempdir()) / f"xlkit-bench-{count}")
    result = consolidate([books], str(register))
    result = many(result, times) if times > 1 else result
    for _ in range(_ROUNDS):
        sizes = round_of(result)
    for name, seconds in _least.items():
        print(f"{name:14} {seconds:7.3f} s")
    print("MB: свод {:.1f}, store {:.1f}, page {:.1f}".format(*(size / 1e6 for size in sizes)))


if __name__ == "__main__":
    main()
