"""The demo: the main job from end to end on made data, and whether what was found equals what was planted."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from xlkit.actions.check import CheckResult, check
from xlkit.actions.consolidate import ConsolidateResult
from xlkit.actions.inputs import find_inputs
from xlkit.actions.recompute import RecomputeResult, recompute
from xlkit.actions.reconcile import ReconcileResult, reconcile
from xlkit.actions.svod import consolidate_to
from xlkit.demo.draft import Draft, Planted
from xlkit.demo.faults import REGISTER_FAULTS
from xlkit.demo.field import Field, make_field, methodical_centres
from xlkit.demo.intake import INTAKE_STANDINGS, not_received, spoil_intake
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.finding import Severity
from xlkit.register import read_register
from xlkit.report.svod.page import write_page
from xlkit.safefile import is_there, write_file
from xlkit.store.database import store_path
from xlkit.templates.build import build_workbook
from xlkit.templates.registerbook import register_workbook
from xlkit.texts import Text, plural

Say = Callable[[Text], None]
_MARK = ".xlkit-demo"


@dataclass(frozen=True)
class KindCount:
    """A kind of fault: how many places were planted and how many of them were found."""

    kind: str
    rules: tuple[str, ...]
    planted: int
    found: int


@dataclass(frozen=True)
class DemoResult:
    """What was made, what each step gave, and what was missed or found without having been planted."""

    folder: str
    kinds: tuple[KindCount, ...]
    missed: tuple[Planted, ...]
    unplanted: tuple[Planted, ...]
    checked: CheckResult
    recomputed: RecomputeResult
    reconciled: ReconcileResult
    consolidated: ConsolidateResult

    @property
    def exit_code(self) -> int:
        return EXIT_FINDINGS if self.missed or self.unplanted else EXIT_OK


def demo(folder: str | Path, clusters: int = 40, say: Say = lambda _: None) -> DemoResult:
    """Make a register and workbooks with planted faults, go the whole way, compare found with planted.

    Writes ``register.xlsx``, ``workbooks/``, ``planted.csv``, ``recomputed/``, ``svod.html`` and ``svod.xlsx`` with
    its store into ``folder``. Raises XlkitError where the folder holds something that no demo made.
    """
    root = Path(folder)
    _prepare(root)
    field = make_field(clusters)
    count = len(field.drafts)
    counted = plural(count, "кластер", "кластера", "кластеров")
    say(Text(f"Реестр и книги: {counted}", f"Register and workbooks: {count} clusters"))
    register = str(root / "register.xlsx")
    write_file(Path(register), register_workbook(field.register(), {"umc": methodical_centres()}))
    planted = _write_workbooks(field, root / "workbooks")
    write_file(root / "planted.csv", _planted_csv(planted))
    files = sorted((root / "workbooks").iterdir())
    say(Text("Проверка", "Check"))
    checked = check(files)
    say(Text("Пересчёт", "Recompute"))
    recomputed = recompute(files, root / "recomputed")
    say(Text("Сверка с реестром", "Reconcile with the register"))
    reconciled = reconcile(files, register)
    say(Text("Свод", "Consolidate"))
    svod = str(root / "svod.xlsx")
    consolidated, _ = consolidate_to(svod, find_inputs([root / "workbooks"], register, svod), read_register(register))
    write_file(root / "svod.html", write_page(consolidated, root))
    found = Counter(
        [*_found_by_check(checked), *_found_by_reconcile(reconciled, field), *_found_at_intake(consolidated)]
    )
    missed, unplanted = _compare(planted, found)
    return DemoResult(
        str(root), _counts(planted, missed), missed, unplanted, checked, recomputed, reconciled, consolidated
    )


def _prepare(root: Path) -> None:
    """An empty folder, or one that an earlier demo made."""
    if is_there(root) and (not root.is_dir() or (any(root.iterdir()) and not (root / _MARK).is_file())):
        raise XlkitError(
            Text(
                f"Папка {root} не пуста и сделана не этой командой: укажите другую",
                f"The folder {root} is not empty and was not made by this command: name another",
            )
        )
    for name in ("workbooks", "recomputed"):
        shutil.rmtree(root / name, ignore_errors=True)
    store_path(root / "svod.xlsx").unlink(missing_ok=True)  # a demo has nothing to be compared with
    write_file(root / _MARK, b"")


def _write_workbooks(field: Field, folder: Path) -> list[Planted]:
    planted: list[Planted] = []
    for draft in field.drafts:
        name = file_name(draft)
        content, faults = draft.finish(name)
        write_file(folder / name, build_workbook(draft.edition, content))
        planted += [*faults, *not_received(draft, name)]
    clean = [draft for draft in field.drafts if not draft.expected]
    return planted + spoil_intake(clean, folder, file_name)


def file_name(draft: Draft) -> str:
    """The name of a cluster's workbook."""
    return f"{draft.cluster.id}.xlsx"


