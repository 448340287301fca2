"""Take approved changes from accepted workbooks into the register: explicitly, with a backup and a journal."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xlkit.actions.intake import Batch, Entry, Progress, batches, findings_of, take_in
from xlkit.actions.reconcile import reconcile_entries
from xlkit.actions.registers import alone, journal_row, make_backup
from xlkit.books.extract import Extract
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, Unreadable, XlkitError, cannot_write
from xlkit.finding import Severity
from xlkit.patch.newsheet import NewSheet
from xlkit.reconcile import Difference, Status
from xlkit.register import READ, read_register, read_tables, register_of
from xlkit.register.changing import FigureChange, change_database, changed_workbook, overtaken
from xlkit.register.diff import RegisterDiff, diff_registers, figure_key
from xlkit.register.places import Place, find_place
from xlkit.register.records import Row
from xlkit.register.tables import Tables
from xlkit.rules.catalogue import refusal
from xlkit.rules.registered import Figure, Register
from xlkit.rules.registerspec import CHANGES, register_spec
from xlkit.safefile import write_file
from xlkit.templates.registerbook import table_workbook
from xlkit.texts import Text
from xlkit.values import cluster_key


@dataclass(frozen=True)
class Held:
    """A difference, or a whole workbook, that is not taken into the register, and why."""

    file: str
    reason: Text
    difference: Difference | None = None


@dataclass(frozen=True)
class ApplyResult:
    """What changed in the register, or would change; what was held back; where the copy of the old one is.

    ``notes``: what of the register itself could not be used.
    """

    register: str
    diff: RegisterDiff
    held: tuple[Held, ...]
    backup: str | None
    dry_run: bool
    notes: tuple[Text, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 where anything was held back."""
        return EXIT_FINDINGS if self.held else EXIT_OK


@dataclass(frozen=True)
class _Wanted:
    """A change of a figure and the cell that asks for it."""

    change: FigureChange
    extract: Extract
    cell: str


def apply_changes(
    register: str,
    files: Iterable[str | Path],
    reason: str = "",
    approved_on: dt.date | None = None,
    only: Collection[str] = (),
    removals: bool = False,
    dry_run: bool = False,
    backup: str | Path | None = None,
    progress: Progress | None = None,
) -> ApplyResult:
    """Make the figures of workbooks the register's, where the two differ.

    Only numbers, dashes and «да» of workbooks without errors are taken, and only figures: units and wordings stay.
    ``only`` names rows by their codes, which must exist; ``removals`` empties figures that a workbook no longer has.
    Raises XlkitError before anything changed.
    """
    if not reason.strip() and not dry_run:
        raise XlkitError(
            Text(
                "Укажите основание изменений (--reason), например номер дополнительного соглашения",
                "Tell the reason of the changes (--reason), such as the number of an agreement",
            )
        )
    place = find_place(register)
    with nullcontext() if dry_run else alone(place):
        tables = read_tables(register, (*READ, CHANGES))
        known = register_of(tables)
        day = (approved_on or dt.date.today()).isoformat()
        wanted, held = _proposed(take_in(files, progress), known, day, only, removals)
        after = _changed(known, [one.change for one in wanted])
        differing = diff_registers(known, after)
        copy = None
        if wanted and not dry_run:
            journal = [_journal_row(one, reason) for one in wanted]
            copy = _write(place, tables, [one.change for one in wanted], journal, after, backup)
    return ApplyResult(known.source, differing, tuple(held), copy, dry_run, known.notes)


def _changed(register: Register, changes: Sequence[FigureChange]) -> Register:
    news = {id(change.old): change.new for change in changes if change.old is not None}
    figures = [news.get(id(figure), figure) for figure in register.figures]
    return replace(register, figures=(*figures, *(c.new for c in changes if c.old is None)))


def _journal_row(one: _Wanted, reason: str) -> Row:
    old, new = one.change.old, one.change.new
    sides = (old.value if old is not None else None, new.value)
    file = Path(one.extract.file).name
    return journal_row(new, "value", sides, reason.strip(), file, one.extract.sha256, one.cell)


# --- what is to change ------------------------------------------------------------------------------------


