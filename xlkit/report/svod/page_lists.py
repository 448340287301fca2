"""The findings and differences of the HTML report; of very many those that a person can look through.

All of them stand on the свод's sheets «Замечания» and «Сверка»; the page says where it shows a part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from xlkit.finding import Finding, Severity
from xlkit.reconcile import Difference, Status
from xlkit.report.differences import difference_rows
from xlkit.report.svod.page_totals import brief

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult

Number = Callable[[Any], int]
"""Gives every different member of a list its number."""

PER_RULE = 1_000
"""So many findings of a rule are shown, the first ones."""

DIFFERENCES = 20_000
"""So many differences are shown, the largest ones."""


def page_findings(
    result: ConsolidateResult, cluster: Number, file: Number, text: Number
) -> tuple[list[list[Any]], list[list[Any]]]:
    """The findings that are shown, and by severity and rule how many there are, in how many files.

    A finding is cluster, file, severity, rule, sheet, cell, message, value, hint. What is only for information stays
    away.
    """
    shown: list[list[Any]] = []
    counts: Counter[tuple[str, str]] = Counter()
    files: dict[tuple[str, str], set[str | None]] = {}
    for one in result.findings:
        whose = cluster(one.line.passport) if one.line.passport.id else -1
        where = file(one.line.file) if one.line.file else -1
        for finding in one.findings:
            if finding.severity is Severity.INFO:
                continue
            kind = finding.severity.value, finding.rule
            counts[kind] += 1
            files.setdefault(kind, set()).add(one.line.file)
            if counts[kind] <= PER_RULE:
                shown.append([whose, where, *kind, *_finding(finding, text)])
    return shown, [[*kind, count, len(files[kind])] for kind, count in counts.items()]


def _finding(one: Finding, text: Number) -> list[object]:
    place = one.location
    return [text(brief(place.sheet or "")), place.cell or "", text(brief(one.message.ru)), brief(one.value),
            text(brief(one.hint.ru) if one.hint else "")]  # fmt: skip


def page_differences(result: ConsolidateResult, cluster: Number, file: Number, text: Number) -> list[list[Any]]:
    """Cluster, file, sheet, cell, code, name, year, in the workbook, in the register, delta, status."""
    every = list(_differences(result))
    if len(every) > DIFFERENCES:
        largest = sorted(range(len(every)), key=lambda number: _size(every[number][2]), reverse=True)[:DIFFERENCES]
        every = [every[number] for number in sorted(largest)]
    lines = []
    for line, path, difference, (sheet, cell, code, name, *values, _) in every:
        lines.append(
            [cluster(line.passport), file(path), text(brief(sheet)), brief(cell), brief(code), text(brief(name)),
             *map(brief, values), difference.status.value]
        )  # fmt: skip
    return lines


def _differences(result: ConsolidateResult) -> Iterator[tuple[Any, str, Difference, list[object]]]:
    for line, one in result.reconciled:
        for difference, row in zip(one.differences, difference_rows(one), strict=True):
            yield line, one.file, difference, row


def _size(one: Difference) -> tuple[bool, float]:
    """What is larger is shown first; another wording is no difference, and one that is no number is a small one."""
    return one.status is not Status.WORDING_DIFFERS, abs(one.delta) if one.delta is not None else -1.0
