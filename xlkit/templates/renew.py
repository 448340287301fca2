"""The values that a changed workbook's formulas will show, so that their caches are never stale.

Protected View, mail previews and LibreOffice show what is cached. Only formulas that the template placed are
renewed, found by captions, codes and sentences; everything else waits for Excel, which is told to recompute. In the
copy of a workbook of another kind their values stand in place of the formulas, and are renewed as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from xlkit.books.raw import RawSheet, RawWorkbook
from xlkit.books.sniff import XLSX
from xlkit.books.submission import Submission, submission_of
from xlkit.patch.cells import Edit, Position
from xlkit.rules.relations import Outcome
from xlkit.rules.sheetnames import CONTROL
from xlkit.rules.title import title_sheet
from xlkit.templates.mirror import Cached, ControlLine, mirror_submission
from xlkit.values import as_text, folded, squeezed

Edits = Mapping[str, Mapping[Position, Edit]]

_SENTENCE, _YEAR, _LEFT, _RIGHT, _STATE = 2, 3, 4, 5, 6


def renewed_caches(submission: Submission, edits: Edits) -> dict[str, dict[Position, Edit]]:
    """What the template's formulas show once ``edits`` are made, by sheet and cell; only what changes.

    The submission's ``raw`` has to hold «Контроль» too, where the workbook has it.
    """
    after = submission_of(_edited(submission.raw, edits), submission.file)
    cached = mirror_submission(after)
    renewed: dict[str, dict[Position, Edit]] = {}
    for sheet, position, shown in [*_computed(after, cached), *_control(submission, after, cached)]:
        renewed.setdefault(sheet, {})[position] = Edit(shown, cached=True)
    return renewed


def _edited(raw: RawWorkbook, edits: Edits) -> RawWorkbook:
    """The workbook as read, with the edits made."""
    sheets = []
    for sheet in raw.sheets:
        grid = [list(row) for row in sheet.grid]
        for (row, column), edit in edits.get(sheet.name, {}).items():
            grid[row - 1].extend([None] * (column - len(grid[row - 1])))
            grid[row - 1][column - 1] = edit.content
        sheets.append(replace(sheet, grid=grid))
    return replace(raw, sheets=tuple(sheets))


def _computed(after: Submission, cached: Cached) -> Iterator[tuple[str, Position, float | str]]:
    """The computed columns of the tables."""
    for (table, column, period, row), shown in cached.computed.items():
        found = after.tables[table]
        number = found.columns.get((column, period))
        sheet = after.raw.named(found.sheet)[0]
        if number and (row, number) in sheet.formulas and _differs(sheet.at(row, number), shown):
            yield found.sheet, (row, number), shown


def _control(submission: Submission, after: Submission, cached: Cached) -> Iterator[tuple[str, Position, float | str]]:
    """The lines of «Контроль», their counts, and the title sheet's summary of them."""
    raw = submission.raw
    as_values = raw.kind != XLSX
    counts = Counter(line.outcome for line in cached.control)
    lines = {_line_key(after, line): line for line in cached.control}
    for sheet in raw.named(CONTROL):
        for row in range(1, len(sheet.grid) + 1):
            line = lines.get(_row_key(sheet, row))
            shown = {_LEFT: line.left, _RIGHT: line.right, _STATE: line.outcome} if line else _count(sheet, row, counts)
            yield from _renewed(sheet, row, shown, as_values)
    summary = ", ".join(f"{one.value} — {counts[one.value]}" for one in Outcome)
    for sheet in raw.named(title_sheet().sheet):
        for row in range(1, len(sheet.grid) + 1):
            if folded(as_text(sheet.at(row, 1))) == folded(CONTROL):
                yield from _renewed(sheet, row, {2: summary}, as_values)


def _line_key(after: Submission, line: ControlLine) -> tuple[str, str, str]:
    year = after.first_year + line.line.period
    return line.line.relation.id, squeezed(line.line.sentence(year).ru), str(year)


def _row_key(sheet: RawSheet, row: int) -> tuple[str, str, str]:
    first, sentence, year = (squeezed(as_text(sheet.at(row, column))) for column in (1, _SENTENCE, _YEAR))
    return first, sentence, year


def _count(sheet: RawSheet, row: int, counts: Counter[str]) -> dict[int, float | str]:
    """How often a state stands in the lines, where a row counts it."""
    state = as_text(sheet.at(row, 2))
    counted = not as_text(sheet.at(row, 1)) and state in {one.value for one in Outcome}
    return {3: float(counts[state])} if counted else {}


def _renewed(
    sheet: RawSheet, row: int, shown: dict[int, float | str], as_values: bool
) -> Iterator[tuple[str, Position, float | str]]:
    for column, content in shown.items():
        if (as_values or (row, column) in sheet.formulas) and _differs(sheet.at(row, column), content):
            yield sheet.name, (row, column), content


def _differs(cached: object, shown: float | str) -> bool:
    return cached != shown and not (cached is None and shown == "")
