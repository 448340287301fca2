"""What the register expects: which submissions of which clusters, by which deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlkit.rules.edition import load_edition
from xlkit.rules.period import Period, read_period
from xlkit.rules.registered import Cluster, Register
from xlkit.texts import Text
from xlkit.values import folded

Identity = tuple[str, str, Period | None]
"""Cluster key, form and period (``None``: the plan)."""


@dataclass(frozen=True, slots=True)
class Due:
    """A submission that the register expects."""

    cluster: Cluster
    form: str
    period: Period | None
    deadline: str = ""


def due_submissions(register: Register) -> tuple[dict[Identity, Due], tuple[Text, ...]]:
    """What every cluster is to submit, in the register's order, and what of the register was not understood.

    The deadlines of a form name its periods; a form without deadlines is expected as a plan.
    """
    notes: list[Text] = []
    forms = {c.kind: c.form for c in register.clusters}
    periods = _due_periods(register, notes)
    due: dict[Identity, Due] = {}
    for cluster in register.clusters:
        form = forms[cluster.kind] if cluster.active else None
        for period, deadline in (periods.get(form) or {None: ""}).items() if form else ():
            if period is not None and not _within(cluster, form, period):
                continue
            due.setdefault((cluster.key, form or "", period), Due(cluster, form or "", period, deadline))
    unknown = [c.id for c in register.clusters if forms[c.kind] is None and c.active]
    if unknown:
        notes.append(
            Text(
                f"Вид кластера в реестре не соответствует ни одной форме, книги не ожидаются: {_some(unknown)}",
                f"The register's kind of these clusters fits no form, nothing is expected of them: {_some(unknown)}",
            )
        )
    left = [f"{c.id} ({c.status})" for c in register.clusters if not c.active]
    if left:
        notes.append(
            Text(
                f"По статусу в реестре книги не ожидаются: {_some(left)}",
                f"By their status in the register nothing is expected of: {_some(left)}",
            )
        )
    return due, (*register.notes, *notes)


def _within(cluster: Cluster, form: str | None, period: Period) -> bool:
    """Whether a period belongs to the cluster's programme; a cluster without a first year has every period."""
    return cluster.first_year is None or period.year in load_edition(form or "").years(cluster.first_year)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + ("…" if len(names) > 10 else "")


def _due_periods(register: Register, notes: list[Text]) -> dict[str, dict[Period | None, str]]:
    periods: dict[str, dict[Period | None, str]] = {}
    for one in register.deadlines:
        period = read_period(one.period)
        if period is None and one.period and "план" not in folded(one.period):
            notes.append(
                Text(
                    f"Период «{one.period}» в сроках реестра не понят и не учтён",
                    f"The period «{one.period}» in the register's deadlines was not understood and is left out",
                )
            )
            continue
        periods.setdefault(one.form, {})[period] = one.deadline
    return periods
