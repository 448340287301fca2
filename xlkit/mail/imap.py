"""Signing in by IMAP, and asking the witness's mailbox which letters have really gone out."""

from __future__ import annotations

import email
import logging
import ssl
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from xlkit.errors import XlkitError
from xlkit.extras import MAIL, of_extra
from xlkit.mail.connection import TIMEOUTS, Timeouts, no_starttls, not_let_in, tls_context, unreachable
from xlkit.mail.secrets import IMAP, password
from xlkit.settings import TLS, MailSettings
from xlkit.texts import Text

if TYPE_CHECKING:
    from imapclient import IMAPClient

logging.getLogger("imapclient").addHandler(logging.NullHandler())  # its own warnings are nobody's on the console

TRANSFER = "X-Xlkit-Transfer"
"""The header that tells one transmission of a letter from another of the same."""


@contextmanager
def signed_in(settings: MailSettings, timeouts: Timeouts = TIMEOUTS, secret: str | None = None) -> Iterator[IMAPClient]:
    """A client that is signed in, by TLS or STARTTLS with the certificate verified.

    ``secret`` is the password where it is not the one that is kept. XlkitError for a server that cannot be reached,
    that offers no encryption, that does not let in, and for a connection that breaks within the block.
    """
    with of_extra(MAIL):
        from imapclient.exceptions import IMAPClientError, LoginError

    host, port = settings.imap_host, settings.imap_port
    if not host:
        raise XlkitError(Text("Сервер IMAP не указан: xlkit mail setup", "No IMAP server is set: run xlkit mail setup"))
    secret = secret or password(settings.login, host, IMAP)
    try:
        with ExitStack() as stack:
            client = _connected(settings, timeouts, stack)
            try:
                client.login(settings.login, secret)
            except (LoginError, UnicodeEncodeError) as error:
                raise not_let_in(settings.login, host) from error
            yield client
            with suppress(Exception):
                client.logout()
    except (OSError, IMAPClientError) as error:
        raise unreachable(host, port, error) from error


def _connected(settings: MailSettings, timeouts: Timeouts, stack: ExitStack) -> IMAPClient:
    from imapclient import IMAPClient, SocketTimeout

    context: ssl.SSLContext = tls_context(settings)
    direct = settings.imap_security == TLS
    client = IMAPClient(
        settings.imap_host,
        settings.imap_port,
        ssl=direct,
        ssl_context=context if direct else None,
        timeout=SocketTimeout(timeouts.connect, timeouts.answer),
    )
    stack.callback(_shut, client)
    if not direct:
        if not client.has_capability("STARTTLS"):
            raise no_starttls(settings.imap_host, settings.imap_port)
        client.starttls(context)
    return client


def _shut(client: IMAPClient) -> None:
    with suppress(Exception):  # it may be shut already, and nothing depends on it any more
        client.shutdown()


def witnessed(settings: MailSettings, message_ids: Iterable[str]) -> set[tuple[str, str]]:
    """What the witness's mailbox has of some letters: (Message-ID without brackets, token of the transmission)."""
    found = set()
    with signed_in(settings) as client:
        client.select_folder(settings.witness_mailbox, readonly=True)
        for message_id in message_ids:
            uids = client.search(["HEADER", "Message-ID", f"<{message_id}>"])
            fields = f"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID {TRANSFER.upper()})]"
            for one in client.fetch(uids, [fields]).values() if uids else ():
                content = next(value for key, value in one.items() if key.startswith(b"BODY"))
                headers = email.message_from_bytes(content)
                if headers.get("Message-ID", "").strip() == f"<{message_id}>":
                    found.add((message_id, headers.get(TRANSFER, "").strip()))
    return found
