"""Reading the title sheet: who submits, for which years and which period."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xlkit.address import cell_name
from xlkit.books.raw import RawSheet
from xlkit.finding import Finding, Location
from xlkit.rules.catalogue import finding
from xlkit.rules.edition import Edition
from xlkit.rules.period import Period, read_period, read_year
from xlkit.rules.title import TitleField, title_sheet
from xlkit.texts import joined
from xlkit.values import as_text, folded, homoglyphs, squeezed

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_MAX_CAPTION_ROWS = 60


@dataclass(frozen=True, slots=True)
class TitleEntry:
    """One field as it stands: the raw content, its text, and its cell."""

    raw: object
    text: str
    cell: str


@dataclass(frozen=True)
class Title:
    """The title sheet as it stands; fields whose caption is missing are left out of ``entries``."""

    sheet: str
    entries: dict[str, TitleEntry]

    def text(self, field: str) -> str:
        """A field's text with its spaces squeezed; empty where it is blank or missing."""
        entry = self.entries.get(field)
        return squeezed(entry.text) if entry else ""

    @property
    def cluster_id(self) -> str:
        """The id; empty for a blank one and for a dash, which names nobody."""
        text = self.text("cluster_id")
        return text if any(c.isalnum() for c in text) else ""

    @property
    def first_year(self) -> int | None:
        """The year, or ``None`` where it is missing or not a year."""
        return read_year(self.text("first_year"))

    @property
    def period(self) -> Period | None:
        return read_period(self.text("period"))


def read_title(sheet: RawSheet) -> Title | None:
    """Find the captions in column A; ``None`` where the sheet has none of them."""
    captions = {folded(f.caption): name for name, f in title_sheet().fields.items()}
    entries: dict[str, TitleEntry] = {}
    for row in range(1, min(len(sheet.grid), _MAX_CAPTION_ROWS) + 1):
        name = captions.get(folded(as_text(sheet.at(row, 1)).rstrip(": ")))
        if name is not None and name not in entries:
            raw = sheet.at(row, 2)
            entries[name] = TitleEntry(raw, as_text(raw), cell_name(row, 2))
    return Title(sheet.name, entries) if entries else None


def check_title(title: Title, edition: Edition, file: str) -> list[Finding]:
    """Findings of the title sheet alone."""
    found: list[Finding] = []
    for name, field in title_sheet().fields.items():
        entry = title.entries.get(name)
        place = Location(file, title.sheet, entry.cell if entry else None)
        text = title.cluster_id if name == "cluster_id" else title.text(name)
        if not text and name != "first_year":
            if field.required:
                rule = "T-101" if field.required == "error" else "T-108"
                found.append(finding(rule, place, caption=field.caption))
            continue
        found += _field_findings(name, field, text, title, edition, place)
    return found


def _field_findings(
    name: str, field: TitleField, text: str, title: Title, edition: Edition, place: Location
) -> list[Finding]:
    if name == "first_year":
        return [] if title.first_year else [finding("T-102", place, value=text or None)]
    if name == "kind":
        kind = edition.book.cluster_kind
        return [] if folded(text) == folded(kind) else [finding("T-112", place, text, kind, text=text, kind=kind)]
    if name == "period":
        return [] if title.period else [finding("T-107", place, text, text=text)]
    if name == "email":
        return [] if _EMAIL.fullmatch(text) else [finding("T-110", place, text, text=text)]
    if field.list:
        return _list_findings(field, text, title, edition, place)
    if name == "cluster_id" and (letters := homoglyphs(text)):
        return [finding("S-112", place, text, letters=joined(letters))]
    return []


def _list_findings(field: TitleField, text: str, title: Title, edition: Edition, place: Location) -> list[Finding]:
    lists = {"regions": tuple(edition.regions), "districts": edition.districts, "industries": edition.industries}
    known = {folded(one): one for one in lists[field.list or "regions"]}
    if folded(text) in known:
        if field.list == "districts":
            return _district_finding(text, title, edition, place)
        return []
    near = _nearest(text, list(known.values()))
    suggestion = f": {near}" if near else ""
    return [finding("T-104", place, text, near, caption=field.caption, text=text, suggestion=suggestion)]


def _district_finding(text: str, title: Title, edition: Edition, place: Location) -> list[Finding]:
    region = title.text("region")
    districts = {folded(r): d for r, d in edition.regions.items()}
    expected = districts.get(folded(region))
    if expected is None or folded(expected) == folded(text):
        return []
    return [finding("T-105", place, text, expected, region=region, district=expected)]


def _initials(name: str) -> str:
    """«Северо-Западный федеральный округ» as people shorten it: СЗФО."""
    return "".join(word[0] for word in re.findall(r"\w+", name)).upper()


def _nearest(text: str, known: list[str]) -> str | None:
    from rapidfuzz import fuzz, process

    short = {_initials(one): one for one in known}
    if text.upper() in short:
        return short[text.upper()]
    best = process.extractOne(folded(text), [folded(k) for k in known], scorer=fuzz.WRatio, score_cutoff=75)
    return known[best[2]] if best else None
