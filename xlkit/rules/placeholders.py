"""The ``{placeholders}`` of sentences that come from data: which may stand there, and how they are written."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from string import Formatter

from xlkit.texts import Text


def placeholder_mistakes(text: Text, allowed: Collection[str]) -> Iterator[Text]:
    """What is wrong with the placeholders of a sentence, in either language."""
    for sentence in (text.ru, text.en):
        yield from sentence_mistakes(sentence, allowed)


def sentence_mistakes(sentence: str, allowed: Collection[str]) -> Iterator[Text]:
    """What is wrong with the placeholders of one sentence or code."""
    try:
        fields = [(name, form, how) for _, name, form, how in Formatter().parse(sentence) if name is not None]
    except ValueError:
        yield Text(f"непарная фигурная скобка: «{sentence}»", f"an unpaired brace: {sentence!r}")
        return
    for name, form, how in dict.fromkeys(fields):
        if name not in allowed:
            yield Text(f"неизвестная подстановка {{{name}}}", f"unknown placeholder {{{name}}}")
        elif form or how:
            yield Text(f"в подстановке стоит лишнее: нужно {{{name}}}", f"too much in a placeholder: it is {{{name}}}")
