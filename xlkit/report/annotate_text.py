"""The result of ``check --annotate`` as text and as JSON: that of the check, with where the copies are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlkit.report.json import check_document
from xlkit.report.text import Paint, check_text, unpainted
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.actions.annotate import AnnotateResult


def annotate_text(result: AnnotateResult, paint: Paint = unpainted, infos: bool = False) -> Iterator[str]:
    """The check's lines, then a line per copy."""
    yield from check_text(result.check, paint, infos)
    for one in result.files:
        if one.output is not None:
            yield f"{one.check.file} → {one.output}"
            if one.note is not None:
                yield f"  {one.note}"
        elif one.check.form is not None:  # of a refused file the check has told
            yield f"{one.check.file}: {Text('копия не записана', 'no copy was written')}: {one.refusal}"


def annotate_document(result: AnnotateResult) -> dict[str, Any]:
    """The document of ``check --json`` with ``annotated`` for every file: the path of its copy, or null.

    Of a copy that is of another kind than its file ``note`` says what became of it.
    """
    document = check_document(result.check)
    for told, one in zip(document["files"], result.files, strict=True):
        told["annotated"] = None if one.output is None else str(one.output)
        if one.note is not None:
            told["note"] = str(one.note)
    return document
