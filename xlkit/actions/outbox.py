"""Look into the outbox, send what waits or failed, and settle what is in doubt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.mail.addresses import address_of
from xlkit.mail.connection import tls_context
from xlkit.mail.delivery import CLOCK, Clock, claimed_outbox, deliver
from xlkit.mail.imap import witnessed
from xlkit.mail.outbox import FAILED, IN_DOUBT, QUEUED, REFUSED, SENDING, WITHDRAWN, Outbox, Standing
from xlkit.mail.smtp import SmtpServer
from xlkit.settings import MailSettings, home, read_settings
from xlkit.texts import Text

OUTBOX = "outbox.sqlite"
_ARRIVED = dt.timedelta(minutes=15)
"""After this time a letter that the witness has not got did not go out."""

Witness = Callable[[MailSettings, Sequence[str]], set[tuple[str, str]]]


@dataclass(frozen=True)
class OutboxResult:
    """Letters and how they stand; ``trouble`` is why not all could be tried."""

    standings: tuple[Standing, ...]
    trouble: Text | None = None

    @property
    def exit_code(self) -> int:
        """1 while anything failed, was refused or is in doubt, or could not be tried."""
        wrong = any(one.state in (FAILED, REFUSED, IN_DOUBT, SENDING) for one in self.standings)
        return EXIT_FINDINGS if wrong or self.trouble is not None else EXIT_OK


def outbox_path() -> Path:
    """The outbox of this person's letters."""
    return home() / OUTBOX


def mail_settings(to_send: bool = True) -> MailSettings:
    """The settings of the mail, with addresses and authority checked. XlkitError where they are not set or wrong."""
    settings = read_settings().mail
    if settings is None or not settings.sender or (to_send and not settings.smtp_host):
        raise XlkitError(
            Text("Почта не настроена: выполните xlkit mail setup", "The mail is not set up: run xlkit mail setup")
        )
    if settings.ca_file:
        tls_context(settings)  # a file that is missing is told before anything is sealed and queued
    witness = address_of(settings.witness) if settings.witness else ""
    return replace(settings, sender=address_of(settings.sender), witness=witness)


def connection_of(settings: MailSettings) -> Callable[[], SmtpServer]:
    """What makes the connection when it is needed."""
    return lambda: SmtpServer(settings)


def deliver_now(
    outbox: Outbox, settings: MailSettings, clock: Clock = CLOCK, progress: Callable[[str], None] = lambda _: None
) -> Text | None:
    """Send what is due by the settings' server; why not all could be tried, as where another process is at it."""
    try:
        return deliver(
            outbox,
            connection_of(settings),
            witness=settings.witness,
            per_minute=settings.per_minute,
            clock=clock,
            progress=progress,
        )
    except XlkitError as error:
        return error.text


@contextmanager
def _opened(path: str | Path | None) -> Iterator[Outbox]:
    """An outbox: one's own, or the one in a file that must be there."""
    if path is not None and not Path(path).is_file():
        raise XlkitError(Text(f"Журнала писем {path} нет", f"There is no journal of letters {path}"))
    with Outbox(path or outbox_path()) as outbox:
        yield outbox


def list_letters(path: str | Path | None = None) -> OutboxResult:
    """All letters, oldest first. ``path`` names another outbox than one's own: the ledger of a gate."""
    with _opened(path) as outbox:
        return OutboxResult(tuple(outbox.standings()))


def waiting(path: str | Path | None = None) -> tuple[int, int]:
    """How many letters wait, and of how many it is not known whether they have gone out."""
    if path is None and not outbox_path().is_file():
        return 0, 0
    with _opened(path) as outbox:
        counted = (outbox.standings(states=states) for states in ((QUEUED,), (IN_DOUBT, SENDING)))
        waits, doubtful = (len({one.message_id for one in standings}) for standings in counted)
    return waits, doubtful


