"""Checked copies of workbooks beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.check import FileCheck, check
from xlkit.errors import XlkitError
from xlkit.safefile import write_file
from xlkit.texts import Text


@dataclass(frozen=True)
class AnnotatedFile:
    """One file's check and where its copy was written; or why there is none."""

    check: FileCheck
    output: Path | None
    refusal: Text | None = None


def annotate_beside(files: Sequence[str]) -> tuple[AnnotatedFile, ...]:
    """Write ``<name> (проверено)`` beside each file."""
    return tuple(_annotated(one) for one in check(files).files)


def _annotated(one: FileCheck) -> AnnotatedFile:
    if one.form is None:
        return AnnotatedFile(one, None, one.findings[0].message)
    path = Path(one.file)
    output = path.with_name(f"{path.stem} (проверено){path.suffix}")
    try:
        write_file(output, path.read_bytes())
    except XlkitError as error:
        return AnnotatedFile(one, None, error.text)
    return AnnotatedFile(one, output)
