"""The command line's contract: exit codes, two languages, no tracebacks, on any standard output."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.commandline import CYRILLIC, Run, odd_arguments, started
from tests.draw import CENTER, address, draw
from xlkit import __version__
from xlkit.cli import cli, main
from xlkit.resources import rule_books_folder

ENGLISH_SENTENCE = re.compile(r"[A-Za-z]{2,}( [a-z]{2,}){2}")


# --- exit codes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names, code",
    [(["clean"], 0), (["warned"], 0), (["broken"], 1), (["clean", "broken"], 1), (["clean", "educational"], 0)],
)
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_check_exits_by_its_verdicts(
    xlkit: Run, books: dict[str, Path], names: list[str], code: int, more: list[str]
) -> None:
    assert xlkit("check", *(books[name] for name in names), *more).code == code


@pytest.mark.parametrize("command", ["check", "cells"])
def test_a_refused_file_exits_with_1(xlkit: Run, tmp_path: Path, command: str) -> None:
    ran = xlkit(command, tmp_path / "нет.xlsx")
    assert ran.code == 1
    assert "F-001" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["cells"],
        ["cells", "a.xlsx", "b.xlsx"],
        ["bogus"],
        ["--bogus"],
        ["check", "--bogus", "a.xlsx"],
        ["check", "--stage", "someday", "a.xlsx"],
        ["check", "--stage"],
        ["--lang", "de", "check", "a.xlsx"],
        ["check", "--json=yes", "a.xlsx"],
        ["template"],
        ["template", "program_moon", "-o", "-"],
        ["template", "program_center", "-o", ""],
        ["template", "program_center", "--all", "-o", "-"],
        ["recompute", "a.xlsx", "-o", "-"],
        ["reconcile", "a.xlsx", "--json", "-o", "-"],
        ["consolidate", "a.xlsx", "--register", "r.xlsx", "-o", "s.xlsx", "--jobs", "0"],
        ["consolidate", "a.xlsx", "--register", "", "-o", "s.xlsx"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_usage_error_exits_with_2_and_says_why_in_the_users_language(
    xlkit: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], language: str
) -> None:
    monkeypatch.setenv("XLKIT_LANG", language)
    ran = xlkit(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    sentence = ran.err.split("\n")[0]
    assert bool(CYRILLIC.search(sentence)) == (language == "ru"), sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ["--lang", "en", "check"],
        ["check", "--lang", "en"],
        ["--lang", "en", "bogus"],
        ["--lang", "en", "check", "--bogus", "a.xlsx"],
        ["check", "--lang", "en", "--bogus", "a.xlsx"],
        ["check", "--bogus", "a.xlsx", "--lang=en"],
    ],
    ids=" ".join,
)
def test_a_usage_error_follows_the_option_lang_wherever_it_stands(xlkit: Run, arguments: list[str]) -> None:
    ran = xlkit(*arguments)
    assert ran.code == 2
    assert not CYRILLIC.search(ran.err), ran.err


def test_a_russian_usage_error_is_wholly_russian(xlkit: Run) -> None:
    ran = xlkit("check", "--stage", "someday", "a.xlsx")
    assert "plan" in ran.err and "actuals" in ran.err  # what is allowed
    assert not ENGLISH_SENTENCE.search(ran.err), ran.err


def test_a_wrong_option_suggests_the_right_one(xlkit: Run) -> None:
    assert "--json" in xlkit("check", "--jsn", "a.xlsx").err


def test_without_a_command_it_shows_the_help_and_exits_with_2(xlkit: Run) -> None:
    ran = xlkit()
    assert ran.code == 2
    assert "check" in ran.out + ran.err


def test_an_interruption_exits_with_130(xlkit: Run, monkeypatch: pytest.MonkeyPatch, books: dict[str, Path]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xlkit.actions.check.check", interrupted)
    ran = xlkit("check", books["clean"])
    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "Прервано")


# What runs in the background of a shell ignores Ctrl-C, and so do its children: as on a terminal, it is heeded here.
_HEEDS_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from xlkit.cli import main
print('up', flush=True)
main()
"""


