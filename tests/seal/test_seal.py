"""A sealed workbook: re-saved it stays itself, changed it names the cells, forged it is invalid."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest

from tests.office import OFFICE, converted
from xlkit.actions.seal import CHANGED, EXACT, INVALID, RE_SAVED, VerifiedFile, seal, verify
from xlkit.claim import claimed
from xlkit.cli import main
from xlkit.demo.field import make_field
from xlkit.errors import XlkitError
from xlkit.seal.content import Place
from xlkit.seal.keys import LIST, REVOKED, first_key, list_keys, make_key, revoke_key, trust_key
from xlkit.seal.manifest import manifest_path, read_manifest, signature_path, signer_of
from xlkit.templates.build import build_workbook

NOW = "2026-11-21T12:00:00+00:00"
ANOTHERS = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
"""A public key: that of the first test of RFC 8032 (7.1)."""
COUNTS = [pytest.param(2, id="two"), pytest.param(40, id="the demo's", marks=pytest.mark.long)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def demo_books(folder: Path, count: int) -> list[Path]:
    """The demo's workbooks, faults among them."""
    made = []
    for number, draft in enumerate(make_field(40).drafts[:count]):
        made.append(folder / f"{number}.xlsx")
        made[-1].write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    return made


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return demo_books(tmp_path_factory.mktemp("books"), 4)


def sealed(book: Path, folder: Path, recipient: str = "") -> Path:
    copy = folder / book.name
    shutil.copy(book, copy)
    (one,) = seal([str(copy)], recipient).files
    assert one.refusal is None
    return copy


def all_sealed(folder: Path, count: int) -> list[Path]:
    copies = demo_books(folder, count)
    assert all(one.refusal is None for one in seal([str(copy) for copy in copies]).files)
    return copies


def verified(file: Path, recipient: str | None = None) -> VerifiedFile:
    (one,) = verify([str(file)], recipient).files
    return one


def saved_by_openpyxl(file: Path, change: Callable[[openpyxl.Workbook], None] = lambda _: None) -> None:
    book = openpyxl.load_workbook(file)
    change(book)
    book.save(file)


def test_untouched_it_is_exact_under_any_name(books: list[Path], tmp_path: Path) -> None:
    copy = sealed(books[0], tmp_path)
    assert verified(copy).word == EXACT
    for path in (copy, manifest_path(copy), signature_path(copy)):
        path.rename(path.with_name(path.name.replace("0.xlsx", "Переименована.xlsx")))
    assert verified(tmp_path / "Переименована.xlsx").word == EXACT


def told_of(variants: dict[str, list[Path]]) -> dict[str, set[tuple[str, tuple[Place, ...]]]]:
    """What is said of the files of each kind; all are read in one go, which is quicker."""
    files = [str(file) for some in variants.values() for file in some]
    told = {one.file: (one.word, one.cells) for one in verify(files).files}
    return {kind: {told[str(file)] for file in some} for kind, some in variants.items()}


def with_seals(copies: list[Path], folder: Path) -> list[Path]:
    """The sealed workbooks once more, in a folder of their own."""
    folder.mkdir()
    for copy in copies:
        for path in (copy, manifest_path(copy), signature_path(copy)):
            shutil.copy(path, folder)
    return [folder / copy.name for copy in copies]


RE_SAVED_WHOLE = {(RE_SAVED, ())}


def changed_at(cell: str) -> set[tuple[str, tuple[Place, ...]]]:
    return {(CHANGED, (("План", cell),))}


@pytest.mark.parametrize("count", COUNTS)
def test_saved_again_it_is_re_saved_and_a_changed_cell_is_named_and_no_other(count: int, tmp_path: Path) -> None:
    copies = all_sealed(tmp_path, count)
    variants = {kind: with_seals(copies, tmp_path / kind) for kind in ("saved", "F9", "B9", "G10")}
    for cell, some in variants.items():
        for copy in some:
            saved_by_openpyxl(copy, lambda book: cell == "saved" or book["План"].__setitem__(cell, 987654))  # noqa: B023
    expected = {cell: changed_at(cell) for cell in ("F9", "B9", "G10")}
    assert told_of(variants) == {"saved": RE_SAVED_WHOLE, **expected}


