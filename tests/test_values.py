"""The parser of cell values: a table of every form that the sources have, and the laws that it keeps."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlkit.texts import figure, joined
from xlkit.values import (
    ExcelError,
    Kind,
    Uncached,
    as_text,
    folded,
    homoglyphs,
    lookalike_digits,
    parse_value,
    squeezed,
    to_cyrillic,
)

NBSP, NARROW, THIN, FIGURE_SPACE = "\u00a0", "\u202f", "\u2009", "\u2007"
MINUS = "\u2212"
GROUP_SPACES = (" ", NBSP, NARROW, THIN, FIGURE_SPACE)


# --- tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw, number", [(0, 0), (5, 5), (99547.0, 99547), (0.5, 0.5), (-3, -3), (1e15, 1e15)])
def test_a_true_number_is_plain(raw: float, number: float) -> None:
    value = parse_value(raw)
    assert (value.kind, value.number, value.plain) == (Kind.NUMBER, number, True)


@pytest.mark.parametrize(
    "text, number",
    [
        ("5", 5),
        ("0", 0),
        ("10 000", 10000),
        (f"9{NBSP}547", 9547),
        (f"9{NARROW}547", 9547),
        (f"9{THIN}547", 9547),
        ("1 234 567", 1234567),
        (f"1{NBSP}234 567,5", 1234567.5),
        ("0,5", 0.5),
        ("99,547", 99.547),
        ("12.5", 12.5),
        ("0.234", 0.234),
        ("1.2345", 1.2345),
        ("1234.567", 1234.567),
        ("-3", -3),
        (f"{MINUS}3", -3),
        (f"{MINUS}10 000", -10000),
        ("+7", 7),
        ("  98 ", 98),
        ("98\n", 98),
        (f"{NBSP}98{NBSP}", 98),
        ("007", 7),
    ],
)
def test_a_text_that_denotes_a_number(text: str, number: float) -> None:
    """It is the number, but the conversion is told: the workbook's own formulas do not count it."""
    value = parse_value(text)
    assert (value.kind, value.number, value.plain) == (Kind.NUMBER, number, False)


@pytest.mark.parametrize(
    "text, suggestion",
    [
        ("1.234", f"1,234 / 1{NBSP}234"),
        ("10.000", f"10,000 / 10{NBSP}000"),
        ("-1.234", f"-1,234 / -1{NBSP}234"),
        (f"{MINUS}1.234", f"-1,234 / -1{NBSP}234"),
        ("1,234,5", None),
        ("1.234.567", None),
        ("1.234,5", None),
        ("1,234.5", None),
        ("10  000", f"10{NBSP}000"),
        ("1 00", "100"),
        ("1'000", f"1{NBSP}000"),
        ("0 123", "123"),
        ("–5", None),
        ("5-", None),
    ],
)
def test_what_may_mean_two_numbers_is_neither(text: str, suggestion: str | None) -> None:
    value = parse_value(text)
    assert value.kind in (Kind.AMBIGUOUS, Kind.TEXT)
    assert value.number is None
    if suggestion is not None:
        assert (value.kind, value.suggestion) == (Kind.AMBIGUOUS, suggestion)


@pytest.mark.parametrize("text", ["-", "–", "—"])
def test_the_usual_dashes_are_plain(text: str) -> None:
    assert parse_value(text).kind is Kind.DASH
    assert parse_value(text).plain


@pytest.mark.parametrize("text", [" -", "–\n", f"{NBSP}—", "\u2010", "\u2011", "\u2012", MINUS, "\u2015", "\u00ad"])
def test_other_dashes_are_dashes_with_a_note(text: str) -> None:
    assert parse_value(text).kind is Kind.DASH
    assert not parse_value(text).plain


@pytest.mark.parametrize(
    "text, kind, plain",
    [
        ("да", Kind.YES, True),
        ("Да", Kind.YES, False),
        ("ДА", Kind.YES, False),
        (" да ", Kind.YES, False),
        ("х", Kind.CROSS, True),
        ("Х", Kind.CROSS, True),
        ("x", Kind.CROSS, True),
        ("X ", Kind.CROSS, False),
    ],
)
def test_yes_and_cross(text: str, kind: Kind, plain: bool) -> None:
    assert (parse_value(text).kind, parse_value(text).plain) == (kind, plain)


@pytest.mark.parametrize("raw", [None, "", " ", "\t", "\n", "\r\n", NBSP, NARROW, f" {NBSP}\n", "\u200b", "\ufeff"])
def test_blanks(raw: str | None) -> None:
    assert parse_value(raw).kind is Kind.BLANK