def _planted_csv(planted: Iterable[Planted]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["workbook", "sheet", "cell", "kind", "rule"])
    writer.writerows([one.workbook, one.sheet, one.cell, one.kind, one.rule] for one in planted)
    return stream.getvalue().encode("utf-8-sig")


# --- found against planted --------------------------------------------------------------------------------

_Place = tuple[str, str, str, str]
"""(workbook, sheet, cell, rule)."""


def _found_by_check(result: CheckResult) -> list[_Place]:
    """Errors and warnings; infos are no faults."""
    return [
        (Path(one.file).name, f.location.sheet or "", f.location.cell or "", f.rule)
        for one in result.files
        for f in one.findings
        if f.severity is not Severity.INFO
    ]


def _found_by_reconcile(result: ReconcileResult, field: Field) -> list[_Place]:
    """Differences in rows that the register was made to disagree about, and all differences of clean workbooks.

    A fault in a value also makes the value differ from the approved one; that is not counted a second time.
    """
    disputed = {
        (file_name(draft), one.row.key)
        for draft in field.drafts
        for one in draft.expected
        if one.rule in REGISTER_FAULTS and one.row is not None
    }
    faulty = {file_name(draft) for draft in field.drafts if draft.expected}
    return [
        (Path(one.file).name, d.sheet, d.cell or "", d.status.value)
        for one in result.files
        for d in one.differences
        if (Path(one.file).name, d.key) in disputed or Path(one.file).name not in faulty
        if d.status.value != "wording_differs"
    ]


def _found_at_intake(result: ConsolidateResult) -> list[_Place]:
    """Who did not submit, who submitted twice, and which files are repeats."""
    return [
        (Path(line.file).name if line.file else f"{line.passport.id}.xlsx", "", "", line.standing.value)
        for line in result.intake
        if line.standing in INTAKE_STANDINGS
    ]


def _compare(planted: list[Planted], found: Counter[_Place]) -> tuple[tuple[Planted, ...], tuple[Planted, ...]]:
    wanted = Counter((p.workbook, p.sheet, p.cell, p.rule) for p in planted)
    missing = wanted - found
    missed = []
    for one in planted:
        place = one.workbook, one.sheet, one.cell, one.rule
        if missing[place] > 0:
            missing[place] -= 1
            missed.append(one)
    extra = [Planted(w, s, c, "", r) for (w, s, c, r) in (found - wanted).elements()]
    return tuple(missed), tuple(extra)


def _counts(planted: list[Planted], missed: tuple[Planted, ...]) -> tuple[KindCount, ...]:
    total, lost = Counter(p.kind for p in planted), Counter(p.kind for p in missed)
    rules: dict[str, dict[str, None]] = {}
    for one in planted:
        rules.setdefault(one.kind, {})[one.rule] = None
    return tuple(KindCount(kind, tuple(rules[kind]), total[kind], total[kind] - lost[kind]) for kind in rules)
