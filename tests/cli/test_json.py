"""The command line's JSON: one document of a fixed shape, whatever the arguments and the language."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from pathlib import Path

import openpyxl
import pytest

from tests.cli.commandline import CYRILLIC, Run, odd_arguments, started
from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, address, draw
from xlkit.values import ExcelError, Uncached

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
