"""The commands about workbooks: check, cells, template, recompute, reconcile, consolidate, demo."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from xlkit.cli.console import named_register, paint, progress, say, show, write
from xlkit.cli.wording import JSON, REGISTER, argument, command, option, place
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.texts import Text


@command(text=Text("Проверить книги по правилам их форм.", "Check workbooks by the rules of their forms."))
@argument("files", nargs=-1, required=True)
@option(
    "--stage",
    type=click.Choice(["plan", "actuals"]),
    text=Text(
        "Что проверять: план или и факт (иначе решает титул).", "Plan, or actuals too (else the title sheet decides)."
    ),
)
@option("--json", "as_json", is_flag=True, text=JSON)
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
    from xlkit.actions.check import check as only_check
    from xlkit.report import annotate_text, json, protocol, text
    from xlkit.safefile import spare_inputs

    spare_inputs(report, files)
    copies = None
    with progress(len(files)) as step:
        if folder is None:
            result = only_check(files, stage, step)
        else:
            from xlkit.actions.annotate import annotate  # a check alone starts faster without it

            copies = annotate(files, folder, stage, step)
            result = copies.check
    if report is not None:
        write(report, protocol.check_page(result))
    if copies is not None:
        show(annotate_text.annotate_document(copies) if as_json else annotate_text.annotate_text(copies, paint, infos))
        return copies.exit_code
    show(json.check_document(result) if as_json else text.check_text(result, paint, infos))
    return result.exit_code


@command(text=Text("Показать все непустые ячейки любой книги.", "Show every non-empty cell of any workbook."))
@argument("file")
@option("--json", "as_json", is_flag=True, text=JSON)
def cells(file: str, as_json: bool) -> int:
    from xlkit.actions.cells import cells as action
    from xlkit.report.json import cells_document
    from xlkit.report.text import cells_text

    result = action(file)
    show(cells_document(result) if as_json else cells_text(result))
    return EXIT_OK if result.refusal is None else EXIT_FINDINGS


@command(
    text=Text("Выдать шаблон формы: пустой или по реестру.", "Issue a template: blank or from the register."),
)
@argument("form")
@option("--edition", text=Text("Редакция формы (иначе последняя).", "Edition of the form (else the newest)."))
@option("--first-year", type=int, text=Text("Первый год программы.", "First year of the programme."))
@option("--register", text=REGISTER)
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
        say(issued.path)
    return EXIT_OK


@command(text=Text("Пересчитать итоги в копиях книг.", "Recompute totals in copies of workbooks."))
@argument("files", nargs=-1, required=True)
@option("-o", "folder", required=True, callback=place, text=Text("Папка для копий.", "Folder for the copies."))
@option("--json", "as_json", is_flag=True, text=JSON)
def recompute(files: Sequence[str], folder: str, as_json: bool) -> int:
    if folder == "-":
        raise XlkitError(Text("Для копий нужна папка (-o)", "The copies need a folder (-o)"))
    from xlkit.actions.recompute import recompute as action
    from xlkit.report.recompute_text import recompute_document, recompute_text

    with progress(len(files)) as step:
        result = action(files, folder, step)
    show(recompute_document(result) if as_json else recompute_text(result))
    return result.exit_code


@command(text=Text("Сверить книги с реестром.", "Reconcile workbooks with the register."))
@argument("files", nargs=-1, required=True)
@option("--register", text=REGISTER)
@option("--json", "as_json", is_flag=True, text=JSON)
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


@command(text=Text("Собрать свод из многих книг.", "Consolidate many workbooks into one."))
@argument("paths", nargs=-1, required=True)
@option("--register", required=True, text=REGISTER)
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
@option(
    "--report",
    callback=place,
    text=Text("Отчёт для просмотра, страница .html.", "Report to look at, an .html page."),
)
@option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    text=Text("Сколько файлов читать сразу (обычно processes настроек).", "How many files are read at a time."),
)
@option(
    "--engine",
    metavar="tcp://…",
    text=Text("Читать на машинах кластера dask: адрес планировщика.", "Read on a dask cluster: its scheduler."),
)
def consolidate(
    paths: Sequence[str],
    register: str,
    output: str,
    prefer: str | None,
    resume: bool,
    report: str | None,
    engine: str | None,
    jobs: int | None,
) -> int:
    from xlkit.actions.inputs import find_inputs
    from xlkit.actions.svod import consolidate_to, spare_what_is_read
    from xlkit.report.svod_text import consolidate_text
    from xlkit.store.database import no_store_written

    inputs = find_inputs(paths, register, output, report)
    spare_what_is_read(report, inputs, register, output)
    with progress(len(inputs.files)) as step:
        result, content = consolidate_to(output, inputs, register, prefer, step, resume, engine, jobs)
    if report is not None:
        from xlkit.report.svod.page import write_page

        write(report, write_page(result, Path(report).parent))
    if output == "-":
        sys.stdout.buffer.write(content)
    else:
        say(output)
        if (reason := no_store_written(output)) is not None:
            say(reason)
        show(consolidate_text(result, paint))
    return result.exit_code


@command(text=Text("Показать весь путь на готовых данных.", "Show the whole way on made data."))
@argument("folder", default="demo", required=False)
@option("--clusters", type=click.IntRange(0, 5000), default=40, text=Text("Сколько кластеров придумать.", "How many."))
def demo(folder: str, clusters: int) -> int:
    from xlkit.actions.demo import demo as action
    from xlkit.report.demo_text import demo_text

    result = action(folder, clusters, say)
    show(demo_text(result, paint))
    return result.exit_code
