"""What of a register could not be used: told by place, like things together."""

from __future__ import annotations

from xlkit.register.tables import Tables
from xlkit.texts import Text


class Notes:
    """Collects notes while a register is read."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._whole: list[Text] = []
        self._places: dict[tuple[str, Text], list[tuple[int, str]]] = {}

    def add(self, text: Text) -> None:
        """A note about the register as a whole."""
        self._whole.append(text)

    def say(self, table: str, number: int, text: Text, value: str = "") -> None:
        """A note about the record of a number; ``{value}`` of ``text`` is what stands there."""
        self._places.setdefault((table, text), []).append((number, value))

    def told(self) -> tuple[Text, ...]:
        """All notes; of like ones the first place and how many there are."""
        told = [*self._whole]
        for (table, text), places in self._places.items():
            number, value = places[0]
            where, more = self._tables.place(table, number), len(places) - 1
            said = text.format(value=value)
            told.append(
                Text(
                    f"Реестр, {where.ru}: {said.ru}" + (f"; таких строк {more + 1}" if more else ""),
                    f"Register, {where.en}: {said.en}" + (f"; {more + 1} such rows" if more else ""),
                )
            )
        return tuple(told)
