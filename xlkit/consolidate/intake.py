"""The intake: which workbook stands for which submission.

A submission is cluster × form × period. Every file that came ends in exactly one :class:`Standing`, and so does
every submission that the register expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from xlkit.books.extract import Extract, content_digest
from xlkit.consolidate.due import Due, Identity
from xlkit.errors import XlkitError
from xlkit.rules.edition import Edition, load_edition
from xlkit.rules.period import Period
from xlkit.rules.registered import Cluster, Register
from xlkit.texts import Text
from xlkit.values import cluster_key, folded, squeezed

UNSTATED = "не указано"


class Standing(StrEnum):
    """What became of a file, or of an expected submission."""

    ACCEPTED = "accepted"
    WITH_FINDINGS = "with_findings"
    TWICE = "submitted_twice"
    NOT_SUBMITTED = "not_submitted"
    REFUSED = "refused"
    REPEAT = "repeat"
    SUPERSEDED = "superseded"

    @property
    def word(self) -> Text:
        """The words a person reads."""
        return _WORDS[self]

    @property
    def enters(self) -> bool:
        """Whether the file's figures enter the свод."""
        return self in (Standing.ACCEPTED, Standing.WITH_FINDINGS)

    @property
    def live(self) -> bool:
        """Whether findings and differences of the file still matter: nothing else stands in for it."""
        return self.enters or self is Standing.TWICE


_WORDS = {
    Standing.ACCEPTED: Text("принято", "accepted"),
    Standing.WITH_FINDINGS: Text("принято с замечаниями", "accepted with findings"),
    Standing.TWICE: Text("представлено дважды", "submitted twice"),
    Standing.NOT_SUBMITTED: Text("не представлено", "not submitted"),
    Standing.REFUSED: Text("не принято", "refused"),
    Standing.REPEAT: Text("повтор", "repeat"),
    Standing.SUPERSEDED: Text("заменено", "superseded"),
}


@dataclass(frozen=True, slots=True)
class Passport:
    """Whose a submission is: from the register; the title sheet fills only what the register leaves empty."""

    id: str
    name: str = ""
    industry: str = UNSTATED
    region: str = UNSTATED
    district: str = UNSTATED


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that came: read or refused, with its counted findings and its time of modification."""

    file: str
    extract: Extract | None
    refusal: Text | None = None
    errors: int = 0
    warnings: int = 0
    modified: float = 0.0


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """One line of the intake: an expected submission, a file, or both. ``modified`` is the file's time, 0: none."""

    passport: Passport
    form: str
    period: Period | None
    standing: Standing
    expected: bool
    deadline: str = ""
    file: str | None = None
    errors: int = 0
    warnings: int = 0
    note: Text | None = None
    modified: float = 0.0

    @property
    def identity(self) -> Identity:
        return cluster_key(self.passport.id), self.form, self.period


@dataclass(frozen=True, slots=True)
class Preference:
    """Which of two different workbooks of one submission stands: these files, or the one changed last."""

    files: frozenset[str] = frozenset()
    newest: bool = False


# --- what came --------------------------------------------------------------------------------------------


def decide_intake(
    register: Register, due: Mapping[Identity, Due], arrivals: Sequence[Arrival], prefer: Preference
) -> tuple[IntakeLine, ...]:
    """The intake: what was expected in the register's order, then what nobody expected, then what was refused."""
    groups: dict[Identity, list[Arrival]] = {key: [] for key in due}
    refused = []
    for arrival in arrivals:
        reason = refusal_of(arrival, register)
        if reason is not None:
            refused.append(_refused_line(arrival, reason, register))
        elif arrival.extract is not None:
            groups.setdefault(identity_of(arrival.extract), []).append(arrival)
    lines = []
    for key, group in groups.items():
        lines += _lines(group, due.get(key), register, prefer)
    return (*lines, *refused)


def identity_of(extract: Extract) -> Identity:
    """Cluster × form × period of a submission."""
    return cluster_key(extract.cluster), extract.edition.form, extract.period


def refusal_of(arrival: Arrival, register: Register) -> Text | None:
    """Why a file is not accepted at all; ``None`` where it is."""
    extract = arrival.extract
    if extract is None:
        return arrival.refusal or Text("Книга не читается", "The workbook cannot be read")
    period = extract.title.text("period")
    if period and extract.period is None:
        return Text(
            f"Отчётный период «{period}» не распознан, и неизвестно, что это за отчёт: выберите период из списка",
            f"The reporting period «{period}» is not understood: choose one from the list",
        )
    name = extract.cluster
    if not name:
        return Text("На титуле не указан идентификатор кластера", "The title sheet names no cluster id")
    cluster = register.cluster(name)
    if cluster is None:
        return Text(
            f"Кластера «{name}» нет в реестре: проверьте идентификатор на титуле",
            f"The cluster «{name}» is not in the register: check the id on the title sheet",
        )
    form = extract.edition.form
    if cluster.form not in (None, form):
        title = extract.edition.book.title
        return Text(
            f"В реестре вид кластера — {cluster.kind}, а книга — форма «{title.ru}»",
            f"The register says {cluster.kind}, the workbook is the form «{title.en}»",
        )
    return None


def _refused_line(arrival: Arrival, reason: Text, register: Register) -> IntakeLine:
    extract = arrival.extract
    passport, form, period = Passport(""), "", None
    if extract is not None:
        passport = passport_of(register.cluster(extract.cluster), extract)
        form, period = extract.edition.form, extract.period
    return IntakeLine(
        passport,
        form,
        period,
        Standing.REFUSED,
        False,
        "",
        arrival.file,
        arrival.errors,
        arrival.warnings,
        reason,
        arrival.modified,
    )


