"""The result of recompute as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlkit.texts import Text, figure

if TYPE_CHECKING:
    from xlkit.actions.recompute import RecomputeResult


def recompute_text(result: RecomputeResult) -> Iterator[str]:
    """Every change with the old and the new content and why."""
    for file in result.files:
        if file.refusal is not None:
            yield f"{file.file}: {Text('копии нет', 'no copy')}: {file.refusal}"
            continue
        count = len(file.changes)
        yield f"{file.file} → {file.output}: {Text(f'изменено ячеек: {count}', f'cells changed: {count}')}"
        if file.note is not None:
            yield f"  {file.note}"
        for change in file.changes:
            old = Text("пусто", "blank") if change.old is None else figure(change.old)
            yield f"  {change.sheet}!{change.cell}  {old} → {figure(change.new)}"
            yield f"      {change.why}"


def recompute_document(result: RecomputeResult) -> dict[str, Any]:
    """The JSON document of ``recompute --json``."""
    return {
        "files": [
            {
                "file": file.file,
                "output": file.output,
                "changes": [
                    {
                        "sheet": c.sheet,
                        "cell": c.cell,
                        "code": c.code,
                        "year": c.year,
                        "old": c.old,
                        "new": c.new,
                        "why": str(c.why),
                    }
                    for c in file.changes
                ],
                **({"refusal": str(file.refusal)} if file.refusal is not None else {}),
                **({"note": str(file.note)} if file.note is not None else {}),
            }
            for file in result.files
        ]
    }
