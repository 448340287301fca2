"""A corrected workbook takes the place of one whose letter still waits: the older never arrives after the newer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mail.peer import Peer
from tests.mail.test_send import NAME, book, books, enclosed, message_of, peer, running, sent, states
from xlkit.cli import main
from xlkit.demo.made import made_clusters, made_draft
from xlkit.templates.build import build_workbook

__all__ = ["book", "books", "peer", "running"]


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same cluster's workbook with another contact."""
    draft = made_draft(made_clusters(1)[0])
    draft.title["contact"] = "Вторая версия"
    path = tmp_path_factory.mktemp("mended") / NAME
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    return path


def test_a_newer_workbook_withdraws_the_older_letter_that_waits(
    peer: Peer, book: Path, mended: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.script["RCPT", "firpo@to.test"] = ["451 greylisted"]
    first = sent(capsys, "send", book, "--to", "firpo@to.test", code=1)
    with pytest.raises(SystemExit) as ended:
        main(["send", str(mended), "--to", "firpo@to.test"])
    assert ended.value.code == 0 and "прежнее письмо отозвано" in capsys.readouterr().out
    old = first["files"][0]["message_id"]
    assert states(sent(capsys, "mail", "retry")) == ["withdrawn", "sent"], "and it is nobody's failure"
    with pytest.raises(SystemExit):
        main(["mail", "retry", old])
    assert "отозвано" in capsys.readouterr().err
    assert [enclosed(message_of(one.content))[NAME] for one in peer.accepted] == [mended.read_bytes()]


def test_who_goes_back_to_the_older_workbook_sends_it_with_a_new_seal(
    peer: Peer, book: Path, mended: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.script["RCPT", "firpo@to.test"] = ["451 greylisted"]
    (first,) = sent(capsys, "send", book, "--to", "firpo@to.test", code=1)["files"]
    sent(capsys, "send", mended, "--to", "firpo@to.test")
    (again,) = sent(capsys, "send", book, "--to", "firpo@to.test")["files"]
    assert again["message_id"] == first["message_id"] and not again["already"]
    seals = [json.loads(enclosed(message_of(one.content))[f"{NAME}.manifest.json"]) for one in peer.accepted]
    assert len(seals) == 2 and seals[0]["sha256"] != seals[1]["sha256"]
    assert seals[0]["time"] <= seals[1]["time"]


def test_another_recipient_or_cluster_withdraws_nothing(
    peer: Peer, book: Path, mended: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peer.script["RCPT", "firpo@to.test"] = ["451 greylisted"] * 2
    sent(capsys, "send", book, "--to", "firpo@to.test", code=1)
    assert sent(capsys, "send", mended, "--to", "other@to.test", code=0)["withdrawn"] == []
    other = made_draft(made_clusters(2)[1])
    path = tmp_path / "other.xlsx"
    path.write_bytes(build_workbook(other.edition, other.finish("")[0]))
    assert sent(capsys, "send", path, "--to", "firpo@to.test", code=1)["withdrawn"] == []
    assert states(sent(capsys, "mail", "outbox")) == ["queued", "sent", "queued"]
