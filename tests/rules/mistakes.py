"""Mistakes that a methodologist can make in a rule book, and what of each must be told in either language."""

from __future__ import annotations

from xlkit.rules.sheetnames import RESERVED

CENTER, EDUCATIONAL = "program_center/2026.yml", "program_educational/2024.yml"
PLAN, INDICATORS, UNITS = (f"program_center/{name}.csv" for name in ("plan", "indicators", "units"))
CODE, NAME = 'code: {kind: code, caption: "№ п/п"}', 'caption: "Наименование результата мероприятия"'
VALUE, TOTAL = 'caption: "{year}", per: year}', 'caption: "Итого на 31.12.{year}", of: value, per: year}'
NOTE = '      note: {kind: text, caption: "Пояснение"}'
SIDES = 'left: {table: plan, code: "1.1.2"}\n    op: "="\n    right: {table: plan, code: "1.1.3"}'
A, B = '{table: plan, code: "1.1.2"}', '{table: plan, code: "1.1.3"}'

Edit = tuple[str, str, str]
"""A file of the rule books, a text that stands in it, and what is to stand there."""


def sides(left: str = A, right: str = B, each: str = "") -> Edit:
    """The relation R-112 with other sides."""
    return CENTER, SIDES, f'left: {left}\n    op: "="\n    right: {right}' + (f"\n    each: {each}" if each else "")


