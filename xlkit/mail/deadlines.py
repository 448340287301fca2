"""Until when a submission is due, and whether it came in time. Moscow time, in which all deadlines are given.

A date without a time means the whole day, 23:59:59 inclusive; «15:00» means 15:00:00 inclusive.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xlkit.consolidate.due import Due, Identity, due_submissions
from xlkit.rules.edition import list_editions, load_edition
from xlkit.rules.mistakes import RuleBookError, problem
from xlkit.rules.period import Period, read_period
from xlkit.rules.registered import Deadline, Register
from xlkit.rules.yamlfile import YamlFile, read_yaml
from xlkit.texts import Text
from xlkit.values import cluster_key, folded

MOSCOW = dt.timezone(dt.timedelta(hours=3), "МСК")
"""A fixed offset since 2014: no time zone database is needed, and none can be out of date."""

_MONTHS = ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_DATE = re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>20[0-9]{2})(?: ?г(?:ода|\.)?)?")
_ISO = re.compile(r"(?P<y>20[0-9]{2})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
_WORDS = re.compile(r"(?P<d>[0-9]{1,2}) (?P<m>[а-я]{3})[а-я]* (?P<y>20[0-9]{2})(?: ?г(?:ода|\.)?)?")
_TIME = re.compile(r"[ t,]*(?:в |до )?(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.0+)?)?")
_MOSCOW = re.compile(r" ?\(?(?:мск|по московскому времени|московского времени|msk|\+03:?00)\)?")


@dataclass(frozen=True)
class Assignment:
    """What is due: a form of a period (``None``: the plan) until a moment inclusive.

    ``clusters`` are the keys of the clusters that it is for; empty: for all. ``written`` are these as they were given.
    """

    form: str
    period: Period | None
    deadline: dt.datetime
    clusters: frozenset[str] = frozenset()
    written: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Schedule:
    """Every submission that is expected, with its last second where it has one; ``notes`` on what was not understood.

    ``assigned`` are all deadlines, also of submissions that nobody expects.
    """

    due: Mapping[Identity, Due]
    assigned: tuple[Assignment, ...]
    notes: tuple[Text, ...] = ()

    def deadline(self, identity: Identity) -> dt.datetime | None:
        """The last second at which a submission is in time; ``None``: it has no deadline."""
        found = _assigned(self.assigned, identity)
        return found.deadline if found else None


def read_deadline(text: str) -> dt.datetime | None:
    """The last second that is in time, in Moscow time; ``None`` for what is no date or could be two."""
    plain = _MOSCOW.sub("", folded(text).removeprefix("до ").removeprefix("не позднее ")).strip(" .;")
    found = next((found for one in (_DATE, _ISO, _WORDS) if (found := one.match(plain))), None)
    if found is None:
        return None
    rest = plain[found.end() :].strip(" .;")
    time = _TIME.fullmatch(rest) if rest else None
    if rest and time is None:
        return None
    month = found["m"]
    number = int(month) if month.isdigit() else next((n for n, m in enumerate(_MONTHS, 1) if month == m), 0)
    if not month.isdigit() and month == "май":
        number = 5
    return _moment((int(found["y"]), number, int(found["d"])), time)


def _moment(date: tuple[int, int, int], time: re.Match[str] | None) -> dt.datetime | None:
    hour, minute, second = (23, 59, 59) if time is None else (int(time["h"]), int(time["min"]), int(time["s"] or 0))
    if (hour, minute, second) == (24, 0, 0):
        hour, minute, second = 23, 59, 59  # «до 24:00» is the end of that day
    try:
        return dt.datetime(*date, hour, minute, second, tzinfo=MOSCOW)
    except ValueError:
        return None


def is_late(received_at: dt.datetime, deadline: dt.datetime | None) -> bool:
    """Whether something came after the last second that was in time; parts of that second are in time."""
    return deadline is not None and received_at.replace(microsecond=0) > deadline


def schedule_of(register: Register, assignments: Sequence[Assignment] | None = None) -> Schedule:
    """What is expected of whom until when: by the register's «Сроки», or by ``assignments`` in their stead."""
    if assignments is None:
        given, notes = _of_register(register.deadlines)
        due, said = due_submissions(register)
        return Schedule(due, given, (*said, *notes))
    written = tuple(Deadline(one.form, str(one.period or "план"), "") for one in assignments)
    due, said = due_submissions(replace(register, deadlines=written))
    given = tuple(assignments)
    forms = {one.form for one in given}
    kept = {key: one for key, one in due.items() if key[1] not in forms or _assigned(given, key) is not None}
    return Schedule(kept, given, (*said, *_unknown_clusters(register, given)))


