"""Seal workbooks: a signed manifest beside each; and verify later whether a file is still what was sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlkit import __version__
from xlkit.actions.check import FileCheck, check
from xlkit.books.passport import PASSPORT
from xlkit.books.raw import RawWorkbook
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, FileRefused, XlkitError, system_reason
from xlkit.finding import Severity
from xlkit.isolation.pool import Outcome, read_each
from xlkit.mail.addresses import addresses_of, folded
from xlkit.rules.edition import load_edition
from xlkit.safefile import write_file
from xlkit.seal.content import Place, changed_cells, content_of, digest
from xlkit.seal.external import external_doubt, sign_externally
from xlkit.seal.keys import REVOKED, Key, active_key, first_key, list_keys
from xlkit.seal.manifest import (
    Manifest,
    manifest_path,
    read_manifest,
    sha256_of,
    signature_of,
    signature_path,
    signer_of,
)
from xlkit.settings import read_settings
from xlkit.texts import Text

EXACT, RE_SAVED, CHANGED, INVALID = "EXACT", "RE-SAVED", "CHANGED", "INVALID"
"""What ``verify`` says; never translated."""

_LARGEST = 8 * 2**20
"""Bytes of a manifest that are written and read; one of ours has some hundred kilobytes."""


@dataclass(frozen=True)
class SealedFile:
    """One file: its manifest and signature, or why there are none."""

    file: str
    manifest: Path | None
    signature: Path | None
    check: FileCheck
    refusal: Text | None = None
    external_signature: Path | None = None


@dataclass(frozen=True)
class SealResult:
    """Every file in the order of the arguments; ``made`` is the key that had to be made first."""

    files: tuple[SealedFile, ...]
    key: Key
    made: bool

    @property
    def exit_code(self) -> int:
        return EXIT_FINDINGS if any(one.refusal for one in self.files) else EXIT_OK


@dataclass(frozen=True)
class VerifiedFile:
    """One file: a word (EXACT, RE-SAVED, CHANGED, INVALID), why, the cells that differ, the manifest's facts."""

    file: str
    word: str
    why: Text
    cells: tuple[Place, ...] = ()
    facts: dict[str, Any] | None = None
    key: str | None = None


@dataclass(frozen=True)
class VerifyResult:
    """Every file in the order of the arguments."""

    files: tuple[VerifiedFile, ...]

    @property
    def exit_code(self) -> int:
        return EXIT_OK if all(one.word in (EXACT, RE_SAVED) for one in self.files) else EXIT_FINDINGS


@dataclass(frozen=True)
class Order:
    """What is to be sealed: a checked file, the SHA-256 that it had before its check, and what its manifest adds."""

    checked: FileCheck
    sha256: str | None
    recipient: str = ""
    note: str = ""
    message_id: str = ""


@dataclass(frozen=True)
class Seal:
    """Manifest and signature of one file, which nobody has written yet; without them the refusal says why."""

    checked: FileCheck
    manifest: bytes = b""
    signature: bytes = b""
    refusal: Text | None = None


def seal(files: Sequence[str], recipient: str = "", note: str = "", message_id: str = "") -> SealResult:
    """Check every file and write manifest and signature beside it; without a key one is made first.

    ``recipient`` is the address that the manifest is meant for, or several with commas. Never raises for what is
    wrong with one file; XlkitError for what is no address, and where there is no key and none can be made.
    """
    recipient = ", ".join(addresses_of(recipient.split(","))) if recipient else ""
    now = dt.datetime.now(dt.UTC)
    key, made = signing_key(now)
    before = {file: file_sha256(file) for file in files}
    orders = [Order(one, before[one.file], recipient, note, message_id) for one in check(files).files]
    return SealResult(tuple(write_seal(one) for one in seal_checked(orders, key, now)), key, made)


def signing_key(now: dt.datetime) -> tuple[Key, bool]:
    """The key that signs, and whether it had to be made first."""
    key = active_key()
    return (key, False) if key is not None else first_key(_written(now))


