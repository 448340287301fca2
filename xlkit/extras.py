"""The optional packages of xlkit: one sentence for each that is missing, and how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xlkit.errors import XlkitError
from xlkit.texts import Text

EXCEL, MAIL, SCALE = "excel", "mail", "scale"
"""The extras of the package: ``pip install "xlkit[excel,mail]"``."""


@contextmanager
def of_extra(extra: str) -> Iterator[None]:
    """Import packages of an extra in the block. XlkitError names the one that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise XlkitError(missing((error.name or "").partition(".")[0], extra)) from error


def missing(package: str, extra: str) -> Text:
    """What to say of a package that is not installed."""
    return Text(
        f"Не установлен пакет {package}. {install(extra).ru}", f"The package {package} is missing. {install(extra).en}"
    )


def install(extra: str) -> Text:
    """How to install an extra, in quotes that every shell understands."""
    command = f'pip install "xlkit[{extra}]"'
    return Text(f"Выполните: {command}", f"Run: {command}")
