"""A file that cannot be opened: the reason is told, and the folder that lets nobody in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xlkit.books.reader import read_workbook
from xlkit.errors import EXIT_NOTHING_TRIED, FileRefused, XlkitError
from xlkit.register import read_register


def refusal_of(path: Path) -> str:
    with pytest.raises(FileRefused) as refused:
        read_workbook(path)
    assert refused.value.rule == "F-012" and refused.value.text.en
    return refused.value.text.ru


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    assert "имя файла слишком длинное" in refusal_of(tmp_path / ("я" * 300 + ".xlsx"))


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    assert "имя файла недопустимо" in refusal_of(tmp_path / "a\0b.xlsx")


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()
    assert "стоит файл" in refusal_of(tmp_path / "a.xlsx" / "b.xlsx")


def test_a_folder_that_lets_nobody_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may enter any folder."""
    closed = tmp_path / "закрыто"

    def denied(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", denied)
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) not in (closed, closed / "и внутри"))
    assert f"нет доступа к папке «{closed}»" in refusal_of(closed / "и внутри" / "a.xlsx")
    assert "не открывается: нет доступа." in refusal_of(tmp_path / "a.xlsx")


@pytest.mark.parametrize("prefix", ["", "sqlite:///"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_a_register_that_is_no_file_is_told_and_waited_for_by_nobody(tmp_path: Path, kind: str, prefix: str) -> None:
    place = Path("/dev/zero") if kind == "device" else tmp_path / "register.xlsx"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    with pytest.raises(XlkitError, match=r"(?i)это папка или особый файл") as raised:
        read_register(f"{prefix}{place}")
    assert raised.value.exit_code == EXIT_NOTHING_TRIED and str(place) in raised.value.text.ru


def test_a_register_whose_name_no_file_can_have() -> None:
    with pytest.raises(XlkitError, match="слишком длинное"):
        read_register("я" * 300 + ".xlsx")
    with pytest.raises(XlkitError, match="файла нет"):
        read_register("sqlite:///" + "я" * 300 + ".db")
