"""The register's sheets, tables and columns, as declared in ``validation/register.yml``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from xlkit.resources import rule_books_folder
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.mistakes import Path_, RuleBookError, problem
from xlkit.rules.model import Strict
from xlkit.rules.sheetnames import sheet_name_mistake
from xlkit.rules.yamlfile import YamlFile, as_tuples, read_yaml
from xlkit.texts import Text
from xlkit.values import folded

FIGURES = ("plan", "indicators", "actuals")
"""The tables of approved figures; they share their columns."""

CHANGES = "changes"
"""The journal of what xlkit changed in a register."""

NEEDED = {
    "clusters": ("id", "kind"),
    "figures": ("cluster_id", "code", "year", "value"),
    "deadlines": ("form", "deadline"),
}
"""Columns without which a register says nothing, by the tables that must be declared."""


class RegisterColumn(Strict):
    """A column: its caption in the xlsx, other captions that are understood; its key is its name in a database.

    ``type`` is what a database keeps it as: a ``value`` is a number or a word, like a workbook's cell. The ``key``
    columns of a table name one record.
    """

    caption: str
    also: tuple[str, ...] = ()
    required: bool = False
    type: Literal["text", "integer", "value"] = "text"
    key: bool = False


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

    def keys_of(self, table: str) -> list[str]:
        """The columns that name one record of a table; none where a record is what it says."""
        return [name for name, column in self.columns_of(table).items() if column.key]


@cache
def register_spec() -> RegisterSpec:
    """The declared register."""
    return read_register_spec(rule_books_folder())


def read_register_spec(folder: Path) -> RegisterSpec:
    """The register that a folder of rule books declares; raises RuleBookError."""
    source = read_yaml(folder / "register.yml")
    try:
        spec = RegisterSpec.model_validate(as_tuples(source.data))
    except ValidationError as error:
        raise RuleBookError(explain_model_errors(error, source)) from error
    problems = list(_problems(spec, source))
    if problems:
        raise RuleBookError(problems)
    return spec


def _problems(spec: RegisterSpec, source: YamlFile) -> Iterator[Text]:
    def say(at: Path_, ru: str, en: str) -> Text:
        return problem(source.path, source.line_of(at), ru, en)

    taken: dict[str, Text] = {}
    for table, sheet in spec.sheets.items():
        mistake = sheet_name_mistake(sheet, taken)
        if mistake is not None:
            yield say(("sheets", table), mistake.ru, mistake.en)
        taken.setdefault(folded(sheet), Text(f"у таблицы «{table}»", f"the table {table!r} has it"))
        if ("figures" if table in FIGURES else table) not in spec.columns:
            ru = f"у таблицы «{table}» нет столбцов среди «columns»"
            yield say(("sheets", table), ru, f"the table {table!r} has no columns among columns")
    for table, needed in NEEDED.items():
        for name in needed:
            if name not in spec.columns.get(table, {}):
                ru = f"не хватает столбца «{name}» таблицы «{table}»"
                yield say(("columns", table), ru, f"the column {name!r} of the table {table!r} is missing")
    for table, columns in spec.columns.items():
        yield from _twins(table, columns, say)


def _twins(table: str, columns: dict[str, RegisterColumn], say: Callable[[Path_, str, str], Text]) -> Iterator[Text]:
    owners: dict[str, str] = {}
    for name, column in columns.items():
        for caption in (column.caption, *column.also):
            if owners.setdefault(folded(caption), name) != name:
                ru = f"заголовок «{caption}» уже у столбца «{owners[folded(caption)]}»"
                en = f"the caption {caption!r} belongs to the column {owners[folded(caption)]!r} already"
                yield say(("columns", table, name), ru, en)
            if not caption.strip():
                yield say(("columns", table, name), "заголовок столбца пуст", "the column has no caption")
