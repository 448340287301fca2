"""An approved figure, as the register or the sheet «Утверждено» holds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One approved value of a row and year. ``value`` is the raw content, read by the one parser of cell values."""

    cluster: str
    form: str
    table: str
    parent: str
    code: str
    key: str
    name: str
    unit: str
    mode: str
    link: str
    year: int
    value: object
    approved_on: str = ""
