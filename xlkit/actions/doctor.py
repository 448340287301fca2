"""Is everything in place for the buttons: each line says how one thing stands and how to mend it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from xlkit.actions.account import try_account
from xlkit.actions.addin import status
from xlkit.addin.conf import read_conf
from xlkit.addin.places import WINDOWS, Places, excel_places
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError, system_reason
from xlkit.extras import EXCEL, MAIL, install
from xlkit.register import read_register
from xlkit.safefile import write_file
from xlkit.settings import SETTINGS, home, read_settings
from xlkit.texts import Text

_OLDEST_PYTHON = (3, 11)
_INSTALL = Text("Выполните: xlkit addin install", "Run: xlkit addin install")
_PACKAGES = {
    **dict.fromkeys(("xlwings", "openpyxl", "pyOpenVBA"), EXCEL),
    **dict.fromkeys(("cryptography", "imapclient", "keyring"), MAIL),
}


class State(StrEnum):
    """How one thing stands."""

    GOOD = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Examined:
    """One thing: its name, its state, what is to say of it, and (unless it is good) how to mend it."""

    name: str
    state: State
    said: Text
    mend: Text | None = None


@dataclass(frozen=True)
class Diagnosis:
    """All that was examined, in order."""

    things: tuple[Examined, ...]

    @property
    def exit_code(self) -> int:
        return EXIT_FINDINGS if any(one.state is State.WRONG for one in self.things) else EXIT_OK


def doctor(system: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Diagnosis:
    """Examine interpreter, versions, add-in, settings, policies, paths and rights. Never raises for what it finds."""
    things = [*_interpreter(), *_packages(), *_own_settings(), *_mail(), *_write_access(home(), "home")]
    try:
        places = excel_places(system, environ)
    except XlkitError as error:
        needless = Text("Командам xlkit Excel не нужен", "The commands of xlkit need no Excel")
        things.append(Examined("excel", State.WARNING, error.text, needless))
        return Diagnosis(tuple(things))
    for examine in _OF_EXCEL:
        things += examine(places, environ)
    return Diagnosis(tuple(things))


def _good(name: str, ru: str, en: str) -> Examined:
    return Examined(name, State.GOOD, Text(ru, en))


def _interpreter() -> Iterator[Examined]:
    said = f"Python {sys.version.split()[0]}, {sys.executable}"
    if sys.version_info[:2] < _OLDEST_PYTHON:
        newer = Text("Установите Python 3.11 или новее", "Install Python 3.11 or newer")
        yield Examined("interpreter", State.WRONG, Text(said, said), newer)
    else:
        yield _good("interpreter", said, said)


def _packages() -> Iterator[Examined]:
    for name, extra in _PACKAGES.items():
        try:
            said = f"{name} {version(name)}"
            yield _good("packages", said, said)
        except PackageNotFoundError:
            wrong = State.WRONG if extra == EXCEL else State.WARNING  # who sends no mail needs none of it
            yield Examined("packages", wrong, Text(f"не установлен {name}", f"{name} is missing"), install(extra))


def _mail() -> Iterator[Examined]:
    """Whether the servers let in; only where the mail is set."""
    try:
        settings = read_settings().mail
    except XlkitError:
        return  # the settings' own line tells
    if settings is None:
        yield _good("mail", "почта не настроена (xlkit mail setup)", "no mail is set (xlkit mail setup)")
        return
    if settings.imap_host and find_spec("imapclient") is None:
        said = Text("IMAP: не установлен imapclient", "IMAP: imapclient is missing")
        yield Examined("mail", State.WRONG, said, install(MAIL))
        settings = replace(settings, imap_host="")
    for one in try_account(settings):
        if one.trouble is None:
            yield _good("mail", f"{one.what}: вход выполнен", f"{one.what}: signed in")
        else:
            mend = Text("Исправьте настройки: xlkit mail setup", "Mend the settings: xlkit mail setup")
            yield Examined("mail", State.WRONG, one.trouble, mend)


def _own_settings() -> Iterator[Examined]:
    path = home() / SETTINGS
    try:
        settings = read_settings()
    except XlkitError as error:
        yield Examined("settings", State.WRONG, error.text, Text(f"Исправьте файл {path}", f"Mend the file {path}"))
        return
    if settings.register is None:
        yield _good(
            "settings",
            f"реестр не указан ({path}), кнопка сверяет с листом «Утверждено»",
            f"no register is named ({path}), the button compares with «Утверждено»",
        )
        return
    if "://" not in settings.register and not Path(settings.register).is_file():
        said = Text(f"реестра {settings.register} нет", f"there is no register {settings.register}")
        mend = Text(f"Исправьте register в {path}", f"Mend «register» in {path}")
        yield Examined("settings", State.WRONG, said, mend)
        return
    try:
        register = read_register(settings.register)  # which shows no password
    except XlkitError as error:
        mend = Text(f"Исправьте register в {path}", f"Mend «register» in {path}")
        yield Examined("settings", State.WRONG, error.text, mend)
        return
    count = len(register.clusters)
    yield _good(
        "settings", f"реестр {register.source}, кластеров: {count}", f"register {register.source}, clusters: {count}"
    )


def _write_access(folder: Path, name: str) -> Iterator[Examined]:
    """Whether a file can be written there; nothing stays behind."""
    nearest = next(one for one in (folder, *folder.parents) if one.exists())
    probe = nearest / f".xlkit-probe-{os.getpid()}"
    try:
        write_file(probe, b"")
        probe.unlink()
    except (XlkitError, OSError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else error.text
        said = Text(f"нет права записи в {nearest}: {reason.ru}", f"cannot write to {nearest}: {reason.en}")
        ask = Text("Попросите администратора дать право записи", "Ask your administrator for the right to write")
        yield Examined(name, State.WRONG, said, ask)
        return
    yield _good(name, f"запись в {folder} возможна", f"{folder} can be written")


def _addin(places: Places, _: Mapping[str, str]) -> Iterator[Examined]:
    """Add-in, package and xlwings in step: the installed file is what this version builds."""
    try:
        for step in status(places):
            said = Text(f"{step.place}: {step.said.ru}", f"{step.place}: {step.said.en}")
            yield Examined("addin", State.GOOD if step.good else State.WRONG, said, None if step.good else _INSTALL)
    except XlkitError as error:
        yield Examined("addin", State.WRONG, error.text, _INSTALL)


def _conf(places: Places, _: Mapping[str, str]) -> Iterator[Examined]:
    if not places.settings.is_file():
        return
    known = read_conf(places.settings)
    if known.get("ADD_WORKBOOK_TO_PYTHONPATH", "").casefold() != "false":
        said = Text(
            "ADD_WORKBOOK_TO_PYTHONPATH не False: с книгами из OneDrive кнопки не сработают",
            "ADD_WORKBOOK_TO_PYTHONPATH is not False: buttons will fail on workbooks in OneDrive",
        )
        yield Examined("conf", State.WRONG, said, _INSTALL)
    if known.get("USE UDF SERVER", "").casefold() == "true":
        said = Text("xlwings работает через UDF-сервер", "xlwings uses its UDF server")
        off = Text("Если кнопка молчит, отключите его (USE UDF SERVER)", "If buttons stay silent, turn it off")
        yield Examined("conf", State.WARNING, said, off)


def _trusted(places: Places, _: Mapping[str, str]) -> Iterator[Examined]:
    said = f"{places.startup} — папка автозагрузки Excel, она надёжная"
    yield _good("trusted", said, f"{places.startup} is Excel's start-up folder, which it trusts")


def _one_drive(places: Places, environ: Mapping[str, str]) -> Iterator[Examined]:
    roots = [environ[name] for name in ("OneDrive", "OneDriveCommercial", "OneDriveConsumer") if environ.get(name)]
    inside = [root for root in roots if Path(sys.executable).is_relative_to(root)]
    if inside:
        said = Text(f"Python лежит в OneDrive ({inside[0]})", f"Python lies in OneDrive ({inside[0]})")
        outside = Text("Установите Python и xlkit вне OneDrive", "Install Python and xlkit outside of OneDrive")
        yield Examined("onedrive", State.WRONG, said, outside)
    elif roots:
        yield _good("onedrive", "OneDrive есть, Python лежит вне его", "there is OneDrive, Python lies outside of it")


def _startup_access(places: Places, _: Mapping[str, str]) -> Iterator[Examined]:
    yield from _write_access(places.startup, "startup")


def _policy(places: Places, _: Mapping[str, str]) -> Iterator[Examined]:
    """Macro policies of the organisation, which only Windows has."""
    if places.system != WINDOWS:
        return
    policies = macro_policies()
    if policies.get("vbawarnings") == _NO_MACROS:
        said = Text("политика организации запрещает все макросы", "your organisation forbids all macros")
        ask = Text(
            "Попросите разрешить макросы из надёжных папок; до того пользуйтесь командой xlkit check",
            "Ask for macros from trusted locations; until then use xlkit check",
        )
        yield Examined("policy", State.WRONG, said, ask)
    elif policies.get("alllocationsdisabled") == 1:
        said = Text("политика организации отключает надёжные папки", "your organisation turns trusted locations off")
        ask = Text("Попросите включить их или подписать надстройку", "Ask to turn them on, or to sign the add-in")
        yield Examined("policy", State.WRONG, said, ask)
    else:
        yield _good("policy", "политики не мешают макросам", "no policy stands in the way of macros")


_NO_MACROS = 4
_POLICIES = (
    r"Software\Policies\Microsoft\Office\16.0\Excel\Security",
    r"Software\Policies\Microsoft\Office\16.0\Excel\Security\Trusted Locations",
)


def macro_policies() -> dict[str, int]:
    """Excel's security policies from the registry of Windows, by name in lower case; empty elsewhere."""
    found: dict[str, int] = {}
    if sys.platform == "win32":  # in these words mypy knows the module
        import winreg

        for key in _POLICIES:
            with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                for number in range(winreg.QueryInfoKey(opened)[1]):
                    name, value, _ = winreg.EnumValue(opened, number)
                    found[name.casefold()] = value
    return found


_OF_EXCEL: tuple[Callable[[Places, Mapping[str, str]], Iterator[Examined]], ...] = (
    _addin, _conf, _trusted, _policy, _one_drive, _startup_access,
)  # fmt: skip
