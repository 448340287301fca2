"""A command line to run, and workbooks to run it on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commandline import Ran, Run
from tests.draw import EDUCATIONAL, draw
from xlkit.cli import main
from xlkit.texts import choose_language


@pytest.fixture
def xlkit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The program in this process, in Russian unless the test says otherwise."""
    monkeypatch.delenv("XLKIT_LANG", raising=False)

    def run(*arguments: object) -> Ran:
        choose_language(None)
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        output = capsys.readouterr()
        return Ran(int(ended.value.code or 0), output.out, output.err)

    yield run
    choose_language(None)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clean workbook, one with a warning, one with errors."""
    folder = tmp_path_factory.mktemp("книги кластеров")
    return {
        "clean": draw(folder / "верно.xlsx"),
        "warned": draw(folder / "с предупреждением.xlsx", plan="|code|unit|\n|1.5.3||"),
        "broken": draw(
            folder / "с ошибками.xlsx", plan="|code|2026|\n|1.1.1|98 чел.|", indicators="|code|2026|\n|1|1161|"
        ),
        "educational": draw(folder / "образовательный.xlsx", EDUCATIONAL),
    }