RELATIONS: list[tuple[Edit, str, str]] = [
    (sides("{number: 1}"), "слева только числа", "only numbers on the left"),
    (sides("{number: 1}", "{number: 2}"), "слева только числа", "only numbers on the left"),
    (sides("{sum: [{number: 1}, {number: 3}]}"), "слева только числа", "only numbers on the left"),
    (sides("{sum: [{number: 1}, " + A + "]}"), "перенесите его направо", "move it to the right"),
    (sides("{sum: []}"), "«R-112.left.sum»: не может быть пустым", "may not be empty"),
    (sides(A, "{sum: []}"), "«R-112.right.sum»: не может быть пустым", "'R-112.right.sum' may not be empty"),
    (sides("{sum: [{sum: [" + A + "]}]}"), "«sum» внутри «sum»", "a sum within a sum"),
    (sides("{sum: [" + A + ', {table: indicators, code: "1"}]}'), "строки разных таблиц", "rows of several tables"),
    (sides("{number: 1, table: plan}"), "«table» ставится только рядом", "'table' belongs only beside"),
    (sides(A, "{number: 1, year: -1}"), "«year» ставится только рядом", "'year' belongs only beside"),
    (sides("{sum: [" + A + "], take: running_total}"), "«take» ставится только рядом", "'take' belongs only beside"),
    (sides("{}"), "ровно одно из слов", "exactly one of code, feeds, sum, number"),
    (sides('{code: "1.1.2"}'), "рядом с «code» нужна «table»", "'code' needs its table"),
    (sides('{table: indicators, feeds: "1"}'), "нет столбца вида «link»", "no column of kind link"),
    (sides('{table: plan, feeds: "9"}'), "строки 9 нет в indicators.csv", "no row 9 in indicators.csv"),
    (
        sides(A, '{table: plan, code: "1.1.3", year: -3}'),
        "выходит за программу: в ней лет 3",
        "outside of the programme",
    ),
    (sides(A, '{table: plan, code: "1.1.3", year: -7}', "{year: last}"), "выходит за программу", "lies outside of"),
    ((EDUCATIONAL, "years: 3", "years: 1"), "R-201: «year: -1» выходит за программу", "R-201: year: -1 lies outside"),
    (sides('{table: actuals, code: "1"}'), "соотношения сравнивают годы", "relations compare years"),
    (sides('{table: indicators, code: "1", take: running_total}'), "нет столбца итогов", "no running totals"),
    ((CENTER, TOTAL, 'caption: "Итого", of: value}'), "нет итогов по годам", "no running totals per year"),
    (sides('{table: plan, code: "1.1.1", take: running_total}'), "итог по ней не считается", "no running total"),
    (sides('{table: plan, code: "1.1"}'), "в строке 1.1 не бывает значений", "the row 1.1 carries no values"),
    (sides('{table: plan, code: "1.1.2/1.1.3"}'), "строки 1.1.2/1.1.3 нет", "no row 1.1.2/1.1.3"),
    (sides('{table: plan, code: ""}'), "строки «» нет в plan.csv", "no row '' in plan.csv"),
    (sides('{table: plan, code: "{year}"}'), "неизвестная подстановка {year}", "unknown placeholder {year}"),
    (sides('{table: plan, code: "1.1.{{2}}"}'), "стоит после кода и «/»", "stands after a code"),
    (sides('{table: plan, code: "{code:d}"}', B, '{code: ["1.1.2"]}'), "лишнее: нужно {code}", "it is {code}"),
    (sides('{table: plan, code: "{code!r}"}', B, '{code: ["1.1.2"]}'), "лишнее: нужно {code}", "it is {code}"),
    (sides('{table: plan, code: "{code}"}', B, "{code: []}"), "не может быть пустым", "may not be empty"),
    (
        sides('{table: plan, code: "{code}"}', B, '{code: ["1.1.2", "1.1.2"]}'),
        "код повторяется",
        "stands twice in each",
    ),
    (sides(A, B, '{code: ["1.1.2"]}'), "ни в одной части нет {code}", "no side uses it"),
    (sides(A, B, '{specialty: "1.1.2"}'), "ни в одной части нет {specialty}", "no side uses it"),
    (sides('{table: plan, code: "{specialty}"}', B, '{specialty: "1.1.2"}'), "после кода и «/»", "stands after a code"),
    (
        sides('{table: indicators, code: "1/{specialty}"}', B, '{specialty: "1"}'),
        "нет уровня с «within»",
        "no level with",
    ),
    ((CENTER, "(1.1.2) столько", "({year:abc}) столько"), "лишнее: нужно {year}", "too much in a placeholder"),
    ((CENTER, "(1.1.2) столько", "({year!z}) столько"), "лишнее: нужно {year}", "too much in a placeholder"),
    ((CENTER, "(1.1.2) столько", "({}) столько"), "неизвестная подстановка {}", "unknown placeholder {}"),
    ((CENTER, "(1.1.2) столько", "({year) столько"), "непарная фигурная скобка", "an unpaired brace"),
    ((CENTER, "    dash: zero", "    tolerance: -5"), "число не меньше 0", "a number of at least 0"),
    ((CENTER, "    dash: zero", "    tolerance: {decimals: 9}"), "нужно не больше 6", "at most 6 is allowed"),
]

SHEETS: list[tuple[Edit, str, str]] = [
    ((CENTER, 'sheet: "План"', f"sheet: {sheet}"), ru, en)
    for sheet, ru, en in [
        *(
            (f"'Пл{c}ан'", f"знак {c} в именах листов Excel не допускает", f"Excel allows no {c} in it")
            for c in "[]:*?/\\"
        ),
        ('"' + "П" * 32 + '"', "длиннее 31 знака: в нём 32", "longer than 31 characters: it has 32"),
        ('"' + "\U0001d538" * 16 + '"', "в нём 32", "it has 32"),
        ('"\'План"', "начинаться и кончаться апострофом", "may not begin or end with an apostrophe"),
        ('"План\'"', "начинаться и кончаться апострофом", "may not begin or end with an apostrophe"),
        ('""', "имя листа пусто", "the sheet has no name"),
        ('" "', "имя листа пусто", "the sheet has no name"),
        ('"Пл\\nан"', "перенос строки", "a line break"),
        ('"Пл\\u0001ан"', "непечатный знак", "a line break"),
        ("'Пл\"ан'", "поставьте «ёлочки»", "no straight quotation marks"),
        ('"History"', "занято самим Excel", "taken by Excel itself"),
        *((f'"{name}"', "который есть в каждой книге", "every workbook has") for name in ("Титул", "титул", *RESERVED)),
        ('"замечания"', "который есть в каждой книге", "every workbook has"),
        ('"Показатели"', "занято: у таблицы «plan»", "is taken: the table 'plan' has it"),
        ('"показатели"', "занято: у таблицы «plan»", "is taken: the table 'plan' has it"),
    ]
] + [(("title.yml", 'sheet: "Титул"', 'sheet: "Факт"'), "который есть в каждой книге", "every workbook has")]

