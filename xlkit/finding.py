"""A finding: what is wrong in which cell, by which rule, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xlkit.texts import Text


class Severity(StrEnum):
    """How bad a finding is; only errors make a workbook invalid."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for an error, 2 for an info: the order in which findings are shown."""
        return list(Severity).index(self)

    @property
    def word(self) -> Text:
        """The word a person reads."""
        return _WORDS[self]


_WORDS = {
    Severity.ERROR: Text("ошибка", "error"),
    Severity.WARNING: Text("предупреждение", "warning"),
    Severity.INFO: Text("к сведению", "info"),
}


@dataclass(frozen=True, slots=True)
class Location:
    """Where: file as it was named by the caller, sheet and cell (like ``E14``) where they apply."""

    file: str
    sheet: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``value`` is what stands there, ``expected`` what should, where that is known."""

    rule: str
    severity: Severity
    location: Location
    message: Text
    value: object = None
    expected: object = None
    hint: Text | None = None

    @property
    def order(self) -> tuple[int, str, int, int, str]:
        """Sort key: errors first, then by place."""
        row, column = _place(self.location.cell)
        return (self.severity.rank, self.location.sheet or "", row, column, self.rule)


def _place(cell: str | None) -> tuple[int, int]:
    from xlkit.address import cell_position

    return cell_position(cell) if cell else (0, 0)
