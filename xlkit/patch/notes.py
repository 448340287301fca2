"""Putting notes to cells of a sheet and taking ours away: the comments part and the shapes that show them.

The shapes lie in an old kind of XML (VML) that Excel itself does not always write well-formed, and buttons lie there
too: shapes are put in and taken out as bytes, and nothing else there is read.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Mapping

from lxml import etree

from xlkit.address import Box, area_box, cell_name, cell_position
from xlkit.books.package import MAIN, RELATIONSHIPS, parse_xml
from xlkit.patch.cells import Position
from xlkit.patch.covered import at_seen_cells
from xlkit.patch.escapes import set_text
from xlkit.patch.package import PackageChanges, elements, insert_before, new_root, serialised

_AUTHOR = "xlkit"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_AFTER_LEGACY_DRAWING = ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
                         "tableParts", "extLst")  # fmt: skip

_SHAPE = re.compile(rb"<((?:[\w.-]+:)?)shape[\s>]")
_SHAPE_NUMBER = re.compile(rb"_x0000_s([0-9]{1,9})")
_BLOCK = re.compile(rb'idmap\b[^<>]*\bdata="([0-9]{1,9})')
_SHAPE_PLACE = re.compile(rb"(?:[<:])(Row|Column)>\s*([0-9]{1,9})\s*</")
_PREFIXES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_ROOT = re.compile(rb"<xml\b[^<>]*>")
_EMPTY_ROOT = re.compile(rb"<xml\b([^<>]*)/>\s*\Z")
_DECLARATION = re.compile(r"\A\s*<\?xml[^<>]*\?>")
_NOTE_SHAPE_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPES_IN_A_BLOCK = 1024
"""Excel numbers the shapes of each drawing within a block of its own."""


def patch_notes(
    changes: PackageChanges, part: str, root: etree._Element, notes: Mapping[Position, str], ours: str
) -> None:
    """Make the notes of a sheet that begin with ``ours`` those of ``notes``; cells with another note keep that.

    A note of a cell within a merged area goes to the cell of it that is seen. ``root`` is the sheet's XML, which is
    told of a drawing where it gets its first.
    """
    if etree.QName(root).namespace != MAIN:
        return  # a strict package, which knows no such shapes: the findings stand in their list
    comments = changes.related(part, "comments")
    tree = parse_xml(changes.read(comments)) if comments else _no_comments()
    gone, others = _taken_out(tree, ours)
    put = {at: text for at, text in at_seen_cells(notes, _merged_areas(root), ours).items() if at not in others}
    if not put and not gone:
        return
    drawing = _own_drawing(changes, part, root)
    shapes = _as_utf8(changes.read(drawing)) if drawing else _no_shapes(changes)
    changed = _with_shapes(_without_shapes(shapes, gone), put, Ruler(root))
    if changed is None:
        return  # not a drawing that we understand
    if drawing is None:
        drawing = changes.free_name("xl/drawings/vmlDrawing{}.vml")
        changes.declare_extension("vml", _DRAWING_TYPE)
        _tell_of_drawing(root, changes.relate(part, "vmlDrawing", drawing))
    changes.write(drawing, changed)
    if comments is None:
        comments = changes.free_name("xl/comments{}.xml")
        changes.declare(comments, _COMMENTS_TYPE)
        changes.relate(part, "comments", comments)
    _put_in(tree, put)
    changes.write(comments, serialised(tree))


def _merged_areas(root: etree._Element) -> list[Box]:
    areas = []
    for one in root.iterfind(f"{{{MAIN}}}mergeCells/{{{MAIN}}}mergeCell"):
        with contextlib.suppress(ValueError):  # not an area: it covers nothing
            areas.append(area_box(one.get("ref", "")))
    return areas


def _own_drawing(changes: PackageChanges, part: str, root: etree._Element) -> str | None:
    """The drawing of the sheet's notes and buttons; pictures of its header lie in another one of the same kind."""
    told = root.find(f"{{{MAIN}}}legacyDrawing")
    name = None if told is None else told.get(f"{{{RELATIONSHIPS}}}id")
    relation = changes.relations(part).get(name or "")
    return relation.target if relation is not None and changes.has(relation.target) else None


