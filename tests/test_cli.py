"""The command line's contract: exit codes, one JSON document of a fixed shape, two languages, no tracebacks."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest

from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, address, draw
from xlkit import __version__
from xlkit.cli import cli, main
from xlkit.resources import rule_books_folder
from xlkit.texts import choose_language
from xlkit.values import ExcelError, Uncached

CYRILLIC = re.compile("[А-Яа-яЁё]")
ENGLISH_SENTENCE = re.compile(r"[A-Za-z]{2,}( [a-z]{2,}){2}")


@dataclass(frozen=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that is all of standard output."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def xlkit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The program in this process, in Russian unless the test says otherwise."""
    monkeypatch.delenv("XLKIT_LANG", raising=False)

    def run(*arguments: object) -> Ran:
        choose_language(None)
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        output = capsys.readouterr()
        return Ran(int(ended.value.code or 0), output.out, output.err)

    yield run
    choose_language(None)


def started(
    *arguments: object, environment: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own, its output as bytes."""
    command = [sys.executable, "-m", "xlkit", *(os.fsencode(str(one)) for one in arguments)]
    return subprocess.run(
        command, capture_output=True, timeout=60, check=False, env=os.environ | (environment or {}), **options
    )


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A clean workbook, one with a warning, one with errors."""
    folder = tmp_path_factory.mktemp("книги кластеров")
    return {
        "clean": draw(folder / "верно.xlsx"),
        "warned": draw(folder / "с предупреждением.xlsx", plan="|code|unit|\n|1.5.3||"),
        "broken": draw(
            folder / "с ошибками.xlsx", plan="|code|2026|\n|1.1.1|98 чел.|", indicators="|code|2026|\n|1|1161|"
        ),
        "educational": draw(folder / "образовательный.xlsx", EDUCATIONAL),
    }


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


# --- check --json -----------------------------------------------------------------------------------------

FILE_KEYS = ["file", "verdict", "form", "edition", "cluster", "findings"]
FINDING_KEYS = ["rule", "severity", "sheet", "cell", "message", "value", "expected", "hint"]
TOTAL_KEYS = ["files", "valid", "invalid", "refused", "errors", "warnings"]


def test_the_shape_of_check(xlkit: Run, books: dict[str, Path], tmp_path: Path) -> None:
    document = xlkit("check", *books.values(), tmp_path, "--json").document
    assert list(document) == ["files", "totals"]
    assert list(document["totals"]) == TOTAL_KEYS
    for one in document["files"]:
        assert list(one) == FILE_KEYS
        for finding in one["findings"]:
            assert list(finding) == FINDING_KEYS
            assert finding["severity"] in ("error", "warning", "info")
            assert re.fullmatch(r"[FSTVCR]-[0-9]{3}", finding["rule"])
            assert finding["cell"] is None or re.fullmatch(r"[A-Z]{1,3}[1-9][0-9]*", finding["cell"])
            assert CYRILLIC.search(finding["message"])
            assert finding["hint"] is None or CYRILLIC.search(finding["hint"])
    assert [one["verdict"] for one in document["files"]] == ["valid", "valid", "invalid", "valid", "refused"]
    assert [one["form"] for one in document["files"]] == [CENTER] * 3 + [EDUCATIONAL, None]
    assert [one["edition"] for one in document["files"]] == ["2026"] * 3 + ["2024", None]
    assert [one["cluster"] for one in document["files"]] == ["ОПЦ-001"] * 3 + ["ОК-001", None]
    assert document["totals"] == {"files": 5, "valid": 3, "invalid": 1, "refused": 1, "errors": 3, "warnings": 1}


def test_a_finding_says_value_and_expectation(xlkit: Run, books: dict[str, Path]) -> None:
    (one,) = xlkit("check", books["broken"], "--json").document["files"]
    by_rule = {finding["rule"]: finding for finding in one["findings"]}
    assert by_rule.keys() == {"V-102", "R-101"}
    text, relation = by_rule["V-102"], by_rule["R-101"]
    assert (text["sheet"], text["value"], text["expected"]) == ("План", "98 чел.", "98")
    assert f"{text['sheet']}!{text['cell']}" == address(CENTER, "plan 1.1.1 2026")
    assert (relation["value"], relation["expected"]) == (1161, 1160)
    assert f"{relation['sheet']}!{relation['cell']}" == address(CENTER, "indicators 1 2026")


def test_findings_stand_errors_first_then_by_place(xlkit: Run, tmp_path: Path) -> None:
    drawn = draw(
        tmp_path / "book.xlsx",
        title={"phone": None, "email": "нет"},
        plan="|code|unit|2026|2027|\n|1.1.1||a|b|\n|1.3.1|~|-1|~|",
    )
    (one,) = xlkit("check", drawn, "--json").document["files"]
    ranks = [["error", "warning", "info"].index(finding["severity"]) for finding in one["findings"]]
    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}
    errors = [finding["cell"] for finding in one["findings"] if finding["severity"] == "error"]
    places = ["plan 1.1.1 2026", "plan 1.1.1 2027", "plan 1.3.1 2026"]
    assert errors == [address(CENTER, place).partition("!")[2] for place in places]


