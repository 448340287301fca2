"""A diagnosis as lines of text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from xlkit import __version__
from xlkit.texts import Text

if TYPE_CHECKING:
    from xlkit.actions.doctor import Diagnosis

_MARKS = {
    "ok": (Text("верно", "right"), "green"),
    "warning": (Text("внимание", "note"), "yellow"),
    "wrong": (Text("неверно", "wrong"), "red"),
}


def doctor_text(diagnosis: Diagnosis, paint: Callable[[str, str], str]) -> Iterator[str]:
    """A line per thing, and under it how to mend it."""
    for one in diagnosis.things:
        word, colour = _MARKS[one.state.value]
        yield f"{paint(str(word), colour)}  {one.said}"
        if one.mend is not None:
            yield f"    {one.mend}"


def doctor_document(diagnosis: Diagnosis) -> dict[str, object]:
    """``{"xlkit", "things": [{"name", "state", "said", "mend"}]}``."""
    things = [
        {"name": one.name, "state": one.state.value, "said": str(one.said), "mend": str(one.mend) if one.mend else None}
        for one in diagnosis.things
    ]
    return {"xlkit": __version__, "things": things}
