"""Ranked explanations of a broken equality: what a person most likely did, never a correction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlkit.texts import Text, figure

MAX_GUESSES = 4


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A figure that stands near the broken one, and where."""

    label: Text
    number: float


def explain_gap(
    found: float,
    expected: float,
    neighbours: Sequence[Neighbour] = (),
    addends: Sequence[Neighbour] = (),
    declared: Text | None = None,
) -> list[Text]:
    """Explanations of why ``found`` stands where ``expected`` should, the likeliest first, at most four.

    ``neighbours`` are figures of neighbouring years and rows that may have been copied by mistake, ``addends``
    figures that may be missing from (or be too many in) the sum, ``declared`` the rule book's own explanation.
    """
    guesses = [declared] if declared else []
    for guess in _all(found, expected, neighbours, addends):
        if guess not in guesses:
            guesses.append(guess)
    return guesses[:MAX_GUESSES]


def _all(
    found: float, expected: float, neighbours: Sequence[Neighbour], addends: Sequence[Neighbour]
) -> Iterator[Text]:
    yield from _digits(found, expected)
    yield from _factor(found, expected)
    for one in neighbours:
        if one.number == found:
            yield Text(f"взято значение из соседней ячейки: {one.label.ru}", f"taken from next door: {one.label.en}")
    gap = expected - found
    if gap:
        for one in addends:
            if one.number == gap:
                yield Text(
                    f"не учтено слагаемое {figure(gap)}: {one.label.ru}",
                    f"an addend is missing, {figure(gap)}: {one.label.en}",
                )
            elif one.number == -gap:
                yield Text(
                    f"учтено лишнее слагаемое {figure(-gap)}: {one.label.ru}",
                    f"an addend too many, {figure(-gap)}: {one.label.en}",
                )


def _digits(found: float, expected: float) -> Iterator[Text]:
    """One digit mistyped, two neighbours swapped, one too many or too few."""
    a, b = _plain(found), _plain(expected)
    if a is None or b is None:
        return
    if found == -expected:
        yield Text("потерян или добавлен знак минус", "a minus sign is lost or added")
    elif len(a) == len(b):
        wrong = [i for i in range(len(a)) if a[i] != b[i]]
        if len(wrong) == 1 and len(a) > 1:
            yield Text(f"опечатка в одной цифре: {a} вместо {b}", f"one digit mistyped: {a} instead of {b}")
        elif len(wrong) == 2 and wrong[1] == wrong[0] + 1 and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]:
            yield Text(f"переставлены две цифры: {a} вместо {b}", f"two digits swapped: {a} instead of {b}")
    elif abs(len(a) - len(b)) == 1 and min(len(a), len(b)) > 1:
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        zero_added = longer == shorter + "0"
        if not zero_added and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer))):
            word = ("лишняя", "too many") if len(a) > len(b) else ("пропущена", "too few")
            yield Text(f"{word[0]} цифра: {a} вместо {b}", f"one digit {word[1]}: {a} instead of {b}")


def _plain(number: float) -> str | None:
    return str(int(abs(number))) if float(number).is_integer() else None


def _factor(found: float, expected: float) -> Iterator[Text]:
    if not found or not expected:
        return
    for factor, ru, en in (
        (1000, "в тысячу раз (рубли и тысячи рублей)", "a thousand times (roubles and thousands)"),
        (1_000_000, "в миллион раз (рубли и миллионы)", "a million times (roubles and millions)"),
        (100, "в сто раз (доля и проценты)", "a hundred times (share and per cent)"),
        (10, "в десять раз (лишний или потерянный ноль)", "ten times (a zero too many or too few)"),
    ):
        for ratio, way_ru, way_en in ((found / expected, "больше", "larger"), (expected / found, "меньше", "smaller")):
            if abs(ratio / factor - 1) < 1e-9:
                yield Text(f"{way_ru} {ru}", f"{way_en} {en}")
