"""A real mail server on loopback: Postfix takes letters by STARTTLS and files them, Dovecot shows them by IMAP.

Both run as root with configurations, queues and ports of their own in a temporary folder; nothing in /etc or /var is
read for them or changed. Every address of :data:`DOMAINS` has a mailbox, and all have the same password.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mail.peer import make_authority
from tests.office import need_program
from xlkit.settings import MailSettings

DOMAINS = ("send.test", "to.test", "example.org")
PASSWORD = "Sekret-9876"
_USER = "nobody"
"""Whose the mailboxes are: Postfix delivers for nobody that is root."""

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
mynetworks = 127.0.0.2/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_transport = error:no local mail
default_transport = error:nothing leaves this computer
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = static:all
virtual_transport = maildir:
maildir_destination_recipient_limit = 1
message_size_limit = 62914560
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = reject_unauth_destination, permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
smtpd_error_sleep_time = 0
"""
_MASTER = """
127.0.0.1:{smtp_port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
maildir   unix  - n n - - pipe flags=Rhu user={user} argv=/bin/sh {folder}/postfix/maildir ${{user}} ${{domain}}
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""
_MAILDIR = """
umask 077
box={folder}/mail/$2/$1 name=$(date +%s%N).$$.localhost
mkdir -p $box/tmp $box/new $box/cur && cat > $box/tmp/$name && mv $box/tmp/$name $box/new/$name || exit 75
"""
"""Delivers a letter. Postfix's own agent makes no mailbox for an address that it was not told of."""
_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
instance_name = xlkit-tests-{imaps_port}
log_path = {folder}/log/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail/%Ld/%Ln
auth_mechanisms = plain login
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%Ld/%Ln
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
  }}
}}
service auth {{
  unix_listener {folder}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""


@dataclass(frozen=True)
class MailServer:
    """The running servers; ``ca`` is the authority of their certificates, as a PEM file."""

    folder: Path
    ca: Path
    smtp_port: int
    imap_port: int
    imaps_port: int

    def settings(self, sender: str, **more: Any) -> MailSettings:
        """The settings of an address. The password comes by ``XLKIT_MAIL_PASSWORD``."""
        return MailSettings(
            sender=sender, smtp_host="localhost", smtp_port=self.smtp_port, imap_host="localhost",
            imap_port=self.imaps_port, ca_file=str(self.ca), **{"per_minute": 100_000, **more},
        )  # fmt: skip

    def messages(self, address: str, count: int = 0) -> list[bytes]:
        """What a mailbox holds, in the order of arrival; waits until there are ``count`` messages."""
        for _ in range(200):
            local, _, domain = address.lower().partition("@")
            paths = sorted(
                (self.folder / "mail" / domain / local).glob("[nc]*/*"), key=lambda one: one.stat().st_mtime_ns
            )
            if len(paths) >= count:
                return [path.read_bytes() for path in paths]
            time.sleep(0.05)
        raise AssertionError(f"{address} got {len(paths)} messages\n{self.log}")

    @property
    def log(self) -> str:
        """The servers' last words."""
        return "\n".join(path.read_text("utf-8", "replace")[-3000:] for path in (self.folder / "log").iterdir())

    def empty(self) -> None:
        """Take all mailboxes away; Dovecot may still be writing the index of one that was just looked into."""
        for domain in (self.folder / "mail").iterdir():
            for mailbox in domain.iterdir():
                for _ in range(100):
                    shutil.rmtree(mailbox, ignore_errors=True)
                    if not mailbox.exists():
                        break
                    time.sleep(0.02)
                else:
                    shutil.rmtree(mailbox)


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """Postfix and Dovecot; skips on a developer's machine without them or without root, fails in CI."""
    postfix, dovecot = need_program("Postfix", "postfix"), need_program("Dovecot (dovecot-imapd)", "dovecot")
    if os.geteuid():
        if os.environ.get("CI"):
            pytest.fail("CI must run the mail servers as root")
        pytest.skip("only root can run the mail servers")
    # Postfix's own user must come through, which pytest's folders do not allow.
    with tempfile.TemporaryDirectory(prefix="xlkit-mail-", ignore_cleanup_errors=True) as made:
        server = _configured(Path(made))
        with _dovecot(server, dovecot), _postfix(server, postfix):
            yield server


def _configured(folder: Path) -> MailServer:
    folder.chmod(0o755)
    for name in ("postfix", "queue", "data", "log", "mail", "run", "keys"):
        (folder / name).mkdir()
    owner, postfix = pwd.getpwnam(_USER), pwd.getpwnam("postfix")
    os.chown(folder / "data", postfix.pw_uid, postfix.pw_gid)
    (folder / "queue" / "private").mkdir()
    os.chown(folder / "queue" / "private", postfix.pw_uid, 0)
    for domain in DOMAINS:
        (folder / "mail" / domain).mkdir()
        os.chown(folder / "mail" / domain, owner.pw_uid, owner.pw_gid)
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    authority = make_authority(folder / "keys")
    certificate, key = authority.certificate("localhost")
    server = MailServer(folder, authority.ca, *_free_ports(3))
    facts = {
        "folder": folder, "domains": " ".join(DOMAINS), "user": _USER, "uid": owner.pw_uid, "gid": owner.pw_gid,
        "certificate": certificate, "key": key, "password": PASSWORD, "smtp_port": server.smtp_port,
        "imap_port": server.imap_port, "imaps_port": server.imaps_port,
    }  # fmt: skip
    (folder / "postfix" / "main.cf").write_text(_MAIN.format(**facts))
    (folder / "postfix" / "master.cf").write_text(_MASTER.format(**facts))
    (folder / "postfix" / "maildir").write_text(_MAILDIR.format(**facts))
    (folder / "dovecot.conf").write_text(_DOVECOT.format(**facts))
    return server


def _free_ports(count: int) -> list[int]:
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in with_ports]
    for one in with_ports:
        one.close()
    return ports


@contextmanager
def _dovecot(server: MailServer, program: str) -> Iterator[None]:
    process = subprocess.Popen(
        [program, "-F", "-c", str(server.folder / "dovecot.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait(server, server.imaps_port)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=20)


@contextmanager
def _postfix(server: MailServer, program: str) -> Iterator[None]:
    def run(word: str) -> None:
        done = subprocess.run(
            [program, "-c", str(server.folder / "postfix"), word], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + server.log

    run("start")
    try:
        _wait(server, server.smtp_port)
        yield
    finally:
        run("stop")


def _wait(server: MailServer, port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}\n{server.log}")
