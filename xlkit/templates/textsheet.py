"""Worksheets of XlsxWriter that take every text as text."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from xml.sax.saxutils import escape


@cache
def text_worksheet() -> Any:
    """A worksheet for texts from anywhere.

    XlsxWriter copies a text that begins with ``<r>`` and ends with ``</r>`` into the XML as it stands (so it keeps
    texts of several fonts): what somebody typed could break the workbook. Here it becomes such a text, escaped.
    """
    from xlsxwriter.worksheet import Worksheet

    class TextWorksheet(Worksheet):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._rows_of_xml: list[str] = []

        def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> int:
            if not _is_rich(string):
                return int(super()._write_string(row, col, string, cell_format))
            code = int(super()._write_string(row, col, "", cell_format))
            if code == 0:
                self.table[row][col] = self.table[row][col]._replace(string=self.shared_index(string))
            return code

        def shared_index(self, text: str) -> int:
            """The number of a text among the workbook's shared strings."""
            whole = f'<r><t xml:space="preserve">{escape(text)}</t></r>' if _is_rich(text) else text
            return int(self.str_table._get_shared_string_index(whole))

        def shared_again(self, times: int) -> None:
            """Count cells that show a text which has its number already."""
            self.str_table.count += times

        def add_rows(self, rows: Iterable[str], last_row: int, last_column: int) -> None:
            """Rows as XML, below all that is written cell by cell; a cell of XlsxWriter's own costs five times more."""
            self._rows_of_xml.extend(rows)
            self._check_dimensions(last_row, last_column)

        def _write_rows(self) -> None:
            super()._write_rows()
            self.fh.write("".join(self._rows_of_xml))

    return TextWorksheet


def _is_rich(text: str) -> bool:
    return text.startswith("<r>") and text.endswith("</r>")
