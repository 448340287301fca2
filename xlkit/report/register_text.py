"""Registers compared, moved and changed, as text for a terminal and as JSON documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlkit.register.diff import Change, RegisterChange, RegisterDiff
from xlkit.report.differences_text import difference_document, difference_said
from xlkit.report.json import Document
from xlkit.report.text import Paint, unpainted
from xlkit.rules.registered import Cluster, Deadline, Figure, Register
from xlkit.rules.registerspec import register_spec
from xlkit.texts import Text, figure

if TYPE_CHECKING:
    from xlkit.actions.register_apply import ApplyResult
    from xlkit.actions.registers import RegisterComparison, RegisterCopy

_WORDS = {
    Change.ADDED: (Text("добавлено", "added"), "green"),
    Change.REMOVED: (Text("удалено", "removed"), "red"),
    Change.CHANGED: (Text("изменено", "changed"), "yellow"),
}
_PARTS = {
    "clusters": Text("Кластеры", "Clusters"),
    "figures": Text("Значения", "Figures"),
    "deadlines": Text("Сроки", "Deadlines"),
}
_SHORT = 60


def compared_text(result: RegisterComparison, paint: Paint = unpainted) -> Iterator[str]:
    """The lines of ``xlkit register diff``."""
    yield f"{result.old.source} → {result.new.source}"
    yield from diff_text(result.diff, paint)


def diff_text(diff: RegisterDiff, paint: Paint = unpainted) -> Iterator[str]:
    """A line per cluster, figure and deadline that differs: what it is, and its contents old → new."""
    for name, changes in diff.parts.items():
        for one in changes:
            word, colour = _WORDS[one.change]
            yield f"  {paint(str(word), colour)}  {_about(one)}"
        counts = {kind: sum(c.change is kind for c in changes) for kind in Change}
        said = ", ".join(f"{_WORDS[kind][0]} {number}" for kind, number in counts.items())
        yield f"{_PARTS[name]}: {said}"


def _about(change: RegisterChange) -> str:
    one = change.one
    if isinstance(one, Figure):
        said = f"{one.cluster} · {register_spec().sheets[one.table]} · {one.key} «{_short(one.name)}», {one.year}"
    elif isinstance(one, Cluster):
        said = f"{one.id} «{_short(one.name)}»"
    else:
        said = f"{one.form} · {one.period}"
    return f"{said}: {'; '.join(_sides(change))}"


def _sides(change: RegisterChange) -> Iterator[str]:
    fields = change.fields
    if not fields:
        name = {Figure: "value", Cluster: "status", Deadline: "deadline"}[type(change.one)]
        sides = [getattr(side, name) if side is not None else None for side in (change.old, change.new)]
        fields = ((name, sides[0], sides[1]),)
    table = {Figure: "plan", Cluster: "clusters", Deadline: "deadlines"}[type(change.one)]
    for name, old, new in fields:
        yield f"{Text(register_spec().columns_of(table)[name].caption, name)} {_shown(old)} → {_shown(new)}"


def _shown(content: object) -> str:
    if content is None or content == "" or content == ():
        return str(Text("пусто", "nothing"))
    if isinstance(content, tuple):
        return ", ".join(map(str, content))
    return f"«{_short(content)}»" if isinstance(content, str) else figure(content)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"


def compared_document(result: RegisterComparison) -> Document:
    """The document of ``xlkit register diff --json``; keys never change with the language."""
    return {"old": result.old.source, "new": result.new.source, **diff_document(result.diff)}


def diff_document(diff: RegisterDiff) -> Document:
    """What differs, by clusters, figures and deadlines; the totals count it."""
    parts = {name: [_change_document(one) for one in changes] for name, changes in diff.parts.items()}
    return {**parts, "totals": {name: len(changes) for name, changes in diff.parts.items()}}


def _change_document(change: RegisterChange) -> Document:
    one, named = change.one, {}
    if isinstance(one, Figure):
        named = {"cluster": one.cluster, "form": one.form, "table": one.table, "code": one.key, "name": one.name,
                 "year": one.year}  # fmt: skip
        sides = [_plain(side.value) if isinstance(side, Figure) else None for side in (change.old, change.new)]
        named |= {"old": sides[0], "new": sides[1]}
    elif isinstance(one, Cluster):
        named = {"cluster": one.id, "name": one.name}
    else:
        named = {"form": one.form, "period": one.period}
        sides = [side.deadline if isinstance(side, Deadline) else None for side in (change.old, change.new)]
        named |= {"old": sides[0], "new": sides[1]}
    fields = [{"field": name, "old": _plain(old), "new": _plain(new)} for name, old, new in change.fields]
    return {"change": change.change.value, **named, "fields": fields}


def _plain(content: Any) -> Any:
    if isinstance(content, tuple):
        return ", ".join(map(str, content))
    return content if content is None or isinstance(content, (bool, int, float, str)) else str(content)


def copied_text(result: RegisterCopy, paint: Paint = unpainted) -> Iterator[str]:
    """The lines of ``xlkit register import`` and ``export``."""
    if result.diff.count:
        yield from diff_text(result.diff, paint)
    if result.backup:
        yield str(Text(f"Копия прежнего реестра: {result.backup}", f"Copy of the old register: {result.backup}"))
    yield f"{result.source} → {result.target}"
    if result.replaced and not result.diff.count:
        yield str(
            Text(
                "Этот реестр там уже записан: в кластерах, значениях и сроках отличий нет",
                "This register was there already: no cluster, figure or deadline differs",
            )
        )
    yield _counted(result.register)


def _counted(register: Register) -> str:
    counts = len(register.clusters), len(register.figures), len(register.deadlines)
    ru = f"Кластеров {counts[0]}, значений {figure(counts[1])}, сроков {counts[2]}"
    return str(Text(ru, f"Clusters {counts[0]}, figures {counts[1]}, deadlines {counts[2]}"))


def applied_text(result: ApplyResult, paint: Paint = unpainted) -> Iterator[str]:
    """The lines of ``xlkit register apply``: what changed as ``diff`` tells it, what was held back, the copy."""
    yield from diff_text(result.diff, paint)
    for held in result.held:
        word = paint(str(Text("не перенесено", "held back")), "yellow")
        what = f" · {difference_said(held.difference)}" if held.difference is not None else ""
        yield f"  {word}  {held.file}{what}: {held.reason}"
    if result.backup:
        yield str(Text(f"Копия прежнего реестра: {result.backup}", f"Copy of the old register: {result.backup}"))
    yield str(_outcome(result))


def _outcome(result: ApplyResult) -> Text:
    count = result.diff.count
    if not count:
        return Text("Реестр не изменён: переносить нечего", "The register is unchanged: there is nothing to take over")
    if result.dry_run:
        return Text(f"Пробный запуск: изменилось бы {count}", f"Dry run: {count} would change")
    return Text(f"Реестр {result.register} изменён: {count}", f"The register {result.register} was changed: {count}")


def applied_document(result: ApplyResult) -> Document:
    """The document of ``xlkit register apply --json``."""
    held = [
        {"file": one.file, "reason": str(one.reason),
         "difference": difference_document(one.difference) if one.difference is not None else None}
        for one in result.held
    ]  # fmt: skip
    facts: Document = {"register": result.register, "dry_run": result.dry_run, "backup": result.backup}
    return {**facts, **diff_document(result.diff), "held": held}
