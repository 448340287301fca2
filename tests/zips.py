"""Packages as dictionaries of their parts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path


def parts(package: Path | bytes) -> dict[str, bytes]:
    """The parts of a file, or of its content; a name that stands there twice is an error."""
    with zipfile.ZipFile(io.BytesIO(package) if isinstance(package, bytes) else package) as opened:
        names = opened.namelist()
        assert len(names) == len({n.casefold() for n in names}), f"{opened.filename}: a part stands there twice"
        return {name: opened.read(name) for name in names}


def zipped(contents: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A package of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package:
        for name, content in contents.items():
            package.writestr(name, content)
    return stream.getvalue()


def rewritten(path: Path, contents: Mapping[str, bytes]) -> None:
    """Make a file a package of these parts."""
    path.write_bytes(zipped(contents))
