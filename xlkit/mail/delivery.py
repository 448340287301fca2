"""Delivery: what the outbox holds goes to the server, and every step is written down before the next."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from xlkit.claim import claimed
from xlkit.errors import XlkitError
from xlkit.mail.connection import TurnedAway
from xlkit.mail.imap import TRANSFER
from xlkit.mail.outbox import FAILED, IN_DOUBT, REFUSED, SENT, Letter, Outbox
from xlkit.mail.smtp import Answer, Declined, Lost, Server, Uncertain
from xlkit.texts import Text

_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Clock:
    """The time and waiting; tests have one of their own."""

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    sleep: Callable[[float], None] = time.sleep


CLOCK = Clock()


def deliver(
    outbox: Outbox,
    connect: Callable[[], Server],
    *,
    witness: str = "",
    per_minute: int = 30,
    clock: Clock = CLOCK,
    progress: Callable[[str], None] = lambda _: None,
) -> Text | None:
    """Send what is due, the newest version of each only; returns why not all could be tried, as where the server
    cannot be reached.

    ``witness`` gets a copy of each letter; at most ``per_minute`` letters go out in any minute, also of earlier
    runs; ``progress`` is called with each letter's Message-ID. XlkitError where another process delivers. What a
    killed process left is in doubt afterwards.
    """
    with claimed_outbox(outbox):
        outbox.withdraw_replaced(clock.now())
        line = _Line(connect)
        try:
            for message_id in outbox.due(clock.now()):
                _wait(outbox, per_minute, clock)
                line.send(outbox, message_id, witness, clock)
                progress(message_id)
        except TurnedAway as error:
            outbox.explain(error.code, error.said, clock.now())
            return error.text
        except XlkitError as error:
            return error.text
        finally:
            line.close()
    return None


@contextmanager
def claimed_outbox(outbox: Outbox) -> Iterator[None]:
    """Work on an outbox alone; what a killed process was sending is in doubt from then on. XlkitError: it is busy."""
    with claimed(outbox.path, _BUSY):
        outbox.doubt_interrupted()
        yield


_BUSY = Text(
    "Письма уже отправляет другой процесс xlkit: дождитесь его", "Another xlkit process is sending letters: wait for it"
)


def _wait(outbox: Outbox, per_minute: int, clock: Clock) -> None:
    """Until another letter may go out: a minute at most, as times to come (a clock set back) count for nothing."""
    now = clock.now()
    times = [at for at in outbox.transferred_since(now - _MINUTE) if at <= now]
    if len(times) >= per_minute:
        clock.sleep(max(0.0, (times[-per_minute] + _MINUTE - now).total_seconds()))


class _Line:
    """The connection in use; made when it is needed, and made anew after it was lost."""

    def __init__(self, connect: Callable[[], Server]) -> None:
        self._connect = connect
        self._server: Server | None = None
        self._used = False

    def send(self, outbox: Outbox, message_id: str, witness: str, clock: Clock) -> None:
        """Send one letter. A server that was only tired of the connection is asked once more."""
        letter = outbox.letter(message_id, clock.now())
        while True:
            if self._server is None:
                self._server, self._used = self._connect(), False
            try:
                answers = self._server.offer(letter.sender, _with(letter.recipients, witness), len(letter.eml))
            except Declined as declined:
                _note(outbox, letter, letter.recipients, declined.answer, clock, FAILED)
                return
            except Lost as lost:
                tired = self._used
                self.close()
                if tired:
                    continue
                outbox.postpone(message_id, letter.recipients, clock.now(), lost.answer.code, lost.answer.text)
                return
            self._used = True
            try:
                _transmit(outbox, self._server, letter, answers, witness, clock)
            except Lost:
                self.close()
            return

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _with(recipients: tuple[str, ...], witness: str) -> list[str]:
    known = {one.casefold() for one in recipients}
    return [*recipients, witness] if witness and witness.casefold() not in known else list(recipients)


def _transmit(
    outbox: Outbox, server: Server, letter: Letter, answers: dict[str, Answer], witness: str, clock: Clock
) -> None:
    """Write down the refusals, then send to the accepted. Lost: the connection is of no more use."""
    accepted = [one for one in letter.recipients if answers[one].is_yes]
    for address in letter.recipients:
        if address not in accepted:
            _note(outbox, letter, [address], answers[address], clock, REFUSED)
    if not accepted:
        server.withdraw()
        return
    is_witnessed = any(said.is_yes for one, said in answers.items() if one.casefold() == witness.casefold())
    transfer = uuid.uuid4().hex if is_witnessed else ""
    outbox.begin(letter.message_id, accepted, transfer, clock.now())
    eml = f"{TRANSFER}: {transfer}\r\n".encode() + letter.eml if transfer else letter.eml
    try:
        said = server.transmit(eml)
    except Uncertain as lost:
        _settle(outbox, letter, accepted, IN_DOUBT, lost.answer, clock)
        raise
    except Lost as lost:
        outbox.postpone(letter.message_id, accepted, clock.now(), lost.answer.code, lost.answer.text)
        raise
    except BaseException:  # Ctrl-C among others: whether the letter's end had gone out, nobody knows
        _settle(outbox, letter, accepted, IN_DOUBT, Answer(None, ""), clock)
        raise
    _note(outbox, letter, accepted, said, clock, FAILED)


def _note(outbox: Outbox, letter: Letter, addresses: Iterable[str], said: Answer, clock: Clock, never: str) -> None:
    """Sent, later, or ``never``."""
    if said.is_later:
        outbox.postpone(letter.message_id, addresses, clock.now(), said.code, said.text)
    else:
        _settle(outbox, letter, addresses, SENT if said.is_yes else never, said, clock)


def _settle(outbox: Outbox, letter: Letter, addresses: Iterable[str], state: str, said: Answer, clock: Clock) -> None:
    outbox.settle(letter.message_id, addresses, state, clock.now(), said.code, said.text)