def _assigned(assignments: Sequence[Assignment], identity: Identity) -> Assignment | None:
    """The one that counts for a submission: what names the cluster goes before what is for all, then the last."""
    cluster, form, period = identity
    fitting = [one for one in assignments if (one.form, one.period) == (form, period)]
    mine = [one for one in fitting if cluster in one.clusters]
    general = [one for one in fitting if not one.clusters]
    chosen = mine or general
    return chosen[-1] if chosen else None


def _of_register(deadlines: Sequence[Deadline]) -> tuple[tuple[Assignment, ...], list[Text]]:
    found, notes = [], []
    for one in deadlines:
        moment, period = read_deadline(one.deadline), read_period(one.period)
        if period is None and one.period and "план" not in folded(one.period):
            continue  # the register's own notes tell that
        if moment is None:
            ru = f"Срок «{one.deadline}» в реестре не понят: пишите 10.11.2026 или 10.11.2026 15:00"
            notes.append(
                Text(ru, f"The register's deadline «{one.deadline}» is not understood: write 10.11.2026 15:00")
            )
            continue
        found.append(Assignment(one.form, period, moment))
    return tuple(found), notes


def _unknown_clusters(register: Register, assignments: Sequence[Assignment]) -> list[Text]:
    known = {one.key for one in register.clusters}
    written = {cluster_key(name): name for one in assignments for name in one.written}
    unknown = sorted({key for one in assignments for key in one.clusters} - known)
    names = ", ".join(written.get(key, key) for key in unknown)
    return [Text(f"Кластеров из сроков нет в реестре: {names}", f"Not in the register: {names}")] if unknown else []


# --- a file of assignments --------------------------------------------------------------------------------

_KEYS = {"form", "period", "deadline", "clusters"}


def read_assignments(path: Path) -> tuple[Assignment, ...]:
    """Read a YAML file with the list ``deadlines``; RuleBookError names each mistake with its line."""
    source = read_yaml(path)
    listed = source.data.get("deadlines") if isinstance(source.data, dict) else None
    if not isinstance(listed, list) or set(source.data) != {"deadlines"}:
        said = problem(path, 1, "нужен один список «deadlines»", "one list named deadlines is expected")
        raise RuleBookError([said])
    problems: list[Text] = []
    found: dict[tuple[str, Period | None, frozenset[str]], Assignment] = {}
    for number, one in enumerate(listed):
        assignment = _assignment(source, number, one, problems)
        if assignment is None:
            continue
        key = assignment.form, assignment.period, assignment.clusters
        if key in found:
            problems.append(_problem(source, number, "", "этот срок уже указан выше", "this deadline stands above"))
        found[key] = assignment
    if problems:
        raise RuleBookError(problems)
    return tuple(found.values())


def _assignment(source: YamlFile, number: int, one: Any, problems: list[Text]) -> Assignment | None:
    if not isinstance(one, dict) or not {"form", "period", "deadline"} <= set(one) <= _KEYS:
        ru = "у срока должны быть form, period, deadline и может быть список clusters, больше ничего"
        problems.append(_problem(source, number, "", ru, "expected: form, period, deadline and perhaps clusters"))
        return None
    before = len(problems)
    form = _form(str(one["form"]))
    if form is None:
        ru = f"форма «{one['form']}» неизвестна"
        problems.append(_problem(source, number, "form", ru, f"unknown form {one['form']!r}"))
    period = read_period(str(one["period"]))
    if period is None and "план" not in folded(str(one["period"])):
        ru = f"период «{one['period']}» не понят: пишите «план» или «2026, I квартал»"
        problems.append(_problem(source, number, "period", ru, f"the period {one['period']!r} is not understood"))
    deadline = read_deadline(str(one["deadline"]))
    if deadline is None:
        ru = f'срок «{one["deadline"]}» не понят: пишите "10.11.2026" или "10.11.2026 15:00"'
        problems.append(_problem(source, number, "deadline", ru, f"the deadline {one['deadline']!r} is not understood"))
    clusters = one.get("clusters", [])
    if not isinstance(clusters, list) or ("clusters" in one and not clusters):
        ru = "clusters — список идентификаторов; если срок для всех, уберите эту строку"
        problems.append(_problem(source, number, "clusters", ru, "clusters is a list of ids; leave it out for all"))
    if len(problems) > before or form is None or deadline is None:
        return None
    written = tuple(str(one).strip() for one in clusters)
    return Assignment(form, period, deadline, frozenset(map(cluster_key, written)), written)


def _problem(source: YamlFile, number: int, key: str, ru: str, en: str) -> Text:
    at = ("deadlines", number, key) if key else ("deadlines", number)
    return problem(source.path, source.line_of(at), ru, en)


def _form(name: str) -> str | None:
    """A form by its id or by its Russian title."""
    for form in sorted({path.parent.name for path in list_editions()}):
        if folded(name) in (folded(form), folded(load_edition(form).book.title.ru)):
            return form
    return None
