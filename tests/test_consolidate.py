"""Consolidate: every file ends in one standing, and what enters the sums can be added up by hand."""

from __future__ import annotations

import errno
import math
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.draw import CENTER, CLEAN_ACTUALS, EDUCATIONAL, SECOND_QUARTER, resaved
from tests.submissions import CENTRAL, VOLGA, amount, book, cluster, register
from xlkit.actions.consolidate import ConsolidateResult, consolidate
from xlkit.actions.inputs import find_inputs
from xlkit.consolidate import ALL, DIMENSIONS, DISTRICT, INDUSTRY, REGION, UNSTATED, Standing, Total
from xlkit.demo.draft import approved_figures
from xlkit.demo.made import made_clusters, made_draft
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.report.svod.workbook import write_svod
from xlkit.rules.period import Period
from xlkit.rules.registered import Cluster, Deadline, Register
from xlkit.templates.build import build_workbook

YEARS = (2026, 2027, 2028)


def standings(result: ConsolidateResult) -> list[tuple[str, str, str]]:
    """(cluster, file name, standing) of every line."""
    return [(i.passport.id, Path(i.file).name if i.file else "", i.standing.value) for i in result.intake]


# --- one field with everything in it ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean ones, one with errors, two versions, a repeat, broken, unknown and mistaken ones, a quarter's report."""
    folder = tmp_path_factory.mktemp("field")
    book(folder, "ОПЦ-001")
    book(folder, "ОПЦ-001", "ОПЦ-001 факт.xlsx", title={"period": SECOND_QUARTER}, actuals=CLEAN_ACTUALS)
    book(
        folder, "ОПЦ-002",
        plan="| code | 2026 | name |\n| 1.3.1 | 9 | Своё мероприятие кластера о другом |",
        indicators="| code | 2026 | 2027 | unit |\n| 5 | 98 чел. | - | ~ |\n| 2 | ~ | ~ | тыс. руб. |",
    )  # fmt: skip
    book(folder, "ОПЦ-003")
    book(folder, "ОПЦ-003", "ОПЦ-003 исправленная.xlsx", plan="| code | 2026 |\n| 6.1.2 | 777 |")
    resaved(book(folder, "опц — 004", "ОПЦ-004.xlsx"))
    book(folder, "ОК-001", form=EDUCATIONAL)
    book(folder, "ОК-002")
    book(folder, "ОПЦ-999")
    book(folder, "", "без номера.xlsx")
    (folder / "вложенная").mkdir()
    (folder / "вложенная" / "сломанная.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (folder / "~$ОПЦ-001.xlsx").write_bytes(b"lock")
    (folder / "письмо.docx").write_bytes(b"no workbook")
    return folder


FIELD = register(
    cluster("ОПЦ-001"),
    cluster("ОПЦ-002", "Металлургия"),
    cluster("ОПЦ-003"),
    cluster("ОПЦ-004", region="Республика Татарстан"),
    cluster("ОПЦ-005", "Металлургия"),
    cluster("ОК-001", "Педагогика"),
    cluster("ОК-002", "Педагогика"),
)


@pytest.fixture(scope="module")
def result(field: Path) -> ConsolidateResult:
    return consolidate([field], FIELD)


def test_every_file_and_every_expected_submission_ends_in_one_standing(result: ConsolidateResult) -> None:
    assert sorted(standings(result)) == sorted(
        [
            ("ОПЦ-001", "ОПЦ-001.xlsx", "accepted"),
            ("ОПЦ-001", "ОПЦ-001 факт.xlsx", "accepted"),
            ("ОПЦ-002", "ОПЦ-002.xlsx", "with_findings"),
            ("ОПЦ-003", "ОПЦ-003.xlsx", "submitted_twice"),
            ("ОПЦ-003", "ОПЦ-003 исправленная.xlsx", "submitted_twice"),
            ("ОПЦ-004", "resaved-ОПЦ-004.xlsx", "accepted"),
            ("ОПЦ-004", "ОПЦ-004.xlsx", "repeat"),
            ("ОПЦ-005", "", "not_submitted"),
            ("ОК-001", "ОК-001.xlsx", "accepted"),
            ("ОК-002", "", "not_submitted"),
            ("ОК-002", "ОК-002.xlsx", "refused"),
            ("ОПЦ-999", "ОПЦ-999.xlsx", "refused"),
            ("", "без номера.xlsx", "refused"),
            ("", "сломанная.xlsx", "refused"),
        ]
    )
    assert Counter(i.file for i in result.intake if i.file) == Counter(result.files)


def test_headline_figures_add_up(result: ConsolidateResult) -> None:
    counts = result.counts
    of_submissions = ("accepted", "with_findings", "submitted_twice", "not_submitted")
    assert [counts[name] for name in of_submissions] == [3, 1, 1, 2]
    assert counts["expected"] == sum(counts[name] for name in of_submissions) == 7
    assert (counts["files"], counts["refused"], counts["repeat"], counts["unexpected"]) == (12, 4, 1, 1)
    assert result.exit_code == EXIT_FINDINGS


def test_every_total_counts_every_cluster_once(result: ConsolidateResult) -> None:
    """The groups of a dimension add up to the whole: sums, and every count."""
    wholes: dict[tuple[object, ...], Total] = {}
    parts: dict[tuple[object, ...], list[Total]] = defaultdict(list)
    for total in result.totals:
        row = total.form, total.table, total.key, total.year, total.quarter
        if total.dimension == ALL:
            wholes[row] = total
        else:
            parts[*row, total.dimension].append(total)
    assert len(parts) == 3 * len(wholes) > 0
    names = ("numbers", "dashes", "yes", "blank", "doubtful", "other", "absent")
    for (*row, _), groups in parts.items():
        whole = wholes[tuple(row)]
        assert [sum(getattr(g, n) for g in groups) for n in names] == [getattr(whole, n) for n in names]
        assert math.fsum(g.amount or 0 for g in groups) == pytest.approx(whole.amount or 0)
        assert min(getattr(whole, n) for n in names) >= 0


@cache
def shown(file: Path, sheet: str) -> list[tuple[Any, ...]]:
    """The values of a sheet as openpyxl reads them."""
    return list(openpyxl.load_workbook(file, data_only=True)[sheet].iter_rows(values_only=True))


def column_sums(files: Sequence[Path], sheet: str, caption: str) -> dict[str, float]:
    """What openpyxl finds under a caption, by code: true numbers only."""
    sums: dict[str, float] = defaultdict(float)
    for file in files:
        rows = shown(file, sheet)
        header = next(row for row in rows if "№ п/п" in row)
        code, value = header.index("№ п/п"), header.index(caption)
        for row in rows[rows.index(header) + 1 :]:
            if row[code] and isinstance(row[value], (int, float)):
                sums[str(row[code]).rstrip(".")] += row[value]
    return sums


@pytest.mark.parametrize(
    ("dimension", "group", "names"),
    [
        (ALL, "", ["ОПЦ-001", "ОПЦ-002", "ОПЦ-004"]),
        (INDUSTRY, "Машиностроение", ["ОПЦ-001", "ОПЦ-004"]),
        (INDUSTRY, "Металлургия", ["ОПЦ-002"]),
        (DISTRICT, CENTRAL, ["ОПЦ-001", "ОПЦ-002"]),
        (DISTRICT, VOLGA, ["ОПЦ-004"]),
        (REGION, "Республика Татарстан", ["ОПЦ-004"]),
    ],
)
def test_sums_equal_what_another_reader_adds_up(
    result: ConsolidateResult, field: Path, dimension: str, group: str, names: list[str]
) -> None:
    files = [field / f"{name}.xlsx" for name in names]
    for year in YEARS:
        sums = column_sums(files, "Показатели", f"на 31.12.{year}")
        for key in "134567":
            total = amount(result, key, year, dimension=dimension, group=group)
            assert (total.amount or 0) == sums[key], (key, year)
        plan = column_sums(files, "План", str(year))
        for key in ("1.1.3", "1.6.1", "2.4.1", "3.1", "6.1.2"):
            total = amount(result, key, year, table="plan", dimension=dimension, group=group)
            assert (total.amount or 0) == plan[key], (key, year)


def test_what_is_doubtful_or_in_another_unit_is_counted_and_not_added(result: ConsolidateResult) -> None:
    five = amount(result, "5")
    assert (five.amount, five.numbers, five.doubtful, five.missing) == (2 * 98, 2, 1, 1)
    assert amount(result, "5", 2027).dashes == 1
    two = amount(result, "2")
    assert (two.amount, two.numbers, two.other) == (2 * 23, 2, 1)
    own = amount(result, "1.3.1", table="plan")
    assert (own.amount, own.numbers, own.absent) == (2, 2, 1), "the cluster's own measure is another one"


def test_shares_and_states_are_not_added(result: ConsolidateResult) -> None:
    share = amount(result, "5.4.1", 2028, table="plan")
    assert (share.amount, share.numbers) == (None, 3)
    said = amount(result, "1.1.2", 2024, form=EDUCATIONAL, table="plan")
    assert (said.amount, said.yes, said.clusters) == (None, 1, 1)


def test_a_plan_counts_once_although_a_quarter_came_too(result: ConsolidateResult) -> None:
    assert amount(result, "1", dimension=INDUSTRY, group="Машиностроение").numbers == 2
    fact = amount(result, "1", table="actuals", quarter=2)
    assert (fact.amount, fact.planned, fact.clusters) == (660, 1160, 1)
    assert amount(result, "5", table="actuals", quarter=2).amount == 98, "a state: the last value, no sum"


def test_a_quarter_alone_speaks_for_the_plan_but_not_where_plans_contradict(tmp_path: Path) -> None:
    report = {"title": {"period": SECOND_QUARTER}, "actuals": CLEAN_ACTUALS}
    book(tmp_path, "ОПЦ-001", "факт.xlsx", **report)
    known = register(cluster("ОПЦ-001"))
    assert amount(consolidate([tmp_path], known), "1").amount == 1160
    book(tmp_path, "ОПЦ-001", "план 1.xlsx")
    book(tmp_path, "ОПЦ-001", "план 2.xlsx", indicators="| code | 2026 |\n| 5 | 99 |")
    disputed = consolidate([tmp_path], known)
    assert not [t for t in disputed.totals if t.table == "indicators"]
    assert amount(disputed, "1", table="actuals", quarter=2).amount == 660


# --- which files ------------------------------------------------------------------------------------------


def test_folders_give_workbooks_in_order_and_each_once(field: Path) -> None:
    found = find_inputs([field / "ОПЦ-003.xlsx", field, field / "ОПЦ-003.xlsx"])
    names = [Path(file).name for file in found.files]
    assert names[0] == "ОПЦ-003.xlsx"
    assert len(names) == len(set(names)) == 12
    assert names.index("ОПЦ-001.xlsx") < names.index("ОПЦ-001 факт.xlsx"), "the original before its copies"
    assert not {"~$ОПЦ-001.xlsx", "письмо.docx"} & set(names)
    assert field / "ОПЦ-004.xlsx" not in map(Path, find_inputs([field], register=str(field / "ОПЦ-004.xlsx")).files)


def test_files_of_a_folder_that_are_no_workbooks_are_told(result: ConsolidateResult, tmp_path: Path) -> None:
    said = " ".join(note.ru for note in result.notes)
    assert "письмо.docx" in said and "~$ОПЦ-001.xlsx" in said
    book(tmp_path, "ОПЦ-001")
    for name in ("старая.xls", "таблица.ODS", "выгрузка.csv"):
        (tmp_path / name).write_bytes(b"whatever")
    (tmp_path / ".скрытый").write_bytes(b"x")
    again = consolidate([tmp_path], FIELD)
    refused = {Path(line.file or "").name for line in again.intake if line.standing is Standing.REFUSED}
    assert refused == {"старая.xls", "таблица.ODS", "выгрузка.csv"}
    assert not any("скрытый" in note.ru for note in again.notes)


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its workbooks would be missing from the свод without a word."""
    closed = tmp_path / "in" / "closed"
    closed.mkdir(parents=True)
    book(tmp_path / "in", "ОПЦ-1")
    scandir = os.scandir

    def denied(path: str) -> Any:
        if Path(path) == closed:
            raise PermissionError(errno.EACCES, "denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(XlkitError, match="closed не читается: нет доступа"):
        find_inputs([tmp_path / "in"])


def test_a_lock_file_or_missing_file_that_is_named_is_refused(field: Path, tmp_path: Path) -> None:
    named = [field / "~$ОПЦ-001.xlsx", tmp_path / "нет такой.xlsx", field / "письмо.docx"]
    result = consolidate(named, FIELD)
    assert [i.standing for i in result.intake if i.file] == [Standing.REFUSED] * 3
    assert all(i.note for i in result.intake if i.file)


def test_the_svod_may_replace_an_earlier_one_but_no_workbook(tmp_path: Path) -> None:
    ours = book(tmp_path, "ОПЦ-001")
    known, svod = register(cluster("ОПЦ-001")), tmp_path / "svod.xlsx"
    result = consolidate([tmp_path], known, output=svod)
    svod.write_bytes(write_svod(result))
    assert consolidate([tmp_path], known, output=svod).files == result.files == (str(ours),)
    for output in (ours, tmp_path / "." / ours.name):
        with pytest.raises(XlkitError, match="исходных книг"):
            consolidate([tmp_path], known, output=output)
        with pytest.raises(XlkitError, match="исходных книг"):
            consolidate([ours], known, output=output)
    with pytest.raises(XlkitError, match="исходных книг"):
        find_inputs([ours], register=str(tmp_path / "register.xlsx"), output=tmp_path / "register.xlsx")


@pytest.mark.parametrize("names", [["пришедшые"], ["нет.xlsx"], ["пришедшые", "ОПЦ-001.xlsx"], ["нет.xlsx", "нет.ods"]])
def test_a_slip_in_a_name_is_told_and_replaces_nothing(tmp_path: Path, names: list[str]) -> None:
    book(tmp_path, "ОПЦ-001")
    with pytest.raises(XlkitError, match=f"Нет такой папки или книги: .*{names[0]}") as raised:
        find_inputs([tmp_path / name for name in names], register="реестр.xlsx")
    assert raised.value.exit_code == 2


def test_no_file_of_another_kind_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    ours, letter, empty = book(tmp_path / "in", "ОПЦ-001"), tmp_path / "письмо.txt", tmp_path / "пустой.tmp"
    letter.write_text("важное")
    empty.touch()
    with pytest.raises(XlkitError, match="не будет заменён"):
        find_inputs([ours], output=letter)
    for output in (empty, tmp_path / "свод.xlsx", "-"):
        assert find_inputs([ours], output=output).files == (str(ours),)


def test_a_folder_named_by_url_is_the_folder(tmp_path: Path) -> None:
    """In its order, and without the свод that lies in it."""
    (tmp_path / "мои книги").mkdir()
    for name in ("ОПЦ-102 копия.xlsx", "ОПЦ-102.xlsx"):
        book(tmp_path / "мои книги", "ОПЦ-102", name)
    known = register(cluster("ОПЦ-102"))
    (tmp_path / "мои книги" / "свод.xlsx").write_bytes(write_svod(consolidate([tmp_path], known)))
    inputs = find_inputs([tmp_path / "мои книги"])
    assert [Path(name).name for name in inputs.files] == ["ОПЦ-102.xlsx", "ОПЦ-102 копия.xlsx"]
    assert find_inputs([(tmp_path / "мои книги").as_uri()]) == inputs
    far = find_inputs([f"local://{tmp_path}/мои книги"]).files
    assert [name.rpartition("/")[2] for name in far[:2]] == ["ОПЦ-102.xlsx", "ОПЦ-102 копия.xlsx"]


def test_no_files_at_all_cannot_be_tried(tmp_path: Path) -> None:
    with pytest.raises(XlkitError) as raised:
        consolidate([tmp_path], FIELD)
    assert raised.value.exit_code == 2


# --- what the register says -------------------------------------------------------------------------------


def test_deadlines_name_the_periods_that_are_expected(tmp_path: Path) -> None:
    book(tmp_path, "ОПЦ-001")
    deadlines = [
        Deadline(CENTER, "план", "2026-02-01"),
        Deadline(CENTER, "2026, I квартал", "2026-04-10"),
        Deadline(CENTER, "когда-нибудь", "2026-05-01"),
    ]
    known = register(cluster("ОПЦ-001"), cluster("ОК-001"), cluster("X-1", kind="союз"), deadlines=deadlines)
    result = consolidate([tmp_path], known)
    assert [(i.passport.id, i.form, i.period, i.deadline, i.standing) for i in result.intake] == [
        ("ОПЦ-001", CENTER, None, "2026-02-01", Standing.ACCEPTED),
        ("ОПЦ-001", CENTER, Period(2026, 1), "2026-04-10", Standing.NOT_SUBMITTED),
        ("ОК-001", EDUCATIONAL, None, "", Standing.NOT_SUBMITTED),
    ]
    said = " ".join(note.ru for note in result.notes)
    assert "когда-нибудь" in said
    assert "X-1" in said


def test_the_register_says_whose_it_is_and_the_title_only_what_it_leaves_empty(tmp_path: Path) -> None:
    title = {"region": "республика  татарстан", "district": None, "industry": "металлургия"}
    book(tmp_path, "ОПЦ-001", title=title)
    full = consolidate([tmp_path], register(cluster("ОПЦ-001"))).intake[0].passport
    assert (full.industry, full.region, full.district) == ("Машиностроение", "Калужская область", CENTRAL)
    bare = consolidate([tmp_path], register(Cluster("ОПЦ-001", kind="ОПЦ(К)"))).intake[0].passport
    assert (bare.industry, bare.region, bare.district) == ("Металлургия", "Республика Татарстан", VOLGA)
    book(tmp_path, "ОПЦ-001", title={"region": None, "district": None, "industry": None})
    none = consolidate([tmp_path], register(Cluster("ОПЦ-001", kind="ОПЦ(К)")))
    assert none.intake[0].passport.region == UNSTATED
    assert amount(none, "1", dimension=REGION, group=UNSTATED).amount == 1160


def test_years_are_each_clusters_own(tmp_path: Path) -> None:
    book(tmp_path, "ОПЦ-001")
    later = made_draft(replace(made_clusters(1)[0], id="ОПЦ-002", kind="ОПЦ(К)", first_year=2027))
    content, _ = later.finish("")
    (tmp_path / "ОПЦ-002.xlsx").write_bytes(build_workbook(later.edition, content))
    result = consolidate([tmp_path], register(cluster("ОПЦ-001"), cluster("ОПЦ-002")))
    clusters = {year: amount(result, "1", year).clusters for year in (2026, 2027, 2028, 2029)}
    assert clusters == {2026: 1, 2027: 2, 2028: 2, 2029: 1}


def test_clean_workbooks_exit_with_0_although_one_did_not_come(tmp_path: Path) -> None:
    drafts = [made_draft(one) for one in made_clusters(4)]
    for draft in drafts[1:]:
        content, _ = draft.finish("")
        (tmp_path / f"{draft.cluster.id}.xlsx").write_bytes(build_workbook(draft.edition, content))
    figures = tuple(f for d in drafts for f in approved_figures(d, "2026-03-02"))
    result = consolidate([tmp_path], Register("made", tuple(d.cluster for d in drafts), figures))
    assert result.counts["not_submitted"] == 1
    assert (result.differences, result.exit_code) == (0, EXIT_OK)
    assert {t.dimension for t in result.totals} == set(DIMENSIONS)


def test_a_row_that_stands_twice_is_doubtful(tmp_path: Path) -> None:
    book(tmp_path, "ОПЦ-001", indicators="| code | number | 2026 |\n| 6 | 5 | 68 |")
    total = amount(consolidate([tmp_path], register(cluster("ОПЦ-001"))), "5")
    assert (total.amount, total.doubtful, total.clusters) == (None, 1, 1)
