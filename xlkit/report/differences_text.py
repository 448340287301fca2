"""The result of reconcile as text for a terminal and as the JSON document of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xlkit.reconcile import Difference, Status
from xlkit.report.json import Document
from xlkit.report.text import Paint, unpainted
from xlkit.texts import Text, figure, plural

if TYPE_CHECKING:
    from xlkit.actions.reconcile import FileReconciliation, ReconcileResult

STATUS_WORDS = {
    Status.DIFFERS: Text("расходится", "differs"),
    Status.ONLY_IN_WORKBOOK: Text("только в книге", "only in the workbook"),
    Status.ONLY_IN_REGISTER: Text("только в реестре", "only in the register"),
    Status.UNIT_DIFFERS: Text("другая единица", "unit differs"),
    Status.WORDING_DIFFERS: Text("другая формулировка", "wording differs"),
    Status.NOT_COMPARABLE: Text("несопоставимо", "not comparable"),
}

VERDICT_WORDS = {
    "matches": Text("совпадает", "matches"),
    "differs": Text("расходится", "differs"),
    "refused": Text("не сверено", "refused"),
}

_COLOURS = {"matches": "green", "differs": "red", "refused": "red"}
_SHORT = 60


def differences_text(result: ReconcileResult, paint: Paint = unpainted) -> Iterator[str]:
    """The lines of a reconciliation: a line per difference, both values side by side."""
    for one in result.files:
        yield from _file_lines(one, paint)
        yield ""
    counts = result.totals
    yield str(
        Text(
            f"{plural(counts['files'], 'файл', 'файла', 'файлов')}: совпадает {counts['matches']}, расходится "
            f"{counts['differs']}, не сверено {counts['refused']}; различий {counts['differences']}",
            f"files {counts['files']}: match {counts['matches']}, differ {counts['differs']}, refused "
            f"{counts['refused']}; differences {counts['differences']}",
        )
    )


def _file_lines(one: FileReconciliation, paint: Paint) -> Iterator[str]:
    about = f" · {one.cluster}" if one.cluster else ""
    yield f"{one.file}{about}: {paint(str(VERDICT_WORDS[one.verdict]), _COLOURS[one.verdict])}"
    if one.refusal is not None:
        yield f"      {one.refusal}"
    for difference in one.differences:
        yield from _difference_lines(difference, paint)


def _difference_lines(one: Difference, paint: Paint) -> Iterator[str]:
    colour = "cyan" if one.status is Status.WORDING_DIFFERS else "yellow"
    yield f"  {paint(str(STATUS_WORDS[one.status]), colour)}  {_where(one)}"
    yield f"      {_sides(one)}"


def difference_said(one: Difference) -> str:
    """A difference in one line."""
    return f"{_where(one)}: {_sides(one)}"


def _where(one: Difference) -> str:
    place = f"{one.sheet}!{one.cell}" if one.cell else one.sheet
    return f"{place}  {row_code(one)} «{_short(one.name)}»{f', {one.year}' if one.year else ''}"


def _sides(one: Difference) -> str:
    sides = Text(
        f"в книге {_side(one.workbook)} · в реестре {_side(one.register)}",
        f"workbook {_side(one.workbook)} · register {_side(one.register)}",
    )
    extra = f" · {'+' if one.delta > 0 else '−'}{figure(abs(one.delta))}" if one.delta else ""
    if one.similarity is not None:
        extra = str(Text(f" · сходство {figure(one.similarity)} %", f" · similarity {one.similarity:g} %"))
    return f"{sides}{extra}"


def _side(value: object) -> str:
    if value is None:
        return str(Text("пусто", "nothing"))
    return f"«{_short(value)}»" if isinstance(value, str) else figure(value)


def row_code(one: Difference) -> str:
    """The row's number, with its parent's where the number alone does not tell it."""
    return one.key.replace("/", " / ") if "/" in one.key else one.code


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"


def reconcile_document(result: ReconcileResult) -> Document:
    """The document of ``reconcile --json``; keys never change with the language."""
    return {"files": [_file_document(one) for one in result.files], "totals": result.totals}


def _file_document(one: FileReconciliation) -> Document:
    document: Document = {
        "file": one.file,
        "cluster": one.cluster,
        "verdict": one.verdict,
        "differences": [difference_document(d) for d in one.differences],
    }
    if one.refusal is not None:
        document["refusal"] = str(one.refusal)
    return document


def difference_document(one: Difference) -> Document:
    """A difference of ``reconcile --json``."""
    return {
        "status": one.status.value,
        "sheet": one.sheet,
        "cell": one.cell,
        "code": one.code,
        "year": one.year,
        "workbook": one.workbook,
        "register": one.register,
        "delta": one.delta,
    }
