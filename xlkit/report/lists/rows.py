"""How the rows of a list look: formats, heights, links; each different cell of a column once, as XML."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xlkit.address import column_letters
from xlkit.report.lists.bulk import AT, Cells, Fragments, is_number
from xlkit.report.lists.links import Link, clean, shown, write_link
from xlkit.report.lists.paging import page_of
from xlkit.templates.styles import INDENT, Styles, row_height, text_lines

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

WHOLE, BROKEN = "#,##0", "#,##0.0##"
POINTS = 10
_LINE = 16.5
_PIXEL = 0.75
"""Rows are as high as so many whole pixels, in points."""
_PADDING = "_0"
"""Keeps a number a digit's width away from the border; LibreOffice forgets the indent of some numbers."""

_SHORT = 24
"""Texts up to this length stand in the middle of a column of values."""
_LONG, _CLIPPED, _LINKED = "long", "clipped", "linked"
_SHAPES = ("", _CLIPPED, _LINKED)


class _Look(NamedTuple):
    """A cell: its content, its colour, its shape (one of :data:`_SHAPES`), how many look like it."""

    content: object
    fill: str
    shape: str
    times: int


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: ``text`` (one line), ``wrap``, ``centre`` (both wrapped), ``number``, ``signed`` (with a sign).

    ``value`` holds numbers and texts: short ones in the middle, long ones to the left; both wrapped.
    """

    caption: str
    width: float
    kind: str = "text"


def rows_of(styles: Styles, sheets: Sequence[Any], columns: Sequence[Column], cells: Sequence[Cells]) -> Fragments:
    """The rows of a list that stands on these sheets; their formats, texts and links are in the workbook then."""
    rows = _Rows(styles, sheets, columns, cells)
    if len(cells[0]):
        rows.begin()
        for number in range(len(columns)):
            rows.add(number)
        rows.end()
    return rows.fragments


class _Rows:
    """The rows of a list in the making."""

    def __init__(self, styles: Styles, sheets: Sequence[Any], columns: Sequence[Column], cells: Sequence[Cells]):
        self._sheets = sheets
        self._columns = columns
        self._cells = cells
        self._formats = _Formats(styles, columns)
        self.fragments = Fragments()

    def begin(self) -> None:
        self.fragments.add(*_heights(self._columns, self._cells))

    def end(self) -> None:
        import numpy as np

        self.fragments.add(np.zeros(len(self._cells[0]), dtype=np.int8), ["</row>"])

    def add(self, number: int) -> None:
        """A column. Links to other files are written one by one: each has a piece of its own."""
        codes, looks = _looks(number, self._columns, self._cells)
        place = f'<c r="{column_letters(number + 1)}{AT}"'
        pieces = [""] * (int(codes.max()) + 1)
        for code, look in looks.items():
            if not isinstance(look.content, Link):
                pieces[code] = place + self._piece(number, look)
        links = {code: (look.content, look) for code, look in looks.items() if isinstance(look.content, Link)}
        if links:
            codes = codes.copy()
            for row, code in _rows_with(codes, links):
                codes[row] = len(pieces)
                pieces.append(place + self._link(row, number, *links[code]))
        self.fragments.add(codes, pieces)

    def _piece(self, column: int, look: _Look) -> str:
        """What follows a cell's address."""
        content, formats = look.content, self._formats
        if content is None or content == "":
            return f"{formats.style(column, look.fill)}/>"
        if is_number(content):
            style = formats.style(column, look.fill, look.shape or number_format(content))
            return f"{style}><v>{content:.16G}</v></c>"
        text = clean(str(content))
        style = formats.style(column, look.fill, look.shape or formats.shape(column, text))
        sheet = self._sheets[0]  # all sheets share their texts
        index = sheet.shared_index(text)
        sheet.shared_again(look.times - 1)
        return f'{style} t="s"><v>{index}</v></c>'

    def _link(self, row: int, column: int, link: Link, look: _Look) -> str:
        """XlsxWriter keeps the link and would write its cell."""
        page, at = page_of(row)
        sheet = self._sheets[page]
        formats = self._formats.get(column, look.fill, _LINKED), self._formats.get(column, look.fill)
        write_link(sheet, (at, column), link, formats)
        cell = sheet.table[at].pop(column)
        style = f' s="{cell.format._get_xf_index()}"'
        if is_number(link.text):
            return f"{style}><v>{link.text}</v></c>"
        return f'{style} t="s"><v>{cell.string}</v></c>'


def _rows_with(codes: Array, wanted: Container[int]) -> list[tuple[int, int]]:
    """The rows that hold one of some codes, with it."""
    return [(row, code) for row, code in enumerate(codes.tolist()) if code in wanted]


