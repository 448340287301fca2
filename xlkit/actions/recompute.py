"""Recompute cumulative totals in copies of workbooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.copies import copies_in
from xlkit.actions.intake import Entry, Progress, WholeEntry, batches, take_in_whole
from xlkit.actions.originals import Changes, Copy, Original, make_copies
from xlkit.books.sniff import XLSX
from xlkit.books.submission import Submission, submission_of
from xlkit.cumulative import Change, propose_totals
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.patch.cells import Edit, Position
from xlkit.patch.workbook import SheetEdits
from xlkit.rules.sheetnames import CONTROL
from xlkit.safefile import write_file
from xlkit.templates.renew import renewed_caches
from xlkit.templates.valuecopy import as_values
from xlkit.texts import Text


@dataclass(frozen=True)
class FileRecomputation:
    """One file: where its copy was written, what changed there; or why there is none.

    ``note`` says what a person is to know of a copy that is of another kind than the file.
    """

    file: str
    output: str | None
    changes: tuple[Change, ...] = ()
    refusal: Text | None = None
    note: Text | None = None


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
    entries = [_as_copied(one) for one in take_in_whole(files, progress, also=(CONTROL,))]
    outputs = copies_in(entries, Path(folder))
    proposed = dict(_proposed(entries))

    def changes(entry: WholeEntry, original: Original) -> Changes:
        assert entry.submission is not None
        return _changes(original, entry.submission, proposed[id(entry.extract)])

    with closing(make_copies(entries, changes)) as copies:
        return RecomputeResult(
            tuple(
                FileRecomputation(entry.file, None, refusal=entry.refusal.message)
                if entry.refusal is not None
                else _written(outputs[entry.file], proposed[id(entry.extract)], next(copies))
                for entry in entries
            )
        )


def _as_copied(entry: WholeEntry) -> WholeEntry:
    """What a copy of another kind will hold is what its totals are computed of."""
    if entry.submission is None or entry.submission.raw.kind == XLSX:
        return entry
    return WholeEntry.of(submission_of(as_values(entry.submission.raw), entry.file))


def _proposed(entries: Sequence[Entry]) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """The changes of every workbook, by the identity of its extract."""
    for batch in batches(entries):
        proposal = propose_totals(batch.frames, [s.period for s in batch.stages])
        for number, extract in enumerate(batch.extracts):
            yield id(extract), tuple(c for c in proposal if c.workbook_number == number)


def _written(output: Path, changes: tuple[Change, ...], copy: Copy) -> FileRecomputation:
    try:
        if isinstance(copy.content, XlkitError):
            raise copy.content
        write_file(output, copy.content)
    except XlkitError as error:
        return FileRecomputation(copy.entry.file, None, refusal=error.text)  # the other files go on
    return FileRecomputation(copy.entry.file, str(output), changes, note=copy.note)


def propose_changes(entry: WholeEntry) -> tuple[Change, ...]:
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


def _changes(original: Original, submission: Submission, changes: Sequence[Change]) -> Changes:
    """The changes, and the values that the workbook's formulas show then. XlkitError where it has no table."""
    _need_tables(submission)
    edits: dict[str, dict[Position, Edit]] = {}
    for change in changes:
        edits.setdefault(change.sheet, {})[change.row, change.column] = Edit(change.new)
    if edits:
        for sheet, cells in renewed_caches(submission, edits).items():
            edits[sheet] = cells | edits.get(sheet, {})
    return Changes({original.name_of(sheet): SheetEdits(cells) for sheet, cells in edits.items()})
