"""Look at the rule books, and check edited ones."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlkit.errors import EXIT_FINDINGS, EXIT_NOTHING_TRIED, EXIT_OK, XlkitError, system_reason
from xlkit.resources import rule_books_folder
from xlkit.rules.catalogue import read_catalogue
from xlkit.rules.edition import Edition, list_editions, load_edition, read_edition
from xlkit.rules.model import RuleBook
from xlkit.rules.registerspec import read_register_spec
from xlkit.rules.title import read_title_sheet
from xlkit.texts import Text

COMMON: dict[str, Callable[[Path], object]] = {
    "title.yml": read_title_sheet,
    "register.yml": read_register_spec,
    "findings.yml": read_catalogue,
}
"""The files that all forms share, and what reads them from their folder."""


@dataclass(frozen=True)
class RuleBookCheck:
    """One rule book file and its mistakes (none: it is right); ``tried`` is false for what is no rule book at all."""

    file: str
    mistakes: Text | None
    tried: bool = True


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
    """Check rule book files (``<form>/<edition>.yml`` with their CSV files, or a common file), or all shipped ones."""
    return [_check_file(str(file)) for file in list(files) or _shipped_files()]


def exit_code(checks: Sequence[RuleBookCheck]) -> int:
    """The exit code of a check: 2 where not one file could be tried."""
    if checks and not any(one.tried for one in checks):
        return EXIT_NOTHING_TRIED
    return EXIT_FINDINGS if any(one.mistakes for one in checks) else EXIT_OK


def _shipped_files() -> list[Path]:
    folder = rule_books_folder()
    return [*list_editions(folder), *(folder / name for name in COMMON)]


def _check_file(file: str) -> RuleBookCheck:
    path = Path(file)
    untried = _untried(path)
    if untried is not None:
        return RuleBookCheck(file, untried, tried=False)
    try:
        if path.name in COMMON:
            COMMON[path.name](path.resolve().parent)
        else:
            read_edition(path)
    except XlkitError as error:
        return RuleBookCheck(file, error.text)
    return RuleBookCheck(file, None)


def _untried(path: Path) -> Text | None:
    """Why a file cannot be a rule book; ``None`` where it may be one."""
    try:
        if path.is_dir():
            return Text("это папка: назовите файл .yml", "this is a folder: name a .yml file")
        if not stat.S_ISREG(path.stat().st_mode):
            return Text("это не обычный файл", "this is no regular file")
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        return system_reason(error)
    if path.suffix.casefold() == ".csv":
        return Text(
            "таблица CSV проверяется вместе с книгой правил: назовите файл .yml, в котором она указана",
            "a CSV table is checked with its rule book: name the .yml file that mentions it",
        )
    if path.suffix.casefold() not in (".yml", ".yaml"):
        return Text("это не книга правил: нужен файл .yml", "this is no rule book: a .yml file is needed")
    return None
