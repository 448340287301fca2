"""Reconciling workbooks with approved figures: pure functions on columns, all workbooks at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xlkit.books.frames import Frames
from xlkit.reconcile.differences import Difference, Status, Teller, in_order
from xlkit.reconcile.findings import difference_finding
from xlkit.reconcile.join import compare
from xlkit.reconcile.sides import approved_values, comparable, tolerances, workbook_values
from xlkit.rules.period import Period
from xlkit.rules.registered import Figures

__all__ = ["Difference", "Status", "difference_finding", "reconcile_frames"]


def reconcile_frames(
    frames: Frames,
    approved: Sequence[Figures],
    periods: Sequence[Period | None],
    absent: Collection[str] = (),
) -> list[Difference]:
    """Compare every workbook with its approved figures.

    ``approved`` and ``periods`` are per workbook, ``absent`` the tables that the register does not keep. Actuals
    are compared once a workbook reports them and the register has some for that cluster and year. Only figures
    are compared by value; a unit or a wording that differs is told once per row. Sorted by workbook and place.
    """
    edition = frames.edition
    ours, theirs = comparable(
        edition, workbook_values(frames, periods), approved_values(edition, approved), periods, absent
    )
    every, told = compare(ours.side, theirs.side, tolerances(frames, ours))
    teller = Teller(frames, approved, ours, theirs)
    return in_order(edition, [*teller.values(told), *teller.rows(every)])
