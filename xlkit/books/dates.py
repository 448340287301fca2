"""Which number formats show dates, and what date a serial number is.

Excel keeps a date as a number; only the cell's format tells. What is no date of its calendar stays the number that
the file holds: a negative serial, the 29 February 1900 (60) that never was, what lies after 9999.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache

from lxml import etree

from xlkit.books.xmltext import parsed


class Shown(Enum):
    """How a format shows a number."""

    DATE = "date"
    DURATION = "duration"


_BUILT_IN = dict.fromkeys((*range(14, 23), 45, 47), Shown.DATE) | {46: Shown.DURATION}
_NOT_A_CODE = re.compile(r'"[^"]*"|\\.|_.|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]', re.IGNORECASE)
_DURATION = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_DATE = re.compile("[dmhys]", re.IGNORECASE)

_EPOCH_1900, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
_LAST_SERIAL = 2958466
_NEVER_WAS = 60
_DAY_MS = 86_400_000


def shown_as(code: str) -> Shown | None:
    """How a format code such as ``dd.mm.yyyy`` shows a number; ``None`` for a plain number."""
    code = _NOT_A_CODE.sub("", code.split(";")[0])
    if code.strip().lower() == "general":
        return None
    if _DURATION.search(code):
        return Shown.DURATION
    return Shown.DATE if _DATE.search(code) else None


@lru_cache(maxsize=8)
def date_styles(styles: bytes | None) -> Mapping[str, Shown]:
    """The numbers of the cell styles whose format shows dates; ``styles`` is the part, if there is one.

    The workbooks of one template have the same part.
    """
    if styles is None:
        return {}
    root = parsed(styles)
    formats = _BUILT_IN | {
        int(number): shown_as(one.get("formatCode", ""))
        for one in _within(root, "numFmts")
        if (number := one.get("numFmtId", "")).isdecimal()
    }
    found = {}
    for index, style in enumerate(_within(root, "cellXfs")):
        number = style.get("numFmtId", "0")
        shown = formats.get(int(number)) if number.isdecimal() else None
        if shown is not None:
            found[str(index)] = shown
    return found


def _within(root: etree._Element, name: str) -> Iterator[etree._Element]:
    for parent in root.iterchildren(f"{{*}}{name}"):
        yield from parent.iterchildren("{*}*")


def date_of(serial: float, shown: Shown, from_1904: bool) -> object:
    """The date, time (a serial below 1) or duration of a serial number; the number itself where it is none."""
    days, part = divmod(serial, 1)
    passed = dt.timedelta(milliseconds=round(part * _DAY_MS))
    if shown is Shown.DURATION:
        return dt.timedelta(days=days) + passed if abs(serial) < _LAST_SERIAL else serial
    if not 0 <= serial < _LAST_SERIAL or (days == _NEVER_WAS and not from_1904):
        return serial
    if days == 0 and passed < dt.timedelta(days=1):
        return (dt.datetime.min + passed).time()
    # Before its 29 February 1900 Excel counts from the day after the epoch.
    moment = _EPOCH_1904 if from_1904 else _EPOCH_1900 + dt.timedelta(days=int(days < _NEVER_WAS))
    try:
        moment += dt.timedelta(days=days) + passed
    except OverflowError:
        return serial
    return moment.date() if moment.time() == dt.time() else moment


def serial_of(moment: dt.date | dt.time | dt.timedelta) -> float | None:
    """The serial number by which Excel (calendar of 1900) keeps a date, time or duration; None for an earlier date."""
    if isinstance(moment, dt.timedelta):
        return moment / dt.timedelta(days=1)
    if isinstance(moment, dt.time):
        return (dt.datetime.combine(dt.date.min, moment.replace(tzinfo=None)) - dt.datetime.min) / dt.timedelta(days=1)
    whole = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
    serial = (whole.replace(tzinfo=None) - _EPOCH_1900) / dt.timedelta(days=1)
    if serial < _NEVER_WAS + 1:
        serial -= 1
    return serial if serial >= 1 else None
