"""A register says the same in an .xlsx file, in SQLite and in PostgreSQL, however it went there."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.postgres import PASSWORD, PostgresServer
from tests.register.made import BOOKS, DRAFTS, REGISTER, STORES, UMC, Make, edited
from xlkit.actions.consolidate import consolidate
from xlkit.actions.reconcile import reconcile
from xlkit.actions.register_apply import apply_changes
from xlkit.actions.registers import diff, export_register, import_register
from xlkit.errors import XlkitError
from xlkit.register import read_register, read_tables
from xlkit.register.diff import Change, diff_registers
from xlkit.register.places import find_place
from xlkit.register.records import kept_records
from xlkit.report.register_text import copied_text
from xlkit.rules.registered import Register
from xlkit.templates.registerbook import register_workbook


@pytest.mark.parametrize("kind", STORES)
def test_a_register_is_the_same_wherever_it_is_kept(store: Make, kind: str) -> None:
    """Every text, number, gap and their order; and no record is passed over."""
    read = read_register(store(kind))
    assert replace(read, source="made") == REGISTER
    assert sum(isinstance(f.value, str) for f in read.figures if f.cluster == DRAFTS[1].cluster.id) >= 5


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_there_and_back_again(store: Make, kind: str, tmp_path: Path) -> None:
    source = store(kind)
    export_register(source, tmp_path / "обратно.xlsx")
    again = import_register(str(tmp_path / "обратно.xlsx"), str(tmp_path / "снова.sqlite"))
    assert again.exit_code == 0 and replace(read_register(again.target), source="made") == REGISTER
    assert kept_records(read_tables(again.target, ("umc",))) == {"umc": UMC}
    assert diff(source, again.target).exit_code == 0
    assert not any("уже записан" in line for line in copied_text(again))
    once_more = import_register(str(tmp_path / "обратно.xlsx"), again.target)
    assert any("уже записан" in line and "отличий нет" in line for line in copied_text(once_more))


@pytest.fixture
def wrong(tmp_path: Path) -> list[str]:
    """Both clusters' workbooks, the first with five cells that differ."""
    values: dict[tuple[str, int], object] = {("6.1.1", 2026): 777, ("6.1.1", 2027): "-", ("6.1.2", 2026): "много",
                                             ("6.1.2", 2027): None, ("3.1", 2026): "да"}  # fmt: skip
    folder = tmp_path / "книги"
    folder.mkdir()
    edited(folder / "a.xlsx", values)
    (folder / "b.xlsx").write_bytes(BOOKS[1])
    return [str(folder / "a.xlsx"), str(folder / "b.xlsx")]


def test_the_same_differences_and_the_same_consolidation(store: Make, wrong: list[str]) -> None:
    results = []
    for kind in STORES:
        source = store(kind)
        one, whole = reconcile(wrong, source), consolidate(wrong, source)
        results.append((one.files, whole.intake, whole.totals, whole.reconciled, whole.counts))
    assert results[0] == results[1] == results[2]
    assert len(results[0][0][0].differences) == 5 and len(results[0][0][1].differences) >= 7


# --- databases as others make them ------------------------------------------------------------------------


def others(server: PostgresServer) -> str:
    """A register in a database that somebody designed: numeric types, NULLs, text numbers, a view, Russian names."""
    url = server.place()
    schema = url.rpartition("%3D")[2]
    first = DRAFTS[0].cluster
    figures = [f for f in REGISTER.figures if f.cluster == first.id and isinstance(f.value, (int, float))]
    server.execute(
        f"""CREATE TABLE {schema}.clusters (id varchar(20) PRIMARY KEY, kind text, first_year smallint, extra jsonb);
        INSERT INTO {schema}.clusters VALUES ('{first.id}', '{first.kind}', 2026, '{{}}');
        CREATE TABLE {schema}.everything ("Идентификатор" varchar(20), "Форма" text, "Код родителя" text, code text,
          name text, year smallint, value numeric(16, 4), approved_on date, kind text, photo bytea)"""
    )
    lines = ", ".join(
        f"('{f.cluster}', '{f.form}', '{f.parent}', '{f.code}', '{f.name}', {f.year}, {f.value}, '2026-03-02', "
        f"'{f.table}', '\\x00')"
        for f in figures
    )
    server.execute(f"INSERT INTO {schema}.everything VALUES {lines}")
    for table in ("plan", "indicators"):
        server.execute(f"CREATE VIEW {schema}.{table} AS SELECT * FROM {schema}.everything WHERE kind = '{table}'")
    return url


def test_a_database_of_others_and_an_account_that_may_only_read(postgres: PostgresServer, tmp_path: Path) -> None:
    source = others(postgres)
    schema = source.rpartition("%3D")[2]
    postgres.execute(f"CREATE ROLE \"читатель\" LOGIN PASSWORD '{PASSWORD}'")
    postgres.execute(f'GRANT USAGE ON SCHEMA {schema} TO "читатель"')
    postgres.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO "читатель"')
    book = edited(tmp_path / "a.xlsx", {("6.1.1", 2026): 777}).path
    (one,) = reconcile([book], postgres.url(schema, "читатель")).files
    (changed,) = [d for d in one.differences if d.status == "differs"]
    assert (changed.workbook, changed.key) == (777.0, "6.1.1") and isinstance(changed.register, float)
    with pytest.raises(XlkitError, match=r"не изменён.*permission denied"):
        apply_changes(postgres.url(schema, "читатель"), [book], "проба", only=["6.1.1"], backup=tmp_path)


