"""What a package holds beside figures that a person should know of: nothing of it is followed or run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from xlkit.books.contents import SheetCells
from xlkit.books.package import Package, SheetPart, part_key
from xlkit.books.raw import Remark
from xlkit.values import folded

_MACRO_PARTS = re.compile(r"/vbaproject\.bin$|^xl/macrosheets/")
_SETTINGS_SHEETS = ("xlwings.conf", "_xlwings.conf")
_DDE = re.compile(r"""(?:^|[=(,;+*/&\s-])['"]?[\w. ]+['"]?\|['"]""")
"""``cmd|'/C calc'!A0``: a program, a bar, a topic."""


def package_remarks(package: Package, parts: Sequence[SheetPart]) -> Iterator[Remark]:
    """Hidden sheets, macros, links to other files, connections, settings that name another Python."""
    for part in parts:
        if part.state != "visible":
            yield Remark("F-041", part.name, part.name)
        if folded(part.name) in _SETTINGS_SHEETS:
            yield Remark("F-045", part.name, part.name)
    names = sorted(part_key(entry.filename) for entry in package.zip.infolist())
    if any(_MACRO_PARTS.search(name) for name in names):
        yield Remark("F-044")
    if "xl/connections.xml" in names:
        yield Remark("F-046")
    yield from _links(package, [name for name in names if re.match(r"xl/externallinks/[^/]+\.xml$", name)])


def _links(package: Package, links: Sequence[str]) -> Iterator[Remark]:
    targets = [r.target for link in links for r in package.relations(link).values() if r.external]
    if targets:
        yield Remark("F-042", ", ".join(dict.fromkeys(target.rpartition("/")[2][:100] for target in targets)))
    if any(b"ddeLink" in package.xml(link) for link in links):
        yield Remark("F-043")


def formula_remarks(sheet: SheetCells) -> Iterator[Remark]:
    """Formulas that would start a program."""
    if any(_DDE.search(formula) for formula in sheet.barred):
        yield Remark("F-043", sheet=sheet.name)
