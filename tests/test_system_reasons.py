"""What the operating system refuses is told in the user's language, whatever the system's own."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from xlkit.actions.rules import check_rule_books, exit_code
from xlkit.errors import XlkitError, cannot_write, system_reason
from xlkit.rules.csvfile import read_csv
from xlkit.rules.mistakes import RuleBookError
from xlkit.rules.yamlfile import read_yaml
from xlkit.safefile import write_file


@pytest.mark.parametrize(
    ("number", "ru", "en"),
    [
        (errno.ENOENT, "такого файла или папки нет", "there is no such file or folder"),
        (errno.EACCES, "нет доступа", "access is denied"),
        (errno.EPERM, "нет доступа", "access is denied"),
        (errno.EISDIR, "это папка, а не файл", "this is a folder, not a file"),
        (errno.ENOSPC, "на диске нет места", "the disk is full"),
        (errno.EEXIST, "файл с таким именем уже есть", "a file of that name exists already"),
        (errno.EROFS, "диск открыт только для чтения", "the disk is read-only"),
        (errno.ENAMETOOLONG, "имя файла слишком длинное", "the file's name is too long"),
        (4711, "ошибка системы номер 4711", "system error number 4711"),
    ],
)
def test_a_system_error_by_its_number(number: int, ru: str, en: str) -> None:
    said = system_reason(OSError(number, os.strerror(number)))
    assert (said.ru, said.en) == (ru, en)


def test_an_error_without_a_number() -> None:
    assert system_reason(OSError("something")).ru == "система отказала"


@pytest.mark.parametrize(
    ("winerror", "ru"), [(32, "файл занят другой программой"), (112, "на диске нет места"), (5, "нет доступа")]
)
def test_windows_numbers_say_more_than_errno(winerror: int, ru: str) -> None:
    """A workbook that is open in Excel is «permission denied» to errno alone."""
    error = OSError(errno.EACCES, "…")
    error.winerror = winerror  # type: ignore[attr-defined, unused-ignore]
    assert system_reason(error).ru == ru


def test_every_reason_is_of_its_language() -> None:
    for number in errno.errorcode:
        said = system_reason(OSError(number, "x"))
        assert not re.search("[A-Za-z]", said.ru) and not re.search("[А-Яа-я]", said.en)


# --- writing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prepare", "ru", "en"),
    [
        (
            lambda p: p.parent.write_bytes(b""),
            "на месте папки в этом пути стоит файл; укажите другую папку.",
            "a file stands in this path where a folder should; name another folder.",
        ),
        (
            lambda p: p.mkdir(parents=True),
            "это папка, а не файл; укажите имя файла.",
            "this is a folder, not a file; name a file.",
        ),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, prepare: Callable[[Path], object], ru: str, en: str) -> None:
    path = tmp_path / "folder" / "book.xlsx"
    prepare(path)
    with pytest.raises(XlkitError) as caught:
        write_file(path, b"content")
    assert caught.value.text.ru.endswith(f": {ru}")
    assert caught.value.text.en.endswith(f": {en}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are of Unix")
def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(XlkitError) as caught:
        write_file(tmp_path / "pipe", b"content")
    assert "устройство или канал" in caught.value.text.ru
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_stays_and_leads_to_the_new_file(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link = tmp_path / "book.xlsx"
    link.symlink_to(tmp_path / "kept" / "real.xlsx")
    write_file(link, b"content")
    assert link.is_symlink() and (tmp_path / "kept" / "real.xlsx").read_bytes() == b"content"


def test_every_reason_says_what_to_do(tmp_path: Path) -> None:
    for number in errno.errorcode:
        said = cannot_write(tmp_path, OSError(number, "x"))
        assert "; " in said.ru and said.ru.endswith(".") and "; " in said.en


def test_a_path_that_is_too_long_to_show() -> None:
    said = cannot_write("п" * 5000, OSError(errno.ENAMETOOLONG, "x"))
    assert len(said.ru) < 400 and "имя файла слишком длинное" in said.ru


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "book.xlsx"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(XlkitError) as caught:
        write_file(path, b"new")
    assert "на диске нет места; освободите место или укажите другой диск." in caught.value.text.ru
    assert caught.value.text.ru.endswith(" Прежний файл не изменён.")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# --- reading ----------------------------------------------------------------------------------------------


def denied(*_: object, **__: object) -> str:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_a_rule_book_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("book.yml", "plan.csv"):
        (tmp_path / name).write_text("a: 1\n")
    monkeypatch.setattr(Path, "read_text", denied)
    for read in (lambda: read_yaml(tmp_path / "book.yml"), lambda: read_csv(tmp_path / "plan.csv", ())):
        with pytest.raises(RuleBookError) as caught:
            read()
        assert caught.value.problems[0].ru.endswith(": нет доступа")
        assert caught.value.problems[0].en.endswith(": access is denied")


def test_checking_a_rule_book_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "book.yml").write_text("a: 1\n")
    monkeypatch.setattr(Path, "open", denied)
    checks = check_rule_books([tmp_path / "book.yml"])
    assert checks[0].mistakes is not None and checks[0].mistakes.ru == "нет доступа"
    assert exit_code(checks) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are of Unix")
def test_a_pipe_is_no_rule_book(tmp_path: Path) -> None:
    """It must not be waited for."""
    os.mkfifo(tmp_path / "book.yml")
    checks = check_rule_books([tmp_path / "book.yml"])
    assert exit_code(checks) == 2
