"""Texts as a workbook's XML holds them: what XML forbids, and what looks like such an escape, is escaped."""

from __future__ import annotations

import re

from lxml import etree

_ESCAPED = re.compile("_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b\x0c\r\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """The text of a ``t`` or ``v`` element: ``\\x01`` is ``_x0001_``, a literal ``_x0001_`` is ``_x005F_x0001_``."""
    return _ESCAPED.sub(lambda m: f"_x005F{m[0]}" if len(m[0]) > 1 else f"_x{ord(m[0]):04X}_", text)


def set_text(element: etree._Element, text: str) -> None:
    """Put a text into an element, with its spaces kept."""
    element.text = xml_text(text)
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