@pytest.mark.parametrize("count", COUNTS)
def test_libreoffice_saves_it_and_changes_a_cell_without_those_that_follow_from_it(count: int, tmp_path: Path) -> None:
    copies = all_sealed(tmp_path, count)
    edits: dict[str, list[list[object]]] = {"saved": [], "changed": [["set", "План", 9, 6, 987654]]}
    variants = {kind: with_seals(copies, tmp_path / kind) for kind in edits}
    jobs = [
        {"source": str(file), "target": str(file), "edits": edits[kind]}
        for kind, some in variants.items()
        for file in some
    ]
    OFFICE.do(jobs)
    assert told_of(variants) == {"saved": RE_SAVED_WHOLE, "changed": changed_at("F9")}


@pytest.mark.long
def test_libreoffice_converts_them_all(tmp_path: Path) -> None:
    copies = all_sealed(tmp_path, 40)
    for copy, again in zip(copies, converted(copies, tmp_path / "office"), strict=True):
        copy.write_bytes(again.read_bytes())
    assert told_of({"converted": copies}) == {"converted": RE_SAVED_WHOLE}


def test_a_figure_for_a_formula_is_a_change(books: list[Path], tmp_path: Path) -> None:
    copy = sealed(books[0], tmp_path)
    shown = openpyxl.load_workbook(copy, data_only=True)["План"]["I18"].value
    saved_by_openpyxl(copy, lambda book: book["План"].__setitem__("I18", shown))
    assert verified(copy).cells == (("План", "I18"),)


