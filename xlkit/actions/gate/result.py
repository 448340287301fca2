"""What a run of the mailbox gate took in."""

from __future__ import annotations

from dataclasses import dataclass

from xlkit.errors import EXIT_FINDINGS, EXIT_NOTHING_TRIED, EXIT_OK
from xlkit.mail.ledger_lines import (
    ACCEPTED,
    DUPLICATE,
    IGNORED,
    NOTHING,
    QUARANTINED,
    RETURNED,
    MessageLine,
    SubmissionLine,
)
from xlkit.mail.outbox import FAILED, IN_DOUBT, REFUSED, Standing
from xlkit.mail.received import Missed
from xlkit.texts import Text


@dataclass(frozen=True)
class Taken:
    """A message that was taken in, with its workbooks; ``admitted``: it had been put aside by an earlier run."""

    message: MessageLine
    submissions: tuple[SubmissionLine, ...]
    admitted: bool = False


@dataclass(frozen=True)
class GateResult:
    """What a run took in.

    ``notes`` say what of the register and the deadlines was not understood and which messages put aside are lost;
    ``delivery`` why not all answers could be tried (``None``: all were, or none was to be); ``unsent`` are the answers
    that are not sent. ``missed`` are messages that the mailbox did not give, ``broken`` is why it could not be read to
    its end, ``lost`` are accepted workbooks whose files are gone.
    """

    taken: tuple[Taken, ...]
    notes: tuple[Text, ...] = ()
    delivery: Text | None = None
    unsent: tuple[Standing, ...] = ()
    missed: tuple[Missed, ...] = ()
    broken: Text | None = None
    lost: tuple[SubmissionLine, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Messages by state, and accepted workbooks that were late or repeats."""
        states = [one.message.state for one in self.taken]
        books = [line for one in self.taken for line in one.submissions]
        return {
            "messages": len(states),
            "admitted": sum(one.admitted for one in self.taken),
            **{state: states.count(state) for state in (ACCEPTED, RETURNED, QUARANTINED, IGNORED, NOTHING)},
            "receipts": sum(line.state == ACCEPTED for line in books),
            "repeats": sum(line.state == DUPLICATE for line in books),
            "late": sum(line.late and line.state == ACCEPTED for line in books),
        }

    @property
    def exit_code(self) -> int:
        """1 where a person is needed: something was put aside, missed or is doubtful, has not arrived or could not be
        sent; 2 where the mailbox could not be read to its end.
        """
        if self.broken is not None:
            return EXIT_NOTHING_TRIED
        stuck = any(one.state in (FAILED, REFUSED, IN_DOUBT) for one in self.unsent)
        books = [line for one in self.taken for line in one.submissions]
        aside = any(one.message.state == QUARANTINED or one.message.bounced for one in self.taken)
        odd = any(line.state == QUARANTINED or line.doubt for line in books)
        needed = stuck or aside or odd or self.missed or self.lost or self.delivery is not None
        return EXIT_FINDINGS if needed else EXIT_OK
