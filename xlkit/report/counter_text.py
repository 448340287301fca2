"""An opened counter of the summary as text and as JSON: the workbooks, clusters or figures that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from xlkit.consolidate import ALL, Standing
from xlkit.report.explain_lines import (
    QUESTIONED,
    ROW_IS_MISSING,
    STANDINGS,
    absence_document,
    absent_lines,
    capital,
    entry_document,
    entry_lines,
)
from xlkit.report.json import Document
from xlkit.report.svod.changes import DIMENSION_WORDS, period_title, sheet_title
from xlkit.report.svod.figures import short_title
from xlkit.report.svod.rows import form_name, period_name
from xlkit.report.text import Paint
from xlkit.rules.period import Period
from xlkit.store.counters import Counted, OpenedCounter
from xlkit.store.places import Tally
from xlkit.texts import Text, figure, joined, visible

_NAME = 70
_WORDS = {
    "expected": Text("ожидалось книг", "workbooks expected"),
    "received": Text("получено из ожидавшихся книг, %", "workbooks received of those expected, %"),
    "refused": Text("файлов не принято", "files refused"),
    "errors": Text("ошибок в книгах", "errors in workbooks"),
    "differences": Text("различий с реестром", "differences from the register"),
    "findings": Text("замечаний", "findings"),
    "books": Text("книг с замечанием", "workbooks with the finding"),
    "registered": Text("кластеров в реестре", "clusters in the register"),
    "entered": Text("кластеров в суммах", "clusters in the totals"),
    "absent": ROW_IS_MISSING,
    "questioned": QUESTIONED,
    **STANDINGS,
}
_COLOURS = {
    Standing.ACCEPTED: "green",
    Standing.WITH_FINDINGS: "yellow",
    Standing.NOT_SUBMITTED: "yellow",
    Standing.TWICE: "red",
    Standing.REFUSED: "red",
}


def counter_text(opened: OpenedCounter, cell: str, paint: Paint) -> Iterator[str]:
    """The lines of an opened counter: what it counts, then each of that, by what became of the workbooks."""
    what, *of = _said(opened.tally)
    said = f"«{what}»: {figure(opened.shown or 0.0)}"
    yield " · ".join((str(Text(f"{cell} — счётчик {said}", f"{cell} is a counter, {said}")), *of))
    if opened.tally.what == "received":
        yield str(_came(len({_submission(one) for one in opened.lines})))
    by_standing: dict[str, list[Counted]] = {}
    for line in opened.lines:
        by_standing.setdefault(line.standing, []).append(line)
    for standing, mine in sorted(by_standing.items(), key=lambda item: list(Standing).index(Standing(item[0]))):
        word = capital(str(Standing(standing).word))
        yield paint(f"{word}: {_number(mine)}", _COLOURS.get(Standing(standing), "cyan"))
        for one in mine:
            yield f"  {_line(one, opened.tally)}"
    for year in opened.totals:
        yield f"{period_title(year.total.year, year.total.quarter)}: {len(year.entries) + len(year.absent)}"
        for entry in year.entries:
            yield from entry_lines(entry, year.total, paint)
        yield from absent_lines(year.absent, paint)


def _said(tally: Tally) -> Sequence[str]:
    """What a counter counts, in words: what, then of which form, group, row or rule."""
    words = [_WORDS.get(what) or Standing(what).word for what in tally.what.split(" ")]
    parts = [str(joined(words, ", "))]
    if tally.rule:
        parts.append(tally.rule)
    if tally.form:
        parts.append(form_name(tally.form))
    if tally.table:
        parts.append(str(sheet_title(tally.form, tally.table)))
    if tally.key:
        parts.append(str(Text(f"строка {tally.key}", f"row {tally.key}")))
    if tally.dimension != ALL:
        parts.append(f"{DIMENSION_WORDS[tally.dimension]}: {visible(tally.group)}")
    return parts


def _came(count: int) -> Text:
    return Text(f"Получено: {count}", f"Received: {count}")


def _submission(one: Counted) -> tuple[object, ...]:
    return one.cluster, one.form, one.year, one.quarter


def _number(lines: Sequence[Counted]) -> str:
    """How many submissions, and where some came as several files, how many files."""
    submissions = len({_submission(one) for one in lines}) if lines[0].cluster else len(lines)
    files = Text(f" (файлов {len(lines)})", f" ({len(lines)} files)")
    return str(submissions) if submissions == len(lines) else f"{submissions}{files}"


def _line(one: Counted, tally: Tally) -> str:
    period = period_name(Period(one.year, one.quarter) if one.quarter else None)
    words = {"differences": Text("различий", "differences"), "errors": Text("ошибок", "errors")}
    number = f"{words.get(tally.what, _WORDS['findings'])}: {one.number}" if one.number is not None else ""
    deadline = str(Text(f"срок {one.deadline}", f"due {one.deadline}")) if one.deadline else ""
    parts = [one.cluster or "—", short_title(one.cluster_name, _NAME), form_name(one.form),
             period if one.form else "", one.file or "", number, deadline, str(one.note or "")]  # fmt: skip
    return " · ".join(visible(part) for part in parts if part)


def counter_document(opened: OpenedCounter) -> Document:
    """An opened counter in ``explain --json``."""
    lines = [asdict(one) | {"note": None if one.note is None else str(one.note)} for one in opened.lines]
    rows = [{"year": one.total.year, "quarter": one.total.quarter, **entry_document(entry)}
            for one in opened.totals for entry in one.entries]  # fmt: skip
    absent = [{"year": one.total.year, "quarter": one.total.quarter, **absence_document(gone)}
              for one in opened.totals for gone in one.absent]  # fmt: skip
    return {"shown": opened.shown, **asdict(opened.tally), "files": lines, "rows": rows, "absent": absent}
