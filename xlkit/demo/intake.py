"""Faults of the intake: damaged and locked files, two versions, a repeat, a workbook that never came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from xlkit.consolidate import Standing
from xlkit.demo.draft import Draft, Planted
from xlkit.demo.faults import DIFFERS
from xlkit.templates.build import build_workbook

INTAKE_STANDINGS = (Standing.NOT_SUBMITTED, Standing.TWICE, Standing.REPEAT)
"""What the demo compares of the intake; the other standings follow from a file's findings."""

_OLE_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
_VARIED_ROW = {"program_center": "6.1.2", "program_educational": "1.2.2"}

Name = Callable[[Draft], str]


def spoil_intake(clean: Sequence[Draft], folder: Path, name: Name) -> list[Planted]:
    """Spoil the intake of the first clean clusters, one kind each, as far as there are clusters."""
    planted: list[Planted] = []
    for draft, spoil in zip(clean, (_damage, _lock, _send_twice, _repeat, _withhold), strict=False):
        planted += spoil(draft, folder, name(draft))
    return planted


def not_received(draft: Draft, workbook: str) -> list[Planted]:
    """A workbook that does not count as its cluster's plan leaves the plan not submitted."""
    return [Planted(workbook, "", "", kind, Standing.NOT_SUBMITTED) for kind in draft.unclaimed[:1]]


def _damage(_: Draft, folder: Path, name: str) -> list[Planted]:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return _refused(name, "файл оборван", "F-006")


def _lock(_: Draft, folder: Path, name: str) -> list[Planted]:
    (folder / name).write_bytes(_OLE_ENCRYPTED)
    return _refused(name, "файл под паролем", "F-008")


def _refused(name: str, kind: str, rule: str) -> list[Planted]:
    return [Planted(name, "", "", kind, rule), Planted(name, "", "", kind, Standing.NOT_SUBMITTED)]


def _send_twice(draft: Draft, folder: Path, name: str) -> list[Planted]:
    kind = "представлено дважды"
    row = draft.row("plan", _VARIED_ROW[draft.edition.form])
    second = replace(row, values={**row.values, ("value", 0): 777})
    rows = [second if one is row else one for one in draft.tables["plan"]]
    other = replace(draft, tables={**draft.tables, "plan": rows}, expected=[])
    other.expect(kind, DIFFERS, "plan", second, "value", 0)
    again = f"{Path(name).stem} (исправленная).xlsx"
    content, planted = other.finish(again)
    (folder / again).write_bytes(build_workbook(other.edition, content))
    return [*planted, *(Planted(file, "", "", kind, Standing.TWICE) for file in (name, again))]


def _repeat(_: Draft, folder: Path, name: str) -> list[Planted]:
    copy = f"{Path(name).stem} (копия).xlsx"
    (folder / copy).write_bytes((folder / name).read_bytes())
    return [Planted(copy, "", "", "та же книга ещё раз", Standing.REPEAT)]


def _withhold(_: Draft, folder: Path, name: str) -> list[Planted]:
    (folder / name).unlink()
    return [Planted(name, "", "", "книга не представлена", Standing.NOT_SUBMITTED)]
