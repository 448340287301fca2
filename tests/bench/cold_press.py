"""What one cold press of «Проверить» costs beside what it cannot do without; CPU seconds, side by side.

Run it by hand: ``python tests/bench/cold_press.py [PAIRS]``. A pair is two processes in turn: a press in a fresh
interpreter, as Excel starts it, and the imports of pandas, pandera and xlwings with the same check when it is warm.
The workbook is open in the openpyxl engine; what that engine takes to open it is Excel's part and is counted in
neither.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import xlkit
from xlkit.demo.real import real_drafts
from xlkit.templates.build import build_workbook

_PRELUDE = """
import sys, time
sys.modules["hypothesis"] = None  # pandera imports it where it is, as it is here and not on a person's machine
cpu, path = time.process_time, sys.argv[1]
def opened():
    from pathlib import Path
    from xlkit.excel.engine_openpyxl import open_book
    before = cpu()
    open_book(Path(path))
    return cpu() - before
"""
_COLD = """
import xlwings.utils  # what RunPython imports first
before = cpu()
import xlkit.excel.engine_openpyxl
peer = cpu() - before + opened()
import xlkit.excel
xlkit.excel.run("check")
print(cpu() - peer)
"""
_WARM = """
import pandas, pandera.pandas, xlwings
imports = cpu()
import xlkit.excel
for _ in range(4):
    opened()
    before = cpu()
    xlkit.excel.run("check")
    check = cpu() - before
print(imports + check)
"""


def measure(pairs: int, folder: Path) -> tuple[list[float], list[float]]:
    """CPU seconds of cold presses and of what they are compared with, in turn."""
    compileall.compile_dir(Path(xlkit.__file__).parent, quiet=1)  # as pip leaves an installed package
    draft = real_drafts()[0]
    book = folder / "center.xlsx"
    book.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    environment = os.environ | {"XLKIT_HOME": str(folder / "home")}

    def run(script: str) -> float:
        command = [sys.executable, "-B", "-c", _PRELUDE + script, str(book)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return float(done.stdout)

    cold, warm = [], []
    for _ in range(pairs):
        cold.append(run(_COLD))
        warm.append(run(_WARM))
    assert not (folder / "home" / "xlkit.log").exists(), "a press failed"
    return cold, warm


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = measure(pairs, Path(folder))
    ratios = sorted(a / b for a, b in zip(cold, warm, strict=True))
    print(f"cold press {min(cold):.3f}, imports and warm check {min(warm):.3f} (least of {pairs}, CPU seconds)")
    print(f"ratio of the least {min(cold) / min(warm):.2f}, median of pairs {ratios[len(ratios) // 2]:.2f}")


if __name__ == "__main__":
    main()