def seal_checked(orders: Sequence[Order], key: Key, now: dt.datetime) -> list[Seal]:
    """Seal files that were checked already, in order; nothing is written."""
    with closing(_read([one.checked.file for one in orders])) as outcomes:
        return [_sealed(order, outcome, key, now) for order, outcome in zip(orders, outcomes, strict=True)]


def write_seal(one: Seal) -> SealedFile:
    """Put manifest and signature beside their workbook."""
    file = Path(one.checked.file)
    if one.refusal is not None:
        return SealedFile(one.checked.file, None, None, one.checked, one.refusal)
    try:
        external = _put_beside(file, one.manifest, one.signature)
    except XlkitError as error:
        return SealedFile(one.checked.file, None, None, one.checked, error.text)
    return SealedFile(
        one.checked.file, manifest_path(file), signature_path(file), one.checked, external_signature=external
    )


def _written(now: dt.datetime) -> str:
    return now.isoformat(timespec="seconds")


def _read(files: Sequence[str]) -> Any:
    return read_each(files, limits=read_settings().limits, with_formulas=True)


def _sealed(order: Order, outcome: Outcome, key: Key, now: dt.datetime) -> Seal:
    checked, sha256 = order.checked, order.sha256
    if isinstance(outcome, FileRefused) or checked.form is None or sha256 is None:
        refusal = checked.findings[0].message if checked.findings else Text("Файл не читается", "It cannot be read")
        return Seal(checked, refusal=refusal)
    if outcome.sha256 != sha256:
        return Seal(checked, refusal=_CHANGED_MEANWHILE)
    content = content_of(outcome, to_seal=True)
    facts = {
        "program": f"xlkit {__version__}",
        "name": Path(checked.file).name,
        "sha256": sha256,
        "content": digest(content),
        "passport": _passport(outcome),
        "form": checked.form,
        "edition": checked.edition,
        "rules": load_edition(checked.form, checked.edition).digest,
        "cluster": checked.cluster or "",
        "verdict": checked.verdict,
        "errors": checked.count(Severity.ERROR),
        "warnings": checked.count(Severity.WARNING),
        "recipient": order.recipient,
        "note": order.note,
        "message_id": order.message_id,
        "time": _written(now),
        "key": key.fingerprint,
    }
    manifest = Manifest(facts, content).to_bytes()
    if len(manifest) > _LARGEST:
        return Seal(checked, refusal=_TOO_LARGE)
    try:
        return Seal(checked, manifest, signature_of(manifest, key))
    except XlkitError as error:
        return Seal(checked, refusal=error.text)


def _put_beside(file: Path, manifest: bytes, signature: bytes) -> Path | None:
    """All that a sealed file has beside it, or nothing; the external signature, where there is a signer.

    XlkitError where something cannot be made.
    """
    signer = read_settings().seal.signer
    try:
        write_file(manifest_path(file), manifest)
        write_file(signature_path(file), signature)
        return sign_externally(signer, manifest_path(file)) if signer else None
    except XlkitError:
        for path in (manifest_path(file), signature_path(file)):
            with suppress(OSError):  # a folder in its place stays
                path.unlink(missing_ok=True)
        raise


_TOO_LARGE = Text(
    "В книге слишком много заполненных ячеек: её манифест больше 8 МБ",
    "The workbook has too many filled cells: its manifest would have more than 8 MB",
)
_CHANGED_MEANWHILE = Text(
    "Файл изменился, пока его опечатывали: закройте его в Excel и повторите",
    "The file changed while it was being sealed: close it in Excel and try again",
)


def verify(files: Sequence[str], recipient: str | None = None) -> VerifyResult:
    """Say of every file whether it is still what its manifest says.

    EXACT: to the byte; RE-SAVED: other bytes, the same contents; CHANGED: other contents, with the cells; INVALID: no
    manifest, a damaged one, a signature that is not its own or of a key that is not trusted, or a manifest for
    another ``recipient`` or workbook.
    """
    keys = {key.fingerprint: key for key in list_keys()}
    with closing(_read(files)) as outcomes:
        verified = [_verified(file, outcome, keys, recipient) for file, outcome in zip(files, outcomes, strict=True)]
    return VerifyResult(tuple(verified))


