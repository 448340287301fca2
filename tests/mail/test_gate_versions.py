"""Which version is in force: nothing is replaced silently, and every doubt can be settled."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.messages import forwarded, message, part, zipped
from tests.mail.scenario import OWN, SETTINGS, content_of
from xlkit.actions import gate as gate_module
from xlkit.actions.gate import gate
from xlkit.actions.gate_judge import Claim, Judged, judge
from xlkit.actions.gate_prefer import prefer
from xlkit.actions.gate_status import StatusLine, StatusResult, status
from xlkit.actions.seal import VerifiedFile
from xlkit.demo.made import made_clusters, made_draft
from xlkit.errors import XlkitError
from xlkit.mail.enclosed import EnclosedBook
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.ledger_lines import SubmissionLine
from xlkit.mail.mailboxes import Folder
from xlkit.mail.versions import FORGED, OLDER, SEVERAL, STALE, UNSEALED
from xlkit.report.gate_text import status_document, status_text
from xlkit.rules.registered import Deadline, Register
from xlkit.seal.manifest import manifest_path
from xlkit.texts import Text

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DRAFT = made_draft(made_clusters(1)[0])
SENDER = DRAFT.cluster.emails[0]
REGISTER = Register("r", (DRAFT.cluster,), deadlines=(Deadline(DRAFT.edition.form, "план", "20.11.2026 18:00"),))
FAILED = "Authentication-Results: mx.irpo; spf=fail; dkim=none; dmarc=fail"
Files = Sequence[tuple[str, bytes]]


@pytest.fixture(scope="module")
def books() -> list[bytes]:
    return [content_of(replace(DRAFT, title={**DRAFT.title, "contact": f"Ответственный {n}"})) for n in range(4)]


@pytest.fixture(scope="module")
def judged(books: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[bytes, Judged]:
    claims = [Claim(EnclosedBook("план.xlsx", one), frozenset({DRAFT.cluster.key})) for one in books]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLKIT_HOME", str(tmp_path_factory.mktemp("home")))
        found = judge(claims, REGISTER, OWN, tmp_path_factory.mktemp("judged"))
    return {one.book.content: one for one in found}


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, judged: dict[bytes, Judged], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each workbook is judged once for all tests; its seal is what its manifest says."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))

    def at_once(claims: Sequence[Claim], *_: object) -> list[Judged]:
        return [replace(judged[one.book.content], book=one.book, seal=seal_of(one.book)) for one in claims]

    monkeypatch.setattr(gate_module, "judge", at_once)


def seal_of(book: EnclosedBook) -> VerifiedFile | None:
    if book.manifest is None:
        return None
    word, time = book.manifest.decode().split()
    return VerifiedFile(book.name, word, Text("Подписано неизвестным ключом ab12", "unknown"), facts={"time": time})


def sealed(book: bytes, hour: int, word: str = "EXACT") -> Files:
    """A workbook that was sealed at an hour of the day."""
    return [("Книга.xlsx", book), ("Книга.xlsx.manifest.json", f"{word} 2026-11-10T{hour:02}:00:00+03:00".encode())]


class Desk:
    """An intake; every message comes a quarter of an hour after the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.intake = folder, folder / "in"
        self.numbers = itertools.count()
        self.exit_code = 0

    def post(self, *files: tuple[str, bytes], headers: Sequence[str] = (), parts: Sequence[bytes] = ()) -> Lines:
        number = next(self.numbers)
        stamp = f"Received: x; Tue, 10 Nov 2026 {9 + number // 4:02}:{number % 4 * 15:02}:00 +0300"
        eml = message([*(part(*one) for one in files), *parts], sender=SENDER, headers=[stamp, *headers],
                      message_id=f"<{number}@x>")  # fmt: skip
        return self.put(eml)

    def put(self, eml: bytes) -> Lines:
        box = self.folder / f"box{next(self.numbers)}"
        box.mkdir()
        (box / "а.eml").write_bytes(eml)
        result = gate(Folder(box, NOW), self.intake, REGISTER, SETTINGS, NOW)
        self.exit_code = result.exit_code
        return [line for one in result.taken for line in one.submissions]

    @property
    def status(self) -> StatusResult:
        return status(self.intake, REGISTER, NOW)

    @property
    def line(self) -> StatusLine:
        (line,) = self.status.lines
        return line

    @property
    def in_force(self) -> str:
        assert self.line.current is not None
        return self.line.current.workbook_sha256

    @property
    def newest_file(self) -> bytes:
        return max(self.intake.glob("accepted/*/*/*/*/*.xlsx"), key=lambda one: one.stat().st_mtime).read_bytes()

    @property
    def attention(self) -> str:
        said = "\n".join(status_text(self.status)).partition("Требует внимания")[2].partition("\n\n")[0]
        return "\n".join(line for line in said.splitlines() if "Ответов ждёт" not in line)

    @property
    def answer(self) -> str:
        """The last one."""
        with Ledger(self.intake / LEDGER) as ledger:
            last = max(ledger.messages(), key=lambda one: one.received_at)
            made = email.message_from_bytes(ledger.letter(last.answer).eml, policy=email.policy.default)
        return str(made.get_body(("plain",)).get_content())  # type: ignore[attr-defined]