def _lines(group: list[Arrival], due: Due | None, register: Register, prefer: Preference) -> list[IntakeLine]:
    """The lines of one submission: none came, one, repeats of one, or different ones."""
    if not group:
        assert due is not None
        where = passport_of(due.cluster, None, due.form)
        return [IntakeLine(where, due.form, due.period, Standing.NOT_SUBMITTED, True, due.deadline)]
    standings = _standings(group, prefer)
    lines = []
    for arrival in group:
        extract = arrival.extract
        assert extract is not None
        standing, note = standings[arrival.file]
        lines.append(
            IntakeLine(
                passport_of(register.cluster(extract.cluster), extract), extract.edition.form,
                extract.period, standing, due is not None, due.deadline if due else "", arrival.file,
                arrival.errors, arrival.warnings, note, arrival.modified,
            )
        )  # fmt: skip
    return lines


def _standings(group: list[Arrival], prefer: Preference) -> dict[str, tuple[Standing, Text | None]]:
    """Where each file of one submission stands; equal content counts once."""
    contents = _by_content(group)
    leads = [_lead(same, prefer) for same in contents]
    chosen, why = _chosen(contents, leads, prefer)
    found: dict[str, tuple[Standing, Text | None]] = {}
    for same, lead in zip(contents, leads, strict=True):
        repeat = Text(f"те же значения, что в книге {lead.file}", f"the same values as in {lead.file}")
        found |= {one.file: (Standing.REPEAT, repeat) for one in same}
        if chosen is None:
            found[lead.file] = Standing.TWICE, why
        elif lead is chosen:
            found[lead.file] = (Standing.WITH_FINDINGS if lead.errors else Standing.ACCEPTED), why
        else:
            instead = Text(f"в свод вошла книга {chosen.file}", f"{chosen.file} entered instead")
            found |= {one.file: (Standing.SUPERSEDED, instead) for one in same}
    return found


def _by_content(group: list[Arrival]) -> list[list[Arrival]]:
    if len(group) == 1:
        return [group]
    contents: dict[str, list[Arrival]] = {}
    for one in group:
        if one.extract is not None:
            contents.setdefault(content_digest(one.extract), []).append(one)
    return list(contents.values())


def _lead(same: list[Arrival], prefer: Preference) -> Arrival:
    """Which of several equal workbooks is named: the preferred or newest one, else the first."""
    if prefer.newest:
        return max(same, key=lambda one: one.modified)
    return next((one for one in same if one.file in prefer.files), same[0])


def _chosen(
    contents: list[list[Arrival]], leads: list[Arrival], prefer: Preference
) -> tuple[Arrival | None, Text | None]:
    """Which of different workbooks stands, and why; ``None`` where nothing says so."""
    if len(leads) == 1:
        return leads[0], None
    named = [lead for lead, same in zip(leads, contents, strict=True) if any(s.file in prefer.files for s in same)]
    if len(named) == 1:
        return named[0], Text("выбрана параметром --prefer", "chosen by --prefer")
    if prefer.newest:
        last = max(lead.modified for lead in leads)
        newest = [lead for lead in leads if lead.modified == last]
        if len(newest) == 1:
            return newest[0], Text("изменена последней", "changed last")
        return None, Text("книги изменены в одно и то же время", "the workbooks were changed at the same time")
    others = Text(
        "значения книг различаются, в свод не вошла ни одна: укажите --prefer",
        "the workbooks differ, neither entered the totals: use --prefer",
    )
    return None, others


# --- whose it is ------------------------------------------------------------------------------------------


def passport_of(cluster: Cluster | None, extract: Extract | None, form: str | None = None) -> Passport:
    """A submission's cluster with its industry, region and federal district, in the lists' own spelling."""
    edition = extract.edition if extract is not None else _edition(form)
    registered = cluster or Cluster("")

    def said(own: str, field: str) -> str:
        return squeezed(own) or (extract.title.text(field) if extract is not None else "")

    region = _listed(said(registered.region, "region"), edition.regions if edition else ())
    district = said(registered.federal_district, "district")
    if not district and edition is not None:
        district = edition.regions.get(region, "")
    return Passport(
        id=said(registered.id, "cluster_id"),
        name=said(registered.name, "cluster_name"),
        industry=_listed(said(registered.industry, "industry"), edition.industries if edition else ()),
        region=region,
        district=_listed(district, edition.districts if edition else ()),
    )


def _edition(form: str | None) -> Edition | None:
    try:
        return load_edition(form) if form else None
    except XlkitError:
        return None


def _listed(text: str, known: Iterable[str]) -> str:
    return next((one for one in known if folded(one) == folded(text)), text) or UNSTATED


# --- which of a cluster's submissions speaks for its plan -------------------------------------------------


def plan_speakers(lines: Sequence[IntakeLine]) -> frozenset[str]:
    """The files whose plan and indicators enter the totals: one per cluster and form.

    The plan itself where it came, else the submission of the latest period. Where two different plans came and
    nothing says which stands, none speaks.
    """
    came = [line for line in lines if line.standing.live and line.file]
    came.sort(key=lambda line: line.identity[:2])
    files = set()
    for _, group in groupby(came, key=lambda line: line.identity[:2]):
        mine = list(group)
        plans = [line for line in mine if line.period is None]
        latest = max((line.period for line in mine if line.period is not None), default=None)
        speaking = plans or [line for line in mine if line.period == latest]
        files |= {line.file for line in speaking if line.standing.enters and line.file}
    return frozenset(files)
