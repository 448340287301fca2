"""Why a file cannot be read, as the sentence that a person reads."""

from __future__ import annotations

from xlkit.errors import FileRefused, Unreadable
from xlkit.texts import Text

_COUNTED = {
    "cells": Text("ячейки", "cells"),
    "sheets": Text("листы", "sheets"),
    "strings": Text("тексты", "texts"),
    "merges": Text("объединённые ячейки", "merged cells"),
    "styles": Text("стили", "styles"),
    "names": Text("имена", "defined names"),
}


def refused(why: Unreadable) -> FileRefused:
    """The refusal with its sentences; loads the catalogue of findings."""
    from xlkit.rules.catalogue import refusal

    params: dict[str, object] = dict(why.params)
    if why.rule == "F-031":
        params["what"] = _COUNTED[why.params["what"]]
    if why.rule == "F-012":
        params["what"] = Text(why.params["ru"], why.params["en"])
    return refusal(why.rule, **params)