CAPTIONS: list[tuple[Edit, str, str]] = [
    ((CENTER, NAME, 'caption: "№  П/П"'), "«code» и «name» имеют один заголовок", "'code' and 'name' have one caption"),
    ((CENTER, NAME, 'caption: "2027"'), "один заголовок: «2027»", "have one caption: '2027'"),
    ((CENTER, NAME, 'caption: "Итого  на 31.12.2031"'), "«name» и «total» имеют", "'name' and 'total' have one"),
    ((CENTER, 'caption: "Пояснение"', 'caption: "За ii кв."'), "«value» и «note» имеют", "'value' and 'note' have"),
    ((CENTER, TOTAL, TOTAL.replace("Итого на 31.12.", "")), "один заголовок: «{year}»", "one caption: '{year}'"),
    ((CENTER, NAME, 'caption: ""'), "заголовок столбца пуст", "the column has no caption"),
    ((CENTER, NAME, 'caption: "  "'), "заголовок столбца пуст", "the column has no caption"),
    ((CENTER, NAME, 'caption: "Имя {year}"'), "допустимо только: текст без скобок", "no braces"),
    ((CENTER, VALUE, 'caption: "{year} {foo}", per: year}'), "подстановка {year}, один раз", "{year}, once"),
    ((CENTER, VALUE, 'caption: "{year} {", per: year}'), "подстановка {year}, один раз", "{year}, once"),
    ((CENTER, VALUE, 'caption: "{year:>9}", per: year}'), "в заголовке нет {year}", "the caption lacks {year}"),
]

