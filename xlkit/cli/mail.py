"""The commands about letters: send, mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from xlkit.cli import gate
from xlkit.cli.console import named_register, paint, progress, say, show
from xlkit.cli.wording import JSON, argument, command, group, option, place
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.settings import MailSettings, mail_mistake, read_settings
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.mail.delivery import Clock


@command(
    text=Text(
        "Отправить книги почтой: проверенные, опечатанные, с протоколом.",
        "Send workbooks by mail: checked, sealed, with a protocol.",
    ),
)
@argument("files", nargs=-1, required=True)
@option("--to", multiple=True, text=Text("Кому: адреса через запятую.", "To whom: addresses with commas."))
@option("--register", text=Text("Реестр: каждой книге — адреса её кластера.", "Register: its cluster's addresses."))
@option(
    "--allow-findings",
    "reason",
    default="",
    text=Text("Причина отправить книгу с ошибками.", "The reason to send a workbook with errors."),
)
@option(
    "--dry-run",
    "folder",
    callback=place,
    text=Text("Не отправлять: сложить письма .eml в папку.", "Send nothing: put the .eml letters into a folder."),
)
@option("--json", "as_json", is_flag=True, text=JSON)
def send(
    files: Sequence[str], to: Sequence[str], register: str | None, reason: str, folder: str | None, as_json: bool
) -> int:
    from xlkit.actions.send import send as action
    from xlkit.report.mail_text import send_document, send_text

    known = named_register(register)
    bar = progress(2 * len(files))
    with _telling_what_waits(), bar as step:
        result = action(
            files, to, known, reason, folder, checked=step, delivered=step or (lambda _: None), clock=_clock(bar)
        )
    show(send_document(result) if as_json else send_text(result, paint))
    return result.exit_code


@group(text=Text("Почта: журнал отправки, приём и настройка.", "Mail: the outbox, the gate and the account."))
def mail() -> None:
    """The commands about the mail."""


mail.add_command(gate.gate)
mail.add_command(gate.status)
mail.add_command(gate.quarantine)


_OUTBOX = option(
    "--outbox", "path", text=Text("Другой журнал: ledger.sqlite приёма.", "Another outbox: a gate's ledger.sqlite.")
)


@mail.command("outbox", text=Text("Показать письма и что с ними стало.", "Show the letters and what became of them."))
@_OUTBOX
@option("--json", "as_json", is_flag=True, text=JSON)
def outbox(path: str | None, as_json: bool) -> int:
    from xlkit.actions.outbox import list_letters
    from xlkit.report.mail_text import outbox_document, outbox_text

    result = list_letters(path)
    show(outbox_document(result) if as_json else outbox_text(result, paint))
    return result.exit_code


@mail.command(
    "retry", text=Text("Отправить то, что ждёт; названные письма — сразу.", "Send what waits; named letters at once.")
)
@argument("message_ids", nargs=-1)
@_OUTBOX
@option("--json", "as_json", is_flag=True, text=JSON)
def retry(message_ids: Sequence[str], path: str | None, as_json: bool) -> int:
    from xlkit.actions.outbox import retry as action
    from xlkit.actions.outbox import waiting
    from xlkit.report.mail_text import outbox_document, outbox_text

    bar = progress(waiting(path)[0])
    with _telling_what_waits(path), bar as step:
        result = action(message_ids, path, delivered=step or (lambda _: None), clock=_clock(bar))
    show(outbox_document(result) if as_json else outbox_text(result, paint))
    return result.exit_code


@contextmanager
def _telling_what_waits(path: str | None = None) -> Iterator[None]:
    """Ctrl-C leaves letters in the outbox: how many, and what sends them."""
    from xlkit.actions.outbox import waiting
    from xlkit.report.mail_text import waiting_text

    try:
        yield
    except KeyboardInterrupt:
        with suppress(XlkitError):
            say(*waiting_text(*waiting(path)))
        raise


def _clock(bar: progress) -> Clock:
    """A clock whose waiting is shown: the rate limit may take a minute."""
    from xlkit.mail.delivery import Clock

    def sleep(seconds: float) -> None:
        pause = Text(f"пауза {seconds:.0f} с (per_minute)", f"a pause of {seconds:.0f} s (per_minute)")
        bar.wait(seconds, pause)

    return Clock(sleep=sleep)


@mail.command(
    "resolve",
    text=Text(
        "Узнать у ящика с копиями, ушли ли письма, о которых это неизвестно.",
        "Ask the mailbox of copies whether letters in doubt went out.",
    ),
)
@argument("message_id", required=False)
@option("--sent", "word", flag_value="sent", text=Text("Письмо дошло.", "The letter arrived."))
@option("--again", "word", flag_value="again", text=Text("Отправить ещё раз.", "Send it once more."))
@_OUTBOX
@option("--json", "as_json", is_flag=True, text=JSON)
def resolve(message_id: str | None, word: str | None, path: str | None, as_json: bool) -> int:
    from xlkit.actions.outbox import decide
    from xlkit.actions.outbox import resolve as action
    from xlkit.report.mail_text import NO_DOUBT, outbox_document, outbox_text

    if (message_id is None) != (word is None):
        raise XlkitError(
            Text("Назовите письмо и --sent или --again, либо ничего", "Name a letter and --sent or --again, or nothing")
        )
    result = action(path) if message_id is None else decide(message_id, word == "sent", path)
    show(outbox_document(result) if as_json else outbox_text(result, paint, NO_DOUBT))
    return result.exit_code


@mail.command("setup", text=Text("Настроить почту и проверить вход.", "Set up the account and try it."))
def setup() -> int:
    from xlkit.actions.account import keep_password, try_account, write_settings
    from xlkit.report.mail_text import account_text

    click.echo(
        str(Text("Enter оставляет показанное, «-» — ничего", "Enter keeps what is shown, «-» is nothing")), err=True
    )
    settings = _asked(read_settings().mail or MailSettings())
    secret = click.prompt(
        str(Text("Пароль (пусто — оставить прежний)", "Password (empty: keep it)")),
        hide_input=True, default="", show_default=False, err=True,
    )  # fmt: skip
    click.echo(write_settings(settings), err=True)
    if secret:
        try:
            keep_password(settings, secret)
        except XlkitError as error:
            click.echo(str(error), err=True)
    tried = list(try_account(settings, secret or None))
    show(account_text(tried, paint))
    return EXIT_OK if all(one.trouble is None for one in tried) else EXIT_FINDINGS


def _asked(before: MailSettings) -> MailSettings:
    """The settings as a person answers; the servers' names are guessed from the address, «-» is nothing."""
    from xlkit.mail.addresses import address_of, addresses_of

    sender = _ask("Адрес отправителя", "Sender's address", before.sender, address_of)
    domain = sender.rpartition("@")[2]
    smtp_host = _ask("Сервер исходящей почты (SMTP)", "SMTP server", before.smtp_host or f"smtp.{domain}", _host)
    kind = _fit("smtp_security")
    security = _ask("Защита: starttls или tls", "Security: starttls or tls", before.smtp_security, kind)
    is_known = before.smtp_host and security == before.smtp_security
    smtp_port = _ask("Порт", "Port", str(before.smtp_port if is_known else _PORTS[security]), _port)
    known = before.imap_host or f"imap.{domain}"
    imap_host = _ask("Сервер входящей почты (IMAP)", "IMAP server", known, _fit("imap_host"))
    imap_port = int(_ask("Порт IMAP", "IMAP port", str(before.imap_port), _port)) if imap_host else before.imap_port
    return replace(
        before,
        sender=sender,
        smtp_host=smtp_host,
        smtp_security=security,
        smtp_port=int(smtp_port),
        imap_host=imap_host,
        imap_port=imap_port,
        imap_security=_IMAP_SECURITY.get(imap_port, before.imap_security),
        name=_ask("Имя отправителя", "Sender's name", before.name, _fit("name")),
        recipient=_ask(
            "Кому отправлять обычно", "Usual recipient", before.recipient,
            lambda said: ", ".join(addresses_of(re.split(r"[\s,;]+", said) if said else ())),
        ),
        witness=_ask(
            "Свой адрес для копий (witness)", "Your own address for copies (witness)", before.witness,
            lambda said: said and address_of(said),
        ),
        ca_file=_ask(
            "Файл своего удостоверяющего центра (ca_file)", "File of an authority of your own (ca_file)",
            before.ca_file, _authority,
        ),
    )  # fmt: skip


