"""The store of a свод: every total opens to the cells that it is made of, and what changed is told exactly."""

from __future__ import annotations

import datetime as dt
import errno
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

import xlkit.actions.consolidate as actions
import xlkit.report.lists.paging as paging
import xlkit.safefile as safefile
import xlkit.store.database as database
from tests.draw import CENTER, CLEAN_ACTUALS, SECOND_QUARTER, draw
from xlkit.actions.consolidate import ConsolidateResult
from xlkit.actions.explain import Wanted, changes, explain
from xlkit.actions.inputs import find_inputs
from xlkit.actions.svod import consolidate_to
from xlkit.address import cell_name
from xlkit.cli import cli
from xlkit.consolidate import ALL
from xlkit.demo.field import make_field
from xlkit.errors import XlkitError
from xlkit.rules.registered import Cluster, Register
from xlkit.store.database import opened_store, store_path
from xlkit.store.explain import Entry, Opened
from xlkit.templates.registerbook import register_workbook
from xlkit.texts import choose_language

FIRST, SECOND = (dt.datetime(2026, 11, day, 9, 30, tzinfo=dt.UTC) for day in (24, 25))
KALUGA = "Калужская область", "Центральный федеральный округ"
SAMARA = "Самарская область", "Приволжский федеральный округ"


@dataclass(frozen=True)
class Made:
    """A свод with its result."""

    svod: Path
    books: Path
    register: Register
    result: ConsolidateResult

    def again(self, now: dt.datetime = SECOND) -> ConsolidateResult:
        return gather(self.books, self.svod, self.register, now)


def gather(books: Path, svod: Path, register: Register, now: dt.datetime = FIRST) -> ConsolidateResult:
    return consolidate_to(str(svod), find_inputs([books], register.source, svod), register, now=now)[0]


# --- a few drawn workbooks --------------------------------------------------------------------------------


def cluster(identifier: str, place: tuple[str, str] = KALUGA) -> Cluster:
    return Cluster(identifier, f"Кластер {identifier}", "ОПЦ(К)", "Машиностроение", *place)


def make(folder: Path) -> Made:
    """Clean, in doubt, in another unit, with actuals, a measure of its own; one that did not come."""
    books = folder / "книги"
    books.mkdir()
    draw(books / "1.xlsx", title={"cluster_id": "ОПЦ-001"}, plan="| code | 2026 |\n| 6.1.2 | 10 |")
    indicators = "| code | 2026 | unit |\n| 5 | 98 чел. | ~ |\n| 2 | ~ | тыс. руб. |"
    draw(books / "2.xlsx", title={"cluster_id": "ОПЦ-002"}, indicators=indicators)
    draw(books / "3.xlsx", title={"cluster_id": "ОПЦ-003", "period": SECOND_QUARTER}, actuals=CLEAN_ACTUALS)
    register = Register("реестр", (*map(cluster, ("ОПЦ-001", "ОПЦ-002", "ОПЦ-004")), cluster("ОПЦ-003", SAMARA)))
    svod = folder / "свод.xlsx"
    return Made(svod, books, register, gather(books, svod, register))


def own_sum(entry: Entry, mode: str) -> float:
    """What a row's cells come to: one cell of a year; of quarters their sum, or the last of them."""
    numbers = [cell.number for cell in entry.cells if cell.number is not None]
    return sum(numbers) if mode == "прирост" else numbers[-1]


