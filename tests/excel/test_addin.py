"""Installing and taking back: the tree afterwards equals the tree before, in a home of Windows and of a Mac."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from xlkit.actions.addin import install, remove, status
from xlkit.addin.conf import read_conf
from xlkit.addin.installer import RECORD
from xlkit.addin.places import MAC, WINDOWS, Places, excel_places
from xlkit.cli import main
from xlkit.errors import XlkitError
from xlkit.settings import home
from xlkit.templates.extension import EXTENSION_ID
from xlkit.templates.macros import build_addin

pytestmark = pytest.mark.usefixtures("one_addin")

OTHER = '"INTERPRETER_WIN","C:\\Other\\python.exe"\r\n"SHOW CONSOLE","True"\r\n'


@pytest.fixture(params=[WINDOWS, MAC])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A sandboxed home; what a person had in it before differs by the test."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "own" / "xlkit"))
    user = tmp_path / "user"
    user.mkdir()
    return excel_places(
        request.param, {"USERPROFILE": str(user), "APPDATA": str(user / "AppData" / "Roaming"), "HOME": str(user)}
    )


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


@pytest.mark.parametrize("had", ["nothing", "empty folders", "settings of another", "an older add-in"])
def test_the_tree_afterwards_is_the_tree_before(places: Places, tmp_path: Path, had: str) -> None:
    if had != "nothing":
        places.startup.mkdir(parents=True)
        places.settings.parent.mkdir(parents=True)
    if had == "settings of another":
        places.settings.write_bytes(OTHER.encode())
    if had == "an older add-in":
        places.addin.write_bytes(b"old")
        if places.script is not None:
            places.script.parent.mkdir(parents=True)
            places.script.write_bytes(b"old")
    before = tree(tmp_path)
    first = install(places)
    installed = tree(tmp_path)
    second = install(places)
    assert tree(tmp_path) == installed, "the second time changes nothing"
    assert {str(step.said) for step in second} == {"уже на месте"} and all(step.good for step in first)
    assert all(step.good for step in status(places))
    assert places.addin.read_bytes() == build_addin()
    remove()
    assert tree(tmp_path) == before
    assert remove(places) == []


def test_settings_of_others_stay(places: Places) -> None:
    places.settings.parent.mkdir(parents=True)
    places.settings.write_bytes(OTHER.encode())
    install(places)
    known = read_conf(places.settings)
    assert known["SHOW CONSOLE"] == "True"
    assert known[places.interpreter_key] == sys.executable
    assert known["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"


def test_what_somebody_has_changed_since_stays(places: Places) -> None:
    places.settings.parent.mkdir(parents=True)
    places.settings.write_bytes(OTHER.encode())
    install(places)
    later = places.settings.read_bytes() + '"TEMP DIR","C:\\Иван"\r\n'.encode("cp1251")
    places.settings.write_bytes(later)
    remove()
    left = places.settings.read_bytes()
    assert '"TEMP DIR","C:\\Иван"'.encode("cp1251") in left, "bytes of another code page too"
    assert read_conf(places.settings).get(places.interpreter_key) == read_other(places)
    assert "ADD_WORKBOOK_TO_PYTHONPATH" not in read_conf(places.settings)


def read_other(places: Places) -> str | None:
    """The interpreter that stood there before."""
    return "C:\\Other\\python.exe" if places.system == WINDOWS else None


def test_the_mac_gets_the_script_of_the_installed_xlwings(places: Places) -> None:
    install(places)
    if places.system == MAC:
        assert places.script is not None and places.script.is_file()
        assert places.script.name.startswith("xlwings-") and places.script.suffix == ".applescript"
    else:
        assert places.script is None


def test_status_says_what_is_missing_or_of_another_version(places: Places) -> None:
    assert {str(step.said) for step in status(places)} == {"не установлено"}
    install(places)
    places.addin.write_bytes(b"another")
    places.settings.write_text(places.settings.read_text(encoding="utf-8").replace(sys.executable, "/gone/python"))
    said = {step.place: step for step in status(places)}
    assert "другой версии" in str(said[places.addin].said) and not said[places.addin].good
    assert "/gone/python" in str(said[places.settings].said) and not said[places.settings].good


def test_without_excel_it_says_what_else_there_is() -> None:
    with pytest.raises(XlkitError, match="--libreoffice"):
        excel_places("linux", {})


@pytest.mark.parametrize("again", [True, False], ids=["installed again", "removed at once"])
@pytest.mark.parametrize("record", [None, "not json", '{"files": {"/x": "no base64!"}, "written": {}, "folders": []}'])
def test_what_was_installed_can_be_removed_after_its_record_was_lost(
    places: Places, record: str | None, again: bool
) -> None:
    """What ``status`` calls in place, ``remove`` knows; settings of others stay."""
    install(places)
    places.settings.write_bytes(b'"SHOW CONSOLE","True"\r\n' + places.settings.read_bytes())
    kept = home() / RECORD
    if record is None:
        kept.unlink()
    else:
        kept.write_text(record, encoding="utf-8")
    if again:
        install(places)
    known = {step.place for step in status(places) if step.good}
    assert {step.place for step in remove(places)} == known and places.settings in known
    assert not places.addin.exists() and read_conf(places.settings) == {"SHOW CONSOLE": "True"}
    assert not any(step.good for step in status(places)) and remove(places) == []


# --- LibreOffice ------------------------------------------------------------------------------------------

UNOPKG = """#!/bin/sh
cd "$(dirname "$0")"
case $1 in
    add) test -f "$4" && echo "Identifier: org.xlkit.office" > installed ;;
    list) cat installed 2>/dev/null; true ;;
    remove) rm installed ;;
esac
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a script of the shell stands for LibreOffice's program")
def test_the_toolbar_is_told_in_one_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """install, status and remove of one home say the same of the same things, and nothing stays behind."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    program = tmp_path / "bin" / "unopkg"
    program.parent.mkdir()
    program.write_text(UNOPKG.replace("org.xlkit.office", EXTENSION_ID), encoding="utf-8")
    program.chmod(0o755)

    def said(command: str) -> tuple[str, int]:
        with pytest.raises(SystemExit) as ended:
            main(["addin", command, "--libreoffice"])
        return capsys.readouterr().out.strip(), int(ended.value.code or 0)

    toolbar = "LibreOffice: панель «Профессионалитет»"
    assert said("status") == (f"{toolbar} не установлена", 1)
    assert said("remove") == ("Не установлено: убирать нечего", 0)
    assert said("install") == (f"{toolbar} добавлена", 0)
    assert said("status") == (f"{toolbar} на месте", 0)
    assert said("remove") == (f"{toolbar} удалена", 0)
    assert said("status") == (f"{toolbar} не установлена", 1)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", ["install", "status", "remove"])
@pytest.mark.parametrize("more", [[], ["--libreoffice"]], ids=["Excel", "LibreOffice"])
def test_without_the_program_every_command_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, more: list[str]
) -> None:
    if not more and sys.platform in (WINDOWS, MAC):
        pytest.skip("there may be an Excel")
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    monkeypatch.setattr("xlkit.addin.office.find_unopkg", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main(["addin", command, *more])
    program = "LibreOffice не найден" if more else "На этой системе нет Excel"
    assert ended.value.code == 2 and capsys.readouterr().err.startswith(program)
