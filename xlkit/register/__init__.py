"""FIRPO's master register: clusters, approved figures, deadlines; from an .xlsx file or a database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from xlkit.register.database import read_database
from xlkit.register.emails import read_emails
from xlkit.register.figures import Forms, cluster_forms, form_names, read_figures
from xlkit.register.notes import Notes
from xlkit.register.places import find_place, unusable
from xlkit.register.tables import Record, Records, Tables, read_sheets
from xlkit.rules.edition import load_edition
from xlkit.rules.period import read_year
from xlkit.rules.registered import Cluster, Deadline, Figures, Register
from xlkit.rules.registerspec import FIGURES, register_spec
from xlkit.texts import Text
from xlkit.values import folded, squeezed

__all__ = ["READ", "read_register", "read_tables", "register_of"]

READ = ("clusters", *FIGURES, "deadlines")
"""The tables that make a register; the others are only kept in it."""


def read_register(source: str) -> Register:
    """Read a register from the path of an .xlsx or SQLite file or a database URL (``sqlite:///register.db``).

    What it holds and cannot be used is told in ``Register.notes``; nothing is passed over in silence. Raises
    XlkitError where there is no register or it lacks what it must have.
    """
    return register_of(read_tables(source, READ))


def read_tables(source: str, wanted: Collection[str]) -> Tables:
    """The wanted tables of a register as they stand; raises XlkitError."""
    place = find_place(source)
    if place.url is not None:
        return read_database(place, wanted)
    assert place.file is not None
    return read_sheets(place.file, wanted)


def register_of(tables: Tables) -> Register:
    """The register that its tables make; raises XlkitError where it has no clusters."""
    spec = register_spec()
    if "clusters" not in tables.records:
        raise unusable(tables.source, f"нет листа «{spec.sheets['clusters']}»", "there is no table of clusters")
    notes = Notes(tables)
    clusters = tuple(_clusters(tables.records["clusters"], notes))
    forms = cluster_forms(clusters)
    register = Register(
        source=tables.source,
        clusters=clusters,
        figures=Figures.joined(
            [read_figures(name, tables.records.get(name, Records()), forms, notes) for name in FIGURES]
        ),
        deadlines=tuple(_deadlines(tables.records.get("deadlines", Records()), notes)),
    )
    _say_missing_tables(tables, forms, notes)
    absent = frozenset(name for name in FIGURES if name not in tables.records)
    return replace(register, absent=absent, notes=notes.told())


def _clusters(records: Records, notes: Notes) -> list[Cluster]:
    clusters: dict[str, Cluster] = {}
    for record in records:
        one = _cluster(record)
        if not one.id:
            notes.say("clusters", record.number, Text("нет идентификатора кластера, строка не прочитана",
                                               "no cluster id, the row is left out"))  # fmt: skip
        elif one.key in clusters:
            notes.say("clusters", record.number, Text("кластер «{value}» записан дважды, взята первая запись",
                                               "the cluster «{value}» stands twice, the first record counts"),
                      one.id)  # fmt: skip
        else:
            clusters[one.key] = one
            if record.text("first_year") and one.first_year is None:
                notes.say("clusters", record.number, Text("«{value}» — не год, первый год программы не учтён",
                                                   "«{value}» is not a year, the first year is left out"),
                          record.text("first_year"))  # fmt: skip
            for unreadable in read_emails(record.text("emails"))[1]:
                notes.say("clusters", record.number, Text("«{value}» — не адрес электронной почты, он не учтён",
                                                   "«{value}» is no e-mail address, it is left out"),
                          unreadable)  # fmt: skip
    return list(clusters.values())


def _cluster(record: Record) -> Cluster:
    return Cluster(
        id=record.text("id"),
        name=record.text("name"),
        kind=record.text("kind"),
        industry=record.text("industry"),
        region=record.text("region"),
        federal_district=record.text("federal_district"),
        base_organisation=record.text("base_organisation"),
        first_year=read_year(record.text("first_year")),
        emails=read_emails(record.text("emails"))[0],
        status=record.text("status"),
    )


def _deadlines(records: Records, notes: Notes) -> list[Deadline]:
    names = form_names()
    deadlines = []
    for record in records:
        form = names.get(folded(record.text("form")))
        if form is None:
            notes.say("deadlines", record.number, Text("форма «{value}» неизвестна, срок не учтён",
                                                "unknown form «{value}», the deadline is left out"),
                      record.text("form"))  # fmt: skip
            continue
        deadlines.append(Deadline(form, squeezed(record.text("period")), record.text("deadline")))
    return deadlines


def _say_missing_tables(tables: Tables, forms_of: Forms, notes: Notes) -> None:
    """A table of approved plan figures that the forms of the register's clusters have and the register lacks."""
    forms = set(forms_of.values()) - {None}
    needed = {name for form in forms for name, t in load_edition(form or "").book.tables.items() if t.stage == "plan"}
    for name in FIGURES:
        if name in needed and name not in tables.records:
            sheet = register_spec().sheets[name]
            notes.add(Text(f"В реестре нет листа «{sheet}»: его значения не сверяются",
                           f"The register has no table «{sheet}» ({name}): its figures are not compared"))  # fmt: skip
