"""A scripted SMTP peer: it does what it is told at the n-th time of a step, and keeps what it has accepted.

Run as a program it serves in a process of its own and keeps every accepted letter as a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import email
import ipaddress
import json
import ssl
import sys
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from xlkit.settings import MailSettings

HANG, DROP, KEEP_AND_DROP, KEEP_AND_HANG = "hang", "drop", "keep and drop", "keep and hang"
SENDER, WITNESS = "кластер", "witness@send.test"
PASSWORD = "Tajna-0123"


@dataclass(frozen=True)
class Accepted:
    """A letter that the peer has answered for."""

    message_id: str
    transfer: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Peer:
    """``script``: (step, address or empty) → what to do at its first, second … time; afterwards all is well."""

    script: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    accepted: list[Accepted] = field(default_factory=list)
    connections: int = 0
    folder: Path | None = None

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += session.ssl is None
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if wrong := await self._do("MAIL", "", server, envelope):
            return wrong
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if wrong := await self._do("RCPT", address, server, envelope):
            return wrong
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if wrong := await self._do("DATA", "", server, envelope):
            return wrong
        self._keep(envelope)
        return "250 OK"

    async def _do(self, step: str, address: str, server: SMTP, envelope: Envelope) -> str | None:
        orders = self.script[step, address]
        order = orders.pop(0) if orders else ""
        if order.startswith("keep"):
            self._keep(envelope)
        if order in (HANG, KEEP_AND_HANG):
            await asyncio.sleep(5)
            return "451 nobody hears this"
        if order in (DROP, KEEP_AND_DROP) and server.transport is not None:
            server.transport.abort()
            return "451 nobody hears this"
        return order if order[:1].isdigit() else None

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        message = email.message_from_bytes(content)
        one = Accepted(
            message["Message-ID"].strip("<>"), message.get("X-Xlkit-Transfer", ""), tuple(envelope.rcpt_tos), content
        )
        self.accepted.append(one)
        if self.folder is not None:
            told = [one.message_id, one.transfer, *one.recipients]
            temporary = self.folder / f"{uuid.uuid4().hex}.tmp"
            temporary.write_text(json.dumps(told), encoding="utf-8")
            temporary.rename(temporary.with_suffix(".json"))


@dataclass(frozen=True)
class Authority:
    """An authority that signs certificates for tests; ``ca`` is its own, as a PEM file."""

    folder: Path
    ca: Path

    def certificate(self, *names: str) -> tuple[Path, Path]:
        """A certificate for some host names or addresses, and its key, as PEM files."""
        ca = x509.load_pem_x509_certificate(self.ca.read_bytes())
        ca_key = serialization.load_pem_private_key((self.folder / "ca.key").read_bytes(), None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(names[0], ca.subject, key)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        return _pem(self.folder / names[0], made, key)


def make_authority(folder: Path) -> Authority:
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "xlkit tests")])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    made = (
        _builder("xlkit tests", name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(folder, _pem(folder / "ca", made, key)[0])


def _builder(common: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
    )


def _general(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)


def _pem(path: Path, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> tuple[Path, Path]:
    pem = serialization.Encoding.PEM
    path.with_suffix(".pem").write_bytes(made.public_bytes(pem))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path.with_suffix(".pem"), path.with_suffix(".key")


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def _accept(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    orders = server.event_handler.script["AUTH", ""]
    if orders:
        return AuthResult(success=False, handled=False, message=orders.pop(0))
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@contextmanager
def serving(peer: Peer, context: ssl.SSLContext | None, *, direct: bool = False) -> Iterator[int]:
    """Serve on a port of 127.0.0.1: by STARTTLS, or ``direct`` by TLS; without a context no TLS is offered."""
    more: dict[str, Any] = {"tls_context": None if direct else context, "require_starttls": False}
    if context is not None and not direct:  # aiosmtpd warns of passwords where it does not see the TLS
        more |= {"authenticator": _accept, "auth_required": True, "auth_require_tls": True}
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        loop.create_server(
            lambda: SMTP(peer, hostname="peer", loop=loop, **more), "127.0.0.1", 0, ssl=context if direct else None
        ),
        loop,
    ).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stopped(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stopped(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def settings_for(port: int, ca: Path | None, **more: Any) -> MailSettings:
    return MailSettings(
        sender="sender@send.test", smtp_host="localhost", smtp_port=port, ca_file=str(ca or ""), **more
    )  # fmt: skip


if __name__ == "__main__":
    folder, certificate, key = map(Path, sys.argv[1:4])
    with serving(Peer(folder=folder), server_context(certificate, key)) as port:
        print(port, flush=True)
        sys.stdin.read()
