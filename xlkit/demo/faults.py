"""Kinds of faults, as people make them: each changes a clean draft and writes down what must be found where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from xlkit.books.captions import NO_PERIOD
from xlkit.demo.draft import Draft, DraftRow
from xlkit.values import ExcelError, Uncached

DIFFERS, UNIT_DIFFERS, ONLY_IN_WORKBOOK = "differs", "unit_differs", "only_in_workbook"
REGISTER_FAULTS = (DIFFERS, UNIT_DIFFERS, ONLY_IN_WORKBOOK)
"""In place of a rule: a difference that reconcile must show."""


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault and the form in which it can be planted."""

    name: str
    form: str
    plant: Callable[[Draft, str], None]


KINDS: list[FaultKind] = []
_CENTER, _EDUCATIONAL = "program_center", "program_educational"


def _kind(name: str, form: str = _CENTER) -> Callable[[Callable[[Draft, str], None]], Callable[[Draft, str], None]]:
    def register(plant: Callable[[Draft, str], None]) -> Callable[[Draft, str], None]:
        KINDS.append(FaultKind(name, form, plant))
        return plant

    return register


def _set(draft: Draft, kind: str, place: tuple[str, str, int], content: object, rule: str) -> None:
    """Put a content into a value cell."""
    table, key, period = place
    row = draft.row(table, key)
    row.values["value", period] = content
    draft.expect(kind, rule, table, row, "value", period)


def _value_kind(name: str, table: str, key: str, period: int, content: object, rule: str, form: str = _CENTER) -> None:
    KINDS.append(FaultKind(name, form, lambda draft, kind: _set(draft, kind, (table, key, period), content, rule)))


_value_kind("пустая ячейка", "plan", "1.5.1", 1, None, "V-101")
_value_kind("единица в ячейке числа", "plan", "6.3.1", 0, "98 чел.", "V-102")
_value_kind("неоднозначное число", "plan", "6.1.1", 2, "1.234", "V-103")
_value_kind("дата вместо числа", "plan", "5.2.1", 0, dt.date(2026, 3, 1), "V-104")
_value_kind("ошибка Excel", "plan", "1.1.1", 1, ExcelError("#REF!"), "V-105")
_value_kind("формула без значения", "plan", "1.4.1", 2, Uncached("10+8"), "V-106")
_value_kind("дробное число людей", "plan", "2.1.1", 0, 16.5, "V-107")
_value_kind("отрицательное число", "plan", "5.3.1", 0, -7, "V-108")
_value_kind("больше ста процентов", "plan", "5.4.1", 2, 187, "V-109")
_value_kind("«да» вместо числа", "plan", "6.5.1", 0, "да", "V-111")
_value_kind("нарастающий итог падает", "plan", "4.2.1", 2, 1, "V-112")
_value_kind("пусто после числа", "indicators", "5", 1, None, "V-114")
_value_kind("прочерк после числа", "plan", "4.2.1", 1, "-", "V-113")
_value_kind("х вместо числа", "plan", "1.3.3", 1, "х", "V-119")
_value_kind("доля вместо процентов", "plan", "5.4.1", 2, 0.87, "V-127")
_value_kind("буква вместо цифры", "plan", "1.3.2", 0, "1О", "V-102")
_value_kind("число в строке «да-нет»", "plan", "2.1.1", 0, 1, "V-110", _EDUCATIONAL)
_value_kind("«нет» вместо прочерка", "plan", "2.2.2", 2, "нет", "V-110", _EDUCATIONAL)
_value_kind("пустая ячейка", "plan", "1.3.3", 0, None, "V-101", _EDUCATIONAL)
_value_kind("текст вместо числа", "plan", "1.4.3", 1, "ежеквартально", "V-102", _EDUCATIONAL)


@_kind("переставлены цифры показателя")
def _swapped(draft: Draft, kind: str) -> None:
    row = draft.row("indicators", "1")
    right = row.values["value", 2]
    assert isinstance(right, int)
    row.values["value", 2] = right + 9 if right % 100 // 10 == right % 10 else _swap(right)
    rule = "V-112" if row.values["value", 2] < row.values["value", 1] else None  # type: ignore[operator]
    draft.expect(kind, "R-101", "indicators", row, "value", 2)
    if rule is not None:
        draft.expect(kind, rule, "indicators", row, "value", 2)


