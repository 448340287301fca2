"""Worksheets of XlsxWriter that take every text as text."""

from __future__ import annotations

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
        def _write_string(self, row: int, col: int, string: str, cell_format: Any = None) -> int:
            if not (string.startswith("<r>") and string.endswith("</r>")):
                return int(super()._write_string(row, col, string, cell_format))
            code = int(super()._write_string(row, col, "", cell_format))
            if code == 0:
                whole = f'<r><t xml:space="preserve">{escape(string)}</t></r>'
                index = self.str_table._get_shared_string_index(whole)
                self.table[row][col] = self.table[row][col]._replace(string=index)
            return code

    return TextWorksheet
