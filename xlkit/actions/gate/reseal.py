"""Seals of a key that was unknown or another's, looked at again once it is known whose: nobody need send anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlkit.actions.gate.judge import verify_again
from xlkit.actions.seal import INVALID
from xlkit.mail.ledger import Ledger
from xlkit.mail.ledger_lines import SubmissionLine
from xlkit.mail.versions import PROVEN
from xlkit.rules.registered import Register
from xlkit.seal.keys import REVOKED, list_keys
from xlkit.seal.manifest import manifest_path
from xlkit.texts import Text


def reseal(intake: Path, ledger: Ledger, register: Register, own: str) -> Iterator[Text]:
    """Verify the accepted workbooks again whose key was the trouble; what is said of each whose seal holds now.

    ``own`` is the mailbox's address.
    """
    trusted = [key.fingerprint for key in list_keys() if key.state != REVOKED]
    lines = [line for line in ledger.submissions() if _waits(line, trusted) and _is_there(intake / line.path)]
    files = [str(intake / line.path) for line in lines]
    clusters = [register.cluster(line.cluster) for line in lines]
    for line, found in zip(lines, verify_again(files, own, clusters) if files else (), strict=True):
        proven = found.word in PROVEN
        ledger.reseal(line, found.word, found.why.ru, proven)
        if proven:
            what = f"{line.receipt} ({line.cluster}, {line.file})"
            ru = f"{what}: ключ теперь известен, печать {found.word}"
            yield Text(ru, f"{what}: its key is known by now, seal {found.word}")


def _waits(line: SubmissionLine, trusted: list[str]) -> bool:
    """Whether all that was wrong with a seal was its key; the ledger names it."""
    return bool(line.receipt and line.path) and line.seal == INVALID and any(one in line.seal_why for one in trusted)


def _is_there(path: Path) -> bool:
    return path.is_file() and manifest_path(path).is_file()
