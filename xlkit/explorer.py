"""The Explorer's «Отправить» → «Проверить»: ``python -m xlkit.explorer FILE…`` writes a checked copy beside each file.

A folder stands for the workbooks in it, but for the checked copies of others of them. One message at the end, no
console: whatever happens, the person sees a sentence and never a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from xlkit.log import attempt
from xlkit.texts import using_language, visible

_SHOWN = 12
"""So many files are told of one by one: a message box does not scroll."""


def main(files: Sequence[str]) -> None:
    """Check the files, tell how it went, and show the copy where there is one."""
    copies: list[Path] = []
    with using_language("ru"):
        failed = "Не получилось: внутренняя ошибка. Сами книги не изменены."
        said, wrong = attempt("explorer", lambda: _check(files, copies), failed)
    if sys.platform == "win32":  # in these words mypy knows what only Windows has
        import ctypes
        import os
        from contextlib import suppress

        error, information, in_front = 0x10, 0x40, 0x10000
        ctypes.windll.user32.MessageBoxW(None, said, "xlkit", (error if wrong else information) | in_front)
        with suppress(OSError):  # no program opens such files here
            if len(copies) == 1:  # a dozen windows would help nobody
                os.startfile(copies[0])
    else:
        sys.stdout.write("".join(f"{visible(line)}\n" for line in said.split("\n")))


def _check(files: Sequence[str], copies: list[Path]) -> str:
    """Write the copies, add their paths to ``copies``, and return the message."""
    from xlkit.actions.annotate import CHECKED, annotate_beside
    from xlkit.actions.copies import copies_among
    from xlkit.actions.inputs import find_inputs
    from xlkit.report.text import counted, totals_said, verdict_said

    if not files:
        return "Выберите книги, щёлкните правой кнопкой: «Отправить» → «Проверить (xlkit)»."
    chosen = find_inputs(files)
    passed_over = copies_among(chosen.files, CHECKED) - set(files)
    result = annotate_beside([one for one in chosen.files if one not in passed_over])
    lines = []
    for one in result.files:
        told = f"{visible(Path(one.check.file).name)}: {verdict_said(one.check)}"
        if one.output is None:
            lines.append(f"{told}. {one.refusal}")
        else:
            copies.append(one.output)
            note = f"\n{one.note}" if one.note is not None else ""
            lines.append(f"{told} ({counted(one.check)}).\nКопия с замечаниями: {one.output.name}{note}")
    totals = [f"Всего {totals_said(result.check)}."] if len(lines) > 1 else []
    more = [f"И ещё файлов: {len(lines) - _SHOWN}"] if len(lines) > _SHOWN else []
    notes = [f"{note}." for note in chosen.notes]
    if passed_over:
        notes.append(f"Прежние копии с замечаниями, рядом с которыми лежит сама книга, пропущены: {len(passed_over)}.")
    return "\n\n".join(totals + lines[:_SHOWN] + more + notes)


if __name__ == "__main__":
    main(sys.argv[1:])
