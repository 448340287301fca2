"""The one parser of cell values, and of the letters and spaces that people mix up in texts.

A cell of a form means a number, a dash (nothing planned), yes, a cross (the period has not come), blank,
an Excel error, or text. A dash is not 0 and not blank. What is not certain is never guessed: it comes back
as ``AMBIGUOUS`` with what it may mean.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from xlkit.texts import Text, figure

T = TypeVar("T")


class Kind(StrEnum):
    """What a cell's content means."""

    NUMBER = "number"
    DASH = "dash"
    YES = "yes"
    CROSS = "cross"
    BLANK = "blank"
    TEXT = "text"
    AMBIGUOUS = "ambiguous"
    DATE = "date"
    ERROR = "error"
    UNCACHED = "uncached"


@dataclass(frozen=True, slots=True)
class ExcelError:
    """An Excel error value such as ``#REF!``, which readers otherwise confuse with an empty cell."""

    code: str

    def __str__(self) -> str:
        return self.code

    def __reduce__(self) -> tuple[type[ExcelError], tuple[str]]:
        return ExcelError, (self.code,)  # a frozen class with slots is else pickled four times as slowly


@dataclass(frozen=True, slots=True)
class Uncached:
    """A formula that was saved without its computed value."""

    formula: str = ""

    def __str__(self) -> str:
        return f"={self.formula}"

    def __reduce__(self) -> tuple[type[Uncached], tuple[str]]:
        return Uncached, (self.formula,)


@dataclass(frozen=True, slots=True)
class Value:
    """A parsed cell.

    ``plain`` tells a true number (or the usual dash, «да», «х») from one that had to be converted; ``note``
    names the conversion, ``suggestion`` what was probably meant where the kind is not certain. A number too large
    to count with is ``TEXT`` with a note.
    """

    kind: Kind
    number: float | None = None
    note: Text | None = None
    suggestion: str | None = None

    @property
    def plain(self) -> bool:
        return self.note is None


DASHES = ("-", "–", "—")
YES = "да"
CROSSES = ("х", "x")

_ODD_DASHES = ("\u2010", "\u2011", "\u2012", "\u2212", "\u2015", "\u00ad")
_SPACES = " \u00a0\u2007\u2009\u202f"
_GROUP = f"[{_SPACES}]"
_OUTER = re.compile("^[\\s\u200b\u2060\ufeff]+|[\\s\u200b\u2060\ufeff]+$")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_GROUPED = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:{_GROUP}[0-9]{{3}})+(?:[.,][0-9]+)?")
_POINT_OR_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_COMMA_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2},000")
_DIGITS_ONLY = re.compile(rf"[-+–—]?[0-9{_SPACES}.,'’]+")
_LEADING_NUMBER = re.compile(rf"([+-]?[0-9](?:[0-9]|{_GROUP}(?=[0-9]{{3}}(?![0-9])))*(?:,[0-9]+)?)(?![0-9])")

_LOOKALIKE_DIGITS = str.maketrans("ОоOoЗзlIІ|", "0000331111")
_LATIN_LOOKALIKES = str.maketrans("ABCEHKMOPTXaceopxyk", "АВСЕНКМОРТХасеорхук")

_LARGEST = 9.99999999999999e307
"""The largest number that Excel holds; NaN and infinity are none either."""

_TEXT_NUMBER = Text("число записано текстом", "a number typed as text")
_SPACED = Text("лишние пробелы или переносы строки", "stray spaces or line breaks")
_GROUPED_NOTE = Text("число записано текстом с пробелами", "a number typed as text with spaces")
_COMMA = Text("число записано текстом с запятой", "a number typed as text with a comma")
_POINT = Text("точка прочитана как десятичный знак", "the point was read as a decimal mark")
_MINUS = Text("типографский минус", "a typographic minus")
_CASE = Text("вместо «да» написано «{text}»", "«{text}» instead of «да»")
_TOO_LARGE = Text("число больше, чем вмещает Excel", "a number beyond what Excel holds")
_ODD_DASH = Text("необычный знак вместо прочерка", "an unusual character for the dash")


