"""The README shows what the program really prints; ``XLKIT_UPDATE=1`` writes it anew."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.filling import blank_template
from xlkit.actions.rules import rule_book_schema
from xlkit.cli import cli
from xlkit.demo.draft import Draft
from xlkit.demo.real import real_drafts
from xlkit.report.json import dump
from xlkit.rules.edition import list_editions
from xlkit.templates.build import build_workbook

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


def agrees(marker: str, expected: str) -> None:
    """The fenced block after a marker is ``expected`` (or becomes it)."""
    text = README.read_text(encoding="utf-8")
    block = re.search(rf"(<!-- {re.escape(marker)} -->\n```[a-z]*\n)(.*?)(\n```)", text, re.DOTALL)
    assert block is not None, f"the README has no block {marker}"
    if os.environ.get("XLKIT_UPDATE"):
        README.write_text(text[: block.start(2)] + expected + text[block.end(2) :], encoding="utf-8")
        return
    assert block[2] == expected


def run(arguments: Sequence[str]) -> str:
    return CliRunner().invoke(cli, list(arguments), prog_name="xlkit", standalone_mode=False).output.rstrip()


def test_transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft: Draft = real_drafts()[0]
    path = Path("demo/workbooks") / f"{draft.cluster.id}.xlsx"
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    monkeypatch.chdir(tmp_path)
    agrees("transcript: check", f"$ xlkit check {path}\n{run(['check', str(path)])}")


def test_commands() -> None:
    """Every command that is ready stands in the README with its help."""
    assert isinstance(cli, click.Group)
    lines = []
    for name, command in sorted(cli.commands.items()):
        if not command.hidden:
            lines.append(f"xlkit {name:12} {command.get_short_help_str(200)}")
    agrees("help", "\n".join(lines))


def test_two_commands() -> None:
    """One line each, in a fenced block right after their marks."""
    text = README.read_text(encoding="utf-8")
    for mark in ("demo", "test"):
        block = re.search(rf"<!-- run: {mark} -->\n```sh\n(.*?)\n```", text, re.DOTALL)
        assert block is not None
        assert "\n" not in block[1]


def test_shipped_schema_is_current() -> None:
    shipped = (ROOT / "validation" / "rulebook.schema.json").read_text(encoding="utf-8")
    assert shipped.rstrip() == dump(rule_book_schema())


@pytest.mark.parametrize("book", list_editions(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_shipped_templates_are_current(book: Path) -> None:
    """A stale template in workbooks/ is rebuilt by ``xlkit template FORM --edition E -o workbooks/…``."""
    import io
    import zipfile

    def parts(content: bytes) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return {name: package.read(name) for name in package.namelist()}

    shipped = (ROOT / "workbooks" / f"{book.parent.name}-{book.stem}.xlsx").read_bytes()
    built = blank_template(book.parent.name, book.stem)
    assert parts(shipped) == parts(built)
    assert blank_template(book.parent.name, book.stem) == built, "two builds differ in their bytes"
