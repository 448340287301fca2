"""Changing chosen cells and notes in a copy of a workbook, through the XML of just those sheets.

Every other part of the package stays byte-identical: macros, images, charts, extensions, printer settings.
The workbook is told to recompute when it is next opened, so that no formula shows a stale value.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from xlkit.books.guard import guard_file, guard_package
from xlkit.books.package import parse_xml
from xlkit.errors import Unreadable
from xlkit.limits import Limits
from xlkit.patch.cells import Edit, Position, patch_cells, show_rows
from xlkit.patch.newsheet import NewSheet, add_sheet
from xlkit.patch.notes import patch_notes
from xlkit.patch.package import PackageChanges, insert_before, serialised


@dataclass(frozen=True)
class SheetEdits:
    """What is to change in one sheet.

    ``cells`` and ``heights`` (of rows, in points) as in :func:`patch_cells`. ``notes``: the texts of our notes by
    cell, in place of those that an earlier check left; ``None`` leaves all notes as they are. ``shown``: the sheet
    and the rows of the cells are to be seen, whatever was hidden or filtered.
    """

    cells: Mapping[Position, Edit] = field(default_factory=dict)
    heights: Mapping[int, float | None] = field(default_factory=dict)
    notes: Mapping[Position, str] | None = None
    shown: bool = False


def patch_workbook(
    content: bytes, edits: Mapping[str, SheetEdits], ours: str = "", added: NewSheet | None = None
) -> bytes:
    """A copy of an .xlsx or .xlsm workbook with edits made, by the exact names of sheets; ``added`` is added first.

    ``ours`` is how notes of ours begin, which the edits' notes replace. Raises Unreadable where it cannot be
    read, KeyError for a sheet that it does not have.
    """
    if not edits and added is None:
        return content
    try:
        return _patched(content, edits, ours, added)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("F-006") from error  # a part that reading figures does not need is damaged


def patch_file(
    path: Path, sha256: str, edits: Mapping[str, SheetEdits], ours: str, added: NewSheet | None, limits: Limits
) -> bytes:
    """The same of a file, whose content is to be still the one that was judged; raises Unreadable."""
    content = guard_file(path, limits)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Unreadable("F-014")
    return patch_workbook(content, edits, ours, added)


def _patched(content: bytes, edits: Mapping[str, SheetEdits], ours: str, added: NewSheet | None) -> bytes:
    with guard_package(content) as package:
        changes = PackageChanges(package)
        parts = {sheet.name: sheet.part for sheet in package.sheets()}
        if added is not None:
            parts[added.name] = add_sheet(changes, added)
        formulas_differ = [_patch_sheet(changes, parts[name], one, ours) for name, one in edits.items()]
        if any(one.cells for one in edits.values()):
            workbook = package.workbook_part
            shown = {name for name, one in edits.items() if one.shown}
            changes.write(workbook, _with_sheets_shown(_told_to_recompute(changes.read(workbook)), shown))
            chain = changes.related(workbook, "calcChain")
            if chain and any(formulas_differ):
                changes.drop(chain, workbook)  # Excel makes it anew, but repairs a file whose chain is wrong
        return changes.written()


def _patch_sheet(changes: PackageChanges, part: str, edits: SheetEdits, ours: str) -> bool:
    """Make the edits of one sheet; whether formulas came or went."""
    notes = edits.notes or (edits.notes is not None and changes.related(part, "comments"))
    if not edits.cells and not edits.heights and not notes:
        return False  # not even parsed: a stranger's sheet may be large
    root = parse_xml(changes.read(part))
    before = serialised(root)
    differ = patch_cells(root, edits.cells, edits.heights)
    if edits.shown:
        show_rows(root, {row for row, _ in edits.cells})
    if edits.notes is not None:
        patch_notes(changes, part, root, edits.notes, ours)
    after = serialised(root)
    if after != before:
        changes.write(part, after)
    return differ


def _with_sheets_shown(xml: bytes, names: Collection[str]) -> bytes:
    root = parse_xml(xml)
    hidden = [one for one in root.iter("{*}sheet") if one.get("name") in names and one.get("state")]
    for one in hidden:
        del one.attrib["state"]
    return serialised(root) if hidden else xml


# --- recompute on load ------------------------------------------------------------------------------------

_AFTER_CALC = (
    "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


def _told_to_recompute(xml: bytes) -> bytes:
    root = parse_xml(xml)
    namespace = etree.QName(root).namespace or ""
    calc = root.find(f"{{{namespace}}}calcPr")
    if calc is None:
        calc = etree.Element(f"{{{namespace}}}calcPr")
        insert_before(root, calc, _AFTER_CALC)
    calc.set("fullCalcOnLoad", "1")
    return serialised(root)
