"""What is asked of a validation: the frames of many workbooks, and what each of them is checked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_name
from xlkit.books.frames import Frames
from xlkit.finding import Finding, Location
from xlkit.rules.edition import Edition
from xlkit.rules.model import Table
from xlkit.rules.period import Period
from xlkit.rules.phrases import period_label, row_label
from xlkit.texts import Text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

Found = Iterator[tuple[int, Finding]]
"""Findings, each with the number of its workbook."""


@dataclass(frozen=True)
class Stage:
    """What a workbook is checked for: the plan alone, or the actuals up to a period as well."""

    period: Period | None
    plan_asked: bool = False
    """The plan alone was asked for: actuals beside it are nobody's slip."""

    @property
    def actuals(self) -> bool:
        return self.period is not None


@dataclass(frozen=True)
class Asked:
    """Workbooks of one edition and the stage of each."""

    frames: Frames
    stages: Sequence[Stage]

    @property
    def edition(self) -> Edition:
        return self.frames.edition

    @property
    def tables(self) -> Mapping[str, Table]:
        return self.frames.edition.book.tables

    @property
    def periods(self) -> list[Period | None]:
        return [stage.period for stage in self.stages]

    def applies(self, frame: pd.DataFrame) -> Array:
        """Which lines of a frame (with ``workbook`` and ``table``) belong to tables that their workbook owes."""
        import numpy as np

        actual_tables = [name for name, table in self.tables.items() if table.stage == "actuals"]
        reporting = np.array([stage.actuals for stage in self.stages], dtype=bool)
        applies: Array = ~frame["table"].isin(actual_tables).to_numpy() | reporting[frame["workbook"].to_numpy()]
        return applies

    def place(self, workbook: int, sheet: str, row: int, column: int) -> Location:
        """A cell; a ``column`` of 0 is one that the table has not: then only the sheet."""
        return Location(self.frames.files[workbook], sheet, cell_name(row, column) if column else None)

    def cell(self, value: Any) -> Location:
        """The cell of a record of the values."""
        return self.place(value.workbook, value.sheet, value.row, value.column)

    def row_label(self, line: int) -> Text:
        """A row as a sentence names it."""
        row = self.frames.row(line)
        return row_label(str(row["code"]), row["name"])

    def period_label(self, table: str, field: str, period: int, workbook: int) -> Text:
        """A year or quarter as a sentence names it."""
        return period_label(self.tables[table].columns[field], period, self.frames.years[workbook])
