"""Runs under the system's Python with UNO: prints, for each workbook, its buttons with the macros that they call.

Usage: ``/usr/bin/python3 office_buttons.py BOOK…``; a line of JSON per book: ``[[sheet, caption, macro], …]``.
"""

from __future__ import annotations

import json
import sys

import uno
from office_uno import office, prop


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
    with office() as (_, desktop):
        for name in sys.argv[1:]:
            document = desktop.loadComponentFromURL(
                uno.systemPathToFileUrl(name), "_blank", 0, (prop("Hidden", True), prop("MacroExecutionMode", 4))
            )
            print(json.dumps(buttons(document)), flush=True)
            document.close(True)


main()
