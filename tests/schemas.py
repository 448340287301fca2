"""The ECMA-376 schemas, which stand in for «Excel would not offer to repair».

They are the standard's and stay out of the project: they are read from ``../shared``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from tests.zips import parts

SCHEMAS = Path(__file__).resolve().parent.parent.parent / "shared" / "schemas" / "ecma-376"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
SCHEMA_OF = {
    MAIN: "sml.xsd",
    f"{DRAWING}/chart": "dml-chart.xsd",
    f"{DRAWING}/spreadsheetDrawing": "dml-spreadsheetDrawing.xsd",
    f"{OFFICE}/custom-properties": "shared-documentPropertiesCustom.xsd",
    f"{OFFICE}/extended-properties": "shared-documentPropertiesExtended.xsd",
}
MUST_HAVE = ("xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml")

needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="../shared with the ECMA-376 schemas is not here")


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMAS / name)))


def faults(content: bytes, by: str = "") -> list[str] | None:
    """What a schema (that of its root element, if none is named) says against a part; None where none knows it."""
    # The schema gives <t> no attributes, yet every program writes xml:space there, as the standard's text says.
    root = etree.fromstring(content.replace(b' xml:space="preserve"', b""))
    known = by or SCHEMA_OF.get(etree.QName(root).namespace or "")
    if known is None:
        return None
    return [] if schema(known).validate(root) else [str(one.message) for one in schema(known).error_log]


def mistakes(package: Path | bytes) -> list[str]:
    """What the schemas say against each part that they know."""
    found = {name: faults(content) for name, content in parts(package).items() if not name.endswith(".bin")}
    assert {name for name, said in found.items() if said is not None}.issuperset(MUST_HAVE)
    where = package.name if isinstance(package, Path) else ""
    return [f"{where} {name}: {said[0]}" for name, said in found.items() if said]


def assert_as_valid(copy: Path, original: Path) -> None:
    """No part has a fault that it did not have (extensions of newer programs are faults to the schema)."""
    if not SCHEMAS.is_dir():
        return
    before = parts(original)
    for name, content in parts(copy).items():
        if re.match(r"xl/(worksheets/sheet|comments|workbook\.xml|styles)", name):
            had = faults(before[name], "sml.xsd") if name in before else []
            assert set(faults(content, "sml.xsd") or ()) <= set(had or ()), name
