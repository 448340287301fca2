"""Writing a file or a folder so that the reader sees the old one or the new one, never a part."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from xlkit.claim import try_lock
from xlkit.errors import XlkitError, cannot_write
from xlkit.texts import Text, joined


def write_file(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``: temporary file beside it, fsync, rename.

    Raises XlkitError with the system's reason where it cannot (no folder, no right, full disk, the file is
    open in Excel); the old file is whole then. What a killed process has left of the same file is swept away. A
    link stays and leads to the new file; a device or a pipe is refused, since it would be replaced too.
    """
    temporary: str | None = None
    try:
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        _spare_devices(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        handle, temporary = tempfile.mkstemp(prefix=_prefix(path), suffix=_SUFFIX, dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            try_lock(stream.fileno())  # tells a sweeper that this one is in use
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            Path(temporary).chmod(_mode_of(path))
            if not _WINDOWS:
                _rename(temporary, path)  # while it is still locked
        if _WINDOWS:
            _rename(temporary, path)  # Windows renames no open file
        temporary = None
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def spare_open(path: Path) -> None:
    """Raise the XlkitError of :func:`write_file` where it could not replace a file that another program has open.

    To be asked before long work. Only Windows forbids it, and tells when such a file (Excel's workbook, say) is opened;
    elsewhere, and of lock files that a crash may have left, nothing is asked.
    """
    if not _WINDOWS or not is_there(path) or is_folder(path):
        return
    try:
        with path.open("r+b"):
            pass
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> XlkitError:
    said = cannot_write(path, error)
    if is_there(path) and not is_folder(path):
        said = joined([said, Text("Прежний файл не изменён.", "The old file is unchanged.")], " ")
    return XlkitError(said)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place beside ``path`` where a block writes a file of its own; it takes the place of ``path`` at the end.

    For files that somebody else's code writes. The caller alone works on ``path`` (see :mod:`xlkit.claim`): what
    killed processes have left is swept away first. Raises XlkitError with the system's reason as :func:`write_file`.
    """
    try:
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        _spare_devices(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=_SUFFIX, dir=path.parent)
        os.close(handle)
        place = Path(name)
        try:
            place.unlink()
            yield place
            _settled(place, _mode_of(path))
            _rename(name, path)
        finally:
            for left in path.parent.glob(f"{place.name}*"):
                left.unlink(missing_ok=True)
    except OSError as error:
        raise XlkitError(cannot_write(path, error)) from error


def _settled(place: Path, mode: int) -> None:
    """A file whose content has reached the disk."""
    with place.open("rb+") as stream:
        os.fsync(stream.fileno())
    place.chmod(mode)


def _spare_devices(path: Path) -> None:
    if is_there(path) and not path.is_file() and not path.is_dir():
        raise XlkitError(
            Text(
                f"Не удалось записать {path}: это устройство или канал, а не файл; укажите имя файла.",
                f"Cannot write {path}: this is a device or a pipe, not a file; name a file.",
            )
        )


def _rename(temporary: str, path: Path) -> None:
    """The moment at which the new file takes the place of the old one; the folder's entry is made to last."""
    Path(temporary).replace(path)
    if not _WINDOWS:
        with contextlib.suppress(OSError):  # not every file system can
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


_SUFFIX = ".xlkit.tmp"
_WINDOWS = sys.platform == "win32"


def _prefix(path: Path) -> str:
    """How temporary files of one output begin; short, as the output's own name may be as long as names can be."""
    return f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"


def _sweep(path: Path) -> None:
    """Take away what killed processes have left of an output; the files of living ones are locked."""
    for left in path.parent.glob(f"{_prefix(path)}*{_SUFFIX}*"):
        with contextlib.suppress(OSError):
            handle = os.open(left, os.O_RDWR)
            try:
                free = try_lock(handle)
            finally:
                os.close(handle)
            if free:
                left.unlink()


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of ``path`` when the block has ended well; else nothing has changed.

    What ``path`` held before is gone then. Raises XlkitError with the system's reason where it cannot write.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".xlkit-", dir=path.parent, ignore_cleanup_errors=True) as beside:
            # A folder inside: a temporary one is for its owner alone, and everybody may read what is made here.
            made, earlier = Path(beside) / "new", Path(beside) / "earlier"
            made.mkdir()
            yield made
            if path.exists():
                path.rename(earlier)
            try:
                made.rename(path)
            except OSError:
                if earlier.exists():
                    earlier.rename(path)
                raise
    except OSError as error:
        raise XlkitError(cannot_write(path, error)) from error


def is_there(path: str | Path) -> bool:
    """Whether something stands at a path; a name that no file can have (too long) names nothing."""
    with contextlib.suppress(OSError, ValueError):
        return Path(path).exists()
    return False


def is_folder(path: str | Path) -> bool:
    """Whether a folder stands at a path; never raises."""
    return is_there(path) and Path(path).is_dir()


def spare_inputs(output: str | Path | None, inputs: Iterable[str | Path]) -> None:
    """Raise XlkitError where ``output`` would replace one of the ``inputs``: paths, or URLs of SQLite files.

    No output and ``-`` replace nothing.
    """
    if output is None or str(output) == "-":
        return
    if real_path(output) in {real_path(one) for one in inputs}:
        raise XlkitError(
            Text(
                f"{output} — исходный файл, он не будет заменён: укажите другой (-o)",
                f"{output} is an input and will not be replaced: name another (-o)",
            )
        )


def real_path(name: str | Path) -> str:
    """A path, or the path in the URL of a SQLite database, without links and dots; also of what is not there."""
    url = re.match(r"sqlite(?:\+\w+)?:///(.+)", str(name))
    return os.path.realpath(url[1].partition("?")[0] if url else name)


def _mode_of(path: Path) -> int:
    """The old file's permissions, else what the umask gives a new file."""
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