def export(folder: Path) -> str:
    path = folder / "source.xlsx"
    path.write_bytes(register_workbook(REGISTER))
    return str(path)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_others_keep_beside_the_register_stays(
    store: Make, kind: str, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = store(kind)

    def run(statement: str) -> list[tuple[object, ...]]:
        if kind == "postgres":
            return postgres.execute(statement.replace("plan", f"{source.rpartition('%3D')[2]}.plan"))
        with sqlite3.connect(source) as base:
            return base.execute(statement).fetchall()

    run("ALTER TABLE plan ADD COLUMN comment text")
    run("UPDATE plan SET comment = 'не трогать'")
    changed = replace(REGISTER, figures=tuple(
        replace(f, value=12345) if (f.key, f.year, f.table) == ("6.1.1", 2026, "plan") else f for f in REGISTER.figures
    ))  # fmt: skip
    (tmp_path / "новый.xlsx").write_bytes(register_workbook(changed))
    with pytest.raises(XlkitError, match=r"уже есть реестр, отличий от источника: 2.*--replace"):
        import_register(str(tmp_path / "новый.xlsx"), source)
    done = import_register(str(tmp_path / "новый.xlsx"), source, replace=True)
    assert replace(read_register(source), source="made") == changed
    assert run("SELECT count(*) FROM plan WHERE comment IS NULL") == [(0,)]
    assert done.backup is not None and read_register(done.backup).figures == REGISTER.figures
    journal = kept_records(read_tables(source, ("changes",)))["changes"]
    assert [(j["row_key"], j["new_value"], j["field"]) for j in journal] == [("6.1.1", "12345", "Значение")] * 2
    fewer = replace(changed, figures=tuple(f for f in changed.figures if (f.key, f.year) != ("3.1", 2028)))
    (tmp_path / "меньше.xlsx").write_bytes(register_workbook(fewer))
    with pytest.raises(XlkitError, match="чужие столбцы"):
        import_register(str(tmp_path / "меньше.xlsx"), source, replace=True)
    assert replace(read_register(source), source="made") == changed


def test_a_column_that_cannot_hold_a_word_is_told(postgres: PostgresServer, tmp_path: Path) -> None:
    source = others(postgres)
    schema = source.rpartition("%3D")[2]
    postgres.execute(f"DROP VIEW {schema}.plan; ALTER TABLE {schema}.everything RENAME TO plan")
    with pytest.raises(XlkitError, match=r"нет столбца|не вмещает"):
        import_register(export(tmp_path), source, replace=True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:se%40cret@h/b", "postgresql://me:***@h/b"),
        ("postgres://h/b?password=secret&sslpassword=secret", "postgresql://h/b?password=***&sslpassword=***"),
        ("postgresql://%D0%AF:secret@h/%D1%80%D0%B5%D0%B5%D1%81%D1%82%D1%80", "postgresql://Я:***@h/реестр"),
        ("postgresql://h/a%0Ab", "postgresql://h/a%0Ab"),
        ("postgresql+psycopg://me:secret@h:5/b", "postgresql://me:***@h:5/b"),
    ],
)  # fmt: skip
def test_no_password_is_shown(url: str, shown: str) -> None:
    found = find_place(url).shown
    assert "secret" not in found and found.replace("postgres:", "postgresql:") == shown


@pytest.mark.parametrize(
    ("url", "module", "said"),
    [
        ("postgresql://h/b", "psycopg", r"pip install 'xlkit\[postgres\]'"),
        ("mysql://h/b", "MySQLdb", "pip install mysqlclient$"),
        ("mysql+pymysql://h/b", "pymysql", "pip install pymysql$"),
    ],
)
def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch, url: str, module: str, said: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(XlkitError, match=said):
        read_register(url)


def test_a_file_of_a_new_database_is_whole_or_not_there(tmp_path: Path) -> None:
    twice = replace(REGISTER, clusters=(REGISTER.clusters[0],))
    (tmp_path / "r.xlsx").write_bytes(register_workbook(twice))
    told = import_register(str(tmp_path / "r.xlsx"), str(tmp_path / "r.db"))
    assert told.exit_code == 1 and "нет среди кластеров" in told.notes[0].ru
    with pytest.raises(XlkitError, match="не база данных"):
        import_register(str(tmp_path / "r.xlsx"), str(tmp_path / "r.txt"))
    with pytest.raises(XlkitError, match="исходный файл"):
        import_register(str(tmp_path / "r.db"), f"sqlite:///{tmp_path / 'r.db'}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.db", "r.xlsx"]


# --- what differs -----------------------------------------------------------------------------------------


def test_what_two_registers_say_differently() -> None:
    first, _ = REGISTER.clusters
    figures = list(REGISTER.figures)
    figures[0] = replace(figures[0], value=1, unit="штук")
    new = Register("new", (replace(first, status="архив"),), tuple(figures[:-1]))
    found = diff_registers(REGISTER, new)
    assert [(c.change, c.fields) for c in found.clusters] == [
        (Change.CHANGED, (("status", first.status, "архив"),)),
        (Change.REMOVED, ()),
    ]
    old = REGISTER.figures
    assert [c.change for c in found.figures] == [Change.CHANGED, Change.REMOVED] and found.figures[1].old is old[-1]
    assert found.figures[0].fields == (("unit", old[0].unit, "штук"), ("value", old[0].value, 1))
    assert [c.change for c in found.deadlines] == [Change.REMOVED] and found.count == 5


@pytest.mark.parametrize(("ours", "theirs"), [(5, "5"), (5.0, 5), ("—", "-"), ("ДА", "да"), (None, ""), ("0,5", 0.5)])
def test_a_value_means_the_same_however_it_is_written(ours: object, theirs: object) -> None:
    one = [replace(REGISTER, figures=(replace(REGISTER.figures[0], value=value),)) for value in (ours, theirs)]
    assert diff_registers(*one).count == 0
