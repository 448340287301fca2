"""Reporting periods: «2026, I квартал» and the other ways in which people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from xlkit.values import folded

QUARTERS = ("I", "II", "III", "IV")

_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")
_QUARTER = re.compile(r"(?<![a-zа-я0-9])(iv|i{1,3}|[1-4])(?:-?й)?\s*(?:кв|квартал|q)(?![a-z])|q([1-4])(?![0-9])")
_SPANS = (
    (re.compile(r"(?<![0-9])12 месяц"), 4),
    (re.compile(r"(?<![0-9])9 месяц"), 3),
    (re.compile(r"(?<![0-9])6 месяц|(?<![0-9i])(?:1|i|первое)(?:-?е)? полугоди"), 2),
    (re.compile(r"(?<![0-9])(?:2|ii|второе)(?:-?е)? полугоди"), 4),
    (re.compile(r"(?<![0-9])3 месяц"), 1),
    (re.compile(r"^\W*(?:за )?полугодие"), 2),
)
_ORDINALS = {"перв": "i", "втор": "ii", "трет": "iii", "четверт": "iv"}
_ORDINAL = re.compile(r"(перв|втор|трет|четверт)[а-я]+ квартал")
_LAST_DAY = re.compile(r"(31\.03|30\.06|30\.09|31\.12)\.(20[0-9]{2})")
_WHOLE_YEAR = re.compile(r"(?:за)?(?:год|г)?")


_ONE_YEAR = re.compile(r"(20[0-9]{2})(?:\.0+)?(?: ?(?:год|г\.?))?")


@lru_cache(maxsize=4096)
def read_year(text: str) -> int | None:
    """A year as people and programs write it: «2026», «2026 г.», «2026 год», «2026.0»; else ``None``."""
    found = _ONE_YEAR.fullmatch(folded(text))
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A quarter (1–4) of a year; a whole year is its fourth quarter."""

    year: int
    quarter: int

    def __str__(self) -> str:
        return f"{self.year}, {QUARTERS[self.quarter - 1]} квартал"


def read_period(text: str) -> Period | None:
    """Read a period; ``None`` where the text is not one or could be two."""
    plain = _ORDINAL.sub(lambda found: f"{_ORDINALS[found[1]]} квартал", folded(text).replace("і", "i"))
    if last_day := _LAST_DAY.fullmatch(plain.removeprefix("на ")):
        return Period(int(last_day[2]), int(last_day[1][3:]) // 3)
    years = set(_YEAR.findall(plain))
    if len(years) != 1:
        return None
    year = years.pop()
    rest = plain.replace(year, " ")
    found = _QUARTER.findall(rest)
    if len(found) == 1:
        word = found[0][0] or found[0][1]
        quarter = int(word) if word.isdigit() else QUARTERS.index(word.upper()) + 1
        return Period(int(year), quarter)
    for words, quarter in _SPANS:
        if words.search(rest):
            return Period(int(year), quarter)
    return Period(int(year), 4) if _WHOLE_YEAR.fullmatch(re.sub(r"[\s.,-]", "", rest)) else None


def periods_of(years: tuple[int, ...]) -> list[Period]:
    """Every quarter of a programme."""
    return [Period(year, quarter) for year in years for quarter in range(1, 5)]
