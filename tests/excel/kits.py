"""Small wheels and kits, made quickly."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from xlkit.addin.kit import SUMS, WHEELS, complete_kit

RUNNING = "{}.{}".format(*sys.version_info)
RECORDER = """
import os, pathlib, sys
pathlib.Path(os.environ["LOCALAPPDATA"], "calls.txt").open("a").write(" ".join([VERSION, *sys.argv[1:]]) + "\\n")
print("сказано по-русски")
sys.exit(int(os.environ.get("FAIL", "0")))
"""


def small_kit(folder: Path, version: str, pythons: Sequence[str] = (RUNNING,)) -> Path:
    """A kit whose xlkit writes down how it is called."""
    program = f"VERSION = {version!r}{RECORDER}"
    for old in folder.glob(f"{WHEELS}/*"):
        old.unlink()
    write_wheel(folder / WHEELS, "xlkit", version=version, files={"xlkit/__main__.py": program})
    (folder / SUMS).unlink(missing_ok=True)
    complete_kit(folder, pythons)
    return folder


def write_wheel(
    folder: Path, name: str, requires: Sequence[str] = (), version: str = "1.0", tag: str = "py3-none-any",
    files: dict[str, str] | None = None,
) -> Path:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path, about = folder / f"{name}-{version}-{tag}.whl", f"{name}-{version}.dist-info"
    extras = "".join(f"Provides-Extra: {extra}\n" for extra in ("excel",))
    metadata = "".join(f"Requires-Dist: {one}\n" for one in requires)
    parts = {
        **(files or {}),
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{extras}{metadata}",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{part},,\n" for part in [*parts, f"{about}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in {**parts, f"{about}/RECORD": record}.items():
            archive.writestr(part, content)
    return path


def sums_hold(kit: Path) -> bool:
    lines = [line.partition("  ") for line in (kit / SUMS).read_text(encoding="utf-8").splitlines()]
    files = {path.relative_to(kit).as_posix() for path in kit.rglob("*") if path.is_file()}
    assert {name for _, _, name in lines} == files - {SUMS}
    return all(hashlib.sha256((kit / name).read_bytes()).hexdigest() == digest for digest, _, name in lines)
