"""The свод as one HTML file for looking: every figure opens down to its cell, without network.

Texts come from strangers' workbooks. They stand in a block of JSON that cannot end itself, the page's scripts put
them into text nodes only, and its policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from xlkit.report.svod.figures import SIGN_SAID
from xlkit.report.svod.page_data import page_data
from xlkit.texts import using_language

if TYPE_CHECKING:
    from xlkit.actions.consolidate import ConsolidateResult

_PAGES = Path(__file__).parents[1] / "pages"
_VENDOR = ("d3-7.9.2.min.js", "plot-0.6.17.umd.min.js", "dataTables-3.1.5.min.js")
_OWN = ("data", "table", "charts", "drill", "intake", "totals", "map", "lists", "start")
_HARMFUL = "<>&'\u2028\u2029"


def write_page(result: ConsolidateResult, folder: str | Path | None = None) -> bytes:
    """The page, in Russian; the same result gives the same bytes.

    Links to the workbooks lead from ``folder``, where the page will stand; without one, from the working folder.
    """
    from jinja2 import Environment, FileSystemLoader

    scripts = _scripts()
    pages = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    with using_language("ru"):
        page = pages.get_template("svod.html.j2").render(
            scripts=scripts,
            sign=SIGN_SAID,
            policy=" ".join(map(_digest, scripts)),
            data=harmless_json(page_data(result, folder)),
        )
    return page.encode("utf-8", "backslashreplace")


def harmless_json(content: object) -> str:
    """JSON for a script block: no text in it can end the block, begin a comment or break a line."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in _HARMFUL:  # many times as fast as str.translate
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def _scripts() -> tuple[str, ...]:
    """Each library as it came, then our own parts as one script."""
    libraries = (_read(f"vendor/{name}") for name in _VENDOR)
    own = "".join(_read(f"svod/{name}.js") for name in _OWN)
    return *libraries, f'"use strict";\n(() => {{\n{own}}})();\n'


def _read(name: str) -> str:
    return (_PAGES / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """How the page's policy names a script that may run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
