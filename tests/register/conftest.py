"""Fixtures of the tests of registers: a real PostgreSQL, and one register in three kinds of store."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.postgres import PostgresServer, postgres
from tests.register.made import REGISTER, UMC
from xlkit.actions.registers import import_register
from xlkit.templates.registerbook import register_workbook

__all__ = ["postgres"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backup of a database that is no file is written into the current folder."""
    monkeypatch.chdir(tmp_path)


@cache
def workbook() -> bytes:
    return register_workbook(REGISTER, {"umc": UMC})


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register in SQLite, to be copied."""
    folder = tmp_path_factory.mktemp("imported")
    (folder / "r.xlsx").write_bytes(workbook())
    import_register(str(folder / "r.xlsx"), str(folder / "r.db"))
    return folder / "r.db"


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes the register anew in a kind of store; returns its source."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            path = tmp_path / "реестр.db"
            path.write_bytes(request.getfixturevalue("imported").read_bytes())
            return str(path)
        path = tmp_path / "реестр.xlsx"
        path.write_bytes(workbook())
        if kind == "xlsx":
            return str(path)
        server: PostgresServer = request.getfixturevalue("postgres")
        target = server.place()
        import_register(str(path), target)
        return target

    return make