def test_a_flipped_byte_anywhere_is_invalid(books: list[Path], tmp_path: Path) -> None:
    """Every byte of the signature and every hundredth of the manifest, some of them by the whole way."""
    copy = sealed(books[1], tmp_path)
    manifest, signature = manifest_path(copy).read_bytes(), signature_path(copy).read_bytes()
    facts = read_manifest(manifest)
    assert facts is not None and signer_of(manifest, signature) == facts.facts["key"]
    for place in range(0, len(manifest), 100):
        assert signer_of(flipped(manifest, place), signature) is None, place
    for place in range(len(signature)):
        assert signer_of(manifest, flipped(signature, place)) is None, place
    variants = {"whole": [copy], "flipped": []}
    for number, place_of in enumerate([manifest_path, signature_path] * 8):
        (other,) = with_seals([copy], tmp_path / str(number))
        content = place_of(other).read_bytes()
        place_of(other).write_bytes(flipped(content, len(content) * number // 16))
        variants["flipped"].append(other)
    assert {kind: {word for word, _ in told} for kind, told in told_of(variants).items()} == {
        "whole": {EXACT}, "flipped": {INVALID},
    }  # fmt: skip


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_for_another_recipient_or_workbook_it_is_invalid(books: list[Path], tmp_path: Path) -> None:
    copy = sealed(books[0], tmp_path, "firpo@example.org")
    assert verified(copy, "FIRPO@example.org").word == verified(copy).word == EXACT
    assert verified(copy, "other@example.org").word == INVALID
    shutil.copy(books[3], copy)
    assert (verified(copy).word, str(verified(copy).why)) == (INVALID, "Манифест от другой книги")


def test_addresses_have_many_spellings(books: list[Path], tmp_path: Path) -> None:
    copy = sealed(books[0], tmp_path, "firpo@ипро.рф, B@c.ru")
    for spelling in ("firpo@ипро.рф", "FIRPO@ИПРО.РФ", "firpo@" + "ипро.рф".encode("idna").decode(), "b@C.ru"):
        assert verified(copy, spelling).word == EXACT, spelling
    assert verified(copy, "c@c.ru").word == verified(copy, "").word == INVALID


@pytest.mark.parametrize("wrong", ["x\nBcc: y", "x", "a@b.ru\nBcc: c@d.ru", "a@b.ru,"])
def test_it_is_meant_for_addresses_only(wrong: str, books: list[Path], home: Path) -> None:
    with pytest.raises(XlkitError, match="не адрес"):
        seal([str(books[0])], wrong)
    assert not home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes")
def test_what_is_no_file_beside_a_workbook_stops_nothing(books: list[Path], tmp_path: Path) -> None:
    copies = [Path(shutil.copy(book, tmp_path)) for book in books[:2]]
    manifest_path(copies[0]).mkdir()
    bad, good = seal([str(copy) for copy in copies]).files
    assert bad.refusal is not None and good.refusal is None
    manifest_path(copies[0]).rmdir()
    os.mkfifo(manifest_path(copies[0]))
    odd, exact = verify([str(copy) for copy in copies]).files
    assert (odd.word, exact.word) == (INVALID, EXACT) and "особый файл" in str(odd.why)


def test_without_a_manifest_it_is_invalid(books: list[Path]) -> None:
    assert verified(books[0]).word == INVALID
    assert verified(Path("нет.xlsx")).word == INVALID


def test_the_first_seal_makes_a_key_that_only_its_owner_reads(books: list[Path], tmp_path: Path, home: Path) -> None:
    copy = shutil.copy(books[0], tmp_path)
    first, second = seal([str(copy)]), seal([str(copy)])
    assert (first.made, second.made) == (True, False)
    (private,) = (home / "keys").iterdir()
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    if os.name == "posix":
        private.chmod(0o644)
        (one,) = seal([str(copy)]).files
        assert "chmod 600" in str(one.refusal)


def test_of_two_first_seals_at_once_one_makes_the_key(home: Path) -> None:
    with ThreadPoolExecutor() as pool:
        with claimed(home / LIST):
            both = [pool.submit(first_key, NOW) for _ in range(2)]
            time.sleep(0.1)
            assert not any(one.done() for one in both), "they wait for their turn"
        (key, made), (same, made_too) = (one.result() for one in both)
    assert key == same and made != made_too and list_keys() == (key,)


def test_a_broken_list_of_keys_is_told_with_the_remedy(home: Path) -> None:
    home.mkdir()
    (home / LIST).write_text("{")
    with pytest.raises(XlkitError, match=r"верните его из копии .* keys rotate"):
        make_key(NOW)
    assert not (home / "keys").exists() or not list((home / "keys").iterdir()), "and no private half is left"
    (home / LIST).unlink()
    assert make_key(NOW).state == "active"


def test_trust_that_changes_nothing_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public = ANOTHERS
    key = trust_key(public, "ОПЦ-1", NOW)
    own = make_key(NOW)
    for words, said in (
        ([public, "--owner", "ОПЦ-1"], ""),
        ([public, "--owner", "ОПЦ-2"], "уже записан за «ОПЦ-1»"),
        ([own.public, "--owner", "ОПЦ-1"], "ваш собственный"),
    ):
        assert trusting(words, capsys) == (1 if said else 0, said)
    revoke_key(key.fingerprint, NOW)
    assert trusting([public, "--owner", "ОПЦ-1"], capsys, "отозван, доверять") == (1, "отозван, доверять")


def trusting(words: list[str], capsys: pytest.CaptureFixture[str], *sought: str) -> tuple[int, str]:
    """The exit code of ``keys trust`` and which of some words it says."""
    with pytest.raises(SystemExit) as ended:
        main(["keys", "trust", *words])
    told = capsys.readouterr().out
    assert isinstance(ended.value.code, int)
    known = [*sought, "уже записан за «ОПЦ-1»", "ваш собственный"]
    return ended.value.code, next((one for one in known if one in told), "")


def test_a_rotated_key_stays_valid_and_a_revoked_one_does_not(books: list[Path], tmp_path: Path) -> None:
    copy = sealed(books[0], tmp_path)
    (old,) = list_keys()
    new = make_key(NOW)
    assert verified(copy).word == EXACT
    assert seal([str(copy)]).key == new
    revoke_key(new.fingerprint, NOW)
    assert verified(copy).word == INVALID
    assert [key.state for key in list_keys()] == ["retired", REVOKED]
    with pytest.raises(XlkitError):
        revoke_key("0" * 16, NOW)
    assert old.fingerprint != new.fingerprint


def test_anothers_key_is_believed_once_it_is_trusted(
    books: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = sealed(books[0], tmp_path)
    (key,) = list_keys()
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path / "firpo"))
    assert (verified(copy).word, verified(copy).key) == (INVALID, key.fingerprint)
    trust_key(key.public, "ОПЦ-001", NOW)
    assert verified(copy).word == EXACT
    for wrong in ("", "###", key.public[:-4], key.fingerprint):
        with pytest.raises(XlkitError):
            trust_key(wrong, "ОПЦ-001", NOW)


def test_what_is_no_workbook_is_told_and_the_rest_is_sealed(books: list[Path], tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("нет")
    copy = shutil.copy(books[0], tmp_path)
    bad, good = seal([str(tmp_path / "text.xlsx"), str(copy)]).files
    assert bad.refusal is not None and bad.manifest is None and good.manifest is not None
    facts = read_manifest(good.manifest.read_bytes())
    assert facts is not None and facts.facts["verdict"] == good.check.verdict
