"""``xlkit send`` from the command line to a peer: what arrives, what is refused before, what is not sent twice."""

from __future__ import annotations

import base64
import email
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.mail.peer import PASSWORD, Peer, make_authority, server_context, serving
from tests.test_reconcile import as_xlsx, register_of
from xlkit.actions.account import write_settings
from xlkit.actions.outbox import outbox_path
from xlkit.actions.seal import EXACT, INVALID, verify
from xlkit.cli import main
from xlkit.demo.made import made_clusters, made_draft
from xlkit.mail.outbox import IN_DOUBT
from xlkit.seal.manifest import manifest_path
from xlkit.settings import MailSettings, read_settings
from xlkit.templates.build import build_workbook

NAME = "Программа деятельности (ОПЦ-100), «итог».xlsx"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean workbook, one with an error, and the register of both."""
    folder = tmp_path_factory.mktemp("books")
    drafts = [made_draft(cluster) for cluster in made_clusters(2)]
    as_xlsx(register_of(drafts), folder / "register.xlsx")
    drafts[1].title["first_year"] = "когда-нибудь"
    for draft, name in zip(drafts, (NAME, "с ошибкой.xlsx"), strict=True):
        (folder / name).write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Peer, MailSettings]]:
    authority = make_authority(tmp_path_factory.mktemp("authority"))
    peer = Peer()
    with serving(peer, server_context(*authority.certificate("localhost"))) as port:
        yield (
            peer,
            MailSettings(
                sender="sender@send.test", name="Колледж № 1", smtp_host="localhost", smtp_port=port,
                ca_file=str(authority.ca), subject="{form}: {cluster}, {period}",
            ),
        )  # fmt: skip


@pytest.fixture
def peer(running: tuple[Peer, MailSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The peer, fresh, and a home whose settings lead to it."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", PASSWORD)
    running[0].__init__()  # type: ignore[misc]
    write_settings(running[1])
    return running[0]


@pytest.fixture
def book(books: Path, tmp_path: Path) -> Path:
    shutil.copy(books / NAME, tmp_path)
    return tmp_path / NAME


def sent(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> Any:
    """The JSON of a command."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, words), "--json"])
    told = capsys.readouterr()
    assert ended.value.code == code, told.err + told.out
    return json.loads(told.out)


def states(document: Any) -> list[str]:
    letters = document.get("files") or document["letters"]
    return [one["state"] for letter in letters for one in letter["recipients"]]


def message_of(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=policy.default)


def enclosed(message: EmailMessage) -> dict[str, bytes]:
    return {one.get_filename() or "": one.get_payload(decode=True) for one in message.iter_attachments()}  # type: ignore[misc]