def _ask(ru: str, en: str, default: str, checked: Callable[[str], str]) -> str:
    """One answer as ``checked`` gives it back; the question comes again while that raises XlkitError."""
    while True:
        said = str(click.prompt(str(Text(ru, en)), default=default, show_default=bool(default), err=True)).strip()
        try:
            return checked("" if said == "-" else said)
        except XlkitError as error:
            click.echo(str(error), err=True)


def _fit(name: str) -> Callable[[str], str]:
    """A check that an answer fits a setting."""

    def checked(said: str) -> str:
        wrong = mail_mistake(name, said)
        if wrong is not None:
            raise XlkitError(wrong)
        return said

    return checked


def _host(said: str) -> str:
    if not said:
        raise XlkitError(Text("Без сервера писем не отправить", "No letter can be sent without a server"))
    return _fit("smtp_host")(said)


def _port(said: str) -> str:
    wrong = mail_mistake("smtp_port", int(said) if said.isdecimal() else 0)
    if wrong is not None:
        raise XlkitError(wrong)
    return said


def _authority(said: str) -> str:
    from xlkit.mail.connection import tls_context

    tls_context(MailSettings(ca_file=said))
    return said


_PORTS = {"starttls": 587, "tls": 465}
_IMAP_SECURITY = {143: "starttls", 993: "tls"}
