"""The installer of the offline kit installs, repairs and removes, and nothing of others is lost."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.tags import platform_tags

from tests.excel.kits import RUNNING, small_kit, sums_hold
from xlkit.actions.bundle import bundle
from xlkit.addin.kit import INSTALLER, SUMS, WHEELS
from xlkit.addin.wheels import System

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "macros" / "windows"
THIS_SYSTEM = System(tuple(platform_tags()), {})


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
