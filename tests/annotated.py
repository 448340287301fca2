"""Annotated copies and what stands in them, as another program reads it; the real center to annotate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from xlkit.actions.annotate import annotate, annotating
from xlkit.actions.originals import Original
from xlkit.books.reader import read_workbook
from xlkit.demo.real import real_drafts
from xlkit.finding import Finding
from xlkit.patch.workbook import patch_workbook
from xlkit.rules.sheetnames import FINDINGS
from xlkit.templates.build import build_workbook
from xlkit.templates.remarksheet import FINDINGS_BESIDE, FINDINGS_HEADER


@cache
def center_content() -> bytes:
    """The workbook of the real center."""
    draft = real_drafts()[0]
    return build_workbook(draft.edition, draft.finish("")[0])


def center_at(path: Path) -> Path:
    """The workbook of the real center as a file."""
    path.write_bytes(center_content())
    return path


def annotated(path: Path) -> Path:
    (one,) = annotate([str(path)], path.parent / "annotated").files
    assert one.output is not None, one
    return one.output


def with_findings(path: Path, findings: Sequence[Finding]) -> bytes:
    read = read_workbook(path, {FINDINGS, FINDINGS_BESIDE})
    return patch_workbook(path.read_bytes(), *annotating(Original(read.sheet_names), read, findings))


def remarks(path: Path) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(path, data_only=True)[FINDINGS]
    rows = sheet.iter_rows(min_row=FINDINGS_HEADER + 1, max_col=9, values_only=True)
    return [row for row in rows if any(cell is not None for cell in row)]


def notes(path: Path) -> dict[tuple[str, str], str]:
    workbook = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in workbook
        for line in sheet.iter_rows()
        for cell in line
        if cell.comment
    }


def places(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(f.location.sheet, f.location.cell) for f in findings if f.location.sheet and f.location.cell}


def told(findings: tuple[Finding, ...]) -> list[tuple[Any, ...]]:
    return [(f.rule, f.location.sheet, f.location.cell, str(f.message)) for f in findings]
