"""Results as the JSON documents of the command line. Keys and rule ids never change with the language."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from xlkit.finding import Finding

if TYPE_CHECKING:
    from xlkit.actions.cells import CellsResult
    from xlkit.actions.check import CheckResult

Document = dict[str, Any]


def dump(document: Document) -> str:
    """One JSON document; numbers that JSON does not have become text, halves of characters are escaped."""
    text = json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if value is None or isinstance(value, (str, int, bool)):
        return value
    return str(value)


def finding_document(one: Finding) -> Document:
    """A finding of ``check --json``."""
    return {
        "rule": one.rule,
        "severity": one.severity.value,
        "sheet": one.location.sheet,
        "cell": one.location.cell,
        "message": str(one.message),
        "value": one.value,
        "expected": one.expected,
        "hint": None if one.hint is None else str(one.hint),
    }


def check_document(result: CheckResult) -> Document:
    return {
        "files": [
            {
                "file": f.file,
                "verdict": f.verdict,
                "form": f.form,
                "edition": f.edition,
                "cluster": f.cluster,
                "findings": [finding_document(one) for one in f.findings],
            }
            for f in result.files
        ],
        "totals": result.totals,
    }


def cells_document(result: CellsResult) -> Document:
    return {
        "file": result.file,
        "verdict": result.verdict,
        "refusal": None if result.refusal is None else {"rule": result.rule, "message": str(result.refusal)},
        "sheets": [
            {
                "name": s.name,
                "state": s.state,
                "cells": [{"cell": c.cell, "kind": c.kind, "value": c.value} for c in s.cells],
            }
            for s in result.sheets
        ],
    }