@pytest.fixture
def few(tmp_path: Path) -> Made:
    return make(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same, for tests that change nothing."""
    return make(tmp_path_factory.mktemp("still"))


def opened(made: Made, *wanted: Any) -> Opened:
    (found,) = explain(made.svod, Wanted(*wanted)).totals
    return found


def test_what_is_missing_or_in_doubt_is_told_with_its_reason(still: Made) -> None:
    doubtful = next(one for one in opened(still, "5", 2026).entries if one.standing == "doubtful")
    (cell,) = doubtful.cells
    assert (doubtful.cluster, doubtful.amount, cell.raw) == ("ОПЦ-002", None, "98 чел.")
    assert any(one.severity == "error" and one.cell == cell.cell for one in cell.remarks)
    other = next(one for one in opened(still, "2", 2026).entries if one.standing == "other")
    assert (other.cluster, other.unit) == ("ОПЦ-002", "тыс. руб.")
    assert [(one.cluster, one.why) for one in opened(still, "2", 2026).absent] == [("ОПЦ-004", "not_submitted")]


def test_actuals_open_to_their_quarters(still: Made) -> None:
    found = opened(still, "1", 2026, "Факт")
    (entry,) = found.entries
    assert [cell.quarter for cell in entry.cells][:3] == [0, 1, 2]
    assert entry.amount == own_sum(entry, found.total.mode) == found.total.amount


@pytest.mark.parametrize("by", ["region", "district", "industry"])
def test_the_cell_of_a_group_opens_to_the_parts_of_that_group(still: Made, by: str) -> None:
    """A district's cell has the regions of this district only, and they come to what it shows."""
    with opened_store(still.svod) as (store, _):
        places = "SELECT min(s.row_number), min(s.column_number) FROM sums s JOIN totals t ON t.no = s.total"
        where = "s.sheet = 'Сводка' AND t.key = '5' AND t.year = 2026 AND t.dimension = 'district' AND t.group_name = ?"
        row, column = store.execute(f"{places} WHERE {where}", [KALUGA[1]]).fetchall()[0]
    cell = f"Сводка!{cell_name(row, column)}"
    (whole,) = (one.total for one in explain(still.svod, cell).totals)
    found = explain(still.svod, cell, by)
    groups = {"region": KALUGA[0], "district": KALUGA[1], "industry": "Машиностроение"}
    (part,) = (one.total for one in found.totals)
    assert replace(part, dimension=whole.dimension, group=whole.group) == whole
    assert found.whole is not None and found.whole.total == whole
    assert (part.dimension, part.group, part.numbers, part.doubtful) == (by, groups[by], 1, 1)
    assert [one.cluster for one in found.totals[0].absent] == ["ОПЦ-004"] and not found.elsewhere


def test_a_value_on_a_further_sheet_opens_to_its_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_ROWS", 50)
    made = make(tmp_path)
    book = openpyxl.load_workbook(made.svod)
    sheet = book["План (2)"]
    captions = [cell.value for cell in sheet[paging.first_row() - 1]]
    column, code, cluster_id, place = (captions.index(c) for c in ("2026", "№ п/п", "Идентификатор кластера", "Ячейка"))
    row = next(
        row for row in sheet.iter_rows(min_row=paging.first_row()) if isinstance(row[column].value, (int, float))
    )
    found = explain(made.svod, f"План (2)!{row[column].coordinate}").figure
    assert found is not None
    assert (found.key, found.cluster) == (row[code].value, row[cluster_id].value)
    assert [(one.cell, one.number) for one in found.cells] == [(row[place].value, row[column].value)]
    (total,) = explain(made.svod, f"Итоги (2)!A{paging.first_row()}").totals
    assert total.total.key == book["Итоги (2)"][f"E{paging.first_row()}"].value


def test_a_first_svod_and_the_same_once_more(few: Made) -> None:
    """Nothing to compare with; then nothing has changed, and the свод is the same to the byte."""
    assert changes(few.svod).since is None
    before = few.svod.read_bytes()
    few.again()
    assert (changes(few.svod).since, bool(changes(few.svod))) == (FIRST, False)
    assert few.svod.read_bytes() == before


def test_one_changed_workbook_is_told_exactly(few: Made) -> None:
    draw(few.books / "1.xlsx", title={"cluster_id": "ОПЦ-001"}, plan="| code | 2026 |\n| 6.1.2 | 25 |")
    few.again()
    found = changes(few.svod)
    assert [(one.kind, one.cluster, Path(one.file or "").name) for one in found.files] == [
        ("replaced", "ОПЦ-001", "1.xlsx")
    ]
    (one,) = found.figures
    assert (one.cluster, one.sheet, one.key, one.year, one.old, one.new) == ("ОПЦ-001", "План", "6.1.2", 2026, 10, 25)
    assert openpyxl.load_workbook(few.books / "1.xlsx")["План"][one.cell].value == 25
    whole = {(t.key, t.year): (t.old, t.new) for t in found.totals if t.dimension == ALL}
    assert whole == {("6.1.2", 2026): pytest.approx((whole[("6.1.2", 2026)][0], whole[("6.1.2", 2026)][0] + 15))}
    assert {t.group_name for t in found.totals} == {"", *KALUGA, "Машиностроение"}
    sheet = openpyxl.load_workbook(few.svod)["Изменения"]
    assert [row[0] for row in sheet.iter_rows(min_row=4, values_only=True)][:2] == ["книга заменена", "значение"]
    with opened_store(few.svod) as (store, _):
        taken = dict(store.execute("SELECT cluster, taken_at FROM files WHERE path IS NOT NULL").fetchall())
    assert taken["ОПЦ-001"].startswith("2026-11-25") and taken["ОПЦ-002"].startswith("2026-11-24")


def test_new_withdrawn_and_renamed_workbooks(few: Made) -> None:
    (few.books / "2.xlsx").unlink()
    draw(few.books / "4.xlsx", title={"cluster_id": "ОПЦ-004"})
    (few.books / "1.xlsx").rename(few.books / "другое имя.xlsx")
    few.again()
    found = changes(few.svod)
    assert [(one.kind, one.cluster) for one in found.files] == [("new", "ОПЦ-004"), ("withdrawn", "ОПЦ-002")]
    assert found.figures == () and found.totals


def test_another_register_is_told_with_what_it_changes(few: Made) -> None:
    """A cluster moved to another region: the same workbooks, the same totals, other sums of groups."""
    first, *others = few.register.clusters
    moved = cluster(first.id, SAMARA)
    gather(few.books, few.svod, replace(few.register, clusters=(moved, *others)), SECOND)
    found = changes(few.svod)
    assert [(one.cluster, one.field, one.old, one.new) for one in found.clusters] == [
        ("ОПЦ-001", "region", KALUGA[0], SAMARA[0]),
        ("ОПЦ-001", "district", KALUGA[1], SAMARA[1]),
    ]
    assert not found.files and not found.figures and {t.group_name for t in found.totals} == {*KALUGA, *SAMARA}
    said = run("changes", few.svod).output
    assert "ОПЦ-001  субъект РФ: Калужская область → Самарская область" in said
    assert "другие только суммы групп" in said and "субъект РФ «Самарская область», " in said
    assert "0 → 0" not in said
    assert "книги те же; другие сведения о кластерах: 1; значений изменилось 0" in said
    assert '"field": "region"' in run("changes", few.svod, "--json").output
    sheet = openpyxl.load_workbook(few.svod)["Изменения"]
    first_row = next(sheet.iter_rows(min_row=4, values_only=True))
    assert (first_row[:2], first_row[8:10]) == (("кластер: субъект РФ", "ОПЦ-001"), (KALUGA[0], SAMARA[0]))


def test_a_cluster_that_is_expected_no_more_is_told(few: Made) -> None:
    """ОПЦ-004 sent nothing; nothing but the register says that it was there."""
    gather(few.books, few.svod, replace(few.register, clusters=few.register.clusters[:2]), SECOND)
    found = [(one.cluster, one.field, one.old, one.new) for one in changes(few.svod).clusters]
    assert ("ОПЦ-004", "expected", "да", "нет") in found


# --- whose a store is -------------------------------------------------------------------------------------


def test_a_store_of_another_svod_is_refused(few: Made, tmp_path: Path) -> None:
    other = tmp_path / "другой.xlsx"
    shutil.copy(few.svod, other)
    with pytest.raises(XlkitError, match=r"нет его хранилища другой\.store\.duckdb"):
        explain(other, "Сводка!A1")
    resaved = openpyxl.load_workbook(few.svod)
    resaved.save(few.svod)
    with pytest.raises(XlkitError, match="от другого свода"):
        explain(few.svod, "Сводка!A1")
    with pytest.raises(XlkitError, match="от другого свода"):
        changes(few.svod)


@pytest.mark.parametrize(
    ("content", "said"), [(b"somebody's notes", "не хранилище"), (b"", ""), (b"\0" * 8 + b"DUCK?", "")]
)
def test_what_lies_where_the_store_would_lie(few: Made, content: bytes, said: str) -> None:
    """Somebody's file stays; an empty or damaged store is begun anew. What explain advises is what helps."""
    store_path(few.svod).write_bytes(content)
    with pytest.raises(XlkitError, match=f"{said or 'повреждено'}.*удалите.*соберите свод заново"):
        explain(few.svod, "Сводка!A1")
    if said:
        with pytest.raises(XlkitError, match=said):
            few.again()
        assert store_path(few.svod).read_bytes() == content
    else:
        few.again()
        assert changes(few.svod).since is None


def test_another_database_is_not_replaced(few: Made) -> None:
    import duckdb

    store_path(few.svod).unlink()
    with duckdb.connect(str(store_path(few.svod))) as theirs:
        theirs.execute("CREATE TABLE about AS SELECT 'mine' AS mark, 1 AS schema")
    for act in (few.again, lambda: explain(few.svod, "Сводка!A1")):
        with pytest.raises(XlkitError, match="не хранилище xlkit: перенесите или удалите"):
            act()


def test_a_store_that_another_program_holds_is_told_before_anything_is_read(
    few: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not called damaged, and no file is another afterwards."""
    before = {path: path.read_bytes() for path in few.svod.parent.iterdir() if path.is_file()}
    hold = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(store_path(few.svod))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with monkeypatch.context() as unread:
            unread.setattr(actions, "checked", lambda _: pytest.fail("the workbooks are being read"))
            for act in (few.again, lambda: explain(few.svod, "Сводка!A1")):
                with pytest.raises(XlkitError, match="занят другой программой"):
                    act()
        other.communicate()
    assert {path: path.read_bytes() for path in few.svod.parent.iterdir() if path.is_file()} == before
    few.again()
    assert changes(few.svod).since == FIRST


def test_a_svod_that_is_open_on_windows_is_told_before_anything_is_read(
    few: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.open

    def refusing(path: Path, *arguments: Any, **named: Any) -> Any:
        if path == few.svod:
            raise PermissionError(errno.EACCES, "Excel has it")
        return original(path, *arguments, **named)

    monkeypatch.setattr(actions, "checked", lambda _: pytest.fail("the workbooks are being read"))
    monkeypatch.setattr(safefile, "_WINDOWS", True)
    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(XlkitError, match=r"свод\.xlsx: нет доступа; закройте этот файл в Excel .* не изменён"):
        few.again()


def test_without_duckdb_there_is_a_svod_and_a_hint(few: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(database, "find_spec", lambda _: None)
    svod = tmp_path / "без.xlsx"
    register = make_field(0).register()
    (tmp_path / "реестр.xlsx").write_bytes(register_workbook(register, ()))
    done = run("consolidate", few.books, "--register", tmp_path / "реестр.xlsx", "-o", svod)
    assert svod.is_file() and not store_path(svod).exists()
    assert done.stderr.count('pip install "xlkit[scale]"') == 1
    assert 'pip install "xlkit[scale]"' in str(run("explain", svod, "Сводка!A1").exception)


def test_a_store_left_from_an_earlier_svod_is_told(few: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "реестр.xlsx").write_bytes(register_workbook(make_field(0).register(), ()))
    with monkeypatch.context() as without:
        without.setattr(database, "find_spec", lambda _: None)
        done = run("consolidate", few.books, "--register", tmp_path / "реестр.xlsx", "-o", few.svod)
    assert "Хранилище не записано" in done.stderr and "свод.store.duckdb — от прежнего свода" in done.stderr
    with pytest.raises(XlkitError, match="собран без DuckDB"):
        explain(few.svod, "Сводка!A1")


# --- the command line -------------------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    try:
        return CliRunner().invoke(cli, [str(one) for one in arguments], standalone_mode=False)
    finally:
        choose_language(None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Нигде!A1",), "Листа «Нигде» в своде нет: суммы"),
        (("Сводк!A1",), "Листа «Сводк» в своде нет: похожий — «Сводка»"),
        (("[x]Сводка!A1",), "Листа «[x]Сводка» в своде нет: похожий — «Сводка»"),
        (("Приём!A4",), "нет ни суммы"),
        (("Сводка!C2",), "нет ни суммы, ни счётчика"),
        (("!A1",), "назовите лист и ячейку"),
        (("A1",), "назовите лист и ячейку"),
        (("Сводка!строка",), "назовите лист и ячейку"),
        ((), "либо ячейку"),
        (("Сводка!A1", "--year", "2026"), "либо ячейку"),
        (("--indicator", "1"), "Укажите год: --year 2026"),
        (("--indicator", "1", "--year", "2031"), "Сумм за 2031 нет"),
        (("--indicator", "77", "--year", "2026"), "Сумм по строке 77 в своде нет"),
        (("--indicator", "1", "--year", "2026", "--table", "План"), "строка 1 есть здесь"),
        (("--indicator", "5", "--year", "2026", "--table", "Плам"), '--form "ОПЦ(К)" --table Показатели'),
        (("--indicator", "1", "--year", "2026", "--quarter", "4"), "Сумм за 2026, IV кв. нет"),
    ],
)
def test_mistakes_are_sentences(still: Made, arguments: tuple[str, ...], said: str) -> None:
    done = run("explain", still.svod, *arguments)
    assert isinstance(done.exception, XlkitError) and said in str(done.exception)


@pytest.mark.parametrize("form", ["опц", "ОПЦ(к)", "program_center"])
@pytest.mark.parametrize("table", ["ПОКАЗАТЕЛИ", "показ", "indicators"])
def test_forms_and_tables_are_named_as_people_call_them(still: Made, form: str, table: str) -> None:
    (found,) = explain(still.svod, Wanted("5", 2026, table, form)).totals
    assert (found.total.form, found.total.table) == (CENTER, "indicators")


def test_groups_are_a_table_and_their_cells_are_asked_for(still: Made) -> None:
    """The title stands once; who is without a workbook is counted beside the sum."""
    wanted = ("explain", still.svod, "--indicator", "5", "--year", "2026", "--by", "region")
    short, long = run(*wanted).output, run(*wanted, "--details").output
    assert short.count(" · 5. ") == long.count(" · 5. ") == 1
    assert "в сумме кластеров 2 из 3 с принятой книгой, не хватает 1; ещё 1 кластер без принятой книги" in short
    line = next(line for line in short.splitlines() if KALUGA[0] in line)
    assert line.split()[-4:] == ["1", "0", "1", "1"]
    assert "98 чел." in long and "98 чел." not in short
    assert "Without a workbook" in run(*wanted, "--lang", "en").output


def test_text_and_json_in_both_languages(still: Made) -> None:
    wanted = ("explain", still.svod, "--indicator", "5", "--year", "2026", "--form", "ОПЦ(К)", "--table", "показатели")
    russian, english = run(*wanted).output, run(*wanted, "--lang", "en").output
    assert "98 чел." in russian and "С ошибкой" in russian and "Не представлено: 1" in russian
    assert "In doubt" in english and "Not submitted: 1" in english
    assert '"standing": "doubtful"' in run(*wanted, "--json").output
    assert "первый свод" in run("changes", still.svod).output
    assert '"since": null' in run("changes", still.svod, "--json").output
    assert CENTER in run(*wanted, "--json").output


def test_text_of_a_workbook_steers_no_terminal(few: Made) -> None:
    draw(few.books / "2.xlsx", title={"cluster_id": "ОПЦ-002"}, indicators="| code | 2026 |\n| 5 | 9\u202e8 |")
    few.again()
    for said in (
        run("explain", few.svod, "--indicator", "5", "--year", "2026").output,
        run("changes", few.svod).output,
    ):
        assert "\u202e" not in said and "\\u202e" in said
