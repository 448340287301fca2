"""The commands about the register: import, export, diff, apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from xlkit.cli.console import paint, progress, say, show
from xlkit.cli.wording import JSON, argument, group, option, place
from xlkit.texts import Text

_DAY = click.DateTime(["%d.%m.%Y", "%Y-%m-%d"])


@group(text=Text("Реестр: база данных и книга .xlsx, сравнение, перенос изменений.",
                 "The register: database and .xlsx, comparison, approved changes."))  # fmt: skip
def register() -> None:
    """The commands about the register."""


@register.command("import", text=Text("Записать реестр в базу данных.", "Write a register into a database."))
@argument("source")
@argument("target")
@option("--replace", is_flag=True, text=Text("Заменить реестр, который там есть.", "Replace the register there."))
def register_import(source: str, target: str, replace: bool) -> int:
    from xlkit.actions.registers import import_register
    from xlkit.report.register_text import copied_text

    result = import_register(source, target, replace)
    say(*result.notes)
    show(copied_text(result, paint))
    return result.exit_code


@register.command("export", text=Text("Записать реестр книгой .xlsx.", "Write a register as an .xlsx file."))
@argument("source")
@argument("target")
def register_export(source: str, target: str) -> int:
    from xlkit.actions.registers import export_register
    from xlkit.report.register_text import copied_text

    result = export_register(source, target)
    say(*result.notes)
    show(copied_text(result, paint))
    return result.exit_code


@register.command("diff", text=Text("Чем второй реестр отличается от первого.", "How the second register differs."))
@argument("old")
@argument("new")
@option("--json", "as_json", is_flag=True, text=JSON)
def register_diff(old: str, new: str, as_json: bool) -> int:
    from xlkit.actions.registers import diff
    from xlkit.report.register_text import compared_document, compared_text

    result = diff(old, new)
    say(*result.old.notes, *result.new.notes)
    show(compared_document(result) if as_json else compared_text(result, paint))
    return result.exit_code


@register.command(
    "apply",
    text=Text("Перенести в реестр утверждённые изменения из книг.", "Take approved changes of workbooks over."),
)
@argument("register")
@argument("files", nargs=-1, required=True)
@option("--reason", default="", text=Text("Основание: протокол, соглашение.", "Reason: a protocol, an agreement."))
@option(
    "--approved-on",
    type=_DAY,
    metavar="DATE",
    text=Text("Утверждено, ДД.ММ.ГГГГ (иначе сегодня).", "Day of approval, DD.MM.YYYY (else today)."),
)
@option("--only", multiple=True, text=Text("Только строки с этим номером.", "Only rows of this code."))
@option("--removals", is_flag=True, text=Text("Снять значения, которых в книге нет.", "Empty what the book lacks."))
@option("--dry-run", is_flag=True, text=Text("Показать изменения, ничего не меняя.", "Show changes, make none."))
@option("--backup", callback=place, text=Text("Папка для копии реестра.", "Folder for the register's copy."))
@option("--json", "as_json", is_flag=True, text=JSON)
def register_apply(files: Sequence[str], approved_on: Any, as_json: bool, **chosen: Any) -> int:
    from xlkit.actions.register_apply import apply_changes
    from xlkit.report.register_text import applied_document, applied_text

    with progress(len(files)) as step:
        day = approved_on.date() if approved_on else None
        result = apply_changes(files=files, approved_on=day, progress=step, **chosen)
    say(*result.notes)
    show(applied_document(result) if as_json else applied_text(result, paint))
    return result.exit_code
