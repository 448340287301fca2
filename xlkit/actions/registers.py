"""Move a register between an .xlsx file and a database, and tell what two registers say differently."""

from __future__ import annotations

import datetime as dt
import getpass
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from xlkit.claim import claimed
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError, cannot_write
from xlkit.register import read_register, read_tables, register_of
from xlkit.register.database import connected, select_tables
from xlkit.register.diff import RegisterDiff, diff_registers
from xlkit.register.places import Place, is_file, new_place
from xlkit.register.records import Row, kept_records, records_of
from xlkit.register.tables import Records, Tables
from xlkit.register.writing import write_tables
from xlkit.rules.registered import Figure, Register
from xlkit.rules.registerspec import CHANGES, register_spec
from xlkit.safefile import spare_inputs, write_file
from xlkit.templates.registerbook import register_workbook
from xlkit.texts import Text
from xlkit.values import as_text


@dataclass(frozen=True)
class RegisterCopy:
    """A register that was written elsewhere: what it holds, what of it could not be used.

    ``diff``: what differed in a database that held a register before (``replaced``); its copy is ``backup``.
    """

    source: str
    target: str
    register: Register
    notes: tuple[Text, ...] = ()
    diff: RegisterDiff = field(default_factory=RegisterDiff)
    backup: str | None = None
    replaced: bool = False

    @property
    def exit_code(self) -> int:
        """1 where something of the source could not be taken along."""
        return EXIT_FINDINGS if self.notes else EXIT_OK


@dataclass(frozen=True)
class RegisterComparison:
    """What the second register says differently from the first."""

    old: Register
    new: Register
    diff: RegisterDiff

    @property
    def exit_code(self) -> int:
        return EXIT_FINDINGS if self.diff.count else EXIT_OK


def diff(old: str, new: str) -> RegisterComparison:
    """Compare two registers, wherever each is kept; raises XlkitError where one cannot be read."""
    before, after = read_register(old), read_register(new)
    return RegisterComparison(before, after, diff_registers(before, after))


def export_register(source: str, target: str | Path) -> RegisterCopy:
    """Write a register as an .xlsx file, with its journal; raises XlkitError."""
    if Path(target).suffix.casefold() != ".xlsx":
        raise XlkitError(Text(f"Укажите книгу .xlsx, а не {target}", f"Name an .xlsx file, not {target}"))
    spare_inputs(target, [source])
    tables = read_tables(source, tuple(register_spec().sheets))
    register = register_of(tables)
    write_file(Path(target), register_workbook(register, kept_records(tables)))
    return RegisterCopy(register.source, str(target), register, register.notes)


def import_register(source: str, target: str, replace: bool = False) -> RegisterCopy:
    """Write a register into a database in one transaction.

    A database that holds another register is left alone, unless it is to be replaced: then a backup is made first and
    the figures that change are told in its journal. Raises XlkitError.
    """
    spare_inputs(target, [source])
    tables, place = read_tables(source, tuple(register_spec().sheets)), new_place(target)
    register, kept = register_of(tables), kept_records(tables)
    new_file = place.file is not None and not is_file(place.file)
    with alone(place):
        present, held = (Register(place.shown), False) if new_file else _present(place)
        differing = diff_registers(present, register) if held else RegisterDiff()
        if differing.count and not replace:
            raise _holds_another(place, differing)
        backup = make_backup(place) if differing.count else None
        journal = [*kept.get(CHANGES, ()), *_journal(differing, register.source, tables.sha256)]
        with _no_half_file(place, new_file), connected(place, write=True) as connection:
            kept |= {CHANGES: journal}
            content = {table: list(records_of(register, table, kept)) for table in register_spec().sheets}
            write_tables(connection, place.shown, content)
    notes = (*register.notes, *_told_as_words(register))
    return RegisterCopy(register.source, place.shown, register, notes, differing, backup, held)


def _present(place: Place) -> tuple[Register, bool]:
    """The register that a database holds already, and whether it holds any."""
    with connected(place) as connection:
        tables = select_tables(connection, place.shown, tuple(register_spec().sheets))
    if not any(tables.records.values()):
        return Register(place.shown), False
    tables.records.setdefault("clusters", Records())
    return register_of(tables), True


