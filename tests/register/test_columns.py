"""A register's figures by columns: figures one by one are the same, and what is alike is asked once."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.register.made import DRAFTS, REGISTER
from tests.registers import as_sqlite, as_xlsx
from xlkit.register import read_register
from xlkit.rules.registered import Figures
from xlkit.values import as_text, of_each

EVERY = tuple(REGISTER.figures)
CLUSTER = DRAFTS[1].cluster.id


def test_columns_are_their_figures() -> None:
    figures = Figures.of(EVERY)
    assert figures == EVERY and figures == EVERY and figures == Figures.of(list(EVERY)) and len(figures) == len(EVERY)
    assert figures != EVERY[1:] and figures != Figures.of((replace(EVERY[0], unit="штук"), *EVERY[1:]))
    assert (figures[0], figures[-1], figures[2:4]) == (EVERY[0], EVERY[-1], EVERY[2:4])
    assert replace(REGISTER, figures=figures) == REGISTER and hash(figures) == hash(EVERY)


def test_a_figure_stays_the_same_object() -> None:
    """What changes a register knows its figures by identity."""
    figures = Figures({name: Figures.of(EVERY).column(name) for name in vars(EVERY[0])})
    assert [id(one) for one in figures] == [id(one) for one in figures] and figures[3] is list(figures)[3]


@pytest.mark.parametrize("order", [1, -1, 2, 7])
def test_figures_of_a_cluster_wherever_they_stand(order: int) -> None:
    """All in one place, or here and there."""
    mixed = [one for start in range(abs(order)) for one in EVERY[start::order]]
    mixed = mixed if order > 0 else list(EVERY[::-1])
    own = tuple(one for one in mixed if one.cluster == CLUSTER)
    found = replace(REGISTER, figures=tuple(mixed)).figures_of(CLUSTER, own[0].form)
    assert found == own and found.column("value") == [one.value for one in own]
    assert not REGISTER.figures_of("ОПЦ-999", own[0].form) and not REGISTER.figures_of(CLUSTER, "program_moon")


@pytest.mark.parametrize(
    "contents",
    [[1, "1", 1.0, None, "", "1"], [True, 1, 1.0, False, 0], [Decimal("1.0"), Decimal("1.00")], [[1], [1]],
     [dt.date(2026, 3, 2), "02.03.2026"], []],
    ids=str,
)  # fmt: skip
def test_what_is_alike_is_asked_once(contents: list[Any]) -> None:
    asked: list[object] = []

    def ask(content: object) -> str:
        asked.append(content)
        return as_text(content)

    assert of_each(ask, contents) == [as_text(one) for one in contents]
    assert len(asked) <= len(contents)
    assert of_each(ask, ["a"] * 5) == ["a"] * 5 and asked.count("a") == 1


def test_reading_needs_neither_pandas_nor_numpy(tmp_path: Path) -> None:
    """A template is issued without them."""
    source = as_xlsx(REGISTER, tmp_path / "r.xlsx")
    program = f"import sys; from xlkit.register import read_register; read_register({source!r}); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "xlkit.register" in loaded and not {"pandas", "numpy", "sqlalchemy"} & set(loaded)


def test_mistakes_are_told_in_the_order_of_the_rows(tmp_path: Path) -> None:
    """First those by which a row is nobody's, then those of its own words, whatever column they are in."""
    figures = list(EVERY)
    figures[2] = replace(figures[2], year=1999)
    figures[3] = replace(figures[3], mode="moon")
    figures[4] = replace(figures[4], year=1998)
    figures[5] = replace(figures[5], form="program_moon")
    figures[7] = replace(figures[7], cluster="ОПЦ-999")
    figures.insert(10, replace(figures[9], value="другое"))
    read = read_register(as_sqlite(replace(REGISTER, figures=tuple(figures)), tmp_path / "r.db"))
    twice = f"{figures[9].cluster}, {figures[9].key}, {figures[9].year}"
    assert [note.ru.removeprefix("Реестр, таблица plan, ") for note in read.notes] == [
        "запись 6: форма «program_moon» неизвестна, значение не прочитано",
        "запись 8: кластера «ОПЦ-999» нет среди кластеров реестра",
        "запись 3: год «1999» не распознан, значение не прочитано; таких строк 2",
        "запись 4: учёт «moon» этой таблицей не предусмотрен",
        f"запись 11: значение {twice} записано дважды и по-разному: верным считается утверждённое позже, иначе первое",
    ]
    assert [one.line for one in read.figures_of("ОПЦ-999", EVERY[0].form)] == [8]