def test_a_clean_workbook_arrives_sealed_with_its_protocol(
    peer: Peer, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = sent(capsys, "send", book, "--to", "b@to.test", "--to", "A@to.test")
    (one,) = document["files"]
    assert [(two["address"], two["state"]) for two in one["recipients"]] == [
        ("A@to.test", "sent"),
        ("b@to.test", "sent"),
    ]
    (arrived,) = peer.accepted
    message = message_of(arrived.content)
    assert message["Subject"] == "Программа деятельности образовательно-производственного центра (кластера): ОПЦ-100"
    parts = enclosed(message)
    assert list(parts) == [NAME, f"{NAME}.manifest.json", f"{NAME}.manifest.sig", "protocol.html"]
    (tmp_path / "got").mkdir()
    for name, content in parts.items():
        (tmp_path / "got" / name).write_bytes(content)
    assert (tmp_path / "got" / NAME).read_bytes() == book.read_bytes()
    assert parts[f"{NAME}.manifest.json"] == manifest_path(book).read_bytes(), "the same lies beside the workbook"
    received = str(tmp_path / "got" / NAME)
    for to, word in (("b@to.test", EXACT), ("a@TO.test", EXACT), (None, EXACT), ("c@to.test", INVALID)):
        (verified,) = verify([received], to).files
        assert verified.word == word
    assert verified.facts is not None and verified.facts["message_id"] == arrived.message_id
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and html is not None
    for said in (text.get_content(), html.get_content()):
        assert "ОПЦ-100" in said and "0 ошибок" in said and str(tmp_path) not in said
    assert str(tmp_path).encode() not in parts["protocol.html"]


def test_a_workbook_goes_to_the_addresses_of_its_cluster(
    peer: Peer, book: Path, books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = sent(capsys, "send", book, "--register", books / "register.xlsx")
    assert [one["address"] for one in document["files"][0]["recipients"]] == ["cluster100@example.org"]
    assert peer.accepted[0].recipients == ("cluster100@example.org",)


@pytest.mark.skipif(sys.platform == "win32", reason="cp stands for the signer")
def test_an_external_signature_goes_along(peer: Peer, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (Path(os.environ["XLKIT_HOME"]) / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write('[seal]\nsigner = ["cp", "{manifest}", "{signature}"]\n')
    sent(capsys, "send", book, "--to", "a@to.test")
    parts = enclosed(message_of(peer.accepted[0].content))
    assert parts[f"{NAME}.manifest.p7s"] == parts[f"{NAME}.manifest.json"] == manifest_path(book).read_bytes()


def test_the_same_workbook_to_the_same_people_goes_once(
    peer: Peer, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sent(capsys, "send", book, "--to", "a@to.test")
    sealed = manifest_path(book).read_bytes()
    again = sent(capsys, "send", book, "--to", "a@to.test")
    assert again["files"][0]["already"] and not first["files"][0]["already"]
    assert again["files"][0]["recipients"] == first["files"][0]["recipients"]
    assert len(peer.accepted) == 1 and manifest_path(book).read_bytes() == sealed
    sent(capsys, "send", book, "--to", "b@to.test")
    assert [one.recipients for one in peer.accepted] == [("a@to.test",), ("b@to.test",)]
    with pytest.raises(SystemExit):
        main(["send", str(book), "--to", "a@to.test"])
    assert "второй раз не отправляется" in capsys.readouterr().out


def test_what_failed_is_tried_again_when_it_is_asked_for(
    peer: Peer, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.script["RCPT", "b@to.test"] = ["550 no such user"]
    document = sent(capsys, "send", book, "--to", "a@to.test", "--to", "b@to.test", code=1)
    assert [one["state"] for one in document["files"][0]["recipients"]] == ["sent", "refused"]
    sent(capsys, "send", book, "--to", "c@to.test")
    sent(capsys, "mail", "retry", document["files"][0]["message_id"])
    assert [one.recipients[0] for one in peer.accepted] == ["a@to.test", "c@to.test", "b@to.test"]
    # Beside the workbook lies the manifest of the letter that was made last; the one that went last has its own.
    assert verify([str(book)], "c@to.test").files[0].word == EXACT
    (beside,) = verify([str(book)], "b@to.test").files
    assert beside.word == INVALID and "манифест последнего письма" in beside.why.ru
    for name, content in enclosed(message_of(peer.accepted[2].content)).items():
        book.with_name(name).write_bytes(content)
    assert verify([str(book)], "b@to.test").files[0].word == EXACT


def test_who_has_the_workbook_is_left_out_of_a_corrected_letter(
    peer: Peer, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.script["RCPT", "typo@to.test"] = ["550 no such user"]
    sent(capsys, "send", book, "--to", "a@to.test", "--to", "typo@to.test", code=1)
    (one,) = sent(capsys, "send", book, "--to", "A@to.test", "--to", "right@to.test")["files"]
    assert one["had"] == ["a@to.test"] and not one["already"]
    assert [(two["address"], two["state"]) for two in one["recipients"]] == [
        ("a@to.test", "sent"),
        ("right@to.test", "sent"),
    ]
    assert [two.recipients for two in peer.accepted] == [("a@to.test",), ("right@to.test",)]
    assert message_of(peer.accepted[1].content)["To"] == "right@to.test"
    assert verify([str(book)], "right@to.test").files[0].word == EXACT
    with pytest.raises(SystemExit):
        main(["send", str(book), "--to", "right@to.test", "--to", "a@to.test"])
    assert capsys.readouterr().out.count("уже получил; второй раз не отправляется") == 2
    sent(capsys, "send", book, "--to", "a@to.test", "--to", "typo@to.test")
    assert [two.recipients for two in peer.accepted][2:] == [("typo@to.test",)], "the first letter is tried anew"


def test_a_letter_that_waited_is_said_to_have_gone(
    peer: Peer, book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", "wrong")
    sent(capsys, "send", book, "--to", "a@to.test", code=1)
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", PASSWORD)
    with pytest.raises(SystemExit):
        main(["send", str(book), "--to", "a@to.test"])
    said = capsys.readouterr().out
    assert "ждало в журнале и теперь ушло" in said and "второй раз" not in said and len(peer.accepted) == 1


def test_a_workbook_with_errors_needs_a_reason(
    peer: Peer, books: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "с ошибкой.xlsx"
    shutil.copy(books / wrong.name, wrong)
    document = sent(capsys, "send", wrong, "--to", "a@to.test", code=1)
    assert "--allow-findings" in document["files"][0]["refusal"] and peer.accepted == []
    assert not manifest_path(wrong).exists()
    reason = "год согласуем <b>позже</b>"
    sent(capsys, "send", wrong, "--to", "a@to.test", "--allow-findings", reason)
    message = message_of(peer.accepted[0].content)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and html is not None
    assert f"Причина: {reason}." in text.get_content() and "Титул!B" in text.get_content()
    assert "&lt;b&gt;позже" in html.get_content() and "<b>" not in html.get_content()
    assert json.loads(manifest_path(wrong).read_bytes())["note"] == reason


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_a_name_that_would_forge_the_head_is_refused_and_the_rest_goes(
    peer: Peer, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = {"a\r\nBcc: evil@x.test\r\n.xlsx": "\\r\\n", "a\u202excod.xlsx": "\\u202e", "\x1b[2J.xlsx": "\\x1b"}
    forged = [Path(shutil.copy(book, book.with_name(name))) for name in shown]
    document = sent(capsys, "send", *forged, book, "--to", "a@to.test", code=1)
    *refused, good = document["files"]
    for one, part in zip(refused, shown.values(), strict=True):
        assert "имя файла" in one["refusal"] and part in one["refusal"]
    assert [one["state"] for one in good["recipients"]] == ["sent"] and len(peer.accepted) == 1
    assert not any(manifest_path(one).exists() for one in forged)


def test_a_cluster_s_name_forges_nothing(peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks in cells are spaces by the time that they reach a subject; HTML is text."""
    draft = made_draft(made_clusters(1)[0])
    draft.title["cluster_id"] = "ОПЦ-100\r\nBcc: evil@x.test"
    draft.title["cluster_name"] = "<img src=x onerror=alert(1)>"
    path = tmp_path / "<script>.xlsx" if sys.platform != "win32" else tmp_path / "x.xlsx"
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    sent(capsys, "send", path, "--to", "a@to.test")
    message = message_of(peer.accepted[0].content)
    assert message["Bcc"] is None and "ОПЦ-100 Bcc: evil@x.test" in message["Subject"]
    html = message.get_body(("html",))
    assert html is not None
    pages = (html.get_content(), enclosed(message)["protocol.html"].decode())
    assert not any("<img" in page or "<script" in page for page in pages) and "&lt;img" in pages[0]


@pytest.mark.parametrize(
    ("size", "most", "said"),
    [pytest.param(3, 2, r"4,\d МБ.* 2 МБ"), pytest.param(30, 25, r"4\d,\d МБ.* 25 МБ", marks=pytest.mark.long)],
)
def test_what_is_too_large_is_refused_before_anything_is_sent(
    peer: Peer, book: Path, size: int, most: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = read_settings().mail
    assert mail is not None
    write_settings(replace(mail, max_message_mb=most))
    with zipfile.ZipFile(book, "a", zipfile.ZIP_STORED) as package:
        package.writestr("xl/media/image1.png", os.urandom(size * 2**20))
    document = sent(capsys, "send", book, "--to", "a@to.test", code=1)
    assert re.search(said, document["files"][0]["refusal"]) and peer.accepted == []
    assert not manifest_path(book).exists()


def test_a_dry_run_only_writes_letters(
    peer: Peer, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = sent(capsys, "send", book, "--to", "a@to.test", "--dry-run", tmp_path / "letters")
    path = Path(document["files"][0]["eml"])
    assert path == tmp_path / "letters" / f"{NAME}.eml" and NAME in enclosed(message_of(path.read_bytes()))
    assert peer.connections == 0 and not outbox_path().exists() and not manifest_path(book).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "не указан получатель"), (["--to", "Иван <a@b.ru>"], "не адрес"), (["--to", "a@b.ru\r\nDATA"], "не адрес"),
     (["--to", "a@b.ru", "--allow-findings", " "], "Назовите причину"),
     (["--to", "a@b.ru", "--dry-run", ""], "Назовите|Укажите")],
)  # fmt: skip
def test_what_cannot_be_sent_is_told(
    peer: Peer, book: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["send", str(book), *words])
    told = capsys.readouterr()
    assert ended.value.code in (1, 2) and re.search(said, told.out + told.err) and peer.accepted == []


def test_every_argument_has_an_entry(peer: Peer, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fifo = book.with_name("fifo")
    if sys.platform != "win32":
        os.mkfifo(fifo)
    words = [book.parent, book.with_name("нет.xlsx"), fifo, book]
    document = sent(capsys, "send", *words, "--to", "a@to.test", code=1)
    assert [one["file"] for one in document["files"]] == [str(word) for word in words]
    assert [one["refusal"] is None for one in document["files"]] == [False, False, False, True]


def test_without_an_account_it_names_the_setup(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "empty"))
    with pytest.raises(SystemExit) as ended:
        main(["send", str(book), "--to", "a@b.ru"])
    assert ended.value.code == 2 and "xlkit mail setup" in capsys.readouterr().err


# --- mail outbox, retry, resolve ----------------------------------------------------------------------------


def test_while_the_server_is_away_letters_wait(
    peer: Peer, book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", "wrong")
    document = sent(capsys, "send", book, "--to", "a@to.test", code=1)
    assert "не принял имя" in document["trouble"] and document["files"][0]["recipients"][0]["state"] == "queued"
    assert sent(capsys, "mail", "outbox")["letters"][0]["recipients"][0]["attempts"] == 0
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", PASSWORD)
    assert sent(capsys, "mail", "retry")["letters"][0]["recipients"][0]["state"] == "sent"
    assert len(peer.accepted) == 1
    with pytest.raises(SystemExit):
        main(["mail", "retry", peer.accepted[0].message_id])
    assert "уже отправлено" in capsys.readouterr().err


def test_a_letter_in_doubt_without_a_witness_is_decided_by_a_person(
    peer: Peer, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.script["DATA", ""] = ["keep and drop", "drop"]
    sent(capsys, "send", book, "--to", "a@to.test", code=1)
    (letter,) = sent(capsys, "mail", "outbox", code=1)["letters"]
    assert letter["recipients"][0]["state"] == IN_DOUBT
    for words in (["resolve"], ["retry", letter["message_id"]]):
        with pytest.raises(SystemExit) as ended:
            main(["mail", *words])
        assert ended.value.code == 2 and "xlkit mail resolve" in capsys.readouterr().err
    assert sent(capsys, "send", book, "--to", "a@to.test", code=1)["files"][0]["already"], "never blindly"
    assert (
        sent(capsys, "mail", "resolve", letter["message_id"], "--sent")["letters"][0]["recipients"][0]["state"]
        == "sent"
    )
    sent(capsys, "send", book, "--to", "b@to.test", code=1)
    (other,) = {one["message_id"] for one in sent(capsys, "mail", "outbox", code=1)["letters"]} - {letter["message_id"]}
    assert states(sent(capsys, "mail", "resolve", other, "--again")) == ["queued"]
    sent(capsys, "mail", "retry")
    assert [one.recipients for one in peer.accepted] == [("a@to.test",), ("b@to.test",)]
    assert {one.message_id for one in peer.accepted} == {letter["message_id"], other}


@pytest.mark.parametrize("words", [["resolve", "x@y.ru"], ["resolve", "--sent"], ["resolve", "x@y.ru", "--sent"],
                                   ["retry", "x@y.ru"], ["outbox", "--outbox", "нет.sqlite"]])  # fmt: skip
def test_what_makes_no_sense_is_told(peer: Peer, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["mail", *words])
    assert ended.value.code == 2 and capsys.readouterr().err.strip()
    assert not Path("нет.sqlite").exists()


# --- setup and secrets --------------------------------------------------------------------------------------


def test_settings_are_written_with_comments_and_what_else_there_is_stays(peer: Peer) -> None:
    path = Path(os.environ["XLKIT_HOME"]) / "settings.toml"
    path.write_text(
        '# мой файл\nregister = "r.xlsx"\n\n[mail]\nsender = "a@b.ru"\n\n[limits] # пределы\ncells = 10\n', "utf-8"
    )
    settings = MailSettings(sender="c@d.ru", name='О"О\\О «Ё»', smtp_port=465)
    write_settings(settings)
    write_settings(settings)
    assert (
        read_settings().mail == settings and read_settings().register == "r.xlsx" and read_settings().limits.cells == 10
    )
    text = path.read_text("utf-8")
    assert text.count("[mail]") == 1 and "# мой файл" in text and "[limits] # пределы" in text


def test_setup_asks_tries_and_keeps_no_password(running: tuple[Peer, MailSettings], tmp_path: Path, peer: Peer) -> None:
    """In a process of its own: answers come by a pipe, as from a script."""
    path = Path(os.environ["XLKIT_HOME"]) / "settings.toml"
    wrong = {1: ["https://u:pw@h/"], 2: ["ssl"], 3: ["99999", "x"], 6: ["firpo"], 8: ["/нет.pem"]}
    given = ["", "", "starttls", "", "-", "Отдел", "firpo@x.test", "-", "", PASSWORD]
    answers = [one for number, good in enumerate(given) for one in (*wrong.get(number, ()), good)]
    done = subprocess.run(
        [sys.executable, "-m", "xlkit", "mail", "setup"], input="\n".join(answers) + "\n", capture_output=True,
        text=True, encoding="utf-8", env={**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "SMTP: вход выполнен" in done.stdout
    mail = read_settings().mail
    assert mail is not None and (mail.name, mail.recipient, mail.imap_host) == ("Отдел", "firpo@x.test", "")
    assert PASSWORD not in path.read_text("utf-8") + done.stdout + done.stderr


def test_no_secret_shows_anywhere(
    peer: Peer, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in what is told or logged, not in a file of ours, not in a letter, not in the list of processes."""
    seen: list[str] = []
    original = Peer.handle_MAIL

    async def looking(*arguments: Any) -> str:
        seen.extend(path.read_bytes().decode("utf-8", "replace") for path in Path("/proc").glob("[0-9]*/cmdline"))
        return await original(*arguments)

    if Path("/proc/self/cmdline").exists():
        monkeypatch.setattr(Peer, "handle_MAIL", looking)
    peer.script["MAIL", ""] = ["535 who are you"]
    words = ["send", str(book), "--to", "a@to.test"]
    done = subprocess.run([sys.executable, "-m", "xlkit", *words], capture_output=True, text=True, encoding="utf-8")
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", f"not {PASSWORD}")
    with pytest.raises(SystemExit):
        main(words)
    told = capsys.readouterr()
    seen += [done.stdout, done.stderr, told.out, told.err]
    seen += [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()]
    seen += [one.content.decode("latin-1") for one in peer.accepted]
    assert len(seen) > 10 and "535 who" in done.stdout and "не принял имя" in told.out
    encoded = base64.b64encode(f"\0sender@send.test\0{PASSWORD}".encode()).decode()
    for secret in (PASSWORD, encoded, base64.b64encode(PASSWORD.encode()).decode()):
        assert not [text for text in seen if secret in text]
