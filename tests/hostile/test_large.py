"""Files that truly hold what others only declare: ten million strings, a sheet of a gigabyte."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.hostile.books import MAIN, cell, xlsx_parts
from tests.hostile.books import strings as shared
from xlkit.errors import FileRefused
from xlkit.isolation.pool import read_each
from xlkit.limits import DEFAULT_LIMITS, Limits

pytestmark = pytest.mark.long
GIGABYTE = 2**30
STRINGS, SHEET = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"


def with_part(path: Path, part: str, pieces: Iterable[bytes]) -> Path:
    """A workbook in which one part is written piece by piece."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, content in xlsx_parts(cell("<v>0</v>", ' t="s"'), strings=shared("<si><t>a</t></si>")).items():
            if name != part:
                package.writestr(name, content)
        with package.open(part, "w", force_zip64=True) as stream:
            for piece in pieces:
                stream.write(piece)
    return path


def strings(count: int) -> Iterator[bytes]:
    yield f'<?xml version="1.0"?><sst xmlns="{MAIN}">'.encode()
    for first in range(0, count, 10_000):
        yield "".join(f"<si><t>{i}</t></si>" for i in range(first, first + 10_000)).encode()
    yield b"</sst>"


def rows(least: int) -> Iterator[bytes]:
    """A sheet of at least so many bytes, every cell with a number of its own."""
    yield f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>'.encode()
    written, row = 0, 0
    while written < least:
        row += 1
        cells = "".join(f'<c r="{letter}{row}"><v>{row * 7919 % 1000003}</v></c>' for letter in "ABCDEFGHIJKLMNOPQRST")
        piece = f'<row r="{row}">{cells}</row>'.encode()
        written += len(piece)
        yield piece
    yield b"</sheetData></worksheet>"


def lying_about(path: Path, size: int) -> Path:
    """The same file, whose directory says that its largest part unpacks to less."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        largest = max(package.infolist(), key=lambda entry: entry.file_size)
    entry = content.rindex(largest.filename.encode()) - 46
    assert content[entry : entry + 4] == b"PK\x01\x02"
    content[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    path.write_bytes(content)
    return path


def verdicts(files: Sequence[Path], limits: Limits) -> list[str]:
    """The rule that refuses each file, all of them read by one call, with a good one at the end that is not."""
    good = with_part(files[0].with_name("good.xlsx"), STRINGS, strings(10_000))
    began = time.monotonic()
    *outcomes, last = read_each([str(one) for one in [*files, good]], limits=limits)
    assert time.monotonic() - began < (limits.seconds + 5) * len(files)
    assert not isinstance(last, FileRefused)
    return [one.rule if isinstance(one, FileRefused) else "" for one in outcomes]


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    files = [
        with_part(tmp_path / "strings.xlsx", STRINGS, strings(10_000_000)),
        with_part(tmp_path / "sheet.xlsx", SHEET, rows(GIGABYTE)),
        lying_about(with_part(tmp_path / "lie.xlsx", SHEET, rows(GIGABYTE)), 2**20),
    ]
    assert verdicts(files, DEFAULT_LIMITS) == ["F-031", "F-007", "F-006"]


def test_what_the_settings_let_in_costs_its_own_process_only(tmp_path: Path) -> None:
    """With the limits on size out of the way those on memory and time hold."""
    wide = Limits(expanded_mb=4096, strings=100_000_000, cells=10**9, memory_mb=1024, seconds=20)
    files = [
        with_part(tmp_path / "strings.xlsx", STRINGS, strings(10_000_000)),
        with_part(tmp_path / "sheet.xlsx", SHEET, rows(GIGABYTE)),
    ]
    assert set(verdicts(files, wide)) <= {"F-032", "F-033"}
