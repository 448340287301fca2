"""Results as text for a terminal: one block per file, similar findings grouped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from xlkit.finding import Finding, Severity
from xlkit.texts import Text, language, plural, visible

if TYPE_CHECKING:
    from xlkit.actions.cells import CellsResult
    from xlkit.actions.check import CheckResult, FileCheck

Paint = Callable[[str, str], str]
"""(text, colour name) → text; the command line paints on a terminal and nowhere else."""

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_GROUP_FROM = 3
_PLACES_SHOWN = 8


def unpainted(text: str, _: str) -> str:
    return text


def check_text(result: CheckResult, paint: Paint = unpainted, infos: bool = False) -> Iterator[str]:
    """The lines of a check's result; without ``infos`` these are only counted."""
    for one in result.files:
        yield from file_lines(one, paint, infos)
        yield ""
    yield totals_said(result)


def totals_said(result: CheckResult) -> str:
    """One sentence of all files."""
    totals = result.totals
    if language() == "en":
        return (
            f"files {totals['files']}: valid {totals['valid']}, invalid {totals['invalid']}, refused "
            f"{totals['refused']}; errors {totals['errors']}, warnings {totals['warnings']}"
        )
    return (
        f"{plural(totals['files'], 'файл', 'файла', 'файлов')}: верно {totals['valid']}, с ошибками "
        f"{totals['invalid']}, не принято {totals['refused']}; ошибок {totals['errors']}, "
        f"предупреждений {totals['warnings']}"
    )


def counted(one: FileCheck) -> str:
    """«2 ошибки, 1 предупреждение, к сведению: 3», in Russian."""
    errors, warnings, infos = (one.count(severity) for severity in Severity)
    return ", ".join(
        [
            plural(errors, "ошибка", "ошибки", "ошибок"),
            plural(warnings, "предупреждение", "предупреждения", "предупреждений"),
            f"к сведению: {infos}",
        ]
    )


def verdict_said(one: FileCheck) -> Text:
    """A file's verdict in a word or two."""
    return _VERDICTS[one.verdict][0]


_VERDICTS = {
    "valid": (Text("верно", "valid"), "green"),
    "invalid": (Text("есть ошибки", "invalid"), "red"),
    "refused": (Text("не принят", "refused"), "red"),
}


def file_lines(one: FileCheck, paint: Paint = unpainted, infos: bool = False) -> Iterator[str]:
    """The lines of one file: its verdict, and its findings in groups."""
    word, colour = _VERDICTS[one.verdict]
    about = f" · {one.cluster}" if one.cluster else ""
    about += f" · {one.form} {one.edition}" if one.form else ""
    yield f"{one.file}{about}: {paint(str(word), colour)}"
    shown = [f for f in one.findings if infos or f.severity is not Severity.INFO]
    for group in grouped(shown):
        yield from _group_lines(group, paint)
    hidden = len(one.findings) - len(shown)
    if hidden:
        word = Text(f"к сведению: {hidden} (покажет --all)", f"infos: {hidden} (shown by --all)")
        yield f"  {paint(str(word), _COLOURS[Severity.INFO])}"


def grouped(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one rule on one sheet together, if there are three or more; else one by one."""
    groups: dict[tuple[str, str | None], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.rule, one.location.sheet), []).append(one)
    result = []
    for group in groups.values():
        result += [group] if len(group) >= _GROUP_FROM else [[one] for one in group]
    return result


def _group_lines(group: list[Finding], paint: Paint) -> Iterator[str]:
    first = group[0]
    word = paint(str(first.severity.word), _COLOURS[first.severity])
    places = places_said(group)
    yield f"  {word} {first.rule}  {places}"
    message = str(first.message)
    if len(group) > 1:
        count = len(group)
        many = f"{count} cells, the first" if language() == "en" else _cells(count) + ", первая"
        message = f"{many}: {message}"
    yield f"      {message}"
    if first.hint is not None:
        yield f"      → {first.hint}"


def _cells(count: int) -> str:
    return plural(count, "ячейка", "ячейки", "ячеек")


def places_said(group: Sequence[Finding]) -> str:
    """«План!E7, E9, F9 … ещё 6»."""
    sheet = group[0].location.sheet
    cells = [one.location.cell for one in group if one.location.cell]
    if sheet is None:
        return ""
    if not cells:
        return sheet
    more = len(cells) - _PLACES_SHOWN
    rest = (f" and {more} more" if language() == "en" else f" и ещё {more}") if more > 0 else ""
    return f"{sheet}!{', '.join(cells[:_PLACES_SHOWN])}{rest}"


def cells_text(result: CellsResult) -> Iterator[str]:
    """Every non-empty cell on a line of its own: place, kind and value between tabs, its own ones as escapes."""
    if result.refusal is not None:
        yield f"{result.file}: {result.rule} {result.refusal}"
    for sheet in result.sheets:
        for cell in sheet.cells:
            yield f"{visible(sheet.name)}!{cell.cell}\t{cell.kind}\t{visible(cell.value)}"
