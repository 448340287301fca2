"""Under which names workbooks are kept, one limit for all archives of a message, messages that cannot be parsed."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.mail.messages import message, package, part, zipped
from tests.mail.test_enclosed import names, said
from xlkit.mail import enclosed
from xlkit.mail.enclosed import read_message


def stored(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name, content, filed",
    [
        ("план.xlsx.bak", package(), "план.xlsx.bak.xlsx"),
        ("книга.exe", package(), "книга.exe.xlsx"),
        (".xlsx", package(), "xlsx.xlsx"),
        ("а.XLSX", package(), "а.XLSX"),
        ("а.xltx", package(), "а.xltx"),
        ("а.xls", zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"", "xl/vbaProject.bin": b""}), "а.xlsm"),
        ("а.xlsx", zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "а.xlsb"),
        ("а.dat", stored({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "а.dat.ods"),
        ("а.dat", b"\x09\x08\x10\0", "а.dat.xls"),
        ("а.xlsx", b"torn", "а.xlsx"),
    ],
)
def test_a_workbook_is_kept_under_the_suffix_of_what_it_is(name: str, content: bytes, filed: str) -> None:
    (book,) = read_message(message([part(name, content)])).books
    assert book.filed_name == filed


def test_the_archives_of_a_message_have_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosed, "MAX_OF_MESSAGE", 5 * 2**20)
    some = [part(f"{n}.zip", zipped({f"{n}.xlsx": bytes([n]) * 2**20 * 2})) for n in range(4)]
    found = read_message(message(some))
    assert names(found) == ["0.xlsx", "1.xlsx"] and "несколькими письмами" in said(found)


def test_archives_of_strangers_stay_shut() -> None:
    packed = zipped({"а.xlsx": package()})
    found = read_message(
        message([part("а.zip", packed)]), trusts=lambda sender: sender != "ivanova@college.example.org"
    )
    assert [one.content for one in found.books] == [packed]


def test_of_a_message_that_is_nested_too_deeply_the_sender_is_known() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1200))
    found = read_message(b"From: a@b.ru\nSubject: x\nMessage-ID: <z@z>\n" + deep)
    assert (found.sender, found.subject, found.message_id) == ("a@b.ru", "x", "z@z")
    assert found.unread and "построено с ошибками" in said(found)
