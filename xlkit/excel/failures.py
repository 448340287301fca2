"""What Excel refuses, told to a person: a cell being edited, a protected view, a file that is only for reading."""

from __future__ import annotations

from xlkit.texts import Text

_REASONS: tuple[tuple[tuple[str, ...], Text], ...] = (
    (
        ("-2147418111", "-2146777998", "0x80010001", "0x800ac472", "call was rejected"),
        Text(
            "Excel занят: вы правите ячейку или открыто окно. Нажмите Enter или Esc и повторите.",
            "Excel is busy: a cell is being edited or a dialog is open. Press Enter or Esc and try again.",
        ),
    ),
    (
        ("protected view", "protectedview", "защищенного просмотра", "защищённого просмотра"),
        Text(
            "Книга открыта в защищённом просмотре: нажмите «Разрешить редактирование» и повторите.",
            "The workbook is in Protected View: press «Enable Editing» and try again.",
        ),
    ),
    (
        ("read-only", "readonly", "только для чтения"),
        Text(
            "Книга открыта только для чтения: сохраните её под другим именем и повторите.",
            "The workbook is read-only: save it under another name and try again.",
        ),
    ),
    (
        ("protected", "защищен", "защищён", "0x800a03ec", "-2146827284"),
        Text(
            "Excel не дал изменить ячейки: лист или книга защищены паролем. Снимите защиту и повторите.",
            "Excel refused to change cells: the sheet or workbook is protected. Remove the protection and try again.",
        ),
    ),
)


def explain_failure(error: BaseException) -> str | None:
    """The sentence for a failure of Excel that a person can mend; ``None`` for anything else."""
    if isinstance(error, (AttributeError, TypeError, LookupError)):
        return None  # a mistake of a program, whatever words it uses
    said = f"{error!r} {error}".casefold()
    for signs, text in _REASONS:
        if any(sign in said for sign in signs):
            return str(text)
    return None
