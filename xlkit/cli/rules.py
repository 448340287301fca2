"""The commands about rule books."""

from __future__ import annotations

from collections.abc import Sequence

from xlkit.cli.console import show
from xlkit.cli.wording import argument, group, option
from xlkit.errors import EXIT_OK
from xlkit.texts import Text


@group(text=Text("Книги правил.", "Rule books."))
def rules() -> None:
    """The commands about rule books."""


@rules.command("list", text=Text("Перечислить формы и редакции.", "List forms and editions."))
def rules_list() -> int:
    from xlkit.actions.rules import list_rule_books
    from xlkit.report.rules_text import list_text

    show(list_text(list_rule_books()))
    return EXIT_OK


@rules.command("show", text=Text("Показать таблицы, единицы и соотношения.", "Show tables, units and relations."))
@argument("form")
@option("--edition", text=Text("Редакция формы (иначе последняя).", "Edition of the form (else the newest)."))
def rules_show(form: str, edition: str | None) -> int:
    from xlkit.actions.rules import show_rule_book
    from xlkit.report.rules_text import show_text

    show(show_text(show_rule_book(form, edition)))
    return EXIT_OK


@rules.command("schema", text=Text("JSON Schema книги правил для редактора.", "JSON Schema of a rule book."))
def rules_schema() -> int:
    from xlkit.actions.rules import rule_book_schema

    show(rule_book_schema())
    return EXIT_OK


@rules.command("check", text=Text("Проверить книги правил (иначе все свои).", "Check rule books (else all shipped)."))
@argument("files", nargs=-1)
def rules_check(files: Sequence[str]) -> int:
    from xlkit.actions.rules import check_rule_books, exit_code
    from xlkit.report.rules_text import check_text as rules_check_text

    checks = check_rule_books(files)
    show(rules_check_text(checks))
    return exit_code(checks)
