"""The register's sheets, tables and columns, as declared in ``validation/register.yml``."""

from __future__ import annotations

from functools import cache

from pydantic import ValidationError

from xlkit.resources import rule_books_folder
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.model import Strict
from xlkit.rules.yamlfile import RuleBookError, as_tuples, read_yaml

FIGURES = ("plan", "indicators", "actuals")
"""The tables of approved figures; they share their columns."""


class RegisterColumn(Strict):
    """A column: its caption in the xlsx, other captions that are understood; its key is its name in a database."""

    caption: str
    also: tuple[str, ...] = ()
    required: bool = False


class RegisterSpec(Strict):
    """Sheets of the xlsx by table, and the columns of each.

    ``inactive`` are the beginnings of a cluster's status by which nothing is expected of it any more.
    """

    sheets: dict[str, str]
    columns: dict[str, dict[str, RegisterColumn]]
    inactive: tuple[str, ...] = ()

    def columns_of(self, table: str) -> dict[str, RegisterColumn]:
        """The columns of a table; the three tables of figures share theirs."""
        return self.columns["figures" if table in FIGURES else table]


@cache
def register_spec() -> RegisterSpec:
    """The declared register."""
    source = read_yaml(rule_books_folder() / "register.yml")
    try:
        return RegisterSpec.model_validate(as_tuples(source.data))
    except ValidationError as error:
        raise RuleBookError(explain_model_errors(error, source)) from error