def _proposed(
    entries: list[Entry], register: Register, day: str, only: Collection[str], removals: bool
) -> tuple[list[_Wanted], list[Held]]:
    groups = batches(entries)
    errors = findings_of(entries, groups)
    results = dict(zip(map(id, entries), reconcile_entries(entries, groups, register).files, strict=True))
    refused, accepted = [], {}
    for entry in entries:
        why = results[id(entry)].refusal
        if why is None and any(one.severity is Severity.ERROR for one in errors[entry.file]):
            why = Text("в книге есть ошибки (xlkit check): она не принята", "the workbook has errors (xlkit check)")
        if why is not None:
            refused.append(Held(entry.file, why))
        elif entry.extract is not None:
            accepted[id(entry.extract)] = results[id(entry)].differences
    _refuse_twins([entry.extract for entry in entries if id(entry.extract) in accepted])
    if all(entry.extract is not None for entry in entries):  # a file that nobody could read may have the row
        _need_rows(only, groups, [one for result in results.values() for one in result.differences])
    known = {figure_key(figure): figure for figure in register.figures}
    wanted: list[_Wanted] = []
    held = list(refused)
    for batch in groups:
        for extract in batch.extracts:
            for difference in accepted.get(id(extract), ()):
                if difference.status is Status.WORDING_DIFFERS or not _asked(difference, only):
                    continue
                found = _judged(batch, extract, difference, known, register, removals, day)
                if isinstance(found, Text):
                    held.append(Held(extract.file, found, difference))
                else:
                    wanted.append(found)
    return _without_other_units(wanted, held)


def _asked(difference: Difference, only: Collection[str]) -> bool:
    return not only or not {difference.code, difference.key}.isdisjoint(_bare(only))


def _bare(codes: Iterable[str]) -> set[str]:
    return {code.strip().rstrip(".") for code in codes}


def _need_rows(only: Collection[str], groups: Sequence[Batch], differences: Iterable[Difference]) -> None:
    """Raise XlkitError for a code of no row, in the workbooks or the register: a slip is not «nothing to do»."""
    found = {name for one in differences for name in (one.code, one.key)}
    for batch in groups:
        rows = batch.frames.rows
        found |= _bare(map(str, rows["code"])) | set(rows["key"])
    missing = ", ".join(sorted(_bare(only) - found))
    if missing:
        raise XlkitError(
            Text(
                f"Строки {missing} (--only) ни в одной книге нет: реестр не изменён. Проверьте номер.",
                f"No workbook has a row {missing} (--only): the register is unchanged. Check the code.",
            )
        )


def _refuse_twins(extracts: Sequence[Extract | None]) -> None:
    """Raise XlkitError where two workbooks speak for one cluster: which of them is approved?"""
    files: dict[tuple[str, str], str] = {}
    for one in extracts:
        if one is not None:
            first = files.setdefault((cluster_key(one.cluster), one.edition.form), one.file)
            if first != one.file:
                raise XlkitError(
                    Text(
                        f"Две книги одного кластера «{one.cluster}»: {first} и {one.file}. Оставьте утверждённую.",
                        f"Two workbooks of the cluster «{one.cluster}»: {first} and {one.file}. Name the approved one.",
                    )
                )


def _judged(
    batch: Batch,
    extract: Extract,
    one: Difference,
    known: dict[tuple[Any, ...], Figure],
    register: Register,
    removals: bool,
    day: str,
) -> _Wanted | Text:
    """The change that a difference asks for, or why it is not taken."""
    if one.status is Status.UNIT_DIFFERS:
        return Text("единица измерения другая: решите сначала, какая верна", "the unit differs: settle that first")
    if one.year is None or (isinstance(one.workbook, str) and one.workbook not in ("-", "да")):
        return Text("в книге не число, не прочерк и не «да»", "the workbook holds no number, no dash and no «да»")
    if one.workbook is None and not removals:
        return Text(
            "в книге значения больше нет: чтобы снять его в реестре, добавьте --removals",
            "the workbook has no such figure any more: add --removals to empty it in the register",
        )
    figure = _figure(batch, extract, one, register, day)
    old = known.get(figure_key(figure))
    if old is not None:
        figure = replace(old, value=one.workbook, approved_on=day)
    return _Wanted(FigureChange(old, figure), extract, f"{one.sheet}!{one.cell}" if one.cell else one.sheet)


