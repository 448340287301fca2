"""What stops xlkit. Bad data is a Finding; being unable to go on is an XlkitError; a bug keeps its traceback."""

from __future__ import annotations

from xlkit.texts import Text

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_NOTHING_TRIED = 2
EXIT_INTERRUPTED = 130


class XlkitError(Exception):
    """xlkit cannot go on; the text says why and what to do, the exit code is for the command line."""

    def __init__(self, text: Text, exit_code: int = EXIT_NOTHING_TRIED) -> None:
        super().__init__(text)
        self.text = text
        self.exit_code = exit_code

    def __str__(self) -> str:
        return str(self.text)


class FileRefused(XlkitError):
    """One file cannot be read as a workbook of ours; the rest of a batch goes on."""

    def __init__(self, rule: str, text: Text) -> None:
        super().__init__(text)
        self.rule = rule


class NotReady(XlkitError):
    """Promised for a later issue."""

    def __init__(self, what: str) -> None:
        super().__init__(Text(f"{what}: ещё не готово", f"{what}: not ready yet"))
