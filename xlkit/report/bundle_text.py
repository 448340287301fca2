"""The offline kit told to the one who has made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xlkit.texts import Text, figure, plural

if TYPE_CHECKING:
    from xlkit.actions.bundle import Bundle


def bundle_text(made: Bundle) -> Iterator[str]:
    """Where the kit lies, what it serves, and what to do with it."""
    pythons, size = ", ".join(made.pythons), figure(round(made.size / 2**20))
    yield str(
        Text(
            f"{made.folder}: набор для Windows, Python {pythons}; "
            f"{plural(made.wheels, 'пакет', 'пакета', 'пакетов')}, {size} МБ",
            f"{made.folder}: the kit for Windows, Python {pythons}; packages: {made.wheels}, {size} MB",
        )
    )
    yield str(
        Text(
            "Перенесите папку целиком на компьютер с Windows и откройте в ней прочтите.txt",
            "Take the whole folder to a computer with Windows and open прочтите.txt in it",
        )
    )
