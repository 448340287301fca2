"""What comes later: which version is in force, what is said of it, and what a seal of before asks of it."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.messages import message, part
from tests.mail.scenario import SETTINGS, content_of, sealed
from xlkit.actions.gate import judge as gate_judge
from xlkit.actions.gate import run as gate_module
from xlkit.actions.gate.prefer import prefer
from xlkit.actions.gate.result import GateResult
from xlkit.actions.gate.run import gate
from xlkit.actions.gate.status import status
from xlkit.demo.draft import Draft
from xlkit.demo.made import made_clusters, made_draft
from xlkit.errors import XlkitError
from xlkit.mail.ledger import LEDGER, Ledger
from xlkit.mail.mailboxes import Folder
from xlkit.report.gate_json import status_document
from xlkit.report.gate_text import status_text
from xlkit.rules.registered import Deadline, Register
from xlkit.seal.keys import list_keys

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DRAFT: Draft = made_draft(made_clusters(1)[0])
REGISTER = Register("r", (DRAFT.cluster,), deadlines=(Deadline(DRAFT.edition.form, "план", "10.11.2026 18:00"),))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def books() -> list[bytes]:
    """Three workbooks of one submission, without faults."""
    return [content_of(replace(DRAFT, title={**DRAFT.title, "contact": f"Ответственный {n}"})) for n in range(3)]


Post = Callable[..., GateResult]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """A message with attachments that came at an hour, taken in at once."""

    def posted(hour: int, *files: tuple[str, bytes]) -> GateResult:
        box = tmp_path / f"box{len(list(tmp_path.glob('box*')))}"
        box.mkdir()
        stamp = f"Received: x; Tue, 10 Nov 2026 {hour:02}:00:00 +0300"
        eml = message([part(*one) for one in files], sender=DRAFT.cluster.emails[0], headers=[stamp],
                      message_id=f"<{box.name}@x>")  # fmt: skip
        (box / f"{box.name}.eml").write_bytes(eml)
        return gate(Folder(box, NOW), tmp_path / "in", REGISTER, SETTINGS, NOW)

    return posted


def answer_to(tmp_path: Path, result: GateResult) -> str:
    with Ledger(tmp_path / "in" / LEDGER) as ledger:
        letter = ledger.letter(result.taken[0].message.answer)
    assert letter is not None
    body = email.message_from_bytes(letter.eml, policy=email.policy.default).get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


def test_an_older_letter_that_comes_late_is_not_said_to_be_in_force(
    tmp_path: Path, post: Post, books: list[bytes]
) -> None:
    first = post(15, ("а.xlsx", books[0])).taken[0].submissions[0]
    second = post(10, ("а.xlsx", books[1]))
    said = answer_to(tmp_path, second)
    assert f"Версия: 2; эта сохранена, действует присланная позже ({first.receipt}" in said
    (line,) = status(tmp_path / "in", REGISTER, NOW).lines
    assert line.current is not None and line.current.receipt == first.receipt


def test_a_late_correction_leaves_the_submission_in_time(tmp_path: Path, post: Post, books: list[bytes]) -> None:
    first = post(17, ("а.xlsx", books[0])).taken[0].submissions[0]
    late = post(20, ("а.xlsx", books[1]))
    assert f"— с опозданием на 2 часа; версия 1 ({first.receipt}) получена в срок" in answer_to(tmp_path, late)
    last = late.taken[0].submissions[0].receipt
    assert standing(tmp_path) == ("submitted", True, False, True, 1)
    (shown,) = (one for one in status_text(status(tmp_path / "in", REGISTER, NOW)) if DRAFT.cluster.id in one)
    assert shown.split(" · ")[:4] == [
        f"  {DRAFT.cluster.id}  представлено в срок 10.11.2026 17:00 ({first.receipt})",
        "исправление 10.11.2026 20:00", f"{last}, версия 2", "с опозданием",
    ]  # fmt: skip


def test_a_repeat_that_was_in_time_and_is_read_later_counts(tmp_path: Path, post: Post, books: list[bytes]) -> None:
    late = post(20, ("а.xlsx", books[0])).taken[0].submissions[0]
    assert standing(tmp_path) == ("submitted", False, True, False, 0)
    assert post(17, ("б.xlsx", books[0])).taken[0].submissions[0].receipt == late.receipt
    assert standing(tmp_path) == ("submitted", True, False, False, 0)
    (shown,) = (one for one in status_text(status(tmp_path / "in", REGISTER, NOW)) if DRAFT.cluster.id in one)
    assert "представлено 10.11.2026 17:00" in shown and "опоздани" not in shown


def standing(tmp_path: Path) -> tuple[object, ...]:
    """What the JSON of the status says of the submission, and how many late corrections it counts."""
    told = status_document(status(tmp_path / "in", REGISTER, NOW))
    (line,) = told["submissions"]
    totals = told["totals"]
    assert (totals["submitted"], totals["late"]) == (1, int(line["late"]))
    return (*(line[name] for name in ("state", "in_time", "late", "late_correction")), totals["late_corrections"])


def test_of_two_in_one_letter_the_one_in_force_is_the_newest_file(
    tmp_path: Path, post: Post, books: list[bytes]
) -> None:
    lines = post(15, ("б.xlsx", books[0]), ("а.xlsx", books[1])).taken[0].submissions
    lines += post(15, ("а.xlsx", books[2])).taken[0].submissions
    times = [(tmp_path / "in" / line.path).stat().st_mtime for line in lines]
    assert [line.version for line in lines] == [1, 2, 3] and times[1] < times[0] < times[2]
    (line,) = status(tmp_path / "in", REGISTER, NOW).lines
    assert line.current is not None and line.current.receipt == lines[-1].receipt


def test_who_has_sealed_once_is_expected_to_seal(tmp_path: Path, post: Post, books: list[bytes]) -> None:
    good = list(sealed(books[0], None).items())
    assert post(10, *good).exit_code == 0
    unsealed = post(11, ("Книга.xlsx", books[1]))
    assert unsealed.exit_code == 1 and unsealed.taken[0].message.state == "accepted"
    assert "Прежние книги кластера подтверждены печатью" in answer_to(tmp_path, unsealed)
    shown = "\n".join(status_text(status(tmp_path / "in", REGISTER, NOW)))
    assert "книга не опечатана" in shown.partition("Требует внимания")[2]
    changed = post(12, ("Книга.xlsx", books[2]), *good[1:])
    assert changed.exit_code == 1 and "печать CHANGED" in changed.taken[0].submissions[0].why
    again = post(13, *good)
    assert again.exit_code == 1 and "Действует: версия 3" in answer_to(tmp_path, again), "it may be an old letter"
    first = again.taken[0].submissions[0].receipt
    prefer(tmp_path / "in", first)
    result = status(tmp_path / "in", REGISTER, NOW)
    assert result.doubtful == () and [line.current.receipt for line in result.lines if line.current] == [first]


def test_a_key_that_is_not_known_yet_is_no_alarm(
    tmp_path: Path, post: Post, books: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sealed(books[0], None)
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "irpo"))
    result = post(10, *files.items())
    said = answer_to(tmp_path, result)
    assert "подпись не сверена: ключ кластера ещё не известен ИРПО" in said
    assert "INVALID" not in said and "keys trust" not in said
    (line,) = result.taken[0].submissions
    assert line.seal == "INVALID" and "keys trust" in line.seal_why and result.exit_code == 0
    (key,) = (seal_key for seal_key in line.seal_why.split() if len(seal_key.strip(":")) == 16)
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    assert list_keys()[0].fingerprint == key.strip(":")
    own = list_keys()
    with monkeypatch.context() as patch:  # whose it is was written down wrongly at first
        patch.setattr(gate_judge, "list_keys", lambda: [replace(one, owner="ОПЦ-999") for one in own])
        assert gate(Folder(tmp_path, NOW), tmp_path / "in", REGISTER, SETTINGS, NOW).notes == ()
        assert "«ОПЦ-999»" in status(tmp_path / "in", REGISTER, NOW).lines[0].current.seal_why  # type: ignore[union-attr]
    trusting = gate(Folder(tmp_path, NOW), tmp_path / "in", REGISTER, SETTINGS, NOW)
    assert (
        trusting.taken == () and f"{line.receipt} (" in trusting.notes[-1].ru and "печать EXACT" in str(trusting.notes)
    )
    (shown,) = (one for one in status_text(status(tmp_path / "in", REGISTER, NOW)) if DRAFT.cluster.id in one)
    assert shown.endswith("печать EXACT")
    assert gate(Folder(tmp_path, NOW), tmp_path / "in", REGISTER, SETTINGS, NOW).notes == ()


@pytest.mark.skipif(sys.platform == "win32", reason="cmp stands for the verifier")
def test_an_external_signature_that_came_along_is_verified(tmp_path: Path, post: Post, books: list[bytes]) -> None:
    """Here it is a copy of the manifest."""
    files = sealed(books[0], None)
    name, manifest, _ = files
    settings = '[seal]\nverifier = ["cmp", "{manifest}", "{signature}"]\n'
    (tmp_path / "home" / "settings.toml").write_text(settings, encoding="utf-8")
    external = f"{name}.manifest.p7s"
    result = post(10, *files.items(), (external, files[manifest]))
    (line,) = result.taken[0].submissions
    assert line.seal == "EXACT", line.seal_why
    assert (tmp_path / "in" / line.path).with_name(external).read_bytes() == files[manifest]
    (line,) = post(11, *sealed(books[1], None).items()).taken[0].submissions
    assert line.seal == "INVALID" and "Нет внешней подписи" in line.seal_why


def test_a_receipt_is_given_however_many_answers_there_were(
    post: Post, books: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_module, "MOST_ANSWERS", 1)
    answered = [post(9, (f"{n}.rar", b"Rar!\x1a\x07" + bytes([n]))).taken[0].message.answer for n in range(2)]
    assert [bool(one) for one in answered] == [True, False]
    assert post(10, ("а.xlsx", books[0])).taken[0].message.answer


@pytest.mark.parametrize(
    "content, words",
    [(b"garbage" * 1000, "Не удаляйте его"), (b"", "Новый не начат"), (None, "Новый не начат")],
    ids=["damaged", "empty", "deleted"],
)
def test_a_lost_ledger_is_not_begun_anew(
    tmp_path: Path, post: Post, books: list[bytes], content: bytes | None, words: str
) -> None:
    post(10, ("а.xlsx", books[0]))
    path = tmp_path / "in" / LEDGER
    for one in path.parent.glob(f"{LEDGER}*"):
        one.unlink()
    if content is not None:
        path.write_bytes(content)
    for attempt in (lambda: post(11, ("а.xlsx", books[1])), lambda: status(tmp_path / "in", REGISTER, NOW)):
        with pytest.raises(XlkitError, match=words):
            attempt()
    assert (path.read_bytes() if path.exists() else None) == content


def test_a_ledger_that_is_damaged_within(tmp_path: Path, post: Post, books: list[bytes]) -> None:
    post(10, ("а.xlsx", books[0]))
    path = tmp_path / "in" / LEDGER
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(XlkitError, match="Не удаляйте его"):
        post(11, ("а.xlsx", books[1]))
