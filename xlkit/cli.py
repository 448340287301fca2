"""The command line: parse, call one action, render. Everything heavy is imported inside the commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from xlkit import __version__
from xlkit.errors import EXIT_INTERRUPTED, EXIT_NOTHING_TRIED, EXIT_OK, NotReady, XlkitError
from xlkit.texts import Text
from xlkit.wording import Group, argument, option, usage_text


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
@click.version_option(__version__, prog_name="xlkit")
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
@option("--json", "as_json", is_flag=True, text=Text("Один документ JSON на выходе.", "One JSON document on stdout."))
@option("--annotate", text=Text("Папка для книг с замечаниями.", "Folder for annotated copies."), hidden=True)
def check(files: Sequence[str], stage: str | None, as_json: bool, annotate: str | None) -> int:
    if annotate:
        raise NotReady("--annotate")
    from xlkit.actions.check import check as action
    from xlkit.report.json import check_document
    from xlkit.report.text import check_text

    with _progress(len(files)) as step:
        result = action(files, stage, step)
    _show(check_document(result) if as_json else check_text(result, _paint))
    return result.exit_code


@cli.command(text=Text("Показать все непустые ячейки любой книги.", "Show every non-empty cell of any workbook."))
@argument("file")
@option("--json", "as_json", is_flag=True, text=Text("Один документ JSON на выходе.", "One JSON document on stdout."))
def cells(file: str, as_json: bool) -> int:
    from xlkit.actions.cells import cells as action
    from xlkit.report.json import cells_document
    from xlkit.report.text import cells_text

    result = action(file)
    _show(cells_document(result) if as_json else cells_text(result))
    return EXIT_OK if result.refusal is None else 1


# --- rendering --------------------------------------------------------------------------------------------


def _show(output: Any) -> None:
    """A JSON document, or lines of text, to standard output."""
    if isinstance(output, dict):
        from xlkit.report.json import dump

        click.echo(dump(output))
        return
    for line in output:
        click.echo(line)


def _paint(text: str, colour: str) -> str:
    return click.style(text, fg=colour)


class _progress:  # noqa: N801 - used like a function
    """A progress bar on a terminal's standard error, nothing elsewhere."""

    def __init__(self, length: int) -> None:
        self._bar: Any = None
        if sys.stderr.isatty() and length > 1:
            self._bar = click.progressbar(length=length, file=sys.stderr)

    def __enter__(self) -> Any:
        if self._bar is None:
            return None
        self._bar.__enter__()
        return lambda _: self._bar.update(1)

    def __exit__(self, *details: Any) -> None:
        if self._bar is not None:
            self._bar.__exit__(*details)


def main(arguments: Sequence[str] | None = None) -> None:
    """The program ``xlkit``: exits with the documented codes and shows no traceback for what a user can cause."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), prog_name="xlkit", standalone_mode=False)
    except click.ClickException as error:
        click.echo(usage_text(error), err=True)
        code = EXIT_NOTHING_TRIED
    except XlkitError as error:
        click.echo(str(error), err=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(str(Text("Прервано", "Interrupted")), err=True)
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (such as `head`) has gone; nothing more can be said to it.
        sys.stdout = None
        code = EXIT_OK
    sys.exit(code if isinstance(code, int) else EXIT_OK)


if __name__ == "__main__":
    main()
