"""One edition of a form, loaded and cross-checked: its rule book, fixed and typical rows, units and lists."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from xlkit.errors import XlkitError
from xlkit.resources import rule_books_folder
from xlkit.rules.crosscheck import cross_check
from xlkit.rules.csvfile import read_csv
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.mistakes import RuleBookError, problem
from xlkit.rules.model import Mode, RuleBook, Table, TypicalRow, Unit
from xlkit.rules.rowfiles import INDUSTRY as INDUSTRY
from xlkit.rules.rowfiles import YEARS as YEARS
from xlkit.rules.rowfiles import keyed as keyed
from xlkit.rules.rowfiles import read_rows, read_units
from xlkit.rules.rowfiles import table_modes as table_modes
from xlkit.rules.title import read_title_sheet
from xlkit.rules.yamlfile import as_tuples, read_yaml
from xlkit.texts import Text
from xlkit.values import folded

ANY_INDUSTRY = "выбранной отрасли"


def with_industry(name: str, industry: object) -> str:
    """A row's declared name with the title sheet's industry in place of its placeholder."""
    text = str(industry or "").strip()
    return name.replace(INDUSTRY, f"отрасли «{text}»" if text else ANY_INDUSTRY)


@dataclass(frozen=True)
class Edition:
    """A loaded rule book.

    ``rows`` holds the fixed and typical rows of each table, ``digest`` identifies the exact rules (SHA-256 of
    the rule book and its CSV files): a workbook carries it, so that a check by other rules is noticed.
    """

    book: RuleBook
    units: dict[str, Unit]
    rows: dict[str, tuple[TypicalRow, ...]]
    regions: dict[str, str]
    industries: tuple[str, ...]
    digest: str

    @property
    def form(self) -> str:
        return self.book.form

    @property
    def name(self) -> str:
        """``program_center/2026``."""
        return f"{self.book.form}/{self.book.edition}"

    @property
    def districts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.regions.values()))

    def years(self, first_year: int) -> tuple[int, ...]:
        """The programme's years, which follow from the cluster's first year."""
        return tuple(range(first_year, first_year + self.book.years))

    @cached_property
    def typical(self) -> dict[str, dict[str, TypicalRow]]:
        """Table → key → row, in the order of the form."""
        return {name: dict(keyed(self.book.tables[name], rows)) for name, rows in self.rows.items()}

    @cached_property
    def _unit_names(self) -> dict[str, str]:
        names = {}
        for unit in self.units.values():
            for name in (unit.unit, *unit.synonyms):
                names[folded(name)] = unit.unit
        return names

    def unit_of(self, text: str) -> str | None:
        """The canonical unit of a unit's text («человек» is «чел.»); ``None`` where no unit is so called."""
        return self._unit_names.get(folded(text))

    def is_share(self, unit: str) -> bool:
        """Whether a unit's figures are shares of something: they have an upper bound and cannot be added up."""
        known = self.units.get(unit)
        return known is not None and known.maximum is not None

    def mode_of(self, text: str, table: Table) -> str | None:
        """The mode that the table's column «Учёт» means by a text; ``None`` where none is so called."""
        captions = {folded(self.book.modes[m].caption): m for m in table_modes(table)}
        return captions.get(folded(text))

    def total_tolerance(self, table: str, column: str, unit: str) -> float:
        """How far a typed total may lie from the computed one: the unit's tolerance, half a point for a percentage."""
        known = self.units.get(unit)
        rounding = 0.5 if self.book.tables[table].columns[column].kind == "percentage" else 1e-6
        return max(known.tolerance if known else 0.0, rounding) + 1e-9

    def mode(self, mode_id: str) -> Mode:
        return self.book.modes[mode_id]


# --- loading ----------------------------------------------------------------------------------------------


def list_editions(folder: Path | None = None) -> list[Path]:
    """The rule books in a folder ``<form>/<edition>.yml``, sorted by form and edition."""
    return list(_seen(folder or rule_books_folder()))


