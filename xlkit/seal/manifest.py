"""The manifest of a sealed workbook and its detached signature: canonical JSON, signed to the byte.

Beside ``Книга.xlsx`` lie ``Книга.xlsx.manifest.json`` and ``Книга.xlsx.manifest.sig``.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlkit.seal.content import CellHash, Content, Place
from xlkit.seal.keys import Key, fingerprint_of, is_signed, sign

VERSION = 1
_CONTEXT = b"xlkit manifest 1\n"
"""Stands before what is signed, so that no signature made for something else is one of a manifest."""


@dataclass(frozen=True)
class Manifest:
    """What was sealed: the workbook's bytes and cells, what the check said, by whom, when and for whom.

    ``facts`` are plain strings and numbers: name, sha256, content, form, edition, rules, cluster, verdict, errors,
    warnings, note, time (UTC), recipient, message_id, program.
    """

    facts: dict[str, Any]
    cells: Content

    def to_bytes(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, UTF-8; equal manifests are equal to the byte."""
        sheets: dict[str, dict[str, list[str]]] = {}
        for (sheet, cell), one in self.cells.items():
            told = [one.value, one.formula, *one.near]
            sheets.setdefault(sheet, {})[cell] = told if one.near else told[: 1 + bool(one.formula)]
        whole = {"xlkit_manifest": VERSION, **self.facts, "cells": sheets}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_manifest(content: bytes) -> Manifest | None:
    """A manifest; ``None`` for what is none of this version."""
    try:
        told = json.loads(content)
        if told.pop("xlkit_manifest") != VERSION:
            return None
        cells: dict[Place, CellHash] = {
            (sheet, cell): CellHash(hashes[0], hashes[1] if len(hashes) > 1 else "", tuple(hashes[2:]))
            for sheet, rows in told.pop("cells").items()
            for cell, hashes in rows.items()
        }
        manifest = Manifest(told, cells)
        return manifest if manifest.to_bytes() == content else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def manifest_path(workbook: Path) -> Path:
    return workbook.with_name(f"{workbook.name}.manifest.json")


def signature_path(workbook: Path) -> Path:
    return workbook.with_name(f"{workbook.name}.manifest.sig")


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def signature_of(manifest: bytes, key: Key) -> bytes:
    """The detached signature file of a manifest: JSON with the public key and the signature in base64."""
    signature = sign(key, _CONTEXT + manifest)
    told = {"algorithm": "Ed25519", "public_key": key.public, "signature": base64.b64encode(signature).decode()}
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def signer_of(manifest: bytes, signature: bytes) -> str | None:
    """The fingerprint of the key that has signed a manifest; ``None`` where the signature is not that of it."""
    try:
        told = json.loads(signature)
        if told.keys() != {"algorithm", "public_key", "signature"} or told["algorithm"] != "Ed25519":
            return None
        if json.dumps(told, sort_keys=True, separators=(",", ":")).encode() != signature:
            return None
        public, signed = _decoded(told["public_key"]), _decoded(told["signature"])
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    return fingerprint_of(public) if is_signed(public, signed, _CONTEXT + manifest) else None


def _decoded(text: str) -> bytes:
    """Base64 in its one spelling: the last character has bits that a decoder does not look at."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError(text)
    return content
