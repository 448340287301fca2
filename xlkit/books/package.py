"""The parts of an .xlsx package: which part holds which sheet, custom properties, reading with CRC."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CUSTOM_PROPERTIES = "docProps/custom.xml"

# ISO/IEC 29500 strict files use other namespaces for the same vocabulary.
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of the workbook: its name, the part that holds it, and whether a person sees it."""

    name: str
    part: str
    state: str = "visible"


def parse_xml(content: bytes) -> etree._Element:
    """Parse a part without entities, DTDs or network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(content, parser)


class Package:
    """An opened .xlsx file; a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = zipfile.ZipFile(path)
        self._names = set(self.zip.namelist())

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def has(self, part: str) -> bool:
        return part in self._names

    def read(self, part: str) -> bytes:
        """A part's content; zipfile checks its CRC."""
        return self.zip.read(part)

    def sheets(self) -> list[SheetPart]:
        """Sheets in the order of their tabs; chart and dialog sheets have no cells and are left out."""
        workbook = self.workbook_part()
        root = parse_xml(self.read(workbook))
        targets = self._targets(workbook)
        found = []
        for sheet in root.iter(f"{{{MAIN}}}sheet", f"{{{STRICT_MAIN}}}sheet"):
            relation = sheet.get(f"{{{RELATIONSHIPS}}}id") or sheet.get(f"{{{STRICT_RELATIONSHIPS}}}id") or ""
            part, kind = targets.get(relation, ("", ""))
            if kind == "worksheet" and self.has(part):
                found.append(SheetPart(sheet.get("name", ""), part, sheet.get("state", "visible")))
        return found

    def custom_properties(self) -> dict[str, str]:
        """Custom document properties as text; empty where there are none."""
        if not self.has(CUSTOM_PROPERTIES):
            return {}
        root = parse_xml(self.read(CUSTOM_PROPERTIES))
        return {
            str(one.get("name")): "".join(str(text) for text in one.itertext())
            for one in root
            if isinstance(one.tag, str) and one.get("name")
        }

    def workbook_part(self) -> str:
        """The part that lists the sheets."""
        for part, kind in self._targets("").values():
            if kind == "officeDocument":
                return part
        return "xl/workbook.xml"

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationship id → (target part, last word of the relationship's type) of one part."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(relations):
            return {}
        targets = {}
        for one in parse_xml(self.read(relations)).iter(f"{{{PACKAGE_RELATIONSHIPS}}}Relationship"):
            target = one.get("Target", "")
            absolute = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = one.get("Type", "").rpartition("/")[2]
            targets[one.get("Id", "")] = (posixpath.normpath(absolute), kind)
        return targets
