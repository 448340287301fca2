"""Reading many workbooks: each argument gives exactly one entry, in order, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xlkit.books.frames import Frames, build_frames
from xlkit.books.raw import RawWorkbook
from xlkit.books.submission import Submission, declared_sheets, submission_of
from xlkit.errors import FileRefused
from xlkit.finding import Finding, Location, Severity
from xlkit.rules.edition import Edition
from xlkit.rules.period import Period
from xlkit.validate import Stage, by_workbook, validate_frames

Progress = Callable[[str], None]
"""Called with each file's name when it has been read."""


@dataclass(frozen=True)
class Entry:
    """One argument: a submission, or the finding that says why there is none."""

    file: str
    submission: Submission | None
    refusal: Finding | None = None


class Memory(Protocol):
    """What remembers readings, so that a file that has not changed is not read again."""

    def recall(self, file: str) -> RawWorkbook | FileRefused | None: ...

    def keep(self, file: str, reading: RawWorkbook | FileRefused) -> None: ...


def take_in(
    files: Iterable[str | Path],
    progress: Progress | None = None,
    memory: Memory | None = None,
    also: Collection[str] = (),
    engine: str | None = None,
) -> list[Entry]:
    """Read every file, in processes of their own; what cannot be read becomes a refusal and the rest goes on.

    ``also`` names sheets to read beside those that the forms declare. What ``memory`` recalls is not read again.
    ``engine`` is the address of a dask scheduler whose machines read. Raises XlkitError for mistakes in the settings,
    or where no process can be started.
    """
    from xlkit.isolation.farm import is_url, read_far
    from xlkit.isolation.pool import read_each  # the buttons read no files, and start faster without it
    from xlkit.settings import read_settings

    names = [str(file) for file in files]
    known = {name: memory.recall(name) for name in names} if memory is not None else {}
    unread = [name for name in names if known.get(name) is None]
    entries = []
    sheets, limits = declared_sheets().union(also), read_settings().limits
    far = engine is not None or any(map(is_url, unread))
    with closing(read_far(unread, sheets, limits, engine) if far else read_each(unread, sheets, limits)) as outcomes:
        for name in names:
            outcome = known.get(name)
            if outcome is None:
                outcome = next(outcomes)
                if memory is not None:
                    memory.keep(name, outcome)
            entries.append(_entry(name, outcome))
            if progress is not None:
                progress(name)
    return entries


def _entry(file: str, outcome: RawWorkbook | FileRefused) -> Entry:
    try:
        if isinstance(outcome, FileRefused):
            raise outcome
        return Entry(file, submission_of(outcome, file))
    except FileRefused as refused:
        return Entry(file, None, Finding(refused.rule, Severity.ERROR, Location(file), refused.text))


@dataclass(frozen=True)
class Batch:
    """Submissions of one edition with their frames and stages."""

    edition: Edition
    submissions: tuple[Submission, ...]
    frames: Frames
    stages: tuple[Stage, ...]


def batches(entries: Sequence[Entry], stage: str | None = None) -> list[Batch]:
    """Submissions grouped by edition, in the order of their first file; ``stage`` overrides the title sheets."""
    groups: dict[str, list[Submission]] = {}
    for entry in entries:
        if entry.submission is not None:
            groups.setdefault(entry.submission.edition.digest, []).append(entry.submission)
    return [
        Batch(
            group[0].edition,
            tuple(group),
            build_frames(group[0].edition, group),
            tuple(stage_of(submission, stage) for submission in group),
        )
        for group in groups.values()
    ]


def stage_of(submission: Submission, override: str | None) -> Stage:
    """What a workbook is checked for: its title sheet decides, unless overridden.

    Actuals asked for without a period are checked for the whole first year of the programme.
    """
    if override == "plan":
        return Stage(None, plan_asked=True)
    if override == "actuals":
        return Stage(submission.period or Period(submission.first_year, 4))
    # A period that is not understood is a finding of the title sheet (T-107), which says the same.
    return Stage(submission.period, plan_asked=submission.period is None and bool(submission.title.text("period")))


def findings_of(entries: Sequence[Entry], groups: Sequence[Batch]) -> dict[str, list[Finding]]:
    """All findings per file: the refusal, or structure and title, cells, rows, totals and relations, sorted."""
    found: dict[str, list[Finding]] = {e.file: [e.refusal] if e.refusal else [] for e in entries}
    for batch in groups:
        told = by_workbook(validate_frames(batch.frames, batch.stages))
        for number, submission in enumerate(batch.submissions):
            found[submission.file] = sorted([*submission.findings, *told.get(number, [])], key=lambda one: one.order)
    return found
