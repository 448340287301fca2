"""The commands of the mailbox gate: mail gate, mail status, mail quarantine, mail prefer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xlkit.cli.console import counter, paint, show
from xlkit.cli.wording import JSON, REGISTER, argument, command, option
from xlkit.errors import XlkitError
from xlkit.settings import MailSettings, read_settings
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.mail.deadlines import Assignment
    from xlkit.rules.registered import Register

_INTAKE = Text("Папка приёма: книги по кластерам и журнал.", "Intake folder: workbooks by cluster and the ledger.")
_DEADLINES = Text(
    "Сроки: файл .yml вместо листа «Сроки» реестра.", "Deadlines: a .yml file in place of the register's."
)


@command(
    text=Text(
        "Принять книги из почты: проверить, разложить по кластерам, ответить квитанцией или замечаниями.",
        "Take in workbooks from a mailbox: check, file by cluster, answer with a receipt or with what to mend.",
    ),
)
@argument("source", required=False)
@option("--register", "source_of_register", text=REGISTER)
@option("--intake", text=_INTAKE)
@option("--deadlines", text=_DEADLINES)
@option("--no-send", is_flag=True, text=Text("Ответы подготовить, но не отправлять.", "Queue answers, send none."))
@option("--json", "as_json", is_flag=True, text=JSON)
def gate(
    source: str | None,
    source_of_register: str | None,
    intake: str | None,
    deadlines: str | None,
    no_send: bool,
    as_json: bool,
) -> int:
    from xlkit.actions.gate.run import delivery_of
    from xlkit.actions.gate.run import gate as action
    from xlkit.mail.mailboxes import hint_of, source_of
    from xlkit.report.gate_json import gate_document
    from xlkit.report.gate_text import gate_text

    settings = read_settings().mail
    mailbox = source_of(source, settings)
    register, folder, assignments = _named(source_of_register, intake, deadlines, settings)
    settings = settings or MailSettings()
    deliver = None if no_send else delivery_of(settings)
    with counter(Text("Принято писем", "Messages taken in")) as step:
        result = action(mailbox, folder, register, settings, dt.datetime.now(dt.UTC), assignments, deliver, step)
    hint = hint_of(Path(source)) if source is not None else None
    _say([*result.notes, *([hint] if hint is not None else [])])
    show(gate_document(result) if as_json else gate_text(result, paint))
    return result.exit_code


@command(
    text=Text(
        "Кто представил книги, кто опоздал, кто ещё должен.", "Who has submitted, who was late, who still owes what."
    ),
)
@option("--register", "source_of_register", text=REGISTER)
@option("--intake", text=_INTAKE)
@option("--deadlines", text=_DEADLINES)
@option("--json", "as_json", is_flag=True, text=JSON)
def status(source_of_register: str | None, intake: str | None, deadlines: str | None, as_json: bool) -> int:
    from xlkit.actions.gate.status import status as action
    from xlkit.report.gate_json import status_document
    from xlkit.report.gate_text import status_text

    register, folder, assignments = _named(source_of_register, intake, deadlines, read_settings().mail)
    result = action(folder, register, dt.datetime.now(dt.UTC), assignments)
    _say(result.notes)
    show(status_document(result) if as_json else status_text(result, paint))
    return result.exit_code


@command(
    text=Text(
        "Показать отложенные письма: от кого, когда, что в них и почему.",
        "Show the messages that were put aside: from whom, when, what is in them and why.",
    ),
)
@option("--register", "source_of_register", text=REGISTER)
@option("--intake", text=_INTAKE)
@option("--json", "as_json", is_flag=True, text=JSON)
def quarantine(source_of_register: str | None, intake: str | None, as_json: bool) -> int:
    from xlkit.actions.gate.quarantine import quarantine as action
    from xlkit.report.gate_json import quarantine_document
    from xlkit.report.gate_text import quarantine_text

    register, folder, _ = _named(source_of_register, intake, None, read_settings().mail)
    result = action(folder, register)
    show(quarantine_document(result) if as_json else quarantine_text(result, paint))
    return result.exit_code


@command(
    text=Text(
        "Решить, что действует книга с этой квитанцией: сомнения по её форме и периоду сняты.",
        "Decide that the workbook of this receipt counts: doubts about its form and period are settled.",
    ),
)
@argument("receipt")
@option("--intake", text=_INTAKE)
@option("--json", "as_json", is_flag=True, text=JSON)
def prefer(receipt: str, intake: str | None, as_json: bool) -> int:
    from xlkit.actions.gate.prefer import prefer as action
    from xlkit.report.gate_json import prefer_document
    from xlkit.report.gate_text import prefer_text

    result = action(_folder(intake, read_settings().mail), receipt)
    show(prefer_document(result) if as_json else prefer_text(result))
    return result.exit_code


def _folder(intake: str | None, settings: MailSettings | None) -> Path:
    folder = intake or (settings.intake if settings is not None else "")
    if not folder.strip():
        raise XlkitError(Text("Укажите папку приёма: --intake", "Name the intake folder: --intake"))
    return Path(folder)


def _named(
    register: str | None, intake: str | None, deadlines: str | None, settings: MailSettings | None
) -> tuple[Register, Path, Sequence[Assignment] | None]:
    """Register, intake folder and deadlines that the options or the settings name."""
    from xlkit.mail.deadlines import read_assignments
    from xlkit.register import read_register

    folder = _folder(intake, settings)
    named = register or read_settings().register
    if not named:
        raise XlkitError(Text("Укажите реестр: --register", "Name the register: --register"))
    assignments = None if deadlines is None else read_assignments(Path(deadlines))
    return read_register(named), folder, assignments


def _say(notes: Sequence[Text]) -> None:
    for note in notes:
        click.echo(str(note), err=True)
