"""What a program without a console does with a failure: a sentence for the person, the traceback into the log."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime

from xlkit.errors import XlkitError
from xlkit.settings import LOG, home


def attempt(
    action: str, act: Callable[[], str], failed: str, explain: Callable[[BaseException], str | None] = lambda _: None
) -> tuple[str, bool]:
    """What to say of an action, and whether something went wrong.

    ``failed`` is said of a bug, with the log's place, unless ``explain`` knows a sentence for it. Never raises.
    """
    try:
        return act(), False
    except XlkitError as error:
        return str(error), True
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback: every failure becomes a message
        place = log_failure(action, error)
        return explain(error) or f"{failed} Подробности: {place}", True


def log_failure(action: str, error: BaseException) -> str:
    """Write a failure into the log; returns the log's path."""
    path = home() / LOG
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{datetime.now().isoformat(timespec='seconds')} {action}\n")
            stream.writelines(traceback.format_exception(error))
            stream.write("\n")
    except OSError:
        return "журнал не записан"
    return str(path)
