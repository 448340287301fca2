"""What the gate thinks of workbooks that came by mail: checked, reconciled, held against their seals, annotated."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlkit.actions.annotate import annotate
from xlkit.actions.check import INVALID as INVALID_VERDICT
from xlkit.actions.check import FileCheck, check_entries
from xlkit.actions.intake import Entry, batches, take_in
from xlkit.actions.reconcile import FileReconciliation, reconcile_entries
from xlkit.actions.seal import INVALID, VerifiedFile, verify
from xlkit.books.extract import Extract, content_digest
from xlkit.consolidate.intake import Arrival, refusal_of
from xlkit.errors import XlkitError, cannot_write
from xlkit.mail.enclosed import EnclosedBook
from xlkit.mail.headers import address_key
from xlkit.reconcile import Difference, Status
from xlkit.rules.registered import Cluster, Register
from xlkit.safefile import write_file
from xlkit.seal.external import external_signature_path
from xlkit.seal.keys import list_keys
from xlkit.seal.manifest import manifest_path, signature_path
from xlkit.texts import Text
from xlkit.values import cluster_key, squeezed


@dataclass(frozen=True)
class Claim:
    """A workbook and the keys of the clusters for which its sender may speak."""

    book: EnclosedBook
    clusters: frozenset[str]


@dataclass(frozen=True)
class Judged:
    """A workbook with all that is known of it.

    ``refusal`` says why it is no submission at all, ``foreign`` that it is of a cluster for which its sender does not
    speak. ``digest`` is equal for workbooks that say the same, ``seal`` is ``None`` where it came without one,
    ``annotated`` a copy with the findings (name and content) of what is to be mended.
    """

    book: EnclosedBook
    check: FileCheck
    reconciled: FileReconciliation
    extract: Extract | None = None
    cluster: Cluster | None = None
    refusal: Text | None = None
    foreign: bool = False
    digest: str = ""
    seal: VerifiedFile | None = None
    annotated: tuple[str, bytes] | None = None

    @property
    def unknown_key(self) -> bool:
        """Whether it was sealed by a key of which nothing is known yet, which is no fault of its sender."""
        signer = self.seal.key if self.seal is not None else None
        return signer is not None and all(key.fingerprint != signer for key in list_keys())

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Differences from the register but of wording."""
        return tuple(one for one in self.reconciled.differences if one.status is not Status.WORDING_DIFFERS)

    @property
    def is_faulty(self) -> bool:
        """Whether it goes back to its sender."""
        return self.refusal is not None or self.check.verdict == INVALID_VERDICT


def judge(claims: Sequence[Claim], register: Register, own: str, folder: Path) -> list[Judged]:
    """Judge workbooks in the order in which they are given, all in one go.

    ``own`` is the mailbox's address, for which a seal must be meant; ``folder`` an empty one to work in. Never raises
    for what is wrong with a workbook.
    """
    files = [_written(claim.book, folder / str(number)) for number, claim in enumerate(claims)]
    entries = take_in(files)
    checks = check_entries(entries).files
    reconciled = reconcile_entries(entries, batches(entries), register).files
    seals = _seals(files, claims, own)
    judged = [
        _judged(claim, entry, check, found, register, seals.get(entry.file))
        for claim, entry, check, found in zip(claims, entries, checks, reconciled, strict=True)
    ]
    faulty = [file for file, one in zip(files, judged, strict=True) if one.is_faulty and not one.foreign]
    copies = {one.check.file: one.output for one in annotate(faulty, folder / "copies").files} if faulty else {}
    return [_with_copy(one, copies.get(file)) for file, one in zip(files, judged, strict=True)]


def _written(book: EnclosedBook, folder: Path) -> str:
    """A workbook on the disk, with its manifest and signature beside it."""
    path = folder / book.name
    put(book, path)
    return str(path)


def put(book: EnclosedBook, path: Path, moment: dt.datetime | None = None) -> None:
    """Write a workbook, as old as ``moment``, with its manifest and signatures. XlkitError where the disk refuses."""
    write_file(path, book.content)
    beside = {
        manifest_path(path): book.manifest,
        signature_path(path): book.signature,
        external_signature_path(manifest_path(path)): book.external,
    }
    for place, content in beside.items():
        if content is not None:
            write_file(place, content)
    if moment is not None:
        try:
            os.utime(path, (moment.timestamp(), moment.timestamp()))
        except OSError as error:
            raise XlkitError(cannot_write(path, error)) from error


def _judged(
    claim: Claim, entry: Entry, check: FileCheck, reconciled: FileReconciliation, register: Register,
    seal: VerifiedFile | None,
) -> Judged:  # fmt: skip
    extract = entry.extract
    arrival = Arrival(entry.file, extract, entry.refusal.message if entry.refusal else None)
    cluster = register.cluster(extract.cluster) if extract is not None and extract.cluster else None
    return Judged(
        claim.book,
        replace(check, file=claim.book.name),
        reconciled,
        extract,
        cluster,
        refusal_of(arrival, register),
        cluster is not None and cluster.key not in claim.clusters,
        digest_of(extract) if extract is not None else "",
        _of_its_cluster(seal, cluster),
    )


def digest_of(extract: Extract) -> str:
    """What a workbook says: its tables and its title sheet, whatever its bytes."""
    title = sorted((name, squeezed(entry.text)) for name, entry in extract.title.entries.items())
    return hashlib.sha256(repr((content_digest(extract), title)).encode()).hexdigest()


def _with_copy(one: Judged, copy: Path | None) -> Judged:
    if copy is None:
        return one
    stem = one.book.name.rpartition(".")[0] or one.book.name
    return replace(one, annotated=(f"{stem} (проверено){copy.suffix}", copy.read_bytes()))


# --- seals ------------------------------------------------------------------------------------------------


def _seals(files: Sequence[str], claims: Sequence[Claim], own: str) -> dict[str, VerifiedFile]:
    sealed = [file for file, claim in zip(files, claims, strict=True) if claim.book.manifest is not None]
    return {one.file: _meant_for(one, own) for one in verify(sealed).files} if sealed else {}


def verify_again(files: Sequence[str], own: str, clusters: Sequence[Cluster | None]) -> list[VerifiedFile]:
    """What the seals of workbooks say today that lie with their manifests; ``clusters`` are those of each."""
    found = (_meant_for(one, own) for one in verify(files).files)
    again = (_of_its_cluster(one, cluster) for one, cluster in zip(found, clusters, strict=True))
    return [one for one in again if one is not None]


def _meant_for(one: VerifiedFile, own: str) -> VerifiedFile:
    """A seal for other people proves nothing here; one that names nobody is for anybody."""
    meant = str((one.facts or {}).get("recipient", ""))
    if not meant or not own or address_key(own) in {address_key(part) for part in meant.split(",")}:
        return one
    return replace(
        one, word=INVALID, why=Text(f"Манифест выписан для «{meant}»", f"The manifest is meant for “{meant}”")
    )


def _of_its_cluster(seal: VerifiedFile | None, cluster: Cluster | None) -> VerifiedFile | None:
    """A trusted key signs for its owner alone."""
    if seal is None or seal.key is None or cluster is None:
        return seal
    owner = next((key.owner for key in list_keys() if key.fingerprint == seal.key), "")
    if not owner or cluster_key(owner) == cluster.key:
        return seal
    why = Text(f"Подписано ключом {seal.key} кластера «{owner}»", f"Signed by the key {seal.key} of “{owner}”")
    return replace(seal, word=INVALID, why=why)
