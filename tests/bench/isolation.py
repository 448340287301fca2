"""What the guard and the reading in processes of their own cost: wall seconds, side by side, in turn.

Run it by hand: ``python tests/bench/isolation.py [FILES] [ROUNDS]``. The columns: the bare python-calamine, which
reads all sheets and checks nothing; our guard and reader in this process, all sheets and those that a form declares;
the same in one and in two processes, their start included; and one file alone.
"""

from __future__ import annotations

import io
import re
import statistics
import sys
import tempfile
import time
import zipfile
from collections import deque
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from python_calamine import CalamineWorkbook

from xlkit.books.reader import read_raw
from xlkit.books.submission import declared_sheets
from xlkit.demo.field import make_field
from xlkit.isolation.pool import read_each, read_one
from xlkit.limits import Limits
from xlkit.templates.build import build_workbook

_EMPTY = re.compile(rb'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?)(><f>[^<]*</f><v></v></c>)')


def workbooks(count: int, folder: Path, distinct: int = 40) -> list[str]:
    """Ordinary workbooks of clusters, filled; so many different ones, again and again."""
    contents = [as_excel(build_workbook(d.edition, d.finish("")[0])) for d in make_field(distinct).drafts]
    names = [folder / f"{i}.xlsx" for i in range(count)]
    for i, name in enumerate(names):
        name.write_bytes(contents[i % len(contents)])
    return [str(name) for name in names]


def as_excel(content: bytes) -> bytes:
    """With the type that Excel gives to a formula's empty text when it saves; without it a formula has no value."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            part = source.read(entry)
            if entry.filename.startswith("xl/worksheets/sheet"):
                part = _EMPTY.sub(rb'\1 t="str"\2', part)
            target.writestr(entry, part)
    return saved.getvalue()


def by_calamine(names: Sequence[str]) -> None:
    for name in names:
        with CalamineWorkbook.from_filelike(io.BytesIO(Path(name).read_bytes())) as book:
            for sheet in book.sheet_names:
                book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def ways() -> dict[str, Callable[[Sequence[str]], object]]:
    declared = declared_sheets()

    def here(names: Sequence[str], sheets: set[str] | None) -> None:
        for name in names:
            read_raw(Path(name), sheets, Limits())

    def apart(names: Sequence[str], processes: int) -> None:
        deque(read_each(names, declared, Limits(processes=processes)), maxlen=0)

    return {
        "calamine, all sheets": by_calamine,
        "here, all sheets": lambda names: here(names, None),
        "here, declared": lambda names: here(names, declared),
        "1 process, declared": lambda names: apart(names, 1),
        "2 processes, declared": lambda names: apart(names, 2),
    }


def measure(names: Sequence[str], rounds: int, only: Collection[str] = ()) -> dict[str, float]:
    """Median milliseconds per file, by way: of all ways, or of some."""
    chosen = {way: read for way, read in ways().items() if not only or way in only}
    taken: dict[str, list[float]] = {way: [] for way in chosen}
    for _ in range(rounds):
        for way, read in chosen.items():
            began = time.perf_counter()
            read(names)
            taken[way].append((time.perf_counter() - began) / len(names) * 1000)
    medians = {way: statistics.median(times) for way, times in taken.items()}
    alone = []
    for _ in range(0 if only else 5):
        began = time.perf_counter()
        read_one(names[0], declared_sheets())
        alone.append((time.perf_counter() - began) * 1000)
    return medians | ({"one file alone": statistics.median(alone)} if alone else {})


def main() -> None:
    words = [int(word) for word in sys.argv[1:]]
    count, rounds = words + [500, 5][len(words) :]
    with tempfile.TemporaryDirectory() as folder:
        found = measure(workbooks(count, Path(folder)), rounds)
    bare, here = found["calamine, all sheets"], found["here, declared"]
    for way, milliseconds in found.items():
        ratios = f"× calamine {milliseconds / bare:5.2f}  × here {milliseconds / here:5.2f}"
        print(f"{way:24} {milliseconds:7.2f} ms  {ratios}")


if __name__ == "__main__":
    main()
