"""An external signer beside our own signature: a command that signs a manifest (by ГОСТ, say), and one that verifies.

The commands are settings, word by word, and no shell is asked. Our own signature stays: what ``verify`` says does not
rest on a program that another machine may lack, unless that machine's settings demand it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from xlkit.errors import XlkitError, cannot_write
from xlkit.texts import Text

_SECONDS = 120
"""Time for somebody to type the password of a token."""
_SHOWN = 200


def external_signature_path(manifest: Path) -> Path:
    """``Книга.xlsx.manifest.p7s`` beside ``Книга.xlsx.manifest.json``."""
    return manifest.with_suffix(".p7s")


def sign_externally(command: Sequence[str], manifest: Path) -> Path:
    """Run the signer. XlkitError where it fails or leaves no signature."""
    signature = external_signature_path(manifest)
    try:
        signature.unlink(missing_ok=True)  # the signature of an earlier manifest
    except OSError as error:
        raise XlkitError(cannot_write(signature, error)) from error
    said = _run(command, manifest, signature)
    if said is not None or not signature.is_file():
        why = said or Text("подпись не появилась", "no signature appeared")
        raise XlkitError(Text(f"Внешняя подпись не сделана: {why.ru}", f"The external signer failed: {why.en}"))
    return signature


def external_doubt(command: Sequence[str], manifest: Path) -> Text | None:
    """Why the external signature of a manifest is not to be believed; ``None`` where the verifier accepts it."""
    signature = external_signature_path(manifest)
    if not signature.is_file():
        return Text(f"Нет внешней подписи {signature.name}", f"There is no external signature {signature.name}")
    said = _run(command, manifest, signature)
    return said and Text(f"Внешняя подпись не принята: {said.ru}", f"The external signature is refused: {said.en}")


def _run(command: Sequence[str], manifest: Path, signature: Path) -> Text | None:
    """Run a command; what went wrong, or ``None``. Placeholders are replaced as words, so that no path is a command."""
    paths = {"{manifest}": str(manifest), "{signature}": str(signature)}
    words = [_filled(word, paths) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Text(f"{command[0]} не ответил за {_SECONDS} секунд", f"{command[0]} took more than {_SECONDS} seconds")
    except OSError:
        return Text(f"программа {command[0]} не запускается", f"the program {command[0]} cannot be started")
    if done.returncode == 0:
        return None
    last = (done.stderr or done.stdout).decode(errors="replace").strip().rpartition("\n")[2][:_SHOWN]
    return Text(f"{command[0]}: {last or done.returncode}", f"{command[0]}: {last or done.returncode}")


def _filled(word: str, paths: dict[str, str]) -> str:
    for placeholder, path in paths.items():
        word = word.replace(placeholder, path)
    return word
