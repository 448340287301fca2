"""A person's settings and where xlkit keeps things of its own: settings, log, memory of undo.

``XLKIT_HOME`` names another folder for all of it (a test's, a portable installation's).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from xlkit.errors import XlkitError, system_reason
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.texts import Text, is_one_line

SETTINGS = "settings.toml"
LOG = "xlkit.log"


STARTTLS, TLS = "starttls", "tls"
_SECURITY = {"one_of": (STARTTLS, TLS)}
_PORT = {
    "most": 2**16 - 1,
    "hint": Text("номер порта — от 1 до 65535", "a port has a number from 1 to 65535"),
}
_HOST = {
    "pattern": r"[\w.-]*|[0-9A-Fa-f:.]+",
    "hint": Text(
        "нужно одно имя сервера: mail.example.org, без https://, порта и пароля",
        "it takes a server's name alone: mail.example.org, without https://, port and password",
    ),
}
_SUBJECT = {
    "pattern": r"(?:[^{}]|\{(?:form|cluster|name|period)\})*",
    "hint": Text(
        "в фигурных скобках бывают только {form}, {cluster}, {name} и {period}",
        "braces hold only {form}, {cluster}, {name} and {period}",
    ),
}
IN_FILE, IN_KEYRING = "file", "keyring"


@dataclass(frozen=True)
class MailSettings:
    """The table ``[mail]``: an account and how letters go out and come in. Passwords are never here.

    ``user`` is the login (empty: the sender), ``witness`` a mailbox of one's own that gets a copy of every letter and
    so proves what was sent, ``ca_file`` a PEM file of an own authority, ``intake`` the folder of the gate.
    """

    sender: str = ""
    name: str = ""
    recipient: str = ""
    user: str = ""
    smtp_host: str = field(default="", metadata=_HOST)
    smtp_port: int = field(default=587, metadata=_PORT)
    smtp_security: str = field(default=STARTTLS, metadata=_SECURITY)
    imap_host: str = field(default="", metadata=_HOST)
    imap_port: int = field(default=993, metadata=_PORT)
    imap_security: str = field(default=TLS, metadata=_SECURITY)
    mailbox: str = "INBOX"
    witness: str = ""
    witness_mailbox: str = "INBOX"
    ca_file: str = ""
    subject: str = field(default="{form}: {cluster}, {period}", metadata=_SUBJECT)
    per_minute: int = 30
    max_message_mb: int = 25
    intake: str = ""

    @property
    def login(self) -> str:
        return self.user or self.sender


@dataclass(frozen=True)
class SealSettings:
    """The table ``[seal]``: where private keys are kept, and the commands of an external signer.

    ``signer`` and ``verifier`` are command lines word by word; ``{manifest}`` and ``{signature}`` stand for the paths
    of the manifest and of the signature beside it. Empty: there is no external signer.
    """

    keys: str = field(default=IN_FILE, metadata={"one_of": (IN_FILE, IN_KEYRING)})
    signer: tuple[str, ...] = ()
    verifier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What a person has set.

    ``register`` is the register of the button «Сверить с реестром»; ``limits`` (the table ``[limits]``) what files
    may be and cost to read; ``mail`` (the table ``[mail]``) is ``None`` where it is not set; ``seal`` is
    the table ``[seal]``.
    """

    register: str | None = None
    limits: Limits = DEFAULT_LIMITS
    mail: MailSettings | None = None
    seal: SealSettings = SealSettings()


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
    path = home() / SETTINGS
    try:
        given = _given(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:  # no UTF-8, or no TOML
        raise XlkitError(_unreadable(path, error)) from error
    wrong = list(_mistakes(given))
    if wrong:
        raise XlkitError(_wrong_setting(path, wrong[0]))
    tables = {name: table(**_frozen(given[name])) for name, table in _TABLES.items() if name in given}
    return Settings(given.get("register"), **tables)


def _given(text: str) -> dict[str, Any]:
    import tomllib  # most people have no such file

    return tomllib.loads(text)


_TABLES: dict[str, type[Any]] = {"limits": Limits, "mail": MailSettings, "seal": SealSettings}


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}


def _mistakes(given: dict[str, Any]) -> Iterator[str]:
    """The names of unknown and wrong settings, with their tables'."""
    for name, value in given.items():
        table = _TABLES.get(name)
        if table is None or not isinstance(value, dict):
            if name != "register" or not isinstance(value, str):
                yield name
            continue
        known = {one.name: one for one in fields(table)}
        yield from (f"{name}.{key}" for key, one in value.items() if key not in known or not _fits(known[key], one))


def _fits(known: Field[Any], value: object) -> bool:
    """Whether a value is of its setting's kind: a number above 0, texts, a text of one line, a word of some."""
    if isinstance(known.default, tuple):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(known.default, int):
        return type(value) is int and 0 < value <= known.metadata.get("most", value)
    if not isinstance(value, str) or not is_one_line(value):
        return False
    if not re.fullmatch(known.metadata.get("pattern", ".*"), value):
        return False
    return value in known.metadata.get("one_of", (value,))


def mail_mistake(name: str, value: str | int) -> Text | None:
    """Why a value will not do for a setting of ``[mail]``; the value is not in it, as it may hold a password."""
    known = _MAIL[name]
    if _fits(known, value):
        return None
    words = known.metadata.get("one_of", ())
    usual = Text(f"одно из: {', '.join(words)}", f"one of: {', '.join(words)}") if words else _ONE_LINE
    hint: Text = known.metadata.get("hint", usual)
    return hint


_MAIL = {one.name: one for one in fields(MailSettings)}
_ONE_LINE = Text("текст в одну строку или число больше 0", "a text of one line, or a number above 0")


def _wrong_setting(path: Path, name: str) -> Text:
    if "password" in name:
        return Text(
            f"{path}: «{name}» — пароль не хранят в файле: удалите его оттуда и выполните xlkit mail setup",
            f"{path}: «{name}»: no password belongs into the file: delete it there and run xlkit mail setup",
        )
    table, _, key = name.partition(".")
    hint = _MAIL[key].metadata.get("hint") if table == "mail" and key in _MAIL else None
    more = Text(f": {hint.ru}", f": {hint.en}") if hint is not None else Text("", "")
    return Text(
        f"{path}: неизвестная или неверная настройка «{name}»{more.ru}", f"{path}: unknown or wrong «{name}»{more.en}"
    )
