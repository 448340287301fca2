"""click in two languages: commands, options and usage errors whose texts follow the language in force."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from xlkit.errors import XlkitError
from xlkit.texts import LANGUAGES, Text, choose_language, language

_HEADINGS = {"Usage": "Вызов", "Options": "Параметры", "Commands": "Команды"}

JSON = Text("Один документ JSON на выходе.", "One JSON document on stdout.")
REGISTER = Text("Реестр: книга .xlsx или адрес базы данных.", "Register: an .xlsx file or a database URL.")


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{_heading('Usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_heading(heading))


def _heading(name: str) -> str:
    return name if language() == "en" else _HEADINGS.get(name, name)


_PLACEHOLDERS = {
    "OPTIONS": "ПАРАМЕТРЫ", "COMMAND": "КОМАНДА", "ARGS": "АРГУМЕНТЫ", "TEXT": "ТЕКСТ", "INTEGER": "ЧИСЛО",
    "FILES": "ФАЙЛЫ", "PATHS": "ПУТИ", "FILE": "ФАЙЛ", "FOLDER": "ПАПКА", "SOURCE": "ИСТОЧНИК", "FORM": "ФОРМА",
    "FINGERPRINT": "ОТПЕЧАТОК", "OWNER": "КЛАСТЕР", "PUBLIC": "КЛЮЧ", "MESSAGE_ID": "ПИСЬМО", "MESSAGE_IDS": "ПИСЬМА",
}  # fmt: skip


def _placeholders(usage: str) -> str:
    """What click writes in capitals, in the language in force."""
    return usage if language() == "en" else re.sub(r"\b[A-Z_]+\b", lambda one: _PLACEHOLDERS.get(one[0], one[0]), usage)


class _Context(click.Context):
    formatter_class = _Formatter


def _choose(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value:
        choose_language(value)


class Option(click.Option):
    """An option whose help is a Text."""

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        self.text = text
        kwargs["help"] = text.ru
        super().__init__(*args, **kwargs)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        self.help = str(self.text)
        record = super().get_help_record(ctx)
        if record is None:
            return None
        names, text = record
        return _placeholders(names), text.replace("[required]", str(Text("[нужен всегда]", "[required]")))


class _Worded(click.Command):
    """A command whose help is a Text; every command takes ``--lang``."""

    context_class = _Context

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:
        self.text = text
        kwargs["help"] = text.ru
        super().__init__(*args, **kwargs)
        self.params.append(
            Option(
                ["--lang"],
                type=click.Choice(LANGUAGES),
                is_eager=True,
                expose_value=False,
                callback=_choose,
                text=Text("Язык сообщений (или переменная XLKIT_LANG).", "Language of messages (or XLKIT_LANG)."),
            )
        )

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = str(self.text)
        super().format_help_text(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        self.help = str(self.text)
        return super().get_short_help_str(max(limit, 80))

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [_placeholders(piece) for piece in super().collect_usage_pieces(ctx)]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = str(Text("Показать эту справку.", "Show this message and exit."))
        return found


class Command(_Worded):
    """A command that runs one action."""


class Group(_Worded, click.Group):
    """A command with subcommands."""

    command_class = Command
    group_class = type


def command(**kwargs: Any) -> Callable[[Callable[..., Any]], Command]:
    """``click.command`` with ``text=Text(…)`` for its help."""
    return click.command(cls=Command, **kwargs)


def group(**kwargs: Any) -> Callable[[Callable[..., Any]], Group]:
    """``click.group`` with ``text=Text(…)`` for its help."""
    return click.group(cls=Group, **kwargs)


def place(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Callback of an option that names where to write: never an empty word, which a script's unset variable gives."""
    if value is not None and not value.strip():
        raise XlkitError(Text("Укажите имя файла или папки (-o)", "Name a file or folder (-o)"))
    return value