Lines = list[SubmissionLine]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_older_seal_does_not_replace_a_newer_one(desk: Desk, books: list[bytes]) -> None:
    """The letter of the first version waited in its sender's queue."""
    (second,) = desk.post(*sealed(books[1], 6))
    (first,) = desk.post(*sealed(books[0], 5))
    assert (first.doubt, first.version, desk.exit_code) == (OLDER, 2, 1)
    assert desk.in_force == second.workbook_sha256 and desk.newest_file == books[1]
    assert f"эта сохранена, но действует прежняя ({second.receipt})" in desk.answer
    assert "опечатана раньше" in desk.attention and first.receipt in desk.attention
    (third,) = desk.post(*sealed(books[2], 7))
    assert third.doubt == "" and desk.in_force == third.workbook_sha256 and "опечатана" not in desk.attention


def test_content_that_was_replaced_does_not_come_back_silently(desk: Desk, books: list[bytes]) -> None:
    """A stale letter, sealed as it was, replayed with another header."""
    old = sealed(books[0], 5)
    (first,) = desk.post(*old)
    (second,) = desk.post(*sealed(books[1], 6))
    (again,) = desk.post(*old)
    assert (again.state, again.receipt, again.doubt) == ("duplicate", first.receipt, STALE) and desk.exit_code == 1
    assert desk.in_force == second.workbook_sha256 and second.receipt in desk.answer
    assert "сообщите куратору" in desk.answer and first.receipt in desk.attention
    prefer(desk.intake, first.receipt.lower())
    assert desk.in_force == first.workbook_sha256 and desk.newest_file == books[0] and desk.attention == ""
    (third,) = desk.post(("а.xlsx", books[2]))
    assert desk.in_force == third.workbook_sha256


@pytest.mark.parametrize("way", ["parts", "forwarded", "zip"])
@pytest.mark.parametrize("before", [False, True])
def test_of_several_in_one_message_none_wins_silently(desk: Desk, books: list[bytes], way: str, before: bool) -> None:
    earlier = desk.post(("план.xlsx", books[3])) if before else []
    new, old = books[1], books[0]
    parts = {
        "parts": [part("план.xlsx", new), part("план (2).xlsx", old)],
        "forwarded": [part("план.xlsx", new), forwarded(message([part("план.xlsx", old)], sender=SENDER))],
        "zip": [part("о.zip", zipped({"план (исправленный).xlsx": new, "план.xlsx": old}))],
    }
    lines = desk.post(parts=parts[way])
    assert [line.doubt for line in lines] == [SEVERAL, SEVERAL] and desk.exit_code == 1
    assert desk.in_force == (earlier or lines)[0].workbook_sha256, "the first, for want of a better one"
    assert desk.newest_file == (books[3] if before else new)
    assert desk.answer.count("неясно, какая верна: верную нужно прислать отдельно") == 2
    assert desk.attention.count("неясно, какая верна") == 2
    (alone,) = desk.post(("план.xlsx", new))
    assert alone.state == ("accepted" if before else "duplicate") and desk.exit_code == 0
    assert desk.in_force == alone.workbook_sha256 and desk.newest_file == new and desk.attention == ""


