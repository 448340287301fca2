"""Reconcile workbooks with the register, or with the approved figures that they carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.intake import Batch, Entry, Progress, WholeEntry, batches, take_in, take_in_whole
from xlkit.books.approved import read_approved
from xlkit.books.extract import Extract
from xlkit.errors import EXIT_FINDINGS, EXIT_OK
from xlkit.finding import Finding
from xlkit.reconcile import Difference, Status, difference_finding, reconcile_frames
from xlkit.register import read_register
from xlkit.rules.registered import Figures, Register
from xlkit.texts import Text
from xlkit.values import cluster_key

MATCHES, DIFFERS, REFUSED = "matches", "differs", "refused"


@dataclass(frozen=True)
class FileReconciliation:
    """One file against the register: ``matches``, ``differs`` or ``refused`` (then ``refusal`` says why).

    ``unapproved``: tables with figures in the workbook of which nothing has been approved yet.
    """

    file: str
    cluster: str | None
    verdict: str
    differences: tuple[Difference, ...] = ()
    refusal: Text | None = None
    unapproved: frozenset[str] = frozenset()

    @property
    def contradictions(self) -> tuple[Difference, ...]:
        """The differences at a cell that put its figure in question.

        Not another wording, and not what nothing approved stands against.
        """
        return tuple(
            one
            for one in self.differences
            if one.cell
            and one.status is not Status.WORDING_DIFFERS
            and not (one.status is Status.ONLY_IN_WORKBOOK and one.table in self.unapproved)
        )


@dataclass(frozen=True)
class ReconcileResult:
    """Every file in the order of the arguments; ``source`` is the register, or ``None`` for «Утверждено»."""

    files: tuple[FileReconciliation, ...]
    source: str | None

    @property
    def totals(self) -> dict[str, int]:
        """Files, verdicts and differences, counted."""
        verdicts = {v: sum(f.verdict == v for f in self.files) for v in (MATCHES, DIFFERS, REFUSED)}
        return {"files": len(self.files), **verdicts, "differences": sum(len(f.differences) for f in self.files)}

    @property
    def statuses(self) -> dict[Status, int]:
        """Differences by status, counted."""
        every = [d.status for f in self.files for d in f.differences]
        return {status: every.count(status) for status in Status}

    @property
    def exit_code(self) -> int:
        return EXIT_OK if all(f.verdict == MATCHES for f in self.files) else EXIT_FINDINGS


def reconcile(
    files: Iterable[str | Path], register: str | Register | None = None, progress: Progress | None = None
) -> ReconcileResult:
    """Compare workbooks with approved figures.

    ``register``: the path of an .xlsx, a database URL, a read register, or ``None`` for each workbook's own
    sheet «Утверждено». Raises XlkitError where the register cannot be read.
    """
    known = read_register(register) if isinstance(register, str) else register
    entries: Sequence[Entry] = take_in_whole(files, progress) if known is None else take_in(files, progress)
    return reconcile_entries(entries, batches(entries), known)


def reconcile_entries(entries: Sequence[Entry], groups: list[Batch], register: Register | None) -> ReconcileResult:
    """The same for workbooks that have been read already; without a register the entries are whole."""
    carried = {id(e.extract): e for e in entries}
    results: dict[int, FileReconciliation] = {}
    absent = register.absent if register is not None else ()
    for batch in groups:
        approved = [_approved(one, register) if register else _carried(carried[id(one)]) for one in batch.extracts]
        known = [Figures.of(()) if isinstance(figures, Text) else figures for figures in approved]
        found: dict[int, list[Difference]] = {}
        for one in reconcile_frames(batch.frames, known, [s.period for s in batch.stages], absent):
            found.setdefault(one.workbook_number, []).append(one)
        for number, (extract, figures) in enumerate(zip(batch.extracts, approved, strict=True)):
            results[id(extract)] = _result(extract, tuple(found.get(number, [])), figures)
    return ReconcileResult(
        tuple(
            results[id(e.extract)]
            if e.extract is not None
            else FileReconciliation(e.file, None, REFUSED, refusal=e.refusal.message if e.refusal else None)
            for e in entries
        ),
        register.source if register else None,
    )


def reconcile_entry(entry: Entry, register: Register | None) -> tuple[FileReconciliation, tuple[Finding, ...]]:
    """Compare one workbook that has been read already; its differences also as findings at their cells."""
    result = reconcile_entries([entry], batches([entry]), register).files[0]
    return result, tuple(difference_finding(entry.file, one) for one in result.differences)


def _carried(entry: Entry) -> Figures | Text:
    """The figures of the workbook's own sheet «Утверждено», or the reason why there are none."""
    submission = entry.submission if isinstance(entry, WholeEntry) else None
    assert submission is not None
    issued_to = submission.issued_to
    if issued_to and submission.cluster and cluster_key(issued_to) != cluster_key(submission.cluster):
        return Text(
            f"Лист «Утверждено» выдан кластеру «{issued_to}», а на титуле «{submission.cluster}»: укажите реестр "
            "(--register) или возьмите шаблон своего кластера",
            f"The sheet «Утверждено» is of the cluster «{issued_to}», the title sheet says «{submission.cluster}»: "
            "name a register (--register) or take your own template",
        )
    return Figures.of(read_approved(submission)) or Text(
        "На листе «Утверждено» нет значений: укажите реестр (--register или register в настройках)",
        "The sheet «Утверждено» holds no figures: name a register (--register)",
    )


def _approved(extract: Extract, register: Register) -> Figures | Text:
    """The register's figures of a workbook's cluster, or the reason why there are none."""
    if not extract.cluster:
        return Text("На титуле не указан идентификатор кластера", "The title sheet names no cluster id")
    if register.cluster(extract.cluster) is None:
        return Text(
            f"Кластера «{extract.cluster}» нет в реестре: проверьте идентификатор на титуле",
            f"The cluster «{extract.cluster}» is not in the register: check the id on the title sheet",
        )
    return register.figures_of(extract.cluster, extract.edition.form)


def _result(extract: Extract, differences: tuple[Difference, ...], approved: Figures | Text) -> FileReconciliation:
    cluster = extract.cluster or None
    if isinstance(approved, Text):
        return FileReconciliation(extract.file, cluster, REFUSED, refusal=approved)
    real = any(d.status is not Status.WORDING_DIFFERS for d in differences)
    told = {d.table for d in differences if d.status is Status.ONLY_IN_WORKBOOK}
    unapproved = frozenset(told.difference(approved.column("table"))) if told else frozenset()
    return FileReconciliation(extract.file, cluster, DIFFERS if real else MATCHES, differences, unapproved=unapproved)
