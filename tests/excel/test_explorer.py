"""«Отправить → Проверить»: the entry of the Explorer, and what it does with the files it is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import xlkit.actions.annotate as annotate
from tests.draw import draw
from xlkit.actions.addin import install, remove, status
from xlkit.addin.places import MAC, WINDOWS, Places, excel_places
from xlkit.addin.sendto import send_to_entry
from xlkit.explorer import main
from xlkit.settings import LOG

SPOILT = """
    | code  | 2026    |
    | 1.1.1 | 98 чел. |
"""
pytestmark = pytest.mark.usefixtures("home", "one_addin")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return excel_places(WINDOWS, {"USERPROFILE": str(tmp_path), "APPDATA": str(tmp_path / "Roaming")})


def test_a_sent_file_gets_its_checked_copy_by_the_python_of_the_installation(places: Places, tmp_path: Path) -> None:
    install(places)
    folder = tmp_path / "Мои книги"
    folder.mkdir()
    book = draw(folder / "книга 1.xlsx", plan=SPOILT)
    before = book.read_bytes()
    # A file of an unlucky name beside the workbook must not be taken for Python's own module.
    (folder / "json.py").write_text("raise SystemExit('taken')", encoding="utf-8")
    assert places.send_to is not None
    # The Python that opens it has nothing of ours: no packages, no path.
    done = subprocess.run(
        [sys.executable, "-S", str(places.send_to), str(book)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stderr == ""
    assert "книга 1.xlsx: есть ошибки" in done.stdout and "книга 1 (проверено).xlsx" in done.stdout
    assert (folder / "книга 1 (проверено).xlsx").is_file() and book.read_bytes() == before


def test_the_entry_belongs_to_the_installation(places: Places) -> None:
    assert places.send_to is not None and places.send_to.name == "Проверить (xlkit).pyw"
    install(places)
    entry = {step.place: step for step in status(places)}[places.send_to]
    assert entry.good
    places.send_to.write_bytes(b"another")
    entry = {step.place: step for step in status(places)}[places.send_to]
    assert not entry.good and "xlkit addin install" in str(entry.said)
    remove()
    assert not places.send_to.exists() and not places.send_to.parent.exists()
    assert excel_places(MAC, {"HOME": str(places.startup)}).send_to is None


def test_the_entry_prefers_the_python_without_a_window(tmp_path: Path) -> None:
    folder = tmp_path / "Иван О'Нил"
    folder.mkdir()
    python = folder / "python.exe"
    assert f"PYTHON = {str(python)!r}\n".encode() in send_to_entry(str(python))
    (folder / "pythonw.exe").touch()
    entry = send_to_entry(str(python))
    assert f"PYTHON = {str(folder / 'pythonw.exe')!r}\n".encode() in entry
    compile(entry, "entry", "exec")


def test_an_entry_whose_python_is_gone_says_so(tmp_path: Path) -> None:
    (tmp_path / "entry.pyw").write_bytes(send_to_entry(str(tmp_path / "gone")))
    done = subprocess.run([sys.executable, tmp_path / "entry.pyw"], capture_output=True, text=True, check=False)
    assert "xlkit не запускается" in done.stdout and done.stderr == ""


def test_several_files_get_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, wrong = draw(tmp_path / "верная.xlsx"), draw(tmp_path / "с ошибкой.xlsx", plan=SPOILT)
    (tmp_path / "не книга.xlsx").write_bytes(b"no")
    main([str(good), str(wrong), str(tmp_path / "не книга.xlsx"), str(tmp_path / "нет.xlsx")])
    said = capsys.readouterr().out
    assert "верная.xlsx: верно (0 ошибок, 0 предупреждений" in said and "с ошибкой.xlsx: есть ошибки (" in said
    assert "не книга.xlsx: не принят. " in said and "нет.xlsx: не принят. " in said
    assert said.startswith("Всего 4 файла: верно 1, с ошибками 1, не принято 2; ошибок 3, предупреждений 0.\n")
    assert {path.name for path in tmp_path.glob("*(проверено)*")} == {
        "верная (проверено).xlsx",
        "с ошибкой (проверено).xlsx",
    }


def test_a_checked_copy_gets_the_next_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, copy in {
        "книга (проверено).xlsx": "книга (проверено 2).xlsx",
        "другая (проверено 4).xlsx": "другая (проверено 5).xlsx",
        "третья (старая).xlsx": "третья (старая) (проверено).xlsx",
    }.items():
        main([str(draw(tmp_path / name))])
        assert f"Копия с замечаниями: {copy}\n" in capsys.readouterr().out
        assert (tmp_path / copy).is_file()
    assert len(list(tmp_path.glob("*.xlsx"))) == 6


def test_a_file_given_twice_is_checked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = draw(tmp_path / "книга.xlsx")
    main([str(book), str(tmp_path / "." / ".." / tmp_path.name / "книга.xlsx"), str(book)])
    assert capsys.readouterr().out.startswith("книга.xlsx: верно")
    assert len(list(tmp_path.glob("*.xlsx"))) == 2


def test_a_folder_stands_for_its_workbooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "кластеры"
    (folder / "ещё").mkdir(parents=True)
    for name in ("а.xlsx", "а (проверено).xlsx", "ещё/б.xlsx", "в (проверено).xlsx"):
        draw(folder / name)
    (folder / "письмо.txt").touch()
    main([str(folder)])
    said = capsys.readouterr().out
    assert said.startswith("Всего 3 файла: верно 3")
    assert "письмо.txt" in said and "пропущены: 1." in said
    assert {path.name for path in folder.rglob("*проверено*")} == {
        "а (проверено).xlsx", "а (проверено 2).xlsx", "б (проверено).xlsx", "в (проверено).xlsx",
        "в (проверено 2).xlsx",
    }  # fmt: skip
    (tmp_path / "пусто").mkdir()
    main([str(tmp_path / "пусто")])
    assert "Нет ни одной книги Excel" in capsys.readouterr().out


def test_of_many_files_the_rest_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / f"{number}.xlsx") for number in range(20)])
    said = capsys.readouterr().out
    assert "11.xlsx" in said and "12.xlsx" not in said and "И ещё файлов: 8" in said


def test_without_files_it_tells_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    assert "«Отправить» → «Проверить (xlkit)»" in capsys.readouterr().out


def test_a_bug_is_told_in_a_sentence_and_logged(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(annotate, "annotate_beside", lambda _: 1 / 0)
    main(["книга.xlsx"])
    said = capsys.readouterr().out
    assert "внутренняя ошибка" in said and str(home / LOG) in said and "Traceback" not in said
    assert "ZeroDivisionError" in (home / LOG).read_text(encoding="utf-8")
    assert list(home.iterdir()) == [home / LOG]
