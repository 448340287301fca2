"""Make the offline kit for Windows: for colleges where macros, cmd.exe or the network are blocked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from xlkit import __version__
from xlkit.addin.kit import WHEELS, complete_kit, is_kit
from xlkit.addin.wheels import WINDOWS, System, gather, run_pip
from xlkit.errors import XlkitError
from xlkit.resources import checkout
from xlkit.safefile import new_folder, real_path
from xlkit.texts import Text

SUPPORTED = ("3.11", "3.12", "3.13")
"""The Pythons of the classifiers in pyproject.toml."""
EXTRA = "excel,mail"

Say = Callable[[Text], None]


@dataclass(frozen=True)
class Bundle:
    """A kit: its folder, the Pythons that it serves, how many wheels it has, and its bytes."""

    folder: Path
    pythons: tuple[str, ...]
    wheels: int
    size: int


def bundle(
    folder: str | Path, pythons: Sequence[str] = (), say: Say = lambda _: None, system: System = WINDOWS
) -> Bundle:
    """Make the kit for some Pythons (none named: all supported).

    Needs PyPI or a mirror of it. The folder is complete or not there; only an empty one and an earlier kit are
    replaced. Raises XlkitError for an unsupported Python, another folder's content, and where pip fails.
    """
    chosen = _chosen(pythons)
    target = Path(real_path(folder))
    _spare_others(target)
    with new_folder(target) as made:
        wheels = made / WHEELS
        wheels.mkdir()
        say(Text("Собираю пакет xlkit", "Building the package xlkit"))
        own = own_wheel(wheels)
        for python in gather(own, EXTRA, chosen, wheels, system):
            say(Text(f"Пакеты для Python {python} собраны", f"The packages for Python {python} are gathered"))
        complete_kit(made, chosen)
    files = [path for path in target.rglob("*") if path.is_file()]
    return Bundle(target, chosen, len(list((target / WHEELS).iterdir())), sum(path.stat().st_size for path in files))


def _chosen(pythons: Sequence[str]) -> tuple[str, ...]:
    for python in pythons:
        if python not in SUPPORTED:
            known = ", ".join(SUPPORTED)
            raise XlkitError(
                Text(f"Python {python} не поддерживается: есть {known}", f"Python {python} is not supported: {known}")
            )
    return tuple(one for one in SUPPORTED if one in pythons or not pythons)


def _spare_others(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and (not any(folder.iterdir()) or is_kit(folder))):
        return
    raise XlkitError(
        Text(
            f"{folder} уже существует, и в нём есть не только прежний набор: укажите новую или пустую папку",
            f"{folder} exists and holds more than an earlier kit: name a new or an empty folder",
        )
    )


def own_wheel(folder: Path) -> Path:
    """The wheel of xlkit itself: built from where it runs or was installed from, else fetched from the index."""
    source = checkout() or _installed_from()
    reason = run_pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(source or f"xlkit=={__version__}"))
    if reason is not None:
        raise XlkitError(_no_wheel(reason) if source is None else _not_built(source, reason))
    return next(folder.glob("xlkit-*.whl"))


def _not_built(source: Path, reason: str) -> Text:
    return Text(
        f"Не удалось собрать пакет xlkit из {source}: проверьте, что есть сеть и доступен PyPI или его зеркало. "
        f"Ответ pip:\n{reason}",
        f"Cannot build the package xlkit from {source}: check the network and that PyPI or a mirror of it can be "
        f"reached. pip says:\n{reason}",
    )


def _no_wheel(reason: str) -> Text:
    wheel = f"xlkit-{__version__}-py3-none-any.whl"
    return Text(
        f"Не удалось получить пакет xlkit {__version__}: проверьте, что есть сеть. Если его нет на PyPI, положите "
        f"файл {wheel} в папку и назовите её в переменной PIP_FIND_LINKS. Ответ pip:\n{reason}",
        f"Cannot get the package xlkit {__version__}: check the network. If PyPI lacks it, name a folder that holds "
        f"{wheel} in the variable PIP_FIND_LINKS. pip says:\n{reason}",
    )


def _installed_from() -> Path | None:
    """The checkout or the wheel that pip installed xlkit from, where it is still there."""
    try:
        noted = distribution("xlkit").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    address = urlsplit(json.loads(noted)["url"] if noted else "")
    path = Path(url2pathname(address.path))
    return path if address.scheme == "file" and path.exists() else None
