"""Check workbooks and give them back with what was found: the sender's own files with notes and «Замечания»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.check import CheckResult, FileCheck, check_entries
from xlkit.actions.copies import copies_beside, copies_in
from xlkit.actions.intake import Progress, take_in
from xlkit.address import cell_position
from xlkit.books.raw import RawSheet
from xlkit.books.reader import read_workbook
from xlkit.errors import XlkitError
from xlkit.finding import Finding
from xlkit.patch.cells import Edit, Position
from xlkit.patch.newsheet import NewSheet
from xlkit.patch.workbook import SheetEdits, patch_workbook
from xlkit.report.remarks import CellLink, Remark, cell_notes, remark_rows
from xlkit.rules.sheetnames import FINDINGS
from xlkit.safefile import write_file
from xlkit.templates.findingslist import lone_list
from xlkit.templates.remarksheet import (
    FINDING_CAPTIONS,
    FINDINGS_BESIDE,
    FINDINGS_HEADER,
    OUR_NOTE,
    free_list_name,
    is_findings_list,
)
from xlkit.templates.styles import INDENT, row_height, text_lines
from xlkit.texts import Text

CHECKED = "проверено"


@dataclass(frozen=True)
class AnnotatedFile:
    """One file: what was found, where its annotated copy lies, or why there is none."""

    check: FileCheck
    output: Path | None
    refusal: Text | None = None


@dataclass(frozen=True)
class AnnotateResult:
    """Every file in the order of the arguments."""

    files: tuple[AnnotatedFile, ...]

    @property
    def check(self) -> CheckResult:
        return CheckResult(tuple(one.check for one in self.files))

    @property
    def exit_code(self) -> int:
        unwritten = any(one.refusal for one in self.files)
        return max(self.check.exit_code, int(unwritten))


def annotate(
    files: Sequence[str], folder: str | Path, stage: str | None = None, progress: Progress | None = None
) -> AnnotateResult:
    """Check every file and write its annotated copy into ``folder``; what cannot be read has none.

    Raises XlkitError before anything is written where a copy would replace an input.
    """
    return _annotate(files, copies_in(files, Path(folder)), stage, progress)


def annotate_beside(files: Sequence[str]) -> AnnotateResult:
    """The same with the copies beside the files, «(проверено)» in their names."""
    return _annotate(files, copies_beside(files, CHECKED), None, None)


def _annotate(
    files: Sequence[str], copies: dict[str, Path], stage: str | None, progress: Progress | None
) -> AnnotateResult:
    checked = check_entries(take_in(files, progress), stage).files
    return AnnotateResult(tuple(_annotated(one, copies[one.file]) for one in checked))


def _annotated(checked: FileCheck, copy: Path) -> AnnotatedFile:
    if checked.form is None:
        return AnnotatedFile(checked, None, checked.findings[0].message)
    try:
        write_file(copy, annotated_workbook(Path(checked.file), checked.findings))
    except XlkitError as error:
        return AnnotatedFile(checked, None, error.text)  # the other files go on
    return AnnotatedFile(checked, copy)


def annotated_workbook(path: Path, findings: Sequence[Finding]) -> bytes:
    """A workbook with findings in its sheet «Замечания» and in notes, in place of those of an earlier check.

    Raises FileRefused where it cannot be read, XlkitError where there is no room for the list.
    """
    raw = read_workbook(path, {FINDINGS, FINDINGS_BESIDE})
    listed = next((sheet for sheet in raw.sheets if _is_ours(sheet)), None)
    rows = remark_rows(findings)
    cells = _emptied(listed) | {
        (FINDINGS_HEADER + number, column): _edit(content)
        for number, row in enumerate(rows, start=1)
        for column, content in enumerate(row, start=1)
        if content is not None
    }
    heights: dict[int, float | None] = dict.fromkeys((row for row, _ in cells), None)
    heights |= {FINDINGS_HEADER + number: _height(row) for number, row in enumerate(rows, start=1)}
    notes: dict[str, dict[Position, str]] = {name: {} for name in raw.sheet_names}
    for (sheet, cell), text in cell_notes(findings).items():
        if sheet in notes:
            notes[sheet][cell_position(cell)] = text
    edits = {name: SheetEdits(notes=texts) for name, texts in notes.items()}
    name = listed.name if listed else free_list_name(raw.sheet_names)
    edits[name] = SheetEdits(cells, heights, notes.get(name), shown=True)
    added = None if listed else NewSheet(name, lone_list(name))
    return patch_workbook(path, edits, ours=OUR_NOTE, added=added)


def _is_ours(sheet: RawSheet) -> bool:
    """«Замечания» may as well be somebody's own sheet, which is left alone."""
    return is_findings_list([sheet.at(FINDINGS_HEADER, column + 1) for column in range(len(FINDING_CAPTIONS))])


def _emptied(sheet: RawSheet | None) -> dict[Position, Edit]:
    """What an earlier check has left."""
    if sheet is None:
        return {}
    return {
        (row, column): Edit(None)
        for row in range(FINDINGS_HEADER + 1, len(sheet.grid) + 1)
        for column in range(1, len(FINDING_CAPTIONS) + 1)
        if sheet.at(row, column) is not None or (row, column) in sheet.formulas
    }


def _edit(content: int | str | CellLink) -> Edit:
    if isinstance(content, CellLink):
        return Edit(content.cell, formula=content.formula)
    return Edit(float(content) if isinstance(content, int) else content)


def _height(row: Remark) -> float:
    """Tall enough for the longest of its texts."""
    texts = zip(row, FINDING_CAPTIONS, strict=True)
    return row_height(max(text_lines(t, width - INDENT) for t, (_, width) in texts if isinstance(t, str)))
