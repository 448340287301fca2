"""Every mistake of a rule book is refused at load, with a sentence in either language; what is let through works."""

from __future__ import annotations

import io
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.filling import blank_template
from tests.rules.mistakes import (
    ACCEPTED,
    CENTER,
    EDUCATIONAL,
    REFUSED,
    RELATIONS,
    UNITS,
    VALUE,
    Edit,
)
from xlkit.actions.check import check
from xlkit.actions.recompute import recompute
from xlkit.actions.rules import check_rule_books, exit_code
from xlkit.books.captions import expected_captions
from xlkit.errors import XlkitError
from xlkit.resources import rule_books_folder
from xlkit.rules.catalogue import catalogue, finding
from xlkit.rules.edition import Edition, load_edition, read_edition
from xlkit.rules.mistakes import RuleBookError
from xlkit.rules.model import Table
from xlkit.rules.registerspec import read_register_spec, register_spec
from xlkit.rules.sheetnames import RESERVED
from xlkit.rules.title import read_title_sheet, title_sheet
from xlkit.templates.build import build_workbook
from xlkit.templates.content import RowContent, typical_content
from xlkit.texts import Text


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """A copy of the rule books, to be edited."""
    return Path(shutil.copytree(rule_books_folder(), tmp_path / "validation"))


def make(books: Path, change: Edit) -> Path:
    """Make an edit; the path of the rule book that it concerns."""
    file, old, new = change
    path = books / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}: the test must follow the rule book"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return books / (EDUCATIONAL if file == EDUCATIONAL else CENTER)


def told(book: Path) -> list[Text]:
    with pytest.raises(RuleBookError) as caught:
        read_edition(book)
    return caught.value.problems


_QUOTED = re.compile(r"""«[^»]*»|"[^"]*"|'[^']*'|\{[^}]*\}""")
_NAMES = re.compile(r"[\w./-]*\.(csv|yml)(:\d+)?|[RFSTVC]-[0-9]+|\b(YAML|CSV|UTF-8|Excel)\b|U\+[0-9A-F]+")


def assert_of_one_language(text: Text) -> None:
    """Apart from what is quoted and names, no English stands in the Russian sentence and the other way round."""
    for sentence, foreign in ((text.ru, "[A-Za-z]{2,}"), (text.en, "[А-Яа-яЁё]")):
        rest = _NAMES.sub("", _QUOTED.sub("", sentence))
        assert not re.search(foreign, rest), sentence


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "ru", "en"), REFUSED, ids=lambda one: one[2][:60] if isinstance(one, tuple) else "")
def test_a_mistake_is_told_in_both_languages(books: Path, change: Edit, ru: str, en: str) -> None:
    mistakes = told(make(books, change))
    assert any(ru in one.ru and en in one.en for one in mistakes), mistakes
    for one in mistakes:
        assert re.match(r"[\w.-]+\.(yml|csv)(:\d+)?: ", one.ru), one.ru
        assert_of_one_language(one)


@pytest.mark.parametrize("change", [change for change, *_ in RELATIONS])
def test_what_follows_from_a_mistake_is_not_told(books: Path, change: Edit) -> None:
    """A mistake in one relation is one mistake, or two, not a page."""
    assert len(told(make(books, change))) <= 5


def test_a_broken_column_is_told_once_and_not_by_every_relation(books: Path) -> None:
    mistakes = told(make(books, (CENTER, VALUE, 'caption: "сумма"}')))
    assert [one.ru for one in mistakes if "R-" in one.ru] == []


def test_our_own_sheets_are_reserved() -> None:
    """Every sheet of a template is the title sheet, a table's, or a reserved one."""
    edition = load_edition("program_center")
    sheets = openpyxl.load_workbook(io.BytesIO(blank_template("program_center"))).sheetnames
    declared = {title_sheet().sheet, *(table.sheet for table in edition.book.tables.values())}
    assert set(sheets) - declared == set(RESERVED)