def _verified(file: str, outcome: Outcome, keys: dict[str, Key], recipient: str | None) -> VerifiedFile:
    try:
        content = _content(manifest_path(Path(file)))
        signature = _content(signature_path(Path(file)))
    except (OSError, XlkitError) as error:
        reason = error.text if isinstance(error, XlkitError) else system_reason(error)
        why = Text(f"Манифест или подпись не читаются: {reason.ru}", f"No manifest or signature: {reason.en}")
        return VerifiedFile(file, INVALID, why)
    manifest, signer = read_manifest(content), signer_of(content, signature)
    if manifest is None or signer is None or manifest.facts.get("key") != signer:
        return VerifiedFile(file, INVALID, Text("Подпись не от этого манифеста", "The signature is not the manifest's"))
    facts = manifest.facts
    doubt = _distrust(keys.get(signer), signer) or _misdirected(facts, recipient) or _external_doubt(Path(file))
    if doubt is not None:
        return VerifiedFile(file, INVALID, doubt, facts=facts, key=signer)
    if isinstance(outcome, FileRefused):
        return VerifiedFile(file, INVALID, outcome.text, facts=facts, key=signer)
    if outcome.sha256 == facts["sha256"]:
        return VerifiedFile(file, EXACT, Text("Файл тот же до байта", "The same to the byte"), facts=facts, key=signer)
    if _passport(outcome) != facts.get("passport"):
        why = Text("Манифест от другой книги", "The manifest belongs to another workbook")
        return VerifiedFile(file, INVALID, why, facts=facts, key=signer)
    changed = changed_cells(manifest.cells, content_of(outcome), outcome.kind not in ("xls", "xlsb"))
    if changed:
        why = Text("Содержание изменено после опечатывания", "Its contents were changed after it was sealed")
        return VerifiedFile(file, CHANGED, why, tuple(changed), facts, signer)
    why = Text("Файл сохранён заново, содержание то же", "It was saved again, the contents are the same")
    return VerifiedFile(file, RE_SAVED, why, facts=facts, key=signer)


def _passport(book: RawWorkbook) -> dict[str, str]:
    """What the workbook is by its own properties, which no filling changes."""
    return {name: book.properties[name] for name in PASSPORT if book.properties.get(name)}


def _distrust(key: Key | None, signer: str) -> Text | None:
    """Why a signature of a key proves nothing here."""
    if key is None:
        return Text(
            f"Подписано неизвестным ключом {signer}: сверьте его с отправителем и выполните xlkit keys trust",
            f"Signed by an unknown key {signer}: compare it with the sender and run xlkit keys trust",
        )
    if key.state == REVOKED:
        return Text(f"Ключ {signer} отозван", f"The key {signer} is revoked")
    return None


def _misdirected(facts: dict[str, Any], recipient: str | None) -> Text | None:
    meant = str(facts.get("recipient", ""))
    if recipient is not None and folded(recipient) not in map(folded, meant.split(",")):
        return Text(
            f"Манифест выписан для «{meant}»: рядом с книгой лежит манифест последнего письма с ней, прежние ушли с "
            "прежними письмами",
            f"The manifest is meant for “{meant}”: beside a workbook lies that of its last letter, earlier ones went "
            "with earlier letters",
        )
    return None


def _external_doubt(file: Path) -> Text | None:
    verifier = read_settings().seal.verifier
    return external_doubt(verifier, manifest_path(file)) if verifier else None


def _content(path: Path) -> bytes:
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise XlkitError(Text(f"{path.name} — папка или особый файл", f"{path.name} is a folder or a special file"))
    with path.open("rb") as stream:
        return stream.read(_LARGEST)


def file_sha256(file: str) -> str | None:
    """The SHA-256 of a file's bytes; ``None`` where it cannot be read."""
    try:
        # Reading a pipe would wait for ever.
        return sha256_of(Path(file).read_bytes()) if Path(file).is_file() else None
    except OSError:
        return None
