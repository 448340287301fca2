"""Native Excel charts of the свод: one look, titled, with titled axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlkit.templates.styles import FONT, MUTED, NAVY

YEAR_COLOURS = ("#9DC3E6", "#2E75B6", NAVY, "#7F7F7F", "#C9C9C9", "#F4B183")
STATUS_COLOURS = ("#70AD47", "#FFC000", "#C00000", "#BFBFBF")
_AXIS_LINE = {"color": "#BFBFBF", "width": 0.75}
_GRID = {"visible": True, "line": {"color": "#E7E6E6", "width": 0.5}}

Cells = tuple[int, int, int, int]
"""First row, first column, last row, last column, from 0."""


@dataclass(frozen=True)
class Series:
    """One series: its name and the cells of its values; ``colour`` of its bars."""

    name: str
    values: Cells
    colour: str


@dataclass(frozen=True)
class ChartSpec:
    """A chart's content. ``kind``: ``column`` or ``bar`` (for long names), ``stacked`` or side by side."""

    title: str
    category_title: str
    value_title: str
    categories: Cells
    series: Sequence[Series]
    kind: str = "column"
    stacked: bool = False
    labels: bool = False


def insert_chart(workbook: Any, sheet: Any, spec: ChartSpec, place: tuple[int, int, int, int]) -> None:
    """Draw a chart at (row, x offset in pixels from column A) with (width, height) in pixels."""
    row, offset, width, height = place
    options = {"type": spec.kind, **({"subtype": "stacked"} if spec.stacked else {})}
    chart = workbook.add_chart(options)
    for one in spec.series:
        chart.add_series(
            {
                "name": one.name,
                "categories": [sheet.get_name(), *spec.categories],
                "values": [sheet.get_name(), *one.values],
                "fill": {"color": one.colour},
                "gap": 45 if spec.stacked or len(spec.series) == 1 else 70,
                "overlap": 100 if spec.stacked else -5,
                **({"data_labels": _labels(spec)} if spec.labels else {}),
            }
        )
    chart.set_title({"name": spec.title, "overlay": False, "name_font": _font(11, NAVY, bold=True)})
    _set_axes(chart, spec)
    if len(spec.series) > 1:
        chart.set_legend({"position": "bottom", "font": _font(9)})
    else:
        chart.set_legend({"none": True})
    chart.set_size({"width": width, "height": height})
    chart.set_chartarea({"border": {"color": "#D9D9D9"}})
    sheet.insert_chart(row, 0, chart, {"x_offset": offset, "y_offset": 2, "object_position": 2})


def _set_axes(chart: Any, spec: ChartSpec) -> None:
    category = {
        "name": spec.category_title,
        "name_font": _font(9, MUTED),
        "num_font": _font(9),
        "line": _AXIS_LINE,
        "reverse": spec.kind == "bar",
    }
    value = {
        "name": spec.value_title,
        "name_font": _font(9, MUTED),
        "num_font": _font(9),
        "num_format": "#,##0",
        "line": {"none": True},
        "major_gridlines": _GRID,
        "min": 0,
    }
    if spec.kind == "bar":
        value["label_position"] = "high"  # the categories run downwards, so the far end of theirs is the lower edge
        chart.set_y_axis(category)
        chart.set_x_axis(value)
    else:
        chart.set_x_axis(category)
        chart.set_y_axis(value)


def _labels(spec: ChartSpec) -> dict[str, Any]:
    return {"value": True, "num_format": "#,##0;;", "font": _font(9, "#404040" if not spec.stacked else "#FFFFFF")}


def _font(size: float, colour: str = "#595959", bold: bool = False) -> dict[str, Any]:
    return {"name": FONT, "size": size, "color": colour, "bold": bold}
