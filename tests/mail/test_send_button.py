"""The button «Отправить»: the open workbook is checked, and sent only once the person agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw

from tests.mail.peer import Peer
from tests.mail.test_send import NAME, book, books, enclosed, message_of, peer, running
from xlkit.actions.account import write_settings
from xlkit.excel import run
from xlkit.excel.engine_openpyxl import open_book
from xlkit.seal.manifest import manifest_path
from xlkit.settings import MailSettings, read_settings

__all__ = ["book", "books", "peer", "running"]


@pytest.fixture
def settings(peer: Peer) -> MailSettings:
    """With a recipient."""
    mail = read_settings().mail
    assert mail is not None
    write_settings(replace(mail, recipient="firpo@to.test"))
    return mail


def pressed(path: Path, answer: str = "ok") -> tuple[xw.Book, list[str]]:
    opened = open_book(path)
    opened.app.impl.answer = answer
    opened.sheets["Титул"].range("B11").value = "Иван Петров"  # not saved yet
    run("send")
    return opened, opened.app.impl.messages


def contact(content: Path) -> object:
    return openpyxl.load_workbook(content)["Титул"]["B11"].value


def test_the_open_workbook_is_saved_sealed_and_sent(settings: MailSettings, peer: Peer, book: Path) -> None:
    _, (question, said) = pressed(book)
    assert "firpo@to.test" in question and "сохранена" in question
    assert "отправлено" in said
    (arrived,) = peer.accepted
    parts = enclosed(message_of(arrived.content))
    assert parts[NAME] == book.read_bytes() and contact(book) == "Иван Петров"
    assert manifest_path(book).is_file()


def test_without_agreement_nothing_is_saved_or_sent(settings: MailSettings, peer: Peer, book: Path) -> None:
    before = book.read_bytes()
    _, (_, said) = pressed(book, "cancel")
    assert said == "Книга не отправлена." and not peer.accepted and book.read_bytes() == before


def test_a_workbook_with_errors_is_not_sent(settings: MailSettings, peer: Peer, books: Path) -> None:
    opened, (said,) = pressed(books / "с ошибкой.xlsx")
    assert said.startswith("Книга не отправлена. ") and not peer.accepted
    assert opened.sheets["Замечания"].range("A5").value is not None


def test_it_says_what_is_not_set(peer: Peer, book: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "нет получателя" in pressed(book)[1][-1]
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "empty"))
    assert "Почта не настроена" in pressed(book)[1][-1]
