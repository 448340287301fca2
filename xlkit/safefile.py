"""Writing a file or a folder so that the reader sees the old one or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from xlkit.errors import XlkitError, system_reason
from xlkit.texts import Text


def write_file(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``: temporary file beside it, fsync, rename.

    Raises XlkitError with the system's reason where it cannot (no folder, no right, full disk, the file is
    open in Excel); the old file is whole then.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".xlkit-", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode_of(path))
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        reason = system_reason(error)
        raise XlkitError(
            Text(
                f"Не удалось записать файл {path}: {reason.ru}. Прежний файл не изменён. Проверьте, что папка "
                "существует, на диске есть место и файл не открыт в Excel.",
                f"Cannot write {path}: {reason.en}. The old file is unchanged. Check that the folder exists, "
                "the disk has room and the file is not open in Excel.",
            )
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


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
        reason = system_reason(error)
        raise XlkitError(
            Text(
                f"Не удалось записать папку {path}: {reason.ru}. Прежнее не изменено. Проверьте, что на диске есть "
                "место и файлы этой папки нигде не открыты.",
                f"Cannot write the folder {path}: {reason.en}. Nothing has changed. Check that the disk has room and "
                "that no file of the folder is open.",
            )
        ) from error


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