def parse_value(raw: object) -> Value:
    """What a cell's raw content means.

    ``raw`` is what the reader gives: None, str, int, float, bool, a date or time, :class:`ExcelError` or
    :class:`Uncached`. Never raises and never guesses.
    """
    if raw is None:
        return Value(Kind.BLANK)
    if isinstance(raw, str):
        return _parse_text(raw)
    if isinstance(raw, bool):
        return Value(Kind.TEXT, suggestion=YES if raw else "-")
    if isinstance(raw, (int, float)):
        if abs(raw) <= _LARGEST:
            return Value(Kind.NUMBER, float(raw))
        return Value(Kind.TEXT, note=_TOO_LARGE if raw == raw else None)  # what equals not even itself is no number
    if isinstance(raw, (dt.date, dt.time, dt.timedelta)):
        return Value(Kind.DATE)
    if isinstance(raw, ExcelError):
        return Value(Kind.ERROR)
    if isinstance(raw, Uncached):
        return Value(Kind.UNCACHED)
    raise TypeError(f"not a cell's content: {raw!r}")


@lru_cache(maxsize=65536)
def _parse_text(raw: str) -> Value:
    text = _OUTER.sub("", raw)
    note = _SPACED if text != raw else None
    if not text:
        return Value(Kind.BLANK)
    if text in DASHES:
        return Value(Kind.DASH, note=note)
    if text in _ODD_DASHES:
        return Value(Kind.DASH, note=_ODD_DASH)
    if text.casefold() == YES:
        return Value(Kind.YES, note=note if text == YES else _CASE.format(text=text))
    if text.casefold() in CROSSES:
        return Value(Kind.CROSS, note=note)
    return _parse_numeric_text(text)


def _parse_numeric_text(text: str) -> Value:
    signed = text.replace("\u2212", "-", 1) if text.startswith("\u2212") else text
    if _POINT_OR_GROUP.fullmatch(signed) or _COMMA_GROUP.fullmatch(signed):
        point = signed.replace(",", ".")
        either = point.replace(".", ","), figure(float(point.replace(".", "")))
        return Value(Kind.AMBIGUOUS, suggestion=" / ".join(either))
    if _PLAIN_NUMBER.fullmatch(signed) or _GROUPED.fullmatch(signed):
        number = _number(signed)
        if abs(number) > _LARGEST:
            return Value(Kind.TEXT, note=_TOO_LARGE)
        return Value(Kind.NUMBER, number, note=_note(text, signed))
    if _DIGITS_ONLY.fullmatch(signed) and any(c.isdigit() for c in signed):
        return Value(Kind.AMBIGUOUS, suggestion=_digits_suggestion(signed))
    return Value(Kind.TEXT, suggestion=_text_suggestion(signed))


def _number(text: str) -> float:
    return float(re.sub(_GROUP, "", text).replace(",", "."))


def _figure_of(text: str) -> str | None:
    """A number in text as a form prints it; ``None`` for more digits than Excel holds."""
    number = _number(text)
    return figure(number) if abs(number) <= _LARGEST else None


def _note(text: str, signed: str) -> Text:
    if text != signed:
        return _MINUS
    if "." in text:
        return _POINT
    if "," in text:
        return _COMMA
    return _TEXT_NUMBER if _PLAIN_NUMBER.fullmatch(text) else _GROUPED_NOTE


def _digits_suggestion(text: str) -> str | None:
    """For digits whose marks contradict each other: the number without its spaces, where that is one."""
    bare = re.sub(rf"[{_SPACES}'’]", "", text)
    return _figure_of(bare) if _PLAIN_NUMBER.fullmatch(bare) and "." not in bare else None


