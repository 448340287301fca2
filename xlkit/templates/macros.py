"""Macro-enabled files without Excel: .xlsm templates with buttons in their sheets, and the add-in .xlam.

The VBA project is made of our sources in ``macros/`` and xlwings' own modules, taken from the installed
package, so that add-in and package are always in step. The same sources give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from xlkit.buttons import BUTTONS_MODULE, RIBBON_MODULE, our_module, ribbon_xml
from xlkit.errors import XlkitError
from xlkit.extras import EXCEL, missing, of_extra
from xlkit.rules.edition import Edition
from xlkit.templates.build import build_workbook
from xlkit.templates.content import Content
from xlkit.texts import Text

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CREATED = dt.datetime(2026, 1, 1)
_PLAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_ADDIN_TYPE = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_WORKBOOK_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_RIBBON_PART = "customUI/customUI.xml"
_RIBBON_RELATION = (
    '<Relationship Id="xlkitRibbon" Type="http://schemas.microsoft.com/office/2006/relationships/ui/extensibility" '
    f'Target="{_RIBBON_PART}"/>'
)

XLWINGS, DICTIONARY = "xlwings", "Dictionary"
"""xlwings' VBA modules; ``Dictionary`` is a class module, which only a Mac uses."""


def macro_workbook(edition: Edition, content: Content) -> bytes:
    """A template with buttons in its sheets, as .xlsm."""
    modules = {BUTTONS_MODULE: our_module(BUTTONS_MODULE), XLWINGS: _xlwings_source("xlwings.bas")}
    return zipped(_with_project(build_workbook(edition, content, with_buttons=True), modules, _WORKBOOK_TYPE))


def build_addin() -> bytes:
    """The add-in ``xlkit.xlam``: the ribbon and its macros, which work on whichever workbook is active."""
    modules = {RIBBON_MODULE: our_module(RIBBON_MODULE), XLWINGS: addin_xlwings_source()}
    parts = _with_project(_empty_workbook(), modules, _ADDIN_TYPE)
    relations = parts["_rels/.rels"].decode().replace("</Relationships>", f"{_RIBBON_RELATION}</Relationships>")
    parts["_rels/.rels"] = relations.encode()
    parts[_RIBBON_PART] = ribbon_xml()
    return zipped(parts)


def addin_xlwings_source() -> str:
    """xlwings' module for add-ins, reading the same settings as its module for workbooks.

    It calls its project «myaddin», by which it finds its settings file; everything else stays as it is.
    """
    source = _xlwings_source("xlwings_custom_addin.bas")
    named, count = re.subn(r'(?m)^(Public Const PROJECT_NAME As String = )"[^"]*"', r'\1"xlwings"', source)
    if count != 1:
        raise XlkitError(
            Text(
                "Эта версия xlwings устроена иначе: в её модуле для надстроек нет PROJECT_NAME",
                "This version of xlwings is built differently: its module for add-ins has no PROJECT_NAME",
            )
        )
    return named


def xlwings_folder() -> Path:
    """Where the installed xlwings lies, found without importing it; XlkitError where it is not installed."""
    found = find_spec("xlwings")
    if found is None or found.origin is None:
        raise XlkitError(missing("xlwings", EXCEL))
    return Path(found.origin).parent


def _xlwings_source(name: str) -> str:
    return _vba_source(xlwings_folder() / name)


def _vba_source(path: Path) -> str:
    """A module as VBA keeps it: Windows line ends and its code page."""
    text = path.read_bytes().decode("utf-8")
    return re.sub("\r?\n", "\r\n", text.encode("cp1252", errors="replace").decode("cp1252"))


def _with_project(workbook: bytes, modules: Mapping[str, str], content_type: str) -> dict[str, bytes]:
    """The parts of a workbook with a VBA project of standard modules and xlwings' class ``Dictionary``."""
    excel, kinds = _vba_writer()
    with tempfile.TemporaryDirectory(prefix="xlkit-") as folder:
        path = Path(folder) / "workbook.xlsm"
        path.write_bytes(workbook)
        with excel(path) as book:
            book.add_vba_project()
            project = book.vba_project()
            for name, source in modules.items():
                project.add_module(name, source)
            dictionary = _vba_source(xlwings_folder() / "addin" / "Dictionary.cls")
            project.add_module(DICTIONARY, dictionary, kind=kinds.other)
            book.save(path)
        parts = _parts(path.read_bytes())
    types = parts["[Content_Types].xml"].decode()
    parts["[Content_Types].xml"] = types.replace(_PLAIN_TYPE, content_type).encode()
    return parts


def _vba_writer() -> tuple[Any, Any]:
    with of_extra(EXCEL):
        from pyopenvba import ExcelFile
        from pyopenvba.vba import VBAModuleKind
    return ExcelFile, VBAModuleKind


def _empty_workbook() -> bytes:
    """What an add-in needs for a body: one sheet that nobody sees."""
    import xlsxwriter

    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, {"in_memory": True})
    workbook.set_properties({"title": "xlkit", "comments": "Надстройка «Профессионалитет»", "created": _CREATED})
    workbook.add_worksheet("xlkit").write_string(0, 0, "Надстройка «Профессионалитет»: кнопки — на ленте Excel")
    workbook.close()
    return stream.getvalue()


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """A package whose bytes depend on nothing but its parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
