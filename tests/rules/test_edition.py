"""Loading a rule book: every mistake that a methodologist can make names its file and line."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from xlkit.errors import XlkitError
from xlkit.resources import rule_books_folder
from xlkit.rules.catalogue import catalogue
from xlkit.rules.edition import Edition, find_edition, list_editions, load_edition, read_edition
from xlkit.rules.mistakes import RuleBookError

CENTER = "program_center/2026.yml"
EDUCATIONAL = "program_educational/2024.yml"
PLAN, INDICATORS, UNITS = (f"program_center/{name}.csv" for name in ("plan", "indicators", "units"))


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A copy of the rule books, to be edited."""
    return Path(shutil.copytree(rule_books_folder(), tmp_path / "validation"))


def edit(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text that must be there, so that no test edits nothing."""
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file.name}: the test must follow the rule book"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def mistakes(books: Path, book: str = CENTER) -> list[str]:
    with pytest.raises(RuleBookError) as caught:
        read_edition(books / book)
    return [problem.en for problem in caught.value.problems]


def assert_told(said: list[str], file: Path, near: str, words: str) -> None:
    """Some mistake names this file, a line that holds the text ``near``, and the words."""
    lines = file.read_text(encoding="utf-8").split("\n")
    for one in said:
        place, _, sentence = one.partition(": ")
        name, _, line = place.partition(":")
        if name == file.name and line and near in lines[int(line) - 1] and words in sentence:
            return
    pytest.fail(f"none names {file.name}, a line with {near!r} and {words!r}:\n" + "\n".join(said))


# --- the shipped books ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", list_editions(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_rule_book_loads(path: Path) -> None:
    edition = read_edition(path)
    assert (edition.form, edition.book.edition) == (path.parent.name, path.stem)
    assert len(edition.digest) == 64


@pytest.fixture(scope="module")
def center() -> Edition:
    return load_edition("program_center", "2026")


@pytest.fixture(scope="module")
def educational() -> Edition:
    return load_edition("program_educational", "2024")


def counts(edition: Edition, table: str) -> dict[str, int]:
    levels = [row.level for row in edition.rows[table]]
    return {level: levels.count(level) for level in dict.fromkeys(levels)}


def test_the_center_form_is_the_one_of_the_sources(center: Edition) -> None:
    plan = center.rows["plan"]
    assert counts(center, "plan") == {"section": 6, "result": 24, "measure": 30}
    carrying = [row for row in plan if row.values]
    assert len(carrying) == 32
    assert [row.code for row in carrying if row.level == "result"] == ["3.1", "3.2"]
    assert [row.code for row in center.rows["indicators"]] == list("1234567")
    # Seven modes are proven by relations of the figures, so no judgement may change them.
    known = {"1.6.1": "cumulative", "2.3.1": "cumulative", "2.3.2": "cumulative", "5.1.1": "cumulative",
             "6.4.1": "cumulative", "2.4.1": "increment", "6.2.1": "increment"}  # fmt: skip
    assert {code: center.typical["plan"][code].mode for code in known} == known
    links = {"1": ["1.6.1"], "2": ["6.2.1"], "3": ["2.3.2"], "4": ["5.1.1"], "6": ["6.4.1"], "7": ["3.1", "3.2"]}
    assert {n: [row.code for row in plan if row.link == n] for n in links} == links
    assert sum(bool(row.link) for row in plan) == 7


def test_the_educational_form_is_the_one_of_the_sources(educational: Edition) -> None:
    assert counts(educational, "plan") == {"section": 3, "result": 9, "measure": 21, "specialty": 15}
    assert sum(row.values for row in educational.rows["plan"]) == 32
    assert list(educational.book.tables) == ["plan"]
    assert educational.units == {}


def test_a_specialty_is_known_by_its_measure(educational: Edition) -> None:
    keys = [key for key in educational.typical["plan"] if key.endswith("38.02.01")]
    assert keys == [f"{code}/38.02.01" for code in ("1.1.1", "1.1.3", "1.2.1", "1.4.1", "1.4.2")]


@pytest.mark.parametrize(
    "text, unit",
    [("чел.", "чел."), ("человек", "чел."), ("Чел", "чел."), (" ед. \n", "ед."), ("единиц", "ед."),
     ("тыс. рублей", "тыс. руб."), ("тыс.\u00a0руб.", "тыс. руб."), ("%", "%"), ("вёдра", None), ("", None)],
)  # fmt: skip
def test_units_by_their_synonyms(center: Edition, text: str, unit: str | None) -> None:
    assert center.unit_of(text) == unit


@pytest.mark.parametrize(
    "table, text, mode",
    [("plan", "за год", "increment"), ("plan", "Нарастающим  итогом", "cumulative"), ("plan", "на дату", "level"),
     ("plan", "да-нет", "flag"), ("plan", "да – нет", None), ("actuals", "на дату", "state"),
     ("actuals", "за год", None), ("plan", "", None)],
)  # fmt: skip
def test_one_caption_means_a_mode_of_its_own_table(center: Edition, table: str, text: str, mode: str | None) -> None:
    assert center.mode_of(text, center.book.tables[table]) == mode


def test_years_follow_the_cluster(center: Edition) -> None:
    assert center.years(2031) == (2031, 2032, 2033)


def test_sixteen_industries_have_centers_and_six_have_educational_clusters(
    center: Edition, educational: Edition
) -> None:
    assert (len(center.industries), len(educational.industries)) == (16, 6)
    assert not set(center.industries) & set(educational.industries)
    assert len(center.districts) == 8


# --- finding an edition -----------------------------------------------------------------------------------


def test_the_newest_edition_is_the_default(books: Path) -> None:
    newer = books / "program_center/2027.yml"
    shutil.copy(books / CENTER, newer)
    edit(newer, 'edition: "2026"', 'edition: "2027"')
    assert find_edition("program_center", folder=books) == newer
    assert find_edition("program_center", "2026", books) == books / CENTER
    assert load_edition("program_center", "2027", books).book.edition == "2027"


@pytest.mark.parametrize(
    "form, edition, known", [("moon", None, "program_center, program_educational"), ("program_center", "1999", "2026")]
)
def test_an_unknown_form_or_edition_says_what_there_is(form: str, edition: str | None, known: str) -> None:
    with pytest.raises(XlkitError, match=known) as caught:
        find_edition(form, edition)
    assert caught.value.exit_code == 2


def test_a_changed_rule_book_has_another_digest(books: Path, center: Edition) -> None:
    assert read_edition(books / CENTER).digest == center.digest
    edit(books / UNITS, "шт.|", "")
    assert read_edition(books / CENTER).digest != center.digest


# --- mistakes in the rule book ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "old, new, near, words",
    [
        # what YAML would quietly misread
        ("years: 3", "years: 3\nyears: 4", "years: 4", "stands twice"),
        ('each: {code: ["1", "2", "3", "4", "6"]}', "each: {code: [1, 2]}", "each: {code: [1", "in quotes"),
        ('{table: indicators, code: "7"}', "{table: indicators, code: 010}", "code: 010", "in quotes"),
        ('caption: "за год"', "caption: NO", "caption: NO", "in quotes"),
        ('caption: "за год"', "caption: 12:30", "caption: 12:30", "in quotes"),
        ('edition: "2026"', "edition: 2026", "edition: 2026", "in quotes"),
        # words outside of the vocabulary
        ("spare_rows: 1", "spare_row: 1", "spare_row: 1", "Did you mean 'spare_rows'?"),
        ("severity: error", "severty: error", "severty", "Did you mean 'severity'?"),
        ("    never_falls: true", "    never_fall: true", "never_fall:", "Did you mean 'never_falls'?"),
        ("dash: zero", "dash: nought", "dash: nought", "allowed"),
        ("severity: error", "severity: fatal", "severity: fatal", "allowed"),
        ("total: sum", "total: summ", "total: summ", "allowed"),
        ('op: "="', 'op: "=="', 'op: "=="', "allowed"),
        ("kind: code,", "kind: cod,", "kind: cod,", "allowed"),
        ("per: year}", "per: month}", "per: month}", "allowed"),
        ("take: running_total}", "take: total}", "take: total}", "allowed"),
        ("years: 3", "years: 0", "years: 0", "years"),
        ("years: 3", 'years: "3"', 'years: "3"', "years"),
        ("first_year: 2026", "first_year: MMXXVI", "first_year: MMXXVI", "first_year"),
        ('id: R-101', 'id: R101', "R101", "id"),
        ("    dash: zero", "    tolerance: much", "tolerance: much", "tolerance"),
        # what is missing
        ('cluster_kind: "ОПЦ(К)"\n', "", "form: program_center", "'cluster_kind' is missing"),
        ('\n      en: "Indicator {code} equals the running total of the plan rows that feed it"', "", "say:", ""),
        ('right: {table: plan, feeds: "7", take: running_total}', "right: {table: plan}", "right: {table: plan}",
         "exactly one of"),
        ('right: {table: plan, feeds: "7", take: running_total}', 'right: {code: "7"}', 'right: {code: "7"}',
         "needs its table"),
        # names that lead nowhere
        ("modes: [increment, cumulative", "modes: [incremental, cumulative", "", "no mode 'incremental'"),
        ("    mode: cumulative", "    mode: cumulatively", "", "no mode 'cumulatively'"),
        ("to: indicators", "to: indicator", "to: indicator}", "no table 'indicator'"),
        ("table: indicators, column: value", "table: indicator, column: value", "indicator, column", "no table"),
        ("of: total, minus: planned", "of: total, minus: plan", "minus: plan}", "no column 'plan'"),
        ("opening: opening", "opening: begin", "opening: begin", "no column 'begin'"),
        ('caption: "{year}"', 'caption: "год"', 'caption: "год"', "{year}"),
        ("name: {kind: name,", "name: {kind: text,", "", "kind name"),
        ('left: {table: indicators, code: "7"}', 'left: {table: indicator, code: "7"}', "R-107", "no table"),
        ('left: {table: indicators, code: "7"}', 'left: {table: indicators, code: "9"}', "R-107", "no row 9"),
        ('code: ["1", "2"', 'code: ["9", "2"', "R-101", "no row 9"),
        ('code: "5.1.1"', 'code: "5.1.1."', "R-122", "no row 5.1.1."),
        ('feeds: "7"', 'feeds: "9"', "R-107", "9"),
        ('{table: plan, feeds: "7", take: running_total}', '{table: indicators, feeds: "7"}', "R-107", ""),
        ('right: {table: indicators, code: "1"}', 'right: {table: indicators, code: "1", take: running_total}',
         "R-122", "no running totals"),
        ("(2.3.1) столько", "({row}) столько", "R-111", "unknown placeholder {row}"),
        ("Показатель 7 сопоставлен", "Показатель {code} сопоставлен", "R-107", "unknown placeholder {code}"),
        ("Показатель 7 сопоставлен", "Показатель { сопоставлен", "R-107", ""),
        ("показатель учитывает", "показатель {code} учитывает", "R-107", "unknown placeholder {code}"),
        ('{table: indicators, code: "{code}"}', '{table: indicators, code: "{row}"}', "R-101",
         "unknown placeholder {row}"),
        ("  - id: R-107", "  - id: R-101", "R-101", "stands twice"),
        ("form: program_center", "form: program_centre", "form: program_centre", "must lie at"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_rule_book(books: Path, old: str, new: str, near: str, words: str) -> None:
    edit(books / CENTER, old, new)
    assert_told(mistakes(books), books / CENTER, near, words)


@pytest.mark.parametrize(
    "old, new, near, words",
    [
        ('each: {specialty: "1.4.2"}', 'each: {specialty: "9.4.2"}', "R-202", "9.4.2"),
        ('code: "1.4.1/{specialty}"', 'code: "9.4.1/{specialty}"', "R-202", "9.4.1"),
        ('code: "1.4.1/{specialty}"', 'code: "1.4.1/{speciality}"', "R-202", "unknown placeholder {speciality}"),
        ("year: -1", "year: 1", "year: 1", "year"),
    ],
)
def test_a_mistake_about_specialties_or_years(books: Path, old: str, new: str, near: str, words: str) -> None:
    edit(books / EDUCATIONAL, old, new)
    assert_told(mistakes(books, EDUCATIONAL), books / EDUCATIONAL, near, words)


def test_all_mistakes_of_one_kind_are_told_in_the_order_of_the_file(books: Path) -> None:
    edit(books / CENTER, "years: 3", "yers: 3")
    edit(books / CENTER, "spare_rows: 1", "spare_row: 1")
    edit(books / CENTER, "severity: error", "severity: fatal")
    said = mistakes(books)
    lines = [int(one.split(":")[1]) for one in said]
    assert len(said) == 3
    assert lines == sorted(lines)


# --- mistakes in the CSV files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file, old, new, near, words",
    [
        (PLAN, "measure,1.1.2,", "measure,1.1.1,", "measure,1.1.1,Разраб", "1.1.1 stands twice"),
        (PLAN, "measure,1.1.2,", "mesure,1.1.2,", "mesure", "mesure"),
        (PLAN, "measure,1.1.2,", "measure,1.1.2.1,", "1.1.2.1", "1.1.2.1 does not fit"),
        (PLAN, "measure,1.1.2,", "result,1.1.2,", "result,1.1.2", "does not fit the level 'result'"),
        (PLAN, "measure,1.1.2,", "measure,1.1.О,", "1.1.О", "does not fit"),
        (PLAN, "measure,1.1.2,", "measure,1.1.,", "measure,1.1.,", "does not fit"),
        (PLAN, "measure,1.1.2,", "measure,01.01.2026,", "01.01.2026", "does not fit"),
        (PLAN, "ед.,increment,2,yes", "ед.,incremental,2,yes", "incremental", "no mode 'incremental'"),
        (PLAN, "ед.,increment,2,yes", "вёдра,increment,2,yes", "вёдра", "no unit 'вёдра'"),
        (PLAN, "ед.,increment,2,yes", "ед.,increment,9,yes", "increment,9", "no indicator 9"),
        (PLAN, "ед.,increment,2,yes", "ед.,increment,2,да", "increment,2,да", "yes / no"),
        (PLAN, "ед.,increment,2,yes", "ед.,increment", "6.2.1", ""),
        (PLAN, "ед.,increment,2,yes", "ед.,increment,2,yes,лишнее", "лишнее", ""),
        (PLAN, "level,code,name,", "level,number,name,", "level,number", "code"),
        (INDICATORS, "indicator,2,", "indicator,1,", "indicator,1,", "1 stands twice"),
        (UNITS, "yes,0,,0\nчел", "да,0,,0\nчел", "ед.,ед|", "yes / no"),
        (UNITS, "no,0,100,0.05", 'no,0,100,"0,05"', "0,05", "0,05"),
        (UNITS, "no,0,100,0.05", "no,0", "%,", ""),
        (UNITS, "чел.,чел|", "ед.,чел|", "ед.,чел|", ""),
    ],
)
def test_a_mistake_in_a_csv_file(books: Path, file: str, old: str, new: str, near: str, words: str) -> None:
    edit(books / file, old, new)
    assert_told(mistakes(books), books / file, near, words)


def test_a_line_is_counted_as_an_editor_counts_it(books: Path) -> None:
    """A blank line and a line break inside quotes must not shift the lines that are named."""
    edit(books / PLAN, "section,1,", "\nsection,1,")
    edit(books / PLAN, "1.3.1,Принят Регламент сетевого взаимодействия кластера,", '1.3.1,"Принят\nРегламент",')
    edit(books / PLAN, "ед.,increment,2,yes", "ед.,incremental,2,yes")
    assert_told(mistakes(books), books / PLAN, "incremental", "no mode")


@pytest.mark.parametrize("file", [PLAN, UNITS])
def test_a_csv_file_that_excel_saved_in_cp1251_is_told(books: Path, file: str) -> None:
    (books / file).write_bytes((books / file).read_text(encoding="utf-8").encode("cp1251", "replace"))
    (said,) = mistakes(books)
    assert said.startswith(Path(file).name)


@pytest.mark.parametrize("name", ["regions.csv", "industries.csv"])
def test_a_common_list_without_its_columns_is_told(books: Path, name: str) -> None:
    text = (books / name).read_text(encoding="utf-8").replace(",", ";")
    (books / name).write_text(text, encoding="utf-8")
    (said,) = mistakes(books)
    assert said.startswith(name)


@pytest.mark.parametrize("name", ["plan.csv", "units.csv"])
def test_a_missing_csv_file_is_told(books: Path, name: str) -> None:
    (books / "program_center" / name).unlink()
    (said,) = mistakes(books)
    assert said.startswith(name)


def test_excels_byte_order_mark_is_no_mistake(books: Path, center: Edition) -> None:
    text = (books / PLAN).read_text(encoding="utf-8")
    (books / PLAN).write_text(text, encoding="utf-8-sig")
    assert read_edition(books / CENTER).rows == center.rows


def test_every_csv_of_the_books_has_as_many_fields_as_captions() -> None:
    for file in rule_books_folder().rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            widths = {len(row) for row in csv.reader(stream)}
        assert len(widths) == 1, file


# --- mistakes in the catalogue of findings ----------------------------------------------------------------


@pytest.mark.parametrize(
    "old, new, near, words",
    [
        ("  V-101:", "  V-102:", "  V-102:", "stands twice"),
        ("  V-101:", "  V-1:", "  V-1:", "V-1"),
        ("severity: error", "severity: fatal", "severity: fatal", "allowed"),
        ('    title: {ru: "Файла нет", en: "No such file"}\n', "", "F-001", "title"),
        ('{ru: "Файла нет", en: "No such file"}', '{ru: "Файла нет"}', "Файла нет", "title"),
        ("Файл не найден", "Файл {имя} не найден", "{имя}", "имя"),
        ('{ru: "Файла нет", en: "No such file"}', "Файла нет", "title: Файла нет", "title"),
    ],
)
def test_a_mistake_in_the_catalogue(books: Path, old: str, new: str, near: str, words: str) -> None:
    edit(books / "findings.yml", old, new)
    with pytest.raises(RuleBookError) as caught:
        catalogue(books)
    assert_told([one.en for one in caught.value.problems], books / "findings.yml", near, words)
