"""A corrected workbook takes the place of one whose letter still waits: the older never arrives after the newer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mail.peer import Peer
from tests.mail.test_send import NAME, book, books, enclosed, message_of, peer, running, sent, states
from xlkit.actions.check import FileCheck
from xlkit.actions.send import _topic
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
    peer: Peer, book: Path, mended: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who goes back to the older workbook sends it with a new seal, under the same Message-ID."""
    peer.script["RCPT", "firpo@to.test"] = ["451 greylisted"]
    (first,) = sent(capsys, "send", book, "--to", "firpo@to.test", code=1)["files"]
    with pytest.raises(SystemExit) as ended:
        main(["send", str(mended), "--to", "firpo@to.test"])
    assert ended.value.code == 0 and "прежнее письмо отозвано" in capsys.readouterr().out
    assert states(sent(capsys, "mail", "retry")) == ["withdrawn", "sent"], "and it is nobody's failure"
    with pytest.raises(SystemExit):
        main(["mail", "retry", first["message_id"]])
    assert "отозвано" in capsys.readouterr().err
    (again,) = sent(capsys, "send", book, "--to", "firpo@to.test")["files"]
    assert again["message_id"] == first["message_id"] and not again["already"]
    assert [enclosed(message_of(one.content))[NAME] for one in peer.accepted] == [
        mended.read_bytes(),
        book.read_bytes(),
    ]
    times = [json.loads(enclosed(message_of(one.content))[f"{NAME}.manifest.json"])["time"] for one in peer.accepted]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("changes", "same"),
    [({"cluster": "oпц – 100"}, True), ({"edition": "2024"}, True), ({"cluster": "ОПЦ-101"}, False),
     ({"form": "program_educational"}, False), ({"period": "2026, I квартал"}, False)],
)  # fmt: skip
def test_versions_have_cluster_form_and_period_in_common(changes: dict[str, str], same: bool) -> None:
    one = FileCheck("x", "valid", "program_center", "2026", "ОПЦ-100", ())
    assert (_topic(one) == _topic(replace(one, **changes))) == same  # type: ignore[arg-type]
    assert not _topic(replace(one, cluster=None)), "what does not say whose it is takes nobody's place"
