"""Which version of a submission counts, and why a person should look at one. Pure.

A later message counts, by the server's time. But nothing is replaced silently: where there is a reason to doubt that
the newcomer is meant to replace the version in force, that one stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from xlkit.mail.ledger_lines import ACCEPTED, DUPLICATE, SubmissionLine
from xlkit.texts import Text

EXACT, RE_SAVED = "EXACT", "RE-SAVED"
PROVEN = (EXACT, RE_SAVED)
"""Words of a seal that prove whose a workbook is."""

UNSEALED, SEVERAL, STALE, OLDER, FORGED = "unsealed", "several", "stale", "older seal", "forged"
DOUBTS = {
    UNSEALED: Text(
        "Прежние книги кластера подтверждены печатью, а эта нет: уточните у кластера, от него ли она",
        "Earlier workbooks of the cluster have a proven seal, this one has not: ask the cluster whether it is theirs",
    ),
    SEVERAL: Text(
        "В письме несколько разных книг одной формы и периода, неясно, какая верна: верную нужно прислать отдельно",
        "The message holds several different workbooks of one form and period: send the right one by itself",
    ),
    STALE: Text(
        "Книга с этим содержанием уже была, и после неё принята другая: действует другая",
        "A workbook of this content came before, and another one after it: the other one counts",
    ),
    OLDER: Text(
        "Книга опечатана раньше, чем действующая: похоже, письмо задержалось или отправлено снова",
        "It was sealed before the one that counts: the message seems to be a delayed or repeated one",
    ),
    FORGED: Text(
        "Почтовый сервер не подтвердил отправителя (SPF, DKIM, DMARC): уточните у кластера, от него ли книга",
        "The mail server could not confirm the sender (SPF, DKIM, DMARC): ask the cluster whether it is theirs",
    ),
}
"""Why a person should look at a workbook, by the ledger's word for it."""
KEEPING = (SEVERAL, STALE, OLDER, FORGED)
"""With these doubts a workbook does not take the place of the version in force."""


def said_of(line: SubmissionLine) -> Text:
    """The doubt about a workbook in words; empty where there is none."""
    if line.doubt != UNSEALED:
        return DOUBTS.get(line.doubt, Text("", ""))
    how = Text(f"печать {line.seal}", f"seal {line.seal}") if line.seal else _NO_SEAL
    return Text(f"{DOUBTS[UNSEALED].ru} ({how.ru})", f"{DOUBTS[UNSEALED].en} ({how.en})")


_NO_SEAL = Text("книга не опечатана", "it is not sealed")


def ordered(accepted: Iterable[SubmissionLine]) -> list[SubmissionLine]:
    """The accepted versions of a submission, the one in force last."""
    return sorted(accepted, key=lambda one: (_since(one), one.version))


def _since(one: SubmissionLine) -> dt.datetime:
    return one.counts_from or _NEVER


_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def settled(current: SubmissionLine, mine: Iterable[SubmissionLine]) -> SubmissionLine:
    """The version in force as it stands now: what came since may have settled the doubt about it.

    ``mine`` are all workbooks of its submission. The same content with a proven seal settles every doubt, the same
    sent by itself the doubt which of several is meant.
    """
    repeats = [
        one
        for one in mine
        if (one.state, one.receipt) == (DUPLICATE, current.receipt) and one.message_key != current.message_key
    ]
    proof = next((one for one in repeats if one.seal in PROVEN), None)
    if proof is not None and current.seal not in PROVEN:
        current = replace(current, seal=proof.seal, seal_why=proof.seal_why)
    alone = next((one for one in repeats if current.doubt == SEVERAL and not one.doubt), None)
    at = min((one.received_at for one in (proof, alone) if one is not None), default=None)
    at = max((one for one in (at, current.settled_at) if one is not None), default=None)
    return current if at is None else replace(current, why="", doubt="", settled_at=at)


def doubtful(current: SubmissionLine, mine: Sequence[SubmissionLine]) -> list[SubmissionLine]:
    """What a person should look at of a submission; ``current`` as :func:`settled` gives it, ``mine`` as there."""
    since = max(_since(current), current.settled_at or _NEVER)
    found = [current] if current.doubt else []
    for one in mine:
        is_current = (one.message_key, one.number) == (current.message_key, current.number)
        came = one.state in (ACCEPTED, DUPLICATE) and one.received_at >= since
        if one.doubt in KEEPING and came and not is_current and one.counts_from is None:
            found.append(one)
    return found
