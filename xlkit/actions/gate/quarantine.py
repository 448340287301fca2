"""Messages that were put aside: kept whole, listed for a person, and read again once the register knows their sender.

The register alone says who speaks for whom, so there is no other way in: an address that joins it lets in what came
from it before, as of the time when that came.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlkit.errors import EXIT_OK, XlkitError, system_reason
from xlkit.mail.deadlines import MOSCOW
from xlkit.mail.headers import address_key
from xlkit.mail.ledger import Ledger, begun
from xlkit.mail.ledger_lines import ACCEPTED, DUPLICATE, IGNORED, QUARANTINED, AsideLine, MessageLine, SubmissionLine
from xlkit.mail.received import Received, key_of
from xlkit.rules.registered import Register
from xlkit.safefile import write_file
from xlkit.texts import Text
from xlkit.values import cluster_key

QUARANTINE = "quarantine"
"""The folder of what was put aside, beside the ledger."""


@dataclass(frozen=True)
class Aside:
    """A message that somebody should look at, with its workbooks; ``path`` is where it lies whole, empty: nowhere.

    ``known``: its sender is in the register. ``near`` is the one cluster that has addresses of the same domain.
    """

    message: MessageLine
    submissions: tuple[SubmissionLine, ...]
    path: str = ""
    known: bool = False
    near: str = ""

    @property
    def is_likely(self) -> bool:
        """Whether it may well be a cluster's; all others are most likely nobody's."""
        return self.known or bool(self.near)


@dataclass(frozen=True)
class QuarantineResult:
    """All messages that were put aside, the newest first."""

    messages: tuple[Aside, ...]

    @property
    def exit_code(self) -> int:
        return EXIT_OK


def quarantine(intake: Path, register: Register) -> QuarantineResult:
    """What lies in quarantine. XlkitError where the intake has no ledger, or it cannot be read."""
    with begun(intake) as ledger:
        return QuarantineResult(tuple(reversed(aside_messages(ledger, register))))


def aside_messages(ledger: Ledger, register: Register) -> list[Aside]:
    """Messages in quarantine, also those of which one workbook is, and automatic ones with workbooks; oldest first."""
    paths = {one.message.key: one.path for one in ledger.aside()}
    books: dict[str, list[SubmissionLine]] = defaultdict(list)
    for line in ledger.submissions():
        books[line.message_key].append(line)
    owners = _owners(register)
    return [
        Aside(one, tuple(books[one.key]), paths.get(one.key, ""), one.sender in owners, _near(one.sender, owners))
        for one in ledger.messages()
        if one.state == QUARANTINED
        or any(line.state == QUARANTINED for line in books[one.key])
        or (one.state == IGNORED and one.books and not one.bounced)
    ]


def still_open(
    asides: Sequence[Aside], submissions: Sequence[SubmissionLine], messages: Sequence[MessageLine]
) -> list[Aside]:
    """Without what was settled since: its workbooks were accepted otherwise, or its sender had another one accepted.

    ``submissions`` and ``messages`` are all of the ledger.
    """
    accepted = [line for line in submissions if line.state in (ACCEPTED, DUPLICATE)]
    books = {line.workbook_sha256 for line in accepted}
    senders = {one.key: one.sender for one in messages}
    last: dict[str, dt.datetime] = {}
    for line in accepted:
        sender = senders[line.message_key]
        last[sender] = max(line.received_at, last.get(sender, line.received_at))
    found = []
    for one in asides:
        waiting = {line.workbook_sha256 for line in one.submissions if line.state == QUARANTINED}
        since = last.get(one.message.sender)
        if not (waiting and waiting <= books) and not (since is not None and since > one.message.received_at):
            found.append(one)
    return found


def lost_files(intake: Path, submissions: Sequence[SubmissionLine]) -> tuple[SubmissionLine, ...]:
    """Accepted workbooks that are not where they were put."""
    return tuple(line for line in submissions if line.state == ACCEPTED and not (intake / line.path).is_file())


def _owners(register: Register) -> dict[str, set[str]]:
    """Addresses and domains (``@b.ru``) of the register, each with the ids of its clusters."""
    owners: dict[str, set[str]] = defaultdict(set)
    for cluster in register.clusters:
        for address in map(address_key, cluster.emails):
            owners[address].add(cluster.id)
            owners[_domain(address)].add(cluster.id)
    return owners


def _domain(address: str) -> str:
    return f"@{address.rpartition('@')[2]}"


def _near(sender: str, owners: dict[str, set[str]]) -> str:
    """A domain that several clusters use is a public one and says nothing."""
    found = owners.get(_domain(sender), set())
    return next(iter(found)) if sender not in owners and len(found) == 1 else ""


# --- the gate's part --------------------------------------------------------------------------------------


def keep(intake: Path, received: Received) -> str:
    """Keep a message whole; where, below the intake folder: the same for the same message."""
    moment = received.received_at.astimezone(MOSCOW)
    path = f"{QUARANTINE}/{moment:%Y-%m-%d_%H%M%S}_{received.key[:12]}.eml"
    write_file(intake / path, received.content)
    return path


def admissible(line: AsideLine, books: Sequence[SubmissionLine], clusters: frozenset[str]) -> bool:
    """Whether a message would be judged otherwise now that its sender speaks for some clusters."""
    if not line.clusters:
        return bool(clusters)
    new = clusters - line.clusters
    return any(one.state == QUARANTINED and cluster_key(one.cluster) in new for one in books)


def kept(intake: Path, line: AsideLine) -> Received:
    """A message as it came. XlkitError where its file is gone or another one."""
    path = intake / line.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise XlkitError(_lost(path, line, system_reason(error))) from error
    if key_of(content) != line.message.key:
        raise XlkitError(_lost(path, line, Text("файл изменён", "the file was changed")))
    return Received(line.message.key, "", line.message.received_at, content, line.cut)


def _lost(path: Path, line: AsideLine, why: Text) -> Text:
    return Text(
        f"Отложенное письмо {path} от {line.message.sender} не принять ({why.ru}): попросите прислать его снова",
        f"The message {path} of {line.message.sender} cannot be taken in ({why.en}): ask for it once more",
    )
