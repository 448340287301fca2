"""A season at FIRPO's mailbox, with its plan: who sends what, and what the gate is to make of it.

The workbooks are the demo's with their planted faults; the plan is made from what was planted, not from a check.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

import openpyxl

from tests.mail.messages import WAYS, forwarded, message, part, zipped
from xlkit.actions.seal import CHANGED, EXACT, RE_SAVED, seal
from xlkit.demo.draft import Draft, approved_figures
from xlkit.demo.field import APPROVED_ON, make_field
from xlkit.demo.made import made_clusters, made_draft
from xlkit.finding import Severity
from xlkit.mail.deadlines import MOSCOW, Assignment
from xlkit.mail.ledger import (
    ACCEPTED,
    DUPLICATE,
    IGNORED,
    NOTHING,
    QUARANTINED,
    RETURNED,
    Ledger,
    receipt_number,
)
from xlkit.rules.catalogue import catalogue
from xlkit.rules.registered import Register
from xlkit.seal.manifest import manifest_path, signature_path
from xlkit.settings import MailSettings
from xlkit.templates.build import build_workbook

OWN = "irpo@example.org"
SETTINGS = MailSettings(sender=OWN, name="Почтовый ящик ИРПО", per_minute=100_000)
START = dt.datetime(2026, 11, 10, 9, tzinfo=MOSCOW)
SPECIAL = 14
"""Clusters beside the demo's field, one for each thing that can happen to a message."""
FEW = SPECIAL + 4
"""Clusters of the season that most tests share."""
STRANGER, STRANGERS = 6, "stranger@elsewhere.example.org"
"""The special case that comes from an address which the register does not know."""


@dataclass(frozen=True)
class Book:
    """What the ledger is to say of a workbook."""

    state: str
    file: str
    cluster: str
    version: int = 0
    receipt: str = ""
    seal: str = ""
    late: bool = False


@dataclass(frozen=True)
class Planned:
    """A message, and what the ledger is to say of it; receipts get their numbers in the order of the messages."""

    sender: str
    eml: bytes
    state: str
    books: tuple[Book, ...] = ()
    answered: bool = True
    workbook: bytes = b""
    """What a person would send with ``xlkit send``; empty: no such message is of its making."""

    @property
    def told(self) -> tuple[object, ...]:
        return self.sender, self.state, self.answered, self.books


@dataclass
class Scenario:
    """The register, the deadlines, and all messages in the order in which they come."""

    register: Register
    assignments: tuple[Assignment, ...]
    plan: list[Planned] = field(default_factory=list)

    def some(self, first: int, last: int) -> Scenario:
        """A season of some of the messages."""
        return replace(self, plan=list(_numbered(self.plan[first:last], START.year)))

    def moved(self, start: dt.datetime) -> Scenario:
        """The same season, begun at another time."""
        moved = [replace(one, deadline=one.deadline + (start - START)) for one in self.assignments]
        return replace(self, assignments=tuple(moved), plan=list(_numbered(self.plan, start.year)))

    def admitted(self) -> Scenario:
        """The same season once the register has the stranger's address: its message is in, under the last receipt."""
        owner = self.register.clusters[STRANGER - SPECIAL]
        count = sum(book.state == ACCEPTED for one in self.plan for book in one.books)
        book = Book(ACCEPTED, "Книга.xlsx", owner.id, 1, receipt_number(START.year, count + 1))
        plan = [
            replace(one, state=ACCEPTED, books=(book,), answered=True) if one.sender == STRANGERS else one
            for one in self.plan
        ]
        knowing = replace(owner, emails=(*owner.emails, STRANGERS))
        clusters = tuple(knowing if one is owner else one for one in self.register.clusters)
        return replace(self, plan=plan, register=replace(self.register, clusters=clusters))

    def put_eml(self, folder: Path) -> Path:
        """The messages as files, named against their order: only when they came decides it."""
        folder.mkdir(parents=True)
        for number, one in enumerate(self.plan):
            stamp = (START + dt.timedelta(minutes=number)).strftime("%a, %d %b %Y %H:%M:%S +0300")
            content = f"Received: from mx by irpo; {stamp}\r\n".encode() + one.eml
            (folder / f"{999 - number}.eml").write_bytes(content)
        return folder

    def put_maildir(self, folder: Path) -> Path:
        for name in ("new", "cur", "tmp"):
            (folder / name).mkdir(parents=True)
        for number, one in enumerate(self.plan):
            read = number % 2
            path = folder / ("cur" if read else "new") / f"{999 - number}.host{':2,S' if read else ''}"
            path.write_bytes(one.eml)
            moment = (START + dt.timedelta(minutes=number)).timestamp()
            os.utime(path, (moment, moment))
        return folder


