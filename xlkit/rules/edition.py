"""One edition of a form, loaded and cross-checked: its rule book, fixed and typical rows, units and lists."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from xlkit.errors import XlkitError
from xlkit.resources import rule_books_folder
from xlkit.rules.crosscheck import cross_check
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.model import Mode, RuleBook, Table, TypicalRow, Unit
from xlkit.rules.yamlfile import RuleBookError, as_tuples, problem, read_yaml
from xlkit.texts import Text
from xlkit.values import folded

INDUSTRY = "{отрасль}"
YEARS = "{годы}"


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


def table_modes(table: Table) -> tuple[str, ...]:
    """The modes that rows of a table may have."""
    for column in table.columns.values():
        if column.kind == "mode":
            return column.modes
    return (table.mode,) if table.mode else ()


def keyed(table: Table, rows: tuple[TypicalRow, ...]) -> Iterator[tuple[str, TypicalRow]]:
    """Typical rows by their keys; a row of an inner level hangs under the last row above it that is not."""
    holder = ""
    inner = {level.id for level in table.levels if level.within}
    for row in rows:
        if row.level in inner:
            yield f"{holder}/{row.code}", row
        else:
            holder = row.code
            yield row.code, row


# --- loading ----------------------------------------------------------------------------------------------


def list_editions(folder: Path | None = None) -> list[Path]:
    """The rule books in a folder ``<form>/<edition>.yml``, sorted by form and edition."""
    return sorted((folder or rule_books_folder()).glob("*/*.yml"))


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


_loaded: dict[tuple[Path, int], Edition] = {}


def load_edition(form: str, edition: str | None = None, folder: Path | None = None) -> Edition:
    """Load the rule book of a form; remembered per file and time of change."""
    path = find_edition(form, edition, folder)
    key = (path, path.stat().st_mtime_ns)
    if key not in _loaded:
        _loaded[key] = read_edition(path)
    return _loaded[key]


def read_edition(path: Path) -> Edition:
    """Read and cross-check one rule book with its CSV files; raises RuleBookError naming file and line."""
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
                    f"файл должен лежать как {book.form}/{book.edition}.yml",
                    f"the file must lie at {book.form}/{book.edition}.yml",
                )
            ]
        )
    files = _SourceFiles(path)
    units = _read_units(files, book.units) if book.units else {}
    rows = {name: _read_rows(files, table) for name, table in book.tables.items()}
    problems = cross_check(book, units, rows, source)
    if problems:
        raise RuleBookError(problems)
    common = path.parent.parent
    return Edition(
        book=book,
        units=units,
        rows=rows,
        regions={r["region"]: r["federal_district"] for r in _csv(common / "regions.csv")},
        industries=tuple(r["industry"] for r in _csv(common / "industries.csv") if r["form"] == book.form),
        digest=files.digest(),
    )


class _SourceFiles:
    """The files that a rule book consists of, read once and hashed together."""

    def __init__(self, book: Path) -> None:
        self.folder = book.parent
        self.contents = {book.name: book.read_bytes()}

    def csv(self, name: str) -> list[tuple[int, dict[str, str]]]:
        """Rows of a CSV file with their line numbers."""
        path = self.folder / name
        if name not in self.contents:
            try:
                self.contents[name] = path.read_bytes()
            except OSError as error:
                raise RuleBookError([problem(path, None, "файла нет", "there is no such file")]) from error
        reader = csv.DictReader(io.StringIO(self.contents[name].decode("utf-8-sig")), strict=True)
        try:
            return [(reader.line_num, dict(row)) for row in reader]
        except csv.Error as error:
            raise RuleBookError([problem(path, reader.line_num, str(error), str(error))]) from error

    def digest(self) -> str:
        whole = hashlib.sha256()
        for name in sorted(self.contents):
            whole.update(name.encode() + b"\0" + self.contents[name] + b"\0")
        return whole.hexdigest()


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _read_units(files: _SourceFiles, name: str) -> dict[str, Unit]:
    units = {}
    for line, row in files.csv(name):
        try:
            unit = Unit(
                unit=row["unit"],
                synonyms=tuple(s for s in row["synonyms"].split("|") if s),
                whole=_yes(row["whole"]),
                minimum=float(row["minimum"]) if row["minimum"] else None,
                maximum=float(row["maximum"]) if row["maximum"] else None,
                tolerance=float(row["tolerance"] or 0),
            )
        except (KeyError, ValueError, AttributeError) as error:
            raise RuleBookError([_bad_row(files.folder / name, line, error)]) from error
        units[unit.unit] = unit
    return units


def _read_rows(files: _SourceFiles, table: Table) -> tuple[TypicalRow, ...]:
    rows = []
    for line, row in files.csv(table.rows):
        try:
            rows.append(
                TypicalRow(
                    level=row["level"],
                    code=row["code"],
                    name=row["name"],
                    unit=row.get("unit", ""),
                    mode=row.get(table.mode_column, ""),
                    link=row.get("link", ""),
                    values=_yes(row.get("values", "")),
                )
            )
        except (KeyError, ValueError) as error:
            raise RuleBookError([_bad_row(files.folder / table.rows, line, error)]) from error
    return tuple(rows)


def _yes(text: str) -> bool:
    if text not in ("yes", "no", ""):
        raise ValueError(f"{text!r}: yes / no")
    return text == "yes"


def _bad_row(path: Path, line: int, error: Exception) -> Text:
    return problem(path, line, f"строка не читается: {error}", f"the row cannot be read: {error}")
