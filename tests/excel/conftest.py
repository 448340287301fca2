"""For the tests of the installation: the add-in that it puts into place, made once."""

from __future__ import annotations

from functools import cache

import pytest

from xlkit.actions import addin
from xlkit.templates.macros import build_addin

_made = cache(build_addin)


@pytest.fixture
def one_addin(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation packs its VBA in plain Python, in a fifth of a second, with the same outcome every time."""
    monkeypatch.setattr(addin, "build_addin", _made)
