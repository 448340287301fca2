"""A raw workbook as compressed JSON and back, to the last bit: what a journal keeps of a reading."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Callable
from typing import Any

from xlkit.books.raw import RawSheet, RawWorkbook, Remark
from xlkit.values import ExcelError, Uncached


def packed_workbook(book: RawWorkbook) -> bytes:
    """A workbook as compressed JSON."""
    sheets = [
        {
            "name": sheet.name,
            "state": sheet.state,
            "grid": [[_packed(cell) for cell in row] for row in sheet.grid],
            "formulas": sorted(sheet.formulas),
            "merges": sheet.merges,
        }
        for sheet in book.sheets
    ]
    told = {
        "sheets": sheets,
        "properties": book.properties,
        "names": book.sheet_names,
        "remarks": [[one.rule, one.what, one.sheet] for one in book.remarks],
        "kind": book.kind,
        "sha256": book.sha256,
        "other_tabs": book.other_tabs,
    }
    return zlib.compress(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1)


def unpacked_workbook(content: bytes, path: str) -> RawWorkbook:
    """What :func:`packed_workbook` made, read from the file at ``path``."""
    told = json.loads(zlib.decompress(content).decode("utf-8", "surrogatepass"))
    sheets = tuple(
        RawSheet(
            one["name"],
            [[_unpacked(cell) for cell in row] for row in one["grid"]],
            frozenset((row, column) for row, column in one["formulas"]),
            one["state"],
            tuple((top, left, bottom, right) for top, left, bottom, right in one["merges"]),
        )
        for one in told["sheets"]
    )
    remarks = tuple(Remark(*one) for one in told["remarks"])
    return RawWorkbook(
        path,
        sheets,
        told["properties"],
        tuple(told["names"]),
        remarks,
        told["kind"],
        told["sha256"],
        tuple(told["other_tabs"]),
    )


def _packed(cell: object) -> object:
    """A cell as JSON has it; kinds that JSON lacks as a list of their name and text."""
    if cell is None or isinstance(cell, (str, bool, int, float)):
        return cell  # json writes floats so that they come back to the last bit
    if isinstance(cell, ExcelError):
        return ["error", cell.code]
    if isinstance(cell, Uncached):
        return ["uncached", cell.formula]
    if isinstance(cell, dt.timedelta):
        return ["timedelta", cell.total_seconds()]
    if isinstance(cell, (dt.datetime, dt.date, dt.time)):
        return [type(cell).__name__, cell.isoformat()]
    raise TypeError(f"a cell of an unknown kind: {cell!r}")


_UNPACK: dict[str, Callable[[Any], object]] = {
    "error": ExcelError,
    "uncached": Uncached,
    "timedelta": lambda seconds: dt.timedelta(seconds=seconds),
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
}


def _unpacked(cell: object) -> object:
    if isinstance(cell, list):
        kind, text = cell
        return _UNPACK[kind](text)
    return cell
