"""Gathering wheels for another system: what pip downloads, and what only that system's markers ask for.

pip evaluates the markers of requirements (``pywin32; platform_system == "Windows"``) for the system that it runs
on, whatever ``--platform`` says. So the requirements of the downloaded wheels are read again here, with the markers
of the system that the wheels are for, and what is missing is downloaded too, until nothing is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from xlkit.errors import XlkitError
from xlkit.texts import Text


@dataclass(frozen=True)
class System:
    """A system that wheels are for: pip's names of it, and what markers find there."""

    platforms: tuple[str, ...]
    markers: Mapping[str, str]


WINDOWS = System(
    ("win_amd64",),
    {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "platform_machine": "AMD64",
        "platform_release": "10",
        "platform_version": "10.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    },
)


@dataclass(frozen=True)
class Wheel:
    """What a wheel says of itself."""

    version: Version
    requires: tuple[Requirement, ...]


def gather(package: Path, extra: str, pythons: Iterable[str], folder: Path, system: System = WINDOWS) -> Iterator[str]:
    """Download into ``folder`` what a wheel with an extra needs under each Python; yields each when it is complete.

    Every Python gets the same versions, those that suit the first one: everybody then works with the same
    packages. XlkitError where pip cannot.
    """
    root = Requirement(f"{parse_wheel_filename(package.name)[0]}[{extra}]")
    pins: dict[str, Version] = {}
    for python in pythons:
        wanted = [f"{package}[{extra}]"]
        while wanted:
            _download(wanted, pins, python, folder, system)
            wheels = read_wheels(folder, python, system)
            pins |= {name: wheel.version for name, wheel in wheels.items() if name != root.name}
            lacking = [_without_marker(one) for one in unmet(root, wheels, python, system)]
            if lacking == wanted:
                raise _failed(python, ", ".join(wanted))
            wanted = lacking
        yield python


def _without_marker(requirement: Requirement) -> str:
    """As pip must be told: it would judge the marker by the system that it runs on."""
    return f"{requirement.name}{_extras(requirement)}{requirement.specifier}"


def _extras(requirement: Requirement) -> str:
    return f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""


def read_wheels(folder: Path, python: str, system: System = WINDOWS) -> dict[str, Wheel]:
    """The wheels of a folder that one Python of the system can use, by canonical name."""
    usable = _tags(python, system)
    found = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _, tags = parse_wheel_filename(path.name)
        if tags & usable:
            found[str(name)] = Wheel(version, _requirements(path))
    return found


def _tags(python: str, system: System) -> set[Tag]:
    major, minor = map(int, python.split("."))
    own = cpython_tags((major, minor), platforms=system.platforms)
    return {*own, *compatible_tags((major, minor), f"cp{major}{minor}", system.platforms)}


def _requirements(path: Path) -> tuple[Requirement, ...]:
    with zipfile.ZipFile(path) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = BytesParser().parsebytes(archive.read(name), headersonly=True)
    return tuple(Requirement(one) for one in told.get_all("Requires-Dist", []))


def unmet(root: Requirement, wheels: Mapping[str, Wheel], python: str, system: System = WINDOWS) -> list[Requirement]:
    """The requirements of ``root`` and of all that it needs which no wheel meets, with the system's own markers."""
    lacking: list[Requirement] = []
    seen: set[tuple[str, str]] = set()
    waiting = [root]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        wheel = wheels.get(name)
        if wheel is None or not one.specifier.contains(wheel.version, prereleases=True):
            lacking.append(one)
            continue
        for extra in {"", *one.extras} - {known for of, known in seen if of == name}:
            seen.add((name, extra))
            markers = _markers(python, system) | {"extra": extra}
            waiting += [each for each in wheel.requires if each.marker is None or each.marker.evaluate(markers)]
    return lacking


def _markers(python: str, system: System) -> dict[str, str]:
    own = {"python_version": python, "python_full_version": f"{python}.0", "implementation_version": f"{python}.0"}
    return {**{name: str(value) for name, value in default_environment().items()}, **system.markers, **own}


def _download(wanted: Sequence[str], pins: Mapping[str, Version], python: str, folder: Path, system: System) -> None:
    with tempfile.TemporaryDirectory(prefix="xlkit-") as temporary:
        constraints = Path(temporary) / "pins.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
        platforms = [word for name in system.platforms for word in ("--platform", name)]
        said = run_pip(
            "download", "--only-binary=:all:", "--implementation", "cp", "--python-version", python, *platforms,
            "--constraint", str(constraints), "--dest", str(folder), *wanted,
        )  # fmt: skip
    if said is not None:
        raise _failed(python, said)


def run_pip(command: str, *arguments: str) -> str | None:
    """Run this interpreter's pip; ``None``, or where it fails its own reason."""
    options = ("--quiet", "--no-input", "--disable-pip-version-check")
    done = subprocess.run(
        [sys.executable, "-m", "pip", command, *options, *arguments],
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        env={"PIP_RETRIES": "2", **os.environ},
    )  # fmt: skip
    if not done.returncode:
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    # The last word is «no matching distribution»; that the network is out of reach was only a warning before it.
    offline = [line.rpartition(">: ")[2] for line in lines if "connection broken" in line]
    reasons = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "\n".join([*offline[:1], *(reasons or lines)[-2:]]) or str(done.returncode)


def _failed(python: str, reason: str) -> XlkitError:
    return XlkitError(
        Text(
            f"Не удалось собрать пакеты для Python {python}: проверьте, что есть сеть и доступен PyPI или его зеркало. "
            f"Ответ pip:\n{reason}",
            f"Cannot gather the packages for Python {python}: check the network and that PyPI or a mirror of it can "
            f"be reached. pip says:\n{reason}",
        )
    )
