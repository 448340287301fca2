"""Runs under the system's Python with UNO: opens workbooks in one LibreOffice, edits them as a person would, saves.

Usage: ``/usr/bin/python3 office_jobs.py``; each line of standard input is a JSON list of jobs, done one after the
other, and answered by a line with the list of what they tell. A job is one of

- ``{"source", "target", "filter"}``: recalculated and saved in the way of that filter
- ``{"source", "target", "filter", "edits": [["set", sheet, row, column, content] | ["insert", sheet, row] |
  ["delete", sheet, row]]}``: the same after edits; rows and columns count from 1, contents are numbers, texts,
  ``null`` or ``{"formula": …}``
- ``{"source", "buttons": true}``: tells the buttons with the macros that they call, as ``[sheet, caption, macro]``
"""

from __future__ import annotations

import json
import sys
import traceback

import uno
from office_uno import office, prop

ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item>
</oor:items>
"""


def apply(document, edits) -> None:
    document.addActionLock()
    document.enableAutomaticCalculation(False)
    # LibreOffice is asked as little as can be: every question goes through a pipe.
    sheets = {name: document.Sheets.getByName(name) for name in {one[1] for one in edits}}
    for sheet in sheets.values():
        sheet.unprotect("")
    for operation, name, row, *rest in edits:
        sheet = sheets[name]
        if operation == "insert":
            sheet.Rows.insertByIndex(row - 1, 1)
        elif operation == "delete":
            sheet.Rows.removeByIndex(row - 1, 1)
        else:
            column, content = rest
            cell = sheet.getCellByPosition(column - 1, row - 1)
            if isinstance(content, dict):
                cell.Formula = content["formula"]
            elif isinstance(content, str):
                cell.String = content
            elif content is None:
                cell.clearContents(1 | 2 | 4 | 16)
            else:
                cell.Value = content
    document.calculateAll()
    document.removeActionLock()


def buttons(document) -> list[list[str]]:
    found = []
    for sheet in document.Sheets:
        for form in sheet.DrawPage.Forms:
            for number in range(form.Count):
                events = form.getScriptEvents(number)
                macro = events[0].ScriptCode if events else ""
                found.append([sheet.Name, form.getByIndex(number).Label, macro])
    return sorted(found)


def done(desktop, job):
    how = (prop("Hidden", True), prop("MacroExecutionMode", 4 if "buttons" in job else 0))
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(job["source"]), "_blank", 0, how)
    try:
        if "buttons" in job:
            return buttons(document)
        if "edits" in job:
            apply(document, job["edits"])
        document.storeToURL(uno.systemPathToFileUrl(job["target"]), (prop("FilterName", job["filter"]),))
        return None
    finally:
        document.close(True)


def main() -> None:
    with office(ALWAYS_RECALCULATE) as (_, desktop):
        for line in sys.stdin:
            try:
                print(json.dumps([done(desktop, job) for job in json.loads(line)]), flush=True)
            except Exception:  # noqa: BLE001 - whatever it is, it is the last that is told
                traceback.print_exc()
                break


main()
