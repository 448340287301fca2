"""Reading many workbooks: each argument gives exactly one entry, in order, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from xlkit.books.extract import Extract, extract_of
from xlkit.books.frames import Frames, build_frames
from xlkit.books.raw import RawWorkbook
from xlkit.books.submission import Submission, declared_sheets, submission_of
from xlkit.errors import FileRefused, Unreadable
from xlkit.finding import Finding, Location, Severity
from xlkit.limits import Limits
from xlkit.rules.edition import Edition
from xlkit.rules.period import Period
from xlkit.rules.sheetnames import APPROVED
from xlkit.validate import Stage, by_workbook, validate_frames

Progress = Callable[[str], None]
"""Called with each file's name when it has been read."""


@dataclass(frozen=True)
class Entry:
    """One argument: the extract of a workbook, or the finding that says why there is none."""

    file: str
    extract: Extract | None
    refusal: Finding | None = None


@dataclass(frozen=True)
class WholeEntry(Entry):
    """The same with the workbook itself."""

    submission: Submission | None = None

    @classmethod
    def of(cls, submission: Submission) -> WholeEntry:
        """The entry of a workbook that has been read."""
        return cls(submission.file, extract_of(submission), submission=submission)


class Memory(Protocol):
    """What remembers readings, so that a file that has not changed is not read again."""

    def recall(self, file: str) -> Extract | FileRefused | None: ...

    def keep(self, file: str, reading: Extract | FileRefused) -> None: ...


@contextmanager
def reading(
    files: Iterable[str | Path],
    progress: Progress | None = None,
    memory: Memory | None = None,
    engine: str | None = None,
    jobs: int | None = None,
) -> Iterator[Iterator[Entry]]:
    """Read and understand every file, in processes of their own; what cannot be read becomes a refusal.

    The processes begin when the block is entered and go on while it does other things; the entries come in the order
    of ``files``. What ``memory`` recalls is not read again. ``engine`` is the address of a dask scheduler whose
    machines read, ``jobs`` how many processes read here (else as the settings say). Raises XlkitError for mistakes in
    the settings, or where no process can be started.
    """
    from xlkit.isolation.farm import extract_far, is_url
    from xlkit.isolation.pool import extract_each  # the buttons read no files, and start faster without it
    from xlkit.settings import read_settings

    names = [str(file) for file in files]
    known = {name: memory.recall(name) for name in names} if memory is not None else {}
    unread = [name for name in names if known.get(name) is None]
    sheets, limits = declared_sheets() - {APPROVED}, read_settings().limits
    limits = limits if jobs is None else replace(limits, processes=jobs)
    far = engine is not None or any(map(is_url, unread))
    outcomes = extract_far(unread, sheets, limits, engine) if far else extract_each(unread, sheets, limits)

    def entries() -> Iterator[Entry]:
        for name in names:
            found = known.pop(name, None)
            if found is None:
                found = _understood(name, next(outcomes), sheets, limits)
                if memory is not None:
                    memory.keep(name, found)
            refusal = _refusal(name, found) if isinstance(found, FileRefused) else None
            yield Entry(name, None if isinstance(found, FileRefused) else found, refusal)
            if progress is not None:
                progress(name)

    with closing(outcomes):
        yield entries()


def take_in(files: Iterable[str | Path], progress: Progress | None = None) -> list[Entry]:
    """The same where nothing else is to be done meanwhile."""
    with reading(files, progress) as entries:
        return list(entries)


def _understood(
    file: str, outcome: bytes | FileRefused, sheets: Collection[str], limits: Limits
) -> Extract | FileRefused:
    """The extract; by our own rule books where the process that read the file had others."""
    from xlkit.books.packed import unpacked
    from xlkit.books.refused import refused
    from xlkit.isolation.farm import extract_far

    try:
        return outcome if isinstance(outcome, FileRefused) else unpacked(outcome, file)
    except ValueError:
        (again,) = extract_far([file], sheets, limits)
    try:
        return again if isinstance(again, FileRefused) else unpacked(again, file)
    except ValueError:
        return refused(Unreadable("F-034", what="pickle"))


def take_in_whole(
    files: Iterable[str | Path], progress: Progress | None = None, also: Collection[str] = ()
) -> list[WholeEntry]:
    """The same for what needs the workbooks themselves; ``also`` names sheets beside those that the forms declare."""
    from xlkit.isolation.pool import read_each
    from xlkit.settings import read_settings

    names = [str(file) for file in files]
    entries = []
    with closing(read_each(names, declared_sheets().union(also), read_settings().limits)) as outcomes:
        for name, outcome in zip(names, outcomes, strict=True):
            entries.append(_whole(name, outcome))
            if progress is not None:
                progress(name)
    return entries


def _whole(file: str, outcome: RawWorkbook | FileRefused) -> WholeEntry:
    try:
        if isinstance(outcome, FileRefused):
            raise outcome
        return WholeEntry.of(submission_of(outcome, file))
    except FileRefused as refused:
        return WholeEntry(file, None, _refusal(file, refused))


def _refusal(file: str, why: FileRefused) -> Finding:
    return Finding(why.rule, Severity.ERROR, Location(file), why.text)


@dataclass(frozen=True)
class Batch:
    """Workbooks of one edition with their frames and stages."""

    edition: Edition
    extracts: tuple[Extract, ...]
    frames: Frames
    stages: tuple[Stage, ...]


def batches(entries: Sequence[Entry], stage: str | None = None) -> list[Batch]:
    """Workbooks grouped by edition, in the order of their first file; ``stage`` overrides the title sheets."""
    groups: dict[str, list[Extract]] = {}
    for entry in entries:
        if entry.extract is not None:
            groups.setdefault(entry.extract.edition.digest, []).append(entry.extract)
    return [
        Batch(
            group[0].edition,
            tuple(group),
            build_frames(group[0].edition, group),
            tuple(stage_of(extract, stage) for extract in group),
        )
        for group in groups.values()
    ]


def stage_of(extract: Extract, override: str | None) -> Stage:
    """What a workbook is checked for: its title sheet decides, unless overridden.

    Actuals asked for without a period are checked for the whole first year of the programme.
    """
    if override == "plan":
        return Stage(None, plan_asked=True)
    if override == "actuals":
        return Stage(extract.period or Period(extract.first_year, 4))
    # A period that is not understood is a finding of the title sheet (T-107), which says the same.
    return Stage(extract.period, plan_asked=extract.period is None and bool(extract.title.text("period")))


def checked(entries: Iterable[Entry]) -> tuple[list[Entry], dict[str, list[Finding]]]:
    """The entries and their findings: some are validated while the next are being read."""
    coming = iter(entries)
    every: list[Entry] = []
    found: dict[str, list[Finding]] = {}
    while some := list(islice(coming, _TOGETHER)):
        every += some
        found |= findings_of(some, batches(some))
    return every, found


_TOGETHER = 256
"""So many workbooks are validated in one go: more would keep a core waiting, fewer would cost each more."""


def findings_of(entries: Sequence[Entry], groups: Sequence[Batch]) -> dict[str, list[Finding]]:
    """All findings per file: the refusal, or structure and title, cells, rows, totals and relations, sorted."""
    found: dict[str, list[Finding]] = {e.file: [e.refusal] if e.refusal else [] for e in entries}
    for batch in groups:
        told = by_workbook(validate_frames(batch.frames, batch.stages))
        for number, extract in enumerate(batch.extracts):
            found[extract.file] = sorted([*extract.findings, *told.get(number, [])], key=lambda one: one.order)
    return found
