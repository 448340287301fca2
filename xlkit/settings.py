"""A person's settings and where xlkit keeps things of its own: settings, log, memory of undo.

``XLKIT_HOME`` names another folder for all of it (a test's, a portable installation's).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from xlkit.errors import XlkitError, system_reason
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.texts import Text

SETTINGS = "settings.toml"
LOG = "xlkit.log"


@dataclass(frozen=True)
class Settings:
    """What a person has set.

    ``register`` is the register of the button «Сверить с реестром»; ``limits`` (the table ``[limits]``) what files
    may be and cost to read.
    """

    register: str | None = None
    limits: Limits = DEFAULT_LIMITS


def home() -> Path:
    """The folder of xlkit's own files."""
    chosen = os.environ.get("XLKIT_HOME")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("xlkit", appauthor=False)


def _unreadable(path: Path, error: Exception) -> Text:
    """Why the settings cannot be read: the usual reasons are the backslashes of Windows and an old encoding."""
    if isinstance(error, UnicodeDecodeError):
        return Text(
            f"Файл настроек {path}: сохраните его в кодировке UTF-8", f"The settings {path}: save them as UTF-8"
        )
    if isinstance(error, OSError):
        reason = system_reason(error)
        return Text(f"Файл настроек {path}: {reason.ru}", f"The settings {path}: {reason.en}")
    return Text(
        f"Ошибка в файле настроек {path} ({error}). Значение пишется в кавычках, путь — через /: "
        'register = "C:/Реестр.xlsx"',
        f"A mistake in the settings {path} ({error}). Values stand in quotes, paths have /: "
        'register = "C:/register.xlsx"',
    )


def read_settings() -> Settings:
    """The settings; without a file all are unset. XlkitError names a mistake in the file."""
    import tomllib

    path = home() / SETTINGS
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise XlkitError(_unreadable(path, error)) from error
    wrong = [name for name, value in given.items() if not _fits(name, value)]
    wrong += [f"limits.{name}" for name, value in _table(given).items() if not _is_limit(name, value)]
    if wrong:
        raise XlkitError(
            Text(f"{path}: неизвестная или неверная настройка «{wrong[0]}»", f"{path}: unknown or wrong «{wrong[0]}»")
        )
    return Settings(given.get("register"), Limits(**_table(given)))


def _table(given: dict[str, Any]) -> dict[str, Any]:
    limits = given.get("limits", {})
    return limits if isinstance(limits, dict) else {}


def _fits(name: str, value: object) -> bool:
    return isinstance(value, {"register": str, "limits": dict}.get(name, ()))


def _is_limit(name: str, value: object) -> bool:
    """All limits are whole numbers above 0."""
    return name in {field.name for field in fields(Limits)} and type(value) is int and value > 0