@pytest.mark.parametrize(
    "text, suggestion",
    [
        ("98 чел.", "98"),
        ("чел. 98", "98"),
        ("10 000 руб.", f"10{NBSP}000"),
        ("0,5 %", "0,5"),
        ("-5 чел.", "-5"),
        ("98чел", "98"),
        ("[bookmark: _GoBack]98", "98"),
        ("1О", "10"),  # a Cyrillic letter for the zero
        ("1O", "10"),  # a Latin one
        ("З5", "35"),
        ("l2", "12"),
        ("1О 000", f"10{NBSP}000"),
        ("дa", "да"),  # a Latin a
        ("да.", "да"),
        ("--", "-"),
        ("_", "-"),
        ("50-60", None),
        ("2026/2027", None),
        ("нет", None),
        ("ОО", None),
        ("12.5 чел. 3", None),
        ("1e5", None),
        ("0x1F", None),
        ("٣", None),  # an Arabic digit
        ("½", None),
        ("NaN", None),
        ("inf", None),
        ("#REF!", None),
        ("=1+1", None),
    ],
)
def test_a_text_is_a_text_with_what_was_probably_meant(text: str, suggestion: str | None) -> None:
    value = parse_value(text)
    assert (value.kind, value.number, value.suggestion) == (Kind.TEXT, None, suggestion)


@pytest.mark.parametrize(
    "raw, kind",
    [
        (True, Kind.TEXT),
        (False, Kind.TEXT),
        (math.nan, Kind.TEXT),
        (math.inf, Kind.TEXT),
        (-math.inf, Kind.TEXT),
        (dt.date(2026, 1, 2), Kind.DATE),
        (dt.datetime(2026, 1, 2, 3, 4), Kind.DATE),
        (dt.time(3, 4), Kind.DATE),
        (dt.timedelta(hours=1), Kind.DATE),
        (ExcelError("#REF!"), Kind.ERROR),
        (Uncached("A1+1"), Kind.UNCACHED),
    ],
)
def test_contents_that_are_no_numbers(raw: object, kind: Kind) -> None:
    assert parse_value(raw).kind is kind
    assert parse_value(raw).number is None


def test_what_no_cell_holds_is_a_bug_of_the_caller() -> None:
    with pytest.raises(TypeError):
        parse_value([1])


@pytest.mark.parametrize("digits", [309, 400])
def test_a_number_too_large_for_excel_is_not_infinity(digits: int) -> None:
    """Float's overflow must not come out as a figure: infinity passes every later check of a minimum."""
    for raw in ("9" * digits, 10**digits):
        value = parse_value(raw)
        assert value.kind is Kind.TEXT and "больше" in str(value.note)
    assert parse_value(math.nan).note is None
    assert "inf" not in (parse_value("9" * digits + " чел.").suggestion or "")


# --- laws -------------------------------------------------------------------------------------------------

# Excel holds 15 significant digits; a form has at most a few decimals.
decimals = st.decimals(min_value=-(10**11), max_value=10**11, places=3, allow_nan=False, allow_infinity=False)


def russian(number: Decimal, space: str, minus: str) -> str:
    """A number as a Russian typist writes it: groups of three, a comma, no needless zeros."""
    text = f"{abs(number):,f}"
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return (minus if number < 0 else "") + whole.replace(",", space) + (f",{fraction}" if fraction else "")


@given(decimals, st.sampled_from(GROUP_SPACES), st.sampled_from(["-", MINUS]))
def test_a_number_in_russian_style_parses_back(number: Decimal, space: str, minus: str) -> None:
    value = parse_value(russian(number, space, minus))
    assert (value.kind, value.number) == (Kind.NUMBER, float(number))


@given(decimals)
def test_the_figure_of_a_number_parses_back(number: Decimal) -> None:
    assert parse_value(figure(float(number))).number == float(number)


@given(st.integers(1 - 10**15, 10**15 - 1))
def test_the_figure_of_a_whole_number_parses_back(number: int) -> None:
    assert parse_value(figure(number)).number == number
    assert figure(number) == figure(float(number))


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1e308, "1E+308"), (-1.5e20, "-1,5E+20"), (10**15, "1E+15"), (999_999, "999 999")],
)
def test_a_number_of_more_than_15_digits_is_short(number: float, shown: str) -> None:
    assert figure(number).replace("\u00a0", " ") == shown


cell_texts = st.one_of(
    st.text(),
    st.text(alphabet="0123456789 .,-–—−+'’" + NBSP + NARROW, max_size=12),
    st.text(alphabet="даДАdaхxOОЗзlI|098 .,%-чел", max_size=10),
)


@given(cell_texts)
def test_parsing_never_raises_and_agrees_with_itself(text: str) -> None:
    value = parse_value(text)
    assert (value.number is not None) == (value.kind is Kind.NUMBER)
    assert value == parse_value(text)


