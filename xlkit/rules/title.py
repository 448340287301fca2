"""The fields of the title sheet, as declared in ``validation/title.yml``."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import ValidationError

from xlkit.resources import rule_books_folder
from xlkit.rules.explain import explain_model_errors
from xlkit.rules.model import Strict
from xlkit.rules.yamlfile import RuleBookError, read_yaml


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
    source = read_yaml(rule_books_folder() / "title.yml")
    try:
        return TitleSheet.model_validate(source.data)
    except ValidationError as error:
        raise RuleBookError(explain_model_errors(error, source)) from error
