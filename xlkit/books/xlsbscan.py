"""What the records of an .xlsb sheet say that its reader hides: how far its cells reach, Excel errors."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from xlkit.books.contents import MAX_COLUMN, MAX_ROW
from xlkit.books.package import Package
from xlkit.errors import Unreadable
from xlkit.limits import Limits
from xlkit.values import ExcelError

_ROW, _FIRST_CELL, _LAST_CELL = 0, 1, 11
_CELL_ERROR, _FORMULA_ERROR = 3, 11
_SHEET = 156
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip


def scan_xlsb(package: Package, limits: Limits) -> dict[str, dict[tuple[int, int], ExcelError]]:
    """The error cells of every sheet by its name; raises Unreadable for damage and for far cells."""
    workbook = package.workbook_part
    relations = package.relations(workbook)
    found = {}
    for kind, body in _records(package.read(workbook)):
        if kind == _SHEET:
            relation, name = _sheet(body)
            target = relations.get(relation)
            if target is not None and target.kind == "worksheet" and package.has(target.target):
                found[name] = _scan_sheet(name, package.read(target.target), limits)
    return found


def _sheet(body: bytes) -> tuple[str, str]:
    """The id of the relationship and the name of a sheet (BrtBundleSh)."""
    relation, at = _string(body, 8)
    return relation, _string(body, at)[0]


def _string(body: bytes, at: int) -> tuple[str, int]:
    try:
        (length,) = struct.unpack_from("<I", body, at)
    except struct.error as error:
        raise Unreadable("F-006") from error
    end = at + 4 + 2 * length
    if end > len(body):
        raise Unreadable("F-006")
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _scan_sheet(name: str, content: bytes, limits: Limits) -> dict[tuple[int, int], ExcelError]:
    errors = {}
    row = last_row = last_column = 0
    for kind, body in _records(content):
        if kind > _LAST_CELL or len(body) < 4:
            continue
        number = int.from_bytes(body[:4], "little") + 1
        if kind == _ROW:
            row = number
            continue
        last_row, last_column = max(last_row, row), max(last_column, number)
        if kind in (_CELL_ERROR, _FORMULA_ERROR) and len(body) > 8:
            errors[row, number] = ExcelError(_ERRORS.get(body[8], f"#{body[8]}"))
    if last_row > MAX_ROW or last_column > MAX_COLUMN:
        raise Unreadable("F-006")
    if last_row * last_column > limits.cells:
        raise Unreadable("F-010", sheet=name)
    return errors


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of every record; both numbers before a body take seven bits of a byte."""
    at = 0
    while at < len(content):
        kind, at = _varied(content, at, 2)
        length, at = _varied(content, at, 4)
        if at + length > len(content):
            raise Unreadable("F-006")
        yield kind, content[at : at + length]
        at += length


def _varied(content: bytes, at: int, longest: int) -> tuple[int, int]:
    number = 0
    for shift in range(longest):
        if at >= len(content):
            raise Unreadable("F-006")
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            break
    return number, at
