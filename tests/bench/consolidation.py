"""FIRPO's main job beside what its staff would do otherwise: wall seconds of whole processes, in turn.

Run it by hand: ``python tests/bench/consolidation.py [WORKBOOKS] [ROUNDS]``. It makes its data (clean programmes of
made clusters, and a register that differs from every tenth in one figure) and compares the answers of all. The
columns: the bare python-calamine, which reads the same sheets in one thread and understands nothing; xlkit without and
with the свод written; the analyst's loop (``analyst.py``) over calamine and, with a part of the files, over openpyxl.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xlkit.demo.draft import approved_figures
from xlkit.demo.made import made_clusters, made_draft
from xlkit.rules.registered import Register
from xlkit.templates.build import build_workbook
from xlkit.templates.registerbook import register_workbook

_EVERY = 10
_OPENPYXL_FILES = 40
_HERE = Path(__file__).parent

_CALAMINE = """
import sys
from pathlib import Path
from python_calamine import CalamineWorkbook
wanted = {"титул", "план", "показатели", "факт", "утверждено"}
for path in sorted(Path(sys.argv[2]).glob("*.xlsx")):
    book = CalamineWorkbook.from_path(str(path))
    for sheet in book.sheet_names:
        if sheet.casefold() in wanted:
            book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
"""
_XLKIT = """
import gc, json, sys
gc.set_threshold(500_000)
sys.modules["hypothesis"] = None  # pandera imports it where it is, as on a developer's machine
from xlkit.actions.consolidate import consolidate
from xlkit.isolation.process import allow_copies
allow_copies()  # this and what is done of the garbage is as on the command line
result = consolidate([sys.argv[2]], sys.argv[1])
gc.freeze()
if len(sys.argv) > 3:
    totals = {
        f"{t.form}|{t.table}|{t.key}|{t.year}": t.amount
        for t in result.totals if t.dimension == "all" and t.amount is not None
    }
    differences = sorted(
        f"{line.passport.id}|{d.table}|{d.key}|{d.year}"
        for line, one in result.reconciled for d in one.differences if d.status == "differs"
    )
    json.dump({"totals": totals, "differences": differences}, open(sys.argv[3], "w", encoding="utf-8"))
"""
_WRITING = """
import sys
sys.modules["hypothesis"] = None
from xlkit.cli import main
main(["consolidate", sys.argv[2], "--register", sys.argv[1], "-o", sys.argv[3]])
"""


def make_data(count: int, folder: Path) -> tuple[Path, Path]:
    """The register and the folder of workbooks; kept, so that another run need not make them again."""
    register, books = folder / "register.xlsx", folder / "workbooks"
    if register.exists():
        return register, books
    books.mkdir(parents=True, exist_ok=True)
    figures = []
    clusters = made_clusters(count)
    for number, cluster in enumerate(clusters):
        draft = made_draft(cluster)
        approved = approved_figures(draft, "2026-03-02")
        if number % _EVERY == 0:
            at = next(i for i, one in enumerate(approved) if isinstance(one.value, (int, float)))
            approved[at] = replace(approved[at], value=float(approved[at].value) + 1)  # type: ignore[arg-type]
        figures += approved
        (books / f"{cluster.id}.xlsx").write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    register.write_bytes(register_workbook(Register("bench", tuple(clusters), tuple(figures))))
    return register, books


def seconds(command: Sequence[str]) -> float:
    """How long a process takes."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or (done.returncode == 1 and "Traceback" not in done.stderr), done.stderr[-2000:]
    return time.perf_counter() - began


def same_answers(register: Path, books: Path, folder: Path) -> str:
    """Compare what xlkit and the analyst's loop say of the same files; raises AssertionError where they differ."""
    ours, theirs = folder / "ours.json", folder / "theirs.json"
    seconds([sys.executable, "-c", _XLKIT, str(register), str(books), str(ours)])
    seconds([sys.executable, str(_HERE / "analyst.py"), "calamine", str(register), str(books), str(theirs)])
    a, b = (json.loads(path.read_text("utf-8")) for path in (ours, theirs))
    wrong = {place: (total, b["totals"].get(place)) for place, total in a["totals"].items()
             if abs(total - b["totals"].get(place, float("nan"))) > 1e-6 * max(1.0, abs(total))}  # fmt: skip
    assert not wrong, dict(list(wrong.items())[:5])
    assert a["differences"] == b["differences"], (a["differences"][:5], b["differences"][:5])
    return f"{len(a['totals'])} totals and {len(a['differences'])} differences are the same"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    folder = Path(tempfile.gettempdir()) / f"xlkit-bench-{count}"
    register, books = make_data(count, folder)
    print(same_answers(register, books, folder))
    python, data = sys.executable, (str(register), str(books))
    jobs = {
        "calamine alone": [python, "-c", _CALAMINE, *data],
        "xlkit": [python, "-c", _XLKIT, *data],
        "xlkit and свод": [python, "-c", _WRITING, *data],
        "loop over calamine": [python, str(_HERE / "analyst.py"), "calamine", *data],
    }
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(rounds):
        for name, command in jobs.items():
            output = [str(folder / f"svod-{turn}" / "svod.xlsx")] if name == "xlkit and свод" else []
            taken[name].append(seconds([*command, *output]))
    few = folder / "few"
    few.mkdir(exist_ok=True)
    for path in sorted(books.glob("*.xlsx"))[:_OPENPYXL_FILES]:
        (few / path.name).write_bytes(path.read_bytes())
    part = seconds([python, str(_HERE / "analyst.py"), "openpyxl", str(register), str(few)])
    base = statistics.median(taken["calamine alone"])
    for name, values in taken.items():
        print(f"{name:20} {statistics.median(values):7.2f} s  {statistics.median(values) / base:6.2f} × calamine")
    print(f"loop over openpyxl, {_OPENPYXL_FILES} files and the register: {part:.2f} s")


if __name__ == "__main__":
    main()
