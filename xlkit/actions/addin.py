"""The add-in for Excel and the extension for LibreOffice: build, install, ask, remove."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from xlkit import __version__
from xlkit.addin.conf import read_conf, with_earlier_settings, with_settings
from xlkit.addin.installer import adopt, put, read_record, take_back
from xlkit.addin.office import run_unopkg
from xlkit.addin.places import ADDIN, INTERPRETER_KEYS, SETTINGS_FILE, Places, apple_script, excel_places
from xlkit.addin.sendto import send_to_entry
from xlkit.safefile import write_file
from xlkit.templates.extension import EXTENSION_ID, build_extension
from xlkit.templates.macros import build_addin
from xlkit.texts import Text

EXTENSION = "xlkit.oxt"
WORKBOOK_ON_PATH = "ADD_WORKBOOK_TO_PYTHONPATH"
_OUR_KEYS = (*INTERPRETER_KEYS.values(), WORKBOOK_ON_PATH)


@dataclass(frozen=True)
class Step:
    """One thing that was done, or how one thing stands: a place and a sentence."""

    place: Path
    said: Text
    good: bool = True


def build(folder: str | Path) -> Path:
    """Write ``xlkit.xlam`` into a folder and return its path; XlkitError where xlwings or pyOpenVBA is missing."""
    path = Path(folder) / ADDIN
    write_file(path, build_addin())
    return path


def install(places: Places | None = None) -> list[Step]:
    """Put the add-in into Excel's start-up folder, with xlwings' settings for this interpreter.

    On Windows the Explorer's menu «Отправить» gets an entry too. A second time it only brings up to date what has
    changed; :func:`remove` takes everything back. Raises XlkitError where there is no Excel or a place cannot be
    written.
    """
    places = places or excel_places()
    contents = _wanted(places)
    changed = put(contents, _without_ours)
    return [_done(path, path in changed) for path in contents]


def _wanted(places: Places) -> dict[Path, bytes]:
    settings = places.settings.read_bytes() if places.settings.is_file() else b""
    ours = {places.interpreter_key: sys.executable, WORKBOOK_ON_PATH: "False"}
    contents = {places.addin: build_addin(), places.settings: with_settings(settings, ours)}
    if places.script is not None:
        contents[places.script] = apple_script().read_bytes()
    if places.send_to is not None:
        contents[places.send_to] = send_to_entry()
    return contents


def _done(path: Path, changed: bool) -> Step:
    return Step(path, Text("записан", "written") if changed else Text("уже на месте", "already in place"))


def status(places: Places | None = None) -> list[Step]:
    """How each part of the installation stands."""
    places = places or excel_places()
    return [_standing(places, path, content) for path, content in _wanted(places).items()]


def _standing(places: Places, path: Path, content: bytes) -> Step:
    if not path.is_file():
        return Step(path, Text("не установлено", "not installed"), good=False)
    if path == places.settings:
        known = read_conf(path).get(places.interpreter_key, "")
        if known != sys.executable:
            return Step(path, Text(f"другой Python: {known or '—'}", f"another Python: {known or '—'}"), good=False)
    elif path.read_bytes() != content:
        said = Text("другой версии: выполните xlkit addin install", "another version: run xlkit addin install")
        return Step(path, said, good=False)
    return Step(path, Text("на месте", "in place"))


def remove(places: Places | None = None) -> list[Step]:
    """Take back everything that :func:`install` has changed, also where its record was lost.

    Raises XlkitError where there is no record and no Excel.
    """
    if not read_record().files:
        places = places or excel_places()
        wanted = _wanted(places).items()
        in_place = {path: path.read_bytes() for path, content in wanted if _standing(places, path, content).good}
        if not in_place:
            return []
        adopt(in_place, _without_ours)
    record = read_record()
    return [
        Step(path, Text("удалён", "removed") if record.files[str(path)] is None else Text("восстановлен", "restored"))
        for path in take_back(_merged)
    ]


def _merged(path: Path, before: bytes, now: bytes) -> bytes:
    """Of the settings that somebody has changed since, only ours are taken back; the add-in goes as it is."""
    return with_earlier_settings(now, before, _OUR_KEYS) if path.name == SETTINGS_FILE else before


def _without_ours(path: Path, now: bytes) -> bytes:
    return with_earlier_settings(now, b"", _OUR_KEYS) if path.name == SETTINGS_FILE else b""


# --- LibreOffice ------------------------------------------------------------------------------------------


def install_office() -> list[Step]:
    """Add the toolbar to LibreOffice for this user; XlkitError where there is none."""
    with tempfile.TemporaryDirectory(prefix="xlkit-") as folder:
        path = Path(folder) / EXTENSION
        write_file(path, build_extension(sys.executable, __version__))
        run_unopkg("add", "--force", "--suppress-license", str(path))  # which keeps a copy of its own
    return [Step(_OFFICE, Text("панель «Профессионалитет» добавлена", "the toolbar «Профессионалитет» was added"))]


def status_office() -> list[Step]:
    """Whether LibreOffice has the toolbar; XlkitError where there is no LibreOffice."""
    if _has_toolbar():
        return [Step(_OFFICE, Text("панель «Профессионалитет» на месте", "the toolbar «Профессионалитет» is in place"))]
    said = Text("панель «Профессионалитет» не установлена", "the toolbar «Профессионалитет» is not installed")
    return [Step(_OFFICE, said, good=False)]


def remove_office() -> list[Step]:
    """Take the toolbar out of LibreOffice, if it is there; XlkitError where there is no LibreOffice."""
    if not _has_toolbar():
        return []
    run_unopkg("remove", EXTENSION_ID)
    return [Step(_OFFICE, Text("панель «Профессионалитет» удалена", "the toolbar «Профессионалитет» was removed"))]


def _has_toolbar() -> bool:
    return EXTENSION_ID in run_unopkg("list")


_OFFICE = Path("LibreOffice")
