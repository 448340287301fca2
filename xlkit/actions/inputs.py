"""Which files a consolidation takes in: what paths and folders hold, and what is passed over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from xlkit.errors import XlkitError, system_reason
from xlkit.extras import SCALE, of_extra
from xlkit.isolation.farm import is_url, store_reason
from xlkit.report.lists.listing import is_report
from xlkit.safefile import is_folder, is_there, real_path
from xlkit.store.database import store_path
from xlkit.texts import Text

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xltm", ".ods", ".fods", ".csv")
"""What may be a workbook by its name; the content decides what becomes of it."""


@dataclass(frozen=True)
class Inputs:
    """The files to take in, each once, and the files of the folders that are no workbooks by their names."""

    files: tuple[str, ...]
    passed_over: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a person should know of the files that were passed over."""
        locks = [Path(name).name for name in self.passed_over if _is_lock(Path(name))]
        others = [Path(name).name for name in self.passed_over if not _is_lock(Path(name))]
        notes = []
        if others:
            notes.append(Text(f"Другие файлы папки (не книги, отчёты, скрытые) не прочитаны: {_some(others)}",
                              f"Other files (reports, hidden ones …) were not read: {_some(others)}"))  # fmt: skip
        if locks:
            notes.append(Text(f"Книга открыта в Excel, прочитано сохранённое: {_some(locks)}",
                              f"A workbook is open in Excel, read as it was saved: {_some(locks)}"))  # fmt: skip
        return tuple(notes)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")


def find_inputs(
    paths: Iterable[str | Path],
    register: str = "",
    output: str | Path | None = None,
    report: str | Path | None = None,
) -> Inputs:
    """The files that paths name, in their order; a folder's are sorted by name.

    A folder gives its workbooks at any depth, but neither hidden files nor the register nor an earlier свод that
    ``output`` replaces; its other files are passed over, an earlier ``report`` without a word.
    Raises XlkitError where there is no workbook at all, where (for a consolidation, which has a ``register``) a folder
    that is named is not there, and where the output would replace a workbook or a file of another kind.
    """
    given = [_local(str(path)) for path in paths]
    if register:
        _need(given)
    known = [real_path(register)] if register else []
    left_out = {*known, *([real_path(output), real_path(store_path(output))] if output else [])}
    files: dict[str, str] = {}
    passed_over: dict[str, str] = {}
    for name in given:
        if is_url(name):
            files |= {one: one for one in _within_url(name)}
            continue
        for one in _within(name, left_out) if is_folder(name) else [name]:
            is_workbook = one == name or _is_workbook(Path(one))
            (files if is_workbook else passed_over).setdefault(real_path(one), one)
    _spare(given, [*files, *known], output)
    if report is not None:
        passed_over.pop(real_path(report), None)
    if not files:
        said = ", ".join(given) or "—"
        raise XlkitError(Text(f"Нет ни одной книги Excel: {said}", f"There is no workbook: {said}"))
    return Inputs(tuple(files.values()), tuple(passed_over.values()))


def _local(name: str) -> str:
    """The path that a ``file://`` URL names, so that it means what the path does; any other name as it is."""
    if not name.lower().startswith("file://"):
        return name
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(name).path)


def _need(given: Sequence[str]) -> None:
    """What a consolidation needs: a folder with a slip in its name is no empty one, whose свод would replace another.

    A workbook that is named and not there is told with the others, unless there are no others.
    """
    missing = [name for name in given if not is_url(name) and not is_there(name) and not Path(name).is_symlink()]
    slips = [name for name in missing if Path(name).suffix.lower() not in SUFFIXES]
    if slips or (missing and len(missing) == len(given)):
        said = ", ".join((slips or missing)[:10])
        raise XlkitError(Text(f"Нет такой папки или книги: {said}. Проверьте имя.",
                              f"There is no such folder or workbook: {said}. Check the name."))  # fmt: skip


def _is_workbook(path: Path) -> bool:
    """Whether a file of a folder is taken in: a workbook by its name, but no report of ours and no hidden file."""
    return _is_workbook_by_name(path) and not is_report(path)


def _is_workbook_by_name(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", "."))


def _is_lock(path: Path) -> bool:
    return path.name.startswith("~$")


def _is_of_interest(path: Path) -> bool:
    """Everything but what systems hide beside files (.DS_Store)."""
    return not path.name.startswith(".") or path.suffix.lower() in SUFFIXES


def _within(folder: str, left_out: set[str]) -> list[str]:
    found = []
    seen: set[str] = set()
    for where, folders, names in os.walk(folder, onerror=_unreadable, followlinks=True):
        if real_path(where) in seen:
            folders.clear()  # a link that leads back
            continue
        seen.add(real_path(where))
        paths = [Path(where) / name for name in names]
        found += [path for path in paths if _is_of_interest(path) and real_path(path) not in left_out]
    return [str(path) for path in sorted(found, key=_in_order)]


def _in_order(path: PurePath) -> tuple[tuple[str, ...], str, str]:
    """«ОПЦ-102» stands before «ОПЦ-102 копия»: names are compared without their ending first."""
    return path.parent.parts, path.stem, path.suffix


def _within_url(url: str) -> list[str]:
    """The workbooks within the folder that a URL names, in the order of a folder's, or the file itself."""
    with of_extra(SCALE):
        import fsspec
    try:
        system, path = fsspec.url_to_fs(url)
        if not system.isdir(path):
            return [url]
        found = [str(system.unstrip_protocol(one)) for one in system.find(path) if _is_workbook_by_name(Path(one))]
        return sorted(found, key=lambda one: _in_order(PurePosixPath(one)))
    except Exception as error:  # every kind of store has its own
        why = store_reason(url, error)
        raise XlkitError(Text(f"{url} не открывается: {why.ru}", f"{url} cannot be opened: {why.en}")) from error


def _unreadable(error: OSError) -> None:
    """A folder whose workbooks would be missing without a word."""
    why = system_reason(error)
    raise XlkitError(
        Text(
            f"Папка {error.filename} не читается: {why.ru}. Откройте доступ к ней или укажите нужные папки по одной.",
            f"The folder {error.filename} cannot be read: {why.en}. Give access to it, or name folders one by one.",
        )
    ) from error


def _spare(given: Sequence[str], files: Sequence[str], output: str | Path | None) -> None:
    """The свод may replace an earlier свод that lies among the workbooks, but no workbook and not the register."""
    if output is None or str(output) == "-":
        return
    place = real_path(str(output))
    among = any(Path(place).is_relative_to(real_path(name)) for name in given)
    if place in files or (among and is_there(place) and not is_report(Path(place))):
        raise XlkitError(
            Text(
                f"{output} — не свод, а одна из исходных книг: укажите для свода другой файл",
                f"{output} is one of the inputs: name another file for the result",
            )
        )
    if Path(place).suffix.lower() not in SUFFIXES and _holds_something(Path(place)) and not is_report(Path(place)):
        raise XlkitError(
            Text(
                f"{output} — не свод и не книга Excel, этот файл не будет заменён: укажите для свода файл .xlsx",
                f"{output} is neither a consolidation nor a workbook and will not be replaced: name an .xlsx file",
            )
        )


def _holds_something(path: Path) -> bool:
    return is_there(path) and path.is_file() and path.stat().st_size > 0
