"""For the tests of reports: one field for the page of the свод, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.page_field import REGISTER, fill
from xlkit.actions.consolidate import ConsolidateResult, consolidate


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("page") / "книги")


@pytest.fixture(scope="session")
def page_result(page_folder: Path) -> ConsolidateResult:
    return consolidate([page_folder], REGISTER)
