"""Where private keys are kept, and an external signer beside our own: OpenSSL's CMS stands for a program of ГОСТ."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from xlkit.actions.seal import EXACT, INVALID, seal, verify
from xlkit.demo.real import real_drafts
from xlkit.errors import XlkitError
from xlkit.seal.external import external_signature_path
from xlkit.seal.keys import list_keys, revoke_key
from xlkit.seal.manifest import manifest_path, signature_path
from xlkit.settings import SETTINGS
from xlkit.templates.build import build_workbook


class Wallet(KeyringBackend):
    """A store of secrets that is open."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture(scope="module")
def content() -> bytes:
    draft = real_drafts()[0]
    return build_workbook(draft.edition, draft.finish("")[0])


@pytest.fixture
def book(content: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "Книга; rm -rf.xlsx"
    path.write_bytes(content)
    return path


def sealed(book: Path) -> str | None:
    (one,) = seal([str(book)]).files
    return None if one.refusal is None else str(one.refusal)


def word(book: Path) -> str:
    (one,) = verify([str(book)]).files
    return f"{one.word} {one.why}"


def test_a_key_in_the_keyring(home: Path, book: Path) -> None:
    (home / SETTINGS).write_text('[seal]\nkeys = "keyring"\n')
    before, wallet = keyring.get_keyring(), Wallet()
    keyring.set_keyring(wallet)
    try:
        assert sealed(book) is None
        assert word(book).startswith(EXACT)
        (key,) = list_keys()
        assert list(wallet.kept) == [("xlkit seal", key.fingerprint)]
        assert not (home / "keys").exists()
        revoke_key(key.fingerprint, "2026-11-21T12:00:00+00:00")
        assert not wallet.kept
    finally:
        keyring.set_keyring(before)


def test_without_a_keyring_the_key_is_not_made(home: Path, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / SETTINGS).write_text('[seal]\nkeys = "keyring"\n')
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(XlkitError, match="keyring"):
        seal([str(book)])
    assert list_keys() == ()


@pytest.fixture
def certificate(home: Path) -> Path:
    """A key and its certificate, and settings that sign and verify by them."""
    assert shutil.which("openssl"), "apt-get install openssl"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=kluster -days 2"
    subprocess.run(command.split(), cwd=home, check=True, capture_output=True)
    given = (
        "[seal]\n"
        'signer = ["openssl", "cms", "-sign", "-binary", "-in", "{{manifest}}", "-signer", "{0}/cert.pem",\n'
        '  "-inkey", "{0}/key.pem", "-outform", "DER", "-out", "{{signature}}"]\n'
        'verifier = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "{{signature}}",\n'
        '  "-content", "{{manifest}}", "-CAfile", "{0}/cert.pem", "-purpose", "any", "-out", "/dev/null"]\n'
    )
    (home / SETTINGS).write_text(given.format(home.as_posix()))
    return home / "cert.pem"


def test_an_external_signature_is_made_and_verified(certificate: Path, book: Path) -> None:
    assert sealed(book) is None
    assert word(book).startswith(EXACT)
    external = external_signature_path(manifest_path(book))
    content = bytearray(external.read_bytes())
    content[-20] ^= 1
    external.write_bytes(content)
    assert word(book).startswith(f"{INVALID} Внешняя подпись не принята: openssl")
    external.unlink()
    assert word(book).startswith(f"{INVALID} Нет внешней подписи")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ('["no-such-program"]', "no-such-program не запускается"),
        ('["false"]', "false: 1"),
        ('["true"]', "подпись не появилась"),
        ('["sh", "-c", "echo Нет токена >&2; exit 3"]', "sh: Нет токена"),
    ],
)
def test_a_signer_that_fails_leaves_nothing(home: Path, book: Path, command: str, said: str) -> None:
    (home / SETTINGS).write_text(f"[seal]\nsigner = {command}\n", encoding="utf-8")
    assert said in (sealed(book) or "")
    assert not manifest_path(book).exists() and not signature_path(book).exists()


def test_a_wrong_setting_is_told(home: Path, book: Path) -> None:
    for given in ('keys = "cloud"', "signer = 5", 'signer = "openssl"', "signer = [1]", "other = 1"):
        (home / SETTINGS).write_text(f"[seal]\n{given}\n")
        with pytest.raises(XlkitError, match="неизвестная или неверная настройка"):
            seal([str(book)])
