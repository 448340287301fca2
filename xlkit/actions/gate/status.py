"""Who has submitted, who is late, who owes what: the gate's ledger against what the register expects."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlkit.actions.gate.quarantine import Aside, aside_messages, lost_files, still_open
from xlkit.consolidate.due import Due, Identity
from xlkit.errors import EXIT_OK
from xlkit.mail.deadlines import Assignment, Schedule, is_late, schedule_of
from xlkit.mail.ledger import begun
from xlkit.mail.ledger_lines import ACCEPTED, DUPLICATE, RETURNED, MessageLine, SubmissionLine
from xlkit.mail.outbox import FAILED, IN_DOUBT, QUEUED, REFUSED, Standing
from xlkit.mail.versions import doubtful, ordered, settled
from xlkit.rules.period import Period, read_period
from xlkit.rules.registered import Cluster, Register
from xlkit.texts import Text
from xlkit.values import cluster_key

SUBMITTED, OVERDUE, DUE = "submitted", "overdue", "due"


@dataclass(frozen=True)
class StatusLine:
    """A submission: ``state`` is submitted, returned, overdue or due (not yet, or without a deadline).

    ``current`` is the workbook that counts, or the last one that went back; ``first`` the first of the accepted ones,
    of those in time if there are any: it decides whether the submission was in time, whatever came later.
    ``doubtful`` are workbooks of it about which a person should decide. ``returned_later``:
    after the one that counts another came and went back. ``overdue``: it is not submitted and its
    deadline has passed.
    """

    cluster: Cluster
    form: str
    period: Period | None
    state: str
    expected: bool
    deadline: dt.datetime | None = None
    current: SubmissionLine | None = None
    first: SubmissionLine | None = None
    doubtful: tuple[SubmissionLine, ...] = ()
    returned_later: bool = False
    overdue: bool = False

    @property
    def late(self) -> bool:
        """Whether it was submitted, and nothing of it in time."""
        return self.first is not None and self.first.late

    @property
    def late_correction(self) -> bool:
        """Whether it was submitted in time, and what counts is another version that came after the deadline."""
        if self.first is None or self.current is None or self.first.receipt == self.current.receipt:
            return False
        return self.current.late and not self.first.late


@dataclass(frozen=True)
class StatusResult:
    """Every submission that is expected or came, in the register's order, and what a person should look at.

    ``aside`` are messages in quarantine and automatic ones that enclosed workbooks, oldest first; ``unknown`` workbooks
    that went back and name no submission, ``unsent`` answers that are not sent. ``bounced`` are reports that an answer
    has not arrived at an address, ``lost`` accepted workbooks whose files are gone.
    """

    lines: tuple[StatusLine, ...]
    aside: tuple[Aside, ...]
    unknown: tuple[SubmissionLine, ...]
    unsent: tuple[Standing, ...]
    notes: tuple[Text, ...] = ()
    bounced: tuple[tuple[MessageLine, str], ...] = ()
    lost: tuple[SubmissionLine, ...] = ()

    @property
    def doubtful(self) -> tuple[SubmissionLine, ...]:
        """Workbooks about which a person should decide: what counts and should not, or the other way round."""
        return tuple(one for line in self.lines for one in line.doubtful)

    @property
    def counts(self) -> dict[str, int]:
        """Expected submissions by state, and of those that were submitted the late ones and the late corrections."""
        expected = [line for line in self.lines if line.expected]
        states = Counter(line.state for line in expected)
        return {
            "expected": len(expected),
            **{state: states[state] for state in (SUBMITTED, RETURNED, OVERDUE, DUE)},
            "late": sum(line.late for line in expected),
            "late_corrections": sum(line.late_correction for line in expected),
            "unexpected": len(self.lines) - len(expected),
        }

    @property
    def exit_code(self) -> int:
        return EXIT_OK


def status(
    intake: Path, register: Register, now: dt.datetime, assignments: Sequence[Assignment] | None = None
) -> StatusResult:
    """How every submission stands at a moment. XlkitError where the intake has no ledger, or it cannot be read."""
    schedule = schedule_of(register, assignments)
    with begun(intake) as ledger:
        submissions, bounced = ledger.submissions(), ledger.bounces()
        aside = still_open(aside_messages(ledger, register), submissions, ledger.messages())
        unsent = ledger.standings(states=(QUEUED, FAILED, REFUSED, IN_DOUBT))
    came: dict[Identity, list[SubmissionLine]] = {}
    for line in submissions:
        if line.cluster and line.form and line.state in (ACCEPTED, DUPLICATE, RETURNED):
            came.setdefault(_identity(line), []).append(line)
    return StatusResult(
        tuple(_lines(register, schedule, came, now)),
        tuple(aside),
        tuple(_unknown(submissions)),
        tuple(unsent),
        schedule.notes,
        tuple(bounced),
        lost_files(intake, submissions),
    )


def _unknown(submissions: Sequence[SubmissionLine]) -> Iterable[SubmissionLine]:
    """Workbooks that went back and name no submission, unless their cluster has sent another one since."""
    last = {line.cluster: line.received_at for line in submissions if line.state == ACCEPTED}
    for line in submissions:
        named = bool(line.cluster and line.form)
        since = line.cluster in last and last[line.cluster] >= line.received_at
        if line.state == RETURNED and not named and not since:
            yield line


def _identity(line: SubmissionLine) -> Identity:
    return cluster_key(line.cluster), line.form, read_period(line.period) if line.period else None


def _lines(
    register: Register, schedule: Schedule, came: dict[Identity, list[SubmissionLine]], now: dt.datetime
) -> Iterable[StatusLine]:
    """What is expected in the register's order, then what came without being expected."""
    for key in dict.fromkeys([*schedule.due, *came]):
        due: Due | None = schedule.due.get(key)
        cluster = due.cluster if due is not None else register.cluster(key[0]) or Cluster(came[key][0].cluster)
        yield _line(key, cluster, due is not None, schedule.deadline(key), came.get(key, []), now)


def _line(
    key: Identity, cluster: Cluster, expected: bool, deadline: dt.datetime | None, mine: list[SubmissionLine],
    now: dt.datetime,
) -> StatusLine:  # fmt: skip
    """``mine`` are its workbooks, oldest first; late is what is late by the deadline of today."""
    if deadline is not None:  # it may have been moved since they came
        mine = [replace(one, deadline=deadline, late=is_late(one.received_at, deadline)) for one in mine]
    accepted = ordered(one for one in mine if one.state == ACCEPTED)
    # A repeat of what counts may have come before it and been read later.
    came = (one for one in mine if one.state in (ACCEPTED, DUPLICATE))
    first = min(came, key=lambda one: (one.late, one.received_at, one.version), default=None)
    passed = deadline is not None and now.replace(microsecond=0) > deadline
    _, form, period = key
    if accepted:
        current = settled(accepted[-1], mine)
        again = any(one.state == RETURNED and one.received_at > current.received_at for one in mine)
        doubts = tuple(doubtful(current, mine))
        return StatusLine(cluster, form, period, SUBMITTED, expected, deadline, current, first, doubts, again)
    if mine:
        return StatusLine(cluster, form, period, RETURNED, expected, deadline, mine[-1], overdue=passed)
    return StatusLine(cluster, form, period, OVERDUE if passed else DUE, expected, deadline, overdue=passed)
