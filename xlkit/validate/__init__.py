"""Validation of many workbooks at once: cells, rows, computed cells and relations of one edition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from xlkit.books.frames import Frames
from xlkit.finding import Finding
from xlkit.rules.views import table_views
from xlkit.validate.asked import Asked, Stage
from xlkit.validate.cells import check_cells, unasked_actuals
from xlkit.validate.computed import check_computed
from xlkit.validate.relations import check_relations
from xlkit.validate.rows import check_rows
from xlkit.values import Kind

__all__ = ["Stage", "by_workbook", "validate_frames"]


def validate_frames(frames: Frames, stages: Sequence[Stage]) -> list[tuple[int, Finding]]:
    """All findings of all workbooks, each with the number of its workbook; ``stages`` is per workbook."""
    rows, values = frames.rows, frames.values
    if rows.empty:
        return []
    asked = Asked(frames, stages)
    of_cells, unsound = check_cells(asked)
    # A blank in a row that carries values is a finding of its own: relations leave it alone.
    blank = (values["kind"] == Kind.BLANK) & rows["declared"].to_numpy()[values["line"]]
    return [
        *of_cells,
        *check_rows(asked),
        *unasked_actuals(asked),
        *check_computed(asked, table_views(asked.edition, rows, values, unsound=unsound)),
        *check_relations(asked, table_views(asked.edition, rows, values, unsound=unsound | blank)),
    ]


def by_workbook(found: list[tuple[int, Finding]]) -> dict[int, list[Finding]]:
    """Findings gathered per workbook."""
    gathered: dict[int, list[Finding]] = defaultdict(list)
    for workbook, one in found:
        gathered[workbook].append(one)
    return gathered
