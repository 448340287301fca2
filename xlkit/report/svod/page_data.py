"""What the HTML report of the свод shows, as plain lists and dicts: small, in the order of the свод, without markup.

A line refers to clusters, files and texts by their number in a list that holds each once.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from xlkit.consolidate import UNSTATED, IntakeLine, Standing
from xlkit.finding import Severity
from xlkit.isolation.farm import is_url
from xlkit.mail.deadlines import MOSCOW, is_late, read_deadline
from xlkit.reconcile import Status
from xlkit.report.differences_text import STATUS_WORDS
from xlkit.report.svod.figures import district_abbreviation, forms_of
from xlkit.report.svod.page_lists import page_differences, page_findings
from xlkit.report.svod.page_totals import Numbers, brief, page_tables
from xlkit.report.svod.rows import common_folder, form_name, period_name, short_name, short_note, source_name
from xlkit.report.svod.summary import rule_titles
from xlkit.rules.csvfile import read_csv
from xlkit.rules.edition import load_edition
from xlkit.texts import printable

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult

Plain = dict[str, Any]

_TILES = Path(__file__).parents[1] / "pages" / "svod" / "tiles.csv"


def page_data(result: ConsolidateResult, folder: str | Path | None = None) -> Plain:
    """The whole page; links to workbooks lead from ``folder``."""
    clusters, files = Numbers(), Numbers()
    intake = list(_intake(result, clusters, files))
    tables = page_tables(result, clusters, files)
    texts = Numbers()
    findings, found = page_findings(result, clusters, files, texts)
    differences = page_differences(result, clusters, files, texts)
    common = common_folder(result.files)
    titles = rule_titles(result)
    return {
        "source": source_name(result.source),
        "folder": printable(common),
        "counts": result.counts | {"late": sum(line[-1] for line in intake)},
        "notes": [printable(note.ru) for note in result.notes],
        "standings": {standing.value: standing.word.ru for standing in Standing},
        "severities": {severity.value: severity.word.ru for severity in Severity},
        "statuses": {status.value: STATUS_WORDS[status].ru for status in Status},
        "forms": {form: [form_name(form), load_edition(form).book.title.ru] for form in forms_of(result)},
        "districts": _districts(result),
        "unstated": UNSTATED,
        "clusters": [[printable(text) for text in astuple(passport)] for passport in clusters],
        "files": [[printable(short_name(file, common)), _link(file, folder)] for file in files],
        "intake": intake,
        "tables": tables,
        "rules": {rule: titles.get(rule, "") for rule in dict.fromkeys(line[1] for line in found)},
        "texts": list(texts),
        "findings": findings,
        "found": found,
        "differences": differences,
        "compared": sum(len(one.differences) for _, one in result.reconciled),
        "tiles": [
            [one.fields["region"], one.fields["label"], int(one.fields["column"]), int(one.fields["row"])]
            for one in read_csv(_TILES, ("region", "label", "column", "row"))
        ],
    }


def _districts(result: ConsolidateResult) -> dict[str, str]:
    """The districts in their official order, each with its abbreviation."""
    known = [name for form in forms_of(result) for name in load_edition(form).districts]
    return {name: district_abbreviation(name) for name in dict.fromkeys(known)}


def _link(file: str, folder: str | Path | None) -> str:
    """A relative address of a workbook; empty where it lies on another drive or machine, or its name is no text."""
    if is_url(file):
        return ""
    try:
        path = Path(os.path.relpath(Path(file).resolve(), Path(folder or ".").resolve())).as_posix()
        return "./" + quote(path)
    except (ValueError, UnicodeError):
        return ""


# --- intake -----------------------------------------------------------------------------------------------


def _intake(result: ConsolidateResult, cluster: Callable[..., int], file: Callable[..., int]) -> Iterable[list[Any]]:
    """Cluster, form, period, deadline, standing, expected, file, errors, warnings, differences, note, late."""
    differences = {one.file: len(one.differences) for _, one in result.reconciled}
    common = common_folder(result.files)
    for line in result.intake:
        yield [
            cluster(line.passport) if line.passport.id else -1,
            line.form,
            period_name(line.period) if line.form else "",
            printable(line.deadline),
            line.standing.value,
            int(line.expected),
            file(line.file) if line.file else -1,
            line.errors,
            line.warnings,
            differences.get(line.file or "", 0),
            brief(short_note(line, common)),
            int(came_late(line)),
        ]


def came_late(line: IntakeLine) -> bool:
    """Whether a file's own time is after the register's deadline: what the mailbox gate files keeps its arrival."""
    moment = dt.datetime.fromtimestamp(line.modified, MOSCOW) if line.file and line.modified else None
    return moment is not None and line.expected and is_late(moment, read_deadline(line.deadline))
