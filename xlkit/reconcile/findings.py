"""A difference from the approved figures as a finding at its cell."""

from __future__ import annotations

from xlkit.finding import Finding, Location
from xlkit.reconcile.differences import Difference, Status
from xlkit.rules.catalogue import finding
from xlkit.rules.phrases import row_label
from xlkit.texts import Text, figure

_RULES = {
    Status.DIFFERS: "C-101",
    Status.ONLY_IN_WORKBOOK: "C-102",
    Status.ONLY_IN_REGISTER: "C-103",
    Status.UNIT_DIFFERS: "C-104",
    Status.WORDING_DIFFERS: "C-105",
    Status.NOT_COMPARABLE: "C-106",
}


def difference_finding(file: str, one: Difference) -> Finding:
    """What the catalogue of findings says of a difference."""
    shown = [figure(side) if side is not None else "—" for side in (one.workbook, one.register)]
    return finding(
        _RULES[one.status],
        Location(file, one.sheet, one.cell),
        one.workbook,
        one.register,
        row=row_label(one.code, one.name),
        period=Text(f", {one.year} год", f", {one.year}") if one.year else "",
        workbook=shown[0],
        register=shown[1],
    )