def _looks(number: int, columns: Sequence[Column], cells: Sequence[Cells]) -> tuple[Array, dict[int, _Look]]:
    """The cells of a column that differ, by codes, and the code of every row."""
    import numpy as np

    own = cells[number]
    shapes = _shapes(number, columns[number], cells)
    if own.fills is None and shapes is None:
        counts = np.bincount(own.codes, minlength=len(own.words)).tolist()
        looks = {i: _Look(word, "", "", counts[i]) for i, word in enumerate(own.words) if counts[i]}
        return own.codes, looks
    width, kinds = len(own.colours), len(_SHAPES)
    keys = (own.codes.astype(np.int64) * width + (0 if own.fills is None else own.fills)) * kinds
    keys = keys if shapes is None else keys + shapes
    different, codes, counts = np.unique(keys, return_inverse=True, return_counts=True)
    looks = {
        i: _Look(own.words[key // kinds // width], own.colours[key // kinds % width], _SHAPES[key % kinds], times)
        for i, (key, times) in enumerate(zip(different.tolist(), counts.tolist(), strict=True))
    }
    return codes.astype(np.int32), looks


def _shapes(number: int, column: Column, cells: Sequence[Cells]) -> Array | None:
    """What is special about the cells of a column, by their places in :data:`_SHAPES`."""
    import numpy as np

    leads = cells[number].leads
    if leads is not None:
        shapes: Array = np.where(leads.pages >= 0, _SHAPES.index(_LINKED), 0)
        return shapes
    clipped = _clipped(number, column, cells)
    return None if clipped is None else clipped * _SHAPES.index(_CLIPPED)


def _clipped(number: int, column: Column, cells: Sequence[Cells]) -> Array | None:
    """Where a text is too long for its column: it must not flow into an empty cell beside it."""
    import numpy as np

    own = cells[number]
    if column.kind != "text":
        return None
    long = [isinstance(word, str) and len(clean(word)) > 0.85 * column.width for word in own.words]
    if not any(long):
        return None
    found: Array = np.array(long)[own.codes]
    if number + 1 < len(cells):
        beside = cells[number + 1]
        found = found & np.array([word is None or word == "" for word in beside.words])[beside.codes]
    return found


def _heights(columns: Sequence[Column], cells: Sequence[Cells]) -> tuple[Array, list[str]]:
    """The beginnings of rows: as high as the longest text in their wrapped columns needs."""
    import numpy as np

    lines = np.ones(len(cells[0]), dtype=np.int32)
    for column, own in zip(columns, cells, strict=True):
        if column.kind in ("wrap", "centre", "value"):
            width = column.width - (0 if column.kind == "centre" else INDENT)
            needed = np.ones(len(own.words), dtype=np.int32)
            for code in own.used().tolist():
                needed[code] = text_lines(shown(own.words[code]), width, POINTS)
            if needed.max(initial=1) > 1:
                np.maximum(lines, needed[own.codes], out=lines)
    heights = (_height(count) for count in range(int(lines.max()) + 1))
    return lines, [f'<row r="{AT}" ht="{height:g}" customHeight="1">' for height in heights]


def _height(lines: int) -> float:
    return _PIXEL * int((row_height(lines, POINTS) if lines > 1 else _LINE) / _PIXEL + 0.5)


def number_format(number: float) -> str:
    """Whole numbers without a decimal mark, others with their decimals."""
    return WHOLE if number == int(number) else BROKEN


class _Formats:
    """The cell formats of a listing's columns, each looked up once."""

    def __init__(self, styles: Styles, columns: Sequence[Column]) -> None:
        self._styles = styles
        self._columns = columns
        self._made: dict[tuple[int, str, str], Any] = {}
        self._styles_by: dict[tuple[int, str, str], str] = {}

    def get(self, column: int, fill: str, shape: str = "") -> Any:
        """The format of a cell: ``shape`` is a number format, ``long``, ``clipped``, or a link."""
        return self._made.get((column, fill, shape)) or self._make(column, fill, shape)

    def style(self, column: int, fill: str, shape: str = "") -> str:
        """The attribute of a cell's XML that names the format."""
        known = self._styles_by.get((column, fill, shape))
        if known is None:
            known = f' s="{self.get(column, fill, shape)._get_xf_index()}"'
            self._styles_by[column, fill, shape] = known
        return known

    def shape(self, column: int, text: str) -> str:
        """Long values are wrapped."""
        return _LONG if self._columns[column].kind == "value" and len(text) > _SHORT else ""

    def _make(self, column: int, fill: str, shape: str) -> Any:
        kind = self._columns[column].kind
        look: dict[str, Any] = {"font_size": POINTS}
        if kind in ("wrap", "centre", "value"):
            look["text_wrap"] = True
        if kind == "centre" or (kind == "value" and shape != _LONG):
            look["align"] = "center"
        elif kind in ("number", "signed"):
            look |= {"align": "right", "num_format": f"General;General;General;@{_PADDING}"}
        else:
            look |= {"align": "left", "indent": 1}
        if shape == _CLIPPED:
            look |= {"text_wrap": True, "valign": "top"}
        elif shape == _LINKED:
            look |= {"font_color": "#0563C1", "underline": 1}
        elif shape in (WHOLE, BROKEN):
            look["num_format"] = _padded(shape, kind)
        if fill:
            look["bg_color"] = fill
        made = self._made[column, fill, shape] = self._styles.cell(**look)
        return made


def _padded(shape: str, kind: str) -> str:
    """A number format as a column of some kind shows it."""
    if kind == "signed":
        return f"+{shape}{_PADDING};−{shape}{_PADDING};0{_PADDING}"
    return f"{shape}{_PADDING}" if kind == "number" else shape
