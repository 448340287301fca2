"""The protocol of a check as one HTML page: for reading in a browser, printing and mailing, without network or scripts.

Texts come from strangers' workbooks: the template escapes every one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlkit.finding import Finding
from xlkit.report.text import totals_said, verdict_said
from xlkit.rules.edition import load_edition
from xlkit.texts import Text, figure, language

if TYPE_CHECKING:
    from xlkit.actions.check import CheckResult, FileCheck

_TITLE = Text("Протокол проверки", "Protocol of the check")
_NOTHING = Text("Замечаний нет.", "Nothing was found.")
_CAPTIONS = (
    Text("Важность", "Severity"),
    Text("Ячейка", "Cell"),
    Text("Что не так", "What is wrong"),
    Text("Значение", "Value"),
    Text("Ожидалось", "Expected"),
    Text("Как исправить", "How to mend it"),
    Text("Правило", "Rule"),
)


def check_page(result: CheckResult) -> bytes:
    """The page, in the language in force."""
    from jinja2 import Environment, PackageLoader

    pages = Environment(loader=PackageLoader("xlkit.report", "pages"), autoescape=True, trim_blocks=True)
    words = {
        "title": str(_TITLE),
        "totals": totals_said(result),
        "captions": [str(one) for one in _CAPTIONS],
        "nothing": str(_NOTHING),
    }
    files = [_file(one) for one in result.files]
    page = pages.get_template("check.html.j2").render(lang=language(), words=words, files=files)
    return page.encode("utf-8", "backslashreplace")


def _file(one: FileCheck) -> dict[str, Any]:
    about = [part for part in (one.cluster, _form(one)) if part]
    return {
        "name": one.file,
        "about": " · ".join(about),
        "verdict": str(verdict_said(one)),
        "rows": [finding_row(finding) for finding in one.findings],
    }


def _form(one: FileCheck) -> str:
    """The form's name and edition, as people know them."""
    if not one.form:
        return ""
    title = load_edition(one.form, one.edition).book.title
    return str(Text(f"{title.ru}, редакция {one.edition}", f"{title.en}, edition {one.edition}"))


def finding_row(one: Finding) -> dict[str, str]:
    """A finding in words, for a page: severity, level, place, message, value, expected, hint, rule."""
    place = "!".join(part for part in (one.location.sheet, one.location.cell) if part)
    return {
        "severity": one.severity.value,
        "level": str(one.severity.word),
        "place": place,
        "message": str(one.message),
        "value": figure(one.value),
        "expected": figure(one.expected),
        "hint": "" if one.hint is None else str(one.hint),
        "rule": one.rule,
    }
