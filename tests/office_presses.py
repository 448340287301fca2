"""Runs under the system's Python with UNO: presses buttons in workbooks that are open in LibreOffice.

Usage: ``/usr/bin/python3 office_presses.py PLAN.json`` with ``{"extension": oxt, "messages": file, "jobs": [{"source",
"steps": [{"url": …} | {"button": [sheet, caption]} | "other buttons" | "other captions" | {"select": [sheet, cell]} |
{"set": [sheet, cell, content]} | {"keep": name}]}]}``. For each job it prints a line of JSON: its buttons, those that
were pressed, and contents and notes of the sheets at the end and wherever it should keep them. One process serves the
whole plan.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import uno
import unohelper
from com.sun.star.beans import NamedValue
from com.sun.star.task import XInteractionHandler
from com.sun.star.ucb import XCommandEnvironment
from office_uno import office, prop

STUB = """Rem Attribute VBA_ModuleType=VBAModule
Option VBASupport 1
Public Function RunPython(PythonCommand As String)
    Dim start As Integer
    Dim action As String
    start = InStr(PythonCommand, "run('") + 5
    action = Mid(PythonCommand, start, InStr(start, PythonCommand, "'") - start)
    Dim office As Object
    office = createUnoService("org.xlkit.Office")
    office.trigger(action)
End Function
"""


class Yes(unohelper.Base, XCommandEnvironment, XInteractionHandler):
    """Somebody who answers every question of an installation with yes."""

    def getInteractionHandler(self):  # noqa: N802 - UNO's name
        return self

    def getProgressHandler(self):  # noqa: N802 - UNO's name
        return None

    def handle(self, request):
        for one in request.getContinuations():
            if one.queryInterface(uno.getTypeByName("com.sun.star.task.XInteractionApprove")):
                one.select()
                return


def install(context, extension: str) -> None:
    """What ``unopkg add`` does, which refuses to run as root."""
    manager = context.getValueByName("/singletons/com.sun.star.deployment.ExtensionManager")
    manager.addExtension(
        uno.systemPathToFileUrl(extension), (NamedValue("SUPPRESS_LICENSE", "1"),), "user", None, Yes()
    )


def toolbar(context) -> list[list[str]]:
    """The extension's toolbar as LibreOffice's configuration has it: URL and title of every button."""
    provider = context.ServiceManager.createInstanceWithContext(
        "com.sun.star.configuration.ConfigurationProvider", context
    )
    path = "/org.openoffice.Office.Addons/AddonUI/OfficeToolBar/['org.xlkit.toolbar']"
    node = provider.createInstanceWithArguments(
        "com.sun.star.configuration.ConfigurationAccess", (prop("nodepath", path),)
    )
    return [[node.getByName(n).URL, node.getByName(n).Title] for n in sorted(node.ElementNames)]


def put_stub(document) -> None:
    """xlwings' own modules do not compile in LibreOffice: a stub takes the place of its RunPython."""
    for name in document.BasicLibraries.ElementNames:
        library = document.BasicLibraries.getByName(name)
        if library.hasByName("xlwings"):
            library.removeByName("xlwings")
            library.removeByName("Dictionary")
            library.insertByName("xlwings", STUB)


def press(context, document, step) -> None:
    controller = document.CurrentController
    if "select" in step:
        sheet = document.Sheets.getByName(step["select"][0])
        controller.setActiveSheet(sheet)
        controller.select(sheet.getCellRangeByName(step["select"][1]))
    elif "set" in step:
        sheet, cell, content = step["set"]
        place = document.Sheets.getByName(sheet).getCellRangeByName(cell)
        if isinstance(content, str) and content.startswith("="):
            place.Formula = content
        elif isinstance(content, str):
            place.String = content
        else:
            place.Value = content
    elif "url" in step:
        helper = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
        helper.executeDispatch(controller.Frame, step["url"], "_self", 0, ())
    else:
        click(document, *step["button"])


def click(document, sheet_name: str, caption: str) -> None:
    """Press a form's button for real, through its accessibility."""
    sheet = document.Sheets.getByName(sheet_name)
    document.CurrentController.setActiveSheet(sheet)
    for form in sheet.DrawPage.Forms:
        for name in form.ElementNames:
            model = form.getByName(name)
            if getattr(model, "Label", None) == caption:
                control = document.CurrentController.getControl(model)
                control.AccessibleContext.doAccessibleAction(0)
                return
    raise SystemExit(f"no button {caption} on {sheet_name}")


def buttons(document) -> list[list[str]]:
    found = []
    for sheet in document.Sheets:
        for form in sheet.DrawPage.Forms:
            found += [[sheet.Name, form.getByName(name).Label] for name in form.ElementNames]
    return found


def steps(planned, found):
    """The planned steps, with a press of all buttons, or of one of each caption, that are not pressed by name."""
    pressed = [step["button"] for step in planned if isinstance(step, dict) and "button" in step]
    first = {caption: [sheet, caption] for sheet, caption in reversed(found)}
    for step in planned:
        if step == "other buttons":
            yield from ({"button": one} for one in found if one not in pressed)
        elif step == "other captions":
            captions = [caption for _, caption in pressed]
            yield from ({"button": one} for caption, one in first.items() if caption not in captions)
        else:
            yield step


def contents(document) -> dict[str, object]:
    told = {}
    for sheet in document.Sheets:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        area = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
        notes = [[n.Position.Row + 1, n.Position.Column + 1, n.String] for n in sheet.Annotations]
        told[sheet.Name] = {"data": area.getDataArray(), "formulas": area.getFormulaArray(), "notes": notes}
        if sheet.Name == "Замечания":
            told[sheet.Name]["seen"] = area.queryVisibleCells().RangeAddressesAsString
    return told


MACROS_RUN = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with office(MACROS_RUN, XLKIT_MESSAGES=plan["messages"]) as (context, desktop):
        install(context, plan["extension"])
        print(json.dumps({"toolbar": toolbar(context)}), flush=True)
        for job in plan["jobs"]:
            document = desktop.loadComponentFromURL(
                uno.systemPathToFileUrl(job["source"]), "_blank", 0, (prop("MacroExecutionMode", 4),)
            )
            put_stub(document)
            found = buttons(document)
            kept, pressed = {}, []
            for step in steps(job["steps"], found):
                if "keep" in step:
                    kept[step["keep"]] = {"sheets": contents(document)}
                else:
                    press(context, document, step)
                    pressed += [step["button"]] if "button" in step else []
            print(
                json.dumps({"buttons": found, "pressed": pressed, "sheets": contents(document), "kept": kept}),
                flush=True,
            )
            document.close(True)


main()
