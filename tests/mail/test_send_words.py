"""What sending says: addresses with commas, nothing in doubt, an interrupted run, a password that cannot be kept."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mail.peer import PASSWORD, Peer
from tests.mail.test_send import NAME, book, books, peer, running
from xlkit.actions.outbox import outbox_path
from xlkit.actions.send import _split
from xlkit.cli import main
from xlkit.mail import delivery
from xlkit.mail.addresses import addresses_of
from xlkit.mail.outbox import Outbox
from xlkit.settings import MailSettings

__all__ = ["book", "books", "peer", "running"]


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words)])
    told = capsys.readouterr()
    assert ended.value.code == code, told
    return told.out + told.err


@pytest.mark.parametrize("to", [["a@to.test, b@to.test"], ["b@to.test;a@to.test,"], ["a@to.test", "b@to.test"]])
def test_addresses_may_stand_with_commas(to: list[str]) -> None:
    assert addresses_of(_split(to)) == ("a@to.test", "b@to.test")


@pytest.mark.parametrize("to", ["", ",", "a@to.test,,b@to.test", "a@to.test b@to.test"])
def test_what_is_no_list_of_addresses_is_refused(
    peer: Peer, book: Path, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "не адрес" in said(capsys, "send", book, "--to", to, code=2) and not peer.accepted


def test_nothing_in_doubt_is_said_so(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Писем нет" not in (told := said(capsys, "mail", "resolve")) and "неизвестно, ушли ли" in told


def test_an_interrupted_run_says_what_waits(
    peer: Peer, book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_transmit", interrupted)
        told = said(capsys, "send", book, "--to", "a@to.test", code=130)
    assert re.search(r"осталось писем: 1\b.*mail retry", told) and "Прервано" in told
    assert "неизвестно" not in told.lower()
    with Outbox(outbox_path()) as outbox:
        (one,) = outbox.standings()
        outbox.begin(one.message_id, [one.address], "t", one.next_at)
    with monkeypatch.context() as patch:
        patch.setattr("xlkit.actions.outbox.deliver", interrupted)
        assert "xlkit mail resolve" in said(capsys, "mail", "retry", code=130)


def test_seal_says_that_the_workbook_has_errors(
    peer: Peer, books: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "seal", book, books / "с ошибкой.xlsx")
    assert len(re.findall(r"в книге ошибки \(\d+\)", told)) == 1 and told.index(NAME) < told.index("в книге ошибки")


def test_setup_tries_the_password_that_it_cannot_keep(running: tuple[Peer, MailSettings], peer: Peer) -> None:
    environ = {key: value for key, value in os.environ.items() if key != "XLKIT_SMTP_PASSWORD"}
    environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    answers = ["", "", "", "", "-", "", "", "", "", PASSWORD]
    done = subprocess.run(
        [sys.executable, "-m", "xlkit", "mail", "setup"], input="\n".join(answers) + "\n", capture_output=True,
        text=True, encoding="utf-8", env=environ,
    )  # fmt: skip
    assert "SMTP: вход выполнен" in done.stdout and "xlkit mail setup" not in done.stdout
    assert "Пароль не сохранён: задавайте его переменной XLKIT_MAIL_PASSWORD" in done.stderr


def test_usage_is_in_russian(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "[ПАРАМЕТРЫ] ФАЙЛЫ..." in (told := said(capsys, "send", "--help"))
    assert not re.search("OPTIONS|TEXT", told)
    monkeypatch.setenv("XLKIT_LANG", "en")
    assert "[OPTIONS] FILES..." in said(capsys, "send", "--help")


def test_certificates_are_told_in_russian() -> None:
    import ssl

    from xlkit.mail.connection import unreachable

    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_code, error.verify_message = 62, "Hostname mismatch"
    told = unreachable("h", 1, error).text
    assert "выдан другому серверу" in told.ru and "mismatch" not in told.ru and "Hostname mismatch" in told.en