def scenario(clusters: int) -> Scenario:
    """The demo's field of some clusters, and one cluster for each special case; ``XLKIT_HOME`` gets a key."""
    ordinary, special, books = _made(clusters)
    drafts = [*ordinary, *special]
    register = Register(
        "scenario",
        tuple(draft.cluster for draft in drafts),
        tuple(figure for draft in drafts for figure in draft.figures),
    )
    forms = sorted({draft.edition.form for draft in drafts})
    deadlines = [Assignment(form, None, START + dt.timedelta(days=30)) for form in forms]
    late = special[2]
    deadlines.append(Assignment(late.edition.form, None, START - dt.timedelta(days=1), frozenset({late.cluster.key})))
    made = Scenario(register, tuple(deadlines))
    for draft, way in zip(ordinary, cycle(WAYS), strict=False):
        made.plan.append(_ordinary(draft, books[draft.cluster.id], way))
    made.plan += _special(special, [books[draft.cluster.id] for draft in special])
    made.plan = list(_numbered(made.plan, START.year))
    return made


def _made(clusters: int) -> tuple[tuple[Draft, ...], tuple[Draft, ...], dict[str, bytes]]:
    """The drafts of the demo's field and of the special cases, and the workbook of each cluster."""
    special = [_drafted(cluster) for cluster in made_clusters(clusters + SPECIAL)[-SPECIAL:]]
    special[3] = _with_latin_letter(special[3])
    ordinary = make_field(clusters - SPECIAL - 2).drafts
    return ordinary, tuple(special), {draft.cluster.id: content_of(draft) for draft in (*ordinary, *special)}


def _drafted(cluster: object) -> Draft:
    draft = made_draft(cluster)  # type: ignore[arg-type]
    draft.figures = approved_figures(draft, APPROVED_ON)
    return draft


def _with_latin_letter(draft: Draft) -> Draft:
    """The register has a Russian «с» in the code, the workbook a Latin «c»."""
    changed = replace(draft, cluster=replace(draft.cluster, id=f"{draft.cluster.id}-с"))
    changed.figures = [replace(one, cluster=changed.cluster.id) for one in draft.figures]
    changed.title["cluster_id"] = f"{draft.cluster.id}-c"
    return changed


def content_of(draft: Draft) -> bytes:
    return build_workbook(draft.edition, draft.finish("")[0])


def _is_faulty(draft: Draft) -> bool:
    severities = {rule: one.severity for rule, one in catalogue().items()}
    severities |= {one.id: one.severity for one in draft.edition.book.relations}
    return any(severities.get(one.rule) is Severity.ERROR for one in draft.expected)


def _ordinary(draft: Draft, book: bytes, way: str) -> Planned:
    sender, name = draft.cluster.emails[0], f"Программа {draft.cluster.id}.xlsx"
    eml = message([part(name, book, way)], sender=sender, message_id=f"<{draft.cluster.emails[0]}>")
    if _is_faulty(draft):
        return Planned(sender, eml, RETURNED, (Book(RETURNED, name, draft.cluster.id),), workbook=book)
    return Planned(sender, eml, ACCEPTED, (Book(ACCEPTED, name, draft.cluster.id, 1),), workbook=book)


