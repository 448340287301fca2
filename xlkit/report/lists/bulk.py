"""The rows of long lists as XML: every different cell is made once, a row is put together of such cells.

A cell of XlsxWriter's own costs many times as much. Columns are kept as numbers into the words that stand in them, so
that a list of a million rows takes little memory; its rows are made while the file is packed, a few at a time.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import numpy as np

    from xlkit.report.lists.links import Leads

    Array = np.ndarray[Any, Any]

AT = "\x01"
"""Stands for the number of the row in the XML of a cell; no cell's own text can hold it."""

_AT_ONCE = 2_000
"""Rows that are in memory as XML at the same time."""

_PACKING = 2
"""How hard rows are packed: in a quarter of the time of 6, into a third more bytes (docs/performance.md)."""

_PACKED_ON = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Cells:
    """A column's content: row ``i`` holds ``words[codes[i]]`` on the colour ``colours[fills[i]]`` (without: none).

    ``leads`` says where its cells lead in the same workbook.
    """

    codes: Array
    words: Sequence[object]
    fills: Array | None = None
    colours: Sequence[str] = ("",)
    leads: Leads | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def used(self) -> Array:
        """The codes that occur."""
        import numpy as np

        return np.flatnonzero(np.bincount(self.codes, minlength=len(self.words)))


def cells_of(contents: Iterable[object], fills: Mapping[int, str] | None = None) -> Cells:
    """A column of anything, with colours by row. True and False are texts: they are equal to 1 and 0."""
    import numpy as np

    said = list(contents)
    if bool in set(map(type, said)):
        said = [str(one) if isinstance(one, bool) else one for one in said]
    known = {word: code for code, word in enumerate(dict.fromkeys(said))}
    codes = np.fromiter(map(known.__getitem__, said), np.int32, len(said))
    return Cells(codes, list(known), *(_coloured(len(said), fills) if fills else ()))


def _coloured(count: int, fills: Mapping[int, str]) -> tuple[Array, Sequence[str]]:
    import numpy as np

    colours = {colour: code for code, colour in enumerate(dict.fromkeys(["", *fills.values()]))}
    codes = np.zeros(count, dtype=np.int32)
    codes[list(fills)] = [colours[colour] for colour in fills.values()]
    return codes, list(colours)


def columns_of(
    width: int,
    rows: Sequence[Sequence[object]],
    fills: Mapping[tuple[int, int], str] | None = None,
    leads: Mapping[int, Leads] | None = None,
) -> tuple[Cells, ...]:
    """The columns of rows that are so wide; colours by row and column from 0, and where the cells of columns lead."""
    by_column: list[dict[int, str]] = [{} for _ in range(width)]
    for (row, column), colour in (fills or {}).items():
        by_column[column][row] = colour
    contents = list(zip(*rows, strict=True)) or [()] * width
    made = [cells_of(column, own) for column, own in zip(contents, by_column, strict=True)]
    for column, one in (leads or {}).items():
        made[column] = replace(made[column], leads=one)
    return tuple(made)


def is_number(content: object) -> TypeGuard[int | float]:
    """Whether a cell holds a content as a number."""
    return isinstance(content, (int, float)) and not isinstance(content, bool) and math.isfinite(content)


# --- rows -------------------------------------------------------------------------------------------------


class Fragments:
    """The pieces of which rows consist: of every column, or of neighbours with the same codes, one per row.

    ``row_xml(first, last, number)`` gives the XML of rows, the first of which has a number.
    """

    def __init__(self) -> None:
        self._pieces: list[tuple[Array, Array]] = []

    def add(self, codes: Array, pieces: Sequence[str]) -> None:
        """A column: what stands in row ``i`` is ``pieces[codes[i]]``."""
        import numpy as np

        added = np.empty(len(pieces), dtype=object)
        added[:] = pieces
        if self._pieces and self._pieces[-1][0] is codes:
            self._pieces[-1] = codes, self._pieces[-1][1] + added
        else:
            self._pieces.append((codes, added))

    def row_xml(self, first: int, last: int, number: int) -> Iterator[bytes]:
        """Rows from ``first`` to before ``last``, the first of them being the sheet's row of that number."""
        for begin in range(first, last, _AT_ONCE):
            end = min(begin + _AT_ONCE, last)
            rows = zip(*(pieces[codes[begin:end]].tolist() for codes, pieces in self._pieces), strict=True)
            at = range(number + begin - first, number + end - first)
            yield "".join(["".join(row).replace(AT, str(place)) for place, row in zip(at, rows, strict=True)]).encode(
                "ascii"
            )


# --- the file ---------------------------------------------------------------------------------------------


Makers = Sequence[tuple[str, Callable[[], Iterable[bytes]]]]
"""Pieces of a part, made while it is packed: the mark that keeps the place of each, in their order there."""


def pack(book: io.BytesIO, pieces: Mapping[str, Makers], stream: IO[bytes]) -> None:
    """Write a workbook with the rows and links of its long lists, by their parts."""
    with zipfile.ZipFile(book) as made, zipfile.ZipFile(stream, "w") as whole:
        for entry in made.infolist():
            content = made.read(entry)
            part = zipfile.ZipInfo(entry.filename, _PACKED_ON)
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, entry.external_attr
            if entry.filename not in pieces:
                whole.writestr(part, content)
                continue
            part._compresslevel = _PACKING  # type: ignore[attr-defined]
            with whole.open(part, "w", force_zip64=True) as packed:
                for mark, make in pieces[entry.filename]:
                    before, _, content = content.partition(mark.encode())
                    packed.write(before)
                    for some in make():
                        packed.write(some)
                packed.write(content)
