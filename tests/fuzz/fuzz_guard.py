"""Mutations against the guard, the reader and the parser of values, for as long as one likes.

    python tests/fuzz/fuzz_guard.py --seconds 120 [--seed 7] [--keep FOLDER]

Every input is a file of the hostile corpus or a good one with its bytes changed, or with the XML inside changed and
zipped anew. Whatever comes of it must be a workbook or a refusal: any other exception is a bug. It is shown with its
traceback, the file is kept, and the exit code is 1. Kinds that a foreign library parses (.xls, .xlsb) run in a
process of their own, where a crash is no bug of ours but is counted.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.hostile.books import Part, brt_error, brt_number, brt_row, xls, xlsb, zip_of
from tests.hostile.corpus import SHEETS, VALUES, XML
from tests.hostile.flips import changed, stored_and_packed
from xlkit.books.reader import read_raw
from xlkit.errors import FileRefused, Unreadable
from xlkit.isolation.pool import read_each
from xlkit.limits import Limits
from xlkit.values import ExcelError, Kind, Uncached, folded, homoglyphs, parse_value

LIMITS = Limits(expanded_mb=16, cells=200_000, seconds=10, memory_mb=512)
TOKENS = (
    b"<c ", b"</c>", b"<v>", b"</v>", b'r="A1"', b'r="XFD1048576"', b't="s"', b't="e"', b"<!--", b"-->", b"<![CDATA[",
    b"]]>", b"<!DOCTYPE a>", b"&lt;", b"&#0;", b"&#x10FFFF;", b"1e309", b"NaN", b"-1", b"99999999999", b"_x0000_",
    b"<row>", b"</row>", b"<sheetData>", b"</sheetData>", b"\xff\xfe", b"\0", b"<is><t>", b"</t></is>", b"<f/>",
    b'table:number-rows-repeated="1048576"', b'office:value-type="time"', b'office:time-value="PT"',
)  # fmt: skip
LETTERS = "0123456789 ,.-–—−хxдаOоЗlI'\u00a0\u202f\u200beE+%_#N/A!" + "".join(map(chr, range(0x2000, 0x2070)))


def seeds(folder: Path) -> list[bytes]:
    """The contents of the corpus' files, the small ones."""
    found = [*stored_and_packed().values()]
    for number, one in enumerate([*XML, *SHEETS, *VALUES]):
        if "xls" in one.id.lower():  # those of a foreign library have a loop of their own
            continue
        path = folder / f"seed {number}"
        one.make(path)
        if path.stat().st_size < 50_000:
            found.append(path.read_bytes())
        path.unlink()
    return found


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The bytes changed; or those of a member, and all zipped anew."""
    if chance.random() < 0.3 or not content.startswith(b"PK"):
        return many_times(content, chance)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = {name: package.read(name) for name in package.namelist()}
    except Exception:  # noqa: BLE001 - some seeds are no zip files, each in a way of its own
        return many_times(content, chance)
    name = chance.choice(sorted(parts)) if parts else ""
    return zip_of(Part(n, many_times(c, chance) if n == name else c) for n, c in parts.items())


def many_times(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        if not content:
            return content
        if chance.random() < 0.4:
            at = chance.randrange(len(content))
            content = content[:at] + chance.choice(TOKENS) + content[at + chance.choice((0, 0, 3)) :]
        else:
            content = changed(content, chance)
    return content


def guard_bug(content: bytes, path: Path) -> str | None:
    """The traceback of what is neither a workbook nor a refusal."""
    path.write_bytes(content)
    try:
        read_raw(path, None, LIMITS)
    except Unreadable:
        return None
    except Exception:  # noqa: BLE001 - which is what is looked for
        return traceback.format_exc()
    return None


def value_bug(chance: random.Random) -> str | None:
    """The traceback, or the law that a value broke."""
    content: object = chance.choice((
        "".join(chance.choices(LETTERS, k=chance.randrange(12))), chance.uniform(-1e308, 1e308), float("nan"),
        float("inf"), True, None, chance.randrange(-(10**400), 10**400), ExcelError("#N/A"), Uncached("A1"),
    ))  # fmt: skip
    try:
        value = parse_value(content)
        if isinstance(content, str):
            folded(content)
            homoglyphs(content)
            if folded(folded(content)) != folded(content):
                return f"folding twice differs: {content!r}"
    except Exception:  # noqa: BLE001 - which is what is looked for
        return f"{content!r}\n{traceback.format_exc()}"
    if value.kind is Kind.NUMBER and (value.number is None or not math.isfinite(value.number)):
        return f"a number that is none: {content!r}"
    return None


def foreign(chance: random.Random, folder: Path) -> Counter[str]:
    """A hundred changed .xls and .xlsb files in processes of their own: what became of them."""
    good = [xls({(1, 1): 5.0, (2, 2): "текст"}), xlsb(brt_row(1) + brt_number(1, 5) + brt_error(2, 7))]
    names = []
    for number in range(100):
        names.append(str(folder / f"foreign {number}"))
        Path(names[-1]).write_bytes(many_times(chance.choice(good), chance))
    return Counter(one.rule if isinstance(one, FileRefused) else "read" for one in read_each(names, limits=LIMITS))


def bugs(seconds: float, seed: int, folder: Path, counts: Counter[str]) -> Iterator[tuple[str, bytes]]:
    """What was found until the time is over."""
    chance, end = random.Random(seed), time.monotonic() + seconds
    known = seeds(folder)
    while time.monotonic() < end:
        for _ in range(200):
            content = mutated(chance.choice(known), chance)
            counts["files"] += 1
            if content.startswith(b"\xd0\xcf"):
                continue
            if bug := guard_bug(content, folder / "mutated"):
                yield bug, content
        for _ in range(2000):
            counts["values"] += 1
            if bug := value_bug(chance):
                yield bug, b""
        counts.update({f"foreign {rule}": n for rule, n in foreign(chance, folder).items()})


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    options.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()))
    asked = options.parse_args()
    counts: Counter[str] = Counter()
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for bug, content in bugs(asked.seconds, asked.seed, Path(folder), counts):
            found += 1
            kept = asked.keep / f"xlkit-fuzz-{asked.seed}-{found}.bin"
            kept.write_bytes(content)
            print(f"{bug}\n{kept}\n", flush=True)
    print(f"seed {asked.seed}: {dict(counts)}, bugs {found}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