def _holds_another(place: Place, differing: RegisterDiff) -> XlkitError:
    return XlkitError(
        Text(
            f"В {place.shown} уже есть реестр, отличий от источника: {differing.count}. Их покажет xlkit register "
            "diff; чтобы заменить его (с копией и записью в журнале), добавьте --replace.",
            f"{place.shown} holds a register already that differs in {differing.count} places. xlkit register diff "
            "tells them; to replace it (with a backup and a journal) add --replace.",
        )
    )


def _told_as_words(register: Register) -> Iterator[Text]:
    odd = [figure for figure in register.figures if type(figure.value) not in (int, float, str, type(None))]
    if odd:
        first = f"{odd[0].cluster}, {odd[0].key}, {odd[0].year}"
        yield Text(
            f"Значений, которые не число и не слово (дата, ошибка Excel), {len(odd)}, они записаны словами; первое: "
            f"{first}",
            f"{len(odd)} contents that are no number and no word (dates, Excel errors) were written as words, first "
            f"{first}",
        )


def _journal(differing: RegisterDiff, source: str, sha256: str) -> Iterator[Row]:
    reason = "xlkit register import --replace"
    for change in differing.figures:
        one = change.one
        assert isinstance(one, Figure)
        sides = (getattr(change.old, "value", None), getattr(change.new, "value", None))
        for name, old, new in change.fields or (("value", *sides),):
            yield journal_row(one, name, (old, new), reason, source, sha256)


def journal_row(
    one: Figure, column: str, sides: tuple[object, object], reason: str, source: str, sha256: str, cell: str = ""
) -> Row:
    """A line of the journal: what of which figure changed, who changed it, why, and where from.

    ``sides``: what stood in the ``column`` and what stands there now.
    """
    return {
        "changed_at": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        "changed_by": _user(),
        "cluster_id": one.cluster,
        "form": one.form,
        "sheet": register_spec().sheets[one.table],
        "row_key": one.key,
        "year": one.year,
        "field": register_spec().columns_of(one.table)[column].caption,
        "old_value": as_text(sides[0]),
        "new_value": as_text(sides[1]),
        "reason": reason,
        "source": source,
        "sha256": sha256,
        "cell": cell,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a system without a name for this person
        return "?"


# --- files and backups ------------------------------------------------------------------------------------


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Work on a register's file as the only process of xlkit; a server keeps its transactions apart itself."""
    busy = Text(
        f"Реестр {place.shown} изменяет другой процесс xlkit: дождитесь его",
        f"Another process of xlkit is changing the register {place.shown}: wait for it",
    )
    with claimed(place.file, busy) if place.file is not None else nullcontext():
        yield


@contextmanager
def _no_half_file(place: Place, new: bool) -> Iterator[None]:
    """Take away the file of a new database that could not be filled."""
    try:
        yield
    except BaseException:
        if new and place.file is not None:
            place.file.unlink(missing_ok=True)
        raise


def make_backup(place: Place, folder: str | Path | None = None) -> str:
    """Copy a register as it is; returns where to. A database on a server is exported as .xlsx.

    The copy stands beside the file, or in the current folder, unless a ``folder`` is named. Raises XlkitError.
    """
    name = place.file.name if place.file is not None else f"{place.url.database or 'register'}.xlsx"
    home = Path(folder) if folder is not None else place.file.parent if place.file is not None else Path()
    copy = _free(home, Path(name).stem, Path(name).suffix)
    if place.url is None:
        assert place.file is not None
        try:
            content = place.file.read_bytes()
        except OSError as error:
            raise XlkitError(cannot_write(copy, error)) from error
    elif place.file is not None:
        content = _sqlite_copy(place.file)
    else:
        tables = _all_tables(place)
        content = register_workbook(register_of(tables), kept_records(tables))
    write_file(copy, content)
    return str(copy)


def _all_tables(place: Place) -> Tables:
    with connected(place) as connection:
        return select_tables(connection, place.shown, tuple(register_spec().sheets))


def _sqlite_copy(file: Path) -> bytes:
    """A SQLite file as one state of it, whatever others write meanwhile."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as base:
        return base.serialize()


def _free(folder: Path, stem: str, suffix: str) -> Path:
    moment = dt.datetime.now().strftime("%Y-%m-%d %H-%M-%S")
    names = (f"{stem} (копия {moment}{f' {n}' if n > 1 else ''}){suffix}" for n in count(1))
    return next(path for name in names if not (path := folder / name).exists())
