"""The fields of the title sheet, as declared in ``validation/title.yml``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from xlkit.resources import rule_books_folder
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.mistakes import Path_, RuleBookError, problem
from xlkit.rules.model import Strict
from xlkit.rules.sheetnames import reserved_names, sheet_name_mistake
from xlkit.rules.yamlfile import YamlFile, read_yaml
from xlkit.texts import Text
from xlkit.values import folded

NEEDED = ("cluster_id", "cluster_name", "kind", "industry", "first_year", "period")
"""Fields without which a workbook cannot be built or understood."""


class TitleField(Strict):
    """One line of the title sheet."""

    caption: str
    required: Literal["error", "info"] | None = None
    list: Literal["regions", "districts", "industries", "periods"] | None = None
    locked: bool = False
    prompt: str = ""


class TitleSheet(Strict):
    """The title sheet: captions in column A, input in column B."""

    sheet: str
    fields: dict[str, TitleField]


@cache
def title_sheet() -> TitleSheet:
    """The declared title sheet; the same for every form."""
    return read_title_sheet(rule_books_folder())


def read_title_sheet(folder: Path) -> TitleSheet:
    """The title sheet that a folder of rule books declares; raises RuleBookError."""
    source = read_yaml(folder / "title.yml")
    try:
        title = TitleSheet.model_validate(source.data)
    except ValidationError as error:
        raise RuleBookError(explain_model_errors(error, source)) from error
    problems = list(_problems(title, source))
    if problems:
        raise RuleBookError(problems)
    return title


def _problems(title: TitleSheet, source: YamlFile) -> Iterator[Text]:
    def say(at: Path_, ru: str, en: str) -> Text:
        return problem(source.path, source.line_of(at), ru, en)

    mistake = sheet_name_mistake(title.sheet, reserved_names())
    if mistake is not None:
        yield say(("sheet",), mistake.ru, mistake.en)
    for name in NEEDED:
        if name not in title.fields:
            yield say(("fields",), f"не хватает поля «{name}»", f"the field {name!r} is missing")
    owners: dict[str, str] = {}
    for name, field in title.fields.items():
        at, caption = ("fields", name), folded(field.caption)
        if not caption:
            yield say(at, "заголовок поля пуст", "the field has no caption")
        elif caption in owners:
            ru = f"поля «{owners[caption]}» и «{name}» имеют один заголовок"
            yield say(at, ru, f"the fields {owners[caption]!r} and {name!r} have one caption")
        owners.setdefault(caption, name)
        if field.list and (field.list == "periods") != (name == "period"):
            ru = "список «periods» — только у поля «period»"
            yield say(at, ru, "the list periods belongs to the field period and to no other")
