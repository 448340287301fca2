"""Look at the rule books, and check edited ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlkit.errors import XlkitError
from xlkit.rules.edition import Edition, list_editions, load_edition, read_edition
from xlkit.rules.model import RuleBook
from xlkit.texts import Text


@dataclass(frozen=True)
class RuleBookCheck:
    """One rule book file and its mistakes (none: it is right)."""

    file: str
    mistakes: Text | None


def list_rule_books() -> list[Edition]:
    """Every shipped edition of every form."""
    return [load_edition(path.parent.name, path.stem) for path in list_editions()]


def show_rule_book(form: str, edition: str | None = None) -> Edition:
    """One edition; XlkitError where there is none."""
    return load_edition(form, edition)


def rule_book_schema() -> dict[str, Any]:
    """The JSON Schema of a rule book, generated from its models, for editors of YAML."""
    schema = RuleBook.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def check_rule_books(files: Iterable[str | Path] = ()) -> list[RuleBookCheck]:
    """Check rule book files (``<form>/<edition>.yml`` with their CSV files), or all shipped ones."""
    checked = []
    for file in list(files) or list_editions():
        try:
            read_edition(Path(file))
        except XlkitError as error:
            checked.append(RuleBookCheck(str(file), error.text))
        else:
            checked.append(RuleBookCheck(str(file), None))
    return checked
