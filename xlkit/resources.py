"""Where the shipped files lie: rule books, templates, macros.

In a wheel they are under ``xlkit/_shipped/``; in a checkout (also an editable install, which does not
remap folders) beside ``pyproject.toml``.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from xlkit.errors import XlkitError
from xlkit.texts import Text

_PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """The folder of the sources, where xlkit runs from them; ``None`` where it is installed from a wheel."""
    return _PACKAGE.parent if (_PACKAGE.parent / "pyproject.toml").is_file() else None


@cache
def shipped(folder: str) -> Path:
    """The folder ``validation``, ``workbooks`` or ``macros``; XlkitError where the installation lacks it."""
    for base in (_PACKAGE / "_shipped", checkout()):
        if base is not None and (base / folder).is_dir():
            return base / folder
    raise XlkitError(
        Text(
            f"Установка xlkit неполна: нет папки {folder}. Переустановите пакет.",
            f"The installation of xlkit lacks its folder {folder}. Install the package again.",
        )
    )


def rule_books_folder() -> Path:
    """The folder that holds ``<form>/<edition>.yml``; ``XLKIT_RULES`` names another, such as a methodologist's."""
    chosen = os.environ.get("XLKIT_RULES")
    if not chosen:
        return shipped("validation")
    if not Path(chosen).is_dir():
        raise XlkitError(
            Text(f"XLKIT_RULES называет папку {chosen}, её нет", f"XLKIT_RULES names {chosen}, which is no folder")
        )
    return Path(chosen)


def templates_folder() -> Path:
    """The folder that holds the built templates."""
    return shipped("workbooks")


def macros_folder() -> Path:
    """The folder that holds our VBA sources and the ribbon."""
    return shipped("macros")
