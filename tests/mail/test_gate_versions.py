"""Which version is in force: nothing is replaced silently, and every doubt can be settled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mail.desk import DRAFT, FAILED, NOW, REGISTER, SENDER, Desk, sealed
from tests.mail.messages import forwarded, message, part, zipped
from xlkit.actions.gate.prefer import prefer
from xlkit.actions.gate.status import status
from xlkit.errors import XlkitError
from xlkit.mail.versions import FORGED, OLDER, SEVERAL, STALE, UNSEALED
from xlkit.report.gate_json import status_document
from xlkit.report.gate_text import status_text
from xlkit.rules.registered import Deadline
from xlkit.seal.manifest import manifest_path


def test_an_older_seal_does_not_replace_a_newer_one(desk: Desk) -> None:
    """The letter of the first version waited in its sender's queue."""
    (second,) = desk.post(*sealed(desk.books[1], 6))
    (first,) = desk.post(*sealed(desk.books[0], 5))
    assert (first.doubt, first.version, desk.exit_code) == (OLDER, 2, 1)
    assert desk.in_force == second.workbook_sha256 and desk.newest_file == desk.books[1]
    assert f"эта сохранена, но действует прежняя ({second.receipt})" in desk.answer
    assert "опечатана раньше" in desk.attention and first.receipt in desk.attention
    (third,) = desk.post(*sealed(desk.books[2], 7))
    assert third.doubt == "" and desk.in_force == third.workbook_sha256 and "опечатана" not in desk.attention


def test_content_that_was_replaced_does_not_come_back_silently(desk: Desk) -> None:
    """A stale letter, sealed as it was, replayed with another header."""
    old = sealed(desk.books[0], 5)
    (first,) = desk.post(*old)
    (second,) = desk.post(*sealed(desk.books[1], 6))
    (again,) = desk.post(*old)
    assert (again.state, again.receipt, again.doubt) == ("duplicate", first.receipt, STALE) and desk.exit_code == 1
    assert desk.in_force == second.workbook_sha256 and second.receipt in desk.answer
    assert "сообщите куратору" in desk.answer and first.receipt in desk.attention
    prefer(desk.intake, first.receipt.lower())
    assert desk.in_force == first.workbook_sha256 and desk.newest_file == desk.books[0] and desk.attention == ""
    (third,) = desk.post(("а.xlsx", desk.books[2]))
    assert desk.in_force == third.workbook_sha256


@pytest.mark.parametrize("way", ["parts", "forwarded", "zip"])
@pytest.mark.parametrize("before", [False, True])
def test_of_several_in_one_message_none_wins_silently(desk: Desk, way: str, before: bool) -> None:
    earlier = desk.post(("план.xlsx", desk.books[3])) if before else []
    new, old = desk.books[1], desk.books[0]
    parts = {
        "parts": [part("план.xlsx", new), part("план (2).xlsx", old)],
        "forwarded": [part("план.xlsx", new), forwarded(message([part("план.xlsx", old)], sender=SENDER))],
        "zip": [part("о.zip", zipped({"план (исправленный).xlsx": new, "план.xlsx": old}))],
    }
    lines = desk.post(parts=parts[way])
    assert [line.doubt for line in lines] == [SEVERAL, SEVERAL] and desk.exit_code == 1
    assert desk.in_force == (earlier or lines)[0].workbook_sha256, "the first, for want of a better one"
    assert desk.newest_file == (desk.books[3] if before else new)
    assert desk.answer.count("неясно, какая верна: верную нужно прислать отдельно") == 2
    assert desk.attention.count("неясно, какая верна") == 2
    (alone,) = desk.post(("план.xlsx", new))
    assert alone.state == ("accepted" if before else "duplicate") and desk.exit_code == 0
    assert desk.in_force == alone.workbook_sha256 and desk.newest_file == new and desk.attention == ""


def test_a_correction_with_the_letter_before_it_wins(desk: Desk) -> None:
    desk.post(("план.xlsx", desk.books[0]))
    inner = message([part("план.xlsx", desk.books[0])], sender=SENDER)
    new, old = desk.post(parts=[part("план.xlsx", desk.books[1]), forwarded(inner)])
    assert (new.doubt, new.version, old.state) == ("", 2, "duplicate")
    assert desk.in_force == new.workbook_sha256


def test_what_the_mail_server_doubts_replaces_nothing(desk: Desk) -> None:
    (first,) = desk.post(("а.xlsx", desk.books[0]))
    (forged,) = desk.post(("а.xlsx", desk.books[1]), headers=[FAILED])
    assert forged.doubt == FORGED and desk.in_force == first.workbook_sha256 and desk.exit_code == 1
    assert "SPF, DKIM, DMARC" in desk.attention and "SPF, DKIM, DMARC" in desk.answer
    (again,) = desk.post(("а.xlsx", desk.books[1]), headers=[FAILED])
    assert (again.state, again.receipt) == ("duplicate", forged.receipt), "it gets no number of its own"
    (proven,) = desk.post(*sealed(desk.books[1], 8), headers=[FAILED])
    assert proven.doubt == "" and desk.in_force == proven.workbook_sha256 and desk.attention == ""


def test_a_key_that_is_trusted_later_settles_the_doubt(desk: Desk) -> None:
    """The cluster has another key; once that is trusted it sends the same again."""
    desk.post(*sealed(desk.books[0], 5))
    desk.post(*sealed(desk.books[1], 6, "INVALID"))
    (shown,) = (one for one in status_text(desk.status) if f"{DRAFT.cluster.id}  " in one)
    assert "печать INVALID (Подписано неизвестным ключом ab12)" in shown and "INVALID" in desk.attention
    (again,) = desk.post(*sealed(desk.books[1], 6))
    assert (again.state, again.seal) == ("duplicate", "EXACT") and again.path.startswith("repeats/")
    assert manifest_path(desk.intake / again.path).read_bytes().startswith(b"EXACT"), "the proof is kept"
    assert desk.line.current is not None and desk.line.current.seal == "EXACT" and desk.attention == ""
    assert "INVALID" not in "\n".join(status_text(desk.status))


def test_a_proof_that_comes_later_clears_the_missing_seal(desk: Desk) -> None:
    desk.post(*sealed(desk.books[0], 5))
    (line,) = desk.post(("Книга.xlsx", desk.books[1]))
    assert line.doubt == UNSEALED and "не опечатана" in desk.attention
    desk.post(*sealed(desk.books[1], 7))
    assert desk.attention == "" and desk.status.doubtful == ()


def test_no_such_receipt(desk: Desk) -> None:
    desk.post(("а.xlsx", desk.books[0]))
    with pytest.raises(XlkitError, match="ИРПО-2026-000009"):
        prefer(desk.intake, "ИРПО-2026-000009")


def test_lateness_is_by_the_deadline_of_today(desk: Desk) -> None:
    (line,) = desk.post(("а.xlsx", desk.books[0]))
    early = replace(REGISTER, deadlines=(Deadline(DRAFT.edition.form, "план", "09.11.2026"),))
    told = status_document(status(desk.intake, early, NOW))
    assert not line.late and told["totals"]["late"] == 1 and told["submissions"][0]["workbook"]["late"]
    assert told["submissions"][0]["workbook"]["deadline"] == "2026-11-09T23:59:59+03:00"
    assert status_document(desk.status)["totals"]["late"] == 0
