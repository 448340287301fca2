"""Nothing that a file holds steers a terminal or forges a line of ours."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.draw import draw
from tests.hostile.books import cell, sheet, workbook, xlsx
from xlkit.cli import console
from xlkit.texts import visible

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
TRICK = "\x1b[2J\x1b]0;pwn\x07\rверно\x08\u202ecba\x85"


def ran(*arguments: str | bytes) -> tuple[int, str, str]:
    run = subprocess.run([sys.executable, "-m", "xlkit", *arguments], capture_output=True, check=False, timeout=60)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def escaped(text: str) -> str:
    """As Excel writes control characters."""
    return "".join(f"_x{ord(c):04X}_" if not c.isprintable() and c != " " else c for c in text)


def test_what_steers_a_terminal_is_shown() -> None:
    assert visible("\x1b]0;a\x07\r\n\t\x9b\u202e\u2066") == r"\x1b]0;a\x07\r\n\t\x9b\u202e\u2066"
    assert visible(r"C:\папка\new «а» 漢😀") == r"C:\папка\new «а» 漢😀"


def test_a_cell_forges_no_line(tmp_path: Path) -> None:
    forged = escaped(f"{TRICK}\nЛист1!B1\tnumber\t5\u2028x")
    (tmp_path / "a.xlsx").write_bytes(
        xlsx(sheet=sheet(cell(f"<v>{forged}</v>", ' t="str"')), workbook=workbook({"Лист1&#9;A1": ""}))
    )
    code, out, _ = ran("cells", str(tmp_path / "a.xlsx"))
    (line,) = out.splitlines()
    assert code == 0 and not STEERING.search(line)
    assert line.count("\t") == 2 and line.endswith(r"\nЛист1!B1\tnumber\t5\u2028x")


def test_neither_does_a_finding_nor_a_name(tmp_path: Path) -> None:
    name = tmp_path / f"а{TRICK}\nб.xlsx"
    draw(name, title={"kind": f"ОПЦ{TRICK}"}, cells={"План!F9": escaped(f"98{TRICK}")})
    code, out, err = ran("check", os.fsencode(name), "--annotate", str(tmp_path / f"к{TRICK}"))
    assert not STEERING.search(out + err), (code, out, err)
    assert r"\nб.xlsx" in out and "\nб.xlsx" not in out and out.count(r"\x1b]0;pwn\x07") > 2


def test_messages_do_not_either(tmp_path: Path) -> None:
    for arguments in (["reconcile", "a.xlsx", "--register", f"р{TRICK}.xlsx"], ["rules", "show", f"ф{TRICK}"],
                      [f"к{TRICK}"], ["check", f"--{TRICK}"],
                      ["template", "program_center", "-o", str(tmp_path / f"нет{TRICK}\nб" / "в.xlsx")]):  # fmt: skip
        _, out, err = ran(*arguments)
        assert (out or err) and not STEERING.search(out + err), arguments


def test_only_our_own_colours_are_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    painted = console.paint("да\x1b[8m", "green")
    console.show([f"{painted}\t\x1b[31mнет\x1b[0m"])
    assert shown.getvalue() == "\x1b[32mда\\x1b[8m\x1b[0m\t\\x1b[31mнет\\x1b[0m\n"