def test_ctrl_c_ends_a_real_process_with_130(books: dict[str, Path]) -> None:
    files = [str(books["clean"])] * 400
    process = subprocess.Popen(
        [sys.executable, "-c", _HEEDS_CTRL_C, "check", *files],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.5)  # 400 files take several times as long
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_bug_keeps_its_traceback(xlkit: Run, monkeypatch: pytest.MonkeyPatch, books: dict[str, Path]) -> None:
    def buggy(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("xlkit.actions.check.check", buggy)
    with pytest.raises(ZeroDivisionError):
        main(["check", str(books["clean"])])


def test_a_reader_that_stops_early_is_no_error(books: dict[str, Path]) -> None:
    """``xlkit cells book.xlsx | head -1``"""
    process = subprocess.Popen(
        [sys.executable, "-m", "xlkit", "cells", str(books["clean"])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), err) == (0, b"")


# --- languages and text -----------------------------------------------------------------------------------


def said(document: Any) -> list[str]:
    return [finding["message"] for one in document["files"] for finding in one["findings"]]


@pytest.mark.parametrize(
    "arguments, environment, language",
    [
        (["check", "--json"], None, "ru"),
        (["--lang", "en", "check", "--json"], None, "en"),
        (["check", "--lang", "en", "--json"], None, "en"),
        (["check", "--json"], "en", "en"),
        (["check", "--json"], "de", "ru"),
        (["--lang", "ru", "check", "--json"], "en", "ru"),
        (["--lang", "ru", "check", "--lang", "en", "--json"], None, "en"),
    ],
    ids=str,
)
def test_the_language_of_messages(
    xlkit: Run,
    monkeypatch: pytest.MonkeyPatch,
    books: dict[str, Path],
    arguments: list[str],
    environment: str | None,
    language: str,
) -> None:
    if environment:
        monkeypatch.setenv("XLKIT_LANG", environment)
    messages = said(xlkit(*arguments, books["broken"]).document)
    words = {"ru": "Вместо числа стоит текст", "en": "Text where a number belongs"}
    assert any(message.startswith(words[language]) for message in messages)


def test_keys_and_rules_do_not_change_with_the_language(xlkit: Run, books: dict[str, Path]) -> None:
    russian, english = (xlkit("--lang", name, "check", *books.values(), "--json").document for name in ("ru", "en"))
    assert said(russian) != said(english)
    for document in (russian, english):
        for one in document["files"]:
            for finding in one["findings"]:
                finding["message"] = finding["hint"] = ""
    assert russian == english


def test_text_names_file_rule_and_place(xlkit: Run, books: dict[str, Path]) -> None:
    ran = xlkit("check", books["broken"], books["clean"])
    for word in (str(books["broken"]), "есть ошибки", "ошибка V-102", address(CENTER, "plan 1.1.1 2026"), "верно"):
        assert word in ran.out
    assert ran.err == ""
    assert "\x1b" not in ran.out  # colours are for terminals


def test_english_text_is_english(xlkit: Run, books: dict[str, Path]) -> None:
    lines = xlkit("--lang", "en", "check", books["broken"]).out.split("\n")
    assert any("error V-102" in line for line in lines)
    assert lines[-2].startswith("files 1: valid 0, invalid 1, refused 0; errors 2, warnings 0")


def test_many_like_findings_are_told_once(xlkit: Run, tmp_path: Path) -> None:
    drawn = draw(tmp_path / "book.xlsx", plan="|code|2026|2027|2028|\n|1.1.1|a|b|c|\n|1.3.1|d|e|f|\n|1.5.1|g|h|i|")
    out = xlkit("check", drawn).out
    assert out.count("V-102") == 1
    assert "9 ячеек" in out
    assert "и ещё 1" in out


def test_infos_are_shown_on_demand(xlkit: Run, tmp_path: Path) -> None:
    drawn = draw(tmp_path / "book.xlsx", title={"phone": None})
    assert "T-108" not in xlkit("check", drawn).out
    assert "T-108" in xlkit("check", "--all", drawn).out


def every_command(group: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from every_command(command, (*path, name))


COMMANDS = sorted(every_command())


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "xlkit")
def test_every_command_has_a_help_in_both_languages(xlkit: Run, path: Sequence[str]) -> None:
    russian, english = xlkit(*path, "--help"), xlkit(*path, "--lang", "en", "--help")
    assert (russian.code, english.code) == (0, 0)
    assert CYRILLIC.search(russian.out)
    assert not CYRILLIC.search(english.out), english.out
    _, _, below_usage = russian.out.partition("\n")
    assert not ENGLISH_SENTENCE.search(below_usage), below_usage


@pytest.mark.parametrize(
    ("names", "code", "ru", "en"),
    [
        (["нет.yml"], 2, "такого файла или папки нет", "there is no such file or folder"),
        (["."], 2, "это папка", "this is a folder"),
        (
            ["units.csv"],
            2,
            "таблица CSV проверяется вместе с книгой правил",
            "a CSV table is checked with its rule book",
        ),
        (["нет.yml", "2026.yml"], 1, "2026.yml: верно", "2026.yml: right"),
        (["2026.yml"], 0, "2026.yml: верно", "2026.yml: right"),
    ],
)
def test_rules_check_of_what_is_no_rule_book(
    xlkit: Run, monkeypatch: pytest.MonkeyPatch, names: list[str], code: int, ru: str, en: str
) -> None:
    monkeypatch.chdir(rule_books_folder() / CENTER)
    russian, english = xlkit("rules", "check", *names), xlkit("rules", "check", "--lang", "en", *names)
    assert (russian.code, english.code) == (code, code)
    assert ru in russian.out and en in english.out


def test_the_package_runs_as_a_module() -> None:
    """The kit for Windows starts it so: no script of that name need be on the path."""
    said = subprocess.run([sys.executable, "-m", "xlkit", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"xlkit {__version__}\n"


def test_the_version(xlkit: Run) -> None:
    ran = xlkit("--version")
    assert (ran.code, ran.err) == (0, "")
    assert __version__ in ran.out


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_output_survives_the_encoding_of_a_pipe(books: dict[str, Path], more: list[str]) -> None:
    """Redirected on a Russian Windows, standard output is cp1251, which lacks «→» and «≠»."""
    ran = started("check", books["broken"], *more, environment={"PYTHONIOENCODING": "cp1251", "PYTHONUTF8": "0"})
    assert b"Traceback" not in ran.stderr
    assert ran.returncode == 1
    if more:
        assert json.loads(ran.stdout)["totals"]["errors"] == 2
    else:
        assert b"V-102" in ran.stdout


def test_nothing_but_the_document_goes_to_standard_output(books: dict[str, Path], tmp_path: Path) -> None:
    expected = odd_arguments(tmp_path, books["clean"])
    ran = started("check", "--json", *(path for path, _, _ in expected))
    assert ran.returncode == 1
    assert len(json.loads(ran.stdout)["files"]) == len(expected)
    assert ran.stderr == b""