def _special(drafts: Sequence[Draft], books: list[bytes]) -> Iterator[Planned]:
    """Every special case; each has its cluster, and what comes later about it comes after all the others."""
    senders = [draft.cluster.emails[0] for draft in drafts]
    ids = [draft.cluster.id for draft in drafts]

    def sent(number: int, parts: list[bytes], sender: str = "", again: str = "") -> tuple[str, bytes]:
        who = sender or senders[number]
        eml = message(
            parts, sender=f"Колледж <{who}>", message_id=f"<{number}{again}@special>", subject=f"Книга {number}"
        )
        return who, eml

    def accepted(number: int, name: str = "Книга.xlsx", **more: object) -> tuple[Book, ...]:
        return (Book(ACCEPTED, name, ids[number], 1, **more),)  # type: ignore[arg-type]

    plain = part("Книга.xlsx", books[0])
    yield Planned(*sent(0, [plain]), ACCEPTED, accepted(0), workbook=books[0])
    for number in (1, 2, 3):
        book = accepted(number, late=number == 2)
        yield Planned(*sent(number, [part("Книга.xlsx", books[number])]), ACCEPTED, book, workbook=books[number])
    archive = zipped({"Отчёт/Книга.xlsx": books[4], "Отчёт/Пояснение.txt": "текст".encode()})
    yield Planned(*sent(4, [part("Отчёт.zip", archive)]), ACCEPTED, accepted(4))
    inner = message([part("Книга.xlsx", books[5], "koi8-r")], sender="director@elsewhere.example.org")
    yield Planned(*sent(5, [forwarded(inner)]), ACCEPTED, accepted(5))
    stranger = sent(STRANGER, [part("Книга.xlsx", books[STRANGER])], sender=STRANGERS)
    unknown = (Book(QUARANTINED, "Книга.xlsx", ""),)
    yield Planned(*stranger, QUARANTINED, unknown, answered=False, workbook=books[STRANGER])
    yield Planned(
        senders[7],
        message([plain], sender=senders[7], headers=["Auto-Submitted: auto-replied"], message_id="<7@special>"),
        IGNORED,
        answered=False,
    )
    foreign = (Book(QUARANTINED, "Книга.xlsx", ids[9]),)
    yield Planned(*sent(8, [part("Книга.xlsx", books[9])]), QUARANTINED, foreign, workbook=books[9])
    for number, change, word in ((9, None, EXACT), (10, _resaved, RE_SAVED), (11, _tampered, CHANGED)):
        parts = [part(name, content) for name, content in sealed(books[number], change).items()]
        yield Planned(*sent(number, parts), ACCEPTED, accepted(number, seal=word))
    yield Planned(*sent(12, [part("winmail.dat", b"\x78\x9f\x3e\x22")]), NOTHING)
    torn = books[13][: len(books[13]) // 2]
    yield Planned(*sent(13, [part("Книга.xlsx", torn)]), RETURNED, (Book(RETURNED, "Книга.xlsx", ids[13]),))
    # What comes again.
    again = (Book(DUPLICATE, "Копия.xlsx", ids[0], 1),)
    yield Planned(*sent(0, [part("Копия.xlsx", books[0])], again="a"), ACCEPTED, again)
    corrected = _other(drafts[1])
    yield Planned(*sent(1, [part("Книга.xlsx", corrected)], again="a"), ACCEPTED,
                  (Book(ACCEPTED, "Книга.xlsx", ids[1], 2),), workbook=corrected)  # fmt: skip
    yield Planned(*sent(13, [part("Книга.xlsx", books[13])], again="a"), ACCEPTED, accepted(13))


def _other(draft: Draft) -> bytes:
    """Another version of a clean workbook."""
    changed = replace(draft, title={**draft.title, "contact": "Новый ответственный"})
    return content_of(changed)


def sealed(book: bytes, change: Callable[[bytes], bytes] | None) -> dict[str, bytes]:
    """A workbook with manifest and signature, changed after it was sealed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Книга.xlsx"
        path.write_bytes(book)
        seal([str(path)], OWN)
        files = {one.name: one.read_bytes() for one in (path, manifest_path(path), signature_path(path))}
    return files | ({path.name: change(book)} if change is not None else {})


def _resaved(book: bytes) -> bytes:
    stream = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(book)).save(stream)
    return stream.getvalue()


def _tampered(book: bytes) -> bytes:
    """The contact person is another one: no rule minds."""
    stream = io.BytesIO()
    opened = openpyxl.load_workbook(io.BytesIO(book))
    sheet = opened["Титул"]
    row = next(row for row in range(1, 40) if str(sheet.cell(row, 1).value).startswith("Контактное лицо"))
    sheet.cell(row, 2).value = "Кто-то другой"
    opened.save(stream)
    return stream.getvalue()


def _numbered(plan: list[Planned], year: int) -> Iterator[Planned]:
    """The plan with the receipts' numbers."""
    given: dict[str, str] = {}
    count = 0
    for one in plan:
        books = []
        for book in one.books:
            if book.state == ACCEPTED:
                count += 1
                given[book.cluster] = receipt_number(year, count)
            books.append(replace(book, receipt=given[book.cluster] if book.version else ""))
        yield replace(one, books=tuple(books))


def told_by(path: Path) -> list[tuple[object, ...]]:
    """What a ledger says, in the words of the plan."""
    ledger = Ledger(path)
    books: dict[str, list[Book]] = {}
    for line in ledger.submissions():
        books.setdefault(line.message_key, []).append(
            Book(line.state, line.file, line.cluster, line.version, line.receipt, line.seal, line.late)
        )
    told = [(one.sender, one.state, bool(one.answer), tuple(books.get(one.key, ()))) for one in ledger.messages()]
    ledger.close()
    return told


def dump_of(path: Path) -> str:
    """Every byte that a ledger holds, as SQL."""
    with sqlite3.connect(path) as connection:
        dumped = "\n".join(connection.iterdump())
    connection.close()
    return dumped
