"""Write the свод: one process at a time for an output, with a journal where it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import xlkit.books
from xlkit.actions.consolidate import ConsolidateResult, consolidate
from xlkit.actions.inputs import Inputs
from xlkit.actions.intake import Progress
from xlkit.books.submission import declared_sheets
from xlkit.claim import claimed
from xlkit.consolidate.journal import Journal, journal_path, reader_digest
from xlkit.errors import XlkitError
from xlkit.report.svod import write_svod
from xlkit.rules.registered import Register
from xlkit.safefile import real_path, spare_inputs, write_file
from xlkit.settings import read_settings
from xlkit.texts import Text


def consolidate_to(
    output: str,
    inputs: Inputs,
    register: Register,
    prefer: str | Sequence[str] | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    engine: str | None = None,
) -> tuple[ConsolidateResult, bytes]:
    """Gather workbooks and write the свод to ``output`` (``-``: nowhere); returns the result and the свод.

    With ``resume`` a journal beside the output remembers what was read: after an interruption, and in every later
    run, only what has changed is read. Raises XlkitError as :func:`consolidate` does, and where another process is
    at work on the output or it cannot be written; the old file is whole then.
    """
    if resume and output == "-":
        raise XlkitError(Text("Для --resume нужен файл свода (-o)", "--resume needs a file (-o)"))
    with ExitStack() as stack:
        stack.enter_context(claimed(output))
        journal = stack.enter_context(_journal(output)) if resume else None
        if journal is not None:
            journal.expect(inputs.files)
        result = consolidate(inputs, register, prefer, progress, output, journal, engine)
        content = write_svod(result)
        if output != "-":
            write_file(Path(output), content)
        if journal is not None:
            journal.finish({line.file: line.standing.value for line in result.intake if line.file}, content)
        return result, content


def spare_what_is_read(report: str | None, inputs: Inputs, register: Register, output: str) -> None:
    """Raise XlkitError where the HTML report would replace a workbook, the register, the свод or its journal."""
    if report is None:
        return
    if report == "-":
        raise XlkitError(Text("Для --report нужен файл", "--report needs a file"))
    spare_inputs(report, [*inputs.files, register.source])
    if output != "-" and real_path(report) in (real_path(output), real_path(journal_path(output))):
        raise XlkitError(
            Text("Своду и отчёту нужны разные файлы (-o и --report)", "-o and --report need different files")
        )


def _journal(output: str) -> Journal:
    """What a reading depends on beside the file: the reader, the limits, and which sheets are read."""
    code = reader_digest(Path(xlkit.books.__path__[0]))
    return Journal(journal_path(output), output, f"{code} {read_settings().limits} {sorted(declared_sheets())}")
