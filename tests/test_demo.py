"""The demo finds what it planted, at any size, and writes what it promises."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from xlkit.actions.demo import DemoResult, demo
from xlkit.demo.faults import KINDS
from xlkit.errors import XlkitError


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    return demo(tmp_path_factory.mktemp("demo") / "new", 40)


def test_every_planted_fault_is_found_and_nothing_else(result: DemoResult) -> None:
    assert result.missed == ()
    assert result.unplanted == ()
    assert result.exit_code == 0


def test_at_least_twenty_kinds(result: DemoResult) -> None:
    kinds = {one.kind for one in result.kinds}
    assert {kind.name for kind in KINDS} <= kinds
    assert "real" in kinds
    assert len(kinds) >= 20
    assert all(one.planted > 0 for one in result.kinds)


def test_files(result: DemoResult) -> None:
    root = Path(result.folder)
    with (root / "planted.csv").open(encoding="utf-8-sig", newline="") as stream:
        planted = list(csv.DictReader(stream))
    assert list(planted[0]) == ["workbook", "sheet", "cell", "kind", "rule"]
    assert len(planted) == sum(one.planted for one in result.kinds)
    assert (root / "register.xlsx").is_file()
    assert (root / "svod.xlsx").is_file()
    assert (root / "svod.html").is_file()
    assert len(list((root / "workbooks").glob("*.xlsx"))) >= 42


def test_clean_workbooks_have_no_errors(result: DemoResult) -> None:
    """No error finding in a workbook without a planted fault; the two real programmes have exactly theirs."""
    with (Path(result.folder) / "planted.csv").open(encoding="utf-8-sig", newline="") as stream:
        faulty = {row["workbook"] for row in csv.DictReader(stream)}
    clean = [one for one in result.checked.files if Path(one.file).name not in faulty]
    assert clean
    assert all(one.verdict == "valid" for one in clean)


@pytest.mark.parametrize("clusters", [0, 7])
def test_other_sizes(tmp_path: Path, clusters: int) -> None:
    made = demo(tmp_path / "demo", clusters)
    assert (made.missed, made.unplanted) == ((), ())


@pytest.mark.long
def test_a_larger_field(tmp_path: Path) -> None:
    """Every pair of neighbouring kinds meets in some workbook."""
    made = demo(tmp_path / "demo", 300)
    assert (made.missed, made.unplanted) == ((), ())


def test_again_in_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {p.name: p.read_bytes() for p in _made(tmp_path)}
    assert {p.name: p.read_bytes() for p in _made(tmp_path)} == first


def _made(folder: Path) -> list[Path]:
    made = demo(folder / "demo", 1)
    assert (made.missed, made.unplanted) == ((), ())
    return sorted(p for p in (folder / "demo").rglob("*") if p.is_file())


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("important")
    with pytest.raises(XlkitError):
        demo(tmp_path, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
