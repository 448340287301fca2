"""The doctor names what is wrong and how to mend it, and is content once it is mended."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import xlkit.actions.doctor as ward
from xlkit.actions.addin import install
from xlkit.actions.doctor import Diagnosis, State, doctor
from xlkit.addin.places import MAC, WINDOWS, Places, excel_places
from xlkit.cli import main
from xlkit.settings import SETTINGS

pytestmark = pytest.mark.usefixtures("one_addin")

Home = tuple[str, dict[str, str], Places]


@pytest.fixture(params=[WINDOWS, MAC])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A sandboxed home with the add-in installed."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "own"))
    environ = {"USERPROFILE": str(tmp_path), "APPDATA": str(tmp_path / "Roaming"), "HOME": str(tmp_path)}
    places = excel_places(request.param, environ)
    install(places)
    return request.param, environ, places


def told(diagnosis: Diagnosis, state: State) -> list[str]:
    return [one.name for one in diagnosis.things if one.state is state]


def test_an_installation_in_order(home: Home) -> None:
    system, environ, _ = home
    diagnosis = doctor(system, environ)
    assert told(diagnosis, State.WRONG) == [] and diagnosis.exit_code == 0
    assert all(one.mend is None for one in diagnosis.things)


def _old_addin(places: Places) -> None:
    places.addin.write_bytes(b"old")


def _no_addin(places: Places) -> None:
    places.addin.unlink()


def _other_python(places: Places) -> None:
    text = places.settings.read_text(encoding="utf-8")
    places.settings.write_text(text.replace(sys.executable, "/gone/python"), encoding="utf-8")


def _workbook_on_path(places: Places) -> None:
    places.settings.write_text(f'"{places.interpreter_key}","{sys.executable}"\n', encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "name"),
    [(_old_addin, "addin"), (_no_addin, "addin"), (_other_python, "addin"), (_workbook_on_path, "conf")],
)
def test_what_is_wrong_is_named_and_installing_mends_it(home: Home, spoil: Callable[[Places], None], name: str) -> None:
    system, environ, places = home
    spoil(places)
    diagnosis = doctor(system, environ)
    assert told(diagnosis, State.WRONG) == [name] and diagnosis.exit_code == 1
    (thing,) = (one for one in diagnosis.things if one.state is State.WRONG)
    assert thing.mend is not None and "xlkit addin install" in thing.mend.ru and thing.mend.en
    install(places)
    assert doctor(system, environ).exit_code == 0


@pytest.mark.parametrize(("content", "said"), [('register = "/нет/реестра.xlsx"', "реестра.xlsx"), ("x = 1", "x")])
def test_settings_that_will_not_do(home: Home, tmp_path: Path, content: str, said: str) -> None:
    system, environ, _ = home
    (tmp_path / "own" / SETTINGS).write_text(content, encoding="utf-8")
    (wrong,) = (one for one in doctor(system, environ).things if one.state is State.WRONG)
    assert wrong.name == "settings" and said in wrong.said.ru and wrong.mend is not None


def test_python_within_onedrive(home: Home) -> None:
    system, environ, _ = home
    inside = {**environ, "OneDrive": str(Path(sys.executable).parent.parent)}
    assert told(doctor(system, inside), State.WRONG) == ["onedrive"]
    assert "onedrive" in told(doctor(system, {**environ, "OneDrive": "/elsewhere"}), State.GOOD)


@pytest.mark.parametrize("policies", [{"vbawarnings": 4}, {"alllocationsdisabled": 1}])
def test_policies_of_the_organisation(home: Home, monkeypatch: pytest.MonkeyPatch, policies: dict[str, int]) -> None:
    system, environ, _ = home
    monkeypatch.setattr(ward, "macro_policies", lambda: policies)
    assert told(doctor(system, environ), State.WRONG) == (["policy"] if system == WINDOWS else [])


def test_a_missing_package(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ward, "_PACKAGES", {"no-such-package": "excel"})
    (wrong,) = (one for one in doctor(*home[:2]).things if one.state is State.WRONG)
    assert wrong.mend is not None and "xlkit[excel]" in wrong.mend.ru


def test_without_excel_it_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    if sys.platform in (WINDOWS, MAC):
        pytest.skip("there may be an Excel")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert ended.value.code in (None, 0)
    assert {"name", "state", "said", "mend"} == set(document["things"][0])
    assert [one["state"] for one in document["things"] if one["name"] == "excel"] == ["warning"]


def test_it_leaves_nothing_behind(home: Home, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    doctor(*home[:2])
    assert sorted(tmp_path.rglob("*")) == before
