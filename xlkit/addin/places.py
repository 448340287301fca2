"""Where Excel looks for add-ins, settings and scripts, on Windows and on a Mac."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.templates.macros import xlwings_folder
from xlkit.texts import Text

ADDIN = "xlkit.xlam"
SEND_TO = "Проверить (xlkit).pyw"
WINDOWS, MAC = "win32", "darwin"
SETTINGS_FILE = "xlwings.conf"
INTERPRETER_KEYS = {WINDOWS: "INTERPRETER_WIN", MAC: "INTERPRETER_MAC"}


@dataclass(frozen=True)
class Places:
    """One system's places: Excel's start-up folder, xlwings' settings, and what only one system has.

    A Mac needs an AppleScript; Windows has the Explorer's menu «Отправить».
    """

    system: str
    startup: Path
    settings: Path
    script: Path | None = None
    send_to: Path | None = None

    @property
    def addin(self) -> Path:
        return self.startup / ADDIN

    @property
    def interpreter_key(self) -> str:
        """The name of the interpreter among xlwings' settings."""
        return INTERPRETER_KEYS[self.system]


def excel_places(system: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Places:
    """The places of a system; XlkitError where there is no Excel."""
    if system == WINDOWS:
        profile = Path(environ.get("USERPROFILE") or Path.home())
        roaming = Path(environ.get("APPDATA") or profile / "AppData" / "Roaming")
        return Places(
            system,
            startup=roaming / "Microsoft" / "Excel" / "XLSTART",
            settings=profile / ".xlwings" / SETTINGS_FILE,
            send_to=roaming / "Microsoft" / "Windows" / "SendTo" / SEND_TO,
        )
    if system == MAC:
        library = Path(environ.get("HOME") or Path.home()) / "Library"
        return Places(
            system,
            startup=library / "Group Containers" / "UBF8T346G9.Office" / "User Content.localized"
            / "Startup.localized" / "Excel",
            settings=library / "Containers" / "com.microsoft.Excel" / "Data" / SETTINGS_FILE,
            script=library / "Application Scripts" / "com.microsoft.Excel" / apple_script().name,
        )  # fmt: skip
    raise XlkitError(
        Text(
            "На этой системе нет Excel; для LibreOffice есть xlkit addin install, status и remove с --libreoffice",
            "There is no Excel on this system; for LibreOffice use xlkit addin install, status, remove --libreoffice",
        )
    )


def apple_script() -> Path:
    """The script of the installed xlwings, by which a Mac's Excel starts Python."""
    return xlwings_folder() / f"xlwings-{version('xlwings')}.applescript"