def _tell_of_drawing(root: etree._Element, relation: str) -> None:
    for lost in root.findall(f"{{{MAIN}}}legacyDrawing"):
        root.remove(lost)  # it leads to no drawing
    made = etree.Element(f"{{{MAIN}}}legacyDrawing", {f"{{{RELATIONSHIPS}}}id": relation})
    insert_before(root, made, _AFTER_LEGACY_DRAWING)


# --- comments ---------------------------------------------------------------------------------------------


def _no_comments() -> etree._Element:
    root = new_root("comments", MAIN)
    etree.SubElement(root, f"{{{MAIN}}}authors")
    etree.SubElement(root, f"{{{MAIN}}}commentList")
    return root


def _taken_out(tree: etree._Element, ours: str) -> tuple[set[Position], set[Position]]:
    """Take our notes out; returns their cells and the cells of all other notes."""
    gone, others = set(), set()
    for one in list(tree.iter(f"{{{MAIN}}}comment")):
        try:
            at = cell_position(one.get("ref", "").partition(":")[0])
        except ValueError:
            continue
        said = "".join(text.text or "" for text in one.iter(f"{{{MAIN}}}t"))
        parent = one.getparent()
        if said.startswith(ours) and parent is not None:
            parent.remove(one)
            gone.add(at)
        else:
            others.add(at)
    return gone, others


def _put_in(tree: etree._Element, notes: Mapping[Position, str]) -> None:
    authors, listed = tree.find(f"{{{MAIN}}}authors"), tree.find(f"{{{MAIN}}}commentList")
    if authors is None or listed is None:
        raise ValueError("comments without authors or list")
    names = [one.text or "" for one in elements(authors)]
    if _AUTHOR not in names:
        names.append(_AUTHOR)
        etree.SubElement(authors, f"{{{MAIN}}}author").text = _AUTHOR
    for (row, column), text in sorted(notes.items()):
        where = {"ref": cell_name(row, column), "authorId": str(names.index(_AUTHOR))}
        comment = etree.SubElement(listed, f"{{{MAIN}}}comment", where)
        set_text(etree.SubElement(etree.SubElement(comment, f"{{{MAIN}}}text"), f"{{{MAIN}}}t"), text)


# --- shapes -----------------------------------------------------------------------------------------------


