"""What the consolidation decides: which workbook stands for which submission, and what the figures add up to."""

from __future__ import annotations

from xlkit.consolidate.adding import add_up
from xlkit.consolidate.doubts import SAYS_WHAT, doubtful_values, questioned_values
from xlkit.consolidate.due import due_submissions
from xlkit.consolidate.intake import (
    UNSTATED,
    Arrival,
    IntakeLine,
    Passport,
    Preference,
    Standing,
    decide_intake,
    plan_speakers,
    refusal_of,
)
from xlkit.consolidate.totals import (
    ALL,
    COUNTS,
    DIMENSIONS,
    DISTRICT,
    INDUSTRY,
    REGION,
    Counted,
    Part,
    Terms,
    Total,
    count_figures,
)

__all__ = [
    "ALL",
    "COUNTS",
    "DIMENSIONS",
    "DISTRICT",
    "INDUSTRY",
    "REGION",
    "SAYS_WHAT",
    "UNSTATED",
    "Arrival",
    "Counted",
    "IntakeLine",
    "Part",
    "Passport",
    "Preference",
    "Standing",
    "Terms",
    "Total",
    "add_up",
    "count_figures",
    "decide_intake",
    "doubtful_values",
    "due_submissions",
    "plan_speakers",
    "questioned_values",
    "refusal_of",
]
