"""A person's decision which version of a submission counts: it settles all doubts about it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from xlkit.claim import claimed
from xlkit.errors import EXIT_OK, XlkitError, cannot_write
from xlkit.mail.ledger import begun
from xlkit.mail.ledger_lines import SubmissionLine
from xlkit.texts import Text


@dataclass(frozen=True)
class PreferResult:
    """The version that counts from now on."""

    line: SubmissionLine

    @property
    def exit_code(self) -> int:
        return EXIT_OK


def prefer(intake: Path, receipt: str) -> PreferResult:
    """The workbook of a receipt counts, until one comes that came later; doubts about its submission end.

    Its file becomes the newest of its submission. XlkitError where there is no such receipt, where another process is
    at the intake, and where the disk refuses.
    """
    with claimed(intake / "gate", _BUSY), begun(intake) as ledger:
        line = ledger.prefer(receipt.strip().upper())
    if line is None or line.counts_from is None:
        raise XlkitError(
            Text(f"Квитанции {receipt} в журнале приёма нет", f"There is no receipt {receipt} in the ledger")
        )
    path = intake / line.path
    try:
        os.utime(path, (line.counts_from.timestamp(), line.counts_from.timestamp()))
    except OSError as error:
        raise XlkitError(cannot_write(path, error)) from error
    return PreferResult(line)


_BUSY = Text(
    "Письма этой папки приёма сейчас разбирает другой процесс xlkit: дождитесь его",
    "Another xlkit process is taking in the messages of this intake: wait for it",
)
