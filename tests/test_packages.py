"""Every workbook that xlkit writes is valid by the ECMA-376 schemas, and other programs may save it again."""

from __future__ import annotations

import io
import posixpath
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openpyxl.workbook import Workbook

from tests.filling import CENTER, EDUCATIONAL, fill_programme
from tests.office import converted
from tests.schemas import mistakes, needs_schemas, schema
from tests.zips import parts
from xlkit.actions.addin import build as build_addin
from xlkit.actions.check import check
from xlkit.actions.consolidate import consolidate
from xlkit.actions.recompute import recompute
from xlkit.actions.reconcile import reconcile
from xlkit.actions.template import issue_templates
from xlkit.demo.draft import Draft
from xlkit.demo.field import make_field, methodical_centres
from xlkit.report.differences import write_differences
from xlkit.report.lists.listing import report_book
from xlkit.report.svod.workbook import write_svod
from xlkit.templates.build import build_workbook
from xlkit.templates.registerbook import register_workbook

ISSUED = ("ОПЦ-16-2026-01", "ОК-63-2024-01", "ОПЦ-102", "ОК-106")
NASTY = '=1+1 <b>&amp;</b> "кавычки" ]]> _x0041_ @SUM(1) конец  '

# --- every kind of workbook that xlkit writes -------------------------------------------------------------


def build(draft: Draft, folder: Path, prefix: str = "") -> Path:
    path = folder / f"{prefix}{draft.cluster.id}.xlsx"
    path.write_bytes(build_workbook(draft.edition, draft.finish("")[0]))
    return path


def nasty(draft: Draft) -> Draft:
    """Texts that a spreadsheet or XML would take for something else."""
    draft.title["cluster_name"] = draft.title["base"] = NASTY
    for rows in draft.tables.values():
        rows[-1].name = NASTY
    draft.tables["plan"][-1].values["value", 0] = NASTY
    return draft


