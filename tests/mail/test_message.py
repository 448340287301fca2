"""A message: its head cannot be forged by names, and every mail program gets back what was put in."""

from __future__ import annotations

import datetime as dt
import email
from dataclasses import replace
from email import policy
from email.header import decode_header, make_header

import pytest

from xlkit.errors import XlkitError
from xlkit.mail.addresses import address_of, addresses_of
from xlkit.mail.message import Attachment, Draft, compose, message_id_of, subject_of
from xlkit.settings import MailSettings

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
SETTINGS = MailSettings(sender="sender@send.test", name="ГБПОУ «Колледж № 1», отдел")
DRAFT = Draft(
    ("a@to.test", "b@to.test"),
    "Программа деятельности: ОПЦ-1",
    "Здравствуйте!\n.точка\nFrom the beginning\n",
    "<p>Здравствуйте!</p>",
    (Attachment("Программа деятельности.xlsx", b"PK\x03\x04" * 100), Attachment("protocol.html", b"<p>\xd0\x9f</p>")),
    workbook_sha256="00",
)


def read(draft: Draft, settings: MailSettings = SETTINGS) -> email.message.EmailMessage:
    return email.message_from_bytes(compose(settings, draft, NOW).eml, policy=policy.default)


def test_what_was_put_in_comes_out() -> None:
    letter, message = compose(SETTINGS, DRAFT, NOW), read(DRAFT)
    assert letter.eml.isascii() and letter.recipients == DRAFT.recipients
    assert max(map(len, letter.eml.split(b"\r\n"))) <= 998 and b"\n" not in letter.eml.replace(b"\r\n", b"")
    # The modern parser of Python puts a space between two encoded words of a quoted name; mail programs do not.
    sender = make_header(decode_header(email.message_from_bytes(letter.eml)["From"]))
    assert str(sender) == "ГБПОУ «Колледж № 1», отдел <sender@send.test>"
    assert message["To"] == "a@to.test, b@to.test" and message["Subject"] == DRAFT.subject
    assert message["Message-ID"] == f"<{letter.message_id}>" and message["X-Xlkit"] == "submission"
    assert message["Auto-Submitted"] is None and message["Bcc"] is None
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and html is not None
    assert text.get_content().replace("\r\n", "\n") == DRAFT.text and html.get_content().strip() == DRAFT.html
    assert [(one.get_filename(), one.get_payload(decode=True)) for one in message.iter_attachments()] == [
        (one.name, one.content) for one in DRAFT.attachments
    ]


@pytest.mark.parametrize(
    "name",
    ["Ё" * 100 + ".xlsx", "a" * 200 + ".xlsx", 'кавычки "и" «ёлочки», %41%00; \\ .xlsx',
     "имя с неразрывным\u00a0пробелом и й.xlsx", "😀.xlsx", "без расширения"],
)  # fmt: skip
def test_file_names_of_every_kind(name: str) -> None:
    (one,) = read(replace(DRAFT, attachments=(Attachment(name, b"x"),))).iter_attachments()
    assert one.get_filename() == name


def test_an_answer_is_in_its_thread_and_says_that_it_is_automatic() -> None:
    message = read(replace(DRAFT, is_answer=True, in_reply_to="2@x.ru", references=("0@x.ru", "1@x.ru")))
    assert message["In-Reply-To"] == "<2@x.ru>" and message["References"] == "<0@x.ru> <1@x.ru> <2@x.ru>"
    assert message["Auto-Submitted"] == "auto-replied" and message["X-Xlkit"] == "answer"


def test_an_address_in_russian() -> None:
    letter = compose(SETTINGS, replace(DRAFT, recipients=("иван@to.test",)), NOW)
    assert "To: иван@to.test\r\n".encode() in letter.eml


