"""Small workbooks and how their bytes change on the way: for the tests of flips and for the fuzzer."""

from __future__ import annotations

import random

from tests.hostile.books import Part, cell, ods, ods_table, strings, xlsx_parts, zip_of


def stored_and_packed() -> dict[str, bytes]:
    parts = xlsx_parts(cell("<v>1000</v>") + cell("<v>0</v>", ' t="s"', "B2") + cell("<v>46027</v>", ' s="1"', "C3"),
                       strings=strings("<si><t>слово</t></si>"))  # fmt: skip
    contents = {name: c.encode() if isinstance(c, str) else c for name, c in parts.items()}
    row = '<table:table-row><table:table-cell office:value-type="float" office:value="1000"/></table:table-row>'
    return {
        "stored": zip_of(Part(name, content, packed=False) for name, content in contents.items()),
        "packed": zip_of(Part(name, content) for name, content in contents.items()),
        "ods": ods(ods_table(row)),
    }


def changed(content: bytes, chance: random.Random) -> bytes:
    """A bit flipped, a few bytes replaced, cut out, put in or moved."""
    at = chance.randrange(len(content))
    some = chance.randrange(1, 9)
    way = chance.randrange(6)
    if way < 2:
        return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
    if way == 2:
        return content[:at] + chance.randbytes(some) + content[at + some :]
    if way == 3:
        return content[:at] + content[at + some :]
    if way == 4:
        return content[:at] + chance.randbytes(some) + content[at:]
    return content[:at] + content[at + some : at + 2 * some] + content[at : at + some] + content[at + 2 * some :]
