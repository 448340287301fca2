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
from xlkit.rules.model import Say
from xlkit.rules.placeholders import placeholder_mistakes
from xlkit.rules.yamlfile import RuleBookError, problem, read_yaml
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
        "region",
        "row",
        "sheet",
        "sheets",
        "style",
        "suggestion",
        "text",
        "title",
        "unit",
        "what",
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

    rules: dict[Annotated[str, Field(pattern="^[FSTVC]-[0-9]{3}$")], Rule]


@cache
def catalogue(folder: Path | None = None) -> dict[str, Rule]:
    """Rule id → rule; raises RuleBookError for mistakes in the file."""
    source = read_yaml((folder or rule_books_folder()) / "findings.yml")
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
    """A finding by its rule id; ``params`` fill the sentences."""
    entry = catalogue()[rule]
    return Finding(
        rule=rule,
        severity=entry.severity,
        location=location,
        message=entry.message.format(**params),
        value=value,
        expected=expected,
        hint=entry.hint.format(**params),
    )


def refusal(rule: str, **params: object) -> FileRefused:
    """The exception that refuses one file, with its sentence and what the sender is to do."""
    entry = catalogue()[rule]
    message, hint = entry.message.format(**params), entry.hint.format(**params)
    return FileRefused(rule, Text(f"{message.ru}. {hint.ru}.", f"{message.en}. {hint.en}."))
