"""What a letter with a workbook says: in Russian, as plain text and as HTML that every mail program shows.

Texts come from workbooks and file names: the template escapes every one of them. Styles stand in the elements, since
mail programs take style sheets out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlkit.finding import Finding, Severity
from xlkit.report.protocol import finding_row
from xlkit.report.text import counted, file_lines, verdict_said
from xlkit.rules.edition import load_edition
from xlkit.texts import Text, plural, using_language

if TYPE_CHECKING:
    from xlkit.actions.check import FileCheck

_MOSCOW = dt.timezone(dt.timedelta(hours=3))
_SHOWN = 60
"""Findings in the letter itself: mail programs cut long ones off, and the attached protocol has all of them."""


@dataclass(frozen=True)
class Submission:
    """What the letter is about: a checked workbook, why it goes out in spite of errors, by which key it is sealed."""

    check: FileCheck
    note: str
    key: str
    sha256: str
    at: dt.datetime

    @property
    def file(self) -> str:
        """The workbook's name: nobody learns in which folder it lies."""
        return Path(self.check.file).name


def in_moscow(moment: dt.datetime) -> str:
    """«21.11.2026 15:00 МСК»."""
    return f"{moment.astimezone(_MOSCOW):%d.%m.%Y %H:%M} {_ZONE}"


_ZONE = Text("МСК", "MSK")


def form_title(check: FileCheck) -> str:
    """The form's name in Russian."""
    return load_edition(check.form or "", check.edition).book.title.ru


def letter_text(told: Submission) -> str:
    """The letter as plain text."""
    with using_language("ru"):
        return "\n".join(_lines(told)) + "\n"


def _lines(told: Submission) -> Iterator[str]:
    yield "Здравствуйте!"
    yield ""
    yield from _paragraphs(told)
    yield ""
    for caption, value in _facts(told):
        yield f"{caption}: {value}"
    _, *findings = file_lines(replace(told.check, file=told.file))
    shown = [line for line in findings if "--all" not in line]
    if shown:
        yield ""
        yield "Замечания проверки:"
        yield from shown
    yield ""
    yield _ENCLOSED


_ENCLOSED = (
    "К письму приложены книга, её манифест и подпись (их сверяет команда xlkit verify) и протокол проверки "
    "protocol.html."
)


def letter_html(told: Submission) -> str:
    """The letter as HTML."""
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("xlkit.report", "pages"), autoescape=True, trim_blocks=True)
    with using_language("ru"):
        shown, more = _shown(told.check)
        return pages.get_template("letter.html.j2").render(
            title=form_title(told.check),
            paragraphs=list(_paragraphs(told)),
            facts=list(_facts(told)),
            verdict=told.check.verdict,
            rows=[finding_row(one) for one in shown],
            more=more,
            enclosed=_ENCLOSED,
        )


def _shown(check: FileCheck) -> tuple[list[Finding], str]:
    told = [one for one in check.findings if one.severity is not Severity.INFO]
    left = len(told) - _SHOWN
    count = plural(left, "замечание", "замечания", "замечаний")
    return told[:_SHOWN], f"Ещё {count} — в приложенном протоколе." if left > 0 else ""


def _paragraphs(told: Submission) -> Iterator[str]:
    yield f"Направляем книгу «{told.file}»."
    if told.note:
        yield f"Проверка нашла ошибки, книга направлена с ними. Причина: {told.note.rstrip('.')}."


def _facts(told: Submission) -> Iterator[tuple[str, str]]:
    check = told.check
    yield "Форма", f"{form_title(check)}, редакция {check.edition}"
    yield "Кластер", " — ".join(part for part in (check.cluster or "не указан", check.name) if part)
    yield "Отчётный период", check.period or "план"
    yield "Проверка", f"{verdict_said(check)} — {counted(check)}"
    yield "Опечатано", f"{in_moscow(told.at)}, ключ {told.key}"
    yield "SHA-256 книги", told.sha256
