"""Plain data as a pickle that is taken apart without running anything."""

from __future__ import annotations

import pickle
from typing import Any

_CONTENTS = {
    ("xlkit.values", "ExcelError"), ("xlkit.values", "Uncached"), ("xlkit.texts", "Text"),
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
}  # fmt: skip
"""What a cell may hold, and a finding show, beside texts and numbers."""


class PlainUnpickler(pickle.Unpickler):
    """Takes plain data, the contents of cells, and the classes that a subclass ``allows``; no others."""

    allows: frozenset[tuple[str, str]] = frozenset()

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CONTENTS and (module, name) not in self.allows:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)
