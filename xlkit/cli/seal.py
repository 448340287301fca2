"""The commands about sealed workbooks: seal, verify, keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from xlkit.cli.console import named_register, show
from xlkit.cli.wording import JSON, argument, command, group, option
from xlkit.errors import EXIT_FINDINGS, EXIT_OK, XlkitError
from xlkit.texts import Text


@command(
    text=Text(
        "Опечатать книги: рядом с каждой — манифест и подпись.", "Seal workbooks: a manifest and a signature beside."
    ),
)
@argument("files", nargs=-1, required=True)
@option("--to", "recipient", default="", text=Text("Для какого адреса.", "The address it is meant for."))
@option("--json", "as_json", is_flag=True, text=JSON)
def seal(files: Sequence[str], recipient: str, as_json: bool) -> int:
    from xlkit.actions.seal import seal as action
    from xlkit.report.seal_text import seal_document, seal_text

    result = action(files, recipient)
    show(seal_document(result) if as_json else seal_text(result))
    return result.exit_code


@command(
    text=Text(
        "Сверить книги с манифестами: EXACT, RE-SAVED, CHANGED или INVALID.",
        "Hold workbooks against their manifests: EXACT, RE-SAVED, CHANGED or INVALID.",
    ),
)
@argument("files", nargs=-1, required=True)
@option("--to", "recipient", text=Text("Адрес, для которого опечатано.", "The address it must be meant for."))
@option("--json", "as_json", is_flag=True, text=JSON)
def verify(files: Sequence[str], recipient: str | None, as_json: bool) -> int:
    from xlkit.actions.seal import verify as action
    from xlkit.report.seal_text import verify_document, verify_text

    result = action(files, recipient)
    show(verify_document(result) if as_json else verify_text(result))
    return result.exit_code


_REGISTER = option(
    "--register",
    text=Text(
        "Реестр, в котором искать кластер (иначе из настроек).", "Register of the clusters (else the settings')."
    ),
)


@group(text=Text("Ключи подписи.", "Signing keys."))
def keys() -> None:
    """The commands about keys."""


@keys.command("list", text=Text("Показать свои и доверенные ключи.", "Show own and trusted keys."))
@option("--json", "as_json", is_flag=True, text=JSON)
def keys_list(as_json: bool) -> int:
    from xlkit.report.seal_text import keys_document, keys_text
    from xlkit.seal.keys import list_keys

    known = list_keys()
    show(keys_document(known) if as_json else keys_text(known))
    return EXIT_OK


@keys.command("rotate", text=Text("Создать новый ключ; прежний сменяется.", "Make a new key in place of the old."))
def keys_rotate() -> int:
    from xlkit.report.seal_text import made_text
    from xlkit.seal.keys import make_key

    show(made_text(make_key(_now())))
    return EXIT_OK


@keys.command("revoke", text=Text("Отозвать ключ: его подписям не верить.", "Revoke a key: believe it no longer."))
@argument("fingerprint")
def keys_revoke(fingerprint: str) -> int:
    from xlkit.report.seal_text import keys_text
    from xlkit.seal.keys import revoke_key

    show(keys_text([revoke_key(fingerprint, _now())]))
    return EXIT_OK


@keys.command("export", text=Text("Показать свой открытый ключ.", "Show one's own public key."))
def keys_export() -> int:
    from xlkit.seal.keys import active_key

    key = active_key()
    if key is None:
        raise XlkitError(Text("Ключа ещё нет: xlkit keys rotate", "There is no key yet: xlkit keys rotate"))
    show([key.public])
    return EXIT_OK


@keys.command("trust", text=Text("Доверять чужому открытому ключу.", "Believe another's public key."))
@argument("public")
@option("--owner", required=True, text=Text("Чей: идентификатор кластера.", "Whose: the cluster's id."))
@_REGISTER
def keys_trust(public: str, owner: str, register: str | None) -> int:
    from xlkit.actions.keys import trust
    from xlkit.report.seal_text import not_trusted, trusted_text

    result = trust(public, owner, named_register(register))
    show(trusted_text(result))
    return EXIT_OK if not_trusted(result) is None else EXIT_FINDINGS


@keys.command("owner", text=Text("Исправить, чей это доверенный ключ.", "Correct whose a trusted key is."))
@argument("fingerprint")
@argument("owner")
@_REGISTER
def keys_owner(fingerprint: str, owner: str, register: str | None) -> int:
    from xlkit.actions.keys import assign
    from xlkit.report.seal_text import trusted_text

    show(trusted_text(assign(fingerprint, owner, named_register(register))))
    return EXIT_OK


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
