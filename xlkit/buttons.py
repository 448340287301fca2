"""The buttons of a person's desk, as declared in ``macros/ribbon.xml``: one list for ribbon, sheets and toolbar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from xlkit.resources import macros_folder

RIBBON = "ribbon.xml"
RIBBON_MODULE, BUTTONS_MODULE = "xlkit_ribbon", "xlkit_buttons"
"""Our VBA modules: the callbacks of the add-in's ribbon, and the macros of buttons in a sheet."""

_NAMESPACE = "{http://schemas.microsoft.com/office/2006/01/customui}"


@dataclass(frozen=True)
class Button:
    """One button: the action that it runs, its label, its tip, and the ribbon's macro."""

    action: str
    label: str
    tip: str
    ribbon_macro: str

    @property
    def macro(self) -> str:
        """The macro of the button in a sheet."""
        return f"xlkit_{self.action}"


@cache
def buttons() -> dict[str, Button]:
    """Action → button, in the order of the ribbon."""
    from lxml import etree

    root = etree.fromstring(ribbon_xml())
    return {
        str(node.attrib["id"]): Button(
            action=str(node.attrib["id"]),
            label=str(node.attrib["label"]),
            tip=str(node.attrib["supertip"]),
            ribbon_macro=str(node.attrib["onAction"]),
        )
        for node in root.iter(f"{_NAMESPACE}button")
    }


def ribbon_xml() -> bytes:
    """The ribbon as it goes into the add-in."""
    return (macros_folder() / RIBBON).read_bytes()


def our_module(name: str) -> str:
    """The source of one of our VBA modules."""
    return (macros_folder() / f"{name}.bas").read_bytes().decode("ascii")
