"""Send workbooks: checked, sealed, put into the outbox and delivered; one letter per workbook to all its recipients."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlkit.actions.check import VALID, CheckResult, FileCheck, check
from xlkit.actions.outbox import deliver_now, mail_settings, outbox_path
from xlkit.actions.seal import Order, Seal, file_sha256, seal_checked, signing_key, write_seal
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError, system_reason
from xlkit.finding import Severity
from xlkit.mail.addresses import addresses_of
from xlkit.mail.delivery import CLOCK, Clock
from xlkit.mail.message import SUBMISSION, Attachment, Draft, compose, message_id_of, subject_of
from xlkit.mail.outbox import IN_DOUBT, QUEUED, SENDING, SENT, WITHDRAWN, Letter, Outbox, Standing
from xlkit.report.letter import Submission, form_title, letter_html, letter_text
from xlkit.report.protocol import check_page
from xlkit.rules.registered import Register
from xlkit.safefile import write_file
from xlkit.seal.keys import Key
from xlkit.seal.manifest import manifest_path, sha256_of, signature_path
from xlkit.settings import MailSettings
from xlkit.texts import Text, is_one_line, using_language
from xlkit.values import cluster_key

PROTOCOL = "protocol.html"
Step = Callable[[str], None]
Enclosed = tuple[Attachment, ...]
Holders = dict[tuple[str, str], Standing]
Compose = Callable[[Enclosed], Letter]
"""Makes a file's letter with what else is to be enclosed."""


@dataclass(frozen=True)
class SentFile:
    """One file: why it was refused, or its letter to ``recipients`` and how things stand for everybody.

    ``had`` is how it stood before for those who have this very workbook from an earlier letter: they are left out of
    this one. ``already``: nothing new was queued. ``eml`` is where a dry run has put the letter.
    """

    file: str
    check: FileCheck
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    refusal: Text | None = None
    already: bool = False
    standings: tuple[Standing, ...] = ()
    had: tuple[Standing, ...] = ()
    eml: Path | None = None

    @property
    def is_sent(self) -> bool:
        """Sent to everybody, or written by a dry run."""
        return self.eml is not None or (bool(self.standings) and all(one.state == SENT for one in self.standings))


@dataclass(frozen=True)
class SendResult:
    """Every file in the order of the arguments.

    ``made`` is the signing key that had to be made first, ``trouble`` why not all letters could be tried,
    ``withdrawn`` the waiting letters that will not go out any more: a newer version takes their place.
    """

    files: tuple[SentFile, ...]
    made: Key | None = None
    trouble: Text | None = None
    withdrawn: tuple[Standing, ...] = ()

    @property
    def exit_code(self) -> int:
        return EXIT_OK if self.trouble is None and all(one.is_sent for one in self.files) else EXIT_FINDINGS


def send(
    files: Sequence[str],
    to: Sequence[str] = (),
    register: Register | None = None,
    allow_findings: str = "",
    dry_run: str | Path | None = None,
    *,
    checked: Step | None = None,
    delivered: Step = lambda _: None,
    clock: Clock = CLOCK,
) -> SendResult:
    """Send each file to ``to``, else to the addresses of its cluster in the register, else as the settings say.

    A workbook with error findings goes out only with a reason (``allow_findings``), which the message and the
    manifest tell. ``dry_run`` names a folder for the letters, and nothing is sent, queued or sealed beside the
    workbooks. ``checked`` and ``delivered`` are called with each file and each Message-ID. Never raises for what is
    wrong with one file; XlkitError where nothing can be sent at all.
    """
    settings = mail_settings(to_send=dry_run is None)
    named = _split(to) if to else _split([settings.recipient]) if settings.recipient else ()
    work = _Work(settings, addresses_of(named), register, _reason(allow_findings), clock)
    before = {file: file_sha256(file) for file in files}
    cases = [work.case(one, before[one.file]) for one in check(files, progress=checked).files]
    if dry_run is not None:
        cases, made = work.composed(cases, before, lambda case, _, compose: _write(case, compose(()), Path(dry_run)))
        return SendResult(tuple(cases), made)
    with Outbox(outbox_path()) as outbox:
        withdrawn = set(outbox.standings(states=(WITHDRAWN,)))
        holders = _holders(outbox)
        cases = [work.known(case, before[case.file] or "", holders, outbox) for case in cases]
        cases, made = work.composed(cases, before, lambda case, seal, letter: _queue(case, seal, letter, outbox, clock))
        trouble = deliver_now(outbox, settings, clock, delivered)
        cases = [_stood(case, outbox) for case in cases]
        newly = [one for one in outbox.standings(states=(WITHDRAWN,)) if one not in withdrawn]
    return SendResult(tuple(cases), made, trouble, tuple(newly))


