"""Macro files hold exactly our sources and xlwings' own, every button runs an action, and nothing else is in them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from oletools.olevba import VBA_Parser

from xlkit.actions.addin import build
from xlkit.actions.template import issue_templates
from xlkit.buttons import BUTTONS_MODULE, RIBBON_MODULE, buttons, our_module, ribbon_xml
from xlkit.excel.desk import ACTIONS
from xlkit.templates.macros import addin_xlwings_source, xlwings_folder

FORMS = ("program_center", "program_educational")
CALL = re.compile(r"""^    RunPython "import xlkit\.excel; xlkit\.excel\.run\('(\w+)'\)"$""")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The add-in and the template with macros of every form."""
    folder = tmp_path_factory.mktemp("macros")
    files = {"addin": build(folder)}
    for form in FORMS:
        files[form] = Path(issue_templates(form, folder / f"{form}.xlsm", macros=True)[0].path)
    return files


def sources(path: Path) -> dict[str, str]:
    """Module → source, as an independent reader finds it; document modules without code are left out."""
    parser = VBA_Parser(str(path))
    found = {}
    for _, _, name, code in parser.extract_macros():
        lines = [line for line in code.splitlines() if not line.startswith("Attribute ")]
        if "".join(lines).strip():
            found[name.rpartition(".")[0]] = "\n".join(lines)
    parser.close()
    return found


def bare(source: str) -> str:
    """A module's lines without the attributes and class header that VBA keeps apart."""
    lines = source.splitlines()
    if lines[0].startswith("VERSION"):
        lines = lines[lines.index("END") + 1 :]
    return "\n".join(line for line in lines if not line.startswith("Attribute "))


@pytest.mark.parametrize("name", ["addin", *FORMS])
def test_a_macro_file_holds_exactly_our_sources_and_xlwings(built: dict[str, Path], name: str) -> None:
    ours = RIBBON_MODULE if name == "addin" else BUTTONS_MODULE
    folder = xlwings_folder()
    xlwings = (
        addin_xlwings_source() if name == "addin" else (folder / "xlwings.bas").read_text("utf-8", errors="replace")
    )
    expected = {
        ours: our_module(ours),
        "xlwings": xlwings,
        "Dictionary": (folder / "addin" / "Dictionary.cls").read_text(encoding="utf-8"),
    }
    found = sources(built[name])
    assert found.keys() == expected.keys()
    for module, source in expected.items():
        assert found[module] == bare(source), module


def test_the_addin_changes_but_one_line_of_xlwings() -> None:
    given = (xlwings_folder() / "xlwings_custom_addin.bas").read_text(encoding="utf-8").splitlines()
    changed = [(a, b) for a, b in zip(given, addin_xlwings_source().splitlines(), strict=True) if a != b]
    assert changed == [
        ('Public Const PROJECT_NAME As String = "myaddin"', 'Public Const PROJECT_NAME As String = "xlwings"')
    ]


def subs(module: str) -> dict[str, str]:
    """Macro → the action that it runs; each Sub is one call and nothing else."""
    found: dict[str, str] = {}
    lines = our_module(module).splitlines()
    for number, line in enumerate(lines):
        if line.startswith("Public Sub "):
            call = CALL.match(lines[number + 1])
            assert call is not None and lines[number + 2] == "End Sub", line
            found[line.removeprefix("Public Sub ").partition("(")[0]] = call[1]
    code = [line for line in lines if line.strip() and not line.lstrip().startswith("'")]
    assert len(code) == 3 * len(found) + 2, "an attribute, Option Explicit, and three lines per Sub"
    return found


def test_every_button_has_its_macro_and_every_macro_its_action() -> None:
    assert subs(BUTTONS_MODULE) == {one.macro: one.action for one in buttons().values()}
    assert subs(RIBBON_MODULE) == {one.ribbon_macro: one.action for one in buttons().values()}
    assert {one.action for one in buttons().values()} == ACTIONS.keys()


@pytest.mark.parametrize("form", FORMS)
def test_every_button_in_a_sheet_calls_a_macro_that_is_there(built: dict[str, Path], form: str) -> None:
    called = []
    with zipfile.ZipFile(built[form]) as package:
        for part in package.namelist():
            if part.endswith(".vml"):
                called += re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", package.read(part).decode())
    assert set(called) == set(subs(BUTTONS_MODULE))
    assert len(called) > len(set(called))


def test_the_ribbon_is_in_the_addin_and_in_russian(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["addin"]) as package:
        assert package.read("customUI/customUI.xml") == ribbon_xml()
        relations = etree.fromstring(package.read("_rels/.rels"))
        types = package.read("[Content_Types].xml").decode()
    assert "customUI/customUI.xml" in [node.get("Target") for node in relations]
    assert "application/vnd.ms-excel.addin.macroEnabled.main+xml" in types
    root = etree.fromstring(ribbon_xml())
    assert root.tag == "{http://schemas.microsoft.com/office/2006/01/customui}customUI"
    for node in root.iter("{*}button"):
        for name in ("label", "screentip", "supertip"):
            assert re.search("[а-яё]", node.get(name, "")), (node.get("id"), name)
        assert len(node.get("screentip", "")) <= 60 and len(node.get("supertip", "")) <= 1024 and node.get("imageMso")
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: build(folder),
        lambda folder: Path(issue_templates("program_center", folder / "a.xlsm", macros=True)[0].path),
    ],
    ids=["addin", "template"],
)
def test_two_builds_give_the_same_bytes(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    (tmp_path / "b").mkdir()
    assert make(tmp_path).read_bytes() == make(tmp_path / "b").read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_a_template_with_macros_is_the_plain_one_with_buttons(
    built: dict[str, Path], form: str, tmp_path: Path
) -> None:
    plain = Path(issue_templates(form, tmp_path / "plain.xlsx")[0].path)
    with zipfile.ZipFile(plain) as a, zipfile.ZipFile(io.BytesIO(built[form].read_bytes())) as b:
        assert set(a.namelist()) <= set(b.namelist())
        for part in ("xl/sharedStrings.xml", "docProps/custom.xml"):
            assert a.read(part) == b.read(part)
