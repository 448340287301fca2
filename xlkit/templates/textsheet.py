"""Worksheets of XlsxWriter that take every text as text."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.sax.saxutils import escape

ROWS_HERE, LINKS_HERE = "<!--rows-->", "<!--links-->"
"""Where in a sheet's XML rows and links from elsewhere belong, in this order; XlsxWriter writes no comments."""


@cache
def text_worksheet() -> Any:
    """A worksheet for texts from anywhere.

    XlsxWriter copies a text that begins with ``<r>`` and ends with ``</r>`` into the XML as it stands (so it keeps
    texts of several fonts): what somebody typed could break the workbook. Here it becomes such a text, escaped.
    """
    from xlsxwriter.worksheet import Worksheet

    class TextWorksheet(Worksheet):  # type: ignore[misc]
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

    return TextWorksheet


@cache
def list_worksheet() -> Any:
    """The same for lists whose rows and links are made as XML while the file is packed."""

    class ListWorksheet(text_worksheet()):  # type: ignore[misc]
        dim_rowmax: int | None

        def __init__(self) -> None:
            super().__init__()
            self._own_rows: int | None = None
            self._own_links = False

        def keep_place(self, last_row: int, last_column: int) -> None:
            """Further rows, to the last one (from 0), will be put in where :data:`ROWS_HERE` stands in the XML."""
            self._own_rows = self.dim_rowmax
            self._check_dimensions(last_row, last_column)

        def _write_rows(self) -> None:
            whole = self.dim_rowmax
            if self._own_rows is not None:
                self.dim_rowmax = self._own_rows
            super()._write_rows()
            if self._own_rows is not None:
                self.dim_rowmax = whole
                self.fh.write(ROWS_HERE)

        def keep_place_of_links(self) -> None:
            """Links, all that the sheet has, will be put in where :data:`LINKS_HERE` stands in the XML."""
            self._own_links = True

        def _write_hyperlinks(self) -> None:
            if not self._own_links:
                super()._write_hyperlinks()
                return
            assert not self.hyperlinks, "links of XlsxWriter's own would be lost"
            self.fh.write(f"<hyperlinks>{LINKS_HERE}</hyperlinks>")

    return ListWorksheet


def _is_rich(text: str) -> bool:
    return text.startswith("<r>") and text.endswith("</r>")
