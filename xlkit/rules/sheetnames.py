"""Names of sheets: what Excel forbids, and the names that every workbook of ours already has."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xlkit.texts import Text
from xlkit.values import folded

CONTROL, FINDINGS, APPROVED, HELP, LISTS = "Контроль", "Замечания", "Утверждено", "Справка", "Списки"

RESERVED = (CONTROL, FINDINGS, APPROVED, HELP, LISTS)
"""The sheets that every workbook has beside the title sheet and its tables."""

OURS = Text("так называется лист, который есть в каждой книге", "every workbook has a sheet of that name")

MAX_LENGTH = 31
_FORBIDDEN = "[]:*?/\\"
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL = re.compile(f"[{re.escape(_FORBIDDEN)}]|{_CONTROL.pattern}")


def sheet_name_mistake(name: str, taken: dict[str, Text] | None = None) -> Text | None:
    """Why a sheet cannot bear a name; ``taken`` tells who has the (folded) names that are gone."""
    length = len(name.encode("utf-16-le", "surrogatepass")) // 2
    wrong = next((c for c in name if c in _FORBIDDEN), None)
    owner = (taken or {}).get(folded(name))
    if not name.strip():
        return Text("имя листа пусто", "the sheet has no name")
    if _CONTROL.search(name):
        return Text("в имени листа есть перенос строки или непечатный знак", "a sheet name has a line break in it")
    if wrong:
        return Text(
            f"имя листа «{name}»: знак {wrong} в именах листов Excel не допускает",
            f"the sheet name {name!r}: Excel allows no {wrong} in it",
        )
    if '"' in name:
        return Text(
            f"имя листа «{name}»: вместо прямых кавычек поставьте «ёлочки»",
            f"the sheet name {name!r}: no straight quotation marks in it",
        )
    if name[0] == "'" or name[-1] == "'":
        return Text(
            f"имя листа «{name}» не может начинаться и кончаться апострофом",
            f"the sheet name {name!r} may not begin or end with an apostrophe",
        )
    if length > MAX_LENGTH:
        return Text(
            f"имя листа «{name}» длиннее {MAX_LENGTH} знака: в нём {length}",
            f"the sheet name {name!r} is longer than {MAX_LENGTH} characters: it has {length}",
        )
    if folded(name) == "history":
        return Text("имя листа «History» занято самим Excel", "the sheet name 'History' is taken by Excel itself")
    if owner is not None:
        return Text(f"имя листа «{name}» занято: {owner.ru}", f"the sheet name {name!r} is taken: {owner.en}")
    return None


def legal_sheet_names(names: Iterable[str]) -> list[str]:
    """The names of a workbook's sheets, each as it is or, where Excel has no such name, the nearest that is free."""
    legal: dict[str, str] = {}
    for name in names:
        bare = _ILLEGAL.sub(lambda found: " " if found[0].isspace() else "_", name).strip("'")
        bare = (bare if bare.strip() else "Лист") + ("_" if folded(bare) == "history" else "")
        free, number = _shortened(bare), 2
        while free.lower() in legal:
            free, number = _shortened(bare, f" ({number})"), number + 1
        legal[free.lower()] = free
    return list(legal.values())


def _shortened(name: str, mark: str = "") -> str:
    units = (MAX_LENGTH - len(mark)) * 2
    return name.encode("utf-16-le")[:units].decode("utf-16-le", "ignore").rstrip("'") + mark


def reserved_names() -> dict[str, Text]:
    """The folded names of our own sheets, for ``sheet_name_mistake``."""
    return {folded(name): OURS for name in RESERVED}
