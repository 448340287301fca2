"""The toolbar's side in LibreOffice: starts xlkit in its own Python and does in the document what it asks for.

Needs nothing but LibreOffice's own Python. xlkit runs in another interpreter, whose packages LibreOffice does not
have; the two talk in lines of JSON over the pipe of that process, one request and one answer at a time.
"""

import datetime as dt
import json
import os
import subprocess
from pathlib import Path

import uno
import unohelper
from com.sun.star.sheet.CellInsertMode import ROWS
from com.sun.star.table import CellAddress, CellRangeAddress
from com.sun.star.task import XJobExecutor

SERVICE = "org.xlkit.Office"
SETTINGS = "xlkit_office.json"

CONTENTS = 1 | 2 | 4 | 16  # values, dates, texts, formulas
ERROR_RESULTS = 4
DATES = 2
NUMERIC_RESULTS = 1
DATE, TIME, LOGICAL = 2, 4, 1024
TRUTH = ("=TRUE()", "=FALSE()")
AMBIGUOUS = uno.Enum("com.sun.star.beans.PropertyState", "AMBIGUOUS_VALUE")
XL_OOX = 3  # the notation of Excel's files
BUTTONS_OK, BUTTONS_OK_CANCEL = 1, 2
OK = 1


class Office(unohelper.Base, XJobExecutor):
    """The service behind every button: ``trigger("check")``."""

    def __init__(self, context):
        self.context = context

    def trigger(self, action):
        desktop = self._service("com.sun.star.frame.Desktop")
        document = desktop.getCurrentComponent()
        if document is None or not document.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            self._alert("Откройте книгу кластера и нажмите кнопку ещё раз.", False)
            return
        try:
            self._serve(Desk(self.context, document), action)
        except OSError as error:
            self._alert(f"xlkit не запускается ({error}). Выполните: xlkit addin install --libreoffice", True)

    def _serve(self, desk, action):
        """Run xlkit and answer its requests until it has finished."""
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        process = subprocess.Popen(
            [interpreter(), "-m", "xlkit.excel.office", action],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            creationflags=flags,
            env=environment(),
        )
        told = False
        for line in process.stdout:
            request = json.loads(line)
            try:
                if request["do"] == "alert":
                    told = True
                    answer = self._alert(request["text"], request["wrong"], request["choice"])
                else:
                    answer = getattr(desk, request.pop("do"))(**request)
                reply = {"answer": answer}
            except Exception as error:  # noqa: BLE001 - LibreOffice's own refusals are xlkit's to explain
                reply = {"error": f"{type(error).__name__}: {error}"}
            process.stdin.write(json.dumps(reply) + "\n")
            process.stdin.flush()
        if process.wait() != 0 and not told:
            self._alert("xlkit не запускается. Выполните: xlkit addin install --libreoffice", True)

    def _alert(self, text, wrong, choice=False):
        """Show a message; "ok" or "cancel" (only where there is a choice)."""
        journal = os.environ.get("XLKIT_MESSAGES")
        if journal:  # a run without anybody who could press a box away
            with Path(journal).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(text, ensure_ascii=False) + "\n")
            return "ok"
        toolkit = self._service("com.sun.star.awt.Toolkit")
        kind = uno.Enum("com.sun.star.awt.MessageBoxType", "QUERYBOX" if choice else "ERRORBOX" if wrong else "INFOBOX")
        buttons = BUTTONS_OK_CANCEL if choice else BUTTONS_OK
        box = toolkit.createMessageBox(toolkit.getDesktopWindow(), kind, buttons, "xlkit", text)
        return "ok" if box.execute() == OK or not choice else "cancel"

    def _service(self, name):
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)


def interpreter():
    """The Python that has xlkit, as ``xlkit addin install --libreoffice`` wrote it down."""
    return json.loads((Path(__file__).parent / SETTINGS).read_text(encoding="utf-8"))["interpreter"]