def retry(
    message_ids: Sequence[str] = (),
    path: str | Path | None = None,
    *,
    delivered: Callable[[str], None] = lambda _: None,
    clock: Clock = CLOCK,
) -> OutboxResult:
    """Send what is due; named letters at once, also where they failed or were refused.

    XlkitError for a letter that is unknown, was sent, or is in doubt.
    """
    settings = mail_settings()
    with _opened(path) as outbox:
        for message_id in message_ids:
            _again(outbox, message_id, clock.now())
        trouble = deliver_now(outbox, settings, clock, delivered)
        chosen = [one for one in outbox.standings() if not message_ids or one.message_id in message_ids]
        return OutboxResult(tuple(chosen), trouble)


def _again(outbox: Outbox, message_id: str, now: dt.datetime) -> None:
    outbox.letter(message_id)
    standings = outbox.standings(message_id)
    again = [one.address for one in standings if one.state in (FAILED, REFUSED, QUEUED)]
    if not again:
        said = Text(f"Письмо {message_id} уже отправлено", f"The letter {message_id} was sent already")
        if any(one.state == WITHDRAWN for one in standings):
            said = Text(
                f"Письмо {message_id} отозвано: его сменила новая версия. Если верна прежняя книга, отправьте её "
                "снова: xlkit send",
                f"The letter {message_id} was withdrawn for a newer version. If the earlier workbook is right, send it "
                "again: xlkit send",
            )
        if any(one.state in (IN_DOUBT, SENDING) for one in standings):
            said = Text(
                f"Неизвестно, ушло ли письмо {message_id}: выполните xlkit mail resolve",
                f"It is not known whether the letter {message_id} went out: run xlkit mail resolve",
            )
        raise XlkitError(said)
    outbox.requeue(message_id, again, now)


def resolve(path: str | Path | None = None, *, clock: Clock = CLOCK, witness: Witness = witnessed) -> OutboxResult:
    """Ask the witness's mailbox about the letters in doubt: those that it has got were sent.

    What it has not got after 15 minutes is queued again, with the same Message-ID; the rest stays in doubt. XlkitError
    where there is doubt and no witness can be asked.
    """
    with _opened(path) as outbox, claimed_outbox(outbox):
        doubtful = outbox.standings(states=(IN_DOUBT,))
        if not doubtful:
            return OutboxResult(())
        settings = read_settings().mail
        if settings is None or not settings.witness or not settings.imap_host:
            raise XlkitError(_NO_WITNESS.format(ids=", ".join(sorted({one.message_id for one in doubtful}))))
        asked = sorted({one.message_id for one in doubtful if one.transfer})
        found = witness(settings, asked) if asked else set()
        now = clock.now()
        for one in doubtful:
            if one.transfer and (one.message_id, one.transfer) in found:
                outbox.resolve(one.message_id, [one.address], now)
            elif one.transfer and now - one.changed_at >= _ARRIVED:
                outbox.requeue(one.message_id, [one.address], now)
        return OutboxResult(_of(outbox, {one.message_id for one in doubtful}))


def decide(message_id: str, was_sent: bool, path: str | Path | None = None, *, clock: Clock = CLOCK) -> OutboxResult:
    """A person's own word on a letter in doubt: it was sent, or it is to be sent again. XlkitError: it is not."""
    with _opened(path) as outbox, claimed_outbox(outbox):
        outbox.letter(message_id)
        doubtful = [one.address for one in outbox.standings(message_id, (IN_DOUBT,))]
        if not doubtful:
            raise XlkitError(Text(f"О письме {message_id} нет сомнений", f"The letter {message_id} is not in doubt"))
        (outbox.resolve if was_sent else outbox.requeue)(message_id, doubtful, clock.now())
        return OutboxResult(_of(outbox, {message_id}))


def _of(outbox: Outbox, message_ids: set[str]) -> tuple[Standing, ...]:
    return tuple(one for one in outbox.standings() if one.message_id in message_ids)


_NO_WITNESS = Text(
    "Неизвестно, ушли ли письма: {ids}. Ящик, в который приходят копии (witness), не настроен, поэтому решаете вы. "
    "Узнайте у получателя и выполните xlkit mail resolve НОМЕР --sent (дошло) или --again (отправить ещё раз)",
    "It is not known whether these letters went out: {ids}. No mailbox gets copies (witness), so you decide: ask the "
    "recipient, then run xlkit mail resolve ID --sent (it arrived) or --again (send it once more)",
)
