"""The parts of an .xlsx package: which part holds which sheet, custom properties, inflating what the directory says.

A zip file's directory may lie. A part is inflated here, not by zipfile, so that it never gives more bytes than the
directory said (the guard has added those up), all of the packed bytes are used, and the CRC is that of the content.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, BinaryIO

from lxml import etree

from xlkit.books.xmltext import parsed, utf8_xml
from xlkit.errors import Unreadable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CUSTOM_PROPERTIES = "docProps/custom.xml"

# ISO/IEC 29500 strict files use other namespaces for the same vocabulary.
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships"

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_PROPERTIES_MAX = 2**20
_BROKEN = (ValueError, NotImplementedError, EOFError, RuntimeError, OverflowError, IndexError, struct.error, zlib.error)
"""What zipfile raises for directories that are none, beside BadZipFile."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of the workbook: its name, the part that holds it, and whether a person sees it."""

    name: str
    part: str
    state: str = "visible"
    kind: str = "worksheet"


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a relationship leads: the part or, if ``external``, the address; ``kind`` is the type's last word."""

    target: str
    kind: str
    external: bool = False


def parse_xml(content: bytes) -> etree._Element:
    """Parse a part without entities, DTDs or network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(content, parser)


class Package:
    """An opened .xlsx file; a context manager. Raises zipfile.BadZipFile for what is no whole zip file."""

    def __init__(self, source: Path | BinaryIO) -> None:
        try:
            self.zip = zipfile.ZipFile(source)
        except _BROKEN as error:
            raise zipfile.BadZipFile(str(error)) from error
        self._entries = {part_key(entry.filename): entry for entry in self.zip.infolist()}
        self._relations: dict[str, Mapping[str, Relation]] = {}

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self.zip.close()

    def has(self, part: str) -> bool:
        return part_key(part) in self._entries

    def spelled(self, part: str) -> str:
        """A part's name as the package writes it; the given one where there is no such part."""
        entry = self._entries.get(part_key(part))
        return part if entry is None else entry.filename

    def read(self, part: str) -> bytes:
        """A part's content. Raises KeyError where there is none, zipfile.BadZipFile where it is damaged."""
        entry = self._entries[part_key(part)]
        try:
            content = _inflated(self._packed(entry), entry)
        except _BROKEN as error:
            raise zipfile.BadZipFile(f"{part}: {error}") from error
        if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise zipfile.BadZipFile(f"{part}: size or CRC")
        return content

    def check_headers(self) -> None:
        """Raise zipfile.BadZipFile where a member has another name in the directory than before its content."""
        try:
            for entry in self.zip.infolist():
                self._content_of(entry)
        except _BROKEN as error:
            raise zipfile.BadZipFile(str(error)) from error

    def _content_of(self, entry: zipfile.ZipInfo) -> IO[bytes]:
        """The file at the place where a member's packed bytes begin; ValueError for another member's place."""
        stream = self.zip.fp
        if stream is None:
            raise ValueError("closed")
        stream.seek(entry.header_offset)
        fields = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
        name = stream.read(fields[-2])
        names = {entry.orig_filename.encode(), entry.orig_filename.encode("cp437", "replace")}
        if fields[0] != b"PK\x03\x04" or name not in names or entry.flag_bits & 1:
            raise ValueError("local header")
        stream.seek(fields[-1], 1)
        return stream

    def _packed(self, entry: zipfile.ZipInfo) -> bytes:
        packed = self._content_of(entry).read(entry.compress_size)
        if len(packed) != entry.compress_size:
            raise EOFError("truncated")
        return packed

    def xml(self, part: str) -> bytes:
        """A part's XML as UTF-8; raises like ``read`` and Unreadable."""
        return utf8_xml(self.read(part))

    def sheets(self) -> list[SheetPart]:
        """Sheets in the order of their tabs; chart and dialog sheets have no cells and are left out.

        Raises Unreadable for a sheet whose part is not there: it would be lost without a word.
        """
        return [tab for tab in self.tabs() if tab.kind == "worksheet"]

    def tabs(self) -> list[SheetPart]:
        """The same with chart and dialog sheets among them."""
        targets = self.relations(self.workbook_part)
        found = []
        for sheet in self.workbook.iter(f"{{{MAIN}}}sheet", f"{{{STRICT_MAIN}}}sheet"):
            relation = sheet.get(f"{{{RELATIONSHIPS}}}id") or sheet.get(f"{{{STRICT_RELATIONSHIPS}}}id") or ""
            if not relation:
                continue  # what some programs leave of a deleted sheet
            target = targets.get(relation)
            if target is None or (target.kind == "worksheet" and not self.has(target.target)):
                raise Unreadable("F-006")
            part = self.spelled(target.target)
            found.append(SheetPart(sheet.get("name", ""), part, sheet.get("state", "visible"), target.kind))
        return found

    def custom_properties(self) -> dict[str, str]:
        """Custom document properties as text; empty where there are none."""
        if not self.has(CUSTOM_PROPERTIES):
            return {}
        if self._entries[part_key(CUSTOM_PROPERTIES)].file_size > _PROPERTIES_MAX:
            raise zipfile.BadZipFile(f"{CUSTOM_PROPERTIES}: too large")
        return {
            str(one.get("name")): "".join(str(text) for text in one.itertext())
            for one in parsed(self.xml(CUSTOM_PROPERTIES))
            if isinstance(one.tag, str) and one.get("name")
        }

    @cached_property
    def workbook(self) -> etree._Element:
        """The root of the part that lists the sheets."""
        return parsed(self.xml(self.workbook_part))

    @cached_property
    def workbook_part(self) -> str:
        """The part that lists the sheets."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and self.has(relation.target):
                return self.spelled(relation.target)
        return "xl/workbook.xml"

    def relations(self, part: str) -> Mapping[str, Relation]:
        """The relationships of a part by their ids."""
        if part not in self._relations:
            where = relations_part(part)
            self._relations[part] = relations_in(self.xml(where), part) if self.has(where) else {}
        return self._relations[part]


def relations_part(part: str) -> str:
    """The part that holds a part's relationships."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


@lru_cache(maxsize=64)
def relations_in(xml: bytes, part: str) -> Mapping[str, Relation]:
    """The relationships of a part by their ids, from the XML that holds them: the same in all files of a template."""
    folder = posixpath.dirname(part)
    found = parsed(xml).iter(f"{{{PACKAGE_RELATIONSHIPS}}}Relationship")
    return {one.get("Id", ""): _relation(one, folder) for one in found}


def _relation(element: etree._Element, folder: str) -> Relation:
    target, kind = element.get("Target", ""), element.get("Type", "").rpartition("/")[2]
    if element.get("TargetMode", "").lower() == "external":
        return Relation(target, kind, external=True)
    target = target.replace("\\", "/")
    whole = target if target.startswith("/") else posixpath.join(folder, target)
    return Relation(posixpath.normpath("/" + whole).lstrip("/"), kind)


def part_key(name: str) -> str:
    """The form in which names of parts are compared: case, leading slashes and the kind of slash do not count."""
    return name.replace("\\", "/").lstrip("/").casefold()


def _inflated(packed: bytes, entry: zipfile.ZipInfo) -> bytes:
    """At most one byte more than the directory says; raises ValueError for an unknown or unfinished packing."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("packing")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    content = inflater.decompress(packed, entry.file_size + 1)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("not packed as the directory says")
    return content