class Written:
    """All kinds of workbooks, written once for this module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.field = make_field(8)
        self.register = self.file("register", "register.xlsx")
        self.register.write_bytes(register_workbook(self.field.register(), {"umc": methodical_centres()}))
        self.kinds: dict[str, list[Path]] = {"register": [self.register]}
        self.kinds["demo"] = [build(draft, self.file("demo")) for draft in self.field.drafts]
        self.kinds["nasty"] = [build(nasty(draft), self.file("nasty"), "nasty-") for draft in make_field(2).drafts]
        self.kinds["templates"] = self.templates()
        self.kinds["recomputed"] = [
            Path(done.output)
            for kind in ("demo", "nasty")
            for done in recompute(self.kinds[kind], self.file(f"recomputed-{kind}")).files
            if done.output and done.changes
        ]
        self.kinds["addin"] = [build_addin(self.file("addin"))]
        self.kinds["macros"] = [
            Path(issue_templates(form, self.file("macros", f"{form}.xlsm"), macros=True)[0].path)
            for form in ("program_center", "program_educational")
        ]
        self.kinds["reports"] = [*self.reports("demo"), *self.reports("nasty")]

    def file(self, folder: str, name: str = "") -> Path:
        (self.folder / folder).mkdir(exist_ok=True)
        return self.folder / folder / name

    def templates(self) -> list[Path]:
        made = []
        for form in ("program_center", "program_educational"):
            for year in (None, 2031):
                made += issue_templates(form, self.file("templates", f"{form}-{year}.xlsx"), first_year=year)
            made += issue_templates(form, self.file(f"issued-{form}"), register=str(self.register), every=True)
        return [Path(one.path) for one in made if one.cluster is None or one.cluster in ISSUED]

    def reports(self, kind: str) -> Iterator[Path]:
        contents = {
            "svod": write_svod(consolidate(self.kinds[kind], str(self.register))),
            "differences": write_differences(reconcile(self.kinds[kind], str(self.register))),
        }
        for name, content in contents.items():
            path = self.file("reports", f"{name}-{kind}.xlsx")
            path.write_bytes(content)
            yield path


KINDS = ("register", "demo", "nasty", "templates", "recomputed", "macros", "addin", "reports")
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    made = Written(tmp_path_factory.mktemp("written"))
    assert tuple(sorted(made.kinds)) == tuple(sorted(KINDS)) and all(made.kinds.values())
    return made


# --- validity ---------------------------------------------------------------------------------------------


@needs_schemas
@EVERY_KIND
def test_parts_are_valid(written: Written, kind: str) -> None:
    assert [m for path in written.kinds[kind] for m in mistakes(path)] == []


@needs_schemas
def test_a_mistake_would_be_noticed(written: Written) -> None:
    """The schemas are strict about order: a sheet with its parts in disorder must not pass."""
    root = etree.fromstring(parts(written.register)["xl/worksheets/sheet1.xml"])
    root.append(root[0])
    assert not schema("sml.xsd").validate(root)


@EVERY_KIND
def test_package_hangs_together(written: Written, kind: str) -> None:
    """Every relationship leads to a part, and every part has a content type."""
    for path in written.kinds[kind]:
        contents = parts(path)
        types = etree.fromstring(contents["[Content_Types].xml"])
        named = {t.get("PartName") for t in types} | {f".{t.get('Extension')}" for t in types if t.get("Extension")}
        for name in contents:
            assert f"/{name}" in named or f".{name.rpartition('.')[2]}" in named, f"{path.name} {name}"
        for name in (n for n in contents if n.endswith(".rels")):
            folder = posixpath.dirname(posixpath.dirname(name))
            for one in etree.fromstring(contents[name]):
                target = posixpath.normpath(posixpath.join("/", folder, str(one.get("Target"))))[1:]
                assert one.get("TargetMode") == "External" or target in contents, f"{path.name} {name}: {target}"


OPENED = ("register", "nasty", "macros", "reports")
"""The add-in is no workbook to others, and the other kinds are opened and saved again below."""


@pytest.mark.parametrize("kind", OPENED)
def test_openpyxl_opens_all(written: Written, kind: str) -> None:
    for path in written.kinds[kind]:
        assert opened(path).sheetnames and opened(path).active is not None, path.name


@cache
def opened(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.mark.office
def test_libreoffice_opens_all(written: Written, tmp_path: Path) -> None:
    """And finds the same sheets in it."""
    sources = [path for kind in OPENED for path in written.kinds[kind]]
    for source, made in zip(sources, converted(sources, tmp_path / "office"), strict=True):
        assert sheet_names(made) == sheet_names(source)


def sheet_names(path: Path) -> list[str]:
    workbook = openpyxl.load_workbook(path, read_only=True)
    names = list(workbook.sheetnames)
    workbook.close()
    return names


@pytest.mark.parametrize("character", ["\x07", "\x0b", "\x1f", "\ufffe"])
@pytest.mark.parametrize("place", ["cluster_name", "name", "value"])
def test_characters_that_xml_forbids(place: str, character: str, tmp_path: Path) -> None:
    """Word's line break (U+000B) and the like come along when texts are pasted, and from databases."""
    draft = make_field(1).drafts[-1]
    text, row = f"Центр{character}отрасли", draft.tables["plan"][-1]
    if place == "name":
        row.name = text
    elif place == "value":
        row.values["value", 0] = text
    else:
        draft.title[place] = text
    path = build(draft, tmp_path)
    for name, content in parts(path).items():
        assert etree.fromstring(content) is not None, name
    assert check([path]).files[0].verdict != "refused"


def test_a_text_that_looks_like_rich_text_stays_what_it_is(tmp_path: Path) -> None:
    """XlsxWriter would copy it into the XML as it stands."""
    text = "<r><t>5 & 7</r>"
    draft = make_field(1).drafts[-1]
    draft.title["base"] = text
    stream = io.BytesIO()
    with report_book(stream, "Отчёт") as book:
        book.add("Лист").write_string(0, 0, text)
    (tmp_path / "report.xlsx").write_bytes(stream.getvalue())
    for path in (build(draft, tmp_path), tmp_path / "report.xlsx"):
        sheets = openpyxl.load_workbook(path).worksheets
        assert text in {cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row}


