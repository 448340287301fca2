"""Killed while it sends, as by a power cut: no letter is lost, none arrives twice, and what is in doubt is settled."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.killed import killed_after, killed_in
from tests.mail.peer import PASSWORD, WITNESS, make_authority, settings_for
from xlkit.actions.account import write_settings
from xlkit.actions.outbox import list_letters, outbox_path, resolve
from xlkit.mail.delivery import CLOCK, Clock, deliver
from xlkit.mail.outbox import IN_DOUBT, QUEUED, SENDING, SENT, Letter, Outbox
from xlkit.mail.smtp import SmtpServer
from xlkit.settings import MailSettings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills with POSIX signals")
MOMENTS = [pytest.param(10, id="ten"), pytest.param(300, id="three hundred", marks=pytest.mark.long)]
LATER = Clock(lambda: CLOCK.now() + dt.timedelta(minutes=16))
STEPS = {
    "the outbox is claimed": ("xlkit.mail.outbox.Outbox.doubt_interrupted", True),
    "the recipients are offered": ("xlkit.mail.smtp.SmtpServer.offer", True),
    "about to be noted as going out": ("xlkit.mail.outbox.Outbox.begin", False),
    "noted as going out": ("xlkit.mail.outbox.Outbox.begin", True),
    "about to go out": ("xlkit.mail.smtp._stuffed", False),
    "gone out": ("xlkit.mail.smtp.SmtpServer.transmit", True),
    "about to be noted as sent": ("xlkit.mail.outbox.Outbox.settle", False),
    "noted as sent": ("xlkit.mail.outbox.Outbox.settle", True),
}
"""Step → (function, whether after it)."""
IN_BETWEEN = ("noted as going out", "about to go out", "gone out", "about to be noted as sent")


@dataclass(frozen=True)
class Post:
    """A peer in a process of its own; what it has answered for lies in a folder."""

    folder: Path
    settings: MailSettings

    def arrived(self) -> list[tuple[str, str, str]]:
        """(Message-ID, transfer, address) of everything that has arrived."""
        time.sleep(0.1)  # what a killed process has written may be on its way
        told = [json.loads(path.read_text(encoding="utf-8")) for path in self.folder.glob("*.json")]
        return [(one[0], one[1], address) for one in told for address in one[2:]]

    def witness(self, _: MailSettings, message_ids: Sequence[str]) -> set[tuple[str, str]]:
        """The mailbox of the copies, without IMAP."""
        return {(m, transfer) for m, transfer, address in self.arrived() if address == WITNESS and m in message_ids}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("peer")
    authority = make_authority(folder)
    (folder / "arrived").mkdir()
    command = [sys.executable, "-m", "tests.mail.peer", folder / "arrived", *authority.certificate("localhost")]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nothing, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        settings = settings_for(port, authority.ca, witness=WITNESS, imap_host="localhost", per_minute=10**6)
        yield Post(folder / "arrived", settings)
        process.kill()


@pytest.fixture
def post(running: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Post:
    """The peer with nothing arrived, and a home with an empty outbox."""
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))
    monkeypatch.setenv("XLKIT_SMTP_PASSWORD", PASSWORD)
    running.arrived()
    for path in running.folder.glob("*.json"):
        path.unlink()
    write_settings(running.settings)
    return running


def queue(numbers: range) -> None:
    with Outbox(outbox_path()) as outbox:
        for number in numbers:
            to = tuple(f"{name}{number}@to.test" for name in "abc"[: number % 3 + 1])
            eml = f"Message-ID: <{number}@send.test>\r\n\r\n{'x' * 70}\r\n".encode() * 50
            outbox.queue(Letter(f"{number}@send.test", eml, "sender@send.test", to, "x", "", "test"), CLOCK.now())


def send(post: Post, clock: Clock = CLOCK) -> None:
    with Outbox(outbox_path()) as outbox:
        trouble = deliver(outbox, lambda: SmtpServer(post.settings), witness=WITNESS, per_minute=10**6, clock=clock)
        assert trouble is None


def settle(post: Post) -> None:
    """What a person does after a crash."""
    send(post)
    resolve(clock=LATER, witness=post.witness)
    send(post, LATER)


def assert_each_once(post: Post, numbers: range) -> None:
    arrived = Counter((m, address) for m, _, address in post.arrived() if address != WITNESS)
    expected = {(f"{n}@send.test", f"{name}{n}@to.test") for n in numbers for name in "abc"[: n % 3 + 1]}
    lost = {message_id for message_id, _ in expected - arrived.keys()}
    assert not lost, [one for one in list_letters().standings if one.message_id in lost]
    assert set(arrived.values()) == {1}, "twice"
    assert {one.state for one in list_letters().standings} == {SENT}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(post: Post, step: str) -> None:
    queue(range(3))
    assert killed_in(*STEPS[step], lambda: send(post), 1 if "claimed" in step else 2), "the step was not reached"
    left = Counter(one.state for one in list_letters().standings)
    assert (left[SENDING] > 0) == (step in IN_BETWEEN)
    send(post)
    states = {one.state for one in list_letters().standings}
    assert states == ({SENT, IN_DOUBT} if step in IN_BETWEEN else {SENT}), "listed as in doubt, and not sent blindly"
    settle(post)
    assert_each_once(post, range(3))


@pytest.mark.parametrize("count", MOMENTS)
def test_killed_at_any_moment(post: Post, count: int) -> None:
    chosen = random.Random(20261121)
    each = 5
    queue(range(each))
    started = time.monotonic()
    send(post)
    lasts = time.monotonic() - started
    caught = doubts = 0
    for round_ in range(1, count + 1):
        queue(range(round_ * each, (round_ + 1) * each))
        caught += killed_after(chosen.random() * lasts * 1.2, lambda: send(post))
        standings = list_letters().standings
        doubts += any(one.state == SENDING for one in standings)
        assert {one.state for one in standings} <= {QUEUED, SENDING, SENT, IN_DOUBT}
        if chosen.random() < 0.1:
            resolve(clock=LATER, witness=post.witness)
    assert caught > count / 3, "the kills came too late"
    settle(post)
    assert_each_once(post, range((count + 1) * each))
    print(f"{count} kills: {caught} while it was at work, {doubts} left letters in doubt; none lost, none twice")
