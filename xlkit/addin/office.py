"""LibreOffice's own installer of extensions."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.texts import Text

_PLACES = {
    "win32": (
        r"C:\Program Files\LibreOffice\program\unopkg.com",
        r"C:\Program Files (x86)\LibreOffice\program\unopkg.com",
    ),
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS/unopkg",),
    "linux": ("/usr/lib/libreoffice/program/unopkg", "/opt/libreoffice/program/unopkg"),
}


def find_unopkg() -> Path | None:
    """The program that adds extensions; ``None`` where there is no LibreOffice."""
    found = shutil.which("unopkg")
    places = [found] if found else [place for place in _PLACES.get(sys.platform, ()) if Path(place).is_file()]
    return Path(places[0]) if places else None


def run_unopkg(*arguments: str) -> str:
    """Run it and return what it says; XlkitError where it fails."""
    program = find_unopkg()
    if program is None:
        raise XlkitError(
            Text("LibreOffice не найден: нет программы unopkg", "LibreOffice was not found: there is no unopkg")
        )
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        reason = said[0].removeprefix("ERROR: ").rstrip(". ") if said else str(done.returncode)
        if " as root" in reason:
            raise XlkitError(
                Text(
                    "LibreOffice не ставит панель пользователю root: выполните команду от имени того, кто работает",
                    "LibreOffice keeps no toolbars for root: run this as the person who works with it",
                )
            )
        raise XlkitError(
            Text(
                f"LibreOffice ответил: «{reason}». Если он открыт, закройте его и повторите.",
                f"LibreOffice says: «{reason}». If it is open, close it and try again.",
            )
        )
    return done.stdout
