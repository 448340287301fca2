"""The result of consolidate as text for a terminal: what came, what is missing, what must be decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xlkit.consolidate import IntakeLine, Standing
from xlkit.report.text import Paint, unpainted
from xlkit.texts import Text, language, plural

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult

_SHOWN = 10
_COLOURS = {
    Standing.REFUSED: "red",
    Standing.TWICE: "red",
    Standing.NOT_SUBMITTED: "yellow",
    Standing.REPEAT: "cyan",
    Standing.SUPERSEDED: "cyan",
}


def consolidate_text(result: ConsolidateResult, paint: Paint = unpainted) -> Iterator[str]:
    """The lines of a consolidation: what is not plainly accepted, then the headline figures."""
    for standing, colour in _COLOURS.items():
        lines = [line for line in result.intake if line.standing is standing]
        for line in lines[:_SHOWN]:
            yield f"{paint(str(standing.word), colour)}  {_who(line)}"
            if line.note is not None:
                yield f"      {line.note}"
        if len(lines) > _SHOWN:
            yield f"      {Text('и ещё', 'and')} {len(lines) - _SHOWN}{Text('', ' more')}"
    for note in result.notes:
        yield str(note)
    yield from _headline(result.counts)


def _who(line: IntakeLine) -> str:
    period = str(line.period) if line.period is not None else str(Text("план", "plan"))
    parts = [line.passport.id, f"{line.form}, {period}" if line.form else "", line.file or ""]
    return " · ".join(part for part in parts if part)


def _headline(counts: dict[str, int]) -> Iterator[str]:
    if language() == "en":
        yield (
            f"expected {counts['expected']}: accepted {counts['accepted']}, with findings {counts['with_findings']}, "
            f"submitted twice {counts['submitted_twice']}, not submitted {counts['not_submitted']}"
        )
        yield (
            f"files {counts['files']}: refused {counts['refused']}, repeats {counts['repeat']}, superseded "
            f"{counts['superseded']}; errors {counts['errors']}, warnings {counts['warnings']}, differences "
            f"{counts['differences']}"
        )
        return
    yield (
        f"ожидалось {plural(counts['expected'], 'книга', 'книги', 'книг')}: принято {counts['accepted']}, с "
        f"замечаниями {counts['with_findings']}, представлено дважды {counts['submitted_twice']}, не представлено "
        f"{counts['not_submitted']}"
    )
    yield (
        f"{plural(counts['files'], 'файл', 'файла', 'файлов')}: не принято {counts['refused']}, повторов "
        f"{counts['repeat']}, заменено {counts['superseded']}; ошибок {counts['errors']}, предупреждений "
        f"{counts['warnings']}, различий с реестром {counts['differences']}"
    )