def _text_suggestion(text: str) -> str | None:
    """«98 чел.» suggests 98, «1О» (a letter for the zero) suggests 10, «дa» (a Latin a) suggests да."""
    if to_cyrillic(text).casefold().rstrip(".!") == YES:
        return YES
    if set(text) <= set("-–—_. "):
        return "-"
    lookalike = text.translate(_LOOKALIKE_DIGITS)
    if any(c.isdigit() for c in text) and (_PLAIN_NUMBER.fullmatch(lookalike) or _GROUPED.fullmatch(lookalike)):
        return _figure_of(lookalike)
    found = _LEADING_NUMBER.findall(text)
    return _figure_of(found[0]) if len(found) == 1 else None


# --- many contents ----------------------------------------------------------------------------------------

_ALIKE = frozenset((str, int, float, type(None)))
"""Contents of these types mean the same where they are equal: 2 and 2.0, but not 1 and True, nor two decimals."""


def of_each(function: Callable[[Any], T], contents: Sequence[Any]) -> list[T]:
    """What a function says of every content; of those that are alike it is asked once."""
    if not _ALIKE.issuperset(map(type, contents)):
        return [function(one) for one in contents]
    known = {one: function(one) for one in set(contents)}
    return list(map(known.__getitem__, contents))


# --- texts -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def squeezed(text: str) -> str:
    """Text with every run of white space (no-break spaces and line breaks too) as one space, ends stripped."""
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """The form in which texts are compared: spaces squeezed, one kind of dash and quote, ё as е, lower case."""
    text = squeezed(unicodedata.normalize("NFKC", text)).casefold().replace("ё", "е")
    for dash in (*DASHES[1:], *_ODD_DASHES):
        text = text.replace(dash, "-")
    return re.sub("[«»“”„\"']", '"', text)


def as_text(raw: object) -> str:
    """A cell of a text column as text: ``None`` is empty, ``4.0`` is «4», an error is its code."""
    if isinstance(raw, str):
        return raw
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, dt.datetime) and raw.time() == dt.time():
        return raw.strftime("%d.%m.%Y")
    if isinstance(raw, dt.date):
        return raw.strftime("%d.%m.%Y")
    return str(raw)


def to_cyrillic(text: str) -> str:
    """Latin letters that look Cyrillic replaced by those."""
    return text.translate(_LATIN_LOOKALIKES)


@lru_cache(maxsize=65536)
def cluster_key(text: str) -> str:
    """The form in which cluster ids are compared: kinds of dash, case, spaces and look-alike letters do not count."""
    return folded(to_cyrillic(text)).replace(" ", "")


@lru_cache(maxsize=65536)
def homoglyphs(text: str) -> tuple[Text, ...]:
    """Latin letters inside words that are otherwise Cyrillic, each named: «c» (U+0063, LATIN SMALL LETTER C) in «…».

    A word wholly in Latin letters (a brand, a file name) is nobody's slip and is left alone.
    """
    found: list[Text] = []
    if not re.search("[A-Za-z]", text):
        return ()
    for word in re.findall(r"[^\W\d_]+", text):
        scripts = {_script(c) for c in word}
        if {"LATIN", "CYRILLIC"} <= scripts:
            found += [_named(c, word) for c in word if _script(c) == "LATIN"]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def _named(letter: str, word: str) -> Text:
    return Text(f"{_character(letter)} в «{word}»", f"{_character(letter)} in «{word}»")


def _character(letter: str) -> str:
    return f"«{letter}» (U+{ord(letter):04X}, {unicodedata.name(letter, '')})"


def lookalike_digits(text: str) -> list[Text]:
    """Letters in a code or number that look like its digits, each named with the digit: «З» (U+0417, …) for 3."""
    return [
        Text(f"{_character(letter)} вместо {digit}", f"{_character(letter)} for {digit}")
        for letter in dict.fromkeys(text)
        if (digit := letter.translate(_LOOKALIKE_DIGITS)) != letter
    ]
