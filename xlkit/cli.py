"""The command line: parse, call one action, render. Everything heavy is imported inside the commands."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from xlkit import __version__
from xlkit.cli_seal import add_to
from xlkit.console import named_register, paint, progress, show, show_steps, write
from xlkit.errors import (
    EXIT_FINDINGS,
    EXIT_INTERRUPTED,
    EXIT_NOTHING_TRIED,
    EXIT_OK,
    NotReady,
    XlkitError,
    cannot_write,
)
from xlkit.texts import Text, choose_language
from xlkit.wording import Group, argument, asked_language, option, place, usage_text, version_option

_JSON = Text("Один документ JSON на выходе.", "One JSON document on stdout.")
_REGISTER = Text("Реестр: книга .xlsx или адрес базы данных.", "Register: an .xlsx file or a database URL.")


@click.group(
    cls=Group,
    text=Text(
        "Книги Excel кластеров «Профессионалитета», которые проверяют себя сами.\n\n"
        "Коды выхода: 0 — всё верно (предупреждения допустимы), 1 — есть ошибки, расхождения или непринятые "
        "файлы, 2 — ничего не удалось начать, 130 — прервано.",
        "Excel workbooks of the Professionalitet clusters that check themselves.\n\n"
        "Exit codes: 0 nothing wrong (warnings allowed), 1 errors, differences or refused files, 2 nothing could "
        "be tried, 130 interrupted.",
    ),
)
@version_option(__version__)
def cli() -> None:
    """The root of the commands."""


@cli.command(text=Text("Проверить книги по правилам их форм.", "Check workbooks by the rules of their forms."))
@argument("files", nargs=-1, required=True)
@option(
    "--stage",
    type=click.Choice(["plan", "actuals"]),
    text=Text(
        "Что проверять: план или и факт (иначе решает титул).", "Plan, or actuals too (else the title sheet decides)."
    ),
)
@option("--json", "as_json", is_flag=True, text=_JSON)
@option("--all", "infos", is_flag=True, text=Text("Показать и то, что лишь к сведению.", "Show infos too."))
@option(
    "--annotate", "folder", callback=place, text=Text("Папка для копий с замечаниями.", "Folder for annotated copies.")
)
@option("--report", callback=place, text=Text("Протокол проверки, страница .html.", "Protocol as an .html page."))
def check(
    files: Sequence[str], stage: str | None, as_json: bool, infos: bool, folder: str | None, report: str | None
) -> int:
    if "-" in (folder, report):
        raise XlkitError(Text("Копиям нужна папка, протоколу — файл", "Copies need a folder, a protocol needs a file"))
    from xlkit.actions.annotate import annotate
    from xlkit.actions.check import check as only_check
    from xlkit.report import annotate_text, json, protocol, text
    from xlkit.safefile import spare_inputs

    spare_inputs(report, files)
    with progress(len(files)) as step:
        copies = annotate(files, folder, stage, step) if folder is not None else None
        result = copies.check if copies is not None else only_check(files, stage, step)
    if report is not None:
        write(report, protocol.check_page(result))
    if copies is not None:
        show(annotate_text.annotate_document(copies) if as_json else annotate_text.annotate_text(copies, paint, infos))
        return copies.exit_code
    show(json.check_document(result) if as_json else text.check_text(result, paint, infos))
    return result.exit_code


@cli.command(text=Text("Показать все непустые ячейки любой книги.", "Show every non-empty cell of any workbook."))
@argument("file")
@option("--json", "as_json", is_flag=True, text=_JSON)
def cells(file: str, as_json: bool) -> int:
    from xlkit.actions.cells import cells as action
    from xlkit.report.json import cells_document
    from xlkit.report.text import cells_text

    result = action(file)
    show(cells_document(result) if as_json else cells_text(result))
    return EXIT_OK if result.refusal is None else EXIT_FINDINGS


@cli.command(text=Text("Выдать шаблон формы: пустой или по реестру.", "Issue a template: blank or from the register."))
@argument("form")
@option("--edition", text=Text("Редакция формы (иначе последняя).", "Edition of the form (else the newest)."))
@option("--first-year", type=int, text=Text("Первый год программы.", "First year of the programme."))
@option("--register", text=_REGISTER)
@option("--cluster", text=Text("Идентификатор одного кластера.", "Id of one cluster."))
@option("--all", "every", is_flag=True, text=Text("По книге на каждый кластер.", "One workbook per cluster."))
@option("--macros", is_flag=True, text=Text("С кнопками в книге (.xlsm).", "With buttons in its sheets (.xlsm)."))
@option("-o", "output", required=True, callback=place, text=Text("Файл, папка или -.", "File, folder or -."))
def template(
    form: str,
    edition: str | None,
    first_year: int | None,
    register: str | None,
    cluster: str | None,
    every: bool,
    macros: bool,
    output: str,
) -> int:
    from xlkit.actions.template import issue_templates, template_contents

    known = named_register(register)
    if output == "-":
        if every:
            raise XlkitError(Text("Для --all укажите папку (-o)", "--all needs a folder (-o)"))
        for _, content in template_contents(form, edition, first_year, known, cluster, macros=macros):
            sys.stdout.buffer.write(content)
        return EXIT_OK
    for issued in issue_templates(form, output, edition, first_year, known, cluster, every, macros):
        click.echo(issued.path, err=True)
    return EXIT_OK


@cli.command(text=Text("Пересчитать итоги в копиях книг.", "Recompute totals in copies of workbooks."))
@argument("files", nargs=-1, required=True)
@option("-o", "folder", required=True, callback=place, text=Text("Папка для копий.", "Folder for the copies."))
@option("--json", "as_json", is_flag=True, text=_JSON)
def recompute(files: Sequence[str], folder: str, as_json: bool) -> int:
    if folder == "-":
        raise XlkitError(Text("Для копий нужна папка (-o)", "The copies need a folder (-o)"))
    from xlkit.actions.recompute import recompute as action
    from xlkit.report.recompute_text import recompute_document, recompute_text

    with progress(len(files)) as step:
        result = action(files, folder, step)
    show(recompute_document(result) if as_json else recompute_text(result))
    return result.exit_code


@cli.command(text=Text("Сверить книги с реестром.", "Reconcile workbooks with the register."))
@argument("files", nargs=-1, required=True)
@option("--register", text=_REGISTER)
@option("--json", "as_json", is_flag=True, text=_JSON)
@option("-o", "output", callback=place, text=Text("Отчёт о различиях .xlsx.", "Difference report, .xlsx."))
def reconcile(files: Sequence[str], register: str | None, as_json: bool, output: str | None) -> int:
    from xlkit.actions.reconcile import reconcile as action
    from xlkit.report.differences import write_differences
    from xlkit.report.differences_text import differences_text, reconcile_document
    from xlkit.safefile import spare_inputs

    if as_json and output == "-":
        raise XlkitError(
            Text("Вывод один: для --json укажите файл отчёта (-o)", "One output: with --json, name a report file (-o)")
        )
    spare_inputs(output, [*files, *([register] if register else [])])
    known = named_register(register)
    with progress(len(files)) as step:
        result = action(files, known, step)
    if output:
        write(output, write_differences(result, Path(output).parent if output != "-" else None))
    if output != "-":
        show(reconcile_document(result) if as_json else differences_text(result, paint))
    return result.exit_code


@cli.command(text=Text("Собрать свод из многих книг.", "Consolidate many workbooks into one."))
@argument("paths", nargs=-1, required=True)
@option("--register", required=True, text=_REGISTER)
@option("-o", "output", required=True, callback=place, text=Text("Книга свода .xlsx.", "The consolidation, .xlsx."))
@option("--prefer", text=Text("Какую из двух книг взять: файл или newest.", "Which of two to take: a file or newest."))
@option(
    "--resume",
    is_flag=True,
    text=Text(
        "Вести журнал рядом со сводом: прочитанное не читается вновь.",
        "Keep a journal beside the consolidation: what was read is not read again.",
    ),
)
@option("--report", text=Text("Отчёт HTML.", "HTML report."), hidden=True)
@option("--jobs", type=int, text=Text("Сколько процессов.", "How many processes."), hidden=True)
@option("--engine", text=Text("Вычислительный кластер.", "Cluster of machines."), hidden=True)
def consolidate(
    paths: Sequence[str], register: str, output: str, prefer: str | None, resume: bool, **later: object
) -> int:
    for name, given in later.items():
        if given is not None:
            raise NotReady(f"--{name}")
    from xlkit.actions.inputs import find_inputs
    from xlkit.actions.svod import consolidate_to
    from xlkit.register import read_register
    from xlkit.report.svod_text import consolidate_text

    known = read_register(register)
    inputs = find_inputs(paths, known.source, output)
    with progress(len(inputs.files)) as step:
        result, content = consolidate_to(output, inputs, known, prefer, step, resume)
    if output == "-":
        sys.stdout.buffer.write(content)
    else:
        click.echo(output, err=True)
        show(consolidate_text(result, paint))
    return result.exit_code


@cli.command(text=Text("Показать весь путь на готовых данных.", "Show the whole way on made data."))
@argument("folder", default="demo", required=False)
@option("--clusters", type=click.IntRange(0, 5000), default=40, text=Text("Сколько кластеров придумать.", "How many."))
def demo(folder: str, clusters: int) -> int:
    from xlkit.actions.demo import demo as action
    from xlkit.report.demo_text import demo_text

    result = action(folder, clusters, lambda step: click.echo(str(step), err=True))
    show(demo_text(result, paint))
    return result.exit_code


@cli.group(text=Text("Надстройка для Excel.", "The add-in for Excel."))
def addin() -> None:
    """The commands about the add-in."""


@addin.command("build", text=Text("Собрать xlkit.xlam в папку.", "Build xlkit.xlam into a folder."))
@argument("folder")
def addin_build(folder: str) -> int:
    from xlkit.actions.addin import build

    click.echo(build(folder), err=True)
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

    show(bundle_text(bundle(folder, pythons, lambda step: click.echo(str(step), err=True))))
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


@cli.command(text=Text("Проверить, всё ли готово для кнопок.", "Examine whether the buttons can work."))
@option("--json", "as_json", is_flag=True, text=_JSON)
def doctor(as_json: bool) -> int:
    from xlkit.actions.doctor import doctor as action
    from xlkit.report.doctor import doctor_document, doctor_text

    result = action()
    show(doctor_document(result) if as_json else doctor_text(result, paint))
    return result.exit_code


@cli.group(text=Text("Книги правил.", "Rule books."))
def rules() -> None:
    """The commands about rule books."""


@rules.command("list", text=Text("Перечислить формы и редакции.", "List forms and editions."))
def rules_list() -> int:
    from xlkit.actions.rules import list_rule_books
    from xlkit.report.rules_text import list_text

    show(list_text(list_rule_books()))
    return EXIT_OK


@rules.command("show", text=Text("Показать таблицы, единицы и соотношения.", "Show tables, units and relations."))
@argument("form")
@option("--edition", text=Text("Редакция формы (иначе последняя).", "Edition of the form (else the newest)."))
def rules_show(form: str, edition: str | None) -> int:
    from xlkit.actions.rules import show_rule_book
    from xlkit.report.rules_text import show_text

    show(show_text(show_rule_book(form, edition)))
    return EXIT_OK


@rules.command("schema", text=Text("JSON Schema книги правил для редактора.", "JSON Schema of a rule book."))
def rules_schema() -> int:
    from xlkit.actions.rules import rule_book_schema

    show(rule_book_schema())
    return EXIT_OK


@rules.command("check", text=Text("Проверить книги правил (иначе все свои).", "Check rule books (else all shipped)."))
@argument("files", nargs=-1)
def rules_check(files: Sequence[str]) -> int:
    from xlkit.actions.rules import check_rule_books, exit_code
    from xlkit.report.rules_text import check_text as rules_check_text

    checks = check_rule_books(files)
    show(rules_check_text(checks))
    return exit_code(checks)


def _promised(name: str) -> None:
    """A command of a later issue: it says so and exits with 2."""

    @cli.command(
        name,
        hidden=True,
        context_settings={"ignore_unknown_options": True},
        text=Text("Ещё не готово.", "Not ready yet."),
    )
    @argument("words", nargs=-1, type=click.UNPROCESSED)
    def later(words: Sequence[str]) -> int:
        raise NotReady(name)


add_to(cli)
for _name in ("send", "mail"):
    _promised(_name)


def _interrupt(*_: object) -> None:
    """Being asked to end is like Ctrl-C: nothing is left half-done."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> None:
    """The program ``xlkit``: exits with the documented codes and shows no traceback for what a user can cause."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A pipe on a Russian Windows is cp1251, which lacks «≠»; a file's name need not be Unicode at all.
            stream.reconfigure(errors="backslashreplace")
    choose_language(asked_language(words))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = cli.main(args=words, prog_name="xlkit", standalone_mode=False)
    except click.ClickException as error:
        click.echo(usage_text(error), err=True)
        code = EXIT_NOTHING_TRIED
    except XlkitError as error:
        click.echo(str(error), err=True)
        code = error.exit_code
    except OSError as error:
        # What a user can cause: standard output on a full disk. A file's own troubles are told as its refusal.
        click.echo(str(cannot_write(error.filename or Text("вывод", "the output"), error)), err=True)
        code = EXIT_NOTHING_TRIED
    except (click.Abort, KeyboardInterrupt):
        click.echo(str(Text("Прервано", "Interrupted")), err=True)
        code = EXIT_INTERRUPTED
    sys.exit(code if isinstance(code, int) else EXIT_OK)


if __name__ == "__main__":
    main()