# --- the files that all forms share -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "ru", "en"),
    [
        ('sheet: "Титул"', 'sheet: "Контроль"', "который есть в каждой книге", "every workbook has"),
        ('sheet: "Титул"', 'sheet: "Ти/тул"', "знак /", "Excel allows no /"),
        ('caption: "Телефон"', 'caption: "Отрасль "', "«industry» и «phone» имеют один", "'industry' and 'phone' have"),
        ('caption: "Телефон"', 'caption: ""', "заголовок поля пуст", "the field has no caption"),
        (", list: regions", ", list: periods", "список «periods»", "the list periods"),
        *(
            (f"  {name}: ", f"  my_{name}: ", f"не хватает поля «{name}»", f"{name!r} is missing")
            for name in ("cluster_id", "cluster_name", "kind", "industry", "first_year", "period")
        ),
    ],
)
def test_a_mistake_in_the_title_sheet(books: Path, old: str, new: str, ru: str, en: str) -> None:
    make(books, ("title.yml", old, new))
    with pytest.raises(RuleBookError) as caught:
        read_title_sheet(books)
    assert any(ru in one.ru and en in one.en for one in caught.value.problems)
    assert all(assert_of_one_language(one) is None for one in caught.value.problems)
    assert [c.mistakes is None for c in check_rule_books([books / "title.yml", books / CENTER])] == [False, False]


@pytest.mark.parametrize(
    ("old", "new", "ru", "en"),
    [
        ('  plan: "План"', '  plan: "кластеры"', "у таблицы «clusters»", "the table 'clusters' has it"),
        ('  plan: "План"', '  plan: "Пл?ан"', "знак ?", "Excel allows no ?"),
        ("    cluster_id: {", "    cluster: {", "не хватает столбца «cluster_id»", "'cluster_id'"),
        ("  deadlines:\n    form", "  dead:\n    form", "нет столбцов среди «columns»", "has no columns among columns"),
        ('caption: "Статус"', 'caption: "Вид"', "заголовок «Вид» уже у столбца «kind»", "belongs to the column 'kind'"),
        ('caption: "Статус"', 'caption: ""', "заголовок столбца пуст", "the column has no caption"),
    ],
)
def test_a_mistake_in_the_register(books: Path, old: str, new: str, ru: str, en: str) -> None:
    make(books, ("register.yml", old, new))
    with pytest.raises(RuleBookError) as caught:
        read_register_spec(books)
    assert any(ru in one.ru and en in one.en for one in caught.value.problems)
    assert all(assert_of_one_language(one) is None for one in caught.value.problems)