def _no_shapes(changes: PackageChanges) -> bytes:
    """A drawing without shapes, with a block of shape numbers that no other drawing of the workbook has."""
    blocks = [0]
    for name in changes.names():
        if name.lower().endswith(".vml"):
            drawing = changes.read(name)
            blocks += [int(n) for n in _BLOCK.findall(drawing)]
            blocks += [int(n) // _SHAPES_IN_A_BLOCK for n in _SHAPE_NUMBER.findall(drawing)]
    return (
        f'<xml{_declared(_PREFIXES)}><o:shapelayout v:ext="edit">'
        f'<o:idmap v:ext="edit" data="{max(blocks) + 1}"/></o:shapelayout></xml>'
    ).encode()


def _declared(prefixes: Mapping[str, str]) -> str:
    return "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in prefixes.items())


def _as_utf8(drawing: bytes) -> bytes:
    """A drawing in the encoding of what is put in; with an end of its own where it has no shape yet."""
    if drawing.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        drawing = _DECLARATION.sub("", drawing.decode("utf-16")).encode()
    return _EMPTY_ROOT.sub(rb"<xml\1></xml>", drawing)


def _without_shapes(drawing: bytes, gone: set[Position]) -> bytes:
    """The drawing without the note shapes of some cells."""
    kept = []
    at = 0
    while gone and (start := _SHAPE.search(drawing, at)):
        tail = b"</" + start[1] + b"shape>"
        end = drawing.find(tail, start.end())
        if end < 0:
            break
        shape = drawing[start.start() : end + len(tail)]
        place = {kind: int(number) for kind, number in _SHAPE_PLACE.findall(shape)}
        is_gone = (place.get(b"Row", -1) + 1, place.get(b"Column", -1) + 1) in gone
        ours = is_gone and b'ObjectType="Note"' in shape
        kept += [drawing[at : start.start()], b"" if ours else shape]
        at = end + len(tail)
    return b"".join(kept) + drawing[at:]


def _with_shapes(drawing: bytes, notes: Mapping[Position, str], ruler: Ruler) -> bytes | None:
    """The drawing with a shape for each note; ``None`` where it cannot be told where they belong."""
    end = drawing.rfind(b"</xml>")
    if end < 0:
        return None
    numbers = [int(n) for n in _SHAPE_NUMBER.findall(drawing)]
    block = _BLOCK.search(drawing)
    first = max([*numbers, (int(block[1]) if block else 1) * _SHAPES_IN_A_BLOCK]) + 1
    root = _ROOT.search(drawing)
    known = root[0] if root else b""
    declared = _declared({k: v for k, v in _PREFIXES.items() if f'xmlns:{k}="{v}"'.encode() not in known})
    made = [] if b'id="_x0000_t202"' in drawing or not notes else [_NOTE_SHAPE_TYPE]
    made += [_shape(number, at, text, ruler) for number, (at, text) in enumerate(sorted(notes.items()), start=first)]
    # Some programs give these namespaces prefixes of their own.
    told = [one.replace(" ", f"{declared} ", 1) for one in made] if declared else made
    return drawing[:end] + "".join(told).encode() + drawing[end:]


def _shape(number: int, at: Position, text: str, ruler: Ruler) -> str:
    """A hidden yellow box right of its cell, tall enough for its text."""
    row, column = at
    top = max(row - 2, 0)
    lines = sum(1 + len(line) // _LETTERS_IN_A_LINE for line in text.split("\n"))
    right, beyond = ruler.column_at(column, _GAP + _WIDTH)
    bottom, below = ruler.row_at(top, _GAP + max(lines, 3) * _LINE)
    anchor = f"{column}, {_GAP}, {top}, {_GAP}, {right}, {beyond}, {bottom}, {below}"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;z-index:1;visibility:hidden" '
        'fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )


_WIDTH, _LINE, _GAP, _LETTERS_IN_A_LINE = 320, 17, 12, 44
"""Pixels of a note, of a line of its text, beside its cell; and what goes into a line."""


class Ruler:
    """Where a distance in pixels ends, from the widths and heights of a sheet's columns and rows."""

    def __init__(self, root: etree._Element) -> None:
        self._widths: dict[int, int] = {}
        for one in root.iterfind(f"{{{MAIN}}}cols/{{{MAIN}}}col"):
            first, last = int(one.get("min", 0)), int(one.get("max", 0))
            width = 0 if one.get("hidden") in ("1", "true") else round(_size(one.get("width"), 9) * 7 + 5)
            self._widths.update(dict.fromkeys(range(first - 1, min(last, first + _MANY)), width))
        self._heights = {
            int(one.get("r", 0)) - 1: round(_size(one.get("ht"), 15) * 4 / 3)
            for one in root.iterfind(f"{{{MAIN}}}sheetData/{{{MAIN}}}row")
        }

    def column_at(self, start: int, pixels: int) -> tuple[int, int]:
        """The column (from 0) and the pixels into it, so far right of the left edge of ``start``."""
        return _ended(self._widths, 64, start, pixels)

    def row_at(self, start: int, pixels: int) -> tuple[int, int]:
        """The same for rows."""
        return _ended(self._heights, 20, start, pixels)


def _size(told: str | None, usual: float) -> float:
    """A width or height within what Excel allows; any other is taken for the usual one."""
    with contextlib.suppress(ValueError, TypeError):
        if 0 <= float(told or "") <= _LARGEST_SIZE:
            return float(told or "")
    return usual


_LARGEST_SIZE = 409.5
_MANY = 100
"""A program may write one column for all 16,384."""


def _ended(sizes: Mapping[int, int], usual: int, start: int, pixels: int) -> tuple[int, int]:
    at = start
    while pixels > sizes.get(at, usual):
        pixels -= sizes.get(at, usual)
        at += 1
    return at, pixels
