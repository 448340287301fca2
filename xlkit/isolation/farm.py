"""Reading on other machines: chunks of files on an existing ``dask.distributed`` cluster, guarded there as here.

A worker of the cluster reads its chunk through the same processes of its own (``pool``), so a hostile file costs no
more there. A chunk whose worker died is done by another, and here where no worker could do it; results come in the
order of the files, so they are those of a run on one machine. Files may be paths that all machines share, or URLs that
fsspec knows.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections import deque
from collections.abc import Collection, Generator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from xlkit import __version__
from xlkit.errors import FileRefused, XlkitError, system_reason
from xlkit.extras import SCALE, of_extra
from xlkit.isolation.messages import Answer, ExtractRequest, refusing
from xlkit.isolation.pool import answer_each, outcome_of
from xlkit.limits import DEFAULT_LIMITS, Limits
from xlkit.texts import Text

CHUNK = 16
"""So many files at a time: a chunk starts its own processes, and is what a dying worker loses."""
_AHEAD = 3
_CONNECT_SECONDS = 10
_RETRIES = 3
_LOOK_SECONDS, _CLOSE_SECONDS = 2, 5
_ADDRESS = re.compile(r"(?:\w+://)?[^\s/]+:\d+/?|inproc://\S+")
_START_SECONDS = 120
"""A chunk may wait so long for a worker, beside the time that its files may take: then it is read here."""


def extract_far(
    files: Sequence[str],
    sheets: Collection[str],
    limits: Limits = DEFAULT_LIMITS,
    engine: str | None = None,
) -> Generator[bytes | FileRefused, None, None]:
    """Every file's extract, or why there is none, in the order of ``files``; as ``pool.extract_each``.

    ``engine`` is the address of a dask scheduler (``tcp://host:8786``); without it this process reads, also what URLs
    name. Close the iterator, or use it up. Raises XlkitError where the cluster cannot be used.
    """
    chunks = [tuple(files[at : at + CHUNK]) for at in range(0, len(files), CHUNK)]
    chosen = tuple(sheets)
    answers = _here(chunks, chosen, limits) if engine is None else _on_cluster(engine, chunks, chosen, limits)
    with closing(answers):
        for answer in answers:
            yield outcome_of(answer, bytes)


def extract_chunk(files: Sequence[str], sheets: tuple[str, ...], limits: Limits) -> list[Answer]:
    """The answers for some files, read by processes of this machine."""
    with ExitStack() as stack:
        folder = ""
        if any(map(is_url, files)):  # otherwise a worker that is killed leaves no folder behind
            made = tempfile.TemporaryDirectory(prefix="xlkit-", ignore_cleanup_errors=True)
            folder = stack.enter_context(made)
        places = [_fetched(file, Path(folder) / str(number)) for number, file in enumerate(files)]
        asked = [ExtractRequest(place, sheets) for place in places if isinstance(place, str)]
        with closing(answer_each(asked, limits)) as answers:
            return [next(answers) if isinstance(place, str) else place for place in places]


def is_url(name: str) -> bool:
    """Whether a file is named by a URL."""
    return "://" in name


def modified_at(url: str) -> float:
    """When the file that a URL names was changed, in seconds of Unix; 0 where its store does not know."""
    import fsspec

    try:
        system, path = fsspec.url_to_fs(url)
        return float(system.modified(path).timestamp())
    except Exception:  # noqa: BLE001 - every kind of store has its own; what cannot be read is refused by its reading
        return 0.0


def _fetched(file: str, folder: Path) -> str | Answer:
    """The path of a file on this machine; for what cannot be fetched the answer that refuses it."""
    if not is_url(file):
        return file
    import fsspec

    place = folder / file.rstrip("/").rpartition("/")[2]
    try:
        folder.mkdir()
        system, path = fsspec.url_to_fs(file)
        system.get_file(path, str(place))
    except FileNotFoundError:
        return refusing("F-001")
    except Exception as error:  # noqa: BLE001 - every kind of store has its own
        why = store_reason(file, error)
        return refusing("F-012", ru=why.ru, en=why.en)
    return str(place)


_PACKAGES = (re.compile(r'"([\w.-]+)"'), re.compile(r"nstall (?:the )?'?([\w.-]+(?:\[\w+\])?)"))
"""How fsspec names the packages that a kind of store needs: «requires "a" and "b"», «Install a to access …»."""


def store_reason(url: str, error: Exception) -> Text:
    """Why what a URL names cannot be opened: which package is missing, that nobody knows its scheme, or what it said.

    ``error`` is what fsspec raised for the ``url``.
    """
    from fsspec.registry import known_implementations, registry

    scheme = url.partition("://")[0].rpartition("::")[2]
    if scheme not in known_implementations and scheme not in registry:
        return Text(f"адреса вида {scheme}:// неизвестны, проверьте начало адреса",
                    f"URLs that begin with {scheme}:// are not known, check how it begins")  # fmt: skip
    if isinstance(error, ImportError):
        said = known_implementations.get(scheme, {}).get("err", "")
        packages = next(
            filter(None, (pattern.findall(said) for pattern in _PACKAGES)), [(error.name or scheme).partition(".")[0]]
        )
        install = f"pip install {' '.join(packages)}"
        return Text(f"для адресов {scheme}:// не хватает пакета: {install}",
                    f"a package for URLs {scheme}:// is missing: {install}")  # fmt: skip
    return system_reason(error) if isinstance(error, OSError) else Text(str(error), str(error))


def _here(chunks: Sequence[Sequence[str]], sheets: tuple[str, ...], limits: Limits) -> Generator[Answer, None, None]:
    for chunk in chunks:
        yield from extract_chunk(chunk, sheets, limits)


def _on_cluster(
    engine: str, chunks: Sequence[Sequence[str]], sheets: tuple[str, ...], limits: Limits
) -> Generator[Answer, None, None]:
    client = _connected(engine)
    try:
        ahead = _AHEAD * max(len(_workers(client, engine)), 1)
        waiting: deque[tuple[Sequence[str], Any]] = deque()
        for chunk in chunks:
            future = client.submit(extract_chunk, chunk, sheets, limits, pure=False, retries=_RETRIES)
            waiting.append((chunk, future))
            if len(waiting) >= ahead:
                yield from _done(client, *waiting.popleft(), sheets, limits)
        while waiting:
            yield from _done(client, *waiting.popleft(), sheets, limits)
    finally:
        client.close(timeout=_CLOSE_SECONDS)


def _done(client: Any, chunk: Sequence[str], future: Any, sheets: tuple[str, ...], limits: Limits) -> list[Answer]:
    """What a chunk gave; where its workers died one after the other, or the cluster is gone, it is read here."""
    until = time.monotonic() + _START_SECONDS + limits.seconds * len(chunk)
    while client.status == "running" and time.monotonic() < until:
        try:
            answers: list[Answer] = future.result(timeout=_LOOK_SECONDS)
        except TimeoutError:
            continue
        except XlkitError:
            raise
        except Exception:  # noqa: BLE001 - whatever became of the cluster, the files are read
            break
        return answers
    return extract_chunk(chunk, sheets, limits)


def _connected(engine: str) -> Any:
    if not _ADDRESS.fullmatch(engine):
        raise XlkitError(
            Text(
                f"«{engine}» — не адрес кластера: укажите адрес планировщика dask, например tcp://машина:8786",
                f"«{engine}» is no address of a cluster: name dask's scheduler, such as tcp://host:8786",
            )
        )
    with of_extra(SCALE):
        from distributed import Client
    try:
        return Client(engine, timeout=_CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:  # a time-out is an OSError
        raise XlkitError(
            Text(
                f"Кластер {engine} не отвечает: проверьте адрес планировщика dask (tcp://машина:8786)",
                f"The cluster {engine} does not answer: check the address of dask's scheduler (tcp://host:8786)",
            )
        ) from error


def _workers(client: Any, engine: str) -> dict[str, str]:
    """The workers with their versions of xlkit, which must be ours: another version may read otherwise."""
    try:
        versions: dict[str, str] = client.run(_version)
    except Exception as error:  # what a machine without xlkit raises is not bounded
        raise _unfit(engine, "?") from error
    if not versions:
        raise XlkitError(Text(f"В кластере {engine} нет ни одного исполнителя", f"The cluster {engine} has no worker"))
    others = sorted(set(versions.values()) - {__version__})
    if others:
        raise _unfit(engine, ", ".join(others))
    return versions


def _version() -> str:
    return __version__


def _unfit(engine: str, versions: str) -> XlkitError:
    return XlkitError(
        Text(
            f"На машинах кластера {engine} должен стоять xlkit {__version__}, там: {versions}",
            f"The machines of the cluster {engine} need xlkit {__version__}, they have: {versions}",
        )
    )
