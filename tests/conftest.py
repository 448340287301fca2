"""For all tests: xlkit's own files (settings, keys, what it remembers) lie in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLKIT_HOME", str(tmp_path_factory.mktemp("home")))
        yield