def _swap(number: int) -> int:
    tens, units = number % 100 // 10, number % 10
    return number - number % 100 + units * 10 + tens


@_kind("показатель в тысячу раз больше")
def _thousandfold(draft: Draft, kind: str) -> None:
    row = draft.row("indicators", "7")
    for period in range(3):
        number = row.values["value", period]
        assert isinstance(number, int)
        row.values["value", period] = number * 1000
        draft.expect(kind, "R-107", "indicators", row, "value", period)


@_kind("значение соседнего года")
def _neighbour(draft: Draft, kind: str) -> None:
    row = draft.row("indicators", "3")
    row.values["value", 0] = row.values["value", 1]
    draft.expect(kind, "R-101", "indicators", row, "value", 0)


@_kind("анализ ОПОП-П не равен разработке")
def _unequal(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "1.1.3")
    row.values["value", 1] = int(str(row.values["value", 1])) + 5
    draft.expect(kind, "R-112", "plan", draft.row("plan", "1.1.2"), "value", 1)


@_kind("договоров больше, чем обучающихся")
def _too_many(draft: Draft, kind: str) -> None:
    students = int(str(draft.row("indicators", "1").values["value", 2]))
    for table, key in (("plan", "5.1.1"), ("indicators", "4")):
        draft.row(table, key).values["value", 2] = students + 100
    draft.expect(kind, "R-122", "plan", draft.row("plan", "5.1.1"), "value", 2)


@_kind("итог вписан вместо формулы")
def _typed_total(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "6.1.2")
    row.values["total", 2] = 999
    draft.expect(kind, "V-115", "plan", row, "total", 2)


@_kind("не указана единица")
def _no_unit(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "1.5.2")
    row.unit = ""
    draft.expect(kind, "V-121", "plan", row, "unit")


@_kind("единицы нет в списке")
def _odd_unit(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "6.3.1")
    row.unit = "учен."
    draft.expect(kind, "V-122", "plan", row, "unit")


@_kind("неизвестный учёт")
def _odd_mode(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "5.2.1")
    row.mode = "всего"
    draft.expect(kind, "V-125", "plan", row, "mode")


@_kind("связь с несуществующим показателем")
def _odd_link(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "6.1.1")
    row.link = "9"
    draft.expect(kind, "V-126", "plan", row, "link")


@_kind("показатель остался без строки плана")
def _no_source(draft: Draft, kind: str) -> None:
    draft.row("plan", "6.4.1").link = ""
    draft.expect(kind, "S-118", "indicators", draft.row("indicators", "6"), "code")


@_kind("учёт без итога у строки показателя")
def _mode_without_total(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "6.2.1")
    row.mode = "на дату"
    draft.expect(kind, "V-128", "plan", row, "mode")


@_kind("строка без номера")
def _no_number(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "6.5.1")
    row.code = ""
    draft.expect(kind, "S-106", "plan", row, "code")


@_kind("буква в номере")
def _letter_in_code(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "1.3.3")
    row.code = "1.З.3"
    draft.expect(kind, "S-107", "plan", row, "code")


@_kind("повторяется номер")
def _repeated(draft: Draft, kind: str) -> None:
    plan = draft.tables["plan"]
    row = draft.row("plan", "1.1.1")
    double = replace(row, values=dict(row.values), name="Проведены заседания экспертных групп", key="double")
    plan.insert(plan.index(draft.row("plan", "1.1.3")) + 1, double)
    draft.expect(kind, "S-104", "plan", double, "code")


@_kind("удалена обязательная строка")
def _fixed_dropped(draft: Draft, kind: str) -> None:
    plan = draft.tables["plan"]
    for key in ("6.5", "6.5.1"):
        plan.remove(draft.row("plan", key))
    draft.expect(kind, "S-105", "plan", None, "code")


@_kind("латинская буква в слове")
def _homoglyph(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "1.3.1")
    row.name = row.name.replace("сетевого", "cетевого")
    draft.expect(kind, "S-112", "plan", row, "name")


@_kind("строка без наименования")
def _no_name(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "5.3.1")
    row.name = ""
    draft.expect(kind, "S-110", "plan", row, "name")


