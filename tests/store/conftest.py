"""For the tests of what a свод opens to: one свод, made once."""

from __future__ import annotations

import pytest

from tests.store.field import Field, make_field


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Field:
    return make_field(tmp_path_factory.mktemp("field"))