def test_nasty_texts_stay_texts(written: Written) -> None:
    """Nothing that somebody typed becomes a formula in our reports, and nothing of it is lost."""
    seen = Counter[str]()
    for path in written.kinds["reports"]:
        for row in (r for sheet in opened(path) for r in sheet.iter_rows()):
            for cell in row:
                if cell.data_type == "f":
                    assert "1+1" not in str(cell.value), f"{path.name} {cell.coordinate}"
                elif isinstance(cell.value, str) and cell.value.startswith("=1+1"):
                    seen[path.name] += 1
    assert seen["svod-nasty.xlsx"] and seen["differences-nasty.xlsx"]


# --- saved again ------------------------------------------------------------------------------------------

Key = tuple[str, str, str | None, str | None]


def by_openpyxl(sources: list[Path], folder: Path) -> list[Path]:
    folder.mkdir()
    for source in sources:
        workbook = openpyxl.load_workbook(source)
        workbook.save(folder / source.name)
        workbook.close()
    return [folder / source.name for source in sources]


def by_libreoffice(sources: list[Path], folder: Path) -> list[Path]:
    return converted(sources, folder)


@dataclass(frozen=True)
class Sources:
    """Workbooks of ours and what was found in each."""

    paths: list[Path]
    found: list[Counter[Key]]


@pytest.fixture(scope="module")
def sources(written: Written, tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """Faults of the demo; blank, issued and filled templates (whose headings are live formulas); recomputed copies.

    Of the demo the two real programmes and every other of the rest; all of a larger one are saved again below.
    """
    folder = tmp_path_factory.mktemp("sources")
    paths = [fill_programme(p, folder / f"{p.form}-filled.xlsx") for p in (CENTER, EDUCATIONAL)]
    chosen = [*written.kinds["demo"][:2], *written.kinds["demo"][3::2]]
    paths += [copied(path, folder) for path in (*chosen, *written.kinds["templates"], *written.kinds["recomputed"])]
    return Sources(paths, keys(paths))


def keys(paths: list[Path]) -> list[Counter[Key]]:
    return [
        Counter(
            (f.rule, f.severity.value, f.location.sheet, f.location.cell) for f in one.findings if f.rule != "S-115"
        )
        for one in check(paths).files
    ]


def expected_after(program: str, before: Counter[Key]) -> Counter[Key]:
    """The findings that must remain.

    openpyxl drops the cached value of every formula, so an error that a formula shows is a formula without a
    value; LibreOffice computes the formulas that had none.
    """
    after: Counter[Key] = Counter()
    for (rule, severity, sheet, cell), count in before.items():
        if program == "LibreOffice" and rule == "V-106":
            continue
        became = "V-106" if program == "openpyxl" and rule == "V-105" else rule
        after[became, severity, sheet, cell] += count
    return after


PROGRAMS: dict[str, Callable[[list[Path], Path], list[Path]]] = {
    "openpyxl": by_openpyxl,
    "LibreOffice": by_libreoffice,
}
EVERY_PROGRAM = pytest.mark.parametrize("program", ["openpyxl", pytest.param("LibreOffice", marks=pytest.mark.office)])


def same_findings(program: str, sources: Sources, folder: Path) -> int:
    """Compares finding by finding; returns how many there are."""
    after = keys(PROGRAMS[program](sources.paths, folder))
    for source, old, new in zip(sources.paths, sources.found, after, strict=True):
        assert new == expected_after(program, old), f"{program}: {source.name}"
    return sum(sum(old.values()) for old in sources.found)


@EVERY_PROGRAM
def test_saved_again_gives_the_same_findings(sources: Sources, program: str, tmp_path: Path) -> None:
    assert same_findings(program, sources, tmp_path / "again") > 40


def copied(path: Path, folder: Path) -> Path:
    """Under a name of its own: LibreOffice writes them all into one folder."""
    copy = folder / f"{path.parent.name}-{path.name}"
    copy.write_bytes(path.read_bytes())
    return copy


@pytest.mark.long
@EVERY_PROGRAM
def test_whole_demo_saved_again_gives_the_same_findings(program: str, tmp_path: Path) -> None:
    """Every kind of fault."""
    paths = [build(draft, tmp_path) for draft in make_field(60).drafts]
    assert same_findings(program, Sources(paths, keys(paths)), tmp_path / "again") > 100
