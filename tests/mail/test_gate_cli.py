"""The commands mail gate, mail status and mail quarantine: what they print, and with which codes they end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.mail.messages import message, part
from xlkit.cli import cli
from xlkit.demo.made import made_clusters
from xlkit.errors import XlkitError
from xlkit.rules.registered import Deadline, Register
from xlkit.templates.registerbook import register_workbook

STAMP = ["Received: x; Tue, 10 Nov 2026 15:00:00 +0300"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register of two clusters, settings, and a mailbox with a message of one of them and one of a stranger."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text('[mail]\nsender = "irpo@example.org"\n', encoding="utf-8")
    register = Register("r", tuple(made_clusters(2)), deadlines=(Deadline("program_center", "план", "01.11.2020"),))
    (tmp_path / "register.xlsx").write_bytes(register_workbook(register))
    (tmp_path / "box").mkdir()
    known = message([part("winmail.dat", b"\x78\x9f\x3e\x22")], sender="cluster100@example.org", headers=STAMP)
    (tmp_path / "box" / "1.eml").write_bytes(known)
    strange = message([part("Книга.xlsx", b"x")], sender="x@example.com", headers=STAMP, message_id="<2@x>")
    (tmp_path / "box" / "2.eml").write_bytes(strange)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, language: str = "ru") -> Result:
    command = ["mail", *arguments]
    return CliRunner(env={"XLKIT_LANG": language}).invoke(cli, command, prog_name="xlkit", standalone_mode=False)


OPTIONS: Sequence[str] = ("--register", "register.xlsx", "--intake", "in")


def test_gate(desk: Path) -> None:
    first = run("gate", "box", *OPTIONS, "--no-send", "--json")
    told = json.loads(first.stdout)
    assert [(one["sender"], one["state"], one["answered"]) for one in told["messages"]] == [
        ("cluster100@example.org", "nothing", True), ("x@example.com", "quarantined", False),
    ]  # fmt: skip
    assert told["totals"]["quarantined"] == 1 and told["unsent"][0]["state"] == "queued"
    assert first.return_value == 1, "somebody must look at what is in quarantine"
    again = run("gate", "box", *OPTIONS, "--no-send")
    assert again.return_value == 0 and "0 новых писем" in again.stdout and "ждёт отправки: 1" in again.stdout
    unsent = run("gate", "box", *OPTIONS)
    assert unsent.return_value == 1 and "сервер SMTP не указан" in unsent.stdout


def test_status(desk: Path) -> None:
    run("gate", "box", *OPTIONS, "--no-send")
    shown = run("status", *OPTIONS)
    assert shown.return_value == 0
    assert "срок прошёл 01.11.2020 23:59 · cluster100@example.org" in shown.stdout
    assert (
        "писем с незнакомых адресов: 1, последнее 10.11.2026 15:00 (их покажет xlkit mail quarantine)" in shown.stdout
    )
    assert "x@example.com" not in shown.stdout
    english = json.loads(run("status", *OPTIONS, "--json", language="en").stdout)
    assert english["totals"]["overdue"] == 2 and english["submissions"][0]["state"] == "overdue"
    (desk / "d.yml").write_text(
        'deadlines:\n  - {form: program_center, period: план, deadline: "01.11.2099", clusters: ["ОПЦ-101"]}\n',
        encoding="utf-8",
    )
    assert "ОПЦ-101  ожидается · срок 01.11.2099 23:59" in run("status", *OPTIONS, "--deadlines", "d.yml").stdout


def test_quarantine(desk: Path) -> None:
    run("gate", "box", *OPTIONS, "--no-send")
    shown = run("quarantine", *OPTIONS)
    assert shown.return_value == 0 and shown.stdout.count("\n") == 4
    assert "10.11.2026 15:00 · x@example.com · «Программа»: отложено: Адреса x@example.com нет" in shown.stdout
    assert "  Книга.xlsx → quarantine/2026-11-10_150000_" in shown.stdout and "внесите его адрес" in shown.stdout
    (told,) = json.loads(run("quarantine", *OPTIONS, "--json").stdout)["messages"]
    assert (told["sender"], told["known"], told["near"]) == ("x@example.com", False, None)
    assert (desk / "in" / told["path"]).read_bytes() == (desk / "box" / "2.eml").read_bytes()
    assert (desk / "in" / told["workbooks"][0]["path"]).read_bytes() == b"x"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gate", "box", "--intake", "in"), "--register"),
        (("gate", "box", "--register", "register.xlsx"), "--intake"),
        (("gate", "нет", *OPTIONS), "Папки с письмами"),
        (("gate", *OPTIONS), "mail setup"),
        (("gate", "box", *OPTIONS, "--deadlines", "нет.yml"), "нет.yml"),
        (("quarantine", *OPTIONS), "сначала выполните xlkit mail gate"),
        (("status", *OPTIONS), "сначала выполните xlkit mail gate"),
    ],
)
def test_what_cannot_be_tried(desk: Path, arguments: Sequence[str], words: str) -> None:
    said = run(*arguments).exception
    assert isinstance(said, XlkitError) and words in said.text.ru and said.exit_code == 2


def test_without_an_address_nobody_is_answered(desk: Path) -> None:
    (desk / "home" / "settings.toml").unlink()
    said = run("gate", "box", *OPTIONS).exception
    assert isinstance(said, XlkitError) and "с какого адреса" in said.text.ru