def _figure(batch: Batch, extract: Extract, one: Difference, register: Register, day: str) -> Figure:
    """The figure of a difference as the register would keep it: what its row says in the workbook."""
    rows = batch.frames.rows
    same = (rows["workbook"] == one.workbook_number) & (rows["table"] == one.table) & (rows["key"] == one.key)
    row = next(rows[same].itertuples(), None)
    cluster = register.cluster(extract.cluster)
    words: Any = row
    return Figure(
        cluster=cluster.id if cluster is not None else extract.cluster,
        form=extract.edition.form,
        edition=extract.edition.book.edition,
        table=one.table,
        parent=one.key.rpartition("/")[0] or one.key.rpartition(".")[0],
        code=one.key.rpartition("/")[2],
        key=one.key,
        name=one.name,
        unit=words.unit_text if row is not None else "",
        mode=words.mode if row is not None else "",
        link=words.link if row is not None else "",
        year=one.year or 0,
        value=one.workbook,
        approved_on=day,
    )


def _without_other_units(wanted: list[_Wanted], held: list[Held]) -> tuple[list[_Wanted], list[Held]]:
    """Hold back the figures of rows whose unit differs (98 of what?), and second figures of one name."""
    other = {(h.file, h.difference.table, h.difference.key)
             for h in held if h.difference is not None and h.difference.status is Status.UNIT_DIFFERS}  # fmt: skip
    kept: dict[tuple[Any, ...], _Wanted] = {}
    for one in wanted:
        figure = one.change.new
        if (one.extract.file, figure.table, figure.key) in other:
            why = Text("единица измерения этой строки другая", "the unit of this row differs")
        elif kept.setdefault(figure_key(figure), one) is not one:
            why = Text("в книге две такие строки", "the workbook has two such rows")
        else:
            continue
        held.append(Held(one.extract.file, Text(f"{figure.key}, {figure.year}: {why.ru}",
                                                   f"{figure.key}, {figure.year}: {why.en}")))  # fmt: skip
        kept = {key: w for key, w in kept.items() if w is not one}
    return list(kept.values()), held


# --- writing ----------------------------------------------------------------------------------------------


def _write(
    place: Place,
    tables: Tables,
    changes: Sequence[FigureChange],
    journal: Sequence[Row],
    after: Register,
    folder: str | Path | None,
) -> str:
    """Make a backup and the changes; what was written is read back before it counts. Returns the backup's place."""
    if place.url is not None:
        copy = make_backup(place, folder)
        change_database(place, tables, changes, journal, lambda now: _verify(register_of(now), after, place.shown))
        return copy
    assert place.file is not None
    content = _patched(place.file, tables, changes, journal)
    with tempfile.TemporaryDirectory(prefix="xlkit-register-") as made:
        trial = Path(made) / place.file.name
        trial.write_bytes(content)
        _verify(read_register(str(trial)), after, place.shown)
    copy = make_backup(place, folder)
    _unchanged(place.file, tables)
    write_file(place.file, content)
    return copy


def _patched(file: Path, tables: Tables, changes: Sequence[FigureChange], journal: Sequence[Row]) -> bytes:
    if tables.kind != "xlsx":
        raise XlkitError(
            Text(
                f"Реестр {file} — книга .{tables.kind}: изменять можно .xlsx. Сохраните его так: xlkit register export",
                f"The register {file} is of the kind .{tables.kind}: only .xlsx can be changed. xlkit register export",
            )
        )
    sheet = register_spec().sheets[CHANGES]
    try:
        added = NewSheet(sheet, table_workbook(CHANGES))
        return changed_workbook(_unchanged(file, tables), tables, changes, journal, added)
    except Unreadable as error:
        raise refusal(error.rule, **error.params) from error


def _unchanged(file: Path, tables: Tables) -> bytes:
    """The content of the register's file; raises XlkitError where it is no longer what was read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise XlkitError(cannot_write(file, error)) from error
    if hashlib.sha256(content).hexdigest() != tables.sha256:
        raise overtaken(tables.source)
    return content


def _verify(now: Register, expected: Register, shown: str) -> None:
    """Raise XlkitError where what was written reads back as anything else than what was to be written."""
    wrong: Iterator[object] = iter(change for part in diff_registers(expected, now).parts.values() for change in part)
    if next(wrong, None) is not None:
        raise XlkitError(
            Text(
                f"Реестр {shown} не изменён: записанное прочиталось бы иначе (например, строки без номера получили бы "
                "другие номера). Дайте этим строкам номера и повторите.",
                f"The register {shown} is unchanged: what was written would read back differently (rows without a "
                "number may get other numbers, for instance). Number those rows and try again.",
            )
        )
