"""Fixtures of the mail's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mail.scenario import FEW, Scenario, scenario
from tests.mailserver import mail_server

__all__ = ["mail_server"]


@pytest.fixture(scope="session")
def season_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the key lies that has sealed workbooks of the season."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def season(season_home: Path) -> Scenario:
    """A season of a few clusters; nobody changes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLKIT_HOME", str(season_home))
        return scenario(FEW)
