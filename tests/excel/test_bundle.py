"""The offline kit: its wheels suffice, what only Windows needs is among them, and nobody's folder is replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

import xlkit.actions.bundle as action
from tests.excel.kits import sums_hold, write_wheel
from xlkit.actions.bundle import SUPPORTED, bundle, own_wheel
from xlkit.addin.kit import PYTHONS, SUMS, WHEELS, is_kit
from xlkit.addin.wheels import gather, read_wheels, unmet
from xlkit.cli import main
from xlkit.errors import XlkitError
from xlkit.report.bundle_text import bundle_text
from xlkit.safefile import new_folder

ROOT = Path(__file__).resolve().parent.parent.parent
WINDOWS_PIP = """
import runpy, sys
from pip._vendor.packaging import markers
ours, python = markers.default_environment, sys.argv.pop(1)
markers.default_environment = lambda: {**ours(), "sys_platform": "win32", "os_name": "nt", "platform_system": "Windows",
    "platform_machine": "AMD64", "python_version": python, "python_full_version": python + ".0"}
sys.argv[0] = "pip"
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
"""pip with the markers of Windows, which it has no option for."""


def kept_apart(**more: str) -> dict[str, str]:
    """An environment in which pip knows no folder and no index but those that it is told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def resolved(wheels: Path, python: str, pip: Sequence[str]) -> set[str]:
    """The names that a dry run of pip would install on Windows from a folder alone."""
    done = subprocess.run(
        [sys.executable, *pip, "install", "-q", "--no-index", "--find-links", str(wheels), "--dry-run", "--report", "-",
         "--ignore-installed", "--only-binary=:all:", "--platform", "win_amd64", "--python-version", python,
         "--implementation", "cp", "--target", str(wheels.parent / "target"), "xlkit[excel,mail]"],
        env=kept_apart(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {one["metadata"]["name"].lower() for one in json.loads(done.stdout)["install"]}


@pytest.mark.parametrize(
    "asked", [pytest.param(SUPPORTED[:1], id="oldest"), pytest.param((), id="all", marks=pytest.mark.long)]
)
def test_the_wheels_suffice_for_every_supported_python(tmp_path: Path, asked: tuple[str, ...]) -> None:
    """Made for real from PyPI, in one test: with several workers a fixture would be made by each of them."""
    said: list[str] = []
    made = bundle(tmp_path / "набор", asked, say=lambda text: said.append(str(text)))
    assert made.pythons == (asked or SUPPORTED) and all(python in "".join(said) for python in made.pythons)
    wheels = made.folder / WHEELS
    for python in made.pythons:
        plain = resolved(wheels, python, ["-m", "pip"])
        windows = resolved(wheels, python, ["-c", WINDOWS_PIP, python])
        assert {"xlkit", "pandas", "xlwings", "pyopenvba", "cryptography", "imapclient", "keyring"} <= plain
        assert windows - plain == {"pywin32", "pywin32-ctypes"}
        assert unmet(Requirement("xlkit[excel,mail]"), read_wheels(wheels, python), python) == []
        assert len(list(wheels.glob(f"pywin32-*-cp{python.replace('.', '')}-win_amd64.whl"))) == 1
    names = {tuple(wheel.name.split("-")[:2]) for wheel in wheels.iterdir()}
    assert len(names) == len(dict(names)), "one version of each package for all Pythons"
    assert sums_hold(made.folder) and is_kit(made.folder)
    assert [one.name for one in tmp_path.iterdir()] == ["набор"], "nothing else is left"
    told = "\n".join(bundle_text(made))
    assert f"Python {', '.join(made.pythons)}" in told and "МБ" in told
    print(told)


def test_the_supported_pythons_are_those_of_the_classifiers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [one.rpartition(" :: ")[2] for one in project["classifiers"] if "Python :: 3." in one]
    assert tuple(named) == SUPPORTED


# --- gathering, from a folder of small wheels instead of an index -------------------------------------------


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip finds."""
    for name in [one for one in os.environ if one.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "index"
    folder.mkdir()
    for name, value in {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}.items():
        monkeypatch.setenv(name, value)
    return folder


def test_what_only_windows_or_one_python_asks_for_is_gathered_with_all_that_it_needs(
    index: Path, tmp_path: Path
) -> None:
    own = write_wheel(tmp_path / "own", "thing", ["plain", 'buttons; extra == "excel"', 'later; extra == "other"'])
    write_wheel(index, "plain", ['linux_alone; sys_platform == "linux"', 'old; python_version < "3.12"'])
    write_wheel(index, "buttons", ['windows_alone[more]>=1 ; platform_system == "Windows"'])
    write_wheel(
        index, "windows_alone", ['deeper; os_name == "nt" and platform_machine == "AMD64"'], tag="py3-none-win_amd64"
    )
    for name in ("linux_alone", "old", "deeper", "later"):
        write_wheel(index, name)
    made = tmp_path / "wheels"
    made.mkdir()
    assert list(gather(own, "excel", ["3.11", "3.12"], made)) == ["3.11", "3.12"]
    # linux_alone is pip's own addition here, of which nothing on Windows takes notice.
    assert set(read_wheels(made, "3.11")) - {"linux-alone"} == {
        "thing",
        "plain",
        "buttons",
        "windows-alone",
        "deeper",
        "old",
    }
    root = Requirement("thing[excel]")
    assert unmet(root, read_wheels(made, "3.11"), "3.11") == unmet(root, read_wheels(made, "3.12"), "3.12") == []
    next(made.glob("deeper-*")).unlink()
    next(made.glob("old-*")).unlink()
    assert {one.name for one in unmet(root, read_wheels(made, "3.11"), "3.11")} == {"deeper", "old"}
    assert {one.name for one in unmet(root, read_wheels(made, "3.12"), "3.12")} == {"deeper"}


def test_a_wheel_of_another_version_or_system_does_not_meet_a_requirement(tmp_path: Path) -> None:
    write_wheel(tmp_path, "thing", ["plain>=2", "fast"])
    write_wheel(tmp_path, "plain")
    write_wheel(tmp_path, "fast", tag="cp312-cp312-win_amd64")
    root = Requirement("thing")
    assert {one.name for one in unmet(root, read_wheels(tmp_path, "3.11"), "3.11")} == {"plain", "fast"}
    assert {one.name for one in unmet(root, read_wheels(tmp_path, "3.12"), "3.12")} == {"plain"}


def test_a_requirement_of_windows_that_cannot_be_had_is_named(index: Path, tmp_path: Path) -> None:
    own = write_wheel(tmp_path / "own", "thing", ['nowhere; sys_platform == "win32"'])
    with pytest.raises(XlkitError, match="nowhere"):
        list(gather(own, "excel", ["3.12"], tmp_path / "wheels"))


def test_without_a_network_it_says_so_and_leaves_nothing(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("PIP_RETRIES", "0")
    own = write_wheel(tmp_path / "own", "xlkit", ["click>=8"])
    monkeypatch.setattr(action, "own_wheel", lambda folder: own)
    with pytest.raises(SystemExit) as ended:
        main(["addin", "bundle", str(tmp_path / "kit")])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "проверьте, что есть сеть" in said and "click" in said
    assert "Traceback" not in said
    assert sorted(one.name for one in tmp_path.iterdir()) == ["index", "own"]


# --- the package itself ---------------------------------------------------------------------------------------


def test_an_installed_xlkit_comes_from_where_it_was_installed_from_or_from_the_index(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action, "checkout", lambda: None)
    source = write_wheel(tmp_path / "with spaces", "xlkit", version="0.1.0", files={"here.txt": ""})
    noted = SimpleNamespace(read_text=lambda _: json.dumps({"url": source.as_uri()}))
    monkeypatch.setattr(action, "distribution", lambda _: noted)
    assert own_wheel(tmp_path / "first").read_bytes() == source.read_bytes()
    source.unlink()
    with pytest.raises(XlkitError, match="PIP_FIND_LINKS"):
        own_wheel(tmp_path / "second")
    write_wheel(index, "xlkit", version="0.1.0")
    assert own_wheel(tmp_path / "third").is_file()


# --- the folder ---------------------------------------------------------------------------------------------------


@pytest.fixture
def kit(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a kit is made quickly: of an xlkit that needs nothing."""
    monkeypatch.setattr(action, "own_wheel", lambda folder: write_wheel(folder, "xlkit"))
    return tmp_path / "kit"


def test_an_earlier_kit_and_an_empty_folder_are_replaced(kit: Path) -> None:
    kit.mkdir()
    assert bundle(kit, ["3.12"]).wheels == 1
    (kit / WHEELS / "xlkit-1.0-py3-none-any.whl").write_bytes(b"broken")
    assert bundle(str(kit), ["3.13"]).pythons == ("3.13",)
    assert sums_hold(kit) and (kit / PYTHONS).read_text(encoding="utf-8-sig") == "3.13\n"
    assert sorted(one.name for one in kit.parent.iterdir()) == ["index", "kit"]


@pytest.mark.parametrize("foreign", ["a file among the kit's", "another folder", "a file of that name", "false sums"])
def test_what_is_not_ours_is_refused(kit: Path, foreign: str) -> None:
    if foreign == "a file among the kit's":
        bundle(kit, ["3.12"])
        (kit / WHEELS / "mine.txt").write_text("mine", encoding="utf-8")
    elif foreign == "a file of that name":
        kit.write_text("mine", encoding="utf-8")
    else:
        kit.mkdir()
        (kit / (SUMS if foreign == "false sums" else "mine.txt")).write_bytes(b"\xff mine")
    before = {path: path.read_bytes() for path in [kit, *kit.rglob("*")] if path.is_file()}
    with pytest.raises(XlkitError, match="укажите новую или пустую папку"):
        bundle(kit)
    assert before == {path: path.read_bytes() for path in before}


def test_an_unsupported_python_is_refused(kit: Path) -> None:
    with pytest.raises(XlkitError, match=r"3\.9 не поддерживается: есть 3\.11, 3\.12, 3\.13"):
        bundle(kit, ["3.12", "3.9"])
    assert not kit.exists()


def test_a_new_folder_is_complete_or_not_there(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "place"
    with new_folder(place) as made:
        (made / "old").write_text("", encoding="utf-8")
    with pytest.raises(XlkitError, match="нет места"), new_folder(place) as made:
        (made / "half").write_text("", encoding="utf-8")
        raise OSError(28, "No space left on device")
    assert [path.name for path in place.iterdir()] == ["old"] and list(place.parent.iterdir()) == [place]
    assert place.stat().st_mode & 0o777 == place.parent.stat().st_mode & 0o777, "not only for its owner"
