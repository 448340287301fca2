"""The table [mail] and the passwords, which are never in it."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from xlkit import vault
from xlkit.actions.outbox import mail_settings
from xlkit.errors import XlkitError
from xlkit.mail.connection import tls_context
from xlkit.mail.imap import signed_in
from xlkit.mail.secrets import IMAP, SMTP, password, remember
from xlkit.settings import MailSettings, mail_mistake, read_settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    for name in ("MAIL", SMTP, IMAP):
        monkeypatch.delenv(f"XLKIT_{name}_PASSWORD", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("[mail]\nsmtp_hosts = 'x'", "mail.smtp_hosts"), ("[mail]\nsmtp_port = '25'", "mail.smtp_port"),
     ("[mail]\nsmtp_security = 'none'", "mail.smtp_security"), ("[mail]\nimap_port = 0", "mail.imap_port"),
     ("[mail]\nname = \"a\\r\\nBcc: x@y.ru\"", "mail.name"), ("mail = 'x'", "mail"),
     ("[mail.smtp]\nhost = 'x'", "mail.smtp"), ("[letters]\nx = 1", "letters")],
)  # fmt: skip
def test_mistakes_are_named(home: Path, text: str, wrong: str) -> None:
    (home / "settings.toml").write_text(text)
    with pytest.raises(XlkitError, match=f"«{wrong}»"):
        read_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [("smtp_port = 99999", "65535"), ("imap_port = 65536", "65535"), ("subject = '{form.__class__}'", r"\{period\}"),
     ("subject = '{boo}'", r"\{period\}"), ("subject = 'a}'", r"\{period\}"),
     ("smtp_host = 'https://u:тайна@h/'", "имя сервера"), ("imap_host = 'h:тайна'", "имя сервера")],
)  # fmt: skip
def test_what_will_not_do_is_told_with_the_remedy_and_never_shown(home: Path, text: str, said: str) -> None:
    (home / "settings.toml").write_text(f"[mail]\n{text}\n", encoding="utf-8")
    with pytest.raises(XlkitError, match=said) as raised:
        read_settings()
    assert "тайна" not in str(raised.value)


def test_a_missing_authority_is_told_before_anything_is_sent(home: Path) -> None:
    (home / "settings.toml").write_text("[mail]\nsender = 'a@b.ru'\nsmtp_host = 'b.ru'\nca_file = '/no.pem'\n")
    with pytest.raises(XlkitError, match=r"ca_file = /no\.pem"):
        mail_settings()


@pytest.mark.parametrize("host", ["", "mail.ru", "почта.рф", "127.0.0.1", "::1", "a_b-c"])
def test_servers_that_will_do(host: str) -> None:
    assert mail_mistake("smtp_host", host) is None


def test_the_imap_library_warns_nobody(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would with the port 143 for TLS."""
    monkeypatch.setattr(logging.root, "handlers", [])  # pytest listens there
    monkeypatch.setenv("XLKIT_IMAP_PASSWORD", "x")
    with pytest.raises(XlkitError), signed_in(MailSettings(imap_host="127.0.0.1", imap_port=143)):
        pass
    assert capfd.readouterr().err == ""


def test_what_is_not_set_has_its_default(home: Path) -> None:
    assert read_settings().mail is None
    (home / "settings.toml").write_text("[mail]\nsender = 'a@b.ru'\nsmtp_security = 'tls'\n[limits]\ncells = 10\n")
    mail = read_settings().mail
    assert mail == MailSettings(sender="a@b.ru", smtp_security="tls") and mail.login == "a@b.ru"
    assert read_settings().limits.cells == 10


@pytest.mark.parametrize("name", ["password", "smtp_password"])
def test_a_password_in_the_file_is_refused_and_not_shown(home: Path, name: str) -> None:
    (home / "settings.toml").write_text(f"[mail]\n{name} = 'тайна'\n")
    with pytest.raises(XlkitError, match="не хранят в файле") as raised:
        read_settings()
    assert "тайна" not in str(raised.value)


class Keyring(SimpleNamespace):
    """A keyring in memory."""

    def get_keyring(self) -> SimpleNamespace:
        return SimpleNamespace(priority=5)

    def get_password(self, service: str, user: str) -> str | None:
        found: str | None = self.__dict__.get(f"{service}/{user}")
        return found

    def set_password(self, service: str, user: str, secret: str) -> None:
        self.__dict__[f"{service}/{user}"] = secret


def test_where_a_password_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Keyring()
    monkeypatch.setattr(vault, "_vault", lambda: kept)
    with pytest.raises(XlkitError, match="xlkit mail setup"):
        password("a@b.ru", "mail.b.ru", SMTP)
    remember("a@b.ru", "mail.b.ru", "one")
    assert vars(kept) == {"xlkit mail.b.ru/a@b.ru": "one"}
    assert password("a@b.ru", "mail.b.ru", SMTP) == "one"
    monkeypatch.setenv("XLKIT_MAIL_PASSWORD", "two")
    assert password("a@b.ru", "mail.b.ru", SMTP) == "two"
    monkeypatch.setenv("XLKIT_IMAP_PASSWORD", "three")
    assert (password("a@b.ru", "b.ru", SMTP), password("a@b.ru", "b.ru", IMAP)) == ("two", "three")


@pytest.mark.parametrize("there_is", [False, True])
def test_without_a_keyring_it_says_so(monkeypatch: pytest.MonkeyPatch, there_is: bool) -> None:
    monkeypatch.setattr(vault, "_vault", lambda: SimpleNamespace() if there_is else None)
    with pytest.raises(XlkitError, match="XLKIT_MAIL_PASSWORD"):
        password("a@b.ru", "mail.b.ru", SMTP)
    with pytest.raises(XlkitError, match="XLKIT_MAIL_PASSWORD"):
        remember("a@b.ru", "mail.b.ru", "тайна")


@pytest.mark.parametrize("content", [None, "не сертификат"])
def test_an_authority_that_will_not_do(home: Path, content: str | None) -> None:
    if content:
        (home / "ca.pem").write_text(content, encoding="utf-8")
    with pytest.raises(XlkitError, match=r"ca_file = .*ca\.pem"):
        tls_context(MailSettings(ca_file=str(home / "ca.pem")))