def test_a_correction_with_the_letter_before_it_wins(desk: Desk, books: list[bytes]) -> None:
    desk.post(("план.xlsx", books[0]))
    inner = message([part("план.xlsx", books[0])], sender=SENDER)
    new, old = desk.post(parts=[part("план.xlsx", books[1]), forwarded(inner)])
    assert (new.doubt, new.version, old.state) == ("", 2, "duplicate")
    assert desk.in_force == new.workbook_sha256


def test_what_the_mail_server_doubts_replaces_nothing(desk: Desk, books: list[bytes]) -> None:
    (first,) = desk.post(("а.xlsx", books[0]))
    (forged,) = desk.post(("а.xlsx", books[1]), headers=[FAILED])
    assert forged.doubt == FORGED and desk.in_force == first.workbook_sha256 and desk.exit_code == 1
    assert "SPF, DKIM, DMARC" in desk.attention and "SPF, DKIM, DMARC" in desk.answer
    (again,) = desk.post(("а.xlsx", books[1]), headers=[FAILED])
    assert (again.state, again.receipt) == ("duplicate", forged.receipt), "it gets no number of its own"
    (proven,) = desk.post(*sealed(books[1], 8), headers=[FAILED])
    assert proven.doubt == "" and desk.in_force == proven.workbook_sha256 and desk.attention == ""


def test_a_key_that_is_trusted_later_settles_the_doubt(desk: Desk, books: list[bytes]) -> None:
    """The cluster has another key; once that is trusted it sends the same again."""
    desk.post(*sealed(books[0], 5))
    desk.post(*sealed(books[1], 6, "INVALID"))
    (shown,) = (one for one in status_text(desk.status) if f"{DRAFT.cluster.id}  " in one)
    assert "печать INVALID (Подписано неизвестным ключом ab12)" in shown and "INVALID" in desk.attention
    (again,) = desk.post(*sealed(books[1], 6))
    assert (again.state, again.seal) == ("duplicate", "EXACT") and again.path.startswith("repeats/")
    assert manifest_path(desk.intake / again.path).read_bytes().startswith(b"EXACT"), "the proof is kept"
    assert desk.line.current is not None and desk.line.current.seal == "EXACT" and desk.attention == ""
    assert "INVALID" not in "\n".join(status_text(desk.status))


def test_a_proof_that_comes_later_clears_the_missing_seal(desk: Desk, books: list[bytes]) -> None:
    desk.post(*sealed(books[0], 5))
    (line,) = desk.post(("Книга.xlsx", books[1]))
    assert line.doubt == UNSEALED and "не опечатана" in desk.attention
    desk.post(*sealed(books[1], 7))
    assert desk.attention == "" and desk.status.doubtful == ()


def test_no_such_receipt(desk: Desk, books: list[bytes]) -> None:
    desk.post(("а.xlsx", books[0]))
    with pytest.raises(XlkitError, match="ИРПО-2026-000009"):
        prefer(desk.intake, "ИРПО-2026-000009")


def test_lateness_is_by_the_deadline_of_today(desk: Desk, books: list[bytes]) -> None:
    (line,) = desk.post(("а.xlsx", books[0]))
    early = replace(REGISTER, deadlines=(Deadline(DRAFT.edition.form, "план", "09.11.2026"),))
    told = status_document(status(desk.intake, early, NOW))
    assert not line.late and told["totals"]["late"] == 1 and told["submissions"][0]["workbook"]["late"]
    assert told["submissions"][0]["workbook"]["deadline"] == "2026-11-09T23:59:59+03:00"
    assert status_document(desk.status)["totals"]["late"] == 0
