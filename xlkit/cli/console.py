"""What the commands print: documents and lines to standard output, messages and progress to standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xlkit.errors import EXIT_FINDINGS, EXIT_OK
from xlkit.texts import Text, visible

if TYPE_CHECKING:
    from xlkit.actions.addin import Step
    from xlkit.rules.registered import Register


_OURS = f"\x1b{os.urandom(8).hex()}"
"""How our own colours begin until they are shown: what a file holds cannot begin so."""


def show(output: Any) -> None:
    """A JSON document, or lines of text, to standard output. Of the lines only our own colours steer a terminal."""
    from xlkit.report.json import dump

    try:
        if isinstance(output, dict):
            click.echo(dump(output).encode())  # JSON is UTF-8, whatever the terminal's encoding
            return
        for line in output:
            click.echo("\x1b".join(map(_without_tricks, str(line).split(_OURS))))
    except BrokenPipeError:
        # The reader of our output (such as `head`) has gone; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _without_tricks(text: str) -> str:
    """A line with its tabs, which are ours, and without other control characters, which are some file's."""
    return "\t".join(map(visible, text.split("\t")))


def say(*lines: object) -> None:
    """Messages to standard error, a line each."""
    for line in lines:
        click.echo(visible(line), err=True)


def write(output: str, content: bytes) -> None:
    """A file replaced as a whole, or (``-``) bytes to standard output."""
    if output == "-":
        sys.stdout.buffer.write(content)
        return
    from xlkit.safefile import write_file

    write_file(Path(output), content)
    say(output)


def named_register(source: str | None) -> Register | None:
    """Read the register that ``--register`` names; what of it cannot be used goes to standard error."""
    if source is None:
        return None
    from xlkit.register import read_register

    register = read_register(source)
    for note in register.notes:
        say(note)
    return register


def show_steps(steps: Sequence[Step]) -> int:
    """A line per place; what is not good gives the exit code of findings. No step: there was nothing to remove."""
    nothing = Text("Не установлено: убирать нечего", "Not installed: nothing to remove")
    show([f"{step.place}: {step.said}" for step in steps] or [str(nothing)])
    return EXIT_OK if all(step.good for step in steps) else EXIT_FINDINGS


def paint(text: str, colour: str) -> str:
    return click.style(visible(text), fg=colour).replace("\x1b", _OURS)


class progress:  # noqa: N801 - used like a function
    """A progress bar on a terminal's standard error, nothing elsewhere."""

    def __init__(self, length: int) -> None:
        self._bar: Any = None
        if sys.stderr.isatty() and length > 1:
            self._bar = click.progressbar(length=length, file=sys.stderr)

    def __enter__(self) -> Any:
        if self._bar is None:
            return None
        self._bar.__enter__()
        return lambda _: self._bar.update(1)

    def wait(self, seconds: float, why: Text) -> None:
        """Sleep, and say on a terminal what is being waited for."""
        if self._bar is not None:
            self._label(f"{why} ")
        elif sys.stderr.isatty():
            say(why)
        time.sleep(seconds)
        if self._bar is not None:
            self._label("")

    def _label(self, text: str) -> None:
        self._bar.label = text
        self._bar.render_progress()

    def __exit__(self, *details: Any) -> None:
        if self._bar is not None:
            self._bar.__exit__(*details)
