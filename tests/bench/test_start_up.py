"""A command starts as fast as its libraries let it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.bench.ratio import ratio_within
from tests.bench.start_up import cpu_of, measure_check, measure_help

HELP_AT_MOST, CHECK_AT_MOST = 1.5, 1.25
PAIRS = 2

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system counts no children's CPU seconds")


def test_help_costs_little_more_than_a_bare_click_program(tmp_path: Path) -> None:
    assert ratio_within(HELP_AT_MOST, lambda: cpu_of(measure_help(PAIRS, tmp_path))) <= HELP_AT_MOST


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere what reads is an interpreter of its own: up to 1.31")
def test_a_check_costs_little_more_than_importing_its_libraries(tmp_path: Path) -> None:
    assert ratio_within(CHECK_AT_MOST, lambda: cpu_of(measure_check(PAIRS, tmp_path))) <= CHECK_AT_MOST
