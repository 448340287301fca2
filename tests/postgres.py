"""A real PostgreSQL on loopback: a private cluster with a port of its own in a temporary folder.

Nothing in /etc or /var is read for it or changed. Its programs refuse to run as root, so that they run as «nobody»
there; every user asks for the same password.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.office import need_program

PASSWORD = "Sekret:9876/я@b"
_USER = "nobody"
_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 16MB
max_connections = 20
"""


@dataclass(frozen=True)
class PostgresServer:
    """The running server. Every test takes a place (a schema) of its own."""

    port: int
    schemas: Iterator[int]

    def place(self) -> str:
        """The URL of a new empty place for tables."""
        name = f"place{next(self.schemas)}"
        self.execute(f'CREATE SCHEMA "{name}"')
        return self.url(name)

    def url(self, schema: str, user: str = "firpo") -> str:
        """The URL of a place for a user."""
        import sqlalchemy as sa

        query = {"options": f"-csearch_path={schema}"}
        made = sa.URL.create("postgresql", user, PASSWORD, "127.0.0.1", self.port, "postgres", query)
        return made.render_as_string(hide_password=False)

    def execute(self, statement: str) -> list[Any]:
        """Run a statement as the owner, outside of transactions; what it gives."""
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="firpo", password=PASSWORD, dbname="postgres", autocommit=True
        ) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL; skips on a developer's machine without it, fails in CI."""
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="xlkit-postgres-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)  # «nobody» must come through, which pytest's folders do not allow
        home = folder / "data"
        home.mkdir(mode=0o700)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if not os.geteuid():
            owner = pwd.getpwnam(_USER)
            os.chown(home, owner.pw_uid, owner.pw_gid)
        _run([programs["initdb"], "-D", str(home), "-U", "firpo", "--pwfile", str(secret), "-A", "scram-sha-256",
              "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"])  # fmt: skip
        port = _free_port()
        with (home / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS.format(port=port))
        with _running(programs["pg_ctl"], home):
            yield PostgresServer(port, count(1))


def _programs() -> dict[str, str]:
    """``initdb`` and ``pg_ctl``; Debian keeps them by version, outside of the path."""
    found = {}
    for name in ("initdb", "pg_ctl"):
        versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda one: int(one.parts[4]))
        found[name] = str(versions[-1]) if versions else need_program("PostgreSQL (postgresql)", name)
    return found


def _run(command: list[str]) -> None:
    """Run a program of the server's as an unprivileged user."""
    user: Any = {"user": _USER, "group": pwd.getpwnam(_USER).pw_gid, "extra_groups": []} if not os.geteuid() else {}
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, cwd="/", timeout=60, **user
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def _running(program: str, home: Path) -> Iterator[None]:
    log = home / "server.log"
    try:
        _run([program, "-D", str(home), "-l", str(log), "-w", "-s", "start"])
    except AssertionError as error:
        raise AssertionError(log.read_text("utf-8", "replace") if log.exists() else "") from error
    try:
        yield
    finally:
        _run([program, "-D", str(home), "-m", "immediate", "-w", "-s", "stop"])
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
