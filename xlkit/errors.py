"""What stops xlkit. Bad data is a Finding; being unable to go on is an XlkitError; a bug keeps its traceback."""

from __future__ import annotations

import errno

from xlkit.texts import Text

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_NOTHING_TRIED = 2
EXIT_INTERRUPTED = 130


class XlkitError(Exception):
    """xlkit cannot go on; the text says why and what to do, the exit code is for the command line."""

    def __init__(self, text: Text, exit_code: int = EXIT_NOTHING_TRIED) -> None:
        super().__init__(text)
        self.text = text
        self.exit_code = exit_code

    def __str__(self) -> str:
        return str(self.text)


class FileRefused(XlkitError):
    """One file cannot be read as a workbook of ours; the rest of a batch goes on."""

    def __init__(self, rule: str, text: Text) -> None:
        super().__init__(text)
        self.rule = rule


class Unreadable(Exception):
    """Why a file cannot be read, before anybody has looked up the sentences: the rule and what fills it.

    The process that reads a file raises it, so that it need not load the catalogue of findings.
    """

    def __init__(self, rule: str, **params: str) -> None:
        super().__init__(rule, params)
        self.rule = rule
        self.params = params


class NotReady(XlkitError):
    """Promised for a later issue."""

    def __init__(self, what: str) -> None:
        super().__init__(Text(f"{what}: ещё не готово", f"{what}: not ready yet"))


_REASONS = {
    ("ENOENT",): Text("такого файла или папки нет", "there is no such file or folder"),
    ("EACCES", "EPERM"): Text("нет доступа", "access is denied"),
    ("EISDIR",): Text("это папка, а не файл", "this is a folder, not a file"),
    ("ENOTDIR",): Text("на месте папки в этом пути стоит файл", "a file stands in this path where a folder should"),
    ("EEXIST",): Text("файл с таким именем уже есть", "a file of that name exists already"),
    ("ENOTEMPTY",): Text("папка не пуста", "the folder is not empty"),
    ("ENOSPC", "EDQUOT"): Text("на диске нет места", "the disk is full"),
    ("EFBIG",): Text("файл слишком велик для этого диска", "the file is too large for this disk"),
    ("EROFS",): Text("диск открыт только для чтения", "the disk is read-only"),
    ("ENAMETOOLONG",): Text("имя файла слишком длинное", "the file's name is too long"),
    ("EINVAL", "EILSEQ"): Text("такое имя файла недопустимо", "such a file name is not allowed"),
    ("EBUSY", "ETXTBSY", "EAGAIN", "EDEADLK"): Text("файл занят другой программой", "another program holds the file"),
    ("EMFILE", "ENFILE"): Text("открыто слишком много файлов", "too many files are open"),
    ("ELOOP",): Text("ссылки на файлы ходят по кругу", "links to files go in a circle"),
    ("EIO",): Text("диск не читается или не пишется", "the disk cannot be read or written"),
    ("ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETUNREACH", "ESTALE", "ENODEV", "ENXIO"): Text(
        "диск или сетевая папка недоступны", "the disk or network folder is out of reach"
    ),
}
_REASON_OF = {getattr(errno, name): text for names, text in _REASONS.items() for name in names if hasattr(errno, name)}
_WINDOWS = {
    32: "EBUSY",
    33: "EBUSY",
    53: "ENETUNREACH",
    64: "ENETUNREACH",
    67: "ENETUNREACH",
    112: "ENOSPC",
    123: "EINVAL",
}
"""Windows' own numbers that Python folds into a vaguer errno: a file open elsewhere, a lost share, a full disk."""


def system_reason(error: OSError) -> Text:
    """Why the system could not do something with a file, as a clause in both languages; never its own English."""
    windows = _WINDOWS.get(getattr(error, "winerror", None) or 0)
    number = getattr(errno, windows, None) if windows else error.errno
    if number in _REASON_OF:
        return _REASON_OF[number]
    if error.errno is None:
        return Text("система отказала", "the system refused")
    return Text(f"ошибка системы номер {error.errno}", f"system error number {error.errno}")