def odd_arguments(folder: Path, clean: Path) -> list[tuple[Path, str, list[str]]]:
    """Arguments of every kind, with their verdicts and rules."""
    (folder / "папка.xlsx").mkdir()
    os.mkfifo(folder / "труба.xlsx")
    (folder / "~$книга.xlsx").write_bytes(b"\x00" * 165)
    (folder / "пустой.xlsx").touch()
    (folder / "ссылка.xlsx").symlink_to(clean)
    (folder / "текст.xlsx").write_text("1;2")
    return [
        (folder / "папка.xlsx", "refused", ["F-002"]),
        (clean, "valid", []),
        (folder / "труба.xlsx", "refused", ["F-002"]),
        (folder / "~$книга.xlsx", "refused", ["F-003"]),
        (folder / "нет такого.xlsx", "refused", ["F-001"]),
        (folder / "пустой.xlsx", "refused", ["F-004"]),
        (folder / "ссылка.xlsx", "valid", []),
        (folder / "текст.xlsx", "refused", ["F-021"]),
        (clean, "valid", []),
        (Path("/dev/null"), "refused", ["F-002"]),
    ]


def test_every_argument_has_one_entry_in_its_order(xlkit: Run, books: dict[str, Path], tmp_path: Path) -> None:
    expected = odd_arguments(tmp_path, books["clean"])
    ran = xlkit("check", *(path for path, _, _ in expected), "--json")
    seen = [(Path(f["file"]), f["verdict"], [one["rule"] for one in f["findings"]]) for f in ran.document["files"]]
    assert seen == expected
    assert ran.document["totals"] == {
        "files": len(expected), "valid": 3, "invalid": 0, "refused": 7, "errors": 7, "warnings": 0,
    }  # fmt: skip
    assert ran.code == 1
    assert ran.err == ""