@_kind("нет идентификатора кластера")
def _no_id(draft: Draft, kind: str) -> None:
    draft.title["cluster_id"] = ""
    draft.unclaimed.append(kind)
    draft.expect(kind, "T-101", "title", None, "cluster_id")


@_kind("первый год словами")
def _odd_year(draft: Draft, kind: str) -> None:
    draft.title["first_year"] = "с этого года"
    draft.expect(kind, "T-102", "title", None, "first_year")


@_kind("регион другого округа")
def _odd_district(draft: Draft, kind: str) -> None:
    others = [d for d in draft.edition.districts if d != draft.cluster.federal_district]
    draft.title["district"] = others[0]
    draft.expect(kind, "T-105", "title", None, "district")


@_kind("отрасль не из списка", _EDUCATIONAL)
def _odd_industry(draft: Draft, kind: str) -> None:
    draft.title["industry"] = "Отрасль будущего"
    draft.expect(kind, "T-104", "title", None, "industry")


@_kind("актуализировано раньше, чем разработано", _EDUCATIONAL)
def _too_early(draft: Draft, kind: str) -> None:
    draft.row("plan", "1.4.1/38.02.01").values["value", 1] = "-"
    draft.row("plan", "1.4.2/38.02.01").values["value", 1] = "да"
    draft.row("plan", "1.4.1/38.02.01").values["value", 2] = "да"
    draft.expect(kind, "R-202", "plan", draft.row("plan", "1.4.1/38.02.01"), "value", 1)


@_kind("запущено и актуализировано разное число программ", _EDUCATIONAL)
def _unequal_programmes(draft: Draft, kind: str) -> None:
    row = draft.row("plan", "1.2.1")
    row.values["value", 2] = int(str(row.values["value", 2])) + 3
    draft.expect(kind, "R-201", "plan", row, "value", 2)


@_kind("факт: число в будущем квартале")
def _future(draft: Draft, kind: str) -> None:
    _report(draft, kind)
    row = draft.row("actuals", "1")
    row.values["value", 3] = 40
    draft.expect(kind, "V-117", "actuals", row, "value", 3)


@_kind("факт: не заполнен квартал")
def _missing_quarter(draft: Draft, kind: str) -> None:
    _report(draft, kind)
    row = draft.row("actuals", "4")
    row.values["value", 1] = None
    draft.expect(kind, "V-101", "actuals", row, "value", 1)


def _report(draft: Draft, kind: str) -> None:
    """Fill the actuals of the first half of the first year, once."""
    if draft.title.get("period"):
        return
    draft.unclaimed.append(kind)
    draft.title["period"] = f"{draft.first_year}, II квартал"
    for row in draft.tables["actuals"]:
        row.values["opening", NO_PERIOD] = "-"
        for quarter, content in enumerate((12, 15, "х", "х")):
            row.values["value", quarter] = content


# --- faults that only the register shows ------------------------------------------------------------------


@_kind("значение не равно утверждённому")
def _not_approved(draft: Draft, kind: str) -> None:
    _change_figure(draft, kind, "6.1.2", 1)


@_kind("значение не равно утверждённому", _EDUCATIONAL)
def _not_approved_educational(draft: Draft, kind: str) -> None:
    _change_figure(draft, kind, "1.2.2", 0)


def _change_figure(draft: Draft, kind: str, key: str, period: int) -> None:
    year = draft.first_year + period
    draft.figures = [
        replace(f, value=1 + int(str(f.value)) if str(f.value).isdigit() else 1)
        if (f.table, f.key, f.year) == ("plan", key, year)
        else f
        for f in draft.figures
    ]
    draft.expect(kind, DIFFERS, "plan", draft.row("plan", key), "value", period)


@_kind("строки нет в реестре")
def _not_in_register(draft: Draft, kind: str) -> None:
    draft.figures = [f for f in draft.figures if f.key != "1.5.1"]
    row: DraftRow = draft.row("plan", "1.5.1")
    for period in range(3):
        draft.expect(kind, ONLY_IN_WORKBOOK, "plan", row, "value", period)


@_kind("единица не та, что в реестре")
def _unit_not_approved(draft: Draft, kind: str) -> None:
    draft.figures = [replace(f, unit="чел.") if f.key == "1.3.1" else f for f in draft.figures]
    draft.expect(kind, UNIT_DIFFERS, "plan", draft.row("plan", "1.3.1"), "unit")