@pytest.mark.parametrize("bad", ["\n", "\r", "\r\nBcc: x@evil.test", "\0", "\x1b", "\u2028", "\u202e", "\udc80"])
@pytest.mark.parametrize(
    ("change", "said"),
    [(lambda bad: (SETTINGS, replace(DRAFT, subject=f"a{bad}b")), "тема"),
     (lambda bad: (SETTINGS, replace(DRAFT, attachments=(Attachment(f"a{bad}b.xlsx", b""),))), "имя файла"),
     (lambda bad: (replace(SETTINGS, name=f"a{bad}b"), DRAFT), "имя отправителя"),
     (lambda bad: (SETTINGS, replace(DRAFT, recipients=(f"a{bad}@b.ru",))), "адрес"),
     (lambda bad: (SETTINGS, replace(DRAFT, in_reply_to=f"a{bad}@b.ru")), "номер письма")],
)  # fmt: skip
def test_a_line_break_in_the_head_is_refused(bad: str, change: object, said: str) -> None:
    settings, draft = change(bad)  # type: ignore[operator]
    with pytest.raises(XlkitError, match=f"не годится {said}") as raised:
        compose(settings, draft, NOW)
    assert "\n" not in str(raised.value) and bad not in str(raised.value)


def test_what_is_too_large_is_refused_with_both_figures() -> None:
    large = replace(DRAFT, attachments=(Attachment("Книга.xlsx", b"\0" * 3 * 2**20),))
    with pytest.raises(XlkitError, match=r"4,1 МБ.* 4 МБ"):
        compose(replace(SETTINGS, max_message_mb=4), large, NOW)
    compose(replace(SETTINGS, max_message_mb=5), large, NOW)


def test_message_ids_are_stable_and_tell_letters_apart() -> None:
    first = message_id_of("s@a.ru", ["x@b.ru", "y@b.ru"], "00", "submission")
    assert first == message_id_of("s@a.ru", ["y@b.ru", "x@b.ru"], "00", "submission") and first.endswith("@a.ru")
    both = ["x@b.ru", "y@b.ru"]
    others = [
        ("t@a.ru", both, "00", "submission"),
        ("s@a.ru", both[:1], "00", "submission"),
        ("s@a.ru", both, "01", "submission"),
        ("s@a.ru", both, "00", "other"),
    ]
    assert len({first, *(message_id_of(*one) for one in others)}) == 5


def test_the_subject_by_its_template() -> None:
    words = {"form": "Программа", "cluster": "ОПЦ-1", "period": ""}
    assert subject_of("{form}: {cluster}, {period}", **words) == "Программа: ОПЦ-1"
    assert subject_of("{cluster} {{x}} {0.a}", **{**words, "x": "y"}) == "ОПЦ-1 {y} {0.a}"
    with pytest.raises(XlkitError, match=r"\{clusters\} неизвестно"):
        subject_of("{clusters}", **words)


@pytest.mark.parametrize(
    ("text", "address"),
    [(" a@B.ru ", "a@b.ru"), ("A.b+c@b.ru", "A.b+c@b.ru"), ("кто@Колледж.РФ", "кто@xn--d1abenfat.xn--p1ai")],
)
def test_an_address(text: str, address: str) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b.ru", "a@b@c.ru", "a@b.ru, c@d.ru", "Имя <a@b.ru>", "a@b.ru\r\nRCPT TO:<x@y.ru>", "a b@c.ru",
     "a@b..ru", "a@" + "b" * 64 + ".ru", '"a"@b.ru', "a\0@b.ru", "a" * 250 + "@b.ru", "-"],
)  # fmt: skip
def test_no_address(text: str) -> None:
    with pytest.raises(XlkitError, match="не адрес") as raised:
        address_of(text)
    assert "\n" not in str(raised.value)


def test_addresses_are_sorted_and_each_comes_once() -> None:
    assert addresses_of(["b@b.ru", "a@b.ru", "A@B.ru", "b@b.ru"]) == ("a@b.ru", "b@b.ru")
