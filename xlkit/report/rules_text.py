"""Rule books as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from xlkit.rules.edition import Edition, table_modes
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.actions.rules import RuleBookCheck


def list_text(editions: Iterable[Edition]) -> Iterator[str]:
    """One line per edition."""
    for edition in editions:
        yield f"{edition.form:22} {edition.book.edition}  {edition.book.title}"


def show_text(edition: Edition) -> Iterator[str]:
    """An edition's tables, units and relations."""
    book = edition.book
    yield f"{book.title} · {book.form} {book.edition} · {edition.digest[:12]}"
    for name, table in book.tables.items():
        modes = ", ".join(edition.mode(m).caption for m in table_modes(table))
        yield ""
        yield f"{table.sheet}: {len(edition.rows[name])} × {len(table.columns)}; {modes}"
        for column in table.columns.values():
            yield f"  {column.caption:34} {column.kind}"
    if edition.units:
        yield ""
        for unit in edition.units.values():
            yield f"  {unit.unit:10} = {', '.join(unit.synonyms)}"
    yield ""
    for relation in book.relations:
        yield f"  {relation.id}  {relation.severity.word}: {relation.say}"


def check_text(checks: Iterable[RuleBookCheck]) -> Iterator[str]:
    """One line per right file, all mistakes of the others."""
    for one in checks:
        first, *more = str(one.mistakes or Text("верно", "right")).split("\n")
        yield f"{one.file}: {first}"
        yield from more
