"""Recompute cumulative totals in copies of workbooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.copies import copies_in
from xlkit.actions.intake import Entry, Progress, batches, take_in
from xlkit.books.submission import Submission
from xlkit.cumulative import Change, propose_totals
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.patch.cells import Edit, Position
from xlkit.patch.workbook import SheetEdits, patch_workbook
from xlkit.rules.catalogue import refusal
from xlkit.safefile import write_file
from xlkit.templates.renew import renewed_caches
from xlkit.texts import Text


@dataclass(frozen=True)
class FileRecomputation:
    """One file: where its copy was written, what changed there; or why there is none."""

    file: str
    output: str | None
    changes: tuple[Change, ...] = ()
    refusal: Text | None = None


@dataclass(frozen=True)
class RecomputeResult:
    """Every file in the order of the arguments."""

    files: tuple[FileRecomputation, ...]

    @property
    def exit_code(self) -> int:
        return EXIT_FINDINGS if any(f.refusal for f in self.files) else EXIT_OK


def recompute(files: Iterable[str | Path], folder: str | Path, progress: Progress | None = None) -> RecomputeResult:
    """Write a copy of every workbook into ``folder`` with its cumulative totals made right.

    Formulas stay formulas; a workbook without changes is copied byte for byte. Raises XlkitError before
    anything is written where a copy would replace an input.
    """
    names = [str(f) for f in files]
    outputs = copies_in(names, Path(folder))
    entries = take_in(names, progress)
    proposed: dict[int, tuple[Change, ...] | Text] = {}
    for batch in batches(entries):
        proposal = propose_totals(batch.frames, [s.period for s in batch.stages])
        for number, submission in enumerate(batch.submissions):
            try:
                proposed[id(submission)] = _write(number, submission, proposal, outputs[submission.file])
            except XlkitError as error:
                proposed[id(submission)] = error.text  # the other files go on
    return RecomputeResult(
        tuple(
            _recomputed(e.file, outputs[e.file], proposed[id(e.submission)])
            if e.submission is not None
            else FileRecomputation(e.file, None, refusal=e.refusal.message if e.refusal else None)
            for e in entries
        )
    )


def _recomputed(file: str, output: Path, done: tuple[Change, ...] | Text) -> FileRecomputation:
    if isinstance(done, Text):
        return FileRecomputation(file, None, refusal=done)
    return FileRecomputation(file, str(output), done)


def propose_changes(entry: Entry) -> tuple[Change, ...]:
    """The changes of a workbook that has been read already; nothing is written. XlkitError where it has no table."""
    if entry.submission is not None:
        _need_tables(entry.submission)
    (batch,) = batches([entry])
    return propose_totals(batch.frames, [s.period for s in batch.stages])


def _need_tables(submission: Submission) -> None:
    """Without its tables a workbook has no totals, which is not the same as totals that are right."""
    if not submission.tables:
        names = ", ".join(f"«{table.sheet}»" for table in submission.edition.book.tables.values())
        raise XlkitError(
            Text(
                f"В книге не найдены таблицы формы (листы {names}): пересчитать нельзя. Что не так, скажет проверка.",
                f"The form's tables (sheets {names}) were not found: nothing can be recomputed. A check tells why.",
            )
        )


def _write(number: int, submission: Submission, proposed: Sequence[Change], output: Path) -> tuple[Change, ...]:
    if submission.raw.kind != "xlsx":
        raise refusal("F-035")
    _need_tables(submission)
    changes = tuple(c for c in proposed if c.workbook_number == number)
    if not changes:
        write_file(output, Path(submission.file).read_bytes())
        return ()
    edits: dict[str, dict[Position, Edit]] = {}
    for change in changes:
        edits.setdefault(change.sheet, {})[change.row, change.column] = Edit(change.new)
    for sheet, cells in renewed_caches(submission, edits).items():
        edits[sheet] = cells | edits.get(sheet, {})
    sheets = {sheet: SheetEdits(cells) for sheet, cells in edits.items()}
    write_file(output, patch_workbook(Path(submission.file), sheets))
    return changes
