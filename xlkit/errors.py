"""What stops xlkit. Bad data is a Finding; being unable to go on is an XlkitError; a bug keeps its traceback."""

from __future__ import annotations

import errno

from xlkit.texts import Text, visible

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


_ELSEWHERE = Text("укажите другое место", "name another place")
_OTHER_DISK = Text("укажите другой диск", "name another disk")
_REASONS = {
    ("ENOENT",): (
        Text("такого файла или папки нет", "there is no such file or folder"),
        Text("укажите папку, которая есть", "name a folder that exists"),
    ),
    ("EACCES", "EPERM"): (
        Text("нет доступа", "access is denied"),
        Text(
            "закройте этот файл в Excel или укажите папку, в которую вам разрешено писать",
            "close the file in Excel, or name a folder in which you may write",
        ),
    ),
    ("EISDIR",): (
        Text("это папка, а не файл", "this is a folder, not a file"),
        Text("укажите имя файла", "name a file"),
    ),
    ("ENOTDIR",): (
        Text("на месте папки в этом пути стоит файл", "a file stands in this path where a folder should"),
        Text("укажите другую папку", "name another folder"),
    ),
    ("EEXIST",): (Text("файл с таким именем уже есть", "a file of that name exists already"), _ELSEWHERE),
    ("ENOTEMPTY",): (
        Text("папка не пуста", "the folder is not empty"),
        Text("укажите другую папку", "name another folder"),
    ),
    ("ENOSPC", "EDQUOT"): (
        Text("на диске нет места", "the disk is full"),
        Text("освободите место или укажите другой диск", "make room or name another disk"),
    ),
    ("EFBIG",): (Text("файл слишком велик для этого диска", "the file is too large for this disk"), _OTHER_DISK),
    ("EROFS",): (Text("диск открыт только для чтения", "the disk is read-only"), _OTHER_DISK),
    ("ENAMETOOLONG",): (
        Text("имя файла слишком длинное", "the file's name is too long"),
        Text("укажите имя покороче", "name a shorter one"),
    ),
    ("EINVAL", "EILSEQ"): (
        Text("такое имя файла недопустимо", "such a file name is not allowed"),
        Text("укажите другое имя", "name another one"),
    ),
    ("EBUSY", "ETXTBSY", "EAGAIN", "EDEADLK"): (
        Text("файл занят другой программой", "another program holds the file"),
        Text("закройте его в ней и повторите", "close it there and try again"),
    ),
    ("EMFILE", "ENFILE"): (
        Text("открыто слишком много файлов", "too many files are open"),
        Text("закройте лишние программы и повторите", "close other programs and try again"),
    ),
    ("ELOOP",): (Text("ссылки на файлы ходят по кругу", "links to files go in a circle"), _ELSEWHERE),
    ("EIO",): (Text("диск не читается или не пишется", "the disk cannot be read or written"), _OTHER_DISK),
    ("ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETUNREACH", "ESTALE", "ENODEV", "ENXIO"): (
        Text("диск или сетевая папка недоступны", "the disk or network folder is out of reach"),
        Text("проверьте подключение и повторите", "check the connection and try again"),
    ),
}
"""By the system's names of its errors: the reason, and what to do where something was to be written."""
_REASON_OF = {getattr(errno, name): said for names, said in _REASONS.items() for name in names if hasattr(errno, name)}
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
    return _reason(error)[0]


def cannot_write(place: object, error: OSError) -> Text:
    """One sentence for something that cannot be written: the place, why, and what to do."""
    if isinstance(error, FileExistsError):  # said of a folder on the way, which would not be made otherwise
        error = NotADirectoryError(errno.ENOTDIR, "")
    (why, remedy), name = _reason(error), _short(visible(place))
    return Text(f"Не удалось записать {name}: {why.ru}; {remedy.ru}.", f"Cannot write {name}: {why.en}; {remedy.en}.")


_LONGEST = 240
"""Letters of a path that are shown; its end tells more than its middle."""


def _short(name: str) -> str:
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}"


def _reason(error: OSError) -> tuple[Text, Text]:
    windows = _WINDOWS.get(getattr(error, "winerror", None) or 0)
    number = getattr(errno, windows, None) if windows else error.errno
    if number in _REASON_OF:
        return _REASON_OF[number]
    if error.errno is None:
        return Text("система отказала", "the system refused"), _ELSEWHERE
    said = Text(f"ошибка системы номер {error.errno}", f"system error number {error.errno}")
    return said, _ELSEWHERE
