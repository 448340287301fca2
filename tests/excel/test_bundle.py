"""The offline kit: its wheels suffice, its installer installs, repairs and removes, and nothing of others is lost."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.tags import platform_tags

import xlkit.actions.bundle as action
from xlkit.actions.bundle import SUPPORTED, bundle, own_wheel
from xlkit.addin.kit import INSTALLER, PYTHONS, SUMS, WHEELS, complete_kit, is_kit
from xlkit.addin.wheels import System, gather, read_wheels, unmet
from xlkit.cli import main
from xlkit.errors import XlkitError
from xlkit.report.bundle_text import bundle_text
from xlkit.safefile import new_folder

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "macros" / "windows"
RUNNING = "{}.{}".format(*sys.version_info)
THIS_SYSTEM = System(tuple(platform_tags()), {})
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


def sums_hold(kit: Path) -> bool:
    lines = [line.partition("  ") for line in (kit / SUMS).read_text(encoding="utf-8").splitlines()]
    files = {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}
    assert {name for _, _, name in lines} == files - {SUMS}
    return all(hashlib.sha256((kit / name).read_bytes()).hexdigest() == digest for digest, _, name in lines)


def test_the_supported_pythons_are_those_of_the_classifiers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [one.rpartition(" :: ")[2] for one in project["classifiers"] if "Python :: 3." in one]
    assert tuple(named) == SUPPORTED


# --- gathering, from a folder of small wheels instead of an index -------------------------------------------


def write_wheel(
    folder: Path, name: str, requires: Sequence[str] = (), version: str = "1.0", tag: str = "py3-none-any",
    files: dict[str, str] | None = None,
) -> Path:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path, about = folder / f"{name}-{version}-{tag}.whl", f"{name}-{version}.dist-info"
    extras = "".join(f"Provides-Extra: {extra}\n" for extra in ("excel",))
    metadata = "".join(f"Requires-Dist: {one}\n" for one in requires)
    parts = {
        **(files or {}),
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{extras}{metadata}",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{part},,\n" for part in [*parts, f"{about}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in {**parts, f"{about}/RECORD": record}.items():
            archive.writestr(part, content)
    return path


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


# --- the installer ------------------------------------------------------------------------------------------------

RECORDER = """
import os, pathlib, sys
pathlib.Path(os.environ["LOCALAPPDATA"], "calls.txt").open("a").write(" ".join([VERSION, *sys.argv[1:]]) + "\\n")
print("сказано по-русски")
sys.exit(int(os.environ.get("FAIL", "0")))
"""


def small_kit(folder: Path, version: str, pythons: Sequence[str] = (RUNNING,)) -> Path:
    """A kit whose xlkit writes down how it is called."""
    program = f"VERSION = {version!r}{RECORDER}"
    for old in folder.glob(f"{WHEELS}/*"):
        old.unlink()
    write_wheel(folder / WHEELS, "xlkit", version=version, files={"xlkit/__main__.py": program})
    (folder / SUMS).unlink(missing_ok=True)
    complete_kit(folder, pythons)
    return folder


def run_script(kit: Path, local: Path, name: str = INSTALLER, **more: str) -> tuple[int, str]:
    """Run a script of the kit among settings that would mislead pip and Python."""
    misleading = {"PIP_TARGET": "/nowhere", "PIP_INDEX_URL": "http://127.0.0.1:9", "PYTHONPATH": str(kit / "nowhere")}
    done = subprocess.run(
        [sys.executable, str(kit / name)], env={**os.environ, **misleading, "LOCALAPPDATA": str(local), **more},
        cwd=kit, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_it_installs_upgrades_tells_failures_and_removes(tmp_path: Path) -> None:
    local, kit = tmp_path / "Иван Петров", tmp_path / "набор на флешке"
    code, said = run_script(small_kit(kit, "1.0"), local)
    assert code == 0 and "xlkit установлен" in said and "«Отправить» → «Проверить (xlkit)»" in said
    stray = local / "xlkit" / "venv" / "stray"
    stray.touch()
    (local / "xlkit" / "settings.toml").touch()
    code, said = run_script(small_kit(kit, "2.0"), local, FAIL="2")
    assert code == 1 and "настроить Excel нельзя:\nсказано по-русски" in said and "install.log" in said
    assert not stray.exists(), "what was broken is gone"
    assert run_script(kit, local, "удалить.pyw") == (0, "xlkit удалён.\n")
    assert (local / "calls.txt").read_text().splitlines() == [
        "1.0 addin install",
        "2.0 addin install",
        "2.0 addin remove",
    ]
    assert [path.name for path in (local / "xlkit").iterdir()] == ["settings.toml"]
    assert run_script(kit, local, "удалить.pyw")[0] == 0, "a second time too"
    assert sums_hold(kit), "the kit is as it was"


@pytest.fixture
def installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The installer as a module, within a small kit."""
    spec = importlib.util.spec_from_file_location("installer", SCRIPTS / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "KIT", small_kit(tmp_path / "kit", "1.0"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    return module


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("unsupported", f"работает с Python 3.8, 3.9, а запущен Python {RUNNING}"),
        ("store", "Python из Microsoft Store не подходит"),
        ("missing", "отсутствует или повреждён"),
        ("broken", "отсутствует или повреждён"),
        ("within an archive", "нет остальных файлов набора"),
    ],
)
def test_it_stops_before_anything_is_written(
    installer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    trouble: str, said: str,
) -> None:  # fmt: skip
    kit = tmp_path / "kit"
    if trouble == "unsupported":
        small_kit(kit, "1.0", ["3.8", "3.9"])
    elif trouble == "store":
        monkeypatch.setattr(sys, "base_prefix", r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12")
    elif trouble == "missing":
        next(kit.glob(f"{WHEELS}/*")).unlink()
    elif trouble == "broken":
        next(kit.glob(f"{WHEELS}/*")).write_bytes(b"")
    else:
        (kit / SUMS).unlink()
    assert installer.main([]) == 1
    assert said in capsys.readouterr().out
    assert not (tmp_path / "local").exists()


def test_an_unforeseen_failure_is_told_and_logged(
    installer: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(installer, "make_environment", lambda: 1 / 0)
    assert installer.main([]) == 1
    told = capsys.readouterr().out
    assert "Не получилось: division by zero" in told and "Traceback" not in told
    assert "ZeroDivisionError" in (tmp_path / "local" / "xlkit" / "install.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["install.py", "remove.py", "send_to.py"])
def test_an_old_python_can_read_the_scripts(script: str) -> None:
    """It must be able to say that it will not do."""
    ast.parse((SCRIPTS / script).read_text(encoding="utf-8"), feature_version=(3, 7))


def test_the_instructions_name_the_files_of_the_kit(tmp_path: Path) -> None:
    kit = small_kit(tmp_path / "kit", "1.0")
    content = (kit / "прочтите.txt").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"\n" not in content.replace(b"\r\n", b"")
    listed = content.decode("utf-8-sig").partition("6. Файлы набора")[2]
    assert {path.name for path in kit.iterdir()} == {line.split()[0] for line in listed.splitlines()[2:] if line}


@pytest.mark.long
def test_a_kit_for_this_system_installs_for_real(tmp_path: Path) -> None:
    """The same way with the wheels of the running system: what is installed runs, and puts the Explorer's entry."""
    kit, local = tmp_path / "kit", tmp_path / "local"
    bundle(kit, [RUNNING], system=THIS_SYSTEM)
    code, said = run_script(kit, local, XLKIT_HOME=str(tmp_path / "home"))
    assert code == 1 and "На этой системе нет Excel" in said, "the very last step, which only Windows and a Mac have"
    python = local / "xlkit" / "venv" / "bin" / "python"
    version = subprocess.run([python, "-I", "-m", "xlkit", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("xlkit ")
    program = (
        "from xlkit.actions.addin import install\nfrom xlkit.addin.places import excel_places\n"
        f"install(excel_places('win32', dict(USERPROFILE={str(tmp_path)!r}, APPDATA={str(tmp_path / 'Roaming')!r})))"
    )
    subprocess.run([python, "-I", "-c", program], env={**os.environ, "XLKIT_HOME": str(tmp_path / "home")}, check=True)
    entry = next((tmp_path / "Roaming" / "Microsoft" / "Windows" / "SendTo").iterdir())
    assert str(python) in entry.read_text(encoding="utf-8")
    book = ROOT / "workbooks" / "program_center-2026.xlsx"
    (tmp_path / "книга.xlsx").write_bytes(book.read_bytes())
    sent = subprocess.run([sys.executable, entry, tmp_path / "книга.xlsx"], capture_output=True, text=True, check=True)
    assert "книга (проверено).xlsx" in sent.stdout and (tmp_path / "книга (проверено).xlsx").is_file()