TABLES: list[tuple[Edit, str, str]] = [
    ((CENTER, CODE, CODE.replace("code:", "number:", 1)), "должен называться «code»", "must be called 'code'"),
    ((CENTER, "name: {kind: name,", "title: {kind: name,"), "должен называться «name»", "must be called 'name'"),
    ((CENTER, "unit: {kind: unit,", "units: {kind: unit,"), "должен называться «unit»", "must be called 'unit'"),
    ((CENTER, "mode: {kind: mode,", "modus: {kind: mode,"), "должен называться «mode»", "must be called 'mode'"),
    ((CENTER, "link: {kind: link,", "feeds: {kind: link,"), "должен называться «link»", "must be called 'link'"),
    (
        (CENTER, f"value: {{kind: value, {VALUE}", f"sum: {{kind: value, {VALUE}"),
        "называться «value»",
        "called 'value'",
    ),
    ((CENTER, "unit: {kind: unit,", "unit: {kind: text,"), "имя «unit» оставлено", "the name 'unit' is kept"),
    (
        (CENTER, NOTE, f"{NOTE}\n      more: {{kind: value, {VALUE}"),
        "должен называться «value»",
        "must be called 'value'",
    ),
    (
        (CENTER, NOTE, f'{NOTE}\n      t: {{kind: running_total, caption: "Т", of: value}}'),
        "один столбец итогов",
        "one column",
    ),
    ((CENTER, VALUE, 'caption: "сумма"}'), "«value» не такой", "'value' is none"),
    ((CENTER, VALUE, 'caption: "{quarter}", per: quarter}'), "«stage: actuals»", "stage: actuals"),
    ((CENTER, TOTAL, TOTAL.replace("of: value", "of: name")), "«name» не такой", "'name' is none"),
    ((CENTER, TOTAL, TOTAL.replace("of: value", "of: total")), "«total» не такой", "'total' is none"),
    ((CENTER, TOTAL, 'caption: "Итог {quarter}", of: value, per: quarter}'), "«value» различаются", "'value' differ"),
    (
        (CENTER, "opening: opening}", "opening: value}"),
        "«opening»: нужен столбец вида «value» без",
        "opening: a column",
    ),
    ((CENTER, "opening: opening}", "opening: note}"), "«note» не такой", "'note' is none"),
    ((CENTER, "of: total, minus: planned", "of: value, minus: planned"), "не вычисляется", "is not computed"),
    ((CENTER, "of: total, minus: planned", "of: total, minus: opening"), "не вычисляется", "is not computed"),
    ((CENTER, "of: total, minus: planned", "of: total, minus: completion"), "стоять раньше", "must stand before"),
    ((CENTER, "of: total, base: planned", "of: completion, base: planned"), "стоять раньше", "must stand before"),
    ((CENTER, "indicators, column: value", "indicators, column: nope"), "нет столбца «nope»", "no column 'nope'"),
    ((CENTER, "indicators, column: value", "indicators, column: name"), "нет столбца «name»", "no column 'name'"),
    ((CENTER, "indicators, column: value", "actuals, column: value"), "со значениями по годам", "with values per year"),
    ((CENTER, "units: units.csv\n", ""), "нужен файл единиц", "needs the file of units"),
    ((CENTER, "rows: plan.csv", "rows: ../program_educational/plan.csv"), "рядом с книгой", "beside the rule book"),
    ((CENTER, "rows: plan.csv", 'rows: ""'), "имя файла «….csv»", "the name of a .csv file"),
    ((CENTER, "rows: plan.csv", "rows: plans.csv"), "такого файла или папки нет", "there is no such file or folder"),
    ((CENTER, "mode_column: actual_mode", "mode_column: mood"), "неизвестный столбец «actual_mode»", "unknown column"),
    ((CENTER, "modes: [increment, cumulative, level, flag]", "modes: []"), "пустым", "may not be empty"),
    ((CENTER, 'caption: "за год"', 'caption: "на  дату"'), "называются в книге одинаково", "have one caption"),
    ((CENTER, 'caption: "за год"', "caption: 'за \"год\"'"), "без прямых кавычек", "without straight quotes"),
    ((CENTER, "    mode: cumulative\n", ""), "нужен учёт", "a mode is needed"),
    ((CENTER, "    mode_column: actual_mode", "    mode: gain\n    mode_column: actual_mode"), "дважды", "set twice"),
    ((CENTER, "first_year: 2026", "first_year: 2098"), "последний год программы 2100", "last year is 2100"),
    ((CENTER, "years: 3", "years: 1"), "«group_caption» стоит над несколькими", "group_caption stands above several"),
    ((CENTER, 'cluster_kind: "ОПЦ(К)"', 'cluster_kind: " "'), "«cluster_kind»: не может быть", "may not be empty"),
    ((CENTER, '{ru: "План мероприятий', '{ru: "", uk: "План'), "надписи на двух языках", "it needs both languages"),
]

LEVELS: list[tuple[Edit, str, str]] = [
    ((CENTER, "within: measure}", "within: measures}"), "нет внешнего уровня «measures»", "no outer level 'measures'"),
    ((CENTER, "within: measure}", "within: specialty}"), "нет внешнего уровня", "no outer level 'specialty'"),
    ((CENTER, "digits: 2, within", "within"), "не отличить от кодов", "look like another's"),
    ((CENTER, "digits: 2, within", "digits: 0, within"), "не меньше 1", "at least 1 is needed"),
    ((CENTER, "{id: measure, parts: 3}", "{id: result, parts: 3}"), "«result» повторяется", "'result' stands twice"),
    (
        (CENTER, "{id: measure, parts: 3}", "{id: measure, parts: 3, fixed: true}"),
        "«spare_rows» нужны",
        "spare_rows need",
    ),
    ((CENTER, "id: section, parts: 1, fixed: true", "id: section, parts: 1"), "не может стоять внутри", "cannot lie"),
    ((CENTER, "id: section, parts: 1", "id: section, parts: 4"), "«parts» не убывают", "parts do not fall"),
    (
        (CENTER, "parts: 1, fixed: true}", "parts: 1, fixed: true, within: indicator}"),
        "без слова «within»",
        "without the",
    ),
    ((CENTER, "mode: cumulative", "mode: cumulative\n    spare_rows: 2"), "«spare_rows» нужны", "spare_rows need"),
]

