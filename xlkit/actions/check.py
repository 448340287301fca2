"""Check workbooks against their rule books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.intake import Entry, Progress, batches, findings_of, take_in
from xlkit.errors import EXIT_FINDINGS, EXIT_OK
from xlkit.finding import Finding, Severity

VALID, INVALID, REFUSED = "valid", "invalid", "refused"


@dataclass(frozen=True)
class FileCheck:
    """One file's verdict: ``valid`` (no error finding), ``invalid``, or ``refused`` (it cannot be read)."""

    file: str
    verdict: str
    form: str | None
    edition: str | None
    cluster: str | None
    findings: tuple[Finding, ...]
    name: str = ""
    """The cluster's name on the title sheet."""
    period: str = ""
    """The reporting period; empty for a plan, or where it is not understood."""

    def count(self, severity: Severity) -> int:
        return sum(one.severity is severity for one in self.findings)


@dataclass(frozen=True)
class CheckResult:
    """Every file in the order of the arguments."""

    files: tuple[FileCheck, ...]

    @property
    def totals(self) -> dict[str, int]:
        """Files, verdicts, errors and warnings, counted."""
        verdicts = {v: sum(f.verdict == v for f in self.files) for v in (VALID, INVALID, REFUSED)}
        errors, warnings = (sum(f.count(s) for f in self.files) for s in (Severity.ERROR, Severity.WARNING))
        return {"files": len(self.files), **verdicts, "errors": errors, "warnings": warnings}

    @property
    def exit_code(self) -> int:
        return EXIT_OK if all(f.verdict == VALID for f in self.files) else EXIT_FINDINGS


def check(files: Iterable[str | Path], stage: str | None = None, progress: Progress | None = None) -> CheckResult:
    """Check each file by itself.

    ``stage``: ``plan`` or ``actuals`` overrides the reporting period of the title sheets. Never raises for
    what is wrong with a file.
    """
    return check_entries(take_in(files, progress), stage)


def check_entries(entries: Sequence[Entry], stage: str | None = None) -> CheckResult:
    """The same for workbooks that have been read already."""
    found = findings_of(entries, batches(entries, stage))
    return CheckResult(tuple(_file_check(entry, found[entry.file]) for entry in entries))


def _file_check(entry: Entry, findings: list[Finding]) -> FileCheck:
    extract = entry.extract
    if extract is None:
        return FileCheck(entry.file, REFUSED, None, None, None, tuple(findings))
    verdict = INVALID if any(one.severity is Severity.ERROR for one in findings) else VALID
    book = extract.edition.book
    return FileCheck(
        entry.file,
        verdict,
        book.form,
        book.edition,
        extract.cluster or None,
        tuple(findings),
        extract.title.text("cluster_name"),
        str(extract.period or ""),
    )
