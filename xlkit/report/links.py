"""Texts and links as the cells of a report can hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 32_767
MAX_LINKS = 60_000
"""Excel drops a sheet's links when there are more than 65,530 of them."""

_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Link:
    """Text or a number that leads somewhere: ``internal:'Sheet'!A1`` or ``external:file.xlsx#'Sheet'!A1``.

    ``tip`` is shown when the mouse rests on it.
    """

    text: str | int | float
    url: str
    tip: str = ""


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
