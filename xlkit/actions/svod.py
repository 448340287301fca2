"""Write the свод: one process at a time for an output, with a journal where it is wanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import xlkit.books
import xlkit.rules
from xlkit.actions.consolidate import ConsolidateResult, consolidate
from xlkit.actions.inputs import Inputs
from xlkit.actions.intake import Progress
from xlkit.claim import claimed
from xlkit.consolidate.journal import Journal, journal_path, reader_digest
from xlkit.errors import XlkitError
from xlkit.report.svod.workbook import write_placed_svod
from xlkit.resources import rule_books_folder
from xlkit.rules.registered import Register
from xlkit.safefile import real_path, replacing, spare_inputs, write_file
from xlkit.settings import read_settings
from xlkit.store.contents import Contents
from xlkit.store.database import store_path, why_no_store
from xlkit.store.writing import NewStore
from xlkit.texts import Text


def consolidate_to(
    output: str,
    inputs: Inputs,
    register: str | Register,
    prefer: str | Sequence[str] | None = None,
    progress: Progress | None = None,
    resume: bool = False,
    engine: str | None = None,
    jobs: int | None = None,
    now: dt.datetime | None = None,
) -> tuple[ConsolidateResult, bytes]:
    """Gather workbooks and write the свод to ``output`` (``-``: nowhere); returns the result and the свод.

    With ``resume`` a journal beside the output remembers what was read: after an interruption, and in every later
    run, only what has changed is read. Where DuckDB is installed, a store beside the output keeps every value with
    its cell, and what has changed since the свод before; ``now`` is the time that it tells. Raises XlkitError as
    :func:`consolidate` does, and where another process is at work on the output or it cannot be written; the old
    file is whole then.
    """
    if resume and output == "-":
        raise XlkitError(Text("Для --resume нужен файл свода (-o)", "--resume needs a file (-o)"))
    with ExitStack() as stack:
        stack.enter_context(claimed(output))
        journal = stack.enter_context(_journal(output)) if resume else None
        if journal is not None:
            journal.expect(inputs.files)
        result = consolidate(inputs, register, prefer, progress, output, journal, engine, jobs)
        store = _store(stack, output, now or dt.datetime.now(dt.UTC))
        contents = contents_of(result)
        content, places = write_placed_svod(result, store.put(contents) if store is not None else None)
        if store is not None:
            store.finish(contents, places, content)
        if output != "-":
            write_file(Path(output), content)
        if journal is not None:
            journal.finish({line.file: line.standing.value for line in result.intake if line.file}, content)
        return result, content


def spare_what_is_read(report: str | None, inputs: Inputs, register: str, output: str) -> None:
    """Raise XlkitError where the HTML report would replace an input, the register, the свод or what lies beside it."""
    if report is None:
        return
    if report == "-":
        raise XlkitError(Text("Для --report нужен файл", "--report needs a file"))
    spare_inputs(report, [*inputs.files, register])
    if output != "-" and real_path(report) in _written(output):
        raise XlkitError(
            Text("Своду и отчёту нужны разные файлы (-o и --report)", "-o and --report need different files")
        )


def _written(output: str) -> set[str]:
    return {real_path(path) for path in (output, journal_path(output), store_path(output))}


def _store(stack: ExitStack, output: str, now: dt.datetime) -> NewStore | None:
    """The store in the making; it takes its place after the свод, whose changes a killed run would else lose."""
    if output == "-" or why_no_store(output) is not None:
        return None
    path = store_path(output)
    return stack.enter_context(NewStore(stack.enter_context(replacing(path)), path, now))


def contents_of(result: ConsolidateResult) -> Contents:
    """What the store of a свод is made of."""
    return Contents(
        result.intake,
        result.parts,
        result.counted,
        result.totals,
        findings={one.line.file: one.findings for one in result.findings if one.line.file},
        differing={one.file: one.count for _, one in result.reconciled},
        contradictions={one.file: one.contradictions for line, one in result.reconciled if line.standing.enters},
    )


def _journal(output: str) -> Journal:
    """What a reading depends on beside the file: the reader, the rule books and the limits."""
    code = reader_digest(Path(xlkit.books.__path__[0]), Path(xlkit.rules.__path__[0]), rule_books_folder())
    return Journal(journal_path(output), output, f"{code} {read_settings().limits}")
