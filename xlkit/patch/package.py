"""Changing a few parts of a package: parts read, replaced, added and dropped, with relationships and content types.

What is not touched is written as it was, in its old order, with its old times.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Collection, Mapping

from lxml import etree

from xlkit.books.package import (
    PACKAGE_RELATIONSHIPS,
    RELATIONSHIPS,
    STRICT_RELATIONSHIPS,
    Package,
    Relation,
    parse_xml,
    part_key,
    relations_in,
    relations_part,
)
from xlkit.books.xmltext import utf8_xml

CONTENT_TYPES = "[Content_Types].xml"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def serialised(root: etree._Element) -> bytes:
    """A part's XML as every program writes it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def elements(parent: etree._Element) -> list[etree._Element]:
    """The child elements of one, without the comments and instructions that may stand between them."""
    return [one for one in parent if isinstance(one.tag, str)]


def insert_before(root: etree._Element, made: etree._Element, following: Collection[str]) -> None:
    """Put an element where the schema wants it: before the first child of one of the names that follow it."""
    first = next((one for one in elements(root) if etree.QName(one).localname in following), None)
    root.insert(len(root) if first is None else root.index(first), made)


def new_root(name: str, namespace: str) -> etree._Element:
    """The root of a new part, whose namespace needs no prefix."""
    return parse_xml(f'<{name} xmlns="{namespace}"/>'.encode())


class PackageChanges:
    """A package with changes that are not written yet."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._changed: dict[str, bytes | None] = {}

    def has(self, part: str) -> bool:
        part = self.package.spelled(part)
        return self._changed[part] is not None if part in self._changed else self.package.has(part)

    def read(self, part: str) -> bytes:
        """A part's content as it is now; KeyError where there is none."""
        part = self.package.spelled(part)
        if part not in self._changed:
            return self.package.read(part)
        content = self._changed[part]
        if content is None:
            raise KeyError(part)
        return content

    def write(self, part: str, content: bytes) -> None:
        """Replace or add a part."""
        if not self.has(part) or content != self.read(part):
            self._changed[self.package.spelled(part)] = content

    def names(self) -> list[str]:
        """All parts as they are now."""
        added = [name for name in self._changed if not self.package.has(name)]
        return [name for name in (*self.package.zip.namelist(), *added) if self.has(name)]

    def free_name(self, pattern: str) -> str:
        """The first part name of a pattern (``xl/comments{}.xml``) that is not taken, whatever its case."""
        taken = {name.lower() for name in self.names()}
        return next(name for n in range(1, 10**6) if (name := pattern.format(n)).lower() not in taken)

    # --- relationships ------------------------------------------------------------------------------------

    def relations(self, part: str) -> Mapping[str, Relation]:
        """The relationships of a part by their ids."""
        where = relations_part(part)
        return relations_in(utf8_xml(self.read(where)), part) if self.has(where) else {}

    def related(self, part: str, kind: str) -> str | None:
        """The part to which a relationship of a kind leads."""
        found = (one for one in self.relations(part).values() if one.kind == kind and not one.external)
        return next((self.package.spelled(one.target) for one in found if self.has(one.target)), None)

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relationship and return its id."""
        where = relations_part(part)
        root = parse_xml(self.read(where)) if self.has(where) else new_root("Relationships", PACKAGE_RELATIONSHIPS)
        taken = {one.get("Id") for one in elements(root)}
        name = next(name for n in range(1, 10**6) if (name := f"rId{n}") not in taken)
        place = posixpath.relpath(target, posixpath.dirname(part) or ".")
        attributes = {"Id": name, "Type": f"{self._vocabulary()}/{kind}", "Target": place}
        etree.SubElement(root, f"{{{PACKAGE_RELATIONSHIPS}}}Relationship", attributes)
        self.write(where, serialised(root))
        return name

    def _vocabulary(self) -> str:
        """The namespace of relationship types: a strict package has its own."""
        where = relations_part("")
        strict = self.has(where) and STRICT_RELATIONSHIPS.encode() in self.read(where)
        return STRICT_RELATIONSHIPS if strict else RELATIONSHIPS

    def drop(self, part: str, owner: str) -> None:
        """Take out a part to which only ``owner`` is related, with that relationship and its content type."""
        where = relations_part(owner)
        gone = {name for name, one in self.relations(owner).items() if part_key(one.target) == part_key(part)}
        root = parse_xml(self.read(where))
        for one in elements(root):
            if one.get("Id") in gone:
                root.remove(one)
        self.write(where, serialised(root))
        types = parse_xml(self.read(CONTENT_TYPES))
        for one in elements(types):
            if one.get("PartName", "").lstrip("/") == part:
                types.remove(one)
        self.write(CONTENT_TYPES, serialised(types))
        self._changed[self.package.spelled(part)] = None

    # --- content types ------------------------------------------------------------------------------------

    def declare(self, part: str, content_type: str) -> None:
        """Tell the content type of one part."""
        self._declare("Override", "PartName", f"/{part}", content_type)

    def declare_extension(self, extension: str, content_type: str) -> None:
        """Tell the content type of all parts with an extension, unless it is told already."""
        self._declare("Default", "Extension", extension, content_type)

    def _declare(self, element: str, key: str, name: str, content_type: str) -> None:
        root = parse_xml(self.read(CONTENT_TYPES))
        if any(one.get(key, "").lower() == name.lower() for one in elements(root)):
            return
        made = etree.Element(f"{{{_TYPES}}}{element}", {key: name, "ContentType": content_type})
        defaults = [root.index(one) for one in elements(root) if one.get("Extension") is not None]
        root.insert(defaults[-1] + 1 if element == "Default" and defaults else len(root), made)
        self.write(CONTENT_TYPES, serialised(root))

    # --- the result ---------------------------------------------------------------------------------------

    def written(self) -> bytes:
        """The package with the changes made."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as target:
            for entry in self.package.zip.infolist():
                if self.has(entry.filename):
                    target.writestr(entry, self.read(entry.filename), entry.compress_type)
            for part, content in self._changed.items():
                if content is not None and not self.package.has(part):
                    entry = zipfile.ZipInfo(part)
                    entry.external_attr = 0o600 << 16
                    target.writestr(entry, content, zipfile.ZIP_DEFLATED)
        return stream.getvalue()
