"""A gate at which messages come one by one, and whose workbooks are judged only once for all tests."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.messages import message, part
from tests.mail.scenario import OWN, SETTINGS, content_of
from xlkit.actions.gate import run as gate_module
from xlkit.actions.gate.judge import Claim, Judged, judge
from xlkit.actions.gate.result import GateResult
from xlkit.actions.gate.run import Deliver, gate
from xlkit.actions.gate.status import StatusLine, StatusResult, status
from xlkit.actions.seal import VerifiedFile
from xlkit.demo.made import made_clusters, made_draft
from xlkit.mail.enclosed import EnclosedBook
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.ledger_lines import SubmissionLine
from xlkit.mail.mailboxes import Folder
from xlkit.mail.received import Source
from xlkit.report.gate_text import status_text
from xlkit.rules.registered import Deadline, Register
from xlkit.texts import Text

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DRAFT = made_draft(made_clusters(1)[0])
SENDER = DRAFT.cluster.emails[0]
REGISTER = Register("r", (DRAFT.cluster,), deadlines=(Deadline(DRAFT.edition.form, "план", "20.11.2026 18:00"),))
FAILED = "Authentication-Results: mx.irpo; spf=fail; dkim=none; dmarc=fail"
Files = Sequence[tuple[str, bytes]]


@pytest.fixture(scope="session")
def drafted_books() -> list[bytes]:
    return [content_of(replace(DRAFT, title={**DRAFT.title, "contact": f"Ответственный {n}"})) for n in range(4)]


@pytest.fixture(scope="session")
def judged(drafted_books: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[bytes, Judged]:
    claims = [Claim(EnclosedBook("план.xlsx", one), frozenset({DRAFT.cluster.key})) for one in drafted_books]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLKIT_HOME", str(tmp_path_factory.mktemp("home")))
        found = judge(claims, REGISTER, OWN, tmp_path_factory.mktemp("judged"))
    return {one.book.content: one for one in found}


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

    def __init__(self, folder: Path, books: list[bytes]) -> None:
        self.folder, self.intake, self.books = folder, folder / "in", books
        self.numbers = itertools.count()
        self.exit_code = 0
        self.now = NOW

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
        result = self.take(Folder(box, NOW))
        return [line for one in result.taken for line in one.submissions]

    def take(self, source: Source, send: Deliver | None = None, register: Register = REGISTER) -> GateResult:
        result = gate(source, self.intake, register, SETTINGS, self.now, send=send)
        self.exit_code = result.exit_code
        return result

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
def desk(
    tmp_path: Path, drafted_books: list[bytes], judged: dict[bytes, Judged], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """Each workbook is judged once for all tests; its seal is what its manifest says."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))

    def at_once(claims: Sequence[Claim], *_: object) -> list[Judged]:
        return [replace(judged[one.book.content], book=one.book, seal=seal_of(one.book)) for one in claims]

    monkeypatch.setattr(gate_module, "judge", at_once)
    return Desk(tmp_path, drafted_books)
