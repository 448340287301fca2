"""Consolidate many workbooks: who submitted what, what it adds up to, what is wrong, how it stands to the register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.inputs import Inputs, find_inputs
from xlkit.actions.intake import Batch, Entry, Memory, Progress, batches, checked, reading
from xlkit.actions.reconcile import FileReconciliation, reconcile_entries
from xlkit.consolidate import (
    Arrival,
    Counted,
    IntakeLine,
    Part,
    Preference,
    Standing,
    Total,
    add_up,
    count_figures,
    decide_intake,
    doubtful_values,
    due_submissions,
    plan_speakers,
    questioned_values,
)
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.finding import Finding, Severity
from xlkit.isolation.farm import is_url, modified_at
from xlkit.reconcile import Status
from xlkit.register import read_register
from xlkit.rules.registered import Register
from xlkit.safefile import real_path, spare_open
from xlkit.store.database import spare_held_store
from xlkit.texts import Text

NEWEST = "newest"


@dataclass(frozen=True)
class FileFindings:
    """The findings of one file and whose it is."""

    line: IntakeLine
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ConsolidateResult:
    """All that the reports show.

    ``intake`` has a line per expected submission and per file; ``parts`` the frames whose rows enter the свод;
    ``counted`` what the totals are made of; ``findings`` and ``reconciled`` the files that nothing else stands in
    for, with their intake lines.
    """

    source: str
    files: tuple[str, ...]
    intake: tuple[IntakeLine, ...]
    parts: tuple[Part, ...]
    totals: tuple[Total, ...]
    counted: Counted
    findings: tuple[FileFindings, ...]
    reconciled: tuple[tuple[IntakeLine, FileReconciliation], ...]
    notes: tuple[Text, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """The headline figures.

        ``expected`` submissions are accepted, with_findings, submitted_twice or not_submitted; ``unexpected``
        ones entered beside them. The rest counts files, errors, warnings, and differences but of wording.
        """
        expected = Counter(standing for standing in self.submissions(True).values())
        files = Counter(line.standing for line in self.intake if line.file)
        counted = {s.value: expected[s] for s in _OF_SUBMISSIONS}
        counted |= {s.value: files[s] for s in (Standing.REFUSED, Standing.REPEAT, Standing.SUPERSEDED)}
        every = [one for found in self.findings for one in found.findings]
        return {
            "expected": sum(expected.values()),
            "unexpected": len(self.submissions(False)),
            "files": len(self.files),
            **counted,
            "errors": sum(one.severity is Severity.ERROR for one in every),
            "warnings": sum(one.severity is Severity.WARNING for one in every),
            "differences": self.differences,
        }

    def submissions(self, expected: bool) -> dict[object, Standing]:
        """The standing of every submission that the register expects, or of every other one."""
        return {
            line.identity: line.standing
            for line in self.intake
            if line.expected is expected and line.standing in _OF_SUBMISSIONS
        }

    @property
    def differences(self) -> int:
        """Differences from the register that are not of wording alone."""
        return sum(d.status is not Status.WORDING_DIFFERS for _, one in self.reconciled for d in one.differences)

    @property
    def exit_code(self) -> int:
        """Refused files, unresolved pairs, error findings and differences; what was not submitted is no error."""
        wrong = any(line.standing in (Standing.REFUSED, Standing.TWICE) for line in self.intake)
        errors = any(line.standing.live and line.errors for line in self.intake)
        return EXIT_FINDINGS if wrong or errors or self.differences else EXIT_OK


_OF_SUBMISSIONS = (Standing.ACCEPTED, Standing.WITH_FINDINGS, Standing.TWICE, Standing.NOT_SUBMITTED)


def consolidate(
    paths: Iterable[str | Path] | Inputs,
    register: str | Register,
    prefer: str | Sequence[str] | None = None,
    progress: Progress | None = None,
    output: str | Path | None = None,
    memory: Memory | None = None,
    engine: str | None = None,
    jobs: int | None = None,
) -> ConsolidateResult:
    """Gather workbooks against a register.

    ``paths`` are files and folders (all workbooks within), or what :func:`find_inputs` found in them;
    ``register`` a path, a database URL or a read register; ``prefer`` the files that stand where a cluster
    submitted two different ones, or ``newest``; ``output`` where the свод is to be written; ``memory`` what remembers
    earlier readings; ``engine`` the address of a dask scheduler whose machines read, ``jobs`` how many processes read
    here. Raises XlkitError where there is no register, no file, a preferred file is not among them, the output would
    replace one, or another program has it or its store open.
    """
    source = register if isinstance(register, str) else register.source
    inputs = paths if isinstance(paths, Inputs) else find_inputs(paths, source, output)
    files = inputs.files
    preference = _preference(prefer, files)
    with reading(files, progress, memory, engine, jobs) as coming:
        _spare_what_is_open(output)  # DuckDB must not be there before the processes that read
        known = read_register(register) if isinstance(register, str) else register
        entries, found = checked(coming)
    groups = batches(entries)
    due, notes = due_submissions(known)
    arrivals = [_arrival(entry, found[entry.file]) for entry in entries]
    intake = decide_intake(known, due, arrivals, preference)
    lines = {line.file: line for line in intake if line.file}
    speaking = plan_speakers(intake)
    reconciled = tuple(_reconciled(entries, groups, lines, known))
    differing = {one.file: [(d.sheet, d.cell or "") for d in one.contradictions] for _, one in reconciled}
    parts = tuple(_part(batch, lines, speaking, found, differing) for batch in groups)
    counted = count_figures(parts)
    return ConsolidateResult(
        source=known.source,
        files=files,
        intake=intake,
        parts=parts,
        totals=add_up(counted),
        counted=counted,
        findings=tuple(
            FileFindings(lines[file], tuple(findings))
            for file, findings in found.items()
            if lines[file].standing.live or lines[file].standing is Standing.REFUSED
        ),
        reconciled=reconciled,
        notes=(*inputs.notes, *notes),
    )


def _spare_what_is_open(output: str | Path | None) -> None:
    """Say before anything is read what would be told after all was."""
    if output is not None:
        spare_held_store(output)
        spare_open(Path(output))


def _preference(prefer: str | Sequence[str] | None, files: Sequence[str]) -> Preference:
    wanted = [prefer] if isinstance(prefer, str) else list(prefer or ())
    chosen = {_among(name, files) for name in wanted if name != NEWEST}
    return Preference(frozenset(chosen), NEWEST in wanted)


def _among(name: str, files: Sequence[str]) -> str:
    """The file that ``--prefer`` means: the same path, or the only one of that name."""
    same = [file for file in files if real_path(file) == real_path(name)]
    same = same or [file for file in files if Path(file).name == name]
    if len(same) != 1:
        why = Text("таких книг несколько", "there are several") if same else Text("нет такой книги", "no such workbook")
        raise XlkitError(Text("--prefer {name}: {why}", "--prefer {name}: {why}").format(name=name, why=why))
    return same[0]


# --- putting it together ----------------------------------------------------------------------------------


def _arrival(entry: Entry, findings: Sequence[Finding]) -> Arrival:
    counts = Counter(one.severity for one in findings)
    return Arrival(
        file=entry.file,
        extract=entry.extract,
        refusal=entry.refusal.message if entry.refusal else None,
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        modified=_modified(entry.file),
    )


def _modified(file: str) -> float:
    try:
        return modified_at(file) if is_url(file) else Path(file).stat().st_mtime
    except OSError:
        return 0.0


def _part(
    batch: Batch,
    lines: Mapping[str, IntakeLine],
    speaking: frozenset[str],
    found: Mapping[str, Sequence[Finding]],
    differing: Mapping[str, Sequence[tuple[str, str]]],
) -> Part:
    mine = [lines[file] for file in batch.frames.files]
    return Part(
        frames=batch.frames,
        lines=tuple(line if line.standing.enters else None for line in mine),
        speaks=tuple(line.file in speaking for line in mine),
        doubtful=doubtful_values(batch.frames, found),
        questioned=questioned_values(batch.frames, found, differing),
        notes=dict(_notes(batch)),
        digests=tuple(extract.sha256 for extract in batch.extracts),
    )


def _notes(batch: Batch) -> Iterable[tuple[tuple[int, str, int, str], str]]:
    """What stands in text columns: the frames hold values only."""
    for number, extract in enumerate(batch.extracts):
        for name, table in extract.tables.items():
            for row, column, said in table.notes:
                yield (number, name, row, column), said


def _reconciled(
    entries: list[Entry], groups: list[Batch], lines: Mapping[str, IntakeLine], register: Register
) -> Iterable[tuple[IntakeLine, FileReconciliation]]:
    for one in reconcile_entries(entries, groups, register).files:
        if lines[one.file].standing.live:
            yield lines[one.file], one