_RUSSIAN_NUMBER = re.compile(rf"([+{MINUS}-]?)((?:[1-9][0-9]{{0,2}}(?: [0-9]{{3}})+)|[0-9]+)(?:[.,]([0-9]+))?")


@given(cell_texts)
def test_a_text_is_a_number_only_if_it_denotes_exactly_that_number(text: str) -> None:
    value = parse_value(text)
    if value.kind is not Kind.NUMBER:
        return
    plain = squeezed(re.sub(f"[{''.join(GROUP_SPACES)}]", " ", text))
    match = _RUSSIAN_NUMBER.fullmatch(plain)
    assert match is not None, f"{text!r} was read as {value.number}"
    denoted = Decimal(f"{match[1].replace(MINUS, '-')}{match[2].replace(' ', '')}.{match[3] or 0}")
    assert value.number == float(denoted)


OUTER_SPACES = [c for c in map(chr, range(0x10000)) if c.isspace()] + ["\u200b", "\ufeff"]


@given(
    st.sampled_from(["5", "10 000", "-", "да", "х", "98 чел.", "1.234", "1О", "нет", ""]),
    st.text(alphabet=" \t\r\n" + "".join(GROUP_SPACES), max_size=3),
    st.text(alphabet=" \t\r\n" + "".join(GROUP_SPACES), max_size=3),
)
def test_outer_white_space_changes_no_meaning(text: str, before: str, after: str) -> None:
    bare, padded = parse_value(text), parse_value(before + text + after)
    assert (padded.kind, padded.number, padded.suggestion) == (bare.kind, bare.number, bare.suggestion)


def test_every_white_space_character_counts_as_such() -> None:
    """Word leaves U+000B and U+2003 behind; :func:`squeezed` strips them from texts, so values must too."""
    strange = [
        f"U+{ord(space):04X}"
        for space in OUTER_SPACES
        if parse_value(space).kind is not Kind.BLANK or parse_value(f"{space}5{space}").number != 5
    ]
    assert strange == []


# --- texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw, text",
    [(None, ""), (4.0, "4"), (4, "4"), (1.5, "1.5"), ("4.", "4."), (ExcelError("#N/A"), "#N/A"),
     (dt.date(2026, 4, 1), "01.04.2026"), (dt.datetime(2026, 4, 1), "01.04.2026")],
)  # fmt: skip
def test_a_cell_of_a_text_column(raw: object, text: str) -> None:
    assert as_text(raw) == text


@pytest.mark.parametrize(
    "one, other",
    [
        ("Единица\nизмерения", "единица измерения"),
        (f"тыс.{NBSP}руб. ", "тыс. руб."),
        ("Учёт", "учет"),
        ("№ п/п", "№  П/П"),
        ("«Пример»", '"Пример"'),
        ("2026–2028", "2026-2028"),
        ("При\u200bмер", "пример"),
    ],
)
def test_texts_that_are_compared_as_equal(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text())
def test_folding_and_squeezing_are_idempotent(text: str) -> None:
    assert squeezed(squeezed(text)) == squeezed(text)
    assert folded(squeezed(text)) == folded(text)


@pytest.mark.parametrize(
    "text, letters",
    [
        ("Cоздано", ["C (U+0043"]),
        ("Создaно цeнтров", ["a (U+0061", "e (U+0065"]),
        ("учебно-пpоизводственных", ["p (U+0070"]),
        ("Создано", []),
        ("IT-кластер", []),
        ("система SCADA", []),
        ("1C и 1С", []),
        ("", []),
    ],
)
def test_latin_letters_in_cyrillic_words_are_named(text: str, letters: list[str]) -> None:
    named = [one.ru.replace("«", "").replace("»", "") for one in homoglyphs(text)]
    assert len(named) == len(letters)
    assert all(name.startswith(letter) for name, letter in zip(named, letters, strict=True))


def test_a_homoglyph_is_named_with_its_script_and_word() -> None:
    (named,) = homoglyphs("Cоздано центров")
    assert "LATIN" in named.ru and "LATIN" in named.en
    assert "в «Cоздано»" in named.ru and "in «Cоздано»" in named.en


@pytest.mark.parametrize(("code", "said"), [("1.З.2", "«З» (U+0417"), ("l.3.2", "«l» (U+006C"), ("1.3.2", "")])
def test_letters_in_codes_are_named(code: str, said: str) -> None:
    assert said in joined(lookalike_digits(code)).ru


@pytest.mark.parametrize("text", ["Создано", "дa", "ABCEHKMOPTXaceopxyk"])
def test_cyrillic_look_alikes(text: str) -> None:
    assert homoglyphs(to_cyrillic(text)) == ()
    assert not re.search("[a-zA-Z]", to_cyrillic(text))
