"""What ``seal``, ``verify`` and ``keys`` say, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xlkit.texts import Text

if TYPE_CHECKING:
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
            yield f"  {Text('опечатано', 'sealed')} {one.facts.get('time')}, {Text('ключ', 'key')} {one.key}"


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
        yield f"{key.fingerprint}  {whose}  {_STATES[key.state]}  {key.until or key.since}"


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


def not_trusted(key: Key, owner: str) -> Text | None:
    """Why ``keys trust`` has left a known key as it was; ``None``: it is trusted as the key of this owner."""
    if key.state == "revoked":
        return Text(
            "Ничего не изменено: ключ отозван, доверять ему больше нельзя. Попросите у владельца новый",
            "Nothing was changed: the key is revoked and cannot be trusted again. Ask its owner for a new one",
        )
    if key.is_own:
        return Text("Ничего не изменено: это ваш собственный ключ", "Nothing was changed: this is your own key")
    if key.owner != owner:
        return Text(
            f"Ничего не изменено: ключ уже записан за «{key.owner}». Если это неверно, отзовите его (xlkit keys "
            "revoke) и попросите у владельца новый",
            f"Nothing was changed: the key is known as that of “{key.owner}”. If that is wrong, revoke it (xlkit "
            "keys revoke) and ask its owner for a new one",
        )
    return None
