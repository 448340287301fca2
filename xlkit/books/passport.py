"""What a workbook of ours says of itself: form, edition, rules and cluster, in document properties and in its lists."""

from __future__ import annotations

from collections.abc import Sequence

PROPERTY_FORM = "xlkit_form"
PROPERTY_EDITION = "xlkit_edition"
PROPERTY_RULES = "xlkit_rules"
PROPERTY_CLUSTER = "xlkit_cluster"

PASSPORT = (PROPERTY_FORM, PROPERTY_EDITION, PROPERTY_RULES, PROPERTY_CLUSTER)
"""In custom document properties and, for programs that cannot read those, in the first two rows of «Списки»."""


def listed_passport(rows: Sequence[Sequence[object]]) -> dict[str, str]:
    """The passport from the rows of «Списки»: names in the first, what they say in the second."""
    if len(rows) < 2:
        return {}
    named = zip(rows[0], rows[1], strict=False)
    return {str(name): str(said) for name, said in named if name in PASSPORT and said not in (None, "")}
