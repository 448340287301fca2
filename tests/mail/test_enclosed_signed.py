"""Digital signatures in messages: around the whole message, or beside a workbook as other programs put them there."""

from __future__ import annotations

import pytest

from tests.mail.messages import WORKBOOK, forwarded, message, package, part, zipped
from tests.mail.test_enclosed import names, said
from xlkit.mail.enclosed import read_message

DER = b"0\x82\x06s\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02"
"""How a CMS signature begins."""


def typed(name: str, kind: str) -> bytes:
    return part(name, DER).replace(b"application/octet-stream", f"application/{kind}".encode())


def signed(inner: bytes) -> bytes:
    """A message that was signed as S/MIME does it: its body and the signature beside it."""
    head, _, body = inner.partition(b"MIME-Version: 1.0\r\n")
    kind = b'multipart/signed; protocol="application/pkcs7-signature"; micalg="sha-256"; boundary="=-s"'
    parts = (body, typed("smime.p7s", "pkcs7-signature"))
    whole = b"".join(b"--=-s\r\n" + one + b"\r\n" for one in parts)
    return head + b"MIME-Version: 1.0\r\nContent-Type: " + kind + b"\r\n\r\n" + whole + b"--=-s--\r\n"


def test_a_workbook_in_a_signed_message_is_found() -> None:
    sealed = {WORKBOOK: package(), f"{WORKBOOK}.manifest.json": b"m", f"{WORKBOOK}.manifest.sig": b"s"}
    whole = signed(message([part(name, content) for name, content in sealed.items()]))
    for found in (read_message(whole), read_message(message([forwarded(whole)]))):
        (book,) = found.books
        assert (book.name, book.content, book.manifest, book.signature) == (WORKBOOK, package(), b"m", b"s")
        assert found.remarks == () and found.automatic is None and found.others == ("smime.p7s",)


@pytest.mark.parametrize("suffix", [".p7s", ".p7m", ".sig", ".SGN", ".cms"])
@pytest.mark.parametrize("kind", ["octet-stream", "pkcs7-mime", "pkcs7-signature"])
def test_a_signature_beside_a_workbook_is_no_matter(suffix: str, kind: str) -> None:
    beside = typed(WORKBOOK + suffix, kind)
    found = read_message(message([beside, part(WORKBOOK, package())]))
    assert names(found) == [WORKBOOK] and found.remarks == ()
    alone = read_message(message([beside]))
    assert alone.books == () and f"«{WORKBOOK}{suffix}» — электронная подпись" in said(alone)


def test_in_an_archive() -> None:
    files = {WORKBOOK: package(), f"{WORKBOOK}.sig": DER, f"{WORKBOOK}.manifest.p7s": b"e"}
    found = read_message(message([part("Книги.zip", zipped(files))]))
    assert [(one.name, one.external) for one in found.books] == [(WORKBOOK, b"e")] and found.remarks == ()


@pytest.mark.parametrize("name", ["smime.p7m", "", "Приказ.pdf.p7m"])
def test_a_message_that_is_signed_or_locked_as_a_whole_is_told(name: str) -> None:
    assert "целиком (smime.p7m)" in said(read_message(message([typed(name, "pkcs7-mime")])))


def test_another_file_s_signature_is_no_workbook() -> None:
    found = read_message(message([part("Приказ.pdf.sig", DER)]))
    assert (found.books, found.remarks, found.others) == ((), (), ("Приказ.pdf.sig",))