def find_edition(form: str, edition: str | None = None, folder: Path | None = None) -> Path:
    """The rule book of a form: the named edition, else the newest. XlkitError where there is none."""
    books = [p for p in list_editions(folder) if p.parent.name == form]
    if not books:
        known = ", ".join(sorted({p.parent.name for p in list_editions(folder)}))
        raise XlkitError(Text(f"Нет формы «{form}». Есть: {known}", f"No form {form!r}. There are: {known}"))
    for book in books:
        if book.stem == edition:
            return book
    if edition is not None:
        known = ", ".join(p.stem for p in books)
        raise XlkitError(
            Text(
                f"У формы «{form}» нет редакции {edition}. Есть: {known}",
                f"The form {form!r} has no edition {edition}. There are: {known}",
            )
        )
    return books[-1]


_Stamp = tuple[tuple[str, int], ...]
_loaded: dict[Path, tuple[_Stamp, Edition]] = {}


def load_edition(form: str, edition: str | None = None, folder: Path | None = None) -> Edition:
    """Load the rule book of a form; remembered until it or a CSV file beside it changes."""
    path = find_edition(form, edition, folder)
    stamp = _seen(folder or rule_books_folder())[path]
    known = _loaded.get(path)
    if known is None or known[0] != stamp:
        known = _loaded[path] = stamp, read_edition(path)
    return known[1]


_LOOK_EVERY = 0.5
"""Seconds. A batch asks for its rule books thousands of times; somebody who edits one waits no longer than this."""
_looks: dict[Path, tuple[float, dict[Path, _Stamp]]] = {}


def _seen(folder: Path) -> dict[Path, _Stamp]:
    """The rule books of a folder in order, with the times of change of the files that they may consist of."""
    at, seen = _looks.get(folder, (-_LOOK_EVERY, {}))
    if time.monotonic() - at >= _LOOK_EVERY:
        seen = {path: _stamp(path) for path in sorted(folder.glob("*/*.yml"))}
        _looks[folder] = time.monotonic(), seen
    return seen


def _stamp(path: Path) -> _Stamp:
    found = []
    for folder in (path.parent, path.parent.parent):
        with os.scandir(folder) as entries:
            found += [(e.path, e.stat().st_mtime_ns) for e in entries if e.name.endswith((".yml", ".csv"))]
    return tuple(sorted(found))


def read_edition(path: Path) -> Edition:
    """Read and cross-check one rule book with its CSV files; raises RuleBookError naming file and line."""
    path = path.resolve()  # the names of its folders count
    source = read_yaml(path)
    try:
        book = RuleBook.model_validate(as_tuples(source.data))
    except ValidationError as error:
        raise RuleBookError(explain_model_errors(error, source)) from error
    if (path.parent.name, path.stem) != (book.form, book.edition):
        raise RuleBookError(
            [
                problem(
                    path,
                    source.line_of(("form",)),
                    f"файл должен лежать как «{book.form}/{book.edition}.yml»",
                    f"the file must lie at {book.form}/{book.edition}.yml",
                )
            ]
        )
    folder = path.parent
    units = read_units(folder / book.units) if book.units else {}
    tables = book.tables.values()
    lines = {name: read_rows(folder / table.rows, table, tables) for name, table in book.tables.items()}
    problems = cross_check(book, units, lines, source, read_title_sheet(folder.parent).sheet)
    if problems:
        raise RuleBookError(problems)
    regions = read_csv(folder.parent / "regions.csv", ("region", "federal_district"))
    industries = read_csv(folder.parent / "industries.csv", ("industry", "form"))
    return Edition(
        book=book,
        units=units,
        rows={name: tuple(row for _, row in numbered) for name, numbered in lines.items()},
        regions={r.fields["region"]: r.fields["federal_district"] for r in regions},
        industries=tuple(r.fields["industry"] for r in industries if r.fields["form"] == book.form),
        digest=_digest(path, book),
    )


def _digest(path: Path, book: RuleBook) -> str:
    """SHA-256 over the rule book and the CSV files that it names."""
    names = {path.name, *(table.rows for table in book.tables.values())} | ({book.units} if book.units else set())
    whole = hashlib.sha256()
    for name in sorted(names):
        whole.update(name.encode() + b"\0" + (path.parent / name).read_bytes() + b"\0")
    return whole.hexdigest()