def test_a_file_is_named_as_the_caller_named_it(
    xlkit: Run, books: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(books["clean"].parent)
    names = [books["clean"].name, f"./{books['clean'].name}", str(books["clean"])]
    assert [one["file"] for one in xlkit("check", *names, "--json").document["files"]] == names


def test_the_stage_may_be_overridden(xlkit: Run, tmp_path: Path) -> None:
    filled = draw(tmp_path / "filled.xlsx", actuals=CLEAN_ACTUALS)
    reported = draw(tmp_path / "reported.xlsx", title={"period": "2026, II квартал"})

    def rules(file: Path, *more: str) -> set[str]:
        (one,) = xlkit("check", file, "--json", *more).document["files"]
        return {finding["rule"] for finding in one["findings"]}

    assert rules(filled) == {"T-113"}
    assert rules(reported) == {"V-101"}
    assert rules(reported, "--stage", "plan") == set()
    # Asked for without a period, the actuals of the whole first year are judged: a cross stands in two quarters.
    assert rules(filled, "--stage", "actuals") == {"V-119"}


def test_a_file_name_that_is_no_utf_8_does_not_break_the_document(tmp_path: Path, books: dict[str, Path]) -> None:
    """Names out of an old zip archive are in cp866."""
    name = os.fsencode(tmp_path) + "/отчёт.xlsx".encode("cp866")
    Path(os.fsdecode(name)).write_bytes(books["clean"].read_bytes())
    for more in (["--json"], []):
        ran = started("check", os.fsdecode(name), str(books["clean"]), *more)
        assert b"Traceback" not in ran.stderr
        assert ran.returncode == 0
        if more:
            assert len(json.loads(ran.stdout)["files"]) == 2


# --- cells --json -----------------------------------------------------------------------------------------


def test_the_shape_of_cells(xlkit: Run, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Чужой лист"
    sheet["B2"], sheet["C2"], sheet["D2"], sheet["E2"] = 5, "текст", True, 1.5
    sheet["B4"] = "=1+1"
    sheet["A7"] = "#REF!"
    workbook.create_sheet("Скрытый").sheet_state = "hidden"
    workbook.create_sheet("Пустой")
    workbook.save(tmp_path / "чужая.xlsx")
    workbook.close()
    ran = xlkit("cells", tmp_path / "чужая.xlsx", "--json")
    assert ran.code == 0
    assert ran.document == {
        "file": str(tmp_path / "чужая.xlsx"),
        "verdict": "read",
        "refusal": None,
        "sheets": [
            {
                "name": "Чужой лист",
                "state": "visible",
                "cells": [
                    {"cell": "B2", "kind": "number", "value": 5},
                    {"cell": "C2", "kind": "text", "value": "текст"},
                    {"cell": "D2", "kind": "bool", "value": True},
                    {"cell": "E2", "kind": "number", "value": 1.5},
                    {"cell": "B4", "kind": "formula_without_value", "value": "1+1"},
                    {"cell": "A7", "kind": "error", "value": "#REF!"},
                ],
            },
            {"name": "Скрытый", "state": "hidden", "cells": []},
            {"name": "Пустой", "state": "visible", "cells": []},
        ],
    }


def test_cells_of_our_own_workbook(xlkit: Run, tmp_path: Path) -> None:
    put = {
        "plan 1.1.1 2026": (dt.date(2026, 4, 1), "date", "2026-04-01"),
        "plan 1.1.1 2027": (ExcelError("#DIV/0!"), "error", "#DIV/0!"),
        "plan 1.1.1 2028": (Uncached("F9+G9"), "formula_without_value", "F9+G9"),
        "plan 1.1.2 2026": (" 10 000 ", "text", " 10 000 "),
        "plan 1.1.2 2027": (False, "bool", False),
    }
    cells = {address(CENTER, place): content for place, (content, _, _) in put.items()}
    document = xlkit("cells", draw(tmp_path / "book.xlsx", cells=cells), "--json").document
    seen = {
        f"{sheet['name']}!{cell['cell']}": (cell["kind"], cell["value"])
        for sheet in document["sheets"]
        for cell in sheet["cells"]
    }
    for place, (_, kind, value) in put.items():
        told_kind, told_value = seen[address(CENTER, place)]
        assert (told_kind, str(told_value)[:10]) == (kind, str(value)[:10])
    assert [sheet["name"] for sheet in document["sheets"]] == [
        "Титул", "План", "Показатели", "Факт", "Контроль", "Замечания", "Утверждено", "Справка", "Списки",
    ]  # fmt: skip
    assert [sheet["state"] for sheet in document["sheets"]] == ["visible"] * 8 + ["hidden"]


def test_a_formula_in_a_text_is_told_as_its_writer_wrote_it(xlkit: Run, tmp_path: Path) -> None:
    """Other programs write Cyrillic as numeric character references; they are the same text."""
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active["A1"] = "='Титул'!B5&\"<й>\""
    workbook.save(tmp_path / "book.xlsx")
    workbook.close()
    ((cell,),) = [sheet["cells"] for sheet in xlkit("cells", tmp_path / "book.xlsx", "--json").document["sheets"]]
    assert cell["value"] == "'Титул'!B5&\"<й>\""


def test_a_refused_file_in_cells(xlkit: Run, tmp_path: Path) -> None:
    ran = xlkit("cells", tmp_path, "--json")
    assert (ran.code, ran.document["verdict"], ran.document["sheets"]) == (1, "refused", [])
    assert list(ran.document) == ["file", "verdict", "refusal", "sheets"]
    assert ran.document["refusal"]["rule"] == "F-002"


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
