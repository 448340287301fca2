"""The demo's summary: found against planted, by kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xlkit.report.text import Paint, unpainted
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.actions.demo import DemoResult


def demo_text(result: DemoResult, paint: Paint = unpainted) -> Iterator[str]:
    """A table of kinds, then what was missed or found without having been planted, then where to look."""
    head = [str(t) for t in (Text("вид ошибки", "kind of fault"), Text("правило", "rule"), Text("внесено", "planted"))]
    yield f"{head[0]:52} {head[1]:20} {head[2]:>8} {Text('найдено', 'found')!s:>8}"
    for kind in result.kinds:
        colour = "green" if kind.found == kind.planted else "red"
        rules = ", ".join(kind.rules[:2]) + ("…" if len(kind.rules) > 2 else "")
        yield f"{kind.kind:52} {rules:20} {kind.planted:8} {paint(f'{kind.found:8}', colour)}"
    planted, found = sum(k.planted for k in result.kinds), sum(k.found for k in result.kinds)
    yield f"{Text('всего', 'total')!s:52} {len(result.kinds):20} {planted:8} {found:8}"
    yield ""
    for label, places in (
        (Text("Не найдено", "Missed"), result.missed),
        (Text("Найдено, но не внесено", "Found but not planted"), result.unplanted),
    ):
        for one in places:
            yield f"{label}: {one.workbook} {one.sheet}!{one.cell} {one.rule} {one.kind}"
    changed = sum(len(f.changes) for f in result.recomputed.files)
    totals = result.checked.totals
    yield str(
        Text(
            f"Проверено книг: {totals['files']}, ошибок {totals['errors']}, предупреждений {totals['warnings']}; "
            f"пересчётом изменено ячеек: {changed}; различий с реестром: {result.reconciled.totals['differences']}.",
            f"Workbooks checked: {totals['files']}, errors {totals['errors']}, warnings {totals['warnings']}; "
            f"cells changed by recompute: {changed}; differences from the register: "
            f"{result.reconciled.totals['differences']}.",
        )
    )
    yield str(
        Text(
            f"Посмотрите в папке «{result.folder}»: svod.html, svod.xlsx, workbooks/ и planted.csv.",
            f"Look into the folder «{result.folder}»: svod.html, svod.xlsx, workbooks/ and planted.csv.",
        )
    )
