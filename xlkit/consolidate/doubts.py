"""Which figures are in doubt: those with an error are in no total; those with a warning are, and it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xlkit.address import cell_position
from xlkit.books.frames import Frames
from xlkit.finding import Finding, Severity

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SAYS_WHAT = ("code", "unit", "mode")
"""The columns that say what the figures of a row are: a question about one of them is one about all of these."""

_ROWS, _COLUMNS = 1 << 21, 1 << 15
"""More than a sheet has: workbook, sheet, row and column make one whole number."""

_Cell = tuple[int, str | None, str | None]
"""The number of a workbook, a sheet, and a cell like ``E14``."""


def doubtful_values(frames: Frames, findings: Mapping[str, Sequence[Finding]]) -> Array:
    """Which value cells an error finding stands on, or a second row of the same key."""
    told = _standing_at(frames, _places(frames, _cells(frames, findings, Severity.ERROR)))
    twice = frames.rows.duplicated(["workbook", "table", "key"], keep=False).to_numpy(dtype=bool)
    marked: Array = told | twice[frames.values["line"].to_numpy(dtype=int)]
    return marked


def questioned_values(
    frames: Frames, findings: Mapping[str, Sequence[Finding]], differing: Mapping[str, Iterable[tuple[str, str]]]
) -> Array:
    """Which value cells a warning stands on, or the register contradicts; or the number, unit or mode of their row.

    ``differing``: by file the sheets and cells that the register contradicts.
    """
    import numpy as np

    warned = _cells(frames, findings, Severity.WARNING)
    others = ((number, *cell) for number, file in enumerate(frames.files) for cell in differing.get(file, ()))
    places = _places(frames, [*warned, *others])
    marked = _standing_at(frames, places)
    rows = _row_places(frames)
    whole = np.zeros(len(rows), dtype=bool)
    for name in SAYS_WHAT:
        columns = frames.rows[f"column_{name}"].to_numpy(dtype=np.int64)
        whole |= (columns > 0) & np.isin(rows * _COLUMNS + columns, places)
    marked |= whole[frames.values["line"].to_numpy(dtype=int)]
    return marked


def _cells(frames: Frames, findings: Mapping[str, Sequence[Finding]], severity: Severity) -> Iterator[_Cell]:
    for number, file in enumerate(frames.files):
        for one in findings.get(file, ()):
            if one.severity is severity:
                yield number, one.location.sheet, one.location.cell


def _places(frames: Frames, cells: Iterable[_Cell]) -> Array:
    """Cells as whole numbers; those of sheets without rows, or that are none, are left out."""
    import numpy as np

    sheets = {sheet: code for code, sheet in enumerate(frames.rows["sheet"].cat.categories)}
    found = []
    for number, sheet, cell in cells:
        if cell and sheet in sheets:
            row, column = cell_position(cell)
            found.append(((number * len(sheets) + sheets[sheet]) * _ROWS + row) * _COLUMNS + column)
    return np.array(found, dtype=np.int64)


def _row_places(frames: Frames) -> Array:
    """Workbook, sheet and row of every line of the rows frame as a whole number."""
    import numpy as np

    rows = frames.rows
    sheets = rows["sheet"].cat
    of_sheets = rows["workbook"].to_numpy(dtype=np.int64) * len(sheets.categories) + sheets.codes.to_numpy()
    places: Array = of_sheets * _ROWS + rows["row"].to_numpy(dtype=np.int64)
    return places


def _standing_at(frames: Frames, places: Array) -> Array:
    """Which lines of the values frame are cells at these places; those of other rows are not looked at."""
    import numpy as np

    rows, lines = _row_places(frames), frames.values["line"].to_numpy(dtype=int)
    chosen = np.flatnonzero(np.isin(rows, places // _COLUMNS)[lines])
    columns = frames.values["column"].to_numpy(dtype=np.int64)[chosen]
    found = np.zeros(len(lines), dtype=bool)
    found[chosen[np.isin(rows[lines[chosen]] * _COLUMNS + columns, places)]] = True
    return found
