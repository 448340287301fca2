"""The guard: whether a file may be opened at all, decided before any parser sees it.

Each refusal has a rule id of its own and says what the sender is to do.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import zipfile
from pathlib import Path

from xlkit.books.package import Package, part_key
from xlkit.books.sniff import XLSB, XLSX, kind_of, kind_of_package
from xlkit.errors import Unreadable, system_reason
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.texts import Text

_RATIO_FROM = 2**20
"""Small packages may be packed as well as they can."""
_MIMETYPE_MAX = 200
_CHANGED = "F-014"


def guard_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The content of a readable regular file that is not too large nor Excel's lock file; raises Unreadable."""
    if path.name.startswith("~$"):
        raise Unreadable("F-003")
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable("F-002")
        if found.st_size > limits.expanded_bytes:
            raise Unreadable("F-007")
        with path.open("rb") as stream:
            content = stream.read(found.st_size + 1)  # that much memory is asked for at once
    except FileNotFoundError as error:
        raise Unreadable("F-001") from error
    except (OSError, ValueError) as error:
        why = _why_closed(path, error)
        raise Unreadable("F-012", ru=why.ru, en=why.en) from error
    if len(content) != found.st_size:
        raise Unreadable(_CHANGED)  # it is being written just now
    return content


def _why_closed(path: Path, error: OSError | ValueError) -> Text:
    """Why a file cannot be opened; a folder on the way that lets nobody in is named."""
    if isinstance(error, ValueError):  # a name that no file can have
        error = OSError(errno.EINVAL, "")
    if isinstance(error, PermissionError):
        for folder in reversed(path.parents):
            if not os.access(folder, os.X_OK):
                return Text(f"нет доступа к папке «{folder}»", f"access to the folder «{folder}» is denied")
    return system_reason(error)


def guard_package(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Package:
    """Open the content of an .xlsx or .xlsm file, to be written anew; raises Unreadable."""
    try:
        if kind_of(content) != XLSX:
            raise Unreadable(_CHANGED)
        return _writable(Package(io.BytesIO(content)), len(content), limits)
    except zipfile.BadZipFile as error:
        raise Unreadable("F-006") from error


def _writable(package: Package, size: int, limits: Limits) -> Package:
    try:
        check_directory(package, size, limits)
        if package_kind(package) != XLSX:
            raise Unreadable(_CHANGED)
        package.sheets()
    except BaseException:
        package.zip.close()
        raise
    return package


def check_directory(package: Package, size: int, limits: Limits) -> None:
    """Raise Unreadable or zipfile.BadZipFile where the directory of a zip file of ``size`` bytes is not sane."""
    entries = package.zip.infolist()
    expanded = sum(entry.file_size for entry in entries)
    if len(entries) > limits.parts or expanded > limits.expanded_bytes:
        raise Unreadable("F-007")
    if expanded > max(_RATIO_FROM, limits.ratio * size):
        raise Unreadable("F-007")
    if any(_is_trick(entry.orig_filename) for entry in entries):
        raise Unreadable("F-029")
    if len({part_key(entry.filename) for entry in entries}) != len(entries):
        raise Unreadable("F-006")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("F-008")
    package.check_headers()


def _is_trick(name: str) -> bool:
    """A name that would lead out of the package, were it unpacked into a folder; no program writes these."""
    steps = name.split("/")
    return ".." in steps or ":" in steps[0] or not name or name.startswith("/") or "\0" in name or "\\" in name


def package_kind(package: Package) -> str:
    """``xlsx``, ``xlsb`` or ``ods``; raises Unreadable for other zip files."""
    names = {part_key(entry.filename) for entry in package.zip.infolist()}
    try:
        mimetype = package.read("mimetype")[:_MIMETYPE_MAX] if "mimetype" in names else b""
        main = part_key(package.workbook_part)
    except (zipfile.BadZipFile, KeyError) as error:
        raise Unreadable("F-006") from error
    kind = kind_of_package(names, main, mimetype)
    if kind in (XLSX, XLSB) and main not in names:
        raise Unreadable("F-005")
    return kind
