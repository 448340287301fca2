"""Runs under the system's Python with UNO: prints, for each workbook, its buttons with the macros that they call.

Usage: ``/usr/bin/python3 office_buttons.py BOOK…``; a line of JSON per book: ``[[sheet, caption, macro], …]``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import uno
from office_uno import connect, prop


def buttons(document) -> list[list[str]]:
    found = []
    for sheet in document.Sheets:
        for form in sheet.DrawPage.Forms:
            for number in range(form.Count):
                events = form.getScriptEvents(number)
                macro = events[0].ScriptCode if events else ""
                found.append([sheet.Name, form.getByIndex(number).Label, macro])
    return sorted(found)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="xlkit-buttons-") as profile:
        pipe = f"xlkit{Path(profile).name.replace('-', '')}"
        office = subprocess.Popen(
            ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", "--nologo",
             f"--accept=pipe,name={pipe};urp;"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            context = connect(pipe)
            desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            for name in sys.argv[1:]:
                document = desktop.loadComponentFromURL(
                    uno.systemPathToFileUrl(name), "_blank", 0, (prop("Hidden", True), prop("MacroExecutionMode", 4))
                )
                print(json.dumps(buttons(document)), flush=True)
                document.close(True)
            desktop.terminate()
        finally:
            try:
                office.wait(timeout=10)
            except subprocess.TimeoutExpired:
                office.kill()


main()