FILES: list[tuple[Edit, str, str]] = [
    ((PLAN, "measure,1.1.2,", "measure,7.7.2,"), "выше нет строки 7.7 для 7.7.2", "no row 7.7 above 7.7.2"),
    (
        (PLAN, "section,1,", "specialty,38.02.01,Имя,,,,\nsection,1,"),
        "под строкой уровня «measure»",
        "under a row of the",
    ),
    ((PLAN, "Разработаны и согласованы", "{Разработаны и"), "допустимы только подстановки", "placeholders"),
    ((PLAN, "Разработаны и согласованы", "{отрсль} и"), "«{отрсль}", "placeholders"),
    ((PLAN, "ед.,increment,2,yes", "ед.,gain,2,yes"), "«gain» не из тех", "'gain' is none of this table"),
    ((PLAN, "ед.,increment,2,yes", "ед.,,2,yes"), "со значениями нет учёта", "carries values and no mode"),
    ((PLAN, "ед.,increment,2,yes", "ед.,increment,2,да"), "нужно «yes» или «no», а стоит «да»", "yes / no is needed"),
    ((PLAN, "level,code,name,unit", "level,code,name,name"), "столбец «name» повторяется", "'name' stands twice"),
    ((PLAN, "mode,link,values", "mode,lnk,values"), "неизвестный столбец «lnk»", "unknown column 'lnk'"),
    (
        (PLAN, 'section,1,"Мероприятия', 'section,1,"Мероп"риятия'),
        "кавычка не закрыта или стоит",
        "a quote is not closed",
    ),
    ((UNITS, "yes,0,,0\nчел", "yes,5,1,0\nчел"), "«minimum» больше, чем «maximum»", "minimum is above maximum"),
    ((UNITS, "no,0,100,0.05", 'no,0,100,"0,05"'), "число с точкой, такое как 0.05, а стоит «0,05»", "with a point"),
    ((UNITS, "no,0,100,0.05", "no,0,1e999,0.05"), "«maximum»: нужно число", "maximum: a number"),
    ((UNITS, "no,0,100,0.05", "no,nan,100,0.05"), "«minimum»: нужно число", "minimum: a number"),
    ((UNITS, "no,0,100,0.05", "no,0,100,-1"), "«tolerance» меньше нуля", "tolerance is below zero"),
    ((UNITS, "ед.,ед|", ",ед|"), "единица не названа", "the unit has no name"),
]

