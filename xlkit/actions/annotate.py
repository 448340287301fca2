"""Check workbooks and give them back with what was found: the sender's own files with notes and «Замечания»."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from xlkit.actions.check import CheckResult, FileCheck, check_entries
from xlkit.actions.copies import copies_beside, copies_in
from xlkit.actions.intake import Progress, WholeEntry, take_in_whole
from xlkit.actions.originals import Changes, Copy, Original, make_copies
from xlkit.address import cell_position
from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.errors import XlkitError
from xlkit.finding import Finding
from xlkit.patch.cells import Edit, Position
from xlkit.patch.newsheet import NewSheet
from xlkit.patch.workbook import SheetEdits
from xlkit.report.remarks import CellLink, Remark, cell_notes, remark_rows
from xlkit.rules.sheetnames import FINDINGS
from xlkit.safefile import write_file
from xlkit.templates.findingslist import lone_list
from xlkit.templates.remarksheet import (
    FINDING_CAPTIONS,
    FINDINGS_BESIDE,
    FINDINGS_HEADER,
    OUR_NOTE,
    findings_list,
    free_list_name,
)
from xlkit.templates.styles import INDENT, row_height, text_lines
from xlkit.texts import Text

CHECKED = "проверено"


@dataclass(frozen=True)
class AnnotatedFile:
    """One file: what was found, where its annotated copy lies, or why there is none.

    ``note`` says what a person is to know of a copy that is of another kind than the file.
    """

    check: FileCheck
    output: Path | None
    refusal: Text | None = None
    note: Text | None = None


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
    entries = take_in_whole(files, progress, also=(FINDINGS, FINDINGS_BESIDE))
    return _annotate(entries, copies_in(entries, Path(folder)), stage)


def annotate_beside(files: Sequence[str]) -> AnnotateResult:
    """The same with the copies beside the files, «(проверено)» in their names."""
    entries = take_in_whole(files, also=(FINDINGS, FINDINGS_BESIDE))
    return _annotate(entries, copies_beside(entries, CHECKED), None)


def _annotate(entries: Sequence[WholeEntry], copies: dict[str, Path], stage: str | None) -> AnnotateResult:
    checked = dict(zip(map(id, entries), check_entries(entries, stage).files, strict=True))

    def changes(entry: WholeEntry, original: Original) -> Changes:
        assert entry.submission is not None
        return annotating(original, entry.submission.raw, checked[id(entry)].findings)

    with closing(make_copies(entries, changes)) as made:
        return AnnotateResult(
            tuple(
                AnnotatedFile(checked[id(entry)], None, entry.refusal.message)
                if entry.refusal is not None
                else _written(checked[id(entry)], copies[entry.file], next(made))
                for entry in entries
            )
        )


def _written(checked: FileCheck, path: Path, copy: Copy) -> AnnotatedFile:
    try:
        if isinstance(copy.content, XlkitError):
            raise copy.content
        write_file(path, copy.content)
    except XlkitError as error:
        return AnnotatedFile(checked, None, error.text)  # the other files go on
    return AnnotatedFile(checked, path, note=copy.note)


def annotating(original: Original, read: RawWorkbook, findings: Sequence[Finding]) -> Changes:
    """What puts findings into a workbook's list and notes, in place of those of an earlier check.

    ``read`` is what was read of it, with the sheets that may be its list. Raises XlkitError where there is no room
    for the list.
    """
    findings = [_within(original, one) for one in findings]
    listed = findings_list(read.sheets)
    rows = remark_rows(findings)
    cells = _emptied(listed) | {
        (FINDINGS_HEADER + number, column): _edit(content)
        for number, row in enumerate(rows, start=1)
        for column, content in enumerate(row, start=1)
        if content is not None
    }
    heights: dict[int, float | None] = dict.fromkeys((row for row, _ in cells), None)
    heights |= {FINDINGS_HEADER + number: _height(row) for number, row in enumerate(rows, start=1)}
    notes: dict[str, dict[Position, str]] = {name: {} for name in original.sheet_names}
    for (sheet, cell), text in cell_notes(findings).items():
        if sheet in notes:
            notes[sheet][cell_position(cell)] = text
    edits = {name: SheetEdits(notes=texts) for name, texts in notes.items()}
    name = original.name_of(listed.name) if listed else free_list_name((*original.sheet_names, *original.other_tabs))
    edits[name] = SheetEdits(cells, heights, notes.get(name), shown=True)
    added = None if listed else NewSheet(name, lone_list(name))
    return Changes(edits, OUR_NOTE, added)


def _within(original: Original, one: Finding) -> Finding:
    """A finding with its sheet as the copy calls it."""
    sheet = one.location.sheet
    if sheet is None or original.name_of(sheet) == sheet:
        return one
    return replace(one, location=replace(one.location, sheet=original.name_of(sheet)))


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