_ARGUMENTS = {
    "files": Text("файлы", "files"),
    "paths": Text("файлы или папки", "files or folders"),
    "file": Text("файл", "file"),
    "svod": Text("книга свода", "the consolidation"),
    "cell": Text("ячейка", "cell"),
    "folder": Text("папка", "folder"),
    "fingerprint": Text("отпечаток ключа", "fingerprint of the key"),
    "message_ids": Text("номера писем", "Message-IDs"),
    "message_id": Text("номер письма", "Message-ID"),
    "owner": Text("кластер", "cluster"),
    "public": Text("открытый ключ", "public key"),
    "register": Text("реестр", "the register"),
    "source": Text("исходный реестр", "the source register"),
    "target": Text("куда записать", "where to write"),
    "old": Text("первый реестр", "the first register"),
    "new": Text("второй реестр", "the second register"),
    "form": Text("форма: program_center или program_educational", "form: program_center or program_educational"),
}


def option(*names: str, **kwargs: Any) -> Callable[[Any], Any]:
    """``click.option`` with ``text=Text(…)`` for its help."""
    return click.option(*names, cls=Option, **kwargs)


def argument(*names: str, **kwargs: Any) -> Callable[[Any], Any]:
    """``click.argument``."""
    return click.argument(*names, **kwargs)


def usage_text(error: click.ClickException) -> str:
    """A usage error in the language in force, with the way to the help."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "xlkit"
    said = error.format_message() if language() == "en" else _in_russian(error)
    ask = Text(f"Справка: {path} --help", f"Help: {path} --help")
    return f"{said}\n{ask}"


def _in_russian(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        near = f" Может быть, {', '.join(error.possibilities)}?" if error.possibilities else ""
        return f"Нет такого параметра: {error.option_name}.{near}"
    if isinstance(error, click.MissingParameter):
        if isinstance(error.param, click.Argument):
            return f"Не указано: {_ARGUMENTS.get(error.param.name or '', error.param.name)}."
        return f"Не указан параметр {', '.join(error.param.opts) if error.param else ''}."
    if isinstance(error, click.BadParameter):
        return _bad_value(error)
    if isinstance(error, click.BadOptionUsage):
        takes = "нужно значение" if "requires" in error.message else "значение не ставится"
        return f"Параметр {error.option_name}: {takes}."
    if isinstance(error, click.FileError):
        return f"Файл не открывается: {error.ui_filename}: {error.message}"
    message = error.format_message()
    if message.startswith("No such command"):
        name, _, near = message.removeprefix("No such command ").partition(" Did you mean ")
        return f"Нет такой команды: {name}" + (f" Может быть, {near}" if near else "")
    if message.startswith("Missing command"):
        return "Не указана команда."
    if message.startswith("Got unexpected extra"):
        return f"Лишние слова: {message.partition('(')[2].rstrip(')')}"
    return message


def _bad_value(error: click.BadParameter) -> str:
    name = error.param.opts[-1] if error.param else ""
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return f"Неверное значение {name}: допустимо {', '.join(str(c) for c in kind.choices)}."
    if isinstance(kind, click.DateTime):
        return f"Неверное значение {name}: нужна дата ДД.ММ.ГГГГ."
    if isinstance(kind, click.IntRange):
        return f"Неверное значение {name}: нужно целое число от {kind.min} до {kind.max}."
    return f"Неверное значение {name}: нужно целое число."


def asked_language(arguments: Sequence[str]) -> str | None:
    """The language that ``--lang`` asks for, wherever it stands: a usage error may come before it is parsed."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, _, value = word.partition("=")
        if name == "--lang" and (value or following) in LANGUAGES:
            return value or following
    return None


def version_option(version: str) -> Callable[[Any], Any]:
    """``--version`` with its help in the language in force."""

    def show(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            click.echo(f"xlkit {version}")
            context.exit()

    return option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        text=Text("Показать версию.", "Show the version."),
    )
