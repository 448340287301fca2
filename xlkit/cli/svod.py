"""The commands about a свод that has been made: explain, changes."""

from __future__ import annotations

import click

from xlkit.cli.console import paint, show
from xlkit.cli.wording import JSON, argument, command, option
from xlkit.errors import EXIT_OK, XlkitError
from xlkit.texts import Text


@command(
    text=Text(
        "Раскрыть сумму свода до кластеров, файлов и ячеек.", "Open a total of a consolidation down to its cells."
    )
)
@argument("svod")
@argument("cell", required=False)
@option("--indicator", text=Text("Номер строки: 1 или 1.3.2 (вместо ячейки).", "Row number (instead of a cell)."))
@option("--year", type=int, text=Text("Год.", "Year."))
@option(
    "--quarter",
    type=click.IntRange(1, 4),
    text=Text("Квартал факта (иначе последний).", "Quarter of actuals (else the latest)."),
)
@option(
    "--table",
    text=Text(
        "Таблица: План, Показатели или Факт (plan, indicators, actuals).",
        "Table: plan, indicators, actuals, or the sheet's name.",
    ),
)
@option("--form", text=Text("Форма: вид кластера, «ОПЦ(К)» или «ОК».", "Form: the kind of cluster, or the form's id."))
@option(
    "--by",
    type=click.Choice(["region", "district", "industry"]),
    text=Text("Сумма каждого субъекта РФ, округа или отрасли.", "The total of each region, district or industry."),
)
@option(
    "--details",
    is_flag=True,
    text=Text("С --by: кластеры и ячейки каждой группы.", "With --by: clusters and cells of each group."),
)
@option("--json", "as_json", is_flag=True, text=JSON)
def explain(
    svod: str,
    cell: str | None,
    indicator: str | None,
    year: int | None,
    quarter: int | None,
    table: str | None,
    form: str | None,
    by: str | None,
    details: bool,
    as_json: bool,
) -> int:
    named = any(one is not None for one in (year, quarter, table, form))
    if (cell is None) == (indicator is None) or (cell is not None and named):
        raise XlkitError(
            Text(
                "Укажите либо ячейку свода («Сводка!E14»), либо --indicator и --year",
                "Name either a cell of the consolidation («Сводка!E14»), or --indicator and --year",
            )
        )
    from xlkit.actions.explain import Wanted
    from xlkit.actions.explain import explain as action
    from xlkit.report.explain_text import explain_document, explain_text

    result = action(svod, cell or Wanted(indicator or "", year, table, form, quarter), by)
    show(explain_document(result) if as_json else explain_text(result, paint, details))
    return EXIT_OK


@command(text=Text("Показать, что изменилось с прошлого свода.", "Show what has changed since the one before."))
@argument("svod")
@option("--json", "as_json", is_flag=True, text=JSON)
def changes(svod: str, as_json: bool) -> int:
    from xlkit.actions.explain import changes as action
    from xlkit.report.svod.changes import changes_document, changes_text

    result = action(svod)
    show(changes_document(result) if as_json else changes_text(result, paint))
    return EXIT_OK
