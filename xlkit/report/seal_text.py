"""What ``seal``, ``verify`` and ``keys`` say, as text and as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xlkit.finding import Severity
from xlkit.report.letter import in_moscow
from xlkit.texts import Text
from xlkit.values import cluster_key

if TYPE_CHECKING:
    from xlkit.actions.keys import Trusted
    from xlkit.actions.seal import SealResult, VerifyResult
    from xlkit.seal.keys import Key

_CELLS_SHOWN = 20
_STATES = {
    "active": Text("подписывает", "signs"),
    "retired": Text("сменён, подписи действительны", "replaced, its signatures are valid"),
    "revoked": Text("отозван", "revoked"),
    "trusted": Text("чужой, доверенный", "another's, trusted"),
}


def seal_text(result: SealResult) -> Iterator[str]:
    """A line per file; first the key, had it to be made."""
    if result.made:
        key = result.key.fingerprint
        yield str(Text(f"Создан ключ подписи {key}", f"A signing key was made: {key}"))
        yield str(
            Text(
                "Передайте ИРПО открытый ключ: xlkit keys export",
                "Give FIRPO the public key: xlkit keys export",
            )
        )
    for one in result.files:
        if one.refusal is not None:
            yield f"{one.file}: {Text('не опечатан', 'not sealed')}: {one.refusal}"
        else:
            yield f"{one.file} → {one.manifest}"
        errors = one.check.count(Severity.ERROR)
        if errors and one.refusal is None:
            yield "  " + str(
                Text(
                    f"в книге ошибки ({errors}): исправьте их (xlkit check) и опечатайте её снова",
                    f"it has errors ({errors}): mend them (xlkit check) and seal it again",
                )
            )


def seal_document(result: SealResult) -> dict[str, Any]:
    return {
        "key": result.key.fingerprint,
        "key_made": result.made,
        "files": [
            {
                "file": one.file,
                "manifest": None if one.manifest is None else str(one.manifest),
                "signature": None if one.signature is None else str(one.signature),
                "verdict": one.check.verdict,
                "refusal": None if one.refusal is None else str(one.refusal),
            }
            for one in result.files
        ],
    }


def verify_text(result: VerifyResult) -> Iterator[str]:
    """The word of every file, why, and the cells that differ."""
    for one in result.files:
        yield f"{one.word} {one.file}: {one.why}"
        for sheet, cell in one.cells[:_CELLS_SHOWN]:
            yield f"  {sheet}!{cell}"
        if len(one.cells) > _CELLS_SHOWN:
            more = len(one.cells) - _CELLS_SHOWN
            yield f"  {Text(f'и ещё ячеек: {more}', f'and {more} more cells')}"
        if one.facts is not None and one.key is not None:
            when = _when(str(one.facts.get("time", "")))
            yield f"  {Text('опечатано', 'sealed')} {when}, {Text('ключ', 'key')} {one.key}"


def verify_document(result: VerifyResult) -> dict[str, Any]:
    return {
        "files": [
            {
                "file": one.file,
                "word": one.word,
                "why": str(one.why),
                "cells": [{"sheet": sheet, "cell": cell} for sheet, cell in one.cells],
                "key": one.key,
                "manifest": one.facts,
            }
            for one in result.files
        ]
    }


def keys_text(keys: Sequence[Key]) -> Iterator[str]:
    """A line per key: its fingerprint, whose it is, its state and since when."""
    if not keys:
        yield str(Text("Ключей нет: первый создаст xlkit seal", "There are no keys: xlkit seal makes the first"))
    for key in keys:
        whose = key.owner or Text("свой", "own")
        yield f"{key.fingerprint}  {whose}  {_STATES[key.state]}  {_when(key.until or key.since)}"


def _when(written: str) -> str:
    """A time of ISO 8601 as people write it; whatever else a stranger's manifest has, as it stands."""
    try:
        moment = dt.datetime.fromisoformat(written)
        return in_moscow(moment) if moment.tzinfo is not None else written
    except (ValueError, OverflowError):
        return written


def keys_document(keys: Sequence[Key]) -> dict[str, Any]:
    """Every key with its public half in full: nothing secret."""
    return {
        "keys": [
            {
                "fingerprint": key.fingerprint,
                "public_key": key.public,
                "owner": key.owner or None,
                "own": key.is_own,
                "state": key.state,
                "since": key.since,
                "until": key.until or None,
            }
            for key in keys
        ]
    }


def made_text(key: Key) -> Iterator[str]:
    """A new key in place of the old, and what it is for others."""
    yield from keys_text([key])
    yield str(
        Text(
            "Передайте новый открытый ключ (xlkit keys export) тем, кто сверяет ваши подписи: пока они ему не "
            "доверяют, новые подписи для них неизвестны",
            "Give the new public key (xlkit keys export) to those who verify your signatures: until they trust it, "
            "your new ones are unknown to them",
        )
    )


def trusted_text(result: Trusted) -> Iterator[str]:
    """The key as it stands, why it was left so, and what makes its owner doubtful."""
    yield from keys_text([result.key])
    trouble = not_trusted(result) or result.doubt
    if trouble is not None:
        yield str(trouble)


def not_trusted(result: Trusted) -> Text | None:
    """Why ``keys trust`` has left a known key as it was; ``None``: it is trusted as the key of this owner."""
    key = result.key
    if key.state == "revoked":
        return Text(
            "Ничего не изменено: ключ отозван, доверять ему больше нельзя. Попросите у владельца новый",
            "Nothing was changed: the key is revoked and cannot be trusted again. Ask its owner for a new one",
        )
    if key.is_own:
        return Text("Ничего не изменено: это ваш собственный ключ", "Nothing was changed: this is your own key")
    if cluster_key(key.owner) != cluster_key(result.owner):
        return Text(
            f"Ничего не изменено: ключ уже записан за «{key.owner}». Если это неверно, исправьте: xlkit keys owner "
            f"{key.fingerprint} КЛАСТЕР",
            f"Nothing was changed: the key is known as that of “{key.owner}”. If that is wrong, correct it: xlkit keys "
            f"owner {key.fingerprint} CLUSTER",
        )
    return None
