"""The commands about the add-in and what it needs: addin, doctor."""

from __future__ import annotations

from collections.abc import Sequence

from xlkit.cli.console import paint, say, show, show_steps
from xlkit.cli.wording import JSON, argument, command, group, option
from xlkit.errors import EXIT_OK
from xlkit.texts import Text


@group(text=Text("Надстройка для Excel.", "The add-in for Excel."))
def addin() -> None:
    """The commands about the add-in."""


@addin.command("build", text=Text("Собрать xlkit.xlam в папку.", "Build xlkit.xlam into a folder."))
@argument("folder")
def addin_build(folder: str) -> int:
    from xlkit.actions.addin import build

    say(build(folder))
    return EXIT_OK


@addin.command("bundle", text=Text("Собрать набор для Windows без сети.", "Make the offline kit for Windows."))
@argument("folder")
@option(
    "--python",
    "pythons",
    multiple=True,
    text=Text("Для какого Python, например 3.12 (иначе для всех).", "For which Python, such as 3.12 (else all)."),
)
def addin_bundle(folder: str, pythons: Sequence[str]) -> int:
    from xlkit.actions.bundle import bundle
    from xlkit.report.bundle_text import bundle_text

    show(bundle_text(bundle(folder, pythons, say)))
    return EXIT_OK


_OFFICE = Text("Для LibreOffice, а не для Excel.", "For LibreOffice instead of Excel.")


@addin.command("install", text=Text("Установить надстройку этому пользователю.", "Install it for this user."))
@option("--libreoffice", "office", is_flag=True, text=_OFFICE)
def addin_install(office: bool) -> int:
    from xlkit.actions.addin import install, install_office

    return show_steps(install_office() if office else install())


@addin.command("status", text=Text("Показать, что установлено.", "Show what is installed."))
@option("--libreoffice", "office", is_flag=True, text=_OFFICE)
def addin_status(office: bool) -> int:
    from xlkit.actions.addin import status, status_office

    return show_steps(status_office() if office else status())


@addin.command("remove", text=Text("Убрать всё, что установлено.", "Take back all that was installed."))
@option("--libreoffice", "office", is_flag=True, text=_OFFICE)
def addin_remove(office: bool) -> int:
    from xlkit.actions.addin import remove, remove_office

    return show_steps(remove_office() if office else remove())


@command(text=Text("Проверить, всё ли готово для кнопок.", "Examine whether the buttons can work."))
@option("--json", "as_json", is_flag=True, text=JSON)
def doctor(as_json: bool) -> int:
    from xlkit.actions.doctor import doctor as action
    from xlkit.report.doctor import doctor_document, doctor_text

    result = action()
    show(doctor_document(result) if as_json else doctor_text(result, paint))
    return result.exit_code