def _split(texts: Sequence[str]) -> list[str]:
    """What stands between commas and semicolons; an empty text stays: it is an unset variable of a script."""
    return [part for text in texts for part in re.split("[,;]", text.strip(" ,;"))]


def _reason(text: str) -> str:
    """The reason on one line; XlkitError where a person gave one that says nothing."""
    reason = " ".join(text.split())
    if text and not (reason and is_one_line(reason)):
        raise XlkitError(Text("Назовите причину (--allow-findings)", "Give a reason (--allow-findings)"))
    return reason


@dataclass(frozen=True)
class _Work:
    """What is the same for all files of one call."""

    settings: MailSettings
    to: tuple[str, ...]
    register: Register | None
    reason: str
    clock: Clock

    def case(self, one: FileCheck, sha256: str | None) -> SentFile:
        """To whom a file goes, or why it does not."""
        case = SentFile(one.file, one)
        if one.form is None or sha256 is None:
            said = one.findings[0].message if one.findings else Text("файл не читается", "it cannot be read")
            return replace(case, refusal=said)
        if one.verdict != VALID and not self.reason:
            return replace(case, refusal=_with_errors(one.count(Severity.ERROR)))
        try:
            recipients = self._recipients(one)
        except XlkitError as error:
            return replace(case, refusal=error.text)
        message_id = message_id_of(self.settings.sender, recipients, sha256, SUBMISSION)
        return replace(case, recipients=recipients, message_id=message_id)

    def known(self, case: SentFile, sha256: str, holders: Holders, outbox: Outbox) -> SentFile:
        """Only who has not got this workbook is written to; a letter that failed for them is tried anew."""
        if case.refusal is not None:
            return case
        had = [holders.get((sha256, one.casefold())) for one in case.recipients]
        missing = tuple(one for one, standing in zip(case.recipients, had, strict=True) if standing is None)
        case = replace(case, had=tuple(one for one in had if one is not None))
        if not missing:
            return replace(case, recipients=(), standings=case.had, already=True)
        own = message_id_of(self.settings.sender, missing, sha256, SUBMISSION)
        for message_id in (case.message_id, own):
            standings = outbox.standings(message_id)
            if standings and outbox.is_newest(message_id):
                outbox.requeue(message_id, missing, self.clock.now())
                return replace(case, recipients=missing, message_id=message_id, standings=tuple(standings))
        outbox.forget(own)  # its seal is older than that of the version sent since
        return replace(case, recipients=missing, message_id=own)

    def _recipients(self, one: FileCheck) -> tuple[str, ...]:
        if self.to:
            return self.to
        if self.register is None:
            raise XlkitError(_NO_RECIPIENT)
        cluster = self.register.cluster(one.cluster or "")
        if cluster is None:
            name = one.cluster or "—"
            raise XlkitError(Text(f"кластера «{name}» нет в реестре", f"the register has no cluster «{name}»"))
        if not cluster.emails:
            raise XlkitError(Text(f"у кластера «{cluster.id}» в реестре нет адреса", f"«{cluster.id}» has no address"))
        return addresses_of(cluster.emails)

    def composed(
        self, cases: Sequence[SentFile], before: dict[str, str | None],
        put: Callable[[SentFile, Seal, Compose], SentFile],
    ) -> tuple[list[SentFile], Key | None]:  # fmt: skip
        """Seal and compose what is new, and ``put`` it; all that can be refused is refused before anything goes out."""
        new = [case for case in cases if _is_new(case)]
        if not new:
            return list(cases), None
        now = self.clock.now()
        key, made = signing_key(now)
        orders = [
            Order(case.check, before[case.file], ", ".join(case.recipients), self._note(case), case.message_id)
            for case in new
        ]
        seals = iter(seal_checked(orders, key, now))

        def done(case: SentFile) -> SentFile:
            seal = next(seals)
            try:
                return put(case, seal, lambda more: self._letter(case, seal, before[case.file] or "", key, now, more))
            except XlkitError as error:
                return replace(case, refusal=error.text)

        return [done(case) if _is_new(case) else case for case in cases], key if made else None

    def _note(self, case: SentFile) -> str:
        """The reason stands only where it was needed."""
        return "" if case.check.verdict == VALID else self.reason

    def _letter(self, case: SentFile, seal: Seal, sha256: str, key: Key, now: dt.datetime, more: Enclosed) -> Letter:
        if seal.refusal is not None:
            raise XlkitError(seal.refusal)
        file, one = Path(case.file), case.check
        content = _content(file, sha256)
        told = Submission(one, self._note(case), key.fingerprint, sha256, now)
        with using_language("ru"):
            protocol = check_page(CheckResult((replace(one, file=file.name),)))
        enclosed = (
            Attachment(file.name, content),
            Attachment(manifest_path(file).name, seal.manifest),
            Attachment(signature_path(file).name, seal.signature),
            *more,
            Attachment(PROTOCOL, protocol),
        )
        subject = subject_of(
            self.settings.subject, form=form_title(one), cluster=one.cluster or "", name=one.name, period=one.period
        )
        draft = Draft(case.recipients, subject, letter_text(told), letter_html(told), enclosed, SUBMISSION, sha256)
        return replace(compose(self.settings, draft, now), topic=_topic(one))


