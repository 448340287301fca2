"""Texts and links as the cells of a report can hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from xlkit.address import column_letters, quoted_sheet

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_TEXT = 32_767
MAX_LINKS = 65_530
"""Excel drops a sheet's links when there are more of them."""

_AT_ONCE = 5_000
"""Rows whose links are in memory as XML at the same time."""

_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Link:
    """Text or a number that leads somewhere: ``internal:'Sheet'!A1`` or ``external:file.xlsx#'Sheet'!A1``.

    ``tip`` is shown when the mouse rests on it.
    """

    text: str | int | float
    url: str
    tip: str = ""


@dataclass(frozen=True, eq=False)
class Leads:
    """Where the cells of a column lead in the same workbook.

    That of row ``i`` leads to row ``rows[i]`` and column ``columns[i]`` (from 1) of the sheet ``sheets[pages[i]]``;
    nowhere where ``pages[i]`` is -1.
    """

    sheets: Sequence[str]
    pages: Array
    rows: Array
    columns: Array


def leads_of(places: Sequence[tuple[str, int] | None]) -> Leads:
    """Of cells that lead to the beginning of rows, each told by its sheet and number, or nowhere."""
    import numpy as np

    sheets = {sheet: page for page, sheet in enumerate(dict.fromkeys(place[0] for place in places if place))}
    pages = np.array([sheets[place[0]] if place else -1 for place in places], dtype=np.int32)
    rows = np.array([place[1] if place else 0 for place in places], dtype=np.int32)
    return Leads(list(sheets), pages, rows, np.ones(len(places), dtype=np.int32))


def limited(columns: Iterable[Leads], spans: Sequence[tuple[int, int]]) -> Iterator[Leads]:
    """The same without the links that are too many for a sheet; it holds the rows from one to before another."""
    import numpy as np

    room = [MAX_LINKS] * len(spans)
    for leads in columns:
        pages = leads.pages.copy()
        for sheet, (first, last) in enumerate(spans):
            leading = first + np.flatnonzero(pages[first:last] >= 0)
            pages[leading[room[sheet] :]] = -1
            room[sheet] = max(room[sheet] - len(leading), 0)
        yield replace(leads, pages=pages)


def links_xml(column: int, leads: Leads, first: int, last: int, number: int) -> Iterator[bytes]:
    """The links of a column (from 1) in the rows ``first`` to before ``last``, which stand from row ``number`` on."""
    import numpy as np

    letters = column_letters(column)
    into = [_place_in(sheet) for sheet in leads.sheets]
    leading = first + np.flatnonzero(leads.pages[first:last] >= 0)
    for begin in range(0, len(leading), _AT_ONCE):
        some = leading[begin : begin + _AT_ONCE]
        cells = ((some + (number - first)), leads.pages[some], leads.rows[some], leads.columns[some])
        yield "".join(
            [
                f'<hyperlink ref="{letters}{at}" location={into[page][0]}{column_letters(to)}{row}" '
                f'tooltip={into[page][1]}{row}"/>'
                for at, page, row, to in zip(*(one.tolist() for one in cells), strict=True)
            ]
        ).encode()


def _place_in(sheet: str) -> tuple[str, str]:
    """How the address and the tip of a link to a sheet begin, as attributes that are still open."""
    address, tip = f"{quoted_sheet(sheet)}!", f"Лист «{sheet}», строка "
    return tuple(quoteattr(text, {'"': "&quot;"})[:-1] for text in (address, tip))  # type: ignore[return-value]


def clean(text: str) -> str:
    """Text as a cell can hold it: what XML forbids replaced, what is too long cut visibly."""
    text = _UNWRITABLE.sub("\ufffd", text)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def shown(content: object) -> str:
    """What a cell shows of a content."""
    return str(content.text if isinstance(content, Link) else ("" if content is None else content))


def write_link(sheet: Any, at: tuple[int, int], link: Link, looks: tuple[Any, Any]) -> None:
    """A link, or its text where there are too many or Excel would not take it; ``looks`` of the one and the other."""
    text = clean(str(link.text))
    tip = link.tip or None
    linked = sheet.hlink_count < MAX_LINKS and writable_link(link.url)
    linked = linked and sheet.write_url(*at, link.url, looks[0], text, tip) == 0
    if isinstance(link.text, (int, float)):
        sheet.write_number(*at, link.text, looks[0] if linked else looks[1])
    elif not linked:
        sheet.write_string(*at, text, looks[1])


def writable_link(url: str) -> bool:
    """Whether a link leads where it says: one ``#``, nothing that looks escaped already, not too long."""
    return (
        url.count("#") <= 1
        and len(url) < 1000
        and not re.search("%[0-9a-fA-F]{2}", url)
        and not _UNWRITABLE.search(url)
        and not re.search(r"[\x00-\x1f]", url)
    )
