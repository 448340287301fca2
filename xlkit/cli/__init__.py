"""The command line: parse, call one action, render. Everything heavy is imported inside the commands."""

from __future__ import annotations

import atexit
import gc
import io
import signal
import sys
from collections.abc import Sequence

import click

from xlkit import __version__
from xlkit.cli import addin, mail, register, rules, seal, svod, workbooks
from xlkit.cli.console import say
from xlkit.cli.wording import asked_language, group, usage_text, version_option
from xlkit.errors import EXIT_INTERRUPTED, EXIT_NOTHING_TRIED, EXIT_OK, XlkitError, cannot_write
from xlkit.isolation.process import allow_copies
from xlkit.texts import Text, choose_language


@group(
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


for _command in (
    workbooks.check,
    workbooks.cells,
    workbooks.template,
    workbooks.recompute,
    workbooks.reconcile,
    workbooks.consolidate,
    svod.explain,
    svod.changes,
    workbooks.demo,
    register.register,
    seal.seal,
    seal.verify,
    seal.keys,
    mail.send,
    mail.mail,
    addin.addin,
    addin.doctor,
    rules.rules,
):
    cli.add_command(_command)


def _interrupt(*_: object) -> None:
    """Being asked to end is like Ctrl-C: nothing is left half-done."""
    raise KeyboardInterrupt


_OBJECTS = 500_000
"""So many new objects start a search for garbage: importing pandas makes many and no garbage, and a tenth of its time
was the searching. A consolidation of 500 workbooks needs no more memory for it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The program ``xlkit``: exits with the documented codes and shows no traceback for what a user can cause."""
    gc.set_threshold(_OBJECTS)
    atexit.register(gc.freeze)  # the end of the process frees all: Python's last searches took a fifth of a check
    allow_copies()
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
        say(*usage_text(error).split("\n"))
        code = EXIT_NOTHING_TRIED
    except XlkitError as error:
        say(*str(error).split("\n"))
        code = error.exit_code
    except OSError as error:
        # What a user can cause: standard output on a full disk. A file's own troubles are told as its refusal.
        say(cannot_write(error.filename or Text("вывод", "the output"), error))
        code = EXIT_NOTHING_TRIED
    except (click.Abort, KeyboardInterrupt):
        say(Text("Прервано", "Interrupted"))
        code = EXIT_INTERRUPTED
    sys.exit(code if isinstance(code, int) else EXIT_OK)