def _topic(one: FileCheck) -> str:
    """What a workbook is a version of; empty where it does not say whose it is."""
    return "|".join([cluster_key(one.cluster), one.form or "", one.period]) if one.cluster else ""


def _is_new(case: SentFile) -> bool:
    """Whether a letter is to be made of it."""
    return case.refusal is None and not case.standings


def _content(file: Path, sha256: str) -> bytes:
    """The file's bytes, which are still those that were checked."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise XlkitError(system_reason(error)) from error
    if sha256_of(content) != sha256:
        raise XlkitError(Text("файл изменился, повторите", "the file has changed, try again"))
    return content


_NO_RECIPIENT = Text(
    "не указан получатель: --to АДРЕС, --register или recipient в настройках",
    "no recipient: --to ADDRESS, --register or «recipient» in the settings",
)


def _with_errors(count: int) -> Text:
    return Text(
        f"в книге ошибки ({count}): исправьте их (xlkit check) или назовите причину: --allow-findings «…»",
        f"it has errors ({count}): mend them (xlkit check) or give a reason: --allow-findings “…”",
    )


def _holders(outbox: Outbox) -> Holders:
    """Who has which workbook, or may have it, or will get it: by SHA-256 and address."""
    found = outbox.standings(states=(QUEUED, SENDING, SENT, IN_DOUBT))
    return {(one.workbook_sha256, one.address.casefold()): one for one in found if one.purpose == SUBMISSION}


def _stood(case: SentFile, outbox: Outbox) -> SentFile:
    """How it stands now for everybody: who had it before, and who is written to."""
    if case.refusal is not None:
        return case
    asked = {(one.message_id, one.address) for one in case.had} | {(case.message_id, one) for one in case.recipients}
    found = [one for letter in sorted({letter for letter, _ in asked}) for one in outbox.standings(letter)]
    stood = sorted((one for one in found if (one.message_id, one.address) in asked), key=lambda one: one.address)
    return replace(case, standings=tuple(stood))


def _queue(case: SentFile, seal: Seal, compose: Compose, outbox: Outbox, clock: Clock) -> SentFile:
    """Manifest and signatures lie beside the workbook before its letter can go out; a letter that will not do leaves
    nothing there."""
    letter = compose(())
    written = write_seal(seal)
    if written.refusal is not None:
        raise XlkitError(written.refusal)
    if written.external_signature is not None:
        path = written.external_signature
        letter = compose((Attachment(path.name, path.read_bytes()),))
    return replace(case, already=not outbox.queue(letter, clock.now()))


def _write(case: SentFile, letter: Letter, folder: Path) -> SentFile:
    name = Path(case.file).name
    path = folder / f"{name}.eml"
    number = 1
    while path.exists() and path.read_bytes().find(f"<{letter.message_id}>".encode()) < 0:
        number += 1
        path = folder / f"{name} ({number}).eml"
    write_file(path, letter.eml)
    return replace(case, eml=path)
