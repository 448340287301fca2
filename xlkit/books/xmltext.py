"""Text as XML parts and cells hold it: encodings, character references, the ``_x0041_`` escapes of Excel."""

from __future__ import annotations

import re
from xml.parsers import expat

from lxml import etree

from xlkit.errors import Unreadable

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}
_OTHER_ENCODINGS = {"utf-16", "utf-16le", "utf-16be", "windows-1251", "windows-1252", "iso-8859-1", "koi8-r"}
"""No other codec is tried: a declaration could name one that does anything but decode."""

_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
"""What may stand before a document type, which stands before the first element or nowhere."""

_REFERENCE = re.compile("&([^;]+);")
_NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
"""The last one may not make a reference that was none."""
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def utf8_xml(content: bytes) -> bytes:
    """A part as UTF-8 with plain line breaks and no byte order mark.

    Raises Unreadable for a part that declares a document type (F-030: entities are a known attack and no program
    writes them) and for what is no text of a known encoding (F-006).
    """
    if content.startswith(_UTF16) or b"\0" in content[:4]:
        content = _without_declaration(_decoded(content, _utf16_of(content)))
    elif found := _ENCODING.match(content.removeprefix(b"\xef\xbb\xbf")):
        encoding = found[1].decode("ascii", "replace").lower()
        if encoding in _OTHER_ENCODINGS:
            content = _without_declaration(_decoded(content, encoding))
        elif encoding not in _ENCODINGS:
            raise Unreadable("F-006")
    content = content.removeprefix(b"\xef\xbb\xbf")
    prolog = _PROLOG.match(content)
    if prolog is not None and content.startswith(b"<!DOCTYPE", prolog.end()):
        raise Unreadable("F-030")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def _utf16_of(content: bytes) -> str:
    if content.startswith(_UTF16):
        return "utf-16"
    return "utf-16-be" if content.startswith(b"\0") else "utf-16-le"


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("F-006") from error


def _without_declaration(text: str) -> bytes:
    try:
        return _DECLARATION.sub("", text, count=1).encode()
    except UnicodeEncodeError as error:
        raise Unreadable("F-006") from error


def parsed(xml: bytes) -> etree._Element:
    """The root of a part that :func:`utf8_xml` gave; raises Unreadable for what is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("F-006") from error


def local_name(element: etree._Element) -> str:
    """An element's name without its namespace.

    etree.QName refuses a prefix that stands for nothing, which is read before the parser says that it is an error.
    """
    return str(element.tag).rpartition("}")[2]


class _NotPlain(Exception):
    """A part holds what is neither element nor text."""


def _not_plain(*_: object) -> None:
    raise _NotPlain


def is_plain(xml: bytes) -> bool:
    """Whether a part that :func:`utf8_xml` gave is well-formed and holds elements and text alone.

    Comments, sections and instructions, in which anything may stand, are for another parser to take apart.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.CommentHandler = parser.ProcessingInstructionHandler = parser.StartCdataSectionHandler = _not_plain
    parser.StartDoctypeDeclHandler = _not_plain
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, _NotPlain):
        return False
    return True


def text_of(content: bytes) -> str:
    """The text of bytes between two tags of a part that :func:`is_plain` found well-formed."""
    text = content.decode()
    if "&" not in text:
        return text
    if "&#" in text:
        return _REFERENCE.sub(_character, text)
    for name, character in _NAMED.items():
        text = text.replace(f"&{name};", character)
    return text


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name in _NAMED:
        return _NAMED[name]
    # Python takes no decimal number of thousands of digits, were they all zeros.
    return chr(int(name[2:], 16) if name[1] == "x" else int(name[1:].lstrip("0")))


def unescaped(text: str) -> str:
    """A cell's text with Excel's escapes undone: ``_x000A_`` is a line break, ``_x005F_`` the underscore itself."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return _SURROGATES.sub(_pair, text)


def _pair(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