@pytest.fixture
def fresh(books: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The copy is in force, and nothing that was read before is remembered."""
    monkeypatch.setenv("XLKIT_RULES", str(books))
    remembered = (catalogue, title_sheet, register_spec)
    for one in remembered:
        one.cache_clear()
    yield books
    for one in remembered:
        one.cache_clear()


@pytest.mark.parametrize(
    ("old", "new", "ru", "en"),
    [
        ("  F-002:", "  F-999:", "нет правила F-002", "the rule F-002 is missing"),
        ("Это папка или", "Это {caption} или", "F-002: подстановка {caption}", "F-002: the placeholder {caption}"),
    ],
)
def test_a_catalogue_that_does_not_fit_is_told_and_not_a_traceback(
    fresh: Path, old: str, new: str, ru: str, en: str
) -> None:
    make(fresh, ("findings.yml", old, new))
    with pytest.raises(XlkitError) as caught:
        check([fresh])
    assert ru in caught.value.text.ru and en in caught.value.text.en


# --- what is let through works ----------------------------------------------------------------------------


@pytest.mark.parametrize("change", ACCEPTED, ids=lambda one: one[2][:60])
def test_what_is_let_through_crashes_nothing(fresh: Path, tmp_path: Path, change: Edit) -> None:
    """The template; check and recompute of a workbook that breaks every relation, and of one of rubbish and gaps."""
    book = make(fresh, change)
    assert [one.mistakes for one in check_rule_books([book]) if one.mistakes] == []
    edition = load_edition(book.parent.name)
    assert filled(edition, [])
    files = []
    for name, choices in (("random", list(range(1, 99))), ("odd", [5, 8.5, "-", "да", "98 чел.", None])):
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(filled(edition, choices))
    assert [one.verdict for one in check(files).files] == ["invalid", "invalid"]
    recompute(files, tmp_path / "out")


def filled(edition: Edition, choices: list[object]) -> bytes:
    """A workbook whose every value cell holds one of the choices; a measure in three is gone."""
    year = edition.book.first_year
    content = typical_content(edition, year, {"cluster_id": "К-1", "period": f"{year}, II квартал"})
    if not choices:
        return build_workbook(edition, content)
    dice = random.Random(7)

    def values(table: Table) -> dict[tuple[str, int], object]:
        inputs = ((n, c) for n, c in table.columns.items() if c.kind == "value")
        return {(n, p): dice.choice(choices) for n, c in inputs for p, _ in expected_captions(c, edition.years(year))}

    def rows(name: str) -> Iterator[RowContent]:
        table = edition.book.tables[name]
        for row in content.tables[name]:
            if row.carries and (row.code == "1.1.3" or dice.random() > 0.3):
                yield replace(row, values=values(table))
            elif not row.carries:
                yield row

    return build_workbook(edition, replace(content, tables={name: list(rows(name)) for name in content.tables}))


# --- the command ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "tried", "code"),
    [
        ([CENTER, EDUCATIONAL, "title.yml", "register.yml", "findings.yml"], [True] * 5, 0),
        (["none.yml"], [False], 2),
        (["program_center"], [False], 2),
        ([UNITS], [False], 2),
        (["note.txt"], [False], 2),
        (["none.yml", UNITS], [False, False], 2),
        (["none.yml", CENTER], [False, True], 1),
        (["broken.yml"], [True], 1),
        (["broken.yml", "none.yml"], [True, False], 1),
    ],
)
def test_what_cannot_be_tried(books: Path, names: list[str], tried: list[bool], code: int) -> None:
    (books / "note.txt").write_text("заметка", encoding="utf-8")
    (books / "broken.yml").write_text("просто текст", encoding="utf-8")
    checks = check_rule_books([books / name for name in names])
    assert [one.tried for one in checks] == tried
    assert exit_code(checks) == code
    for one in checks:
        assert (one.mistakes is None) <= one.tried
        if one.mistakes:
            assert_of_one_language(one.mistakes)


def test_without_files_all_shipped_ones_are_checked(fresh: Path) -> None:
    names = [Path(one.file).name for one in check_rule_books()]
    assert names == ["2026.yml", "2024.yml", "title.yml", "register.yml", "findings.yml"]


def test_a_rule_book_may_be_named_from_its_own_folder(books: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(books / "program_center")
    assert [one.mistakes for one in check_rule_books(["2026.yml"])] == [None]


@pytest.mark.parametrize(
    ("content", "ru", "en"),
    [
        (b"- a\n- b\n", "это не книга правил", "this is no rule book"),
        ("просто текст".encode(), "это не книга правил", "this is no rule book"),
        ("form: слово".encode("cp1251"), "не в кодировке UTF-8", "is not UTF-8"),
        (b"[" * 5000, "слишком много скобок", "too many brackets"),
        (b"", "не хватает «form»", "'form' is missing"),
    ],
)
def test_a_file_that_is_no_rule_book(books: Path, content: bytes, ru: str, en: str) -> None:
    (books / CENTER).write_bytes(content)
    mistakes = told(books / CENTER)
    assert any(ru in one.ru and en in one.en for one in mistakes), mistakes


def test_the_catalogue_fills_what_it_is_given() -> None:
    from xlkit.finding import Location

    assert finding("F-001", Location("a.xlsx")).message.ru == "Файл не найден"
