"""What a message encloses: found wherever it hides, whatever its name is written in; nothing raises."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mail.messages import WAYS, WORKBOOK, forwarded, message, named_in, package, part, zipped
from xlkit.mail import archives
from xlkit.mail.enclosed import MAX_BOOKS, MAX_DEPTH, MAX_PARTS, Enclosed, read_message
from xlkit.mail.headers import address_key
from xlkit.mail.names import header_text, safe_name


def names(found: Enclosed) -> list[str]:
    return [one.name for one in found.books]


def said(found: Enclosed) -> str:
    return " ".join(one.ru for one in found.remarks)


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_russian_names_survive_every_way_of_writing_them(way: str) -> None:
    found = read_message(message([part(WORKBOOK, package(), way)]))
    assert names(found) == [WORKBOOK]
    assert found.books[0].content == package()


@pytest.mark.parametrize("encoding", ["utf-8", "cp866", "cp1251"])
def test_russian_names_within_archives(encoding: str) -> None:
    archive = named_in(encoding, WORKBOOK, package())
    assert names(read_message(message([part("Книги.zip", archive)]))) == [WORKBOOK]


@pytest.mark.parametrize(
    "name, safe",
    [
        ("../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\Windows\\win.xlsx", "win.xlsx"),
        ("..\\..\\Книга.xlsx", "Книга.xlsx"),
        ("/absolute/Книга.xlsx", "Книга.xlsx"),
        ("Книга\u202excod.xlsx", "Книгаxcod.xlsx"),
        ("Книга\r\nBcc: x@y.xlsx", "Книга Bcc_ x@y.xlsx"),
        ("Книга\0.xlsx", "Книга.xlsx"),
        ("CON.xlsx", "_CON.xlsx"),
        ("nul.tar.xlsx", "_nul.tar.xlsx"),
        ("~$Книга.xlsx", "Книга.xlsx"),
        (".bashrc", "bashrc"),
        ("Книга.xlsx. . ", "Книга.xlsx"),
        ("<b>План?</b>.xlsx", "b_.xlsx"),
        ("Плaн|«2026»*.xlsx", "Плaн_«2026»_.xlsx"),
        ("", "Книга.xlsx"),
        ("...", "Книга.xlsx"),
        ("/", "Книга.xlsx"),
        ("й.xlsx", "й.xlsx"),
    ],
)
def test_names_lead_nowhere(name: str, safe: str) -> None:
    assert safe_name(name, "Книга.xlsx") == safe


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_any_text_becomes_a_name(text: str) -> None:
    name = safe_name(text)
    assert name == safe_name(name)
    assert name and len(name.encode()) <= 200 and not set(name) & set('/\\\0\r\n<>:"|?*')
    assert name not in (".", "..") and not name.startswith((".", "~"))


def test_long_names_keep_their_suffix() -> None:
    name = safe_name("Программа " * 60 + ".xlsx")
    assert name.endswith(".xlsx") and len(name) <= 120


def test_equal_names_are_told_apart_and_equal_workbooks_come_once() -> None:
    parts = [part(WORKBOOK, package("1")), part(WORKBOOK, package("2")), part("Копия.xlsx", package("1"))]
    assert names(read_message(message(parts))) == [WORKBOOK, "Программа ОПЦ-101 (2).xlsx"]


@pytest.mark.parametrize(
    "raw, text",
    [
        ("=?utf-8?B?0J/Qu9Cw0L0=?=", "План"),
        ("=?koi8-r?Q?=F0=CC=C1=CE?=", "План"),
        ("=?utf-8?B?0J/Q?= =?utf-8?B?u9Cw0L0=?=", "План"),
        ("=?utf-8?B?0J8=?==?utf-8?B?0Ls=?=", "Пл"),
        ("План".encode("cp1251").decode("ascii", "surrogateescape"), "План"),
        ("=?unknown-99?B?0J/Qu9Cw0L0=?=", "План"),
        ("=?utf-8?B?@@@?=", ""),
        ("две\r\n строки", "две строки"),
    ],
)
def test_headers(raw: str, text: str) -> None:
    assert header_text(raw) == text or text == ""


# --- where workbooks hide ---------------------------------------------------------------------------------


def test_an_archive_with_folders_and_seals() -> None:
    files = {
        "ОПЦ/Книга.xlsx": package("1"), "ОПЦ/Книга.xlsx.manifest.json": b"m1", "ОПЦ/Книга.xlsx.manifest.sig": b"s1",
        "ОК/Книга.xlsx": package("2"), "ОК/Книга.xlsx.manifest.json": b"m2",
        "__MACOSX/ОПЦ/._Книга.xlsx": b"x",
        "письмо.docx": zipped({"[Content_Types].xml": b"", "word/document.xml": b""}),
    }  # fmt: skip
    found = read_message(message([part("Книги.zip", zipped(files))]))
    assert [(b.name, b.manifest, b.signature) for b in found.books] == [
        ("Книга.xlsx", b"m1", b"s1"), ("Книга (2).xlsx", b"m2", None),
    ]  # fmt: skip
    assert found.others == ("письмо.docx",)
    assert not found.remarks


def test_seals_find_their_workbook() -> None:
    parts = [part(f"{n}.xlsx", package(n)) for n in "ab"]
    parts += [part(f"{n}.xlsx.manifest.{kind}", f"{n} {kind}".encode()) for n in "ba" for kind in ("sig", "json")]
    found = read_message(message(parts))
    assert [(b.name, b.manifest, b.signature) for b in found.books] == [
        ("a.xlsx", b"a json", b"a sig"), ("b.xlsx", b"b json", b"b sig"),
    ]  # fmt: skip


def test_a_lone_seal_belongs_to_the_lone_workbook() -> None:
    parts = [part("Переименована.xlsx", package()), part("1.manifest.json", b"m"), part("2.manifest.sig", b"s")]
    (book,) = read_message(message(parts)).books
    assert (book.manifest, book.signature) == (b"m", b"s")


@pytest.mark.parametrize("in_base64", [False, True])
def test_forwarded(in_base64: bool) -> None:
    inner = message([part(WORKBOOK, package(), "cp1251")], sender="другой@example.org", subject="Внутри")
    found = read_message(message([forwarded(forwarded_once(inner), in_base64)]))
    assert names(found) == [WORKBOOK]
    assert (found.sender, found.subject) == ("ivanova@college.example.org", "Программа")


def forwarded_once(inner: bytes) -> bytes:
    return message([forwarded(inner)], message_id="<2@x.org>")


def test_a_message_attached_as_a_file() -> None:
    inner = message([part(WORKBOOK, package())], message_id="<2@x.org>")
    assert names(read_message(message([part("Письмо.eml", inner)]))) == [WORKBOOK]


def test_forwarded_too_deep() -> None:
    inner = message([part(WORKBOOK, package())])
    for number in range(MAX_DEPTH + 1):
        inner = message([forwarded(inner)], message_id=f"<{number}@x.org>")
    found = read_message(inner)
    assert not found.books and "глубоко" in said(found)


def test_a_workbook_is_known_by_its_content() -> None:
    parts = [part("Книга", package("1")), part("Книга.zip", package("2")), part("Книга.bin", package("3"))]
    assert names(read_message(message(parts))) == ["Книга", "Книга.zip", "Книга.bin"]


def test_what_calls_itself_a_workbook_is_one_for_the_guard() -> None:
    assert names(read_message(message([part("Книга.xlsx", b"nonsense")]))) == ["Книга.xlsx"]


def test_other_files_are_named_and_pictures_of_signatures_too() -> None:
    found = read_message(message([part("Скан.pdf", b"%PDF-1.7"), part("logo.png", b"\x89PNG\r\n")]))
    assert not found.books and not found.remarks and found.others == ("Скан.pdf", "logo.png")


# --- what is not understood, locked or made to harm -------------------------------------------------------


def encrypted() -> bytes:
    content = bytearray(zipped({WORKBOOK: package()}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("Книги.zip", encrypted, "под паролем"),
        ("Книги.zip", lambda: zipped({str(n): b"" for n in range(archives.MAX_MEMBERS + 1)}), "файлов 201"),
        ("Книги.zip", lambda: zipped({WORKBOOK: package()})[:-30], "повреждён"),
        ("Книги.zip", lambda: b"nonsense", "не архив"),
        ("Книги.zip", lambda: zipped({"Ещё.zip": zipped({WORKBOOK: package()})}), "внутри другого архива"),
        ("Книги.rar", lambda: b"Rar!\x1a\x07\x00", "только архивы .zip"),
        ("Книги.7z", lambda: b"7z\xbc\xaf\x27\x1c", "только архивы .zip"),
        ("winmail.dat", lambda: b"\x78\x9f\x3e\x22", "winmail.dat"),
        ("ATT00001.dat", lambda: b"\x78\x9f\x3e\x22\x01", "winmail.dat"),
        ("Письмо.msg", lambda: b"\xd0\xcf\x11\xe0", "Outlook"),
    ],
)
def test_what_cannot_be_taken_is_said(name: str, content: object, words: str) -> None:
    made = content()  # type: ignore[operator]
    parts = [part(name, made), part("Целая.xlsx", package())]
    found = read_message(message(parts))
    assert words in said(found)
    assert names(found) == ["Целая.xlsx"], "the rest is taken all the same"


def test_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_INFLATED", 4 * 2**20)
    files = {f"{n}.xlsx": bytes(2**20) for n in range(5)}
    found = read_message(message([part("Книги.zip", zipped(files)), part("Целая.xlsx", package())]))
    assert "4 МБ" in said(found) and names(found) == ["Целая.xlsx"]


def test_a_member_that_lies_about_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_INFLATED", 1000)
    content = bytearray(zipped({"a.xlsx": bytes(10_000_000)}))
    central = content.index(b"PK\x01\x02")
    for at in (22, central + 24):
        content[at : at + 4] = (10).to_bytes(4, "little")
    found = read_message(message([part("a.zip", bytes(content))]))
    assert not found.books and found.remarks


def test_a_signed_envelope_is_told() -> None:
    whole = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nMIIB"
    assert "smime.p7m" in said(read_message(message([whole])))


def test_too_many_workbooks() -> None:
    found = read_message(message([part(f"{n}.xlsx", package(str(n))) for n in range(MAX_BOOKS + 1)]))
    assert len(found.books) == MAX_BOOKS and "слишком много" in said(found)


def test_too_many_parts() -> None:
    found = read_message(message([b"Content-Type: text/plain\r\n\r\nx"] * (MAX_PARTS + 1)))
    assert "слишком много" in said(found)


def test_parts_within_parts_without_end() -> None:
    depth = 3000
    head = b"From: a@b.ru\r\n"
    for number in range(depth):
        head += f'Content-Type: multipart/mixed; boundary="{number}"\r\n\r\n--{number}\r\n'.encode()
    found = read_message(head)
    assert not found.books


_PIECES = st.sampled_from(
    [
        b"From: a@b.ru\r\n", b"From: =?utf-8?B?", b"Content-Type: multipart/mixed; boundary=b\r\n", b"\r\n\r\n",
        b"--b\r\n",
        b"--b--", b"Content-Disposition: attachment; filename*0*=utf-8''%D0; filename*1=x.xlsx\r\n", b"\r\n",
        b"Content-Disposition: attachment; filename*x*=''\r\n", b"Content-Type: message/rfc822\r\n", b"PK\x03\x04",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n", b"begin 644 a\r\n",
        b'Content-Type: application/octet-stream; name="=?utf-8?Q?=D0?="\r\n', b"Content-Type: ;;;=\r\n",
        b"Content-Transfer-Encoding: quoted-printable\r\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"References: <", b"\0",
        b"Subject: =?utf-8?B?0J/Q?=\r\n", b"Message-ID: <a@b>\r\n", b"Content-Type: text/plain; charset=nope\r\n",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES | st.binary(max_size=20), max_size=25))
def test_no_bytes_raise(pieces: list[bytes]) -> None:
    found = read_message(b"".join(pieces))
    assert "\n" not in found.subject + found.sender + found.message_id + "".join(found.references)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_change_of_a_message_raises(data: st.DataObject) -> None:
    content = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_message(bytes(content))


SAMPLE = message([part("Книги.zip", zipped({WORKBOOK: package()})), forwarded(message([part(WORKBOOK, package())]))])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_archive_raises(content: bytes) -> None:
    archives.unpack("a.zip", b"PK\x03\x04" + content)
    archives.unpack("a.zip", zipped({"a": content})[: len(content) * 2])


# --- who, and whether it is a person ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "header, address",
    [
        ("Иванова <a@b.ru>", "a@b.ru"),
        ("a@b.ru", "a@b.ru"),
        ("a@b.ru (Иванова)", "a@b.ru"),
        ('"x@y.ru" <a@b.ru>', "a@b.ru"),
        ('"<x@y.ru>" <a@b.ru>', "a@b.ru"),
        ("x@y.ru <a@b.ru>", "a@b.ru"),
        ("=?utf-8?B?PHhAeS5ydT4=?= <a@b.ru>", "a@b.ru"),
        ("приёмная@кластер.рф", "приёмная@кластер.рф"),
        ("a@b.ru, c@d.ru", ""),
        ("<a@b.ru> <c@d.ru>", ""),
        ("<>", ""),
        ("", ""),
        ("Иванова", ""),
        ("a@b@c.ru", ""),
        ("<a b@c.ru>", ""),
        ("<a\u202e@b.ru>", ""),
    ],
)
def test_sender(header: str, address: str) -> None:
    assert read_message(message(sender=header)).sender == address


def test_two_senders_are_none() -> None:
    assert read_message(message(headers=["From: c@d.ru"])).sender == ""


def test_addresses_are_compared_in_one_form() -> None:
    assert address_key("Приёмная@Кластер.РФ") == address_key("приёмная@xn--80akne1aeh.xn--p1ai")
    assert address_key("A@B.ru ") == address_key("a@b.RU")


def test_thread() -> None:
    found = read_message(message(headers=["References: <a@x> <b@x>\r\n <c@x>", "In-Reply-To: <c@x>"]))
    assert found.message_id == "1@college.example.org"
    assert found.references == ("a@x", "b@x", "c@x")


@pytest.mark.parametrize("given_id", ["<a b@c>", "<a\0@c>", "none", "<>", "<" + "a" * 300 + "@b>"])
def test_message_ids_that_no_header_may_hold(given_id: str) -> None:
    assert read_message(message(message_id=given_id)).message_id == ""


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=y", "Precedence: bulk", "Precedence: List",
        "List-Id: <a.b.ru>", "Return-Path: <>", "X-Autoreply: yes", "X-Xlkit: answer", "X-Failed-Recipients: a@b.ru",
    ],
)  # fmt: skip
def test_automatic(header: str) -> None:
    assert read_message(message(headers=[header])).automatic is not None


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: no", "X-Xlkit: submission", "Return-Path: <a@b.ru>", "X-Mailer: The Bat!"]
)
def test_not_automatic(header: str) -> None:
    assert read_message(message(headers=[header])).automatic is None


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.ru", "postmaster@b.ru", "<no-reply+1@b.ru>", "noreply@b.ru"])
def test_robots(sender: str) -> None:
    assert read_message(message(sender=sender)).automatic is not None


def test_own_address_and_delivery_reports() -> None:
    assert read_message(message(sender="ИРПО <IRPO@example.org>"), ["irpo@example.org"]).automatic is not None
    report = message().replace(b"multipart/mixed", b"multipart/report; report-type=delivery-status")
    assert read_message(report).automatic is not None


def test_zip_members_that_python_cannot_unpack() -> None:
    content = bytearray(zipped({WORKBOOK: package()}))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(mark) + at] = 97
    assert zipfile.is_zipfile(io.BytesIO(bytes(content)))
    assert "неизвестным способом" in said(read_message(message([part("a.zip", bytes(content))])))
