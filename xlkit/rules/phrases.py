"""Phrases that findings are made of: a row, a period, a suggestion, both sides of a relation, ranked guesses."""

from __future__ import annotations

from xlkit.rules.model import Column
from xlkit.rules.period import QUARTERS
from xlkit.texts import Text, figure, joined
from xlkit.values import YES, Kind, homoglyphs

_LONGEST_NAME = 60

_SIGNS = {"=": "≠", "<=": ">", ">=": "<"}
READ_AS = {
    Kind.DASH: Text("прочерк", "a dash"),
    Kind.YES: Text("да", "yes («да»)"),
    Kind.CROSS: Text("х", "a cross («х»)"),
}


def period_label(column: Column, period: int, first_year: int) -> Text:
    """A value's period as a person says it: «2027 год», «II квартал», or the column's caption."""
    per = getattr(column, "per", None)
    if per == "year":
        return Text(f"{first_year + period} год", f"{first_year + period}")
    if per == "quarter":
        return Text(f"{QUARTERS[period]} квартал", f"quarter {period + 1}")
    return Text(f"«{column.caption}»", f"«{column.caption}»")


def plain_content(raw: object) -> object:
    """A cell's content as JSON can hold it."""
    if raw is None or isinstance(raw, (str, int, float, bool)):
        return raw
    return str(raw)


def offered(suggestion: str | None) -> str:
    """A suggestion as the end of a hint; nothing where there is none."""
    return f": {suggestion}" if suggestion else ""


def sides_of(a: object, b: object, op: str) -> Text:
    """Both sides of a relation that does not hold, and how far apart they are."""
    if isinstance(a, float) and isinstance(b, float):
        same = f"{figure(a)} {_SIGNS[op]} {figure(b)} ({'+' if a > b else '−'}{figure(abs(a - b))})"
        return Text(same, same)
    left, right = ({"-": Text("прочерк", "a dash"), YES: Text("«да»", "«да»")}.get(str(side)) for side in (a, b))
    left, right = left or Text(figure(a), figure(a)), right or Text(figure(b), figure(b))
    return Text(f"слева {left.ru}, справа {right.ru}", f"{left.en} on the left, {right.en} on the right")


def ranked(guesses: list[Text]) -> Text:
    """Explanations of a gap in the order of their likelihood."""
    if not guesses:
        return Text("Сверьте обе стороны и исправьте неверную", "Compare both sides and mend the wrong one")
    numbered = [Text(f"{i}) {g.ru}", f"{i}) {g.en}") for i, g in enumerate(guesses, start=1)]
    said = joined(numbered)
    return Text(f"Возможно: {said.ru}", f"Perhaps: {said.en}")


def row_label(code: str, name: str) -> Text:
    """A row as a person says it: its code and the beginning of its name."""
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"
    said = f"{code} «{short}»" if short else code
    return Text(f"строка {said}", f"row {said}")


def look_alikes(text: str) -> Text:
    """The Latin letters in a Cyrillic text as the end of a sentence; nothing where there are none."""
    letters = joined(homoglyphs(text))
    return Text(f"; похожие буквы: {letters.ru}", f"; look-alike letters: {letters.en}") if letters.ru else letters