def environment():
    """The environment of a Python of its own: what LibreOffice sets for its Python would mislead another one."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "UNO_PATH")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}


class Desk:
    """The open document, through the few operations that the buttons need. Rows and columns count from 1."""

    def __init__(self, context, document):
        self.document = document
        self.parser = document.createInstance("com.sun.star.sheet.FormulaParser")
        self.parser.CompileEnglish = True
        self.parser.FormulaConvention = XL_OOX

    def book(self):
        url = self.document.getURL()
        path = uno.fileUrlToSystemPath(url) if url.startswith("file:") else url
        return {"fullname": path, "name": Path(path).name, "sheets": list(self.document.Sheets.ElementNames)}

    def save(self):
        self.document.store()

    def selection(self):
        selected = self.document.CurrentController.getSelection()
        if not hasattr(selected, "RangeAddress"):
            return None
        place = selected.RangeAddress
        sheet = self.document.Sheets.getByIndex(place.Sheet)
        return [sheet.Name, place.StartRow + 1, place.StartColumn + 1, place.EndRow + 1, place.EndColumn + 1]

    def used(self, sheet):
        cursor = self._sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(False)
        place = cursor.RangeAddress
        return [place.EndRow + 1, place.EndColumn + 1]

    def values(self, sheet, top, left, bottom, right):
        area = self._area(sheet, top, left, bottom, right)
        rows = [[None if cell == "" else cell for cell in row] for row in area.getDataArray()]
        for one in self._cells(area.queryFormulaCells(ERROR_RESULTS)):
            place = one.CellAddress
            shown = one.String
            rows[place.Row - top + 1][place.Column - left + 1] = shown if shown.startswith("#") else "#VALUE!"
        self._typed(area, rows, top, left)
        return rows

    def formulas(self, sheet, top, left, bottom, right):
        """Formulas, in LibreOffice's own notation, and contents as text; a text that begins with «=» is no formula."""
        rows = self._area(sheet, top, left, bottom, right).getFormulaArray()
        return [["" if cell.startswith("'=") else cell for cell in row] for row in rows]

    def write(self, sheet, top, left, rows):
        """Contents: numbers, texts, None, or ``{"formula": …}`` in Excel's notation."""
        self.document.addActionLock()  # colours that look at these cells are worked out once, not for every cell
        try:
            area = self._area(sheet, top, left, top + len(rows) - 1, left + len(rows[0]) - 1)
            area.setDataArray([[plain(content) for content in row] for row in rows])
            for offset, row in enumerate(rows):
                for shift, content in enumerate(row):
                    if isinstance(content, dict):
                        self._calculate(area.getCellByPosition(shift, offset), content["formula"])
        finally:
            self.document.removeActionLock()

    def copy_row(self, sheet, source, target):
        """A whole row with its formats and formulas, which then look at their own row."""
        page = self._sheet(sheet)
        number, last = page.RangeAddress.Sheet, page.Columns.Count - 1
        page.copyRange(CellAddress(number, 0, target - 1), CellRangeAddress(number, 0, source - 1, last, source - 1))

    def clear(self, sheet, top, left, bottom, right):
        self._area(sheet, top, left, bottom, right).clearContents(CONTENTS)

    def has_merged(self, sheet, top, left, bottom, right):
        """Whether a merged area reaches into an area."""
        return self._with_merged(self._area(sheet, top, left, bottom, right)).getIsMerged()

    def merge_area(self, sheet, top, left, bottom, right):
        place = self._with_merged(self._area(sheet, top, left, bottom, right)).RangeAddress
        return [place.StartRow + 1, place.StartColumn + 1, place.EndRow + 1, place.EndColumn + 1]

    def notes(self, sheet):
        return [[one.Position.Row + 1, one.Position.Column + 1, one.String] for one in self._sheet(sheet).Annotations]

    def add_note(self, sheet, row, column, text):
        page = self._sheet(sheet)
        place = CellAddress(page.RangeAddress.Sheet, column - 1, row - 1)
        page.Annotations.insertNew(place, text)

    def delete_note(self, sheet, row, column):
        notes = self._sheet(sheet).Annotations
        for number in range(notes.Count):
            place = notes.getByIndex(number).Position
            if (place.Row, place.Column) == (row - 1, column - 1):
                notes.removeByIndex(number)
                return

    def insert_row(self, sheet, row):
        """A new row with the formats of the one above."""
        page = self._sheet(sheet)
        place = CellRangeAddress(page.RangeAddress.Sheet, 0, row - 1, page.Columns.Count - 1, row - 1)
        page.insertCells(place, ROWS)

    def add_sheet(self, name):
        self.document.Sheets.insertNewByName(name, self.document.Sheets.Count)

    def is_visible(self, sheet):
        return self._sheet(sheet).IsVisible

    def show(self, sheet, visible):
        self._sheet(sheet).IsVisible = visible

    def unfilter(self, sheet):
        """Let a filter choose nothing; its arrows stay, the rows that it has hidden are shown by ``show_rows``."""
        number = self._sheet(sheet).RangeAddress.Sheet
        filters = self.document.getPropertyValue("UnnamedDatabaseRanges")
        if filters.hasByTable(number):
            filters.getByTable(number).getFilterDescriptor().setFilterFields(())

    def show_rows(self, sheet, top, bottom, visible):
        self._area(sheet, top, 1, bottom, 1).Rows.IsVisible = visible

    def activate(self, sheet):
        self.document.CurrentController.setActiveSheet(self._sheet(sheet))

    def _sheet(self, name):
        return self.document.Sheets.getByName(name)

    def _area(self, sheet, top, left, bottom, right):
        return self._sheet(sheet).getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)

    @staticmethod
    def _with_merged(area):
        """An area, widened to hold the merged ones that reach into it: LibreOffice asks only for their first cells."""
        cursor = area.Spreadsheet.createCursorByRange(area)
        cursor.collapseToMergedArea()
        return cursor

    def _calculate(self, cell, formula):
        cell.setTokens(self.parser.parseFormula(formula.lstrip("="), cell.CellAddress))

    def _typed(self, area, rows, top, left):
        """Numbers in the format of a date, a time or a truth value as what they mean.

        LibreOffice lists the typed dates. Of formulas, and of a typed 0 or 1, the formats must tell. A truth value of
        a file has become a formula, which counts whatever the format.
        """
        null = self.document.NullDate
        found = [(place, DATE) for place in area.queryContentCells(DATES).RangeAddresses]
        doubtful = list(area.queryFormulaCells(NUMERIC_RESULTS).RangeAddresses)
        sheet = area.RangeAddress.Sheet
        texts = area.getFormulaArray()
        for row, line in enumerate(rows):
            for column, content in enumerate(line):
                if content in (0.0, 1.0):
                    place = CellRangeAddress(sheet, column + left - 1, row + top - 1, column + left - 1, row + top - 1)
                    if texts[row][column] in TRUTH:
                        found.append((place, LOGICAL))
                    else:
                        doubtful.append(place)
        found += [(place, kind) for place, kind in self._kinds(doubtful) if kind & (DATE | TIME | LOGICAL)]
        for place, kind in found:
            for row in range(place.StartRow - top + 1, place.EndRow - top + 2):
                for column in range(place.StartColumn - left + 1, place.EndColumn - left + 2):
                    if isinstance(rows[row][column], float):
                        rows[row][column] = meant(rows[row][column], kind, null)

    def _kinds(self, places):
        """Each of some areas with the kind of its number format, asked for together as long as they are alike.

        Every object that LibreOffice hands out costs some milliseconds, and most cells of a form are alike.
        """
        if not places:
            return
        together = self.document.createInstance("com.sun.star.sheet.SheetCellRanges")
        together.addRangeAddresses(tuple(places), False)
        if together.getPropertyState("NumberFormat") != AMBIGUOUS:
            kind = self.document.NumberFormats.getByKey(together.NumberFormat).Type
            yield from ((place, kind) for place in places)
            return
        half = len(places) // 2
        for some in (places[:half], places[half:]) if half else halves(places[0]):
            yield from self._kinds(some)

    @staticmethod
    def _cells(ranges):
        cells = ranges.Cells.createEnumeration()
        while cells.hasMoreElements():
            yield cells.nextElement()


def plain(content):
    """A content as ``setDataArray`` takes it; formulas are put in afterwards."""
    return "" if content is None or isinstance(content, dict) else content


def halves(place):
    """An area as two areas, of one address each."""
    sheet, left, top, right, bottom = place.Sheet, place.StartColumn, place.StartRow, place.EndColumn, place.EndRow
    if bottom > top:
        cut = (top + bottom) // 2
        parts = (left, top, right, cut), (left, cut + 1, right, bottom)
    else:
        cut = (left + right) // 2
        parts = (left, top, cut, bottom), (cut + 1, top, right, bottom)
    return [[CellRangeAddress(sheet, *part)] for part in parts]


def meant(number, kind, null):
    """A number as a date or a truth value."""
    if kind & LOGICAL:
        return {"bool": bool(number)}
    day = dt.datetime(null.Year, null.Month, null.Day) + dt.timedelta(days=number)
    return {"date": day.isoformat(timespec="seconds")}


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - LibreOffice looks for this name
g_ImplementationHelper.addImplementation(Office, SERVICE, ("com.sun.star.task.Job",))
