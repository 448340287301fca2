"""The catalogue of findings: rule id → severity, what is wrong, how to mend it, in both languages.

The sentences are data (``validation/findings.yml``); relations bring their own from the rule books.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xlkit.errors import FileRefused
from xlkit.finding import Finding, Location, Severity
from xlkit.resources import rule_books_folder
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.mistakes import RuleBookError, problem
from xlkit.rules.model import FINDING_ID, Say
from xlkit.rules.placeholders import placeholder_mistakes
from xlkit.rules.yamlfile import read_yaml
from xlkit.texts import Text

PLACEHOLDERS = frozenset(
    (
        "before",
        "caption",
        "cells",
        "code",
        "column",
        "district",
        "edition",
        "first",
        "form",
        "free",
        "guess",
        "header",
        "kind",
        "known",
        "letters",
        "maximum",
        "minimum",
        "mode",
        "modes",
        "name",
        "note",
        "parent",
        "period",
        "property",
        "raw",
        "read",
        "register",
        "region",
        "row",
        "sheet",
        "sheets",
        "similar",
        "style",
        "suggestion",
        "text",
        "title",
        "unit",
        "what",
        "workbook",
        "years",
    )
)
"""What the program fills into a finding's sentences; each rule has those that fit it."""


class Rule(BaseModel):
    """One kind of finding. ``message`` and ``hint`` have ``{placeholders}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Annotated[Severity, Field(strict=False)]
    title: Say
    message: Say
    hint: Say


class Catalogue(BaseModel):
    """All rules that are not relations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: dict[Annotated[str, Field(pattern=FINDING_ID)], Rule]


@cache
def catalogue(folder: Path | None = None) -> dict[str, Rule]:
    """Rule id → rule; read once, see ``read_catalogue``."""
    return read_catalogue(folder or rule_books_folder())


def read_catalogue(folder: Path) -> dict[str, Rule]:
    """The catalogue of a folder of rule books; raises RuleBookError for mistakes in the file."""
    source = read_yaml(folder / "findings.yml")
    try:
        rules = Catalogue.model_validate(source.data).rules
    except ValidationError as error:
        raise RuleBookError(explain_model_errors(error, source)) from error
    problems = [
        problem(source.path, source.line_of(("rules", rule, field)), f"{rule}: {wrong.ru}", f"{rule}: {wrong.en}")
        for rule, entry in rules.items()
        for field, text in (("title", entry.title), ("message", entry.message), ("hint", entry.hint))
        for wrong in placeholder_mistakes(text, PLACEHOLDERS if field != "title" else frozenset())
    ]
    if problems:
        raise RuleBookError(problems)
    return rules


def finding(rule: str, location: Location, value: object = None, expected: object = None, **params: object) -> Finding:
    """A finding by its rule id; ``params`` fill the sentences. RuleBookError where the catalogue does not fit."""
    entry = _entry(rule)
    return Finding(
        rule=rule,
        severity=entry.severity,
        location=location,
        message=_filled(rule, entry.message, params),
        value=value,
        expected=expected,
        hint=_filled(rule, entry.hint, params),
    )


def refusal(rule: str, **params: object) -> FileRefused:
    """The exception that refuses one file, with its sentence and what the sender is to do."""
    entry = _entry(rule)
    message, hint = _filled(rule, entry.message, params), _filled(rule, entry.hint, params)
    return FileRefused(rule, Text(f"{message.ru}. {hint.ru}.", f"{message.en}. {hint.en}."))


def _entry(rule: str) -> Rule:
    try:
        return catalogue()[rule]
    except KeyError as error:
        raise _unfit(f"нет правила {rule}: верните его", f"the rule {rule} is missing: put it back") from error


def _filled(rule: str, text: Text, params: dict[str, object]) -> Text:
    try:
        return text.format(**params)
    except KeyError as error:
        name = error.args[0]
        ru = f"{rule}: подстановка {{{name}}} в этом правиле не заполняется"
        raise _unfit(ru, f"{rule}: the placeholder {{{name}}} is not filled in this rule") from error


def _unfit(ru: str, en: str) -> RuleBookError:
    return RuleBookError([problem(rule_books_folder() / "findings.yml", None, ru, en)])