WORDS: list[tuple[Edit, str, str]] = [
    ((CENTER, "years: 3", "years: 0"), "«years»: нужно не меньше 1, а стоит «0»", "'years': at least 1 is needed"),
    ((CENTER, "years: 3", "years: 2.5"), "нужно целое число, а стоит «2.5»", "a whole number is needed, not '2.5'"),
    ((CENTER, "years: 3", 'years: "3"'), "нужно целое число, а стоит «3»", "a whole number is needed, not '3'"),
    ((CENTER, "years: 3", "years: null"), "нужно целое число, а стоит пустое место", "not nothing"),
    ((CENTER, "years: 3", "years: [3]"), "а стоит […]", "not […]"),
    ((CENTER, "    never_falls: true", '    never_falls: "да"'), "нужно «true» или «false»", "true or false, not 'да'"),
    ((CENTER, "total: sum", "total: summ"), "допустимо: «sum», «last», «none», «once»", "allowed: 'sum', 'last'"),
    ((CENTER, "severity: error", "severity: fatal"), "допустимо: «error», «warning», «info»", "allowed: 'error'"),
    (
        (CENTER, "kind: code,", "kind: cod,"),
        "«cod» не подходит, допустимо: «code»",
        "'cod' will not do, allowed: 'code'",
    ),
    (
        (CENTER, "code: {kind: code, caption", "code: {caption"),
        "не хватает «tables.plan.columns.code.kind»",
        "kind' is missing",
    ),
    ((CENTER, "id: R-101", "id: R101"), "буква R и три цифры", "the letter R and three digits"),
    ((CENTER, 'edition: "2026"', 'edition: "26"'), "год из четырёх цифр", "a year of four digits"),
    ((CENTER, "  increment:\n", "  Increment:\n"), "латинские строчные буквы", "small Latin letters"),
    ((CENTER, 'caption: "за год"', "caption: 5"), 'взять в кавычки: "5"', 'must stand in quotes: "5"'),
    ((CENTER, 'caption: "за год"', "caption: 1.10"), 'взять в кавычки: "1.10"', 'must stand in quotes: "1.10"'),
    ((CENTER, 'caption: "за год"', "caption: true"), "нужен текст, а стоит «true»", "a text is needed, not 'true'"),
    ((CENTER, "    levels:\n", "    levels: {}\n    more:\n"), "нужен список в скобках [ ]", "a list in [ ] is needed"),
    (
        (CENTER, "  increment:\n    caption", "  increment: [1]\n  more:\n    caption"),
        "нужны пары «слово: значение»",
        "pairs",
    ),
    ((CENTER, "    dash: zero", "    tolerance: much"), '"unit", число не меньше 0', '"unit", a number of at least 0'),
    (
        (CENTER, "each: {code:", "each: {cod:"),
        "неизвестное слово «cod». Может быть, «code»?",
        "unknown word 'cod'. Did",
    ),
    ((CENTER, 'caption: "за год"', "caption: 2.3.1"), 'в кавычки ("2.3.1")', 'put it in quotes ("2.3.1")'),
    ((CENTER, 'caption: "за год"', "caption:"), "значения нет", "the value is missing"),
    ((CENTER, "years: 3", "years: 3\nyears: 4"), "ключ «years» повторяется", "stands twice"),
]

REFUSED = [*RELATIONS, *SHEETS, *CAPTIONS, *TABLES, *LEVELS, *FILES, *WORDS]

ACCEPTED: list[Edit] = [
    sides(A, "{number: 2}"),
    sides(A, "{sum: [{number: 1}, {number: 3}]}"),
    sides(A, "{sum: [{number: 1}, " + B + "], times: 2}"),
    sides("{sum: [" + A + ", " + B + "]}", '{table: plan, code: "1.2.1"}'),
    sides('{table: plan, feeds: "7"}', B),
    sides(A, '{table: plan, code: "1.1.3", year: -2}'),
    sides(A, '{table: plan, code: "1.1.3", year: -2}', "{year: last}"),
    sides('{table: plan, code: "1.1.2/{specialty}"}', B, '{specialty: "1.1.2"}'),
    (CENTER, "    dash: zero", "    tolerance: {decimals: 3}"),
    (CENTER, "(1.1.2) столько", "({year}) столько"),
    (CENTER, 'sheet: "План"', 'sheet: "Пл\'ан & <план>"'),
    (CENTER, 'sheet: "План"', 'sheet: " План "'),
    (CENTER, 'caption: "за год"', 'caption: "За Год "'),
    (CENTER, "years: 3", "years: 6"),
    (CENTER, NOTE, f'{NOTE}\n      memo: {{kind: text, caption: "Пояснение 2"}}'),
    (CENTER, NOTE, f'{NOTE}\n      one: {{kind: value, caption: "Ещё"}}'),
    (CENTER, "- {id: indicator, parts: 1, fixed: true}", "- {id: indicator, parts: 1}"),
    (CENTER, '    group_caption: "Значение по итогам года"\n', ""),
    (PLAN, "ед.,increment,2,yes", "ед.,level,2,yes"),
    (PLAN, "ед.,increment,2,yes", "ед.,increment,2,"),
]
