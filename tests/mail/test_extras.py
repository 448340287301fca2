"""Without the packages of an extra every command says which one is missing; none shows a traceback."""

from __future__ import annotations

import base64
import shutil
import sys
from pathlib import Path

import pytest

from tests.mail.test_send import NAME, books
from xlkit.actions.account import write_settings
from xlkit.cli import main
from xlkit.settings import MailSettings

__all__ = ["books"]

CRYPTOGRAPHY = ("cryptography", "cryptography.exceptions", "cryptography.hazmat.primitives.asymmetric")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XLKIT_MAIL_PASSWORD", "x")
    write_settings(
        MailSettings(sender="a@b.test", smtp_host="localhost", smtp_port=9, imap_host="localhost", imap_port=9)
    )
    return tmp_path


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out + said.err


@pytest.mark.parametrize(
    "words", [("seal",), ("send", "--to", "c@d.test"), ("verify",), ("keys", "rotate")], ids=lambda words: words[0]
)
def test_without_cryptography(
    home: Path, books: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    book = home / NAME
    shutil.copy(books / NAME, book)
    if words[0] == "verify":
        assert told(capsys, "seal", book)[0] == 0
    without(monkeypatch, *CRYPTOGRAPHY)
    code, said = told(capsys, *words, *([] if words[0] == "keys" else [book]))
    assert code == 2 and "cryptography" in said and 'pip install "xlkit[mail]"' in said


def test_trusting_a_key_needs_no_package(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, *CRYPTOGRAPHY)
    point = bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666")  # the curve's base point
    with pytest.raises(SystemExit) as ended:
        main(["keys", "trust", base64.b64encode(point).decode(), "--owner", "ОПЦ-1"])
    assert ended.value.code == 0


def test_without_imapclient(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    without(monkeypatch, "imapclient", "imapclient.exceptions")
    code, said = told(capsys, "doctor")
    assert code == 1 and "не установлен imapclient" in said and 'pip install "xlkit[mail]"' in said


def test_without_keyring_a_password_is_used_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from xlkit.errors import XlkitError
    from xlkit.mail.secrets import password, remember

    without(monkeypatch, "keyring")
    monkeypatch.delenv("XLKIT_MAIL_PASSWORD", raising=False)
    with pytest.raises(XlkitError, match=r'keyring. Выполните: pip install "xlkit\[mail\]". Пароль не сохранён'):
        remember("a", "h", "secret")
    with pytest.raises(XlkitError) as raised:
        password("a", "h", "SMTP")
    assert "mail setup" not in str(raised.value) and "XLKIT_MAIL_PASSWORD" in str(raised.value)
