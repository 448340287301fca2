"""Runs under the system's Python with UNO: opens workbooks in LibreOffice, edits them as a person would, saves.

Usage: ``/usr/bin/python3 office_edits.py PLAN.json`` where the plan is a list of
``{"source", "target", "edits": [["set", sheet, row, column, content] | ["insert", sheet, row] |
["delete", sheet, row]]}``; rows and columns count from 1, contents are numbers, texts, ``null`` or
``{"formula": …}``. One process serves the whole plan.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uno
from office_uno import office, prop


def apply(document, edits) -> None:
    for operation, sheet_name, row, *rest in edits:
        sheet = document.Sheets.getByName(sheet_name)
        if sheet.isProtected():
            sheet.unprotect("")
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


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with office() as (_, desktop):
        for job in plan:
            document = desktop.loadComponentFromURL(
                uno.systemPathToFileUrl(job["source"]), "_blank", 0, (prop("Hidden", True),)
            )
            document.addActionLock()
            document.enableAutomaticCalculation(False)
            apply(document, job["edits"])
            document.calculateAll()
            document.removeActionLock()
            document.storeToURL(uno.systemPathToFileUrl(job["target"]), (prop("FilterName", "Calc MS Excel 2007 XML"),))
            document.close(True)


main()
